"""What was observed at each point in the newest requests: how much of it there is, how long a value lives, where it is shared."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from apitrail.explore.times import epoch_microseconds
from apitrail.inspect.builtin import API_KEY_HEADERS, is_key
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
    """The requests that are looked at: a condition with its bound values, and what is in them.

    `own` are the grouping keys in force, `sessions` how many there are under them, whatever was in force when they came.
    """

    own: list[str]
    condition: str
    bound: dict[str, Any]
    requests: int
    sessions: int
    start: int
    end: int


def session_under(points: str) -> str:
    """The session of a stored request under own grouping keys, a bound array of points in their order, as SQL.

    The first of the points that was observed gives the hash of its value, which any other point with the value gives too.
    A key that is no longer in force (`stale`) leaves the client. What is grouped by an own key that is not observed stays,
    and a call to an MCP server stays in the session that it names.
    """
    first = f"arrayFirst(point -> mapContains(observed, point), {points})"
    stays = "endsWith(toString(session_key), '.Mcp-Session-Id') OR (has({own:Array(String)}, toString(session_key))"
    stays += " AND NOT mapContains(observed, toString(session_key)))"
    now = (
        "multiIf(session_key IN {stale:Array(String)}, toUInt128(sipHash64(ip, user_agent)),"
        " mapContains(observed, toString(session_key)), toUInt128(observed[toString(session_key)]), session_id)"
    )
    return f"if({stays} OR {first} = '', {now}, toUInt128(observed[{first}]))"


NOW = session_under("{own:Array(String)}")
"""The session of a stored request under the keys in force."""
WEAK = (
    "arrayFirst(point -> mapContains(observed, point), {own:Array(String)}) = ''"
    " AND (startsWith(toString(session_key), 'client.') OR session_key IN {stale:Array(String)})"
)
"""Whether a stored request is told apart by its client alone under the keys in force."""


def newest(store: Store, own: list[str]) -> Window | None:
    """The newest requests, by whole minutes, under own grouping keys; None when there is no traffic."""
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
    used = store.rows(f"SELECT DISTINCT toString(session_key) AS key FROM requests WHERE {condition}", values.bound)
    stale = [row["key"] for row in used if row["key"] not in own and not is_key(row["key"])]
    bound = {**values.bound, "own": own, "stale": stale}
    found = store.rows(
        f"SELECT count() AS n, min(time) AS low, max(time) AS high, uniqExact({NOW}) AS sessions FROM requests WHERE {condition}",
        bound,
    )[0]
    low, high = epoch_microseconds(found["low"]), epoch_microseconds(found["high"])
    return Window(own, condition, bound, found["n"], found["sessions"], low, high)


_EACH = "ARRAY JOIN mapKeys(observed) AS point, mapValues(observed) AS value"


def observed(store: Store, window: Window) -> list[Seen]:
    """Every observed point with its numbers."""
    found = store.rows(
        "SELECT point, sum(n) AS requests, count() AS distinct, quantile(0.5)(life) AS lifetime, sum(ips) AS ip_pairs,"
        " countIf(ips > 1) AS moved, sum(sessions) AS pairs, uniqExactMerge(in_ips) AS all_ips,"
        " uniqExactMerge(in_sessions) AS all_sessions, sum(weak) AS weak, sum(machine) AS machine"
        " FROM (SELECT point, value, count() AS n,"
        " uniqExact(ip) AS ips, uniqExact(current) AS sessions, uniqExactState(current) AS in_sessions,"
        " uniqExactState(ip) AS in_ips, dateDiff('millisecond', min(time), max(time)) / 1000 AS life,"
        " countIf(is_weak) AS weak,"
        " countIf(session_key IN {machine:Array(String)}) AS machine"
        f" FROM (SELECT time, ip, session_key, observed, {NOW} AS current, {WEAK} AS is_weak"
        f" FROM requests WHERE {window.condition})"
        f" {_EACH} GROUP BY point, value) GROUP BY point ORDER BY point",
        {**window.bound, "machine": MACHINE_KEYS},
    )
    return [_one(row, window.requests) for row in found]


def _one(row: dict[str, Any], requests: int) -> Seen:
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
        f" (SELECT groupUniqArray(point) AS points FROM requests {_EACH} WHERE {window.condition} GROUP BY value))"
        " GROUP BY one, other HAVING one != other",
        window.bound,
    )
    same: dict[str, dict[str, int]] = {}
    for row in found:
        same.setdefault(row["one"], {})[row["other"]] = row["n"]
    return same
