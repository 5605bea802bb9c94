"""Other sessions of the same actor, each with the reasons that say so, and the ones before and after (S4.7).

An actor is told by three kinds of value: a user, a fingerprint, or an IP with its user agent. `actors` knows which sessions
have a value, so that a session's own values lead to the others at once, over all days that are stored.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from apitrail.explore.requests import parse_session
from apitrail.explore.session import Part, open_parts
from apitrail.explore.times import epoch_microseconds
from apitrail.query.interval import iso
from apitrail.query.sql import DAY, Values
from apitrail.store import Store
from apitrail.store.schema import ACTOR

LISTED = 20
"""Related sessions that are listed, the nearest in time."""
OWN_VALUES = 20
"""Values of each kind that are looked for, the most frequent ones of the session."""
CROWD = 200
"""What more sessions than these share, such as the address of an office, says little; only the nearest of them are listed."""
CROWD_SECONDS = 21_600
"""They are looked for on the days that so much time around the session touches."""
USERS = 20
"""Users that are listed with a related session."""
LOG_IN_SECONDS = 1800
"""A session without a user belongs to a log-in that is at most so far from its end."""

BEFORE_LOG_IN = "before log-in"
AFTER_LOG_IN = "after log-in"
SAME = {"user": "same user", "fingerprint": "same fingerprint", "client": "same IP and user agent"}
"""The kinds of value that tell an actor, the strongest first, each with the reason that it is."""


class RelatedSession(msgspec.Struct, frozen=True, kw_only=True):
    """Another session of the actor, whole, whatever the filters; `day` is the one of its first part."""

    id: str
    day: str
    start: str
    end: str
    duration_ms: float
    requests: int
    attacks: int
    users: list[str]
    reasons: list[str]


class Neighbour(msgspec.Struct, frozen=True):
    """The session before or after in order of start; `by` is what both have: user, fingerprint or client, and its value."""

    id: str
    day: str
    by: str
    value: str


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """Where sessions were looked for that share a kind of value.

    `sessions` is how many were found. When very many share it, `crowded` is true, and these are the nearest in time, of the
    days `first_day` to `last_day`; otherwise they are all that there are, on whatever day.
    """

    by: str
    values: int
    sessions: int
    crowded: bool
    first_day: str | None = None
    last_day: str | None = None


class Related(msgspec.Struct, frozen=True, kw_only=True):
    """Sessions of the same actor, nearest in time first; `total` is how many were found, of which the nearest are listed."""

    id: str
    sessions: list[RelatedSession]
    total: int
    previous: Neighbour | None
    next: Neighbour | None
    looked_at: list[Looked]


class _Span(msgspec.Struct, frozen=True):
    """A whole session as the rollup has it; times in microseconds, `day` is its first."""

    number: int
    day: dt.date
    start: int
    end: int
    requests: int
    attacks: int
    users: list[str]
    keyed: bool

    @property
    def anonymous(self) -> bool:
        """Whether it is nobody's: it names no user, or only its client tells it."""
        return not (self.users and self.keyed)

    def gap(self, other: _Span) -> tuple[int, int, int]:
        """How far another session is away: the time between them, 0 when they overlap, then between their starts."""
        between = max(0, other.start - self.end, self.start - other.end)
        return between, abs(other.start - self.start), other.number


class _Actor(msgspec.Struct, frozen=True):
    """A value of the session that tells its actor."""

    by: str
    value: str
    hash: int


class _Found(msgspec.Struct, frozen=True):
    """The sessions that share a kind of value, as far as they were looked at."""

    looked: Looked
    numbers: frozenset[int]


def related(store: Store, session: str) -> Related:
    """The sessions related to one by its 32 hex digits; NotFound when nothing of it is stored."""
    return related_to(store, session, open_parts(store, session))


