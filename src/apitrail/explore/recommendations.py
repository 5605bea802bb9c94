"""Which parameters would tell sessions, users and roles apart better, from the stored traffic, with the numbers behind it (S1.7).

Every stored request carries keyed hashes of the values that could name somebody (`inspect.observing`). A good grouping key is
found in many requests, takes many values, keeps one through several requests of a session, and puts requests together that
are apart now or apart what is together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from apitrail.configure import session_parameters
from apitrail.explore.times import epoch_microseconds
from apitrail.inspect.observing import DEVICE_WORDS, ROLE_WORDS, SESSION_WORDS, USER_WORDS
from apitrail.model.duration import duration
from apitrail.model.exchange import MICROSECOND
from apitrail.model.parameters import LIMIT, NONE, ROLE, USER, Parameter, folded
from apitrail.model.point import parse
from apitrail.query.interval import iso
from apitrail.query.sql import Values, where
from apitrail.query.tree import Interval
from apitrail.store import Store

LOOKED = 200_000
"""The newest requests that recommendations are made from; whole minutes are taken, so a few more may be."""
MOST = 8
"""Recommendations at a time."""
PARTNERS = 3
"""Other points of one recommendation that carry the same values."""
LEAST_REQUESTS = 4
LEAST_SHARE = 0.02
"""A key that is found in less of the traffic than this share is not recommended."""
LEAST_PER_VALUE = 2.0
"""Requests a value of a grouping key has at least on average: a value of one request groups nothing."""
MOST_IN_SESSION = 0.6
"""New values a request of the same client: a value that changes all the time names a thing, not somebody."""
LEAST_WEAK = 0.2
"""A key is needed when at least this share of its requests are told apart by address, user agent or fingerprint only."""
MANY_IN_SESSION = 3
"""Or when a session of now holds so many of its values, as one API key of a partner stands for many people."""
MOST_ROLES = 30
"""Values a role takes at most."""
SAME_VALUES = 0.5
"""Share of a point's values that must be those of another point to say that both carry the same."""


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


