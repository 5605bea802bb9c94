"""The attacks that behaviour shows, beside those that stand in a request: of requests, session parts, and questions (A1.3).

They are not in `requests.attack_types`, since an analysis may take them back; whoever counts attacks adds them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

from apitrail.explore.disputed import is_disputed
from apitrail.model.abuse import BEHAVIOURAL
from apitrail.query.sql import SHOWN, Values, where
from apitrail.query.tree import Question
from apitrail.store import Store


class Shown(NamedTuple):
    """Requests of a session part that show an attack, by its type, and those of them in which nothing else was found."""

    types: dict[str, int]
    alone: int


NOTHING = Shown({}, 0)


def of_requests(store: Store, rows: Sequence[dict[str, Any]]) -> dict[tuple[bytes, str], list[str]]:
    """The types of attack that stored rows of requests show, by session and request; those without any are left out."""
    found = store.rows(
        f"SELECT session_id, request_id, arraySort(groupUniqArray(toString(type))) AS types FROM {_shown(store)}"
        f" WHERE type IN {BEHAVIOURAL} AND session_id IN {{ids:Array(UInt128)}} AND request_id IN {{requests:Array(String)}}"
        " GROUP BY session_id, request_id",
        {"ids": _sessions(rows), "requests": [row["request_id"] for row in rows]},
    )
    return {(row["session_id"], row["request_id"]): row["types"] for row in found}


def of_parts(store: Store, question: Question, keys: Sequence[dict[str, Any]]) -> dict[tuple[Any, bytes], Shown]:
    """What the requests of a question show in some session parts, by day and session; parts without any are left out."""
    return _by_part(store, question, _sessions(keys))


def of_session(store: Store, question: Question, number: int) -> dict[dt.date, Shown]:
    """What the requests of a question show in one session, by day; days without any are left out."""
    return {day: shown for (day, _), shown in _by_part(store, question, [number]).items()}


def added(shown: Sequence[Shown]) -> Shown:
    """What session parts show, and what stands in their requests, in all."""
    types: dict[str, int] = {}
    for one in shown:
        for type_, requests in one.types.items():
            types[type_] = types.get(type_, 0) + requests
    return Shown(types, sum(one.alone for one in shown))


def over_time(store: Store, question: Question, step: int) -> dict[int, int]:
    """Requests that only behaviour shows to be attacks, by the start of the step of time; both in microseconds."""
    values = Values()
    width = values.bind(step, "Int64")
    found = store.rows(
        f"SELECT intDiv(toUnixTimestamp64Micro(time), {width}) * {width} AS step,"
        f" uniqExact(session_id, request_id) AS n FROM ({select(store, question, values)}) WHERE alone GROUP BY step",
        values.bound,
    )
    return {row["step"]: row["n"] for row in found}


def select(store: Store, question: Question, values: Values, *, sessions: str = "") -> str:
    """The SELECT of the requests of a question that show an attack, a row for each type; `sessions` are bound ids of sessions.

    Its columns are day, session_id, request_id, time, type, and `alone`, that nothing else was found in the request.
    """
    asked = where(question.all_terms, question.interval, values)
    some = f" AND session_id IN {sessions}" if sessions else ""
    shown = f"FROM {_shown(store)} WHERE type IN {BEHAVIOURAL}{some}"
    if not question.all_terms:
        return f"SELECT day, session_id, request_id, time, toString(type) AS type, alone {shown} AND {asked}"
    parts = f"(SELECT day, session_id FROM behavioural WHERE type IN {BEHAVIOURAL})"
    return (
        "SELECT day, session_id, request_id, time, type, alone FROM"
        " (SELECT day, session_id, request_id, time, empty(attack_types) AS alone"
        f" FROM requests WHERE {asked}{some} AND (day, session_id) IN {parts}) AS asked"
        f" INNER JOIN (SELECT session_id, request_id, toString(type) AS type {shown}) AS shown USING (session_id, request_id)"
    )


def _shown(store: Store) -> str:
    """The table of what behaviour shows and nobody called false."""
    return SHOWN if is_disputed(store) else "behavioural"


def _by_part(store: Store, question: Question, ids: Sequence[int]) -> dict[tuple[Any, bytes], Shown]:
    values = Values()
    shown = select(store, question, values, sessions=values.bind(ids, "Array(UInt128)"))
    found = store.rows(
        "SELECT day, session_id, sumMap(map(type, toUInt64(1))) AS types, uniqExactIf(request_id, alone) AS alone"
        f" FROM ({shown}) GROUP BY day, session_id",
        values.bound,
    )
    return {(row["day"], row["session_id"]): Shown(dict(row["types"]), row["alone"]) for row in found}


def _sessions(rows: Sequence[dict[str, Any]]) -> list[int]:
    return list({int.from_bytes(row["session_id"], "little") for row in rows})