def related_to(store: Store, session: str, parts: list[Part]) -> Related:
    """The sessions related to one whose parts are known."""
    number = parse_session(session)
    start, end = (epoch_microseconds(dt.datetime.fromisoformat(edge)) for edge in (parts[0].start, parts[-1].end))
    actors = _actors(store, number)
    found = _find(store, number, actors, start, end)
    spans = _spans(store, frozenset((number,)).union(*(kind.numbers for kind in found)))
    here = spans.pop(number)
    nearest = sorted(spans.values(), key=here.gap)
    telling = {one for kind in found if not kind.looked.crowded for one in kind.numbers}
    chosen = sorted(nearest, key=lambda span: span.number not in telling)[:LISTED]
    before, after = _neighbours(here, nearest, found)
    shared = _shared(store, {span.number for span in (*chosen, before, after) if span}, actors)
    return Related(
        id=session.lower(),
        sessions=[_related(here, span, shared[span.number]) for span in sorted(chosen, key=here.gap)],
        total=len(spans),
        previous=_neighbour(before, shared),
        next=_neighbour(after, shared),
        looked_at=[kind.looked for kind in found],
    )


def _actors(store: Store, number: int) -> list[_Actor]:
    """The session's values of each kind, the most frequent ones."""
    found = store.rows(
        "SELECT multiIf(user != '', 'user', fingerprint != '', 'fingerprint', ip != '' AND user_agent != '', 'client', '') AS by,"
        f" concat(user, fingerprint, ip) AS value, {ACTOR['user']} + {ACTOR['fingerprint']} + {ACTOR['client']} AS hash FROM"
        " (SELECT user, fingerprint, ip, user_agent, count() AS n FROM requests WHERE session_id = {id:UInt128}"
        " GROUP BY GROUPING SETS ((user), (fingerprint), (ip, user_agent)))"
        f" WHERE by != '' ORDER BY n DESC, value, user_agent LIMIT {OWN_VALUES} BY by",
        {"id": number},
    )
    return [_Actor(row["by"], row["value"], row["hash"]) for row in found]


