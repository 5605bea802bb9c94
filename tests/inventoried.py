"""Traffic of a small API whose inventory is known: all that makes an endpoint risky, protected, sensitive or none at all."""

from __future__ import annotations

from typing import Any

from apitrail.analyze import endpoints
from apitrail.analyze.running import SAMPLES_LEAST
from apitrail.analyze.templates import learn_templates
from apitrail.explore.discovery.listing import Endpoint, every_endpoint
from apitrail.explore.discovery.rules import Rules
from apitrail.model.exchange import Exchange
from apitrail.query.tree import Question
from apitrail.store import Store
from traffic import MINUTE, NOON

HOST, OTHER = "api.shop.example", "pay.shop.example"
JSON = (("content-type", "application/json"),)
BEARER = (("authorization", "Bearer some-token-value-1"),)
Key = tuple[str, str, str]


def exchange(number: int, path: str, **members: Any) -> Exchange:
    """A request that is answered well, a minute after the one before, unless it says otherwise."""
    given = {"method": "GET", "host": HOST, "status": 200, "time": NOON + number * MINUTE, "client_ip": "203.0.113.7", **members}
    return Exchange(id=f"e{number:06d}", path=path, **given)


def numbered(first: int, count: int, path: str, **members: Any) -> list[Exchange]:
    """Some requests to a path, in which `{}` is their number."""
    return [exchange(first + at, path.format(at + 1), **members) for at in range(count)]


def shop() -> list[Exchange]:
    """Orders that tell e-mail addresses, items, a login, payments on a host of their own, and noise."""
    order = {"response_headers": JSON, "response_body": b'{"id": 7, "email": "ann@mail.example", "lines": [{"sku": "a-1"}]}'}
    sent = {"method": "POST", "headers": JSON, "body": b'{"name": "tea", "count": 2}', "status": 201}
    return [
        *numbered(0, 20, "/v1/orders/{}", headers=BEARER, duration_ms=12.0, response_bytes=900, **order),
        *numbered(20, 30, "/v1/items", query="page=2&sort=name", application="shop"),
        *numbered(50, 10, "/v1/items", **sent),
        *numbered(60, 5, "/v1/login", method="POST"),
        *numbered(65, 5, "/v1/payments", method="POST", host=OTHER, headers=BEARER),
        *numbered(70, 5, "/v1/nothing", status=404),
    ]


ENDPOINTS: dict[Key, int] = {
    (HOST, "GET", "/v1/orders/{id}"): 20,
    (HOST, "GET", "/v1/items"): 30,
    (HOST, "POST", "/v1/items"): 10,
    (HOST, "POST", "/v1/login"): 5,
    (OTHER, "POST", "/v1/payments"): 5,
}
"""The endpoints of the shop with their requests."""


def take_inventory(store: Store, rules: Rules | None = None) -> int:
    """Do of an analysis what makes the inventory, without the bots; how many endpoints there are."""
    learn_templates(store)
    store.learn_baselines(SAMPLES_LEAST)
    return endpoints.refresh(store, rules or Rules(), SAMPLES_LEAST)


def inventory(store: Store) -> dict[Key, Endpoint]:
    """All endpoints that a store lists."""
    return {(one.host, one.method, one.endpoint): one for one in every_endpoint(store, Question())}
