"""What a run has left behind, judged: the server under test, its listener, and the log of the kernel.

A server of the user's may do strange things of its own accord. Where it is not plain that the chaos made it do them,
the same programs are played once more without any fault, and what they do then, too, is excused.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from signal import Signals
from typing import Final

from tcpchaos.oracle import Connection, Finding
from tcpchaos.rfc import Breach, Rule
from tcpchaos.rfc.rules import runs
from tcpchaos.run.complaints import Complaint, complaints
from tcpchaos.trace import Side
from tcpchaos.workloads import After, Remains
from tcpchaos.workloads.programs import how_it_ended

# Growth that nobody would call a leak: what a server opens for the first time when somebody comes.
FEW_FILES: Final = 16
LITTLE_MEMORY_OCTETS: Final = 64 << 20
# Memory that a server takes without faults may be this often as much with them: more connections, larger buffers.
MEMORY_TIMES: Final = 4
# Share of a processor of a server that is called busy, and of one that is not.
BUSY: Final = 0.8
CALM: Final = 0.5
# Processor time below which its cost is nobody's concern, and how often as dear a segment may be as without faults.
CHEAP_US: Final = 1_000_000
CHEAP_SEGMENT_US: Final = 1000
DEARER: Final = 10
USUAL: Final = "it does so without any fault, too"
UNKNOWN: Final = "what it does without any fault is not known"
# A shell tells the signal that ended its child by a status of so much more.
_OF_A_SHELL: Final = 128
_FATAL: Final = frozenset(
    {Signals.SIGSEGV, Signals.SIGABRT, Signals.SIGBUS, Signals.SIGILL, Signals.SIGFPE, Signals.SIGTRAP, Signals.SIGSYS}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was found after a run, and after the same without faults (None until that was tried).

    `segments` are those that passed in each of them; `faulty` tells whether there was a plan at all, and `lethal` what
    lethal thing was done, "" if nothing.
    """

    after: After
    control: After | None = None
    segments: int = 0
    control_segments: int = 0
    faulty: bool = True
    lethal: str = ""

    @property
    def usual(self) -> Remains:
        """What is left of the server without faults; until that was tried, of one that does nothing strange."""
        found = None if self.control is None else self.control.remains
        return found or Remains(status=None, listens=True, in_background=False)


# Checks of what is plain, and of what has to be compared with a run without faults.
Check = Callable[[Evidence, Remains], Breach | None]


def _crashed(e: Evidence, r: Remains) -> Breach | None:
    signal = signal_of(r.status)
    return None if signal is None else Breach("a server that goes on", f"it was ended by {signal}{_last_words(r)}")


def _damaged(e: Evidence, r: Remains) -> Breach | None:
    headlines = _headlines(complaints(r.said), "memory")
    return Breach("nothing of the kind", _quoted(headlines)) if headlines else None


def _ended(e: Evidence, r: Remains) -> Breach | None:
    outlives = e.usual.status is None or (e.usual.in_background and not e.usual.status)
    if not r.status or signal_of(r.status) is not None or not outlives:
        return None
    return Breach("a server that goes on", f"it ended by itself, exit {r.status}{_last_words(r)}")


def _uncaught(e: Evidence, r: Remains) -> Breach | None:
    usual = {_kind(headline) for headline in _headlines(complaints(e.usual.said_before), "uncaught")}
    headlines = [each for each in _headlines(complaints(r.said_before), "uncaught") if _kind(each) not in usual]
    return Breach("an error that is handled", _quoted(headlines), e.lethal) if headlines else None


def _unclosed(e: Evidence, r: Remains) -> Breach | None:
    if r.unclosed <= e.usual.unclosed:
        return None
    return Breach(f"{_some(e.usual.unclosed)} left open", f"{r.unclosed} of its sockets are never closed")


def _files(e: Evidence, r: Remains) -> Breach | None:
    if r.descriptors < e.usual.descriptors + FEW_FILES:
        return None
    observed = f"{r.descriptors} more files are open"
    return Breach(f"some {e.usual.descriptors} more files than before", observed, _occupied(r))


def _memory(e: Evidence, r: Remains) -> Breach | None:
    if r.memory_octets < MEMORY_TIMES * e.usual.memory_octets + LITTLE_MEMORY_OCTETS:
        return None
    return Breach(f"some {_mib(e.usual.memory_octets)} more than before", f"{_mib(r.memory_octets)} more are taken")


def _busy(e: Evidence, r: Remains) -> Breach | None:
    if r.busy < BUSY or e.usual.busy > CALM:
        return None
    return Breach("no work", f"it wants {r.busy:.0%} of a processor while nothing happens", _occupied(r))


def _dear(e: Evidence, r: Remains) -> Breach | None:
    each, usual = r.processor_us // max(1, e.segments), e.usual.processor_us // max(1, e.control_segments)
    if r.processor_us < CHEAP_US or each < max(CHEAP_SEGMENT_US, DEARER * usual):
        return None
    return Breach(f"some {usual} us of processor time a segment", f"{each} us a segment")


