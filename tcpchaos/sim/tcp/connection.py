"""One connection of the reference endpoint: what an application and a host ask of it (RFC 9293, section 3.9).

It opens, closes and aborts in every form there is, retransmits after RFC 6298, recovers after RFC 6675 or RFC 6582,
sends no faster than RFC 5681 allows, avoids silly windows at both ends, probes closed ones, knows SACK, D-SACK,
timestamps with PAWS and window scaling, and heeds RFC 5961. What comes on a SYN besides the SYN it leaves to be sent
again, and it asks for none of RFC 3168's help. Sans-IO: time is an argument in microseconds, and `take` gives what is
to be put on the wire.
"""

from ipaddress import ip_address

from tcpchaos.seq import add, ahead, diff
from tcpchaos.sim.tcp.block import NEVER
from tcpchaos.sim.tcp.errors import TcpError
from tcpchaos.sim.tcp.settings import Keepalive
from tcpchaos.sim.tcp.states import OPENING, State
from tcpchaos.sim.tcp.timers import Timers
from tcpchaos.trace import Socket
from tcpchaos.wire import ACK, RST, SYN, Packet

_LEAST_MTU = {4: 552, 16: 1280}


class Tcp(Timers):
    """One connection between two ports, from its OPEN to CLOSED.

    `local` and `remote` are address (4 or 16 octets) and port, `iss` is the initial sequence number. Every method that
    decides something may be overridden to decide otherwise.
    """

    __slots__ = ()

    # OPEN (section 3.10.1).

    def open(self, now_us: int) -> None:
        """Send a SYN: active OPEN."""
        self.now = now_us
        self.enter(State.SYN_SENT)
        self.send_syn()
        self.timed = self.snd_nxt, now_us
        self.rto_at = now_us + self.rto.current_us()

    def accept_syn(self, packet: Packet, now_us: int) -> None:
        """Answer a SYN that arrived in LISTEN: passive OPEN (section 3.10.7.2)."""
        self.now = now_us
        self.passive = True
        self.state = State.LISTEN
        self.segments_received += 1
        self.learn_offer(packet)
        self.enter(State.SYN_RECEIVED)
        self.send_syn()
        self.timed = self.snd_nxt, now_us
        self.rto_at = now_us + self.rto.current_us()

    # SEND and RECEIVE (sections 3.10.2 and 3.10.3).

    def send(self, octets: bytes, now_us: int, *, urgent: bool = False) -> int:
        """Queue octets and return how many were taken; `urgent` sets the urgent pointer after the last of them.

        Raises TcpError where the connection, or this half of it, has ended.
        """
        self.now = now_us
        if self.error is not None:
            raise TcpError(self.error)
        if self.closing or self.orphan or self.state is State.CLOSED:
            raise TcpError("pipe")
        taken = octets[: self.writable]
        if taken:
            self.queue += taken
            self.snd_end = add(self.snd_end, len(taken))
            if urgent:
                self.snd_up = self.snd_end
            self.output()
        return len(taken)

    def receive(self, most: int, now_us: int) -> bytes | None:
        """Return at most so many octets, None while there are none, b"" once the peer's FIN was reached.

        Raises TcpError where the connection has ended otherwise, after what had arrived before was read.
        """
        self.now = now_us
        if self.arrived:
            octets = bytes(self.arrived[:most])
            del self.arrived[:most]
            if self.state is not State.CLOSED and self.tells_of_window():
                self.send_ack()
            return octets
        if self.error is not None:
            raise TcpError(self.error)
        if self.fin_received:
            return b""
        if self.state is State.CLOSED:
            raise TcpError("pipe")
        return None

    def tells_of_window(self) -> bool:
        """Tell whether the peer is told at once that the window opens: where it may wait for it, or by much."""
        offered = self.offered()
        gain = self.window() - offered
        if gain <= 0 or not self.takes_text():
            return False
        return offered < self.own_mss() or gain >= min(2 * self.own_mss(), self.settings.receive_buffer // 2)

    # CLOSE and ABORT (sections 3.10.4 and 3.10.5).

    def shutdown(self, now_us: int) -> None:
        """Send a FIN after what is queued: CLOSE. Receiving goes on; nothing happens the second time."""
        self.now = now_us
        if self.closing or self.state is State.CLOSED:
            return
        if self.state is State.SYN_SENT:
            self.end("pipe")
            return
        self.closing = True
        if self.state is State.ESTABLISHED:
            self.enter(State.FIN_WAIT_1)
        if self.state not in OPENING:
            self.output()

    def close(self, now_us: int) -> None:
        """Let go of both halves: a FIN, or a RST where octets were left unread (section 3.6.1, SHLD-3)."""
        self.now = now_us
        if self.orphan:
            return
        self.orphan = True
        if self.loses_octets():
            self.reset(None)
            return
        self.arrived.clear()
        self.shutdown(now_us)
        self.limit_fin_wait_2()

    def loses_octets(self) -> bool:
        """Tell whether octets are thrown away if the connection is closed now."""
        return bool(self.arrived) and self.state is not State.TIME_WAIT

    def abort(self, now_us: int) -> None:
        """Send a RST and forget everything."""
        self.now = now_us
        self.orphan = True
        self.reset(None)

    # What else a host passes on.

    def gives_way_to(self, packet: Packet) -> bool:
        """Tell whether a SYN in TIME-WAIT is surely newer than everything of this connection (section 3.6.1, MAY-2).

        By its timestamp where both have one (RFC 6191, section 2), and otherwise by its number.
        """
        if self.state is not State.TIME_WAIT or packet.flags & (SYN | ACK | RST) != SYN:
            return False
        stamps = packet.timestamps if self.ts_ok and self.settings.timestamps else None
        if stamps is not None and stamps[0] != self.ts_recent:
            return self.distance(stamps[0], self.ts_recent) > 0
        return self.distance(packet.seq, self.rcv_nxt) > 0

    def quotes(self, seq: int) -> bool:
        """Tell whether a packet with this number may be under way, so that an ICMP error that quotes it counts."""
        return ahead(self.snd_una, seq) < max(diff(self.snd_nxt, self.snd_una), 1)

    def unreachable(self, now_us: int, *, fatal: bool) -> None:
        """Take in an ICMP error about this connection; `fatal` for a hard one (RFC 9293, section 3.9.2.2).

        One that is open lives on, as RFC 5927 (section 5.2) advises: if it ends for want of an answer, that is why.
        """
        self.now = now_us
        self.soft_error = True
        if fatal and self.state in OPENING:
            self.end(None if self.passive else "unreachable")

    def too_big(self, mtu: int, now_us: int) -> None:
        """Send smaller packets from now on: an ICMP error said what the next link carries (RFC 1191, RFC 8201)."""
        self.now = now_us
        headers = self.settings.mtu - self.own_mss()
        mss = max(mtu, _LEAST_MTU[len(self.local[0])]) - headers
        if mss >= self.snd_mss or self.state is State.CLOSED:
            return
        self.snd_mss = self.congestion.mss = mss
        if self.state not in OPENING and self.snd_una != self.snd_nxt:
            self.snd_at = self.snd_una
            self.rto_at = NEVER
            self.output()

    def set_nodelay(self, now_us: int) -> None:
        """Send small segments at once from now on (RFC 9293, section 3.7.4)."""
        self.now = now_us
        self.nodelay = True
        self.output()

    def set_keepalive(self, idle_us: int, interval_us: int, count: int, now_us: int) -> None:
        """Probe the peer after so much silence (RFC 9293, section 3.8.4)."""
        self.now = now_us
        self.keepalive = Keepalive(idle_us=idle_us, interval_us=interval_us, count=count)
        if self.state not in OPENING and self.state is not State.CLOSED:
            self.watch_silence()

    def take(self) -> list[Packet]:
        """Return, and forget, what is to be put on the wire, in its order."""
        out = self._out
        if out:
            self._out = []
        return out

    def view(self) -> Socket:
        """Return what this endpoint says about itself."""
        timer, at = self._first_timer()
        synchronized = self.state not in OPENING
        fin = self.fin_received
        return Socket(
            state=self.state.value,
            local=str(ip_address(self.local[0])),
            local_port=self.local[1],
            remote=str(ip_address(self.remote[0])),
            remote_port=self.remote[1],
            receive_queue=len(self.arrived) + fin,
            send_queue=len(self.queue) + (self.closing and not self.fin_acked),
            held=not self.orphan,
            timer=timer,
            timer_us=None if at == NEVER else max(at - self.now, 0),
            bytes_received=self.bytes_received,
            bytes_acked=max(self.bytes_acked - self.passive, 0),
            snd_wnd=self.snd_wnd,
            rcv_wnd=self.offered(),
            snd_wscale=self.snd_shift if synchronized else None,
            rcv_wscale=self.rcv_shift if synchronized else None,
            unacked=-(-diff(self.snd_nxt, self.snd_una) // max(self.usual_payload(), 1)),
            retransmits=self.retries,
            backoff=self.rto.backoff,
            probes=self.persist_probes or self.keepalive_probes,
            rto_us=self.rto.current_us(),
            total_retransmits=self.total_retransmits,
            segments_received=self.segments_received,
            segments_sent=self.segments_sent,
        )

    def _first_timer(self) -> tuple[str, int]:
        """The timer that is due first, by the names that views have for them."""
        timers = {
            "retransmission": self.rto_at,
            "probe": self.persist_at,
            "keepalive": self.keepalive_at,
            "time-wait": self.waiting_at,
        }
        name = min(timers, key=timers.__getitem__)
        return (name, timers[name]) if timers[name] != NEVER else ("", NEVER)
