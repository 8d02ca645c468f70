"""What a kernel told of its own doings, put beside what was seen: why it dropped a segment, why it sent a reset.

A frame that the proxy put on a cable is a packet delivered in the trace, in the same order; and a socket is an end of
a connection where its ports are and its time is. Whatever does not fit is left alone: on one machine there may be
several labs at the same time, in which the same addresses and ports are in use.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from tcpchaos.backends.testimony import Drop, Move, Statement
from tcpchaos.oracle import Connection, Finding, Oracle
from tcpchaos.rfc import Breach, Rule, Shown, State
from tcpchaos.rfc.rules.runs import FITS, RESETS_WITH_REASON
from tcpchaos.rfc.states import NO_CONNECTION, OPENING
from tcpchaos.trace import Event, Side, Trace
from tcpchaos.wire import ACK, RST, SYN

# From when a packet was dealt with to when it was put on the cable.
LATE_US: Final = 250_000
# From when a socket tells of itself to when the segment that goes with it is seen, or the other way round.
_ABOUT_US: Final = 100_000
# In which a kernel deals with a segment, unless it puts it aside.
_AT_ONCE_US: Final = 5_000
# What a kernel frees with this reason is no drop. It need not have obeyed it either: a reset that it challenges, or
# passes over in SYN-SENT, has the same one. It was taken where the socket was closed by it.
_FREED: Final = frozenset({"TCP_RESET"})
_CLOSED: Final = str(State.CLOSED)

Ports = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The kernel's reasons by the frame of the trace, and what does not fit."""

    reasons: dict[int, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class _Life(NamedTuple):
    """The moves of one socket, from the first that was told to the last."""

    side: Side
    ports: Ports
    moves: list[Move]


def hear(testimony: Statement, trace: Trace, oracle: Oracle) -> Heard:
    """Put the kernel's reasons beside the frames, and each change of state before the oracle."""
    heard = Heard()
    events = list(_from_the_beginning(trace))
    if testimony.incomplete:
        heard.notes.append("the kernel told more of its doings than could be kept: not every reason is known")
    for side in Side:
        _drops(side, testimony, events, heard)
    harmed = {connection.number for connection in oracle.connections if connection.harmed is not None}
    _resets(testimony, events, harmed, heard)
    _show(testimony, events, oracle)
    return heard


def _from_the_beginning(trace: Trace) -> Iterator[Event]:
    """The events up to where the trace leaves some out."""
    for number, event in enumerate(trace, start=1):
        if event.frame != number:
            return
        yield event


def places(testimony: Statement, side: Side, events: Iterable[Event]) -> dict[int, Event]:
    """Return which frame to an endpoint, by its number, was which of the packets delivered to it."""
    frames = testimony.frames[side]
    found: dict[int, Event] = {}
    nth = 0
    for event in events:
        if not event.delivered or event.side is not side:
            continue
        # What was put on the cable before is no TCP, or a part of a packet too large for it.
        while nth < len(frames) and frames[nth].at_us < event.at_us:
            nth += 1
        if nth < len(frames) and frames[nth].octets == len(event.octets):
            if frames[nth].at_us - event.at_us <= LATE_US:
                found[nth] = event
            nth += 1
    return found


def _drops(side: Side, testimony: Statement, events: Sequence[Event], heard: Heard) -> None:
    by_number = places(testimony, side, events)
    for drop in testimony.drops:
        event = by_number.get(drop.nth) if drop.side is side else None
        if event is None or event.icmp:
            continue
        breach = _misfit(drop.reason, event)
        if breach is not None:
            # While a program holds a socket, Linux joins what comes to what waits for it (tcp_add_backlog): the reason
            # is then that of the whole.
            joined = (each for each in events if _may_be_joined(each, event, drop) and not _misfit(drop.reason, each))
            event, breach = next(((each, None) for each in joined), (event, breach))
        verb = "dropped"
        if drop.reason in _FREED:
            verb = "taken" if _closed_by(event, drop, testimony.moves) else "freed"
        heard.reasons[event.frame] = f"{verb} by the {side}'s kernel: {drop.reason}"
        if breach is not None:
            heard.findings.append(_finding(FITS, breach, side, event))


def _may_be_joined(event: Event, before: Event, drop: Drop) -> bool:
    """Tell whether a segment came behind another one of its connection before the kernel let go of that."""
    packet, first = event.packet, before.packet
    return (
        event.delivered
        and event.side is before.side
        and before.at_us <= event.at_us <= drop.at_us
        and (packet.sport, packet.dport) == (first.sport, first.dport)
    )


def _closed_by(event: Event, drop: Drop, moves: Iterable[Move]) -> bool:
    """Tell whether a socket of who was given this segment was closed right before the kernel let go of it."""
    place = (event.side, event.packet.dport, event.packet.sport)
    return any(
        (move.side, move.local_port, move.remote_port) == place
        and move.after == _CLOSED
        and event.at_us <= move.at_us <= drop.at_us <= move.at_us + _AT_ONCE_US
        for move in moves
    )


def _misfit(reason: str, event: Event) -> Breach | None:
    """Return the breach where nothing about a segment can have given this reason."""
    packet = event.packet
    flags = packet.flags
    needs = {
        "TCP_CSUM": ("a wrong checksum", not packet.checksum_ok),
        "IP_CSUM": ("a wrong IP checksum", not packet.ip_checksum_ok),
        "TCP_RFC7323_PAWS": ("a timestamp", packet.timestamps is not None),
        "TCP_RFC7323_PAWS_ACK": ("a timestamp", packet.timestamps is not None),
        "TCP_RESET": ("RST", bool(flags & RST)),
        "TCP_INVALID_SYN": ("SYN", bool(flags & SYN)),
        "TCP_TOO_OLD_ACK": ("ACK", bool(flags & ACK)),
        "TCP_ACK_UNSENT_DATA": ("ACK", bool(flags & ACK)),
        "TCP_OLD_DATA": ("octets or FIN", packet.length > 0),
    }
    what, there = needs.get(reason, ("", True))
    return None if there else Breach(f"{what} in a segment dropped for {reason}", "none")


def _resets(testimony: Statement, events: Sequence[Event], harmed: set[int], heard: Heard) -> None:
    """Find the reason of each reset that was sent: the first that was given for its ports shortly before it.

    Of a connection that was `harmed` nobody knows its state for sure.
    """
    left = list(testimony.resets)
    before: dict[int, tuple[str, str]] = {}
    for event in events:
        states = before.get(event.connection)
        before[event.connection] = event.states
        if event.delivered or not event.packet.flags & RST or event.icmp:
            continue
        place = (event.side, event.packet.sport, event.packet.dport)
        told = [
            each
            for each in left
            if (each.side, each.local_port, each.remote_port) == place and 0 <= event.at_us - each.at_us <= LATE_US
        ]
        if not told:
            continue
        left.remove(told[0])
        reason = told[0].reason
        if reason:
            heard.reasons[event.frame] = f"sent by the {event.side}'s kernel: {reason}"
        if event.connection in harmed or reason != "NO_SOCKET" or states is None:
            continue
        if _is_open(State(states[event.side])):
            breach = Breach(f"a reset of a connection in {states[event.side]}", "a reset for want of a connection")
            heard.findings.append(_finding(RESETS_WITH_REASON, breach, event.side, event))


def _is_open(state: State) -> bool:
    return state not in NO_CONNECTION | OPENING | {State.TIME_WAIT, State.LAST_ACK}


def _finding(rule: Rule, breach: Breach, side: Side, event: Event) -> Finding:
    return Finding.of(
        rule,
        breach,
        blame=side,
        connection=event.connection,
        frame=event.frame,
        at_us=event.at_us,
        states=(str(event.states[0]), str(event.states[1])),
    )


def _show(testimony: Statement, events: Sequence[Event], oracle: Oracle) -> None:
    """Put each move of each socket that is surely an end of a connection before the oracle."""
    by_ports: dict[Ports, list[Connection]] = {}
    for connection in oracle.connections:
        by_ports.setdefault(connection.ports, []).append(connection)
    occasions = _occasions(events)
    lives: dict[tuple[Side, Ports], list[_Life]] = {}
    for life in _lives(testimony.moves):
        lives.setdefault((life.side, life.ports), []).append(life)
    for (side, ports), found in lives.items():
        connections = by_ports.get(ports, [])
        if len(connections) != 1 or connections[0].before is not None or len(found) != 1:
            continue
        seen = occasions.get((connections[0].number, side), [])
        if _fits(found[0], seen):
            _show_life(found[0], connections[0], seen, oracle)


def _occasions(events: Iterable[Event]) -> dict[tuple[int, Side], list[tuple[int, bool]]]:
    """When each endpoint of each connection sent a SYN, or was given something, and whether that was a reset."""
    found: dict[tuple[int, Side], list[tuple[int, bool]]] = {}
    for event in events:
        if event.delivered or event.packet.flags & SYN:
            is_reset = bool(event.packet.flags & RST) and not event.icmp
            found.setdefault((event.connection, event.side), []).append((event.at_us, is_reset))
    return found


def _fits(life: _Life, occasions: Sequence[tuple[int, bool]]) -> bool:
    """Tell whether what was seen of a connection explains why a socket began when this one did."""
    begins_us = life.moves[0].at_us
    after = bisect_right(occasions, (begins_us, True))
    if life.moves[0].before == _CLOSED:
        return after < len(occasions) and occasions[after][0] - begins_us <= _ABOUT_US
    return after > 0 and begins_us - occasions[after - 1][0] <= _ABOUT_US


def _by_a_reset(at_us: int, occasions: Sequence[tuple[int, bool]]) -> bool:
    """Tell whether it can have been nothing but a reset to which an endpoint answered at this time."""
    low, high = bisect_right(occasions, (at_us - _AT_ONCE_US, True)), bisect_right(occasions, (at_us, True))
    return low < high and all(is_reset for _, is_reset in occasions[low:high])


def _lives(moves: Iterable[Move]) -> Iterator[_Life]:
    """The moves, socket by socket; where one socket has ended, another may be at the same place."""
    open_now: dict[int, list[Move]] = {}
    for move in moves:
        open_now.setdefault(move.socket, []).append(move)
        if move.after == _CLOSED:
            yield from _life(open_now.pop(move.socket))
    for rest in open_now.values():
        yield from _life(rest)


def _life(moves: list[Move]) -> Iterator[_Life]:
    last = moves[-1]
    if last.local_port and last.remote_port:
        ports = (last.local_port, last.remote_port)
        yield _Life(last.side, ports if last.side is Side.CLIENT else ports[::-1], moves)


def _show_life(life: _Life, connection: Connection, occasions: Sequence[tuple[int, bool]], oracle: Oracle) -> None:
    entered_us: int | None = None
    for move in life.moves:
        oracle.shown(
            connection,
            life.side,
            Shown(
                State(move.after),
                connection.moves[life.side],
                before=State(move.before),
                stayed_us=None if entered_us is None else move.at_us - entered_us,
                at_us=move.at_us,
                # A kernel calls it a reset, too, when it gives up because of octets that nobody will read.
                reset=move.reset and _by_a_reset(move.at_us, occasions),
                aborted=move.reset,
            ),
        )
        entered_us = move.at_us
