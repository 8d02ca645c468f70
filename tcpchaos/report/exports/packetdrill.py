"""A case as a packetdrill script: the kernel under test is told what its application does, the script is its peer.

What is delivered under the plan are the script's inbound packets; what the endpoint sent in a run of ours is what the
script expects. Segments that the language has no words for (a wrong checksum, an impossible data offset, an unknown
option, an ICMP error) stand in it as comments.
"""

import re
from collections.abc import Iterator
from textwrap import wrap
from typing import Final

from tcpchaos.corpus.case import Case
from tcpchaos.report.exports.story import Step, Story
from tcpchaos.trace import Side
from tcpchaos.wire import ACK, FIN, RST, SYN, URG
from tcpchaos.wire.option_text import option_text

# Flags in the order in which packetdrill writes them; the acknowledgment comes last.
_FLAGS: Final = ((FIN, "F"), (SYN, "S"), (RST, "R"), (8, "P"), (64, "E"), (128, "W"), (URG, "U"))
_OPTION: Final = re.compile(r"nop|eol|sackOK|mss \d+|wscale \d+|sack( \d+:\d+)+|TS val \d+ ecr \d+|FO [0-9a-f]*")
_WIDTH: Final = 100  # columns of a comment
_AT_ONCE_US: Final = 10_000  # what comes sooner than this comes at once, for a script with a tolerance of milliseconds
_LISTENER, _ACCEPTED = 3, 4  # file descriptors, as packetdrill counts them


def packetdrill(case: Case, story: Story) -> str:
    """Return the script in which the endpoint of this story is the one under test."""
    return "\n".join([*_head(case, story), *_Script(story, aborts=_aborts(case, story.side)).lines()]) + "\n"


def _aborts(case: Case, side: Side) -> bool:
    return case.workload == ("abort" if side is Side.CLIENT else "abort-server")


def _head(case: Case, story: Story) -> Iterator[str]:
    yield f"// {case.title}"
    yield from (f"// {line}" for line in wrap(case.about, _WIDTH))
    yield f"// The {story.side} is the endpoint under test; what reaches it was made by this plan:"
    yield from (f"//     {line}" for line in case.plan)
    yield from (f"// needs sysctl {name}={value}" for name, value in sorted(case.sysctls.items()))
    yield ""
    if case.family == 6:
        yield "--ip_version=ipv6"
    yield f"--mtu={case.mtu}"
    yield ""


