"""Which parameters would tell sessions, users and roles apart better, from the stored traffic, with the numbers behind it (S1.7).

Every stored request carries keyed hashes of the values that could name somebody (`inspect.observing`). A good grouping key is
found in many requests, takes many values, keeps one through several requests of a session, and puts requests together that
are apart now or apart what is together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec

from apitrail.configure import session_parameters
from apitrail.errors import BadQuestion
from apitrail.explore.observations import (
    IS_DEVICE,
    IS_ROLE,
    IS_SESSION,
    IS_USER,
    LEAST_WEAK,
    Numbers,
    Seen,
    Window,
    newest,
    observed,
    same_values,
    session_under,
)
from apitrail.model.duration import duration
from apitrail.model.parameters import LIMIT, NONE, ROLE, USER, Parameter, folded
from apitrail.query.interval import iso
from apitrail.query.sql import Values
from apitrail.store import Store

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
MOST_ROLES = 30
"""Values a role takes at most."""
SAME_VALUES = 0.5
"""Share of a point's values that must be those of another point to say that both carry the same."""


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


class _Effect(NamedTuple):
    """Sessions there would be with a key more, sessions without it, and pairs of one and the other."""

    sessions: int
    before: int
    pairs: int

    @property
    def changes(self) -> bool:
        """Whether requests are put together in another way, not only under another name."""
        return not self.sessions == self.before == self.pairs


_READABLE = re.compile(r"(?i)mail|login|name|upn")


def recommend(store: Store) -> Recommendations:
    """What would tell sessions, users and roles apart better than now."""
    own = session_parameters.kept(store).parameters
    window = newest(store, [one.point for one in own if one.grouping])
    if window is None:
        return Recommendations(looked_at=0, start=None, end=None, sessions=0, items=[])
    known = {folded(one.point) for one in own}
    seen = [one for one in observed(store, window) if folded(one.point) not in known and one.numbers.requests >= LEAST_REQUESTS]
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

    def __init__(self, store: Store, window: Window, own: Sequence[Parameter], seen: Sequence[Seen]) -> None:
        self._store = store
        self._window = window
        self._own = own
        self._seen = {one.point: one for one in seen}
        self._same = same_values(store, window)
        self._names = {one.name.lower() for one in own}
        self._user = "" if any(one.type == USER for one in own) else _best(filter(_is_user, seen), _readable)
        self._role = "" if any(one.type == ROLE for one in own) else _best(filter(_is_role, seen), _plainly_role)
        self._chosen: list[str] = []
        self._sessions = window.sessions
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
                self._add(one, f"says {word} in {_share(one)} of the requests, with {_values(one)}", kind, grouping=False)
        return self._items

    def _is_key(self, one: Seen) -> bool:
        numbers = one.numbers
        if one.point in self._chosen or one.says(IS_ROLE) or not any(map(one.says, (IS_SESSION, IS_USER, IS_DEVICE))):
            return False
        if one.point.startswith("response") and not one.says(IS_SESSION):
            return False  # Whose data an answer holds is not who asked for it.
        if numbers.values < 2 or numbers.coverage < LEAST_SHARE or numbers.requests_per_value < LEAST_PER_VALUE:
            return False
        if any(other.startswith(f"{one.point}|jwt") for other in self._seen):
            return False  # A token is renewed; a claim of it stays.
        changing = (one.pairs - one.sessions) / numbers.requests
        return one.is_needed and changing <= MOST_IN_SESSION

    def _partners(self, one: Seen) -> list[Seen]:
        """Other points with the same values: the answer that gave a token out, the parameter that carries it elsewhere."""
        shared = self._same.get(one.point, {})
        found = [self._seen[point] for point in shared if point in self._seen and point not in self._chosen]
        alike = [other for other in found if shared[other.point] >= SAME_VALUES * other.numbers.values]
        return sorted(alike, key=lambda other: -shared[other.point])[:PARTNERS]

    def _adds(self, one: Seen, why: str) -> bool:
        """Take a point as a grouping key, when it changes anything on top of those before it."""
        effect = self._measured(self._chosen, one.point)
        if not effect.changes:
            return False
        self._chosen.append(one.point)
        self._sessions = effect.sessions
        is_user = one.point == self._user or one.point in self._same.get(self._user, {})
        self._add(one, why, USER if is_user else NONE, grouping=True)
        return True

    def _add(self, one: Seen, why: str, kind: str, *, grouping: bool) -> None:
        parameter = Parameter(point=one.point, name=self._free_name(one), type=kind, grouping=grouping)
        self._items.append(
            Recommendation(
                parameter=parameter,
                why=why,
                numbers=one.numbers,
                sessions_now=self._window.sessions,
                sessions_then=self._sessions,
            )
        )

    def _free_name(self, one: Seen) -> str:
        side = one.point.partition(".")[0]
        names = (one.name, f"{one.name} of {side}", *(f"{one.name} {number}" for number in range(2, 2 * LIMIT)))
        name = next(name for name in names if name.lower() not in self._names)
        self._names.add(name.lower())
        return name

    def _measured(self, chosen: Sequence[str], point: str) -> _Effect:
        values = Values()
        values.bound.update(self._window.bound)
        before, after = (values.bind([*self._window.own, *some], "Array(String)") for some in (chosen, (*chosen, point)))
        found = self._store.rows(
            f"WITH {session_under(before)} AS old, {session_under(after)} AS new"
            " SELECT uniqExact(new) AS sessions, uniqExact(old) AS before, uniqExact((new, old)) AS pairs"
            f" FROM requests WHERE {self._window.condition}",
            values.bound,
        )[0]
        return _Effect(found["sessions"], found["before"], found["pairs"])


