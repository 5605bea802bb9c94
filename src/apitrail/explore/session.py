"""One session: its parts, and what its requests are made of (S4.2, S4.3)."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec

from apitrail.errors import NotFound
from apitrail.explore.requests import parse_session
from apitrail.explore.sessions import blocked_status, by_count
from apitrail.explore.times import epoch_microseconds
from apitrail.model import fields
from apitrail.model.fields import CATALOGUE, Field
from apitrail.query.interval import iso
from apitrail.query.sql import Values, where
from apitrail.query.tree import Question
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
    alone show; `total` all that is stored of the session. `statistics` maps a filter word to its values, most frequent first.
    """

    id: str
    start: str | None
    end: str | None
    duration_ms: float
    requests: int
    attacks: int
    blocked: int
    status: str
    general: int
    total: int
    parts: list[Part]
    statistics: dict[str, list[Count]]


def open_session(store: Store, question: Question, session: str) -> Session:
    """A session by its 32 hex digits; NotFound when nothing of it is stored."""
    number = parse_session(session)
    parts = open_parts(store, session)
    general = _counts(store, dataclasses.replace(question, session_terms=()), number)
    shown = _counts(store, question, number) if question.session_terms else general
    start, end = (epoch_microseconds(shown[edge]) for edge in ("low", "high"))
    found = shown["n"]
    return Session(
        id=session.lower(),
        start=iso(start) if found else None,
        end=iso(end) if found else None,
        duration_ms=(end - start) / 1000 if found else 0,
        requests=found,
        attacks=shown["attacks"],
        blocked=shown["blocked"],
        status=blocked_status(shown["blocked"], found),
        general=general["n"],
        total=sum(part.requests for part in parts),
        parts=parts,
        statistics={field.word: _statistic(field, general, shown) for field in STATISTICS},
    )


def open_parts(store: Store, session: str) -> list[Part]:
    """The parts of a session, oldest first; NotFound when nothing of it is stored."""
    found = store.rows(
        "SELECT day, min(sessions.start) AS start, max(sessions.end) AS end, sum(sessions.requests) AS requests,"
        " sum(sessions.attacks) AS attacks FROM sessions WHERE session_id = {id:UInt128} GROUP BY day ORDER BY day",
        {"id": parse_session(session)},
    )
    if not len(found):
        raise NotFound(f"there is no session {session}")
    return [
        Part(
            row["day"].isoformat(),
            iso(epoch_microseconds(row["start"])),
            iso(epoch_microseconds(row["end"])),
            row["requests"],
            row["attacks"],
        )
        for row in found
    ]


def _counts(store: Store, question: Question, number: int) -> dict[str, Any]:
    values = Values()
    condition = where(question.all_terms, question.interval, values)
    maps = ", ".join(f"{_map(field)} AS stat_{field.word}" for field in STATISTICS)
    found = store.rows(
        "SELECT count() AS n, min(time) AS low, max(time) AS high, countIf(notEmpty(attack_types)) AS attacks,"
        f" sum(requests.blocked) AS blocked, {maps} FROM requests"
        f" WHERE {condition} AND session_id = {values.bind(number, 'UInt128')}",
        values.bound,
    )
    return dict(found[0])


def _map(field: Field) -> str:
    if field.kind == fields.WORDS:
        return f"sumMap(mapFromArrays({field.sql}, arrayMap(x -> toUInt64(1), {field.sql})))"
    if field.kind == fields.YES_NO:
        return f"sumMap(map(if({field.sql}, 'true', 'false'), toUInt64(1)))"
    return f"sumMap(map(toString({field.sql}), toUInt64(1)))"


def _statistic(field: Field, general: dict[str, Any], shown: dict[str, Any]) -> list[Count]:
    counts = by_count(dict(general[f"stat_{field.word}"]))
    left = dict(shown[f"stat_{field.word}"])
    return [Count(value, n, left.get(value, 0)) for value, n in list(counts.items())[:VALUES_LIMIT]]
