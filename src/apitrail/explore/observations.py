"""What was observed at each point in the newest requests: how much of it there is, how long a value lives, where it is shared."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from apitrail.explore.times import epoch_microseconds
from apitrail.inspect.builtin import API_KEY_HEADERS
from apitrail.inspect.observing import DEVICE_WORDS, ROLE_WORDS, SESSION_WORDS, USER_WORDS
from apitrail.model.exchange import MICROSECOND
from apitrail.model.point import header_point, parse
from apitrail.query.sql import Values, where
from apitrail.query.tree import Interval
from apitrail.store import Store

LOOKED = 200_000
"""The newest requests that recommendations are made from; whole minutes are taken, so a few more may be."""
LEAST_WEAK = 0.2
"""A key is needed when at least this share of its requests are told apart by address, user agent or fingerprint only."""
MANY_IN_SESSION = 3
"""Or when an API key holds so many of its values in one session, as a partner's key stands for many people."""
MACHINE_KEYS = [str(header_point(name.title())) for name in API_KEY_HEADERS] + [
    "request.header.Authorization|apikey",
    "request.header.Authorization|basic.user",
]
"""Built-in keys that name a program, behind which there may be many people."""

_AFTER_PLACE = re.compile(
    r"^(?:request|response)\.(?:header|cookie|query|body\.\w+)\.(?:Set-Cookie\.)?(?:Authorization\|bearer\|)?"
)
IS_ROLE, IS_USER = re.compile(f"(?i){ROLE_WORDS}"), re.compile(f"(?i){USER_WORDS}")
IS_SESSION, IS_DEVICE = re.compile(f"(?i){SESSION_WORDS}"), re.compile(f"(?i){DEVICE_WORDS}")


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen at a point in the requests looked at.

    `coverage` is a share of the requests, `lifetime_s` the median time between the first and last request of a value, `shared`
    the share of the values that were seen from more than one IP, `ips_per_value` the mean number of those.
    """

    requests: int
    coverage: float
    values: int
    requests_per_value: float
    lifetime_s: float
    ips_per_value: float
    shared: float
    values_per_ip: float


class Seen(msgspec.Struct, frozen=True):
    """One observed point: its numbers, and how it lies across the sessions there are now.

    `pairs` counts different (value, session), `sessions` those it is found in, `weak` its requests whose session is no more than
    an address, a user agent or a fingerprint, `machine` those whose session is the key of a program.
    """

    point: str
    numbers: Numbers
    pairs: int
    sessions: int
    weak: int
    machine: int

    @property
    def name(self) -> str:
        """The name that people know it by."""
        return parse(self.point).name

    def says(self, words: re.Pattern[str]) -> bool:
        """Whether its name, or the name above it, is one of these."""
        return bool(words.search(self._said))

    @property
    def is_needed(self) -> bool:
        """Whether its requests are told apart badly now."""
        enough = LEAST_WEAK * self.numbers.requests
        return self.weak >= enough or (self.machine >= enough and self.pairs >= MANY_IN_SESSION * self.sessions)

    @property
    def _said(self) -> str:
        """The names that say what it is: those inside a token, else those behind the place."""
        claim = self.point.rpartition("|")[2]
        return claim.partition(".")[2] if "|" in self.point and "." in claim else _AFTER_PLACE.sub("", self.point)


class Window(msgspec.Struct, frozen=True):
    """The requests that are looked at: a condition with its bound values, and what is in them."""

    condition: str
    bound: dict[str, Any]
    requests: int
    sessions: int
    start: int
    end: int


def newest(store: Store) -> Window | None:
    """The newest requests, by whole minutes; None when there is no traffic."""
    running = (
        "SELECT minute, n, sum(n) OVER (ORDER BY minute DESC) AS running"
        " FROM (SELECT minute, sum(requests) AS n FROM minutes GROUP BY minute)"
    )
    since = store.rows(
        f"SELECT toUnixTimestamp(min(minute)) AS since, count() AS n FROM ({running}) WHERE running - n < {{looked:UInt64}}",
        {"looked": LOOKED},
    )[0]
    if not since["n"]:
        return None
    values = Values()
    condition = where((), Interval(start=since["since"] * MICROSECOND), values)
    found = store.rows(
        "SELECT count() AS n, min(time) AS low, max(time) AS high, uniqExact(session_id) AS sessions"
        f" FROM requests WHERE {condition}",
        values.bound,
    )[0]
    low, high = epoch_microseconds(found["low"]), epoch_microseconds(found["high"])
    return Window(condition, values.bound, found["n"], found["sessions"], low, high)


_OBSERVED = "FROM requests ARRAY JOIN mapKeys(observed) AS point, mapValues(observed) AS value WHERE"


def observed(store: Store, window: Window) -> list[Seen]:
    """Every observed point with its numbers."""
    found = store.rows(
        "SELECT point, sum(n) AS requests, count() AS distinct, quantile(0.5)(life) AS lifetime, sum(ips) AS ip_pairs,"
        " countIf(ips > 1) AS moved, sum(sessions) AS pairs, uniqExactMerge(in_ips) AS all_ips,"
        " uniqExactMerge(in_sessions) AS all_sessions, sum(weak) AS weak, sum(machine) AS machine"
        " FROM (SELECT point, value, count() AS n,"
        " uniqExact(ip) AS ips, uniqExact(session_id) AS sessions, uniqExactState(session_id) AS in_sessions,"
        " uniqExactState(ip) AS in_ips, dateDiff('millisecond', min(time), max(time)) / 1000 AS life,"
        " countIf(startsWith(toString(session_key), 'client.')) AS weak,"
        " countIf(session_key IN {machine:Array(String)}) AS machine"
        f" {_OBSERVED} {window.condition} GROUP BY point, value) GROUP BY point ORDER BY point",
        {**window.bound, "machine": MACHINE_KEYS},
    )
    return [_oneseen(row, window.requests) for row in found]


def _oneseen(row: dict[str, Any], requests: int) -> Seen:
    numbers = Numbers(
        requests=int(row["requests"]),
        coverage=row["requests"] / requests,
        values=row["distinct"],
        requests_per_value=round(row["requests"] / row["distinct"], 2),
        lifetime_s=round(row["lifetime"], 3),
        ips_per_value=round(row["ip_pairs"] / row["distinct"], 2),
        shared=round(row["moved"] / row["distinct"], 4),
        values_per_ip=round(row["ip_pairs"] / max(row["all_ips"], 1), 2),
    )
    return Seen(row["point"], numbers, int(row["pairs"]), row["all_sessions"], int(row["weak"]), int(row["machine"]))


def same_values(store: Store, window: Window) -> dict[str, dict[str, int]]:
    """For each point, the others that carry the same values, and how many of them."""
    found = store.rows(
        "SELECT one, arrayJoin(points) AS other, count() AS n FROM (SELECT points, arrayJoin(points) AS one FROM"
        f" (SELECT groupUniqArray(point) AS points {_OBSERVED} {window.condition} GROUP BY value))"
        " GROUP BY one, other HAVING one != other",
        window.bound,
    )
    same: dict[str, dict[str, int]] = {}
    for row in found:
        same.setdefault(row["one"], {})[row["other"]] = row["n"]
    return same
