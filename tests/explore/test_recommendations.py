"""Recommendations (S1.7): what they suggest, their numbers beside a plain count, and their promise beside what then happens."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Sequence
from statistics import mean

import pytest

from apitrail.configure import session_parameters
from apitrail.explore.recommendations import Recommendations, recommend
from apitrail.inspect.observing import POINTS_LIMIT
from apitrail.inspect.rows import Inspector, Recipe
from apitrail.model.exchange import Exchange, Header
from apitrail.model.parameters import ROLE, USER, Parameter
from apitrail.store import Store
from traffic import NOON, save

pytestmark = pytest.mark.rows("S1.7")

SECOND = 1_000_000
AGENT = ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")


def request(number: int, *headers: Header, ip: str = "192.0.2.1", path: str = "/", query: str = "", **more: bytes) -> Exchange:
    """One request, a second after the one before, from an office that shares address and browser."""
    return Exchange(
        id=f"r{number}", time=NOON + number * SECOND, client_ip=ip, method="GET", path=path, query=query, status=200,
        headers=(AGENT, *headers), **more,
    )  # fmt: skip


def log_ins(people: int = 6) -> list[Exchange]:
    """Everybody logs in, gets a token in the answer, and sends it on in the query and once in a body (S1.1)."""
    chance, items = random.Random(1), []
    for person in range(people):
        token = f"{chance.getrandbits(96):x}"
        noise = (("x-request-id", f"{chance.getrandbits(64):x}"), ("x-csrf-token", f"{chance.getrandbits(64):x}"))
        body = json.dumps({"email": f"p{person}@example.com", "password": "correct horse"}).encode()
        answer = json.dumps({"token": token, "csrf_token": f"{chance.getrandbits(64):x}"}).encode()
        items.append(request(len(items), *noise, path="/login", body=body, response_body=answer))
        for page in range(8):
            query = f"token={token}&order_id={chance.randrange(10**6)}&page={page}"
            items.append(request(len(items), *noise, path="/orders", query=query))
        items.append(request(len(items), *noise, path="/buy", body=json.dumps({"token": token, "sku": "a"}).encode()))
    return items


def gateway(requests: int = 120) -> list[Exchange]:
    """A gateway names user and role in headers of its own."""
    chance = random.Random(2)
    people = [chance.randrange(9) for _ in range(requests)]
    return [
        request(
            number, ("x-user-id", f"user-{person}"), ("x-user-role", ("admin", "clerk", "viewer")[person % 3]),
            ("x-correlation-id", f"{chance.getrandbits(64):x}"), path=f"/orders/{number}",
        )
        for number, person in enumerate(people)
    ]  # fmt: skip


def partner() -> list[Exchange]:
    """One API key of a partner stands for many people, whom a header tells apart."""
    chance = random.Random(3)
    return [
        request(number, ("x-api-key", "k3y-of-the-partner"), ("x-customer-id", f"c{chance.randrange(12)}"))
        for number in range(200)
    ]


def cookies() -> list[Exchange]:
    """Sessions are named well by a cookie already; a header says the account."""
    chance = random.Random(4)
    people = [chance.randrange(20) for _ in range(300)]
    return [
        request(number, ("cookie", f"sessionid=abcdef{person:06d}"), ("x-account", f"acct-{person}"), ip=f"192.0.2.{person}")
        for number, person in enumerate(people)
    ]


def plain_log() -> list[Exchange]:
    """An access log without any name in it, but with ids of things and of requests."""
    return [
        request(number, ip=f"192.0.2.{number % 7}", path=f"/items/{number}", query=f"id={number}&page=2&request_id={number}")
        for number in range(200)
    ]


def added(found: Recommendations) -> tuple[Parameter, ...]:
    """What would be added when all are accepted."""
    return tuple(item.parameter for item in found.items)


def sessions_under(store: Store, parameters: Sequence[Parameter], items: Iterable[Exchange]) -> int:
    """How many sessions the same traffic makes under these parameters."""
    rows = Inspector(Recipe(store.identity_secret(), tuple(parameters))).rows(list(items))
    return len(set(rows["session_id"].to_pylist()))


def test_no_traffic_gives_no_recommendation(store: Store) -> None:
    """An empty store is not an error."""
    found = recommend(store)
    assert (found.looked_at, found.items) == (0, [])


@pytest.mark.rows("S1.1")
def test_a_token_is_recommended_with_everything_that_carries_it(store: Store) -> None:
    """The parameter that carries the token comes with the answer that gave it out and the body that carries it too (S1.1)."""
    save(store, log_ins())
    keys = [item.parameter for item in recommend(store).items if item.parameter.grouping]
    assert {one.point for one in keys} == {"request.query.token", "request.body.json.token", "response.body.json.token"}
    assert len({one.name for one in keys}) == 3


def test_headers_of_a_gateway_name_user_and_role(store: Store) -> None:
    """A header with a user's id becomes a grouping key of type user, one with few words for a role a role."""
    save(store, gateway())
    assert added(recommend(store)) == (
        Parameter(point="request.header.X-User-Id", name="X-User-Id", type=USER, grouping=True),
        Parameter(point="request.header.X-User-Role", name="X-User-Role", type=ROLE),
    )


