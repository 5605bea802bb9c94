"""Requests and attacks over time, in equal steps that people can name (S3.5)."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec

from apitrail.explore.bots import attacks
from apitrail.explore.times import epoch_microseconds
from apitrail.explore.together import together
from apitrail.query.sql import DAY, Values, where
from apitrail.query.tree import Interval, Question
from apitrail.store import Store

SECOND = 1_000_000
MINUTE = 60 * SECOND
STEPS = tuple(
    step * SECOND
    for step in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800)
)
"""Widths of a bar, in microseconds."""
BARS = 96
"""The most bars a histogram has, unless even the widest step gives more."""


class Bar(msgspec.Struct, frozen=True):
    """One step of time: its start in microseconds since 1970, and what happened in it."""

    start: int
    requests: int
    attacks: int


class Histogram(msgspec.Struct, frozen=True):
    """All steps from `start` to `end`, also the empty ones; times and `step` in microseconds."""

    start: int
    end: int
    step: int
    bars: list[Bar]


def histogram(store: Store, question: Question, *, bars: int = BARS) -> Histogram:
    """The histogram of a question; an open interval is closed around the traffic there is."""
    span = closed(store, question.interval)
    if span.start is None or span.end is None:
        return Histogram(0, 0, STEPS[0], [])
    step = next((step for step in STEPS if (span.end - span.start) / step <= bars), STEPS[-1])
    with together() as ask:
        behaving = ask.submit(attacks.over_time, store, dataclasses.replace(question, interval=span), step)
        counted = _counted(store, question, span, step)
    for at, alone in behaving.result().items():
        requests, bad = counted.get(at, (0, 0))
        counted[at] = (requests, bad + alone)
    first = span.start // step * step
    starts = range(first, span.end, step)
    return Histogram(span.start, span.end, step, [Bar(at, *counted.get(at, (0, 0))) for at in starts])


def closed(store: Store, interval: Interval) -> Interval:
    """The interval with its open ends set to the first and the last stored exchange; open when there is no traffic."""
    if interval.start is not None and interval.end is not None:
        return interval
    found = store.rows(_EDGES)[0]
    if not found["n"]:
        return Interval()
    low = epoch_microseconds(found["low"]) if interval.start is None else interval.start
    high = epoch_microseconds(found["high"]) + 1 if interval.end is None else interval.end
    if low < high:
        return Interval(low, high)
    return Interval(low, low + SECOND) if interval.end is None else Interval(high - SECOND, high)


_EDGES = (
    "SELECT minOrNull(start) AS low, maxOrNull(end) AS high, count() AS n FROM sessions"
    " WHERE day IN (SELECT arrayJoin([min(day), max(day)]) FROM minutes)"
)


def _counted(store: Store, question: Question, span: Interval, step: int) -> dict[int, tuple[int, int]]:
    values = Values()
    if _from_minutes(question, step):
        at, condition = "toInt64(toUnixTimestamp(minute)) * 1000000", _days(span, values)
        counts = "sum(requests) AS n, sum(attacks) AS bad"
        table = "minutes"
    else:
        at, condition = "toUnixTimestamp64Micro(time)", where(question.all_terms, span, values)
        counts = "count() AS n, countIf(notEmpty(attack_types)) AS bad"
        table = "requests"
    width = values.bind(step, "Int64")
    found = store.rows(
        f"SELECT intDiv({at}, {width}) * {width} AS step, {counts} FROM {table} WHERE {condition} GROUP BY step", values.bound
    )
    return {row["step"]: (row["n"], row["bad"]) for row in found}


def _from_minutes(question: Question, step: int) -> bool:
    """Whether the rollup by minute can answer: no filters, and edges that fall on minutes or hold all there is."""
    if question.all_terms or step % MINUTE:
        return False
    asked = question.interval
    return all(edge is None or edge % MINUTE == 0 for edge in (asked.start, asked.end))


def _days(span: Interval, values: Values) -> str:
    low: Any = values.bind(span.start // MINUTE * 60, "Int64") if span.start is not None else None
    high: Any = values.bind(-(-span.end // MINUTE) * 60, "Int64") if span.end is not None else None
    first = values.bind((span.start or 0) // DAY, "Int32")
    return f"day >= toDate({first}) AND toUnixTimestamp(minute) >= {low} AND toUnixTimestamp(minute) < {high}"
