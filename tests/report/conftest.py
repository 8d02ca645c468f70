"""Hand-made events, told as a story: what was sent, what passed, what the proxy did to the rest."""

import re
from dataclasses import dataclass, field

import pytest

from tcpchaos.report.document import (
    Check,
    End,
    Endpoint,
    Fault,
    Found,
    Link,
    Packets,
    Planned,
    Position,
    Run,
    Seen,
    Seens,
)
from tcpchaos.report.selection import Story as ToldStory


def position(segment: str) -> Position:
    """Where a segment stands, as its notation says; windows are not scaled in stories."""
    seq, end = map(int, re.findall(r"(\d+):(\d+)\(", segment)[0])
    flags = segment.partition(" ")[0]
    ack = [int(number) for number in re.findall(r" ack (\d+)", segment)]
    window = int((re.findall(r" win (\d+)", segment) or [0])[0])
    sacked = [(int(left), int(right)) for left, right in re.findall(r"(\d+):(\d+)(?!\d*\()", segment)]
    return Position(
        seq=seq,
        end=end + ("S" in flags) + ("F" in flags),
        ack=ack[0] if ack else None,
        edge=ack[0] + window if ack else None,
        sacked=tuple(sacked),
    )


@dataclass
class Story:
    """Events of one connection, and the documents that they stand in."""

    events: list[Seen] = field(default_factory=list)
    states: tuple[str, str] = ("CLOSED", "LISTEN")
    at_us: int = 0
    connection: int = 1

    def event(
        self,
        side: Endpoint,
        what: str,
        segment: str,
        *,
        origin: int = 0,
        edited: bool = False,
        deeds: tuple[str, ...] = (),
    ) -> int:
        octets = int(segment.partition("(")[2].partition(")")[0] or 0)
        self.events.append(
            Seen(
                frame=len(self.events) + 1,
                at_us=self.at_us,
                connection=self.connection,
                endpoint=side,
                what="sent" if what == "sent" else "delivered",
                origin=origin,
                segment=segment,
                octets=octets,
                position=position(segment),
                edited=edited,
                deeds=deeds,
                states=self.states,
            )
        )
        return len(self.events)

    def sent(self, side: Endpoint, segment: str, *deeds: str, now: str = "") -> int:
        """`side` sends; `now` is its state afterwards."""
        self.at_us += 100
        self._enter(side, now)
        return self.event(side, "sent", segment, deeds=deeds)

    def arrives(self, frame: int, *deeds: str, segment: str = "", now: str = "") -> int:
        """What was sent at `frame` is delivered, as `segment` if it was edited; `now` is the receiver's state then."""
        sent = self.events[frame - 1]
        side: Endpoint = "server" if sent.endpoint == "client" else "client"
        self._enter(side, now)
        return self.event(
            side, "delivered", segment or sent.segment, origin=frame, edited=bool(segment), deeds=deeds or sent.deeds
        )

    def passes(self, side: Endpoint, segment: str, *deeds: str, sender: str = "", receiver: str = "") -> int:
        """`side` sends and its peer gets it at once."""
        frame = self.sent(side, segment, *deeds, now=sender)
        self.arrives(frame, now=receiver)
        return frame

    def injected(self, side: Endpoint, segment: str, *deeds: str) -> int:
        """The proxy makes a segment up and delivers it to `side`."""
        return self.event(side, "delivered", segment, deeds=deeds)

    def _enter(self, side: Endpoint, state: str) -> None:
        if state:
            self.states = (state, self.states[1]) if side == "client" else (self.states[0], state)

    def found(self, frame: int, rule: str = "SA-02", *, known: str | None = None, blame: Endpoint = "client") -> Found:
        """A finding at `frame`."""
        return Found(
            rule=rule,
            level="MUST",
            tier="hard",
            rfc="RFC 9293, section 3.4",
            blame=blame,
            known=known,
            excused=None,
            connection=self.connection,
            frame=frame,
            at_us=self.events[frame - 1].at_us if frame else 0,
            states=self.states,
            expected="an ack of at most 18",
            observed="ack 27",
            sentence="Nothing is acknowledged that was never delivered.",
            segment=". 1:1(0) ack 27 win 512" if frame else "",
            times=1,
        )

    def link(self) -> Link:
        """The connection of the story."""
        return Link(
            number=self.connection,
            client=End(address="10.9.0.1", port=40312, state=self.states[0], states=(self.states[0],)),
            server=End(address="10.9.0.2", port=8080, state=self.states[1], states=(self.states[1],)),
        )

    def told(self, *findings: Found) -> ToldStory:
        """The connection with what happened on it."""
        return ToldStory(link=self.link(), events=tuple(self.events), findings=findings)

    def check(self, *findings: Found, suspected: tuple[Found, ...] = ()) -> Check:
        """A capture in which all this was seen."""
        run = self.run(*findings)
        return Check(
            outcome="violation" if findings else "undetermined",
            faults="none",
            findings=findings,
            suspected=suspected,
            sentence="Nothing is surely illegal.",
            version="0.1.0",
            file="capture.pcap",
            command="tcpchaos check capture.pcap",
            format="pcap",
            vantage="one",
            packets=Packets(
                read=3, judged=3, not_tcp=0, fragments=0, unreadable=0, truncated=0, damaged=0, elsewhere=0
            ),
            torn=None,
            connections=run.connections,
            trace=run.trace,
            undecided=("What happened elsewhere.",),
            notes=("Cut short.",),
        )

    def run(self, *findings: Found, rules: tuple[tuple[str, int], ...] = ()) -> Run:
        """A run in which all this happened."""
        return Run(
            outcome="violation" if findings else "pass",
            faults="survivable" if rules else "none",
            findings=findings,
            sentence="Both endpoints kept to the law." if not findings else "The client broke a rule.",
            version="0.1.0",
            backend="lab",
            workload="echo",
            command="tcpchaos run",
            plan=Planned(
                seed=7,
                rules=tuple(
                    Fault(rule=rule, actions=(rule.partition(": ")[2],), fired=fired, of_workload=False)
                    for rule, fired in rules
                ),
            ),
            connections=(self.link(),),
            trace=Seens(seen=len(self.events), left_out=0, events=tuple(self.events)),
            known={finding.known: finding.times for finding in findings if finding.known},
            stacks=("linux 6.18.44", "linux 6.18.44"),
            counters={"server": {"TcpExtTCPChallengeACK": 2}},
            conditions={"net.ipv4.tcp_sack": 1},
            applications=(),
            talks=(),
            took_us=2_234_111,
            interrupted=False,
            timed_out=False,
            broken=None,
            notes=(),
        )


@pytest.fixture
def story() -> Story:
    """An empty story."""
    return Story()


@pytest.fixture
def handshake() -> Story:
    """A story that begins with a handshake without events to tell."""
    told = Story()
    told.passes("client", "S 0:0(0) win 64240 <mss 1460>", sender="SYN-SENT", receiver="SYN-RECEIVED")
    told.passes("server", "S. 0:0(0) ack 1 win 65160 <mss 1460>", receiver="ESTABLISHED")
    told.passes("client", ". 1:1(0) ack 1 win 502", receiver="ESTABLISHED")
    return told
