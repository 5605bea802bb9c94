"""How long an endpoint takes, or how much it answers: its good requests in steps that grow by a factor (S5)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from apitrail.errors import BadQuestion
from apitrail.explore.together import together
from apitrail.model.pace import usual
from apitrail.query.sql import Values, where
from apitrail.query.tree import Question
from apitrail.store import Store
from apitrail.store.inventory import GOOD

BUCKETS_LIMIT = 40
"""The most buckets of a distribution."""
STEPS_OF_DOUBLING = 8
"""The finest buckets: so many from a value to twice that value."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured: a column of `requests`, its unit in `baselines`, and the value below which all are one bucket."""

    column: str
    unit: str
    least: float


MEASURES = {"duration_ms": Measure("duration_ms", "ms", 0.125), "response_bytes": Measure("response_bytes", "bytes", 1.0)}


class Bucket(msgspec.Struct, frozen=True):
    """Good requests with a value from `low`, included, to `high`, excluded; the first bucket has all that is smaller, too."""

    low: float
    high: float
    requests: int


class Distribution(msgspec.Struct, frozen=True):
    """The good requests of an endpoint by time or size, smallest first, empty buckets between them included.

    `median` and `p95` are what is usual, None when the samples are too few; then nothing is above them either.
    """

    field: str
    requests: int
    median: float | None
    p95: float | None
    buckets: list[Bucket]


def distribution(
    store: Store, host: str, method: str, endpoint: str, *, field: str = "duration_ms", question: Question | None = None
) -> Distribution:
    """The distribution of a field, `duration_ms` or `response_bytes`, over the requests of a question, or all."""
    if field not in MEASURES:
        raise BadQuestion(f"field is one of {', '.join(MEASURES)}, not {field[:40]!r}", position=0, suggestion="duration_ms")
    return distributions(store, host, method, endpoint, fields=(field,), question=question)[field]


def distributions(
    store: Store, host: str, method: str, endpoint: str, *, fields: Sequence[str] = tuple(MEASURES),
    question: Question | None = None,
) -> dict[str, Distribution]:  # fmt: skip
    """The distributions of some fields by their names, all from one reading of the requests."""
    own = {"host": host, "method": method, "endpoint": endpoint}
    with together() as ask:
        usual = ask.submit(_usual, store, own, fields)
        steps = _steps(store, question or Question(), own, fields)
    return {name: _distribution(name, steps[name], *usual.result()[name]) for name in fields}


def _distribution(name: str, steps: dict[int, int], median: float | None, high: float | None) -> Distribution:
    return Distribution(name, sum(steps.values()), median, high, _buckets(steps))


def _steps(store: Store, question: Question, own: dict[str, str], fields: Sequence[str]) -> dict[str, dict[int, int]]:
    """By field, how many requests there are in each of the finest buckets, by its number: the logarithm of where it begins."""
    values = Values()
    condition = where(question.all_terms, question.interval, values)
    theirs = " AND ".join(f"{name} = {values.bind(value, 'String')}" for name, value in own.items())
    each = ", ".join(f"({at}, {_step(MEASURES[name])})" for at, name in enumerate(fields))
    found = store.rows(
        f"SELECT one.1 AS field, one.2 AS step, count() AS n FROM (SELECT arrayJoin([{each}]) AS one FROM requests"
        f" PREWHERE {theirs} WHERE {condition} AND {GOOD}) WHERE step IS NOT NULL GROUP BY field, step",
        values.bound,
    )
    steps: dict[str, dict[int, int]] = {name: {} for name in fields}
    for row in found:
        steps[fields[row["field"]]][row["step"]] = row["n"]
    return steps


def _step(measure: Measure) -> str:
    value = f"greatest(toFloat64(assumeNotNull({measure.column})), {measure.least})"
    return f"if({measure.column} IS NULL, NULL, toInt32(floor(log2({value}) * {STEPS_OF_DOUBLING})))"


def _usual(store: Store, own: dict[str, str], fields: Sequence[str]) -> dict[str, tuple[float | None, float | None]]:
    """By field, the median and the 95th percentile, where they are known."""
    values = Values()
    row = ", ".join(f"{values.bind(value, 'String')} AS {name}" for name, value in own.items())
    units = [MEASURES[name].unit for name in fields]
    columns = ", ".join(f"{usual(f'{kind}_{unit}')} AS {kind}_{unit}" for unit in units for kind in ("p50", "p95"))
    found = store.rows(f"SELECT {columns} FROM (SELECT {row})", values.bound)[0]
    edges = {unit: (found[f"p50_{unit}"], found[f"p95_{unit}"]) for unit in units}
    known = {unit: (round(median, 3), round(high, 3)) if high else (None, None) for unit, (median, high) in edges.items()}
    return {name: known[MEASURES[name].unit] for name in fields}


def _buckets(steps: dict[int, int]) -> list[Bucket]:
    """The finest steps put together, two, four, eight ... at a time, until there are few enough."""
    if not steps:
        return []
    low, high, width = min(steps), max(steps), 1
    while high // width - low // width >= BUCKETS_LIMIT:
        width *= 2
    counted: Counter[int] = Counter()
    for step, n in steps.items():
        counted[step // width] += n
    return [Bucket(_edge(at * width), _edge((at + 1) * width), counted[at]) for at in range(low // width, high // width + 1)]


def _edge(step: int) -> float:
    return math.exp2(step / STEPS_OF_DOUBLING)
