"""Transcripts: a connection written down as packetdrill would, told to the oracle line by line.

Each line is `WHO [@MS] SEGMENT ["PAYLOAD"]`, numbers relative, with WHO one of

    client>          the client sends it, and it is delivered to the server
    client>x         the client sends it, and it is lost
    >server          it is delivered to the server, and the client never sent it (a forgery)
    client< server<  the application: `wrote "..."`, `read "..."`, `ended eof`, `closed shutdown`
    client= server=  its TCP: `ESTABLISHED`, or `ESTABLISHED -> CLOSE-WAIT` for a move; behind it any of `settled`,
                     `untouched`, `reset`, `unclosed` (the application has not closed), `peer=STATE`, `was=STATE`,
                     `stayed=MS`, and figures such as `bytes_received=5`
    @MS              nothing happens, and somebody looks how late it is
    beats MS MS ...  at these times whoever runs the endpoints attends to them

`ecn N` at the end of a segment are the bits of the IP header by which congestion is notified. Initial sequence numbers
lie just below 2^32, so that each transcript wraps around.
"""

import ast
import re
from typing import Any

from tcpchaos.oracle import Connection, Conversation, Oracle, Verdict
from tcpchaos.rfc import Shown, State
from tcpchaos.trace import Side, Socket
from tcpchaos.wire import Packet, build
from tcpchaos.wire.text import parse_segment

ISS = {Side.CLIENT: 2**32 - 3, Side.SERVER: 2**32 - 40}
ADDRESS = {Side.CLIENT: b"\xc0\x00\x02\x01", Side.SERVER: b"\xc0\x00\x02\x02"}
PORT = {Side.CLIENT: 40000, Side.SERVER: 80}
_LINE = re.compile(
    r"(?P<sender>client|server)?(?P<kind>>x|>|<|=)(?P<receiver>client|server)?\s+(?:@(?P<ms>\d+)\s+)?(?P<rest>.*)"
)
_PAYLOAD = re.compile(r"""^(?P<segment>.*?)\s*(?P<payload>b?(?:".*"|'.*'))$""")


def segment(sender: Side, text: str) -> Packet:
    """Build the packet that a line of a transcript says."""
    text, _, ecn = text.partition(" ecn ")
    match = _PAYLOAD.match(text)
    payload = ast.literal_eval(match["payload"]) if match else None
    if isinstance(payload, str):
        payload = payload.encode()
    parsed = parse_segment(match["segment"] if match else text, iss=ISS[sender], irs=ISS[sender.peer], payload=payload)
    packet = build(
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
    return packet.replace(tos=int(ecn)) if ecn else packet


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

    def _look(self, ms: str) -> None:
        self._at_us = int(ms) * 1000
        self.oracle.look(self._at_us)

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
        if line.startswith("@"):
            self._look(line[1:])
            return
        if line.startswith("beats "):
            for ms in line.split()[1:]:
                self.oracle.beat(int(ms) * 1000)
            return
        match = _LINE.fullmatch(line)
        assert match is not None, line
        if match["ms"]:
            self._at_us = int(match["ms"]) * 1000
        kind = match["kind"]
        if kind == "<":
            talk = self.oracle.application(PORT[Side.CLIENT], PORT[Side.SERVER])
            self._tell(talk, Side[match["sender"].upper()], match["rest"])
        elif kind == "=":
            self._show(Side[match["sender"].upper()], match["rest"])
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
        elif verb == "waits":
            talk.waits(side, self._at_us)
        else:
            getattr(talk, verb)(side, what)

    def _show(self, side: Side, text: str) -> None:
        words = text.split()
        before = State(words[0]) if "->" in words else None
        state = State(words[2] if before else words[0])
        said = words[3:] if before else words[1:]
        values = dict(word.split("=") for word in said if "=" in word)
        peer, previous, stayed = (values.pop(name, None) for name in ("peer", "was", "stayed"))
        figures: dict[str, Any] = {name: int(value) for name, value in values.items()}
        nothing = Socket(state, "192.0.2.1", PORT[side], "192.0.2.2", PORT[side.peer], 0, 0)
        gone = state in (State.CLOSED, State.LISTEN) or before is not None
        self.oracle.shown(
            self.connection,
            side,
            Shown(
                state,
                self.connection.moves[side],
                settled="settled" in said,
                untouched="untouched" in said,
                socket=None if gone else nothing._replace(**figures),
                before=before,
                previous=State(previous) if previous else None,
                stayed_us=int(stayed) * 1000 if stayed else None,
                at_us=self._at_us,
                reset="reset" in said,
                closed=False if "unclosed" in said else None,
                peer=State(peer) if peer else None,
            ),
        )