def _find(store: Store, number: int, actors: list[_Actor], start: int, end: int) -> list[_Found]:
    """The other sessions that share a value, for each kind of value that the session has, the strongest kind first."""
    kinds = {by: some for by in SAME if (some := [one.hash for one in actors if one.by == by])}
    every = _numbers(store, number, kinds, f"SELECT DISTINCT session_id FROM actors WHERE {{}} LIMIT {CROWD + 1}", {})
    crowds = {by: hashes for by, hashes in kinds.items() if len(every[by]) > CROWD}
    days = max(0, start - CROWD_SECONDS * 1_000_000) // DAY, (end + CROWD_SECONDS * 1_000_000) // DAY
    nearest = _numbers(store, number, crowds, _NEAREST, {"first": days[0], "last": days[1], "start": start // 1_000_000})
    first, last = ((_EPOCH + dt.timedelta(days=day)).isoformat() for day in days)
    found = []
    for by, hashes in kinds.items():
        looked = Looked(by=by, values=len(hashes), sessions=len(every[by]), crowded=False)
        if by in crowds:
            looked = Looked(by=by, values=len(hashes), sessions=len(nearest[by]), crowded=True, first_day=first, last_day=last)
        found.append(_Found(looked, frozenset(nearest[by] if by in crowds else every[by])))
    return found


_NEAREST = (
    "SELECT session_id FROM actors WHERE {} AND day BETWEEN toDate({{first:Int32}}) AND toDate({{last:Int32}})"
    " GROUP BY session_id ORDER BY abs(toInt64(toUnixTimestamp(min(actors.start))) - {{start:Int64}}), session_id"
    f" LIMIT {LISTED}"
)
"""The sessions of a crowd first seen with the value, within these days, nearest to the session's start, to the second."""


def _numbers(store: Store, number: int, kinds: dict[str, list[int]], select: str, bound: dict[str, int]) -> dict[str, set[int]]:
    """What a SELECT finds under the condition that sessions other than this one have a value of a kind, for each kind."""
    found: dict[str, set[int]] = {by: set() for by in kinds}
    if not kinds:
        return found
    values = Values()
    own = values.bind(number, "UInt128")
    selects = []
    for by, hashes in kinds.items():
        condition = f"actor IN {values.bind(hashes, 'Array(UInt64)')} AND session_id != {own}"
        selects.append(f"SELECT '{by}' AS by, session_id FROM ({select.format(condition)})")
    for row in store.rows(" UNION ALL ".join(selects), values.bound | bound):
        found[row["by"]].add(_number(row))
    return found


def _spans(store: Store, numbers: frozenset[int]) -> dict[int, _Span]:
    found = store.rows(
        "SELECT session_id, min(day) AS first, min(sessions.start) AS low, max(sessions.end) AS high,"
        " sum(sessions.requests) AS n, sum(sessions.attacks) AS bad,"
        f" arraySlice(arraySort(groupUniqArrayArray(sessions.users)), 1, {USERS}) AS names, max(sessions.keyed) AS told"
        " FROM sessions WHERE session_id IN {ids:Array(UInt128)} GROUP BY session_id",
        {"ids": sorted(numbers)},
    )
    return {
        _number(row): _Span(
            _number(row), row["first"], epoch_microseconds(row["low"]), epoch_microseconds(row["high"]), row["n"], row["bad"],
            row["names"], bool(row["told"]),
        )
        for row in found
    }  # fmt: skip


def _neighbours(here: _Span, nearest: list[_Span], found: list[_Found]) -> tuple[_Span | None, _Span | None]:
    """The sessions that start next before and after this one, among those of the strongest kind that it has."""
    of_kind = [span for span in nearest if found and span.number in found[0].numbers]
    place = (here.start, here.number)
    before = max((span for span in of_kind if (span.start, span.number) < place), key=_place, default=None)
    return before, min((span for span in of_kind if (span.start, span.number) > place), key=_place, default=None)


def _place(span: _Span) -> tuple[int, int]:
    return span.start, span.number


def _shared(store: Store, shown: set[int], actors: list[_Actor]) -> dict[int, list[_Actor]]:
    """What each session has of the values that tell the actor, the strongest kind and the most frequent value first."""
    if not shown:
        return {}
    found = store.rows(
        "SELECT session_id, groupUniqArray(actor) AS hashes FROM actors WHERE actor IN {actors:Array(UInt64)}"
        " AND session_id IN {ids:Array(UInt128)} GROUP BY session_id",
        {"actors": [one.hash for one in actors], "ids": list(shown)},
    )
    order = sorted(actors, key=lambda one: list(SAME).index(one.by))
    return {_number(row): [one for one in order if one.hash in row["hashes"]] for row in found}


def _related(here: _Span, span: _Span, shared: list[_Actor]) -> RelatedSession:
    kinds = {one.by for one in shared}
    reasons = [reason for by, reason in SAME.items() if by in kinds]
    reasons += _log_in(here, span) if kinds & {"fingerprint", "client"} else []
    return RelatedSession(
        id=f"{span.number:032x}",
        day=span.day.isoformat(),
        start=iso(span.start),
        end=iso(span.end),
        duration_ms=(span.end - span.start) / 1000,
        requests=span.requests,
        attacks=span.attacks,
        users=span.users,
        reasons=reasons,
    )


def _log_in(here: _Span, span: _Span) -> list[str]:
    """Whether a log-in lies between the two: one is nobody's and ends shortly before the other, which is somebody's, begins."""
    if here.anonymous == span.anonymous:
        return []
    before, after = (here, span) if here.anonymous else (span, here)
    shortly = 0 <= after.start - before.end <= LOG_IN_SECONDS * 1_000_000
    return [AFTER_LOG_IN if here.anonymous else BEFORE_LOG_IN] if shortly else []


def _neighbour(span: _Span | None, shared: dict[int, list[_Actor]]) -> Neighbour | None:
    if span is None:
        return None
    actor = shared[span.number][0]
    return Neighbour(f"{span.number:032x}", span.day.isoformat(), actor.by, actor.value)


_EPOCH = dt.date(1970, 1, 1)


def _number(row: dict[str, Any]) -> int:
    return int.from_bytes(row["session_id"], "little")
