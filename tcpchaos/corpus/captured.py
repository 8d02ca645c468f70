"""A case from a capture: what looks like a fault becomes a plan, and what cannot become one is told.

The workload is a guess, since a capture does not say what the applications meant: whoever sends, whoever closes first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from tcpchaos import __version__
from tcpchaos.backends.capture import CaptureError, Judged, judge
from tcpchaos.backends.lab.world import LEAST_MTU, MOST_MTU
from tcpchaos.backends.warden.addresses import IPV6_LEAST_MTU
from tcpchaos.corpus.case import DEFAULT_MTU, MAX_TITLE, Case, Passes, Provenance, Violates
from tcpchaos.corpus.sightings import Direction
from tcpchaos.corpus.suspicion import Suspicion, suspect
from tcpchaos.plan import parse
from tcpchaos.trace import Event, Side
from tcpchaos.wire import FIN, SYN
from tcpchaos.workloads import WORKLOADS

# Octets of headers around the largest segment that an MSS option announces.
_HEADERS: Final = {4: 40, 6: 60}
# Segments with data that an endpoint sends in an echo between two kernels; plans for later ones need a longer exchange.
_ECHO_SEGMENTS: Final = 4
_REMARKS: Final = 20  # of one connection: what a person reads


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A case, and what of the capture is not in it, a sentence each."""

    case: Case
    remarks: tuple[str, ...]


def import_capture(path: Path, *, connection: int = 0, workload: str = "", title: str = "") -> Imported:
    """Return a case that does again what was done to a connection of a capture; by default the one with most faults.

    Raises OSError, and CaptureError where nothing can be read or nothing looks like a fault.
    """
    judged = judge(path)
    suspicions = _suspicions(judged)
    chosen = _chosen(suspicions, connection)
    guessed = workload or _workload(chosen)
    rules = tuple(line for line in chosen.rules if line not in WORKLOADS[guessed].rules)
    family, mtu = network(chosen)
    case = Case(
        title=title or f"As captured in {path.name}"[:MAX_TITLE],
        workload=guessed,
        plan=rules,
        family=family,
        mtu=mtu,
        expect=_expected(judged, chosen.connection),
        provenance=Provenance(source=f"capture {path.name}, connection {chosen.connection}", version=__version__),
    )
    return Imported(case=case, remarks=tuple(_remarks(judged, suspicions, chosen, guessed, bool(workload))))


def _suspicions(judged: Judged) -> list[Suspicion]:
    events: dict[int, list[Event]] = {}
    for event in judged.trace:
        events.setdefault(event.connection, []).append(event)
    return [suspect(number, seen, both_sides=judged.both_sides) for number, seen in sorted(events.items())]


def _chosen(suspicions: Sequence[Suspicion], connection: int) -> Suspicion:
    if connection:
        found = next((each for each in suspicions if each.connection == connection), None)
        if found is None:
            known = ", ".join(str(each.connection) for each in suspicions[:10])
            raise CaptureError(f"there is no connection {connection} in what was kept of it; there are {known}")
    else:
        found = max(suspicions, key=lambda each: len(each.rules))
    if not found.rules:
        said = "".join(f"; {remark}" for remark in found.remarks)
        raise CaptureError(f"nothing in it looks like a fault that a plan could make{said}")
    return found


def _workload(suspicion: Suspicion) -> str:
    """Return the workload that resembles most what was said, and by whom."""
    client, server = suspicion.directions
    if suspicion.aborted is not None:
        return "abort" if suspicion.aborted is Side.CLIENT else "abort-server"
    if all(any(sent.name == "syn" for sent in direction.sent) for direction in suspicion.directions):
        return "simultaneous-open"
    up, down = _octets(client), _octets(server)
    if not down or not up:
        return "bulk-up" if up else "bulk-down"
    if any(_latest_data(direction) > _ECHO_SEGMENTS for direction in suspicion.directions):
        return "bulk-both"
    return "request-response" if _first_to_close(suspicion) is Side.SERVER else "echo"


def _octets(direction: Direction) -> int:
    return sum(sent.packet.size for sent in direction.sent if sent.packet is not None)


def _latest_data(direction: Direction) -> int:
    """Return the ordinal of the last segment with data to which something was done, 0 without one."""
    return max((ordinal for sent, name, ordinal in direction.named() if sent.deeds and name == "data"), default=0)


def _first_to_close(suspicion: Suspicion) -> Side | None:
    fins = [
        (sent.frame, direction.side)
        for direction in suspicion.directions
        for sent in direction.sent
        if sent.packet is not None and sent.packet.flags & FIN
    ]
    return min(fins)[1] if fins else None


def network(suspicion: Suspicion) -> tuple[Literal[4, 6], int]:
    """Return the version of IP and the MTU from which the segments' sizes follow."""
    packets = [sent.packet for direction in suspicion.directions for sent in direction.sent if sent.packet is not None]
    family: Literal[4, 6] = 4 if packets[0].version == 4 else 6
    announced = [packet.mss for packet in packets if packet.flags & SYN and packet.mss]
    mtu = min(announced) + _HEADERS[family] if announced else DEFAULT_MTU
    return family, min(max(mtu, LEAST_MTU if family == 4 else IPV6_LEAST_MTU), MOST_MTU)


def _expected(judged: Judged, connection: int) -> Passes | Violates:
    """Return what the capture shows: a breach of the law, where the oracle is sure of one."""
    for finding in judged.verdict.findings:
        if finding.counts and finding.connection == connection and finding.blame is not None:
            return Violates(rule=finding.rule, blame="client" if finding.blame is Side.CLIENT else "server")
    return Passes()


def _remarks(
    judged: Judged, suspicions: Sequence[Suspicion], chosen: Suspicion, workload: str, said: bool
) -> list[str]:
    remarks = [] if said else [f"the workload is a guess: {workload}; --workload says another"]
    remarks += chosen.remarks[:_REMARKS]
    if len(chosen.remarks) > _REMARKS:
        remarks.append(f"and {len(chosen.remarks) - _REMARKS} more of the kind")
    for other in suspicions:
        if other is not chosen and other.rules:
            count = len(parse("\n".join(other.rules)).rules)
            remarks.append(f"connection {other.connection} has {count} more: --connection {other.connection}")
    if judged.trace.left_out:
        remarks.append(f"the middle of the capture was not looked at: {judged.trace.left_out:,} events")
    if not judged.both_sides:
        remarks.append("heard in one place: what happened behind it or before it was told from what came after")
    return remarks
