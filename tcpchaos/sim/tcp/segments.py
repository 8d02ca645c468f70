"""What stands in the header of a segment that is sent: numbers, flags, window, options, urgent pointer."""

import struct
from typing import Final

from tcpchaos.seq import add, diff
from tcpchaos.sim.tcp.block import MOST_SHIFT, NEVER, TIMESTAMPS_OCTETS, Block
from tcpchaos.sim.tcp.states import State
from tcpchaos.wire import ACK, FIN, PSH, RST, SYN, URG, Packet, build

_MOST_WINDOW: Final = 0xFFFF
_MS: Final = 1_000
_TIMESTAMPS: Final = struct.Struct("!4BII").pack
_SACK_OCTETS: Final = 8  # of a block
_SACK_HEAD_OCTETS: Final = 4  # two NOPs, kind, length
_OPTIONS_OCTETS: Final = 40
# A window is told to one part in so many.
_LEAST_STEPS: Final = 64
# Where the peer takes no longer segments than this, SACK blocks would leave little room for data.
_LEAST_MSS_FOR_SACK: Final = 128


class Segments(Block):
    """Puts segments together and into the queue of what goes onto the wire."""

    __slots__ = ()

    # Windows.

    def free(self) -> int:
        """How many octets the receive buffer has room for, as far as a header can tell."""
        return min(max(self.settings.receive_buffer - len(self.arrived), 0), _MOST_WINDOW << self.rcv_shift)

    def offered(self) -> int:
        """How many octets the peer may send according to what it was told so far: RCV.WND."""
        return max(diff(self.rcv_adv, self.rcv_nxt), 0)

    def window(self) -> int:
        """The window to offer, in octets: never less than before, and more only where it is worth it.

        That is silly window avoidance at the receiver's end (RFC 9293, section 3.8.6.2.2).
        """
        offered, free = self.offered(), self.free()
        return free if self.worth_opening(free - offered) else offered

    def worth_opening(self, octets: int) -> bool:
        """Tell whether the window may open by so many octets (RFC 9293, section 3.8.6.2.2, MUST-39)."""
        return octets > 0 and octets >= min(self.settings.receive_buffer // 2, self.own_mss())

    def window_field(self, window: int, syn: bool) -> int:
        """What stands in the header for a window: shifted as agreed, but never on a SYN (RFC 7323, section 2.2)."""
        return min(window if syn else window >> self.rcv_shift, _MOST_WINDOW)

    def _offer(self, syn: bool) -> int:
        field = self.window_field(self.window(), syn)
        edge = add(self.rcv_nxt, field if syn else field << self.rcv_shift)
        if diff(edge, self.rcv_adv) > 0:
            self.rcv_adv = edge
        return field

    # Options.

    def clock(self) -> int:
        """The clock for timestamps, one tick a millisecond (RFC 7323, section 5.4)."""
        return add(self.now // _MS, self.settings.timestamp_offset)

    def timestamps_option(self, ecr: int) -> bytes:
        """The timestamps option behind two NOPs (RFC 7323, section 3.2 and appendix A)."""
        return _TIMESTAMPS(1, 1, 8, 10, self.clock(), ecr)

    def syn_options(self, ack: bool) -> bytes:
        """The options of a SYN, or of the SYN-ACK that answers one, which offers only what that one did."""
        options = b"\x02\x04" + self.mss_to_announce().to_bytes(2, "big")
        settings = self.settings
        if self.sack_ok if ack else settings.sack:
            options += b"\x01\x01\x04\x02"
        if self.ts_ok if ack else settings.timestamps:
            options += self.timestamps_option(self.ts_recent if ack else 0)
        shift = self.shift_to_offer(ack)
        if shift is not None:
            options += b"\x01\x03\x03" + bytes((shift,))
        return options

    def shift_to_offer(self, ack: bool) -> int | None:
        """The shift that a SYN offers; a SYN-ACK only where the SYN offered one (RFC 7323, section 2.2)."""
        return self.own_shift() if not ack or self.peer_scales else None

    def own_shift(self) -> int | None:
        """The shift for windows offered here: the one that is set, but a small buffer is not told in large steps."""
        shift = self.settings.wscale and min(self.settings.wscale, MOST_SHIFT)
        while shift and self.settings.receive_buffer >> shift < _LEAST_STEPS:
            shift -= 1
        return shift

    def blocks_to_report(self, with_data: bool) -> int:
        """How many SACK blocks the next segment has (RFC 2018, section 3): 3 beside timestamps, 4 without them."""
        waiting = len(self.unread.islands) + (self.dup_range is not None)
        if not waiting or not self.sack_ok or (with_data and self.snd_mss < _LEAST_MSS_FOR_SACK):
            return 0
        room = _OPTIONS_OCTETS - (TIMESTAMPS_OCTETS if self.ts_ok else 0) - _SACK_HEAD_OCTETS
        return min(waiting, room // _SACK_OCTETS)

    def payload_limit(self) -> int:
        """How many octets the next segment may carry: options count too (RFC 9293, section 3.7.1, MUST-16)."""
        blocks = self.blocks_to_report(with_data=True)
        return max(self.usual_payload() - (_SACK_HEAD_OCTETS + _SACK_OCTETS * blocks if blocks else 0), 1)

    def sack_blocks(self, room: int) -> list[tuple[int, int]]:
        """What to report as received, at most `room` blocks (RFC 2018, section 4; RFC 2883, section 4).

        What was received twice comes first, then the island that grew last, then those before it.
        """
        blocks = []
        if self.dup_range is not None:
            blocks.append(self.dup_range)
        for island in self.unread.recent:
            if len(blocks) >= room:
                break
            blocks.append((island.left, island.right))
        return blocks

    def options(self, with_data: bool) -> bytes:
        """The options of a segment that is neither SYN nor RST."""
        options = self.timestamps_option(self.echo()) if self.ts_ok else b""
        count = self.blocks_to_report(with_data)
        if not count:
            return options
        edges = [edge for block in self.sack_blocks(count) for edge in block]
        self.dup_range = None
        head = bytes((1, 1, 5, 2 + 4 * len(edges)))
        return options + head + struct.pack(f"!{len(edges)}I", *edges)

    def echo(self) -> int:
        """The timestamp to echo: TS.Recent (RFC 7323, section 4.3)."""
        return self.ts_recent

    # Numbers and pointers.

    def ack_number(self) -> int:
        """The acknowledgment number of everything that has one: RCV.NXT."""
        return self.rcv_nxt

    def bare_seq(self) -> int:
        """The number of a segment that carries nothing: SND.NXT.

        Where the peer has taken its window back, or the octet of a probe lies beyond it, that is the window's edge: the
        peer would not look at what lies further out.
        """
        edge = add(self.snd_una, self.snd_wnd)
        return edge if diff(self.snd_nxt, edge) > 0 else self.snd_nxt

    def urgent_pointer(self, seq: int) -> int:
        """The urgent pointer of a segment, 0 where nothing urgent is left: one past it (RFC 9293, section 3.8.5)."""
        if self.snd_up is None:
            return 0
        return min(max(diff(self.snd_up, seq), 0), 0xFFFF)

    def control_bits(self, seq: int, payload: bytes, fin: bool) -> int:
        """The control bits of a segment that carries octets, a FIN, or both; but for URG."""
        flags = ACK
        if payload and self.pushes(add(seq, len(payload))):
            flags |= PSH
        return flags | FIN if fin else flags

    def pushes(self, end: int) -> bool:
        """Tell whether a segment that ends there is pushed: nothing is queued behind it (section 3.9.1.2, MUST-60)."""
        return end == self.snd_end

    # Segments.

    def put(self, seq: int, flags: int, *, ack: int = 0, window: int = 0, options: bytes = b"") -> None:
        """Put a segment without payload onto the wire, as it is."""
        self._put(seq, flags, ack, window, options, b"", 0)

    def _put(self, seq: int, flags: int, ack: int, window: int, options: bytes, payload: bytes, urgent: int) -> None:
        src, sport = self.local
        dst, dport = self.remote
        self.emit(
            build(
                src=src,
                dst=dst,
                sport=sport,
                dport=dport,
                seq=seq,
                ack=ack,
                flags=flags,
                window=window,
                options=options,
                payload=payload,
                urgent=urgent,
            )
        )

    def emit(self, packet: Packet) -> None:
        """Put a packet onto the wire, as it is."""
        self.segments_sent += 1
        self._out.append(packet)

    def send_syn(self) -> None:
        """Send the SYN, for the first time or again."""
        ack = self.state is State.SYN_RECEIVED
        options = self.syn_options(ack)
        if ack:
            field = self._offer(syn=True)
            self.put(self.iss, SYN | ACK, ack=self.ack_number(), window=field, options=options)
            self._acknowledged()
        else:
            self.put(self.iss, SYN, window=self.window_field(self.free(), True), options=options)
        self.snd_nxt = self.snd_at = add(self.iss, 1)

    def send_segment(self, seq: int, payload: bytes, fin: bool) -> None:
        """Send octets, a FIN, or both."""
        options = self.options(with_data=bool(payload))
        urgent = self.urgent_pointer(seq) if payload else 0
        flags = self.control_bits(seq, payload, fin) | (URG if urgent else 0)
        window = self._offer(syn=False)
        self._put(seq, flags, self.ack_number(), window, options, payload, urgent)
        self._acknowledged()

    def send_ack(self, seq: int | None = None) -> None:
        """Send an acknowledgment that carries nothing, at `seq` where that is given."""
        options = self.options(with_data=False)
        window = self._offer(syn=False)
        self.put(self.bare_seq() if seq is None else seq, ACK, ack=self.ack_number(), window=window, options=options)
        self._acknowledged()

    def _acknowledged(self) -> None:
        self.last_ack_sent = self.rcv_nxt
        self.ack_now = False
        self.delayed_segments = 0
        self.delayed_ack_at = NEVER

    def send_abort(self) -> None:
        """Tell the peer that the connection is given up (RFC 9293, section 3.10.5)."""
        options = self.timestamps_option(self.echo()) if self.ts_ok else b""
        self.put(self.bare_seq(), RST | ACK, ack=self.ack_number(), options=options)

    def send_refusal(self, ack: int) -> None:
        """Answer a segment that acknowledges what it must not with a reset (RFC 9293, section 3.10.7)."""
        self.put(ack, RST)