class _Script:
    """The events of a script: packets, and the calls of the application between them."""

    def __init__(self, story: Story, *, aborts: bool) -> None:
        self._story = story
        self._aborts = aborts
        self._last_us = 0
        self._fd = 0  # of the connection, once there is one
        self._written = 1  # the position after what the application has written
        self._arrived = 1  # the position after what can be read
        self._early: list[tuple[int, int]] = []  # what came before what stands before it
        self._closed = False

    def lines(self) -> Iterator[str]:
        """Yield the lines."""
        yield from self._open()
        steps = self._story.steps
        for number, step in enumerate(steps):
            if step.sent:
                yield from self._application(step, steps[number:])
            yield from self._packet(step)
            if not step.sent and not step.icmp:
                yield from self._take(step)

    def _open(self) -> Iterator[str]:
        yield f"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = {_LISTENER}"
        if not self._story.opens:
            yield f"+0 setsockopt({_LISTENER}, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0"
            yield f"+0 bind({_LISTENER}, ..., ...) = 0"
            yield f"+0 listen({_LISTENER}, 1) = 0"
            return
        yield f"+0 fcntl({_LISTENER}, F_SETFL, O_RDWR|O_NONBLOCK) = 0"
        yield f"+0 connect({_LISTENER}, ..., ...) = -1 EINPROGRESS (Operation now in progress)"
        self._fd = _LISTENER

    def _application(self, step: Step, following: tuple[Step, ...]) -> Iterator[str]:
        """Yield the calls without which the endpoint would not send this."""
        start = self._story.seq(step)
        end = start + step.packet.size
        if step.packet.size and not step.packet.flags & SYN and end > self._written:
            yield from self._accept()
            until = self._burst(following)
            count = until - self._written
            yield f"+0 write({self._fd}, ..., {count}) = {count}"
            self._written = until
        ends = step.packet.flags & FIN or (self._aborts and step.packet.flags & RST)
        if ends and not self._closed:
            yield from self._accept()
            self._closed = True
            if self._aborts:
                yield f"+0 setsockopt({self._fd}, SOL_SOCKET, SO_LINGER, {{onoff=1, linger=0}}, 8) = 0"
            goes_on = any(each.packet.size and not each.sent for each in following)
            yield f"+0 shutdown({self._fd}, SHUT_WR) = 0" if goes_on else f"+0 close({self._fd}) = 0"

    def _burst(self, following: tuple[Step, ...]) -> int:
        """Return where the octets end that the endpoint sends in one go: the application wrote them at once."""
        until = self._written
        for step in following:
            if not step.sent:
                break
            until = max(until, self._story.seq(step) + step.packet.size)
        return until

    def _accept(self) -> Iterator[str]:
        if not self._fd:
            self._fd = _ACCEPTED
            yield f"+0 accept({_LISTENER}, ..., ...) = {_ACCEPTED}"

    def _take(self, step: Step) -> Iterator[str]:
        """Yield the call that reads what has arrived without a gap."""
        packet = step.packet
        if not packet.size or packet.flags & (SYN | RST) or not packet.checksum_ok:
            return
        start = self._story.seq(step)
        self._early.append((start, start + packet.size))
        before = self._arrived
        for left, right in sorted(self._early):
            if left <= self._arrived:
                self._arrived = max(self._arrived, right)
        if self._arrived > before:
            yield from self._accept()
            count = self._arrived - before
            yield f"+0 read({self._fd}, ..., {count}) = {count}"

    def _packet(self, step: Step) -> Iterator[str]:
        late_us = max(0, step.at_us - self._last_us) if self._last_us else 0
        self._last_us = step.at_us
        text, lack = self._segment(step)
        time = f"+{late_us // 1_000_000}.{late_us % 1_000_000 // 1000:03d}" if late_us >= _AT_ONCE_US else "+0"
        line = f"{time} {'>' if step.sent else '<'} {text}"
        yield line if not lack else f"// without {lack}, which packetdrill has no words for: {line}"

    def _segment(self, step: Step) -> tuple[str, str]:
        """Return a segment in packetdrill's language, and what of it that has no words for."""
        packet = step.packet
        seq, ack = self._story.seq(step), self._story.ack(step)
        letters = "".join(letter for bit, letter in _FLAGS if packet.flags & bit)
        flags = letters + ("." if packet.flags & ACK else "") or "-"
        words = [flags, f"{seq}:{seq + packet.size}({packet.size})"]
        if packet.flags & ACK:
            words.append(f"ack {ack}")
        # How large a window is, is the endpoint's own business; what it is told is not.
        if not step.sent:
            words.append(f"win {packet.window}")
        if packet.flags & URG:
            words.append(f"urg {packet.urgent}")
        # Of an ACK, SACK blocks are relative to the numbers that it acknowledges.
        base = self._story.irs if step.sent else self._story.iss
        texts = [option_text(option, irs=base) for option in packet.options]
        words += [f"<{', '.join(texts)}>"] if texts else []
        return " ".join(words), _lack(step, seq, ack, texts)


def _lack(step: Step, seq: int, ack: int, texts: list[str]) -> str:
    packet = step.packet
    if step.icmp:
        return "the ICMP error about it"
    if not packet.checksum_ok:
        return f"its checksum {packet.checksum:#06x}"
    if packet.segment.offset is not None or packet.reserved:
        return "its data offset or reserved bits"
    if not all(_OPTION.fullmatch(text) for text in texts):
        return "all of its options"
    if seq < 0 or (packet.flags & ACK and ack < 0):
        return "numbers that lie before the initial ones"
    return ""
