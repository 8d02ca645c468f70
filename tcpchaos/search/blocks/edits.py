"""Strategies of edits: a field of a header is set, or something is added to it or taken away."""

from functools import cache
from typing import Final

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from tcpchaos.plan import BAD, Bad, Edit, Expr, Field, Operator, number
from tcpchaos.plan.fields import CHECKSUMS, FLAG_FIELDS
from tcpchaos.search.blocks import arguments
from tcpchaos.search.blocks.arguments import Choices
from tcpchaos.search.blocks.numbers import expressions

_FIELDS: Final = {str(field): field for field in Field}


def edits(
    *fields: str | Field,
    to: Choices[int | str | Expr] | None = None,
    by: Choices[int] | None = None,
) -> st.SearchStrategy[Edit]:
    """Draw edits of one of these fields, the simplest first: `edits("seq", "ack", by=(1, -1, 1000))`.

    The field is set `to` a number or a sum in the notation, or changed `by` a number other than 0; with neither, every
    edit of the field is drawn, and without fields every edit of all fields.
    """
    chosen = arguments.values("edits()", "the fields", fields or tuple(Field), _field)
    if to is None and by is None:
        return every_edit(chosen)
    if any(field in FLAG_FIELDS for field in chosen):
        raise InvalidArgument('edits(): flags have names: write actions("flags+=fin", "flags-=ack")')
    drawn: list[st.SearchStrategy[Edit]] = []
    if by is not None:
        steps = arguments.choices("edits()", "by", by, _step)
        drawn.append(st.tuples(arguments.among(chosen), steps).map(lambda both: _changed(*both)))
    if to is not None:
        values = arguments.choices("edits()", "to", to, arguments.number)
        drawn.append(st.tuples(arguments.among(chosen), values).map(lambda both: _set(*both)))
    return st.one_of(drawn)


@cache
def every_edit(fields: tuple[Field, ...] = tuple(Field), *, segment: bool = True) -> st.SearchStrategy[Edit]:
    """Draw every edit of these fields; `segment` tells whether there is a segment of which it may speak."""
    pairs = st.tuples(st.sampled_from(fields), st.sampled_from(Operator))
    return pairs.flatmap(lambda drawn: every_value(*drawn, segment=segment))


@cache
def every_value(field: Field, operator: Operator, *, segment: bool) -> st.SearchStrategy[Edit]:
    """Draw every edit of this field with this operator."""
    least = 0 if operator is Operator.SET else 1
    values: st.SearchStrategy[Expr | Bad]
    if field in FLAG_FIELDS:
        values = st.integers(least, (1 << field.width) - 1).map(number)
    else:
        values = expressions(field.width, segment=segment, least=least)
    if field in CHECKSUMS and operator is Operator.SET:
        values = st.just(BAD) | values
    return values.map(lambda value: Edit(field=field, operator=operator, value=value))


def _field(given: object) -> Field:
    if isinstance(given, Field):
        return given
    if not isinstance(given, str) or given not in _FIELDS:
        raise ValueError(f"{given!r} is not a field: write one of {', '.join(_FIELDS)}")
    return _FIELDS[given]


def _step(given: object) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or given == 0:
        raise ValueError(f"{given!r} changes nothing: write by how much, such as 1 or -1000")
    return given


def _changed(field: Field, by: int) -> Edit:
    operator = Operator.ADD if by > 0 else Operator.SUBTRACT
    return Edit(field=field, operator=operator, value=number(abs(by) % (1 << field.width) or 1))


def _set(field: Field, to: Expr) -> Edit:
    return Edit(field=field, value=number(to.offset % (1 << field.width)) if to.constant else to)
