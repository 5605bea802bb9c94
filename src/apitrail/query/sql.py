"""Terms to SQL: identifiers come from the field catalogue, values are always bound."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apitrail.model import fields
from apitrail.model.fields import Field
from apitrail.model.request import session_number
from apitrail.query.tree import (
    ABOVE,
    ANY,
    AT_LEAST,
    AT_MOST,
    BELOW,
    BETWEEN,
    IS,
    LIKE,
    WITHIN,
    Interval,
    Match,
    Terms,
)

DAY = 86_400_000_000


class Values:
    """The bound values of one statement; each gets a name of its own."""

    def __init__(self) -> None:
        self.bound: dict[str, Any] = {}

    def bind(self, value: Any, kind: str) -> str:
        """The placeholder of a value of an engine type."""
        name = f"v{len(self.bound)}"
        self.bound[name] = value
        return f"{{{name}:{kind}}}"


def where(terms: Terms, interval: Interval, values: Values, *, days_only: bool = False) -> str:
    """The condition under which a row of `requests` belongs to the answer; `1` when all do.

    `days_only` asks for whole days, which is all that the rollups know.
    """
    conditions = [*_interval(interval, values, days_only=days_only)]
    for term in terms:
        condition = " OR ".join(_condition(term.field, match, values) for match in term.matches)
        if term.field.scope == fields.SESSION:
            inside = " AND ".join((*_interval(interval, values, days_only=True), f"({condition})"))
            condition = f"session_id IN (SELECT session_id FROM requests WHERE {inside})"
        conditions.append(f"NOT ({condition})" if term.negated else f"({condition})")
    return " AND ".join(conditions) or "1"


def _interval(interval: Interval, values: Values, *, days_only: bool = False) -> list[str]:
    """Both the day, which chooses partitions, and the time, which chooses rows."""
    conditions = []
    if interval.start is not None:
        conditions.append(f"day >= toDate({values.bind(_day(interval.start), 'Int32')})")
        if not days_only:
            conditions.append(f"time >= fromUnixTimestamp64Micro({values.bind(interval.start, 'Int64')})")
    if interval.end is not None:
        conditions.append(f"day <= toDate({values.bind(_day(interval.end - 1), 'Int32')})")
        if not days_only:
            conditions.append(f"time < fromUnixTimestamp64Micro({values.bind(interval.end, 'Int64')})")
    return conditions


def _day(microseconds: int) -> int:
    return min(max(microseconds // DAY, 0), 65_000)


def _condition(field: Field, match: Match, values: Values) -> str:
    if match.sign == ANY:
        return _PRESENT[field.kind](field.sql)
    return _CONDITIONS[field.kind](field, match, values)


_PRESENT: dict[str, Callable[[str], str]] = {
    fields.TEXT: lambda sql: f"{sql} != ''",
    fields.ADDRESS: lambda sql: f"{sql} != ''",
    fields.WORDS: lambda sql: f"notEmpty({sql})",
    fields.NUMBER: lambda sql: f"{sql} IS NOT NULL",
    fields.ID: lambda _sql: "1",
    fields.YES_NO: lambda _sql: "1",
}


def _text(field: Field, match: Match, values: Values) -> str:
    if match.sign == LIKE:
        pattern = f"{field.sql} ILIKE {values.bind(like(str(match.value)), 'String')}"
        if field.word == "endpoint":
            return f"({pattern} OR path ILIKE {values.bind(like(str(match.value)), 'String')})"
        return pattern
    return f"{field.sql} = {values.bind(match.value, 'String')}"


def like(pattern: str) -> str:
    """A pattern with stars as one of the engine's LIKE."""
    escaped = pattern.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return escaped.replace("*", "%")


def _words(field: Field, match: Match, values: Values) -> str:
    if match.sign == LIKE:
        return f"arrayExists(x -> x ILIKE {values.bind(like(str(match.value)), 'String')}, {field.sql})"
    return f"has({field.sql}, {values.bind(match.value, 'String')})"


_SIGNS = {IS: "=", ABOVE: ">", AT_LEAST: ">=", BELOW: "<", AT_MOST: "<="}


def _number(field: Field, match: Match, values: Values) -> str:
    low = values.bind(match.value, "Float64")
    if match.sign == BETWEEN:
        high = values.bind(match.upper, "Float64")
        return f"ifNull({field.sql} >= {low} AND {field.sql} <= {high}, 0)"
    return f"ifNull({field.sql} {_SIGNS[match.sign]} {low}, 0)"


def _address(field: Field, match: Match, values: Values) -> str:
    if match.sign == WITHIN:
        # The engine refuses to compare what is no address, so such a one is replaced before it is asked.
        network = values.bind(match.value, "String")
        valid = f"(isIPv4String({field.sql}) OR isIPv6String({field.sql}))"
        return f"({valid} AND isIPAddressInRange(if({valid}, toString({field.sql}), '::'), {network}))"
    return _text(field, match, values)


def _id(field: Field, match: Match, values: Values) -> str:
    if field.word == "session":
        return f"session_id = {values.bind(session_number(str(match.value)), 'UInt128')}"
    return f"{field.sql} = {values.bind(match.value, 'String')}"


_CONDITIONS: dict[str, Callable[[Field, Match, Values], str]] = {
    fields.TEXT: _text,
    fields.WORDS: _words,
    fields.NUMBER: _number,
    fields.ADDRESS: _address,
    fields.ID: _id,
    fields.YES_NO: _number,
}
