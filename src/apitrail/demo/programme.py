"""The programme of a day: who comes when. Quiet nights, other weekends, and attacks as a few episodes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from apitrail.demo import cast
from apitrail.demo.cast import Role

HOUR = 3600.0
DAY = 24 * HOUR
CUT_HOUR = 5
"""Days are made from 05:00 to 05:00 UTC, when the shop is quietest, so that sessions may run over midnight."""

WORKDAY = (1, 1, 1, 1, 1, 2, 4, 7, 9, 10, 10, 11, 13, 11, 10, 10, 11, 13, 15, 17, 18, 15, 9, 4)
WEEKEND = (3, 2, 1, 1, 1, 1, 2, 3, 5, 9, 13, 15, 15, 14, 14, 14, 13, 13, 14, 15, 15, 13, 9, 6)
OFFICE_HOURS = (0, 0, 0, 0, 0, 0, 1, 4, 6, 6, 5, 4, 2, 5, 6, 5, 4, 1, 0, 0, 0, 0, 0, 0)
"""How busy each hour of the day is, from midnight UTC."""

VISITS = ((cast.SHOPPER, 105, 140), (cast.APP_USER, 55, 65), (cast.AGENT, 14, 8), (cast.CRAWLER, 5, 5))
"""How many come on a working day and on a day of the weekend."""
COLLEAGUES = 9

EPISODES: tuple[tuple[tuple[Role, float], ...], ...] = (
    ((cast.SCANNER, 9.2), (cast.STUFFER, 21.4), (cast.SCRAPER, 23.5)),
    ((cast.SQL_INJECTOR, 3.5), (cast.ENUMERATOR, 14.1), (cast.HIJACKER, 16.2)),
    ((cast.THIEF, 18.0), (cast.SCANNER, 11.0), (cast.BRUTE, 15.7)),
    ((cast.SCRAPER, 8.0), (cast.INTRUDER, 23.75), (cast.TAKER, 17.3)),
    ((cast.PROBER, 13.3), (cast.THIEF, 7.0), (cast.HOARDER, 19.8)),
    ((cast.STUFFER, 2.2), (cast.ENUMERATOR, 10.6), (cast.HIJACKER, 20.1)),
    ((cast.SCRAPER, 12.0), (cast.SCANNER, 6.5), (cast.TAKER, 15.9)),
)
"""The attacks of each day of the week, from Monday, with the hour in UTC."""

LAST_HOURS = (
    (cast.INTRUDER, 1.6),
    (cast.SCRAPER, 1.5),
    (cast.STUFFER, 0.8),
    (cast.ENUMERATOR, 0.6),
    (cast.HIJACKER, 0.4),
    (cast.TAKER, 0.3),
    (cast.BRUTE, 0.15),
    (cast.SCANNER, 0.2),
)
"""What happened just now, with how many hours ago it began."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody comes at a time, in seconds since 1970; `key` tells apart those of one role."""

    at: float
    role: Role
    key: str


@dataclass(frozen=True, slots=True)
class Scene:
    """A stretch of time with those who come in it; exchanges outside of it are not shown."""

    name: str
    start: float
    end: float
    arrivals: tuple[Arrival, ...]


def scenes(now: float, days: float = 7, seed: int = 1) -> Iterator[Scene]:
    """The last days up to now: first what happened just now, then day by day back in time.

    A day that is over is the same whenever it is asked for, so that a demo that is started again adds nothing to it.
    """
    first = now - days * DAY
    yield _just_now(now, max(first, now - 2 * HOUR), seed)
    start = _day_start(now)
    while start + DAY > first:
        yield Scene(f"{seed}/{_date(start)}", max(start, first), min(start + DAY, now), _arrivals(start, seed))
        start -= DAY


def _day_start(now: float) -> float:
    return (now - CUT_HOUR * HOUR) // DAY * DAY + CUT_HOUR * HOUR


def _date(start: float) -> str:
    return f"{datetime.fromtimestamp(start, UTC):%Y-%m-%d}"


def _just_now(now: float, start: float, seed: int) -> Scene:
    begun = [(role, now - hours * HOUR) for role, hours in LAST_HOURS]
    arrivals = tuple(Arrival(at, role, "just now") for role, at in begun if at >= start)
    return Scene(f"{seed}/just now {now:.0f}", start, now, arrivals)


def _arrivals(start: float, seed: int) -> tuple[Arrival, ...]:
    rng = random.Random(f"{seed}/{start}")
    weekday = datetime.fromtimestamp(start, UTC).weekday()
    arrivals = [Arrival(start + rng.uniform(0, 60), role, "always") for role in cast.RESIDENTS]
    arrivals += [Arrival(_at(start, hour), role, "episode") for role, hour in EPISODES[weekday]]
    arrivals += _visitors(rng, start, weekday >= 5)
    return tuple(sorted(arrivals, key=lambda arrival: arrival.at))


def _visitors(rng: random.Random, start: float, weekend: bool) -> Iterator[Arrival]:
    for role, workday_visits, weekend_visits in VISITS:
        visits, rhythm = (weekend_visits, WEEKEND) if weekend else (workday_visits, WORKDAY)
        for count in range(visits):
            yield Arrival(_at(start, _moment(rng, rhythm)), role, str(count))
    for count in range(1 if weekend else COLLEAGUES):
        yield Arrival(_at(start, _moment(rng, OFFICE_HOURS)), cast.COLLEAGUE, str(count))


def _moment(rng: random.Random, rhythm: tuple[int, ...]) -> float:
    return rng.choices(range(24), rhythm)[0] + rng.random()


def _at(start: float, hour: float) -> float:
    """The time of day `hour` within the day that begins at `start`."""
    return start + (hour - CUT_HOUR) % 24 * HOUR
