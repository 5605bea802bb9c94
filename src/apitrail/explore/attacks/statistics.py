"""Attacks in figures: one number, a series over time, a top list, shares (A2.2, A2.5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from apitrail.errors import BadQuestion
from apitrail.explore.attacks.asking import Asked
from apitrail.explore.attacks.grouping import check, column, decode
from apitrail.explore.attacks.measures import MEASURES, Measure, measure_named
from apitrail.explore.histogram import STEPS, Bar, Histogram, closed
from apitrail.explore.pulses import STEPS as PULSE_STEPS
from apitrail.explore.pulses import Pulse
from apitrail.query.sql import FINDINGS, Values
from apitrail.store import Store

BARS = 96
BARS_LIMIT = 1000
PARTS_LIMIT = 20
"""Values of an attribute by which a series is split: those with the most of the measure over the whole interval."""
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
    return totals(store, asked, (measure,))[measure]


def totals(store: Store, asked: Asked, names: Sequence[str]) -> dict[str, float]:
    """Several measures over all findings of a question, in one reading."""
    values = Values()
    amounts = ", ".join(f"{_sql(name)} AS {name}" for name in names)
    found = store.rows(f"SELECT {amounts} FROM {FINDINGS} AS findings WHERE {asked.where(values)}", values.bound)[0]
    return {name: _number(found[name]) for name in names}


def timeline(store: Store, asked: Asked, *, bars: int = BARS) -> Histogram:
    """Malicious requests over time, as requests, and those that worked, as attacks; in equal steps that people can name."""
    span = closed(store, asked.question.interval)
    if span.start is None or span.end is None:
        return Histogram(0, 0, STEPS[0], [])
    step = _step(span.end - span.start, bars)
    values = Values()
    width = values.bind(step, "Int64")
    rows = store.rows(
        f"SELECT intDiv(toUnixTimestamp64Micro(time), {width}) * {width} AS start, {_sql('requests')} AS requests,"
        f" {_sql('incidents')} AS incidents FROM {FINDINGS} AS findings WHERE {asked.where(values)} GROUP BY start",
        values.bound,
    )
    counted = {row["start"]: (row["requests"], row["incidents"]) for row in rows}
    starts = range(span.start // step * step, span.end, step)
    return Histogram(span.start, span.end, step, [Bar(at, *counted.get(at, (0, 0))) for at in starts])


def pulses(store: Store, asked: Asked, attacks: Sequence[str]) -> dict[str, Pulse]:
    """The pulse of each of some attacks of one grouping, by id, over the interval: malicious requests, and those that worked."""
    span = closed(store, asked.question.interval)
    if not attacks or span.start is None or span.end is None:
        return {}
    words, values = decode(attacks[0])[0], Values()
    groups = [decode(attack)[1] for attack in attacks]
    columns = ", ".join(column(word) for word in words)
    told = ", ".join(values.bind([group[at] for group in groups], "Array(String)") for at in range(len(words)))
    place = f"indexOf(arrayZip({told}), tuple({columns}))"
    since = f"(toUnixTimestamp64Micro(time) - {values.bind(span.start, 'Int64')})"
    step = f"intDiv({since} * {PULSE_STEPS}, {values.bind(max(span.end - span.start, PULSE_STEPS), 'Int64')})"
    rows = store.rows(
        f"SELECT {place} AS place, {step} AS step, {_sql('requests')} AS n, {_sql('incidents')} AS bad"
        f" FROM {FINDINGS} AS findings WHERE {asked.findings(values)} GROUP BY place, step HAVING place > 0",
        values.bound,
    )
    found = {attack: Pulse([0] * PULSE_STEPS, [0] * PULSE_STEPS) for attack in attacks}
    for row in rows:
        one, at = found[attacks[row["place"] - 1]], min(max(row["step"], 0), PULSE_STEPS - 1)
        one.requests[at] += row["n"]
        one.attacks[at] += row["bad"]
    return found


def _step(span: int, bars: int) -> int:
    """The narrowest step of a name with which a span has at most so many bars."""
    return next((step for step in STEPS if span / step <= bars), STEPS[-1])


def series(store: Store, asked: Asked, measure: str = "requests", *, by: str = "", bars: int = BARS) -> Series:
    """A measure over time, in equal steps that people can name, whole and, when asked, by an attribute such as `attack`."""
    if not 1 <= bars <= BARS_LIMIT:
        raise BadQuestion(f"bars is from 1 to {BARS_LIMIT}, not {bars}", position=0, suggestion=str(BARS))
    span = closed(store, asked.question.interval)
    if span.start is None or span.end is None:
        return Series(start=0, end=0, step=STEPS[0], steps=[])
    step = _step(span.end - span.start, bars)
    values = Values()
    width = values.bind(step, "Int64")
    part = _part(store, asked, by, measure, values) if by else "''"
    rows = store.rows(
        f"SELECT intDiv(toUnixTimestamp64Micro(time), {width}) * {width} AS start, {part} AS part, {_sql(measure)} AS amount"
        f" FROM {FINDINGS} AS findings WHERE {asked.where(values)} GROUP BY GROUPING SETS ((start), (start, part))",
        values.bound,
    )
    return Series(
        start=span.start, end=span.end, step=step, steps=_steps(rows, range(span.start // step * step, span.end, step), by)
    )


def _part(store: Store, asked: Asked, by: str, measure: str, values: Values) -> str:
    """What a series is split by: a value that is one of the most frequent, or nothing."""
    some = [one.value for one in top(store, asked, by, measure, limit=PARTS_LIMIT)]
    return f"if({column(by)} IN {values.bind(some, 'Array(String)')}, {column(by)}, '')"


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


def tops(store: Store, asked: Asked, words: Sequence[str], *, limit: int = 8) -> dict[str, list[Slice]]:
    """The values of several attributes with the most requests, all in one reading."""
    values = Values()
    columns = ", ".join(f"{column(word)} AS c{at}" for at, word in enumerate(words))
    sets = ", ".join(f"(c{at})" for at in range(len(words)))
    which = ", ".join(f"grouping(c{at}) = 0, {at}" for at in range(len(words)))
    text = ", ".join(f"which = {at}, c{at}" for at in range(len(words)))
    rows = store.rows(
        f"SELECT which, multiIf({text}, '') AS value, amount FROM (SELECT {', '.join(f'c{at}' for at in range(len(words)))},"
        f" multiIf({which}, -1) AS which, uniqExact(request_id) AS amount FROM (SELECT request_id, {columns}"
        f" FROM {FINDINGS} AS findings WHERE {asked.where(values)}) GROUP BY GROUPING SETS ({sets}))"
        f" WHERE value != '' ORDER BY amount DESC, value LIMIT {int(limit)} BY which",
        values.bound,
    )
    found: dict[str, list[Slice]] = {word: [] for word in words}
    for row in rows:
        found[words[row["which"]]].append(Slice(value=row["value"], amount=row["amount"]))
    return found


def pie(store: Store, asked: Asked, field: str, measure: str = "findings", *, limit: int = 10) -> list[Slice]:
    """The same as shares of the whole; what is left over stands last, without a value. Only for a measure that adds up."""
    if measure != "findings":
        raise BadQuestion("shares are of findings, the one measure that adds up to a whole", position=0, suggestion="findings")
    whole = single(store, asked, measure)
    some = top(store, asked, field, measure, limit=limit)
    shares = [Slice(value=one.value, amount=one.amount, share=one.amount / whole) for one in some]
    rest = whole - sum(one.amount for one in some)
    return [*shares, Slice(value=None, amount=rest, share=rest / whole)] if rest else shares


def measures() -> list[str]:
    """The measures that statistics can show."""
    return [one.name for one in MEASURES.values() if one.rank and one.name not in ("started", "last_seen")]


def _sql(name: str) -> str:
    found: Measure = measure_named(name)
    if name not in measures():
        raise BadQuestion(f"{name} is no number; there are {', '.join(measures())}", position=0, suggestion="requests")
    return found.sql


def _number(value: Any) -> float:
    return value if isinstance(value, int) else float(value)
