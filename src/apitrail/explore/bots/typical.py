"""A session part beside the typical one of the same application or host: figures, pauses, endpoints, requests over time (B6).

The typical one is made of some other sessions that are no bots, chosen by their hash, so that asking again gives the same, and
so many that any number of sessions takes the same time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from apitrail.configure import profiles
from apitrail.explore.bots.listing import Bot
from apitrail.explore.bots.scopes import scope_sql
from apitrail.explore.together import together
from apitrail.model.abuse import Profile
from apitrail.query.sql import BOTS, Values
from apitrail.store import Store

SAMPLE = 1_000
"""Sessions whose figures make what is typical."""
LOOKED = 200
"""Sessions whose requests are looked at for pauses and endpoints."""
REQUESTS_MOST = 2_000
"""Requests of a session that is looked at like this at most."""
TRAIL = 200
"""Requests of a session, the first ones, whose pauses are looked at."""
SAME_DAY_LEAST = 100
"""Sessions of the same day from which on other days are left out."""
ENDPOINTS_SHOWN = 8
"""Endpoints that are shown: those the session asks for most."""
STEPS_SHOWN = 48
"""Steps of time that the requests of a session part are counted in."""

FIGURES = {
    "requests": ("Requests", "requests", "toFloat64(requests)"),
    "seconds": ("Duration", "seconds", "toFloat64(dateDiff('second', start, end))"),
    "endpoints": ("Endpoints", "endpoints", "toFloat64(f_scope_width)"),
    "rate": ("Highest rate a minute", "calls a minute", "toFloat64(f_rate)"),
    "interval_spread": ("Spread of the pauses", "ratio", "toFloat64(f_interval_spread)"),
    "error_share": ("Calls that were wrong or not there", "share", "toFloat64(f_error_share)"),
    "failed_logins": ("Failed log-ins", "log-ins", "toFloat64(f_failed_logins)"),
    "response_volume": ("Answered in all", "bytes", "toFloat64(f_response_volume)"),
}
"""The figures of a session: name -> title, unit, and the engine's expression over a row of `behaviour`."""

_NO_BOT = f"(day, session_id) NOT IN (SELECT day, session_id FROM {BOTS})"


class Figure(msgspec.Struct, frozen=True):
    """A figure of the session beside the median and the 95th percentile of others; None where it cannot be told."""

    name: str
    title: str
    unit: str
    value: float | None
    median: float | None
    p95: float | None


class Pause(msgspec.Struct, frozen=True):
    """Pauses from so many milliseconds to twice as many: the share of them in this session and in others, each 0 to 1."""

    milliseconds: int
    own: float
    typical: float


class Visited(msgspec.Struct, frozen=True):
    """An endpoint: the requests of this session to it, their share, and the share of such requests in others, each 0 to 1."""

    endpoint: str
    requests: int
    own: float
    typical: float


class Comparison(msgspec.Struct, frozen=True):
    """A session part beside others; `sessions` is of how many others the typical one is made.

    `pace` has the requests in equal steps of `step` microseconds from the first request on.
    """

    sessions: int
    figures: list[Figure]
    pauses: list[Pause]
    endpoints: list[Visited]
    start: int
    step: int
    pace: list[int]


def compare(store: Store, bot: Bot) -> Comparison:
    """The session part of a bot beside the typical one of its scope."""
    known = profiles.in_force(store)
    sample = _Sample(bot, known, same_day=_enough_that_day(store, bot, known))
    with together() as ask:
        told = ask.submit(_figures, store, sample)
        pauses = ask.submit(_pauses, store, sample)
        endpoints = ask.submit(_endpoints, store, sample)
        start, step, pace = _pace(store, bot)
    figures, sessions = told.result()
    return Comparison(sessions, figures, pauses.result(), endpoints.result(), start, step, pace)


def _own(bot: Bot, values: Values) -> str:
    day = f"toDateOrZero({values.bind(bot.day, 'String')})"
    return f"(day = {day} AND session_id = {values.bind(int(bot.session_id, 16), 'UInt128')})"


@dataclass(frozen=True, slots=True)
class _Sample:
    """What the session part of a bot is compared with: others of its scope, of the same day only when that has enough of them."""

    bot: Bot
    known: Sequence[Profile]
    same_day: bool

    def others(self, values: Values) -> str:
        """The condition for a row of `behaviour` to be of another session."""
        bot = self.bot
        condition = f"{_of_scope(bot, self.known, values)} AND NOT {_own(bot, values)} AND {_NO_BOT}"
        return f"{condition} AND day = toDateOrZero({values.bind(bot.day, 'String')})" if self.same_day else condition

    def looked(self, values: Values) -> str:
        """The condition for a request to be of the session part, or of some others whose requests are looked at."""
        chosen = (
            f"SELECT day, session_id FROM behaviour WHERE {self.others(values)} AND requests <= {REQUESTS_MOST}"
            f" ORDER BY cityHash64(session_id, day) LIMIT {LOOKED}"
        )
        return f"({_own(self.bot, values)} OR (day, session_id) IN ({chosen}))"


