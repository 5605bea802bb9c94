"""What session context parameters cost a request: the same traffic made into rows with and without them."""

from __future__ import annotations

import base64
import json
import random
import statistics
import time

from apitrail.inspect.rows import Inspector, Recipe
from apitrail.model.exchange import Exchange
from apitrail.model.parameters import CONTEXT, ROLE, USER, Parameter, check

SECRET = b"0123456789abcdef0123456789abcdef"
SLICE = 1024
NOON = 1_779_408_000_000_000
PARAMETERS = check(
    [
        Parameter(point="request.header.Authorization|bearer|jwt.sub", name="subject", grouping=True),
        Parameter(point="request.cookie.visitor", name="visitor", grouping=True),
        Parameter(point="request.header.X-User-Id", name="user", type=USER),
        Parameter(point="request.header.X-User-Role", name="role", type=ROLE),
        Parameter(point="request.header.X-Tenant", name="tenant", type=CONTEXT),
        Parameter(point="request.query.campaign", name="campaign", type=CONTEXT),
        Parameter(point="request.body.json.customer.id", name="customer", type=CONTEXT),
        Parameter(point="request.body.json.items[*].sku", name="articles", type=CONTEXT),
        Parameter(point="response.header.X-Cache", name="cache", type=CONTEXT),
        Parameter(point="request.body.form.email", name="email", type=CONTEXT, hashed=True),
    ]
)
"""Ten, two of them in JSON bodies and one in a JWT."""


def main() -> list[str]:
    """Microseconds a request for matching traffic, for traffic without any match, and for lines of a log."""
    lines = []
    for name, items in (
        ("an API whose requests have all of them", api(named=True)),
        ("an API without any", api(named=False)),
        ("log lines", log()),
    ):
        plain, with_points = _beside(items)
        lines.append(
            f"session parameters, {name}: {plain:.1f} us a request without, {with_points:.1f} with ten,"
            f" {with_points - plain:+.1f} us (to stay below 15)"
        )
    return lines


def _beside(items: list[Exchange], rounds: int = 5) -> tuple[float, float]:
    """Median microseconds a request without and with the parameters, in turns."""
    without, with_points = [], []
    for _ in range(rounds):
        for recipe, times in ((Recipe(SECRET), without), (Recipe(SECRET, PARAMETERS), with_points)):
            inspector = Inspector(recipe)
            before = time.perf_counter()
            for start in range(0, len(items), SLICE):
                inspector.rows(items[start : start + SLICE])
            times.append((time.perf_counter() - before) / len(items) * 1e6)
    return statistics.median(without), statistics.median(with_points)


def api(*, named: bool, count: int = 30_000) -> list[Exchange]:
    """Requests of an application with JSON bodies, as a proxy with bodies would send them."""
    chance = random.Random(7)
    tokens = [_jwt({"sub": f"u{number}", "role": "customer", "iat": number}) for number in range(2000)]
    return [_request(chance, number, tokens, named=named) for number in range(count)]


def _request(chance: random.Random, number: int, tokens: list[str], *, named: bool) -> Exchange:
    who = chance.randrange(len(tokens))
    body = {"items": [{"sku": f"a{chance.randrange(999)}", "quantity": 1, "note": "x" * 40} for _ in range(3)], "currency": "EUR"}
    headers = [
        ("host", "api.example.com"),
        ("user-agent", f"Shop/3.{who % 9} (Android 15)"),
        ("content-type", "application/json"),
    ]
    if named:
        body["customer"] = {"id": who, "note": "y" * 100}
        headers += [
            ("authorization", f"Bearer {tokens[who]}"),
            ("cookie", f"theme=dark; visitor=v{who:08d}"),
            ("x-user-id", f"u{who}"),
            ("x-user-role", "customer"),
            ("x-tenant", f"t{who % 5}"),
        ]
    else:
        body["articles"] = body.pop("items")
    return Exchange(
        id=f"r{number}", time=NOON + number * 1000, method="POST", path=f"/v1/orders/{number % 977}",
        query=f"campaign=c{who % 7}" if named else "page=1", host="api.example.com", client_ip=f"192.0.2.{who % 250}",
        headers=tuple(headers), body=json.dumps(body).encode(), status=200,
        response_headers=(("content-type", "application/json"), *((("x-cache", "hit"),) * named)),
        response_body=b'{"ok":true}',
    )  # fmt: skip


def log(count: int = 60_000) -> list[Exchange]:
    """Lines of an access log: an address, a user agent, a path, sometimes a query."""
    chance = random.Random(8)
    return [
        Exchange(
            id=f"r{number}", time=NOON + number * 1000, method="GET", path=f"/v1/items/{chance.randrange(999)}",
            query="page=2&sort=price" if number % 3 else "", client_ip=f"192.0.2.{number % 250}",
            headers=(("user-agent", f"Mozilla/5.0 (X11; Linux x86_64; rv:1{number % 40}.0) Firefox/1{number % 40}.0"),),
            status=200,
        )
        for number in range(count)
    ]  # fmt: skip


def _jwt(claims: dict[str, object]) -> str:
    pieces = (json.dumps(piece).encode() for piece in ({"alg": "HS256", "typ": "JWT"}, claims))
    return ".".join([*(base64.urlsafe_b64encode(piece).decode().rstrip("=") for piece in pieces), "c2lnbmF0dXJl"])