_PLAIN: Final[tuple[tuple[Rule, Check], ...]] = ((runs.LIVES, _crashed), (runs.INTACT, _damaged))
_COMPARED: Final[tuple[tuple[Rule, Check], ...]] = (
    (runs.LIVES, _ended),
    (runs.CATCHES, _uncaught),
    (runs.CLOSES, _unclosed),
    (runs.KEEPS_NO_FILES, _files),
    (runs.KEEPS_NO_MEMORY, _memory),
    (runs.RESTS, _busy),
    (runs.COSTS, _dear),
)


def _deaf(e: Evidence) -> Breach | None:
    """Judge the call that was made when all was over."""
    if e.after.called is None or not e.after.called[1]:
        return None
    if e.control is not None and (e.control.called is None or e.control.called[1]):
        return None
    remains = e.after.remains
    excuse = _occupied(remains) if remains is not None and remains.listens else ""
    return Breach("a connection that is accepted and served", e.after.called[1], excuse)


def suspects(evidence: Evidence) -> bool:
    """Tell whether there is anything that only a run without faults can explain."""
    return evidence.faulty and bool(_strange(evidence))


def _strange(evidence: Evidence) -> list[tuple[Rule, Breach]]:
    """Return what a server does that its listener or its nature may explain, excused where it is explained."""
    remains = evidence.after.remains
    if remains is None:
        return []
    unexplained = replace(evidence, control=None)
    found = []
    for rule, check in (*_COMPARED, (runs.SERVES, lambda e, r: _deaf(e))):
        breach = check(unexplained, remains)
        if breach is None:
            continue
        if not evidence.faulty:
            breach = breach._replace(excuse=USUAL)
        elif evidence.control is None:
            breach = breach._replace(excuse=breach.excuse or UNKNOWN)
        else:
            breach = check(evidence, remains) or breach._replace(excuse=USUAL)
        found.append((rule, breach))
    return found


def judge_after(evidence: Evidence, connections: Sequence[Connection]) -> tuple[Finding, ...]:
    """Return what is to be said of the server and of its listener."""
    found: list[tuple[Rule, Breach | None]] = []
    remains = evidence.after.remains
    if remains is not None:
        found += [(rule, check(evidence, remains)) for rule, check in _PLAIN]
        found += _strange(evidence)
    else:
        found.append((runs.SERVES, _deaf(evidence)))
    blame = Side.SERVER if evidence.after.called is None else evidence.after.called[0]
    return tuple(
        finding_of(rule, breach, blame=blame, connections=connections) for rule, breach in found if breach is not None
    )


def judge_log(lines: Sequence[str], connections: Sequence[Connection]) -> tuple[Finding, ...]:
    """Return what is to be said of the alarms in the kernel's log."""
    if not lines:
        return ()
    breach = Breach("a kernel that has nothing to say", _quoted(list(lines)))
    return (finding_of(runs.ALARM, breach, blame=None, connections=connections),)


def finding_of(rule: Rule, breach: Breach, *, blame: Side | None, connections: Sequence[Connection]) -> Finding:
    """Return a finding about a whole run; where there was only one connection, it is said to have been that."""
    if len(connections) != 1:
        return Finding.of(rule, breach, blame=blame)
    only = connections[0]
    return Finding.of(
        rule,
        breach,
        blame=blame,
        connection=only.number,
        frame=only.last_frame,
        at_us=only.last_at_us,
        states=only.states,
    )


def signal_of(status: int | None) -> str | None:
    """Return the name of the signal that ended a program, None where none did."""
    if status is None or status == 0:
        return None
    if status < 0:
        return how_it_ended(status)
    number = status - _OF_A_SHELL
    return Signals(number).name if number in _FATAL else None


def _occupied(r: Remains) -> str:
    """Say what a server may still have to do, "" if nothing: it cannot know that a client will never be heard again."""
    return f"connections that nobody has closed, as far as it knows: {r.still_open}" if r.still_open else ""


def _headlines(found: list[Complaint], sort: str) -> list[str]:
    return [each.headline for each in found if each.sort == sort and not each.of_connection]


def _kind(headline: str) -> str:
    """Return what two headlines about the same have in common: all but the numbers."""
    return re.sub(r"\d+", " ", headline)


def _quoted(headlines: list[str]) -> str:
    more = f" (and {len(headlines) - 1} more)" if len(headlines) > 1 else ""
    return f"{headlines[0]}{more}"


def _last_words(r: Remains) -> str:
    lines = r.said_before.decode(errors="replace").strip().splitlines()
    return f"; its last words: {lines[-1].strip()}" if lines else "; it said nothing"


def _some(number: int) -> str:
    return "none" if not number else f"no more than {number}"


def _mib(octets: int) -> str:
    return f"{octets >> 20} MiB"
