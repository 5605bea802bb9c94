"""The shop: its holes are holes, its doors are doors, and nothing real is behind any of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from apitrail.demo.client import OFFICE, PAY, Client, Disguise
from apitrail.demo.clock import LeapingLoop
from apitrail.demo.shop import tokens
from apitrail.demo.shop.app import build
from apitrail.demo.shop.people import customers, staff
from apitrail.demo.shop.state import Shop
from apitrail.demo.transport import InProcess, Reply

Visit = Callable[[Client], Awaitable[Reply]]


def _visit(visit: Visit) -> Reply:
    loop = LeapingLoop()
    try:
        shop = build(Shop(loop.clock(1_780_000_000), "test"))
        return loop.run_until_complete(_as_coroutine(visit, Client(InProcess(shop), Disguise("192.0.2.1"))))
    finally:
        loop.close()


async def _as_coroutine(visit: Visit, client: Client) -> Reply:
    return await visit(client)


async def _log_in(client: Client) -> Client:
    person = customers()[0]
    assert (await client.post("/api/v1/login", {"email": person.email, "password": person.password})).ok
    return client


@pytest.mark.parametrize(
    ("target", "evidence"),
    [
        ("/api/v1/products/search?q='", b"sqlite3.OperationalError"),
        (
            "/api/v1/products/search?q='+UNION+SELECT+id,email,role,password_hash+FROM+customers--+",
            b"nora@shop.example",
        ),
        ("/api/v1/products/abc", b"Traceback (most recent call last)"),
        ("/api/v1/files?name=../../../etc/passwd", b"root:x:0:0"),
        ("/welcome?name=%3Cscript%3Ealert(1)%3C/script%3E", b"<script>alert(1)</script>"),
    ],
)
def test_holes_that_need_no_account(target: str, evidence: bytes) -> None:
    """The answer shows that the attack worked."""
    assert evidence in _visit(lambda client: client.send("GET", target)).body


@pytest.mark.parametrize(
    "statement",
    [
        "x'; DROP TABLE products--",
        "' UNION SELECT 1,2,3,load_extension('x')--",
        "' UNION SELECT 1,2,3,hex(zeroblob(1000000000))--",
        "' UNION SELECT a.id,2,3,4 FROM customers a, customers b, customers c, customers d ORDER BY 1--",
        "' AND (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT max(i) FROM n)--",
    ],
)
def test_the_search_can_only_be_read(statement: str) -> None:
    """Statements that would write, load, fill the memory or never end are refused by the database."""
    assert _visit(lambda client: client.get("/api/v1/products/search", q=statement)).status == 500


def test_no_real_file_is_behind_the_download() -> None:
    """A file of this machine that is not part of the scenery does not exist."""
    assert _visit(lambda client: client.get("/api/v1/files", name=f"../../..{__file__}")).status == 404


def test_sums_in_templates_are_worked_out() -> None:
    """Seven times seven is the attacker's proof."""
    assert b"49" in _visit(lambda client: client.post("/api/v1/cards/preview", {"text": "{{7*7}}"})).body


def test_commands_are_only_make_believe() -> None:
    """A known command answers from the book, any other says nothing."""
    ping = "/api/v1/diagnostics/ping?host=127.0.0.1"
    known = _visit(lambda client: client.send("GET", f"{ping};id", host=OFFICE))
    other = _visit(lambda client: client.send("GET", f"{ping};hostname", host=OFFICE))
    assert b"uid=33(www-data)" in known.body
    assert other.body.count(b"\n") == 2


def test_one_version_shows_the_orders_of_others() -> None:
    """The first version checks only that somebody is logged in, the second whose order it is."""

    async def read(client: Client, version: str) -> Reply:
        return await (await _log_in(client)).get(f"/api/{version}/orders/48001")

    assert _visit(lambda client: read(client, "v1")).status == 200
    assert _visit(lambda client: read(client, "v2")).status == 403
    assert _visit(lambda client: client.get("/api/v1/orders/48001")).status == 401


def test_buying_from_basket_to_payment() -> None:
    """A browser session goes over two hosts with one cookie."""

    async def buy(client: Client) -> Reply:
        await _log_in(client)
        await client.post("/api/v1/cart/items", {"product_id": 101, "quantity": 2})
        order = (await client.post("/api/v1/orders", {"address": "here"})).json()
        payment = {"order_id": order["id"], "amount_cents": order["total_cents"]}
        card = {"card_number": "4000 0001", "card_expiry": "01/30"}
        return await client.post("/v1/payments", payment | card, host=PAY)

    assert _visit(buy).status == 201


def test_tokens_are_refreshed_within_one_session() -> None:
    """The new access token has other times and the same session id."""

    async def refresh(client: Client) -> Reply:
        person = customers()[0]
        first = await client.post("/api/v2/auth/token", {"email": person.email, "password": person.password})
        second = await client.post("/api/v2/auth/refresh", {"refresh_token": first.json()["refresh_token"]})
        sids = {(tokens.verify(reply.json()["access_token"], 0) or {})["sid"] for reply in (first, second)}
        assert len(sids) == 1
        return await client.post("/api/v2/auth/refresh", {"refresh_token": first.json()["refresh_token"]})

    assert _visit(refresh).status == 401


def test_tokens_of_others_are_not_accepted() -> None:
    """A changed, unsigned or expired token is nobody's."""
    token = tokens.sign({"sub": "1001", "exp": 100})
    assert tokens.verify(token, 99) is not None
    assert tokens.verify(token, 101) is None
    assert tokens.verify(token[:-2] + "xx", 99) is None
    assert tokens.verify("not.a.token", 99) is None


def test_log_in_is_limited() -> None:
    """After five failures within a minute an address has to wait."""

    async def guess(client: Client) -> Reply:
        for _ in range(5):
            await client.post("/api/v1/login", {"email": "x", "password": "y"})
        return await client.post("/api/v1/login", {"email": "x", "password": "y"})

    reply = _visit(guess)
    assert (reply.status, reply.header("retry-after")) == (429, "60")


def test_the_office_is_for_staff() -> None:
    """Customers are turned away, and the office's paths do not exist on the public host."""

    async def enter(client: Client) -> Reply:
        person = staff()[0]
        await client.post("/api/v1/login", {"email": person.email, "password": person.password}, host=OFFICE)
        return await client.get("/api/v2/export/users.csv", host=OFFICE)

    async def intrude(client: Client) -> Reply:
        await client.get("/")
        return await client.get("/api/v1/users", host=OFFICE)

    assert _visit(enter).body.count(b"\n") == 403
    assert _visit(intrude).status == 401
    assert _visit(lambda client: client.get("/api/v1/users")).status == 404


def test_graphql_answers_and_mutates() -> None:
    """A query, a mutation on the own basket, introspection and an error."""

    async def ask(client: Client, query: str) -> Reply:
        await client.get("/")
        return await client.post("/graphql", {"query": query})

    assert _visit(lambda client: ask(client, "{ product(id: 101) { name } }")).json()["data"]["product"]["name"]
    added = _visit(lambda client: ask(client, "mutation { addToCart(productId: 101) { lines { productId } } }"))
    assert added.json() == {"data": {"addToCart": {"lines": [{"productId": 101}]}}}
    assert _visit(lambda client: ask(client, "{ __schema { types { name } } }")).ok
    assert "errors" in _visit(lambda client: ask(client, "{ nonsense }")).json()
