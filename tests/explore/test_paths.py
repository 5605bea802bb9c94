"""Paths: what followed what as a plain computation says, and what is unusual on one by small stories."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest

from apitrail.configure import session_parameters
from apitrail.errors import NotFound
from apitrail.explore.paths import STOPS, path
from apitrail.explore.sessions import list_sessions
from apitrail.explore.usual_paths import LEAST, MOVES_LEAST, Usual, compare, usual
from apitrail.model.exchange import Exchange
from apitrail.model.parameters import Parameter
from apitrail.query import text
from apitrail.query.tree import Question
from apitrail.store import Store
from explore.conftest import World
from traffic import DAY, MINUTE, NOON, SECOND, save

HOST = "api.shop.example"
BUY = ("GET /", "GET /items", "GET /cart", "POST /orders")


def asking(q: str) -> Question:
    """The question of a filter text over all time."""
    return Question(text.parse(q))


@pytest.mark.parametrize("asked", ["", "status:200"])
def test_a_path_as_a_plain_computation_has_it(world: World, asked: str) -> None:
    """Stops with their requests and failures, in order of the first request; moves by how often one followed the other."""
    by_session: dict[str, list[dict[str, object]]] = {}
    for row in world.rows:
        if not asked or row["status"] == 200:
            by_session.setdefault(row["session"], []).append(row)
    for session, rows in sorted(by_session.items(), key=lambda item: -len(item[1]))[:5]:
        rows.sort(key=lambda row: (row["time"], row["request_id"]))
        keys = [(row["host"], row["method"], row["endpoint"]) for row in rows]
        found = path(world.store, asking(asked), session, stops=1000)
        assert [stop.key for stop in found.stops] == list(dict.fromkeys(keys)) or len(set(keys)) == len(found.stops)
        assert {stop.key: stop.requests for stop in found.stops} == Counter(keys)
        failed = Counter(key for key, row in zip(keys, rows, strict=True) if int(str(row["status"])) >= 400)
        assert {stop.key: stop.failed for stop in found.stops if stop.failed} == failed
        moves = {(found.stops[move.before].key, found.stops[move.after].key): move.times for move in found.moves}
        every = Counter(pairwise(keys))
        assert len(moves) == min(len(every), 60)
        assert all(every[move] == times for move, times in moves.items())


def test_the_less_frequent_endpoints_are_one_stop(world: World) -> None:
    """Beyond a number of endpoints the last stop stands for the others, with the sum of their requests."""
    biggest = list_sessions(world.store, Question(), sort="-requests", limit=1).items[0]
    whole = path(world.store, Question(), biggest.id, stops=1000)
    short = path(world.store, Question(), biggest.id, stops=3)
    assert len(whole.stops) > STOPS
    assert (len(short.stops), short.others) == (4, len(whole.stops) - 3)
    assert sum(stop.requests for stop in short.stops) == sum(stop.requests for stop in whole.stops)
    assert sum(move.times for move in short.moves) == whole.looked - 1


def visit(number: int, steps: tuple[str, ...], *, role: str = "", failed: str = "", start: int = 0) -> Iterator[Exchange]:
    """One session that takes some steps, a second between them."""
    for at, step in enumerate(steps):
        method, _, target = step.partition(" ")
        yield Exchange(
            id=f"v{number}-{at}-{start}", time=NOON + number * MINUTE + start + at * SECOND, method=method, path=target, host=HOST,
            client_ip="203.0.113.7", headers=(("cookie", f"PHPSESSID=visit-of-number-{number}"), ("x-role", role)),
            status=500 if step == failed else 200,
        )  # fmt: skip


@pytest.fixture
def shop(make_dsn: Callable[[str], str]) -> Iterator[Store]:
    """A store in which many buy the same way."""
    with Store(make_dsn("chdb"), retention_days=0) as store:
        session_parameters.keep(store, [Parameter(point="request.header.X-Role", name="role", type="role")], "tests")
        save(store, [one for number in range(MOVES_LEAST + 1) for one in visit(number, BUY, role="customer")])
        yield store


def judge(store: Store, *visits: Exchange) -> Usual:
    """What is unusual about one more session."""
    save(store, visits)
    found = list_sessions(store, asking(f"request:{visits[0].id}"), limit=1).items[0]
    return usual(store, found.id, path(store, Question(), found.id))


def test_who_goes_the_usual_way_has_nothing_unusual(shop: Store) -> None:
    """The same steps as all others are usual, and everybody is counted but the session itself."""
    found = judge(shop, *visit(500, BUY, role="customer"))
    assert found.known
    assert found.group.parts == MOVES_LEAST + 1
    assert ([one.unusual for one in found.stops], found.moves, found.missing) == ([[]] * len(BUY), [], [])


def test_what_is_unusual_is_told(shop: Store) -> None:
    """An endpoint where nobody goes, one asked for far too often, one that only fails here, a step nobody takes, one left out."""
    steps = ("GET /", *("GET /items",) * 9, "POST /orders", "GET /admin")
    found = judge(shop, *visit(500, steps, role="customer", failed="POST /orders"))
    told = {one.stop.endpoint: one.unusual for one in found.stops}
    assert told == {"/": [], "/items": ["many"], "/orders": ["failing"], "/admin": ["rare"]}
    named = [(found.stops[move.before].stop.endpoint, found.stops[move.after].stop.endpoint) for move in found.moves]
    assert named == [("/items", "/orders")]
    assert [habit.endpoint for habit in found.missing] == ["/cart"]


def test_a_session_is_compared_with_its_own_role(shop: Store) -> None:
    """Sessions in another role are no group of it; with too few others nothing is called unusual."""
    save(shop, [one for number in range(300, 300 + LEAST - 1) for one in visit(number, ("GET /", "GET /admin"), role="clerk")])
    few = judge(shop, *visit(500, ("GET /", "GET /nowhere"), role="clerk"))
    assert (few.known, few.group.role, few.group.parts, few.stops) == (False, "clerk", LEAST - 1, [])
    enough = judge(shop, *visit(501, ("GET /", "GET /nowhere"), role="clerk"))
    assert enough.known
    assert {one.stop.endpoint: one.unusual for one in enough.stops} == {"/": [], "/nowhere": []}


def test_attacks_and_long_sessions_are_left_out_of_what_is_usual(shop: Store) -> None:
    """A session in which an attack was found is not what others are measured by."""
    attack = "GET /items?q=1' UNION SELECT password FROM users--"
    before = judge(shop, *visit(500, BUY, role="customer")).group.parts
    save(shop, list(visit(600, (*BUY, attack), role="customer")))
    assert judge(shop, *visit(501, BUY, role="customer")).group.parts == before + 1


@pytest.mark.parametrize("seed", range(3))
def test_the_sample_is_by_chance_of_the_whole_store(shop: Store, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Where a first sample has too few of the group, a larger one is taken, up to all."""
    monkeypatch.setattr("apitrail.explore.usual_paths.LOOKED_AT_ONCE", random.Random(seed).randint(1, 5))
    assert judge(shop, *visit(500, BUY, role="customer")).group.parts >= LEAST


def test_the_part_of_a_day_is_compared(shop: Store) -> None:
    """A session of two days is compared by the part of one, the last unless told; a day without a part is refused with those it has."""
    save(shop, [*visit(500, BUY, role="customer"), *visit(500, ("GET /admin",), role="customer", start=DAY)])
    session = list_sessions(shop, asking("endpoint:/admin"), limit=1).items[0]
    last = compare(shop, session.id.upper())
    assert (last.id, last.day) == (session.id, "2026-05-21")
    assert [stop.endpoint for stop in last.path.stops] == ["/admin"]
    first = compare(shop, session.id, "2026-05-20")
    assert [stop.endpoint for stop in first.path.stops] == ["/", "/items", "/cart", "/orders"]
    with pytest.raises(NotFound, match="2026-05-20, 2026-05-21"):
        compare(shop, session.id, "1999-01-01")
