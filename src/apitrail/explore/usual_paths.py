"""What is usual on the path of a session's group: the same role at the same host, without bots and attacks.

Session ids are keyed hashes, so those below a number are a sample by chance of all sessions, and lie together in the store:
any number of sessions takes the same time. Of a group that is rare in the sample, a larger one is taken.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from apitrail.errors import NotFound
from apitrail.explore.paths import KEY, Path, Stop, path
from apitrail.explore.requests import parse_session
from apitrail.explore.session import open_parts
from apitrail.explore.together import together
from apitrail.query.sql import BOTS, DAY, Values
from apitrail.query.tree import Interval, Question
from apitrail.store import Store

SAMPLE = 500
"""Session parts of the group that are looked at."""
LEAST = 20
"""Session parts from which on anything is called usual."""
LONGEST = 1_000
"""Requests of a session part that is looked at like this at most."""
LOOKED_AT_ONCE = 20_000
"""Session parts, of any group, that the first sample has."""
WIDER = 8
"""How much larger the next sample is, when the group is rare in one."""
RARE = 0.05
"""The share of session parts below which an endpoint is unusual, and of failed answers from which on failing is usual."""
RARE_MOVE = 0.01
"""The share of the moves away from an endpoint below which a move is unusual."""
MOVES_LEAST = 100
"""Moves that the group must have made away from an endpoint to say so."""
EXPECTED = 0.5
"""The share of session parts from which on an endpoint is missed in one without it."""
FAILING = 0.5
"""The share of answers with 4xx or 5xx from which on an endpoint fails here."""
STOPS = 30
"""Endpoints of a session that are compared with what is usual, one by one."""
MISSED = 8
"""Endpoints that are told as missing at most."""

WHY = {
    "rare": "hardly anybody goes there",
    "many": "many more requests than others make",
    "failing": "fails here, works for others",
}
"""What is unusual about a stop, in words."""

_WHOLE = 2**128


class Group(msgspec.Struct, frozen=True):
    """Whom a session is compared with: others of its role, empty when it has none, at the host of most of its requests."""

    role: str
    host: str
    parts: int


class Habit(msgspec.Struct, frozen=True):
    """How the group goes to an endpoint.

    `share` is the share of session parts that do; `most` the requests of a part to it, 95 of 100 times at most; `failed` the
    share of answers with 4xx or 5xx.
    """

    host: str
    method: str
    endpoint: str
    share: float
    most: int
    failed: float


class Judged(msgspec.Struct, frozen=True):
    """A stop of the session's path beside the group's habit, None when nobody of the group goes there; `unusual` says in what."""

    stop: Stop
    habit: Habit | None
    unusual: list[str]


class UnusualMove(msgspec.Struct, frozen=True):
    """A move from one stop of the path to another, by their places, that is only this `share` of what the group does next."""

    before: int
    after: int
    share: float


class Usual(msgspec.Struct, frozen=True):
    """A session's path beside what is usual: its stops, the moves that are unusual, what is missing.

    All are empty while the group is too small to call something usual, which `known` tells.
    """

    group: Group
    known: bool
    stops: list[Judged]
    moves: list[UnusualMove]
    missing: list[Habit]


class Compared(msgspec.Struct, frozen=True):
    """The part of a session on a day of UTC: its path, and what is unusual about it."""

    id: str
    day: str
    path: Path
    usual: Usual


def compare(store: Store, session: str, day: str = "") -> Compared:
    """A session, by its 32 hex digits, beside what is usual: its part of a day, of the last one unless told.

    NotFound when nothing of it is stored, or nothing on that day.
    """
    days = [part.day for part in open_parts(store, session)]
    chosen = day or days[-1]
    if chosen not in days:
        raise NotFound(f"the session has no part on {day[:40]!r}; it has on {', '.join(days[-5:])}", suggestion=days[-1])
    start = (dt.date.fromisoformat(chosen) - dt.date(1970, 1, 1)).days * DAY
    walked = path(store, Question(interval=Interval(start, start + DAY)), session, stops=STOPS)
    return Compared(session.lower(), chosen, walked, usual(store, session, walked))


def usual(store: Store, session: str, walked: Path) -> Usual:
    """What is unusual on the path of a session, best of its part of one day, as the others are."""
    number = parse_session(session)
    role, host = _of_whom(store, number)
    chosen = _sample(store, number, role, host)
    group = Group(role, host, len(chosen))
    if len(chosen) < LEAST:
        return Usual(group, known=False, stops=[], moves=[], missing=[])
    with together() as ask:
        counted = ask.submit(_moved, store, chosen)
        habits = _habits(store, chosen)
    stops = [_judged(stop, habits.get(stop.key)) for stop in walked.stops if stop.method]
    moves = _moves(store, counted.result(), walked, habits)
    return Usual(group, known=True, stops=stops, moves=moves, missing=_missing(walked, habits))


def _of_whom(store: Store, number: int) -> tuple[str, str]:
    """The role and the host of most requests of a session; NotFound when nothing of it is stored."""
    found = store.rows(
        "SELECT topK(1)(host)[1] AS host, topKArray(1)(roles) AS roles FROM requests WHERE session_id = {id:UInt128}"
        " HAVING count() > 0",
        {"id": number},
    )
    if not found:
        raise NotFound("there is no such session")
    return (found[0]["roles"][0] if len(found[0]["roles"]) else ""), found[0]["host"]


Part = tuple[dt.date, Any]


def _sample(store: Store, number: int, role: str, host: str) -> list[Part]:
    """Session parts of the group by chance, as days and ids."""
    parts = store.rows("SELECT count() AS n FROM sessions")[0]["n"]
    share = min(1.0, LOOKED_AT_ONCE / max(parts, 1))
    while True:
        found = _chosen(store, number, role, host, int(_WHOLE * share) - 1)
        if len(found) >= LEAST or share >= 1.0:
            return found
        share = min(1.0, share * WIDER)


def _chosen(store: Store, number: int, role: str, host: str, below: int) -> list[Part]:
    values = Values()
    whose = f"countIf(has(roles, {values.bind(role, 'String')})) > 0" if role else "countIf(notEmpty(roles)) = 0"
    found = store.rows(
        f"SELECT day, session_id FROM requests WHERE session_id <= {values.bind(below, 'UInt128')}"
        f" AND session_id != {values.bind(number, 'UInt128')} AND (day, session_id) NOT IN (SELECT day, session_id FROM {BOTS})"
        f" GROUP BY day, session_id HAVING countIf(host = {values.bind(host, 'String')}) > 0 AND {whose}"
        f" AND countIf(notEmpty(attack_types)) = 0 AND count() <= {LONGEST} ORDER BY session_id, day LIMIT {SAMPLE}",
        values.bound,
    )
    return [(row["day"], row["session_id"]) for row in found]


def _inside(chosen: list[Part], values: Values) -> str:
    """The condition that a request is of one of some session parts."""
    ids = values.bind([int.from_bytes(number, "little") for _, number in chosen], "Array(UInt128)")
    days = values.bind([(day - dt.date(1970, 1, 1)).days for day, _ in chosen], "Array(Int32)")
    return f"session_id IN {ids} AND (toInt32(day), session_id) IN arrayZip({days}, {ids})"


def _habits(store: Store, chosen: list[Part]) -> dict[tuple[str, str, str], Habit]:
    values = Values()
    rows = store.rows(
        "SELECT host, method, endpoint, count() AS parts, quantileExact(0.95)(n) AS most, sum(bad) / sum(n) AS failed FROM ("
        "SELECT host, method, endpoint, day, session_id, count() AS n, countIf(status >= 400) AS bad FROM requests"
        f" WHERE {_inside(chosen, values)} GROUP BY host, method, endpoint, day, session_id) GROUP BY host, method, endpoint",
        values.bound,
    )
    return {
        (row["host"], row["method"], row["endpoint"]): Habit(
            row["host"], row["method"], row["endpoint"], row["parts"] / len(chosen), row["most"], row["failed"]
        )
        for row in rows
    }


def _judged(stop: Stop, habit: Habit | None) -> Judged:
    unusual = []
    if habit is None or habit.share < RARE:
        unusual.append("rare")
    elif stop.requests > max(2 * habit.most, habit.most + 3):
        unusual.append("many")
    if habit and stop.failed >= FAILING * stop.requests and habit.failed < RARE:
        unusual.append("failing")
    return Judged(stop, habit, unusual)


def _missing(walked: Path, habits: dict[tuple[str, str, str], Habit]) -> list[Habit]:
    gone = {stop.key for stop in walked.stops}
    missed = [habit for key, habit in habits.items() if habit.share >= EXPECTED and key not in gone]
    return [] if walked.others else sorted(missed, key=lambda habit: -habit.share)[:MISSED]


def _moved(store: Store, chosen: list[Part]) -> dict[tuple[int, int], int]:
    """How often the group moved from one endpoint to another, by what stands for them."""
    values = Values()
    ordered = f"arrayMap(x -> x.2, arraySort(groupArray((time, {KEY}))))"
    rows = store.rows(
        f"SELECT move.1 AS before, move.2 AS after, count() AS n FROM (SELECT arrayJoin(arrayZip(arrayPopBack(keys),"
        f" arrayPopFront(keys))) AS move FROM (SELECT {ordered} AS keys FROM requests WHERE {_inside(chosen, values)}"
        " GROUP BY day, session_id)) GROUP BY before, after",
        values.bound,
    )
    return {(row["before"], row["after"]): row["n"] for row in rows}


def _moves(
    store: Store, times: dict[tuple[int, int], int], walked: Path, habits: dict[tuple[str, str, str], Habit]
) -> list[UnusualMove]:
    """The unusual ones of the path's moves between endpoints that the group knows."""
    known = _numbers(store, walked)
    away: dict[int, int] = {}
    for (before, _), n in times.items():
        away[before] = away.get(before, 0) + n
    found = []
    for move in walked.moves:
        before, after = known.get(move.before, 0), known.get(move.after, 0)
        if move.before == move.after or any(walked.stops[at].key not in habits for at in (move.before, move.after)):
            continue
        share = times.get((before, after), 0) / away[before] if away.get(before, 0) >= MOVES_LEAST else 1.0
        if share < RARE_MOVE:
            found.append(UnusualMove(move.before, move.after, share))
    return found


def _numbers(store: Store, walked: Path) -> dict[int, int]:
    """What stands for the stops of a path while the order is counted."""
    values = Values()
    named = [stop.key for stop in walked.stops if stop.method]
    if not named:
        return {}
    columns = ", ".join(f"{values.bind([key[at] for key in named], 'Array(String)')} AS c{at}" for at in range(3))
    rows = store.rows(
        f"SELECT arrayMap((h, m, e) -> cityHash64(h, m, e), c0, c1, c2) AS keys FROM (SELECT {columns})", values.bound
    )
    return dict(enumerate(rows[0]["keys"]))
