"""Which rules to ask of a segment: those of its class, so that no rule is asked of what it does not concern."""

from typing import Final

from tcpchaos.rfc.law import ANSWER_RULES, SENT_RULES, AnswerCheck, On, Rule, SentCheck
from tcpchaos.wire import FIN, RST, SYN, Packet

SentChecks = tuple[tuple[Rule, SentCheck], ...]
AnswerChecks = tuple[tuple[Rule, AnswerCheck], ...]

_CLASS_BITS: Final = FIN | SYN | RST
_WITH_DATA: Final = 8
_CLASSES: Final = 16


def class_of(packet: Packet) -> int:
    """Return the class of a segment, 0 to 15: by it `checks_by_class` tells which rules to ask."""
    return packet.flags & _CLASS_BITS | (_WITH_DATA if packet.size else 0)


def _asked(on: On, number: int) -> bool:
    opens_or_resets = number & (SYN | RST)
    return {
        "any": True,
        "syn": bool(number & SYN),
        "rst": bool(number & RST),
        "fin": bool(number & FIN),
        "data": bool(number & _WITH_DATA),
        "text": bool(number & _WITH_DATA) and not opens_or_resets,
        "ack": not opens_or_resets,
    }[on]


def checks_by_class(*, shape: bool | None = None) -> tuple[SentChecks, ...]:
    """Return, for each class of segments, the rules to ask: with `shape` those that look at it alone, or the others."""
    wanted = [each for each in SENT_RULES if shape in (None, each[0].shape)]
    return tuple(tuple((rule, check) for rule, check, on in wanted if _asked(on, number)) for number in range(_CLASSES))


def answers_by_class() -> tuple[AnswerChecks, ...]:
    """Return, for each class of segments that are delivered, the rules to ask about the answer."""
    return tuple(
        tuple((rule, check) for rule, check, on in ANSWER_RULES if _asked(on, number)) for number in range(_CLASSES)
    )