class Recommendation(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter to add, why, its numbers, and how many sessions there are without and with it (and those before it)."""

    parameter: Parameter
    why: str
    numbers: Numbers
    sessions_now: int
    sessions_then: int


class Recommendations(msgspec.Struct, frozen=True, kw_only=True):
    """Recommendations, best first; each counts on those before it being accepted too. `start` and `end` in ISO 8601."""

    looked_at: int
    start: str | None
    end: str | None
    sessions: int
    items: list[Recommendation]


class _Seen(msgspec.Struct, frozen=True):
    """One observed point: its numbers, and how it lies across the sessions there are now.

    `pairs` counts different (value, session), `sessions` those it is found in, `weak` its requests whose session is no more than
    an address, a user agent or a fingerprint.
    """

    point: str
    numbers: Numbers
    pairs: int
    sessions: int
    weak: int

    @property
    def name(self) -> str:
        """The name that people know it by."""
        return parse(self.point).name

    def says(self, words: re.Pattern[str]) -> bool:
        """Whether its name, or the name above it, is one of these."""
        return bool(words.search(_AFTER_PLACE.sub("", self.point)))


class _Window(msgspec.Struct, frozen=True):
    """The requests that are looked at: a condition with its bound values, and what is in them."""

    condition: str
    bound: dict[str, Any]
    requests: int
    sessions: int
    start: int
    end: int


class _Effect(NamedTuple):
    """How many sessions there would be, how many different pairs of one then and one now, and the requests so grouped."""

    sessions: int
    pairs: int
    grouped: int = 0


_AFTER_PLACE = re.compile(
    r"^(?:request|response)\.(?:header|cookie|query|body\.\w+)\.(?:Set-Cookie\.)?(?:Authorization\|bearer\|)?"
)
_ROLE, _USER = re.compile(f"(?i){ROLE_WORDS}"), re.compile(f"(?i){USER_WORDS}")
_SESSION, _DEVICE = re.compile(f"(?i){SESSION_WORDS}"), re.compile(f"(?i){DEVICE_WORDS}")
_READABLE = re.compile(r"(?i)mail|login|name|upn")


def recommend(store: Store) -> Recommendations:
    """What would tell sessions, users and roles apart better than now."""
    window = _window(store)
    if window is None:
        return Recommendations(looked_at=0, start=None, end=None, sessions=0, items=[])
    own = session_parameters.kept(store).parameters
    known = {folded(one.point) for one in own}
    seen = [one for one in _seen(store, window) if folded(one.point) not in known and one.numbers.requests >= LEAST_REQUESTS]
    adviser = _Adviser(store, window, own, seen)
    return Recommendations(
        looked_at=window.requests,
        start=iso(window.start),
        end=iso(window.end),
        sessions=window.sessions,
        items=adviser.items()[: max(0, min(MOST, LIMIT - len(own)))],
    )


class _Adviser:
    """Chooses points one after the other; each is judged on top of those before it."""

    def __init__(self, store: Store, window: _Window, own: Sequence[Parameter], seen: Sequence[_Seen]) -> None:
        self._store = store
        self._window = window
        self._own = own
        self._seen = {one.point: one for one in seen}
        self._same = _same_values(store, window)
        self._names = {one.name.lower() for one in own}
        self._user = "" if any(one.type == USER for one in own) else _best(filter(_is_user, seen), _readable)
        self._role = "" if any(one.type == ROLE for one in own) else _best(filter(_is_role, seen), _plainly_role)
        self._chosen: list[str] = []
        self._effect = _Effect(window.sessions, window.sessions)
        self._items: list[Recommendation] = []

    def items(self) -> list[Recommendation]:
        """Grouping keys, then what names the user and the role."""
        for one in sorted(self._seen.values(), key=_score, reverse=True):
            if len(self._items) < MOST and self._is_key(one) and self._adds(one, _why_key(one)):
                for partner in self._partners(one):
                    self._adds(partner, f"carries the same values as {one.point}, so that both are one session")
        for point, kind, word in ((self._user, USER, "who it was"), (self._role, ROLE, "the role")):
            if point and point not in self._chosen:
                one = self._seen[point]
                self._add(
                    one, f"says {word} in {_share(one)} of the requests, with {one.numbers.values:,} values", kind, grouping=False
                )
        return self._items

    def _is_key(self, one: _Seen) -> bool:
        numbers = one.numbers
        if one.point in self._chosen or one.says(_ROLE) or not any(map(one.says, (_SESSION, _USER, _DEVICE))):
            return False
        if numbers.values < 2 or numbers.coverage < LEAST_SHARE or numbers.requests_per_value < LEAST_PER_VALUE:
            return False
        if any(other.startswith(f"{one.point}|jwt") for other in self._seen):
            return False  # A token is renewed; a claim of it stays.
        changing = (one.pairs - one.sessions) / numbers.requests
        needed = one.weak >= LEAST_WEAK * numbers.requests or one.pairs >= MANY_IN_SESSION * one.sessions
        return needed and changing <= MOST_IN_SESSION

    def _partners(self, one: _Seen) -> list[_Seen]:
        """Other points with the same values: the answer that gave a token out, the parameter that carries it elsewhere."""
        shared = self._same.get(one.point, {})
        found = [self._seen[point] for point in shared if point in self._seen and point not in self._chosen]
        alike = [other for other in found if shared[other.point] >= SAME_VALUES * other.numbers.values]
        return sorted(alike, key=lambda other: -shared[other.point])[:PARTNERS]

    def _adds(self, one: _Seen, why: str) -> bool:
        """Take a point as a grouping key, when it changes anything on top of those before it."""
        effect = self._measured([*self._chosen, one.point])
        if effect[:2] == (self._window.sessions, self._window.sessions) or not self._changes(effect, one):
            return False
        self._chosen.append(one.point)
        self._effect = effect
        is_user = one.point == self._user or one.point in self._same.get(self._user, {})
        self._add(one, why, USER if is_user else NONE, grouping=True)
        return True

    def _changes(self, effect: _Effect, one: _Seen) -> bool:
        """Whether sessions are other ones than before; a partner puts requests into those that are there already."""
        if any(one.point in self._same.get(point, {}) for point in self._chosen):
            return effect.grouped > self._effect.grouped
        return effect[:2] != self._effect[:2]

    def _add(self, one: _Seen, why: str, kind: str, *, grouping: bool) -> None:
        parameter = Parameter(point=one.point, name=self._free_name(one), type=kind, grouping=grouping)
        self._items.append(
            Recommendation(
                parameter=parameter,
                why=why,
                numbers=one.numbers,
                sessions_now=self._window.sessions,
                sessions_then=self._effect.sessions,
            )
        )

    def _free_name(self, one: _Seen) -> str:
        side = one.point.partition(".")[0]
        names = (one.name, f"{one.name} of {side}", *(f"{one.name} {number}" for number in range(2, 2 * LIMIT)))
        name = next(name for name in names if name.lower() not in self._names)
        self._names.add(name.lower())
        return name

    def _measured(self, points: Sequence[str]) -> _Effect:
        values = Values()
        values.bound.update(self._window.bound)
        own = values.bind([one.point for one in self._own if one.grouping], "Array(String)")
        named = [values.bind(point, "String") for point in points]
        grouped = " OR ".join(f"mapContains(observed, {name})" for name in named)
        steps = "".join(f"mapContains(observed, {name}), toUInt128(observed[{name}]), " for name in named)
        found = self._store.rows(
            "SELECT uniqExact(key) AS sessions, uniqExact((key, session_id)) AS pairs,"
            f" countIf({grouped}) AS grouped FROM (SELECT session_id, observed,"
            f" multiIf(has({own}, toString(session_key)), session_id, {steps}session_id) AS key"
            f" FROM requests WHERE {self._window.condition})",
            values.bound,
        )[0]
        return _Effect(found["sessions"], found["pairs"], found["grouped"])


def _is_user(one: _Seen) -> bool:
    return one.says(_USER) and not one.says(_ROLE) and not one.says(_TOKEN) and one.numbers.values >= 2


def _is_role(one: _Seen) -> bool:
    return one.says(_ROLE) and one.numbers.values <= MOST_ROLES and one.numbers.requests_per_value >= LEAST_PER_VALUE


_TOKEN = re.compile(r"(?i)token|jwt$|sess|api.?key")


def _readable(one: _Seen) -> float:
    return 0.5 * bool(_READABLE.search(one.name))


def _plainly_role(one: _Seen) -> float:
    return 0.5 * ("role" in one.name.lower())


def _best(seen: Iterable[_Seen], bonus: Callable[[_Seen], float]) -> str:
    """The point that says it in most requests, plain names before others; empty when there is none."""
    ranked = sorted(
        seen, key=lambda one: (one.numbers.coverage * (0.7 if one.point.startswith("response") else 1) + bonus(one), one.point)
    )
    return ranked[-1].point if ranked else ""


def _score(one: _Seen) -> float:
    """How good a grouping key a point looks: what it is called, how often it is there, how long a value stays."""
    numbers = one.numbers
    prior = next(worth for words, worth in _WORTH if one.says(words))
    side = 0.5 if one.point.startswith("response") else 1.0
    return float(side * prior * min(1.0, 3 * numbers.coverage) ** 0.5 * min(1.0, numbers.requests_per_value / 5) ** 0.5)


_WORTH = ((_SESSION, 1.0), (_USER, 0.9), (_DEVICE, 0.5), (re.compile(""), 0.1))


def _why_key(one: _Seen) -> str:
    numbers = one.numbers
    weak = one.weak / numbers.requests
    said = (
        f"is in {_share(one)} of the requests with {numbers.values:,} values, {numbers.requests_per_value:g} requests each"
        f" over {duration(numbers.lifetime_s * 1000)}"
    )
    if weak >= LEAST_WEAK:
        return f"{said}; {weak:.0%} of these requests are told apart by address and browser only"
    return f"{said}; one session of now holds {one.pairs / max(one.sessions, 1):.1f} of them"


def _share(one: _Seen) -> str:
    return f"{one.numbers.coverage:.0%}" if one.numbers.coverage >= 0.01 else "less than 1%"


def _window(store: Store) -> _Window | None:
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
    return _Window(condition, values.bound, found["n"], found["sessions"], low, high)


_OBSERVED = "FROM requests ARRAY JOIN mapKeys(observed) AS point, mapValues(observed) AS value WHERE"


def _seen(store: Store, window: _Window) -> list[_Seen]:
    """Every observed point with its numbers."""
    found = store.rows(
        "SELECT point, sum(n) AS requests, count() AS distinct, quantile(0.5)(life) AS lifetime, sum(ips) AS ip_pairs,"
        " countIf(ips > 1) AS moved, sum(sessions) AS pairs, uniqExactMerge(in_ips) AS all_ips,"
        " uniqExactMerge(in_sessions) AS all_sessions, sum(weak) AS weak FROM (SELECT point, value, count() AS n,"
        " uniqExact(ip) AS ips, uniqExact(session_id) AS sessions, uniqExactState(session_id) AS in_sessions,"
        " uniqExactState(ip) AS in_ips, dateDiff('millisecond', min(time), max(time)) / 1000 AS life,"
        f" countIf(startsWith(toString(session_key), 'client.')) AS weak {_OBSERVED} {window.condition}"
        " GROUP BY point, value) GROUP BY point ORDER BY point",
        window.bound,
    )
    return [_one_seen(row, window.requests) for row in found]


def _one_seen(row: dict[str, Any], requests: int) -> _Seen:
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
    return _Seen(row["point"], numbers, int(row["pairs"]), row["all_sessions"], int(row["weak"]))


def _same_values(store: Store, window: _Window) -> dict[str, dict[str, int]]:
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
