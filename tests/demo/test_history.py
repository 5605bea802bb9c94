"""The acted-out past: the same every time, with everybody in it, and over midnight."""

from __future__ import annotations

import logging
import random
from collections import defaultdict
from datetime import UTC, datetime

import pytest

from apitrail.demo import cast
from apitrail.demo.cast import Role
from apitrail.demo.history import exchanges, play
from apitrail.demo.programme import DAY, HOUR, Arrival, Scene, scenes
from apitrail.model.exchange import MICROSECOND, Exchange, header

FRIDAY_ONE_AM = datetime(2026, 5, 29, 1, tzinfo=UTC).timestamp()
MIDNIGHT = datetime(2026, 5, 29, tzinfo=UTC).timestamp()
ROLES = [value for value in vars(cast).values() if isinstance(value, Role)] + list(cast.RESIDENTS)


def _two_hours() -> list[Exchange]:
    made: list[Exchange] = []
    play(made.append, now=FRIDAY_ONE_AM, days=2 / 24)
    return made


@pytest.fixture(scope="module")
def two_hours() -> list[Exchange]:
    """What happened between 23:00 and 01:00."""
    return _two_hours()


def test_the_same_seed_makes_the_same_history(two_hours: list[Exchange]) -> None:
    """Not a byte, microsecond or id differs."""
    assert _two_hours() == two_hours


def test_another_seed_makes_another_history() -> None:
    """Other visitors come, and the same attackers come from elsewhere."""
    one, two = (list(scenes(FRIDAY_ONE_AM, 2, seed)) for seed in (1, 2))
    assert one[1].arrivals != two[1].arrivals
    addresses = [{exchange.client_ip for exchange in exchanges(scenes_of_seed[0])} for scenes_of_seed in (one, two)]
    assert addresses[0].isdisjoint(addresses[1])


def test_everything_is_within_the_two_hours_and_has_its_own_id(two_hours: list[Exchange]) -> None:
    """Nothing comes from the future or from before, and no id is used twice."""
    assert all(FRIDAY_ONE_AM - 2 * HOUR <= exchange.time / MICROSECOND < FRIDAY_ONE_AM for exchange in two_hours)
    assert len({exchange.id for exchange in two_hours}) == len(two_hours)


def test_the_exchanges_are_complete(two_hours: list[Exchange]) -> None:
    """Addresses, hosts, durations and sizes look like those of a real shop behind a proxy."""
    assert {exchange.host for exchange in two_hours} == {"api.shop.example", "admin.shop.example", "pay.shop.example"}
    assert all(exchange.client_ip != "127.0.0.1" and exchange.scheme == "https" for exchange in two_hours)
    assert all(exchange.duration_ms and exchange.duration_ms > 0 for exchange in two_hours)
    assert {200, 201, 401, 404, 429, 500} <= {exchange.status for exchange in two_hours}


def test_people_machines_and_attackers_are_present(two_hours: list[Exchange]) -> None:
    """A browser, the app, a partner's system, an MCP client and a tool of the trade are all seen."""
    agents = {header(exchange.headers, "user-agent").split("/")[0] for exchange in two_hours}
    assert {"Mozilla", "ShopApp", "warehouse-sync", "uptime-probe", "python-requests"} <= agents
    assert any(header(exchange.headers, "mcp-session-id") for exchange in two_hours)
    assert any("UNION" in exchange.query for exchange in two_hours)


def test_the_attacks_succeed(two_hours: list[Exchange]) -> None:
    """Password files, dumped accounts, a stack trace and evaluated sums are in the answers."""
    answers = b"\n".join(exchange.response_body for exchange in two_hours)
    for evidence in (b"root:x:0:0", b"OperationalError", b"nora@shop.example", b"Traceback", b"birthday 49"):
        assert evidence in answers


def test_some_sessions_run_over_midnight(two_hours: list[Exchange]) -> None:
    """The same cookie is seen on both days."""
    days = defaultdict(set)
    for exchange in two_hours:
        days[header(exchange.headers, "cookie")].add(exchange.time >= MIDNIGHT * MICROSECOND)
    assert any(cookie and len(seen) == 2 for cookie, seen in days.items())


def test_a_day_that_is_over_stays_as_it_was() -> None:
    """Asked an hour later, the past days have the same visitors at the same times."""
    earlier = {scene.name: scene for scene in scenes(FRIDAY_ONE_AM, 4)}
    later = {scene.name: scene for scene in scenes(FRIDAY_ONE_AM + HOUR, 4)}
    shared = earlier.keys() & later.keys()
    assert len(shared) == 5
    assert all(earlier[name].arrivals == later[name].arrivals for name in shared)


def test_the_newest_day_comes_first() -> None:
    """The console has something to show at once: scenes go back in time and leave no gap."""
    _, *days = scenes(FRIDAY_ONE_AM, 7)
    assert days[0].end == FRIDAY_ONE_AM
    assert days[-1].start == FRIDAY_ONE_AM - 7 * DAY
    assert [day.start for day in days[:-1]] == [day.end for day in days[1:]]


def test_progress_and_stop() -> None:
    """The caller hears of each scene, and can end the play in the middle."""
    told: list[tuple[int, float]] = []
    made: list[Exchange] = []
    play(
        made.append,
        now=FRIDAY_ONE_AM,
        progress=lambda count, share: told.append((count, share)),
        stopped=lambda: bool(told),
    )
    ((count, share),) = told
    assert count == len(made)
    assert share == pytest.approx(1 / 9)


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_nobody_stumbles(role: Role, caplog: pytest.LogCaptureFixture) -> None:
    """Each visitor goes through an hour alone in the shop without an error of its own."""
    scene = Scene(f"alone/{role.name}", MIDNIGHT, MIDNIGHT + HOUR, (Arrival(MIDNIGHT, role, "0"),))
    with caplog.at_level(logging.WARNING):
        made = list(exchanges(scene))
    assert made
    assert caplog.text == ""


def test_a_look_is_one_of_many() -> None:
    """Two shoppers hardly ever share an address."""
    rng = random.Random(1)
    assert len({cast.SHOPPER.look(rng).ip for _ in range(100)}) > 95
