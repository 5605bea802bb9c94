"""Attacks in figures: one number, a series over time, a top list, shares (A2.2, A2.5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from apitrail.errors import BadQuestion
from apitrail.explore.attacks.asking import Asked
from apitrail.explore.attacks.grouping import check, column
from apitrail.explore.attacks.measures import MEASURES, Measure, measure_named
from apitrail.explore.histogram import STEPS, closed
from apitrail.query.sql import FINDINGS, Values
from apitrail.store import Store

BARS = 96
TOP_LIMIT = 1000
VALUE, SERIES, TOP, PIE = "value", "series", "top", "pie"
KINDS = (VALUE, SERIES, TOP, PIE)


class Slice(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One value of an attribute with its measure; of a pie, the part of the whole, 0 to 1. The rest of a pie has no value."""

    value: str | None
    amount: float
    share: float | None = None


class Step(msgspec.Struct, kw_only=True):
    """One step of time: its start in microseconds since 1970, the measure, and the same by the parts that were asked for."""

    start: int
    amount: float
    parts: dict[str, float] = {}


class Series(msgspec.Struct, kw_only=True):
    """All steps from `start` to `end`, also the empty ones; times and `step` in microseconds."""

    start: int
    end: int
    step: int
    steps: list[Step]


def single(store: Store, asked: Asked, measure: str = "requests") -> float:
    """One measure over all findings of a question."""
    values = Values()
    found = store.rows(f"SELECT {_sql(measure)} AS amount FROM {FINDINGS} AS findings WHERE {asked.where(values)}", values.bound)
    return _number(found[0]["amount"])


def series(store: Store, asked: Asked, measure: str = "requests", *, by: str = "", bars: int = BARS) -> Series:
    """A measure over time, in equal steps that people can name, whole and, when asked, by an attribute such as `attack`."""
    span = closed(store, asked.question.interval)
    if span.start is None or span.end is None:
        return Series(start=0, end=0, step=STEPS[0], steps=[])
    step = next((step for step in STEPS if (span.end - span.start) / step <= bars), STEPS[-1])
    values = Values()
    width = values.bind(step, "Int64")
    part = column(check([by])[0]) if by else "''"
    rows = store.rows(
        f"SELECT intDiv(toUnixTimestamp64Micro(time), {width}) * {width} AS start, {part} AS part, {_sql(measure)} AS amount"
        f" FROM {FINDINGS} AS findings WHERE {asked.where(values)} GROUP BY GROUPING SETS ((start), (start, part))",
        values.bound,
    )
    return Series(
        start=span.start, end=span.end, step=step, steps=_steps(rows, range(span.start // step * step, span.end, step), by)
    )


def _steps(rows: Sequence[dict[str, Any]], starts: range, by: str) -> list[Step]:
    steps = {at: Step(start=at, amount=0, parts={}) for at in starts}
    for row in rows:
        step = steps.get(row["start"])
        if step is not None and row["part"]:
            step.parts[row["part"]] = _number(row["amount"])
    for row in rows:
        step = steps.get(row["start"])
        if step is not None and (not by or not row["part"]):
            step.amount = max(step.amount, _number(row["amount"]))
    return list(steps.values())


def top(store: Store, asked: Asked, field: str, measure: str = "requests", *, limit: int = 10) -> list[Slice]:
    """The values of an attribute with the most of a measure."""
    if not 1 <= limit <= TOP_LIMIT:
        raise BadQuestion(f"limit is from 1 to {TOP_LIMIT}, not {limit}", position=0)
    values = Values()
    rows = store.rows(
        f"SELECT {column(check([field])[0])} AS value, {_sql(measure)} AS amount FROM {FINDINGS} AS findings"
        f" WHERE {asked.where(values)} GROUP BY value ORDER BY amount DESC, value LIMIT {int(limit)}",
        values.bound,
    )
    return [Slice(value=row["value"], amount=_number(row["amount"])) for row in rows]


def pie(store: Store, asked: Asked, field: str, measure: str = "findings", *, limit: int = 10) -> list[Slice]:
    """The same as shares of the whole; what is left over stands last, without a value. Only for a measure that adds up."""
    if measure != "findings":
        raise BadQuestion("shares are of findings, the one measure that adds up to a whole", position=0, suggestion="findings")
    whole = single(store, asked, measure)
    some = top(store, asked, field, measure, limit=limit)
    shares = [Slice(value=one.value, amount=one.amount, share=one.amount / whole) for one in some]
    rest = whole - sum(one.amount for one in some)
    return [*shares, Slice(value=None, amount=rest, share=rest / whole)] if rest else shares


def _sql(name: str) -> str:
    found: Measure = measure_named(name)
    if not found.rank or name in ("started", "last_seen"):
        numbers = ", ".join(one.name for one in MEASURES.values() if one.rank and one.name not in ("started", "last_seen"))
        raise BadQuestion(f"{name} is no number; there are {numbers}", position=0, suggestion="requests")
    return found.sql


def _number(value: Any) -> float:
    return value if isinstance(value, int) else float(value)
