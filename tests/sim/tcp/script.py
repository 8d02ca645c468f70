"""Scripts: one endpoint against segments written by hand, as packetdrill has it, in virtual time.

Each line is one of

    open                    the application opens actively; without it, a SYN that arrives is a passive OPEN
    < SEGMENT ["PAYLOAD"]   it arrives
    > SEGMENT ["PAYLOAD"]   it is sent: flags, numbers and acknowledgment, and whatever else the line names
    +MS                     so much time passes, and what falls due is done
    send|urgent "OCTETS"    the application hands octets over; `send N` N octets of no interest
    read "OCTETS"|N|eof     what it reads, all there is, or how much of it
    shutdown | close | abort | told KIND | is STATE | due MS

Whatever is sent has to stand in the script. Numbers are relative, with initial sequence numbers just below 2^32.
"""

import ast
import re

import pytest

from tcpchaos.sim.tcp import Settings, State, Tcp, TcpError
from tcpchaos.wire import SYN, Packet, build, notation
from tcpchaos.wire.text import parse_segment

HERE, THERE = (b"\xc0\x00\x02\x01", 40000), (b"\xc0\x00\x02\x02", 80)
ISS, IRS = 2**32 - 3, 2**32 - 40
START_US = 1_000_000
# No options but the MSS: most scripts are about something else.
PLAIN = Settings(sack=False, timestamps=False, wscale=None)

_PAYLOAD = re.compile(r"""^(?P<segment>.*?)\s*(?P<payload>b?(?:".*"|'.*'))?$""")
_OPTIONAL = re.compile(r"win \d+|urg \d+|<.*>")


def octets(text: str) -> bytes:
    """Return the octets that a script writes: a string, or how many of no interest."""
    if text.isdigit():
        return b"x" * int(text)
    said = ast.literal_eval(text)
    return said if isinstance(said, bytes) else said.encode()


def arriving(text: str, *, iss: int = IRS, irs: int = ISS) -> Packet:
    """Build the packet that a line of the peer's says."""
    match = _PAYLOAD.match(text)
    assert match is not None
    payload = octets(match["payload"]) if match["payload"] else None
    parsed = parse_segment(match["segment"], iss=iss, irs=irs, payload=payload)
    return build(
        src=THERE[0],
        dst=HERE[0],
        sport=THERE[1],
        dport=HERE[1],
        seq=parsed.seq,
        ack=parsed.ack,
        flags=parsed.flags,
        window=parsed.window,
        urgent=parsed.urgent,
        offset=parsed.offset,
        checksum=parsed.checksum,
        options=b"".join(option.octets for option in parsed.options),
        payload=parsed.payload,
    )


class Script:
    """An endpoint that a script was played to, with everything that it asserts."""

    def __init__(self, text: str, *, settings: Settings = PLAIN, tcp: type[Tcp] = Tcp) -> None:
        self.now_us = START_US
        self.tcp = tcp(local=HERE, remote=THERE, iss=ISS, settings=settings, now_us=START_US)
        self._sent: list[Packet] = []
        self.play(text)

    def play(self, text: str) -> "Script":
        """Play more lines."""
        for line in text.strip().splitlines():
            line = line.partition("#")[0].strip()
            if line:
                self._line(line)
        self._nothing_left("the end")
        return self

    def lose(self, ms: int) -> int:
        """Let time pass, and return how many segments were sent meanwhile, that nobody hears of."""
        self._pass_time(ms * 1000)
        return len(self.tcp.take())

    def _nothing_left(self, before: str) -> None:
        left = [self._says(packet) for packet in self._sent]
        assert left == [], f"sent before {before}: {left}"

    def _line(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if word == ">":
            self._expect(rest.strip())
            return
        self._nothing_left(line)
        if word.startswith("+"):
            self._pass_time(int(float(word[1:]) * 1000))
        else:
            getattr(self, f"_{'arrives' if word == '<' else word}")(rest.strip())
        self._sent += self.tcp.take()

    def _says(self, packet: Packet) -> str:
        return notation(packet, iss=self.tcp.iss, irs=self.tcp.irs)

    def _expect(self, wanted: str) -> None:
        assert self._sent, f"nothing was sent, wanted {wanted}"
        packet = self._sent.pop(0)
        match = _PAYLOAD.match(wanted)
        assert match is not None
        if match["payload"]:
            assert packet.payload == octets(match["payload"])
        wanted = match["segment"]
        says = self._says(packet)
        named = _OPTIONAL.findall(wanted)
        core = _OPTIONAL.sub("", wanted).split()
        assert _OPTIONAL.sub("", says).split() == core, f"sent {says}, wanted {wanted}"
        for each in named:
            if each.startswith("<"):
                have = says.partition("<")[2].rstrip(">").split(",")
                assert have == each.strip("<>").split(","), f"sent {says}, wanted {wanted}"
            else:
                assert f" {each}" in says, f"sent {says}, wanted {wanted}"

    def _pass_time(self, us: int) -> None:
        until = self.now_us + us
        while (due := self.tcp.due()) is not None and due <= until:
            self.now_us = max(due, self.now_us)
            self.tcp.advance(self.now_us)
        self.now_us = until

    def _arrives(self, text: str) -> None:
        packet = arriving(text)
        if self.tcp.state is State.CLOSED and packet.flags & SYN and not self.tcp.segments_received:
            self.tcp.accept_syn(packet, self.now_us)
        else:
            self.tcp.arrives(packet, self.now_us)

    def _open(self, _: str) -> None:
        self.tcp.open(self.now_us)

    def _send(self, text: str) -> None:
        assert self.tcp.send(octets(text), self.now_us) == len(octets(text))

    def _urgent(self, text: str) -> None:
        assert self.tcp.send(octets(text), self.now_us, urgent=True) == len(octets(text))

    def _read(self, text: str) -> None:
        if text == "eof":
            assert self.tcp.receive(1, self.now_us) == b""
        elif text == "nothing":
            assert self.tcp.receive(1, self.now_us) is None
        elif text.isdigit():
            got = self.tcp.receive(int(text), self.now_us)
            assert got is not None
            assert len(got) == int(text)
        else:
            assert self.tcp.receive(len(octets(text)), self.now_us) == octets(text)

    def _shutdown(self, _: str) -> None:
        self.tcp.shutdown(self.now_us)

    def _close(self, _: str) -> None:
        self.tcp.close(self.now_us)

    def _abort(self, _: str) -> None:
        self.tcp.abort(self.now_us)

    def _told(self, kind: str) -> None:
        with pytest.raises(TcpError) as told:
            self.tcp.receive(1, self.now_us)
        assert told.value.kind == kind

    def _is(self, state: str) -> None:
        assert self.tcp.state.value == state

    def _due(self, ms: str) -> None:
        due = self.tcp.due()
        assert due is not None
        assert due - self.now_us == int(float(ms) * 1000)


OPEN = """
    open
    > S 0:0(0)
    < S. 0:0(0) ack 1 win 10000 <mss 1000>
    > . 1:1(0) ack 1
    is ESTABLISHED
"""
LISTEN = """
    < S 0:0(0) win 10000 <mss 1000>
    > S. 0:0(0) ack 1
    is SYN-RECEIVED
"""
ACCEPT = (
    LISTEN
    + """
    < . 1:1(0) ack 1 win 10000
    is ESTABLISHED
"""
)
