"""One session: its parts, and what its requests are made of (S4.2, S4.3)."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import msgspec

from apitrail.errors import NotFound
from apitrail.explore.answers import by_count
from apitrail.explore.bots import attacks
from apitrail.explore.requests import parse_session
from apitrail.explore.sessions import blocked_status
from apitrail.explore.times import epoch_microseconds
from apitrail.explore.together import together
from apitrail.model import fields, pace
from apitrail.model.fields import CATALOGUE, Field
from apitrail.query.interval import iso
from apitrail.query.sql import Values, where
from apitrail.query.tree import Interval, Question
from apitrail.store import Store

STATISTICS = tuple(field for field in CATALOGUE if field.statistic)
VALUES_LIMIT = 200
"""Values of one statistic that are listed, the most frequent ones."""


class Part(msgspec.Struct, frozen=True):
    """The part of a session within one UTC day, as stored, whatever the filters."""

    day: str
    start: str
    end: str
    requests: int
    attacks: int


class Count(msgspec.Struct, frozen=True):
    """A value of a statistic: requests under the general filters, and those of them that the in-session filters leave."""

    value: str
    requests: int
    shown: int


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A session under a question.

    `requests` counts what is shown: under general and in-session filters and the interval; `general` what the general filters
    alone show; `total` all that is stored of the session. `slow` and `large` are its requests well above what is usual for their
    endpoints. `statistics` maps a filter word to its values, most frequent first.
    """

    id: str
    start: str | None
    end: str | None
    duration_ms: float
    requests: int
    attacks: int
    blocked: int
    slow: Count
    large: Count
    status: str
    general: int
    total: int
    parts: list[Part]
    statistics: dict[str, list[Count]]


def open_session(store: Store, question: Question, session: str) -> Session:
    """A session by its 32 hex digits; NotFound when nothing of it is stored."""
    number = parse_session(session)
    with together() as ask:
        counted = ask.submit(_counts, store, dataclasses.replace(question, session_terms=()), number, most=VALUES_LIMIT)
        left = ask.submit(_counts, store, question, number) if question.session_terms else counted
        parts = open_parts(store, session)
    general, shown = counted.result(), left.result()
    totals, found = shown.totals, shown.totals["n"]
    start, end = (epoch_microseconds(totals[edge]) for edge in ("low", "high"))
    return Session(
        id=session.lower(),
        start=iso(start) if found else None,
        end=iso(end) if found else None,
        duration_ms=(end - start) / 1000 if found else 0,
        requests=found,
        attacks=totals["attacks"],
        blocked=totals["blocked"],
        slow=Count("true", general.totals["slow"], totals["slow"]),
        large=Count("true", general.totals["large"], totals["large"]),
        status=blocked_status(totals["blocked"], found),
        general=general.totals["n"],
        total=sum(part.requests for part in parts),
        parts=parts,
        statistics={field.word: _statistic(field, general, shown) for field in STATISTICS},
    )


def open_parts(store: Store, session: str) -> list[Part]:
    """The parts of a session, oldest first; NotFound when nothing of it is stored."""
    number = parse_session(session)
    found = store.rows(
        "SELECT day, min(sessions.start) AS start, max(sessions.end) AS end, sum(sessions.requests) AS requests,"
        " sum(sessions.attacks) AS attacks FROM sessions WHERE session_id = {id:UInt128} GROUP BY day ORDER BY day",
        {"id": number},
    )
    if not len(found):
        raise NotFound(f"there is no session {session}")
    behaved = attacks.of_session(store, Question((), Interval()), number)
    return [
        Part(
            row["day"].isoformat(),
            iso(epoch_microseconds(row["start"])),
            iso(epoch_microseconds(row["end"])),
            row["requests"],
            row["attacks"] + behaved.get(row["day"], attacks.NOTHING).alone,
        )
        for row in found
    ]


class _Counted(NamedTuple):
    """What some requests of a session are made of: their totals, and how many have each value of each statistic."""

    totals: dict[str, Any]
    values: dict[str, dict[str, int]]


_WORDS = tuple(field for field in STATISTICS if field.kind == fields.WORDS)
_SINGLE = tuple(field for field in STATISTICS if field.kind != fields.WORDS)


def _counts(store: Store, question: Question, number: int, *, most: int = 0) -> _Counted:
    """The counts under a question; `most` keeps the most frequent values of fields with one value a request, 0 all."""
    values = Values()
    condition = f"{where(question.all_terms, question.interval, values)} AND session_id = {values.bind(number, 'UInt128')}"
    with together() as ask:
        each = ask.submit(store.rows, _single_values(condition, most), values.bound)
        behaving = ask.submit(attacks.of_session, store, question, number)
        totals = store.rows(_totals(condition), values.bound)[0]
    found: dict[str, dict[str, int]] = {field.word: dict(totals[f"stat_{field.word}"]) for field in _WORDS}
    every = attacks.added([attacks.Shown(found["attack"], totals["attacks"]), *behaving.result().values()])
    found["attack"], totals["attacks"] = every.types, every.alone
    found |= {field.word: {} for field in _SINGLE}
    for row in each.result():
        found[_SINGLE[row["field"]].word][row["value"]] = row["n"]
    return _Counted(totals, found)


def _totals(condition: str) -> str:
    """The SELECT that counts all at once, with a map from value to number for each field of several words."""
    maps = ", ".join(
        f"sumMap(mapFromArrays({field.sql}, arrayMap(x -> toUInt64(1), {field.sql}))) AS stat_{field.word}" for field in _WORDS
    )
    return (
        "SELECT count() AS n, min(time) AS low, max(time) AS high, countIf(notEmpty(attack_types)) AS attacks,"
        f" sum(requests.blocked) AS blocked, countIf({pace.SLOW}) AS slow, countIf({pace.LARGE}) AS large, {maps}"
        f" FROM requests WHERE {condition}"
    )


def _single_values(condition: str, most: int) -> str:
    """The SELECT that groups by each field alone, all in one reading; `field` is the field's place in `_SINGLE`."""
    columns = ", ".join(field.sql for field in _SINGLE)
    sets = ", ".join(f"({field.sql})" for field in _SINGLE)
    place = ", ".join(f"grouping({field.sql}) = 0, {at}" for at, field in enumerate(_SINGLE))
    text = ", ".join(f"field = {at}, {_text(field)}" for at, field in enumerate(_SINGLE))
    limit = f"ORDER BY n DESC, value LIMIT {most} BY field" if most else ""
    return (
        f"SELECT field, multiIf({text}, '') AS value, n FROM (SELECT {columns}, multiIf({place}, -1) AS field, count() AS n"
        f" FROM requests WHERE {condition} GROUP BY GROUPING SETS ({sets})) WHERE value != '' {limit}"
    )


def _text(field: Field) -> str:
    return f"if({field.sql}, 'true', 'false')" if field.kind == fields.YES_NO else f"toString({field.sql})"


def _statistic(field: Field, general: _Counted, shown: _Counted) -> list[Count]:
    counts, left = by_count(general.values[field.word]), shown.values[field.word]
    return [Count(value, n, left.get(value, 0)) for value, n in list(counts.items())[:VALUES_LIMIT]]
