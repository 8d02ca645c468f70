"""Two endpoints over a link that loses, repeats and reorders, in virtual time, before the eyes of the oracle."""

from collections.abc import Callable
from heapq import heappop, heappush

from tcpchaos.oracle import Oracle
from tcpchaos.sim.tcp import Settings, State, Tcp
from tcpchaos.trace import Side
from tcpchaos.wire import SYN, Packet, notation

ADDRESSES = {
    4: (b"\xc0\x00\x02\x01", b"\xc0\x00\x02\x02"),
    6: (b"\x20\x01\x0d\xb8" + bytes(11) + b"\1", b"\x20\x01\x0d\xb8" + bytes(11) + b"\2"),
}
PORTS = (40000, 80)
ISNS = (2**32 - 5, 2**32 - 9000)
ONE_WAY_US = 5_000

# When the copies of a segment arrive, later than the link needs: none of them where it is lost.
Fate = Callable[[Side, int, Packet], list[int]]


class Pair:
    """The client actively opens to the server; `crossed` has the server do the same."""

    def __init__(
        self,
        settings: tuple[Settings, Settings] = (Settings(), Settings()),
        *,
        fate: Fate = lambda side, number, packet: [0],
        family: int = 4,
        crossed: bool = False,
        tcp: tuple[type[Tcp], type[Tcp]] = (Tcp, Tcp),
    ) -> None:
        self.now_us = 1_000_000
        ends = tuple(zip(ADDRESSES[family], PORTS, strict=True))
        self.ends = [
            tcp[side](
                local=ends[side],
                remote=ends[1 - side],
                iss=ISNS[side],
                settings=settings[side],
                now_us=self.now_us,
            )
            for side in Side
        ]
        self.oracle = Oracle()
        self.ladder: list[str] = []
        self._fate = fate
        self._frame = 0
        self._numbers = [0, 0]
        self._order = 0
        self._under_way: list[tuple[int, int, Side, Packet]] = []
        self.ends[0].open(self.now_us)
        if crossed:
            self.ends[1].open(self.now_us)
        self.collect()

    def collect(self) -> None:
        """Put on the link what the endpoints have to send."""
        for side in Side:
            for packet in self.ends[side].take():
                self._send(side, packet)

    def _send(self, side: Side, packet: Packet) -> None:
        self._frame += 1
        self._numbers[side] += 1
        self.ladder.append(f"{str(side)[0]}> {notation(packet, iss=ISNS[side], irs=ISNS[side.peer])}")
        self.oracle.sent(self.oracle.connection(side, packet), side, packet, self.now_us, self._frame)
        for late_us in self._fate(side, self._numbers[side], packet):
            self._order += 1
            heappush(self._under_way, (self.now_us + ONE_WAY_US + late_us, self._order, side.peer, packet))

    def due(self) -> int | None:
        """When something happens next, None if nothing does."""
        dues = [due for end in self.ends if (due := end.due()) is not None]
        dues += [self._under_way[0][0]] if self._under_way else []
        return min(dues, default=None)

    def step(self) -> bool:
        """Let the next thing happen, and tell whether there was one."""
        due = self.due()
        if due is None:
            return False
        self.now_us = max(self.now_us, due)
        if self._under_way and self._under_way[0][0] <= self.now_us:
            _, _, side, packet = heappop(self._under_way)
            self._frame += 1
            connection = self.oracle.connection(side.peer, packet)
            self.oracle.delivered(connection, side, packet, self.now_us, self._frame, intact=True)
            end = self.ends[side]
            if end.state is State.CLOSED and packet.flags & SYN and not end.segments_sent:
                end.accept_syn(packet, self.now_us)
            else:
                end.arrives(packet, self.now_us)
        for end in self.ends:
            if (due := end.due()) is not None and due <= self.now_us:
                end.advance(self.now_us)
        self.collect()
        return True

    def run(self, us: int = 10**12) -> "Pair":
        """Let so much time pass, or all until nothing happens any more."""
        until = self.now_us + us
        while (due := self.due()) is not None and due <= until:
            self.step()
        return self

    def send(self, side: Side, octets: bytes) -> "Pair":
        """Have an application send."""
        assert self.ends[side].send(octets, self.now_us) == len(octets)
        self.collect()
        return self

    @property
    def states(self) -> tuple[str, str]:
        """The states of both."""
        return self.ends[0].state.value, self.ends[1].state.value

    @property
    def broken(self) -> list[str]:
        """The rules that were broken, and by whom."""
        return [f"{each.rule} {each.blame}: {each.observed}" for each in self.oracle.verdict().findings]


class Talker:
    """An application that writes its text as fast as it is taken, reads, and closes."""

    def __init__(self, pair: Pair, side: Side, text: bytes, *, chunk: int, read: int, every_us: int) -> None:
        self._pair = pair
        self._end = pair.ends[side]
        self._left = text
        self._chunk = chunk
        self._read = read
        self._every_us = every_us
        self._next_us = 0
        self.heard = bytearray()
        self.heard_all = False

    def act(self) -> None:
        """Do what can be done now."""
        end, now_us = self._end, self._pair.now_us
        if end.state in (State.SYN_SENT, State.SYN_RECEIVED) or (end.done and not end.segments_sent):
            return
        if not end.done and not end.closing:
            taken = end.send(self._left[: self._chunk], now_us)
            self._left = self._left[taken:]
            if not self._left:
                end.shutdown(now_us)
        while not self.heard_all and now_us >= self._next_us:
            octets = end.receive(self._read, now_us)
            if octets is None:
                break
            self._next_us = now_us + self._every_us
            self.heard += octets
            self.heard_all = octets == b""
        if self.heard_all and end.closing:
            end.close(now_us)

    @property
    def waits_until(self) -> int | None:
        """When it wants to read again though nothing happens."""
        return None if self.heard_all or not self._end.readable else self._next_us
