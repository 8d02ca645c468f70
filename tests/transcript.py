"""Transcripts: a connection written down as packetdrill would, told to the oracle line by line.

Each line is `WHO [@MS] SEGMENT ["PAYLOAD"]`, numbers relative, with WHO one of

    client>          the client sends it, and it is delivered to the server
    client>x         the client sends it, and it is lost
    >server          it is delivered to the server, and the client never sent it (a forgery)
    client< server<  the application: `wrote "..."`, `read "..."`, `ended eof`, `closed shutdown`

Initial sequence numbers lie just below 2^32, so that each transcript wraps around.
"""

import ast
import re

from tcpchaos.oracle import Connection, Conversation, Oracle, Verdict
from tcpchaos.trace import Side
from tcpchaos.wire import Packet, build
from tcpchaos.wire.text import parse_segment

ISS = {Side.CLIENT: 2**32 - 3, Side.SERVER: 2**32 - 40}
ADDRESS = {Side.CLIENT: b"\xc0\x00\x02\x01", Side.SERVER: b"\xc0\x00\x02\x02"}
PORT = {Side.CLIENT: 40000, Side.SERVER: 80}
_LINE = re.compile(
    r"(?P<sender>client|server)?(?P<kind>>x|>|<)(?P<receiver>client|server)?\s+(?:@(?P<ms>\d+)\s+)?(?P<rest>.*)"
)
_PAYLOAD = re.compile(r"""^(?P<segment>.*?)\s*(?P<payload>b?(?:".*"|'.*'))$""")


def segment(sender: Side, text: str) -> Packet:
    """Build the packet that a line of a transcript says."""
    match = _PAYLOAD.match(text)
    payload = ast.literal_eval(match["payload"]) if match else None
    if isinstance(payload, str):
        payload = payload.encode()
    parsed = parse_segment(match["segment"] if match else text, iss=ISS[sender], irs=ISS[sender.peer], payload=payload)
    return build(
        src=ADDRESS[sender],
        dst=ADDRESS[sender.peer],
        sport=PORT[sender],
        dport=PORT[sender.peer],
        seq=parsed.seq,
        ack=parsed.ack,
        flags=parsed.flags,
        window=parsed.window,
        urgent=parsed.urgent,
        reserved=parsed.reserved,
        offset=parsed.offset,
        checksum=parsed.checksum,
        options=b"".join(option.octets for option in parsed.options),
        payload=parsed.payload,
    )


class Playback:
    """An oracle that a transcript was told to."""

    def __init__(self, text: str, oracle: Oracle | None = None) -> None:
        self.oracle = oracle or Oracle()
        self._at_us = 0
        self._frame = 0
        for line in text.strip().splitlines():
            line = line.strip()
            if line and not line.startswith("#"):
                self._play(line)

    @property
    def connection(self) -> Connection:
        return self.oracle.connections[-1]

    def verdict(self) -> Verdict:
        return self.oracle.verdict()

    @property
    def broken(self) -> list[str]:
        """The rules that were broken and who broke them: `["FL-01 client"]`."""
        return [f"{finding.rule} {finding.blame}" for finding in self.verdict().findings]

    def _play(self, line: str) -> None:
        match = _LINE.fullmatch(line)
        assert match is not None, line
        if match["ms"]:
            self._at_us = int(match["ms"]) * 1000
        kind = match["kind"]
        if kind == "<":
            talk = self.oracle.application(PORT[Side.CLIENT], PORT[Side.SERVER])
            self._tell(talk, Side[match["sender"].upper()], match["rest"])
        elif match["sender"]:
            sender = Side[match["sender"].upper()]
            packet = segment(sender, match["rest"])
            connection = self.oracle.connection(sender, packet)
            self._frame += 2
            if kind == ">":
                self.oracle.passed(connection, sender, packet, self._at_us, self._frame - 1)
            else:
                self.oracle.sent(connection, sender, packet, self._at_us, self._frame - 1)
        else:
            receiver = Side[match["receiver"].upper()]
            packet = segment(receiver.peer, match["rest"])
            self._frame += 1
            connections = self.oracle.connections
            connection = connections[-1] if connections else self.oracle.connection(receiver.peer, packet)
            self.oracle.delivered(connection, receiver, packet, self._at_us, self._frame, intact=False)

    def _tell(self, talk: Conversation, side: Side, text: str) -> None:
        verb, _, what = text.partition(" ")
        if verb in ("wrote", "read"):
            getattr(talk, verb)(side, ast.literal_eval(what).encode())
        else:
            getattr(talk, verb)(side, what)
