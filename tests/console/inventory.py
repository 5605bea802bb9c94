"""The API that the console's tests of the inventory look at, and inventories that are large and hostile.

Its traffic is of the last four days, because the way from an endpoint to its sessions is of the last week.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import pyarrow as pa

from apitrail.analyze.endpoints import SCHEMA
from apitrail.analyze.running import analyze
from apitrail.store import Store
from console.shop import FIREFOX, IMAGE, LEFT, MARKUP, TEMPLATE, iso

API, PAY = "api.books.example", "pay.books.example"
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
SLOW, SLOW_MS = "slow-order", 412.0
ORDERS, OLD = 40, 35
"""Requests to the orders and to the old reports."""
MANY = 5000
KINDS = ("account_number", "card", "email", "iban", "jwt", "password")
"""What the second of the many endpoints takes and gives."""
HOSTILE = (MARKUP, IMAGE, TEMPLATE, LEFT, "emoji 😀👩‍👩‍👧‍👦", "' onmouseover=alert(1) x='", "a-word-" * 300)
Record = dict[str, Any]


def _sent(
    name: str, when: dt.datetime, target: str, *, session: str, method: str = "GET", host: str = API, bearer: bool = True,
    cookie: bool = True, body: object = None, answer: object = None, status: int = 200, duration_ms: float = 24.0,
) -> Record:  # fmt: skip
    headers = [["Host", host], ["User-Agent", FIREFOX], ["Content-Type", "application/json"]]
    headers += [["Cookie", f"PHPSESSID={session}"]] if cookie else []
    headers += [["Authorization", f"Bearer {session}-token-0123456789"]] if bearer else []
    return {
        "id": name, "time": iso(when), "client_ip": "78.46.10.20", "method": method, "url": target, "headers": headers,
        "status": status, "duration_ms": duration_ms, "response_headers": [["Content-Type", "application/json"]],
        "body": json.dumps(body) if body is not None else "", "response_body": json.dumps(answer or {"ok": True}),
        "response_bytes": 900, "application": "books", "source": "edge-1",
    }  # fmt: skip


def orders() -> Iterator[Record]:
    """Orders are read by their owners, who get their address of e-mail; one answer is slow."""
    for number in range(ORDERS):
        answer = {"id": number, "email": f"reader{number}@mail.example", "total": 12.5}
        yield _sent(f"order-{number}", NOW - dt.timedelta(hours=2, minutes=number), f"/v1/orders/{1000 + number}", answer=answer,
                    session=f"reader-session-{number % 8}", duration_ms=20.0 + number % 9)  # fmt: skip
    yield _sent(SLOW, NOW - dt.timedelta(hours=1), "/v1/orders/1042", session="patient-session-1", duration_ms=SLOW_MS,
                answer={"id": 1042, "email": "slow@mail.example", "total": 3.5})  # fmt: skip
    yield _sent("after-the-slow-one", NOW - dt.timedelta(minutes=59), "/v1/books", session="patient-session-1", bearer=False)


def others() -> Iterator[Record]:
    """Everything else: old reports, books for everybody, a new endpoint, a login, payments, an attack."""
    for number in range(OLD):
        yield _sent(
            f"old-{number}", NOW - dt.timedelta(days=3, minutes=number), f"/v1/reports/{number + 1}", session="clerk-session-1"
        )
        yield _sent(f"books-{number}", NOW - dt.timedelta(days=3, hours=1, minutes=number), f"/v1/books?page={number}&sort=title",
                    session="", bearer=False, cookie=False)  # fmt: skip
    for number in range(6):
        moment = NOW - dt.timedelta(minutes=30 + number)
        yield _sent(f"new-{number}", moment, "/v2/wishes", session="reader-session-1", method="POST", body={"book": number})
        yield _sent(f"login-{number}", moment, "/v1/login", session=f"login-session-{number}", method="POST", bearer=False,
                    body={"email": f"r{number}@mail.example", "password": f"correct horse {number}"})  # fmt: skip
        yield _sent(f"pay-{number}", moment, "/v1/payments", session="reader-session-2", method="POST", host=PAY,
                    body={"card": "4111111111111111", "amount": number})  # fmt: skip
        yield _sent(f"attack-{number}", moment, f"/v1/books?page=1'%20UNION%20SELECT%20login,{number}%20FROM%20users--%20",
                    session="injector-session-9", bearer=False)  # fmt: skip


ALL: tuple[Record, ...] = tuple(chain(orders(), others()))


def lines(records: Iterable[Record] = ALL) -> str:
    """Requests as a file of exchange records."""
    return "".join(f"{json.dumps(record)}\n" for record in records)


def document(version: str, *paths: str) -> dict[str, Any]:
    """A specification of the API with some paths that can be read."""
    answer = {"200": {"description": "fine"}}
    parameters = [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}]
    every = {path: {"get": {"responses": answer, "parameters": parameters if "{" in path else []}} for path in paths}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Books", "version": version},
        "servers": [{"url": f"https://{API}"}],
        "paths": every,
    }


FIRST = document("1.0", "/v1/orders/{id}", "/v1/reports/{id}", "/v1/books")
SECOND = document("2.0", "/v1/orders/{id}", "/v1/books")


def _row(host: str, endpoint: str, number: int = 0) -> dict[str, Any]:
    """An endpoint of an inventory that nobody asked for today."""
    seen = (NOW - dt.timedelta(hours=1)).replace(tzinfo=None)
    return {
        "host": host, "method": "GET", "endpoint": endpoint, "protocol": "rest", "applications": [endpoint[:100]], "requests": number,
        "first_seen": seen - dt.timedelta(days=2), "last_seen": seen, "flows": ["Auth"] if number % 7 == 0 else [], "auth": ["bearer"],
        "coverage": ("consistent", "partial", "missing")[number % 3], "sensitive": [endpoint[:100]], "risk": number % 10 + 1,
        "factors": ["sensitive_data"], "rogue": ("", "shadow", "zombie")[number % 3], "changes": ["new"], "protection": [],
        "parameters": [], "p50_ms": 10.0, "p95_ms": 20.0, "p50_bytes": None, "p95_bytes": None,
    }  # fmt: skip


def many() -> Iterator[dict[str, Any]]:
    """Five thousand endpoints of one host."""
    for number in range(MANY):
        row = _row("many.example", f"/v1/thing-{number:04}/{{id}}", number)
        yield {**row, "sensitive": KINDS} if number == 1 else row


def hostile() -> Iterator[dict[str, Any]]:
    """Endpoints, hosts, applications and kinds of data whose names do harm where they are not shown as text."""
    for number, value in enumerate(HOSTILE):
        yield _row(f"{value[:60]}.odd.example", f"/v1/{value}/{{id}}", number)
        yield _row("odd.example", f"/v2/{value}{{{value[:60]}}}", number)


def crowd(dsn: str) -> None:
    """Fill a store with the two, as if they had been analyzed before."""
    with Store(dsn, retention_days=0) as store:
        rows = [*many(), *hostile()]
        ids = store.ask(
            "SELECT lower(hex(sipHash64(h, m, e))) AS id FROM (SELECT arrayJoin(arrayZip({h:Array(String)}, {m:Array(String)},"
            " {e:Array(String)})) AS place, place.1 AS h, place.2 AS m, place.3 AS e)",
            {"h": [row["host"] for row in rows], "m": [row["method"] for row in rows], "e": [row["endpoint"] for row in rows]},
        )["id"].to_pylist()
        known = [{**row, "id": name} for row, name in zip(rows, ids, strict=True)]
        store.replace_endpoints(pa.Table.from_pylist(known, schema=SCHEMA))
        analyze(store)


if __name__ == "__main__":
    crowd(sys.argv[1])