def _of_scope(bot: Bot, known: Sequence[Profile], values: Values) -> str:
    return f"{scope_sql(known, values)} = {values.bind(bot.scope, 'String')}"


def _enough_that_day(store: Store, bot: Bot, known: Sequence[Profile]) -> bool:
    values = Values()
    day = f"toDateOrZero({values.bind(bot.day, 'String')})"
    found = store.rows(
        f"SELECT uniqUpTo({SAME_DAY_LEAST - 1})(session_id) AS kept FROM behaviour"
        f" WHERE day = {day} AND {_of_scope(bot, known, values)} AND {_NO_BOT}",
        values.bound,
    )
    return bool(found[0]["kept"] >= SAME_DAY_LEAST)


def _figures(store: Store, sample: _Sample) -> tuple[list[Figure], int]:
    values = Values()
    own, others = _own(sample.bot, values), sample.others(values)
    each = ", ".join(f"{sql} AS v_{name}" for name, (_, _, sql) in FIGURES.items())
    told = ", ".join(
        f"maxIf(v_{name}, mine) AS o_{name}, quantilesExactIf(0.5, 0.95)(v_{name}, NOT mine) AS q_{name},"
        f" countIf(NOT mine AND v_{name} IS NOT NULL) AS n_{name}"
        for name in FIGURES
    )
    row = store.rows(
        f"SELECT countIf(NOT mine) AS sessions, {told} FROM (SELECT 1 AS mine, {each} FROM behaviour FINAL WHERE {own} UNION ALL"
        f" SELECT 0 AS mine, {each} FROM behaviour WHERE {others} ORDER BY cityHash64(session_id, day) LIMIT {SAMPLE})",
        values.bound,
    )[0]
    return [_figure(name, row) for name in FIGURES], row["sessions"]


def _figure(name: str, row: dict[str, Any]) -> Figure:
    title, unit, _ = FIGURES[name]
    median, high = row[f"q_{name}"] if row[f"n_{name}"] else (None, None)
    return Figure(name, title, unit, row[f"o_{name}"], median, high)


def _pauses(store: Store, sample: _Sample) -> list[Pause]:
    values = Values()
    own, looked = _own(sample.bot, values), sample.looked(values)
    times = f"groupArraySorted({TRAIL})(toUnixTimestamp64Milli(time)) AS times"
    gap = "arrayJoin(arrayMap((later, earlier) -> later - earlier, arrayPopFront(times), arrayPopBack(times)))"
    rows = store.rows(
        f"SELECT toInt32(floor(log2(greatest(gap, 1)))) AS step, countIf(mine) AS own, countIf(NOT mine) AS others FROM ("
        f" SELECT mine, {gap} AS gap FROM (SELECT {own} AS mine, {times} FROM requests WHERE {looked} GROUP BY day, session_id)"
        ") GROUP BY step ORDER BY step",
        values.bound,
    )
    if not any(row["own"] for row in rows):
        return []
    known = {row["step"]: row for row in rows}
    own_all, others_all = sum(row["own"] for row in rows), sum(row["others"] for row in rows)
    return [
        Pause(2**at, known[at]["own"] / own_all, known[at]["others"] / max(others_all, 1)) if at in known else Pause(2**at, 0, 0)
        for at in range(rows[0]["step"], rows[-1]["step"] + 1)
    ]


def _endpoints(store: Store, sample: _Sample) -> list[Visited]:
    values = Values()
    own, looked = _own(sample.bot, values), sample.looked(values)
    rows = store.rows(
        "SELECT template, own, own / sum(own) OVER () AS own_share, others / greatest(sum(others) OVER (), 1) AS others_share"
        f" FROM (SELECT concat(method, ' ', endpoint) AS template, countIf({own}) AS own, countIf(NOT {own}) AS others"
        f" FROM requests WHERE {looked} GROUP BY template) ORDER BY own DESC, template LIMIT {ENDPOINTS_SHOWN}",
        values.bound,
    )
    return [Visited(row["template"], row["own"], row["own_share"], row["others_share"]) for row in rows if row["own"]]


def _pace(store: Store, bot: Bot) -> tuple[int, int, list[int]]:
    values = Values()
    own = _own(bot, values)
    edges = store.rows(
        f"SELECT toUnixTimestamp64Micro(min(time)) AS low, toUnixTimestamp64Micro(max(time)) AS high FROM requests WHERE {own}",
        values.bound,
    )[0]
    step = max((edges["high"] - edges["low"]) // STEPS_SHOWN + 1, 1)
    at = f"intDiv(toUnixTimestamp64Micro(time) - {values.bind(edges['low'], 'Int64')}, {values.bind(step, 'Int64')})"
    rows = store.rows(f"SELECT {at} AS step, count() AS n FROM requests WHERE {own} GROUP BY step", values.bound)
    counted = {row["step"]: row["n"] for row in rows}
    return edges["low"], step, [counted.get(one, 0) for one in range(STEPS_SHOWN)]