def _is_user(one: Seen) -> bool:
    return one.says(IS_USER) and not one.says(IS_ROLE) and not one.says(_TOKEN) and one.numbers.values >= 2


def _is_role(one: Seen) -> bool:
    return one.says(IS_ROLE) and one.numbers.values <= MOST_ROLES and one.numbers.requests_per_value >= LEAST_PER_VALUE


_TOKEN = re.compile(r"(?i)token|jwt$|sess|api.?key")


def _readable(one: Seen) -> float:
    return 0.5 * bool(_READABLE.search(one.name))


def _plainly_role(one: Seen) -> float:
    return 0.5 * ("role" in one.name.lower())


def _best(seen: Iterable[Seen], bonus: Callable[[Seen], float]) -> str:
    """The point that says it in most requests, plain names before others; empty when there is none."""
    ranked = sorted(
        seen, key=lambda one: (one.numbers.coverage * (0.7 if one.point.startswith("response") else 1) + bonus(one), one.point)
    )
    return ranked[-1].point if ranked else ""


def _score(one: Seen) -> float:
    """How good a grouping key a point looks: what it is called, how often it is there, how long a value stays."""
    numbers = one.numbers
    prior = next(worth for words, worth in _WORTH if one.says(words))
    side = 0.5 if one.point.startswith("response") else 1.0
    return float(side * prior * min(1.0, 3 * numbers.coverage) ** 0.5 * min(1.0, numbers.requests_per_value / 5) ** 0.5)


_WORTH = ((IS_SESSION, 1.0), (IS_USER, 0.9), (IS_DEVICE, 0.5), (re.compile(""), 0.1))


def _why_key(one: Seen) -> str:
    numbers = one.numbers
    weak = one.weak / numbers.requests
    said = (
        f"is in {_share(one)} of the requests with {_values(one)}, {numbers.requests_per_value:g} requests each"
        f" over {duration(numbers.lifetime_s * 1000)}"
    )
    if weak >= LEAST_WEAK:
        return f"{said}; {weak:.0%} of these requests are told apart by address and browser only"
    return f"{said}; one session of now holds {one.pairs / max(one.sessions, 1):.1f} of them"


def _values(one: Seen) -> str:
    return f"{one.numbers.values:,} value{'' if one.numbers.values == 1 else 's'}"


def _share(one: Seen) -> str:
    return f"{one.numbers.coverage:.0%}" if one.numbers.coverage >= 0.01 else "less than 1%"


def accept(store: Store, points: Sequence[str], author: str, *, version: str = "") -> session_parameters.Kept:
    """Add recommended parameters at the end of the list, all of them when no points are named.

    BadQuestion when a point is not among the recommendations of now.
    """
    found = {item.parameter.point: item.parameter for item in recommend(store).items}
    for point in points:
        if point not in found:
            raise BadQuestion(f"{point[:80]!r} is not recommended", suggestion=next(iter(found), None))
    wanted = [parameter for point, parameter in found.items() if not points or point in points]
    return session_parameters.keep(store, (*session_parameters.kept(store).parameters, *wanted), author, version=version)
