"""Numbers that a plan leaves to the moment: sums of what an endpoint knows, such as `rcv.nxt+1`.

Absolute sequence numbers do not replay on another connection; these do.
"""

from dataclasses import dataclass
from enum import StrEnum


class Variable(StrEnum):
    """What can be asked of a connection, in the words of RFC 9293, section 3.3.1, and RFC 7323.

    `SEG_*` are those of the segment that the rule matched, and stand for no endpoint. Windows are in octets;
    in `window=`, which is a field of the header, a window stands in the units of that field.
    """

    RCV_NXT = "rcv.nxt"
    RCV_WND = "rcv.wnd"
    SND_UNA = "snd.una"
    SND_NXT = "snd.nxt"
    SND_WND = "snd.wnd"
    ISS = "iss"
    IRS = "irs"
    TS_RECENT = "ts.recent"  # the TSval that the endpoint last accepted
    TS_VAL = "ts.val"  # the TSval that the endpoint last sent
    SEG_SEQ = "seg.seq"
    SEG_ACK = "seg.ack"
    SEG_LEN = "seg.len"
    SEG_WND = "seg.wnd"

    @property
    def of_segment(self) -> bool:
        """Whether it is asked of the matched segment and not of an endpoint."""
        return self.value.startswith("seg.")


class Whose(StrEnum):
    """Which endpoint is asked: by default the one that will receive the edited or injected segment."""

    RECEIVER = ""
    PEER = "peer"  # the endpoint from which the segment comes, or looks to come
    CLIENT = "client"
    SERVER = "server"


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One variable of one endpoint, added or (negative) taken away."""

    variable: Variable
    whose: Whose = Whose.RECEIVER
    negative: bool = False

    def __post_init__(self) -> None:
        if self.variable.of_segment and self.whose is not Whose.RECEIVER:
            raise ValueError(f"{self.variable} belongs to the segment, not to an endpoint: write {self.variable}")

    def __str__(self) -> str:
        return f"{self.whose}.{self.variable}" if self.whose else str(self.variable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expr:
    """A sum of terms and a whole number; with no terms it is just that number.

    The result is taken modulo the width of where it goes.
    """

    terms: tuple[Term, ...] = ()
    offset: int = 0

    @property
    def constant(self) -> bool:
        """Whether it is the same number on every connection."""
        return not self.terms

    def __str__(self) -> str:
        said = "".join(("-" if term.negative else "+") + str(term) for term in self.terms).removeprefix("+")
        if self.terms:
            return said + (f"{self.offset:+d}" if self.offset else "")
        return str(self.offset)


def number(value: int) -> Expr:
    """Return the expression that is this number."""
    return Expr(offset=value)


def variable(name: Variable, offset: int = 0, *, whose: Whose = Whose.RECEIVER) -> Expr:
    """Return the expression of one variable and an offset."""
    return Expr(terms=(Term(variable=name, whose=whose),), offset=offset)
