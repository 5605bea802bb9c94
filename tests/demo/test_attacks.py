"""The holes of the shop are found: attacks in what the attackers ask, evidence in what they are answered; customers give neither."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from functools import cache

import pytest

from apitrail.demo.actors import attackers, machines, office, shoppers
from apitrail.demo.client import OFFICE, Client, Disguise
from apitrail.demo.clock import Clock, LeapingLoop
from apitrail.demo.shop.app import build
from apitrail.demo.shop.state import Shop
from apitrail.demo.transport import InProcess
from apitrail.inspect.attacks.detecting import findings
from apitrail.inspect.attacks.success.evidence import Evidence
from apitrail.inspect.attacks.success.proving import evidences
from apitrail.inspect.headers import read_headers
from apitrail.inspect.points.extracting import Reading
from apitrail.middleware import SessionTrail
from apitrail.model.exchange import Exchange

Actor = Callable[[Client, Clock, random.Random], Awaitable[None]]
SEEDS = range(6)


@cache
def seen(actor: Actor, seed: int = 0) -> tuple[Exchange, ...]:
    """What passes while one actor visits the shop."""
    passed: list[Exchange] = []
    loop = LeapingLoop()

    async def act(clock: Clock) -> None:
        shop = SessionTrail(build(Shop(clock, f"test {seed}")), passed.append, clock=clock.now, stopwatch=loop.time)
        await actor(Client(InProcess(shop), Disguise("192.0.2.1")), clock, random.Random(seed))

    try:
        loop.run_until_complete(act(loop.clock(1_780_000_000)))
    finally:
        loop.close()
    return tuple(passed)


def proofs(exchange: Exchange) -> list[tuple[str, Evidence]]:
    """The types of attack in an exchange that worked, with their evidence."""
    reading = Reading(exchange, read_headers(exchange.headers))
    found = findings(reading)
    pairs = zip(found, evidences(reading, found), strict=True)
    return [(finding.type, proof) for finding, proof in pairs if proof]


@cache
def of_intruder() -> frozenset[tuple[str, str, str, str]]:
    """Path, type of attack, kind of evidence and its point of everything in which the intruder succeeds."""
    found = ((exchange.path, proof) for exchange in seen(attackers.intruder) for proof in proofs(exchange))
    return frozenset((path, kind, proof.kind, proof.point) for path, (kind, proof) in found)


@pytest.mark.parametrize(
    "success",
    [
        ("/api/v1/products/search", "sqli", "database_error", "response.body.json.error"),
        ("/api/v1/products/search", "sqli", "database_rows", "response.body.json.items[0].id"),
        ("/api/v1/files", "ptrav", "file_contents", "response.body"),
        ("/api/v1/files", "lfi", "file_contents", "response.body"),
        ("/welcome", "xss", "script_in_page", "response.body"),
        ("/go", "redir", "redirect", "response.header.Location"),
        ("/go", "crlf", "header_injected", "response.header.Set-Cookie"),
        ("/api/v1/cards/preview", "ssti", "template_result", "response.body.json.preview"),
        ("/api/v1/cards/preview", "ssti", "template_objects", "response.body.json.preview"),
        ("/api/v1/diagnostics/ping", "rce", "command_output", "response.body"),
        ("/api/v1/diagnostics/ping", "rce", "file_contents", "response.body"),
        ("/api/v1/diagnostics/ping", "rce", "delay", ""),
        ("/api/v1/me/picture", "ssrf", "cloud_metadata", "response.body.json.content"),
        ("/api/v1/me/picture", "ssrf", "internal_service", "response.body.json.content"),
    ],
)
def test_each_hole_is_an_incident(success: tuple[str, str, str, str]) -> None:
    """What the intruder throws at a hole is found, and the answer proves that it worked."""
    assert success in of_intruder()


def test_nothing_else_is_an_incident() -> None:
    """Only the holes have evidence: a refusal, a page that is not there and a careful endpoint have none."""
    holes = {"search", "files", "welcome", "go", "preview", "ping", "picture", "graphql"}
    assert {path.rpartition("/")[2] for path, *_ in of_intruder()} <= holes


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("actor", [shoppers.shopper, shoppers.app_user, office.colleague, machines.crawler, machines.agent])
def test_honest_visitors_give_no_evidence(actor: Actor, seed: int) -> None:
    """Customers, staff and programs use the same endpoints, and nothing they are answered proves an attack."""
    assert [proof for exchange in seen(actor, seed) for proof in proofs(exchange)] == []


async def _honestly(client: Client, clock: Clock, rng: random.Random) -> None:
    """What the endpoints with holes are there for."""
    for words in ("tent", "it's", "50% off", "select", "rock & roll", "O'Brien's union"):
        await client.get("/api/v1/products/search", q=words)
    await client.get("/api/v1/files", name="manuals/tent.txt")
    await client.get("/api/v1/files", name="terms.txt")
    await client.get("/welcome", name="Zoë & Ann")
    for place in ("/", "/api/v1/products", "/p/101?colour=sand"):
        await client.get("/go", next=place)
    await client.post("/api/v1/cards/preview", {"text": "Happy 49th {{name}}! 7 * 7 = 49"})
    for host in ("127.0.0.1", "db.internal", "10.20.0.5"):
        await client.send("GET", f"/api/v1/diagnostics/ping?host={host}", host=OFFICE)


def test_the_holes_used_honestly_give_neither_findings_nor_evidence() -> None:
    """An endpoint with a hole is an ordinary endpoint for everybody who does not attack it."""
    exchanges = seen(_honestly)
    found = [findings(Reading(exchange, read_headers(exchange.headers))) for exchange in exchanges]
    assert [finding for some in found for finding in some if finding.type not in ("ssrf", "ssti")] == []
    assert [proof for exchange in exchanges for proof in proofs(exchange)] == []
    assert {exchange.status for exchange in exchanges} <= {200, 302, 500}


def test_a_command_makes_the_shop_wait_no_longer_than_the_limit() -> None:
    """A long sleep is cut short."""

    async def wait(client: Client, clock: Clock, rng: random.Random) -> None:
        await client.send("GET", "/api/v1/diagnostics/ping?host=127.0.0.1;sleep%2099", host=OFFICE)

    (exchange,) = seen(wait)
    assert exchange.duration_ms is not None
    assert 10_000 <= exchange.duration_ms < 11_000


def test_lines_of_a_redirect_become_no_headers_that_the_wire_refuses() -> None:
    """A line with signs that no header has is left out."""

    async def split(client: Client, clock: Clock, rng: random.Random) -> None:
        await client.get("/go", next="/a\r\nX-A: 1\r\nX-B\x00: 2\r\nX-C: ü\r\nnothing")
        await client.get("/go", next="")

    first, second = seen(split)
    assert ("x-a", "1") in first.response_headers
    assert not {name for name, _ in first.response_headers} & {"x-b", "x-c", "nothing"}
    assert ("location", "/") in second.response_headers