def test_a_key_that_many_people_share_is_told_apart(store: Store) -> None:
    """A session of now that holds many users is reason enough, though it has a good key."""
    save(store, partner())
    (item,) = recommend(store).items
    assert (item.parameter.point, item.parameter.type) == ("request.header.X-Customer-Id", USER)
    assert (item.sessions_now, item.sessions_then) == (1, 12)


def test_good_sessions_are_left_alone(store: Store) -> None:
    """Where sessions are named well, only the user is added, and sessions stay as they are."""
    save(store, cookies())
    (item,) = recommend(store).items
    assert item.parameter == Parameter(point="request.header.X-Account", name="X-Account", type=USER)
    assert item.sessions_now == item.sessions_then == 20


def test_ids_of_things_are_no_sessions(store: Store) -> None:
    """Ids of items and of requests, which name nobody, are never recommended."""
    save(store, plain_log())
    assert recommend(store).items == []


@pytest.mark.parametrize("traffic", [log_ins, gateway, partner, cookies])
def test_the_promise_is_kept(store: Store, traffic: Callable[[], list[Exchange]]) -> None:
    """Sessions then are as many as the same traffic really makes with all accepted parameters, and sessions now as without."""
    items = traffic()
    save(store, items)
    found = recommend(store)
    assert found.sessions == sessions_under(store, (), items)
    for count, item in enumerate(found.items, 1):
        assert item.sessions_now == found.sessions
        assert item.sessions_then == sessions_under(store, added(found)[:count], items)


def test_what_is_accepted_is_not_recommended_again(store: Store) -> None:
    """After accepting all, new traffic of the same kind has nothing more to recommend."""
    save(store, gateway())
    session_parameters.keep(store, added(recommend(store)), "ann")
    assert recommend(store).items == []


def test_keys_that_are_no_longer_in_force_are_not_taken_for_granted(store: Store) -> None:
    """Traffic that came under a key which was taken out of the list since has that key recommended again, as for new traffic."""
    session_parameters.keep(store, [Parameter(point="request.header.X-User-Id", name="user", type=USER, grouping=True)], "ann")
    save(store, gateway())
    assert recommend(store).sessions == 9
    session_parameters.keep(store, [], "ann")
    found = recommend(store)
    assert (found.sessions, found.items[0].sessions_then) == (1, 9)
    assert found.items[0].parameter.grouping


def test_keys_in_force_count_for_traffic_that_came_before_them(store: Store) -> None:
    """Sessions now are those that new traffic would have, whatever was in force when the stored one came."""
    items = gateway()
    save(store, items)
    key = Parameter(point="request.header.X-User-Id", name="user", type=USER, grouping=True)
    session_parameters.keep(store, [key], "ann")
    (role,) = recommend(store).items
    assert (role.parameter.type, role.sessions_now, role.sessions_then) == (ROLE, 9, 9)


def test_numbers_are_those_of_a_plain_count(store: Store) -> None:
    """Coverage, values, requests a value, lifetime and addresses are what counting by hand gives."""
    chance = random.Random(5)
    items = [
        request(number, *(("x-login", f"p{chance.randrange(5)}"),) * (number % 3 > 0), ip=f"192.0.2.{chance.randrange(3)}")
        for number in range(90)
    ]
    save(store, items)
    seen: dict[str, list[Exchange]] = {}
    for item in items:
        for name, value in item.headers:
            if name == "x-login":
                seen.setdefault(value, []).append(item)
    numbers = next(one.numbers for one in recommend(store).items if one.parameter.point == "request.header.X-Login")
    addresses = [{one.client_ip for one in some} for some in seen.values()]
    lives = sorted((some[-1].time - some[0].time) / SECOND for some in seen.values())
    assert (numbers.requests, numbers.values) == (60, len(seen))
    assert numbers.coverage == pytest.approx(60 / 90)
    assert numbers.requests_per_value == pytest.approx(60 / len(seen), abs=0.01)
    assert numbers.lifetime_s == pytest.approx(lives[len(lives) // 2], abs=0.01)
    assert numbers.ips_per_value == pytest.approx(mean(map(len, addresses)), abs=0.01)
    assert numbers.shared == pytest.approx(mean(len(some) > 1 for some in addresses), abs=0.001)


def test_made_up_names_do_not_fill_the_store(store: Store) -> None:
    """A scanner that invents a new name with every request stops being noted at a limit, and nothing of it is recommended."""
    save(store, [request(number, (f"x-user-{number}", "me")) for number in range(3 * POINTS_LIMIT)])
    noted = store.rows("SELECT uniqExactArray(mapKeys(observed)) AS points FROM requests")[0]["points"]
    assert noted == POINTS_LIMIT
    assert recommend(store).items == []


@pytest.mark.rows("S2.2")
def test_values_are_noted_as_hashes_only(store: Store) -> None:
    """No value that is noted for recommendations can be read in the store (S2.2)."""
    save(store, log_ins())
    stored = str(store.rows("SELECT * FROM requests"))
    assert "p1@example.com" not in stored
