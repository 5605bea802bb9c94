"""Those who break in: an attacker who goes through the whole book, and smaller ones with one idea each."""

from __future__ import annotations

import random
from urllib.parse import quote

from apitrail.demo.actors import payloads
from apitrail.demo.client import API, OFFICE, Client
from apitrail.demo.clock import Clock
from apitrail.demo.shop.people import customers
from apitrail.demo.shop.state import FIRST_ORDER


async def intruder(client: Client, clock: Clock, rng: random.Random) -> None:
    """From looking around to carrying the customers away, by hand and with tools, over the better part of an hour."""
    await client.get("/")
    for step in (scanner, sql_injector, prober):
        await step(client, clock, rng)
        await clock.sleep(rng.uniform(200, 500))
    await _log_in(client, rng)
    await _ask_inside(client, clock, rng)
    await _carry_away(client, clock, rng)


async def scanner(client: Client, clock: Clock, rng: random.Random) -> None:
    """Asks for what is often left lying around."""
    for path in rng.sample(payloads.RECON, len(payloads.RECON)):
        for host in (API, OFFICE) if rng.random() < 0.3 else (API,):
            await client.get(path, host=host)
            await clock.sleep(rng.uniform(0.1, 0.6))


async def sql_injector(client: Client, clock: Clock, rng: random.Random) -> None:
    """Tries the search until it answers, then reads the customers through it."""
    for payload in payloads.SQL_PROBES:
        await client.get("/api/v1/products/search", q=payload)
        await clock.sleep(rng.uniform(0.5, 4))
    for payload in payloads.SQL_LOOT:
        await client.get("/api/v1/products/search", q=payload)
        await clock.sleep(rng.uniform(0.3, 1.2))


async def prober(client: Client, clock: Clock, rng: random.Random) -> None:
    """Files, scripts, redirects, templates, commands and GraphQL, a few of each."""
    for name in payloads.TRAVERSAL:
        # As it is: some of them are encoded already, and dots must not be tidied away.
        await _fire(client, clock, rng, f"/api/v1/files?name={quote(name, safe='/%.:')}")
    for script in rng.sample(payloads.SCRIPTS, 6):
        await _fire(client, clock, rng, f"/welcome?name={quote(script)}")
    for place in ("/api/v1/products", *payloads.REDIRECTS):
        await _fire(client, clock, rng, f"/go?next={quote(place, safe='/')}")
    for template in payloads.TEMPLATES:
        await client.post("/api/v1/cards/preview", {"text": f"Happy birthday {template}"})
        await clock.sleep(rng.uniform(0.5, 3))
    for command in payloads.COMMANDS:
        await _fire(client, clock, rng, f"/api/v1/diagnostics/ping?host={quote(command)}", host=OFFICE)
    for number in ("abc", "-1", "101'", "0x65"):
        await _fire(client, clock, rng, f"/api/v1/products/{quote(number)}")
    for operation in (payloads.INTROSPECTION, payloads.NESTED):
        await client.post("/graphql", {"query": operation})


async def order_enumerator(client: Client, clock: Clock, rng: random.Random) -> None:
    """Logged in as one customer, reads the orders of all, one number after the other."""
    if await _log_in(client, rng):
        start = FIRST_ORDER + rng.randrange(300)
        for number in range(start, start + rng.randrange(120, 260)):
            await client.get(f"/api/v1/orders/{number}")
            await clock.sleep(rng.uniform(0.4, 1.1))


async def agent_hijacker(client: Client, clock: Clock, rng: random.Random) -> None:
    """Talks to the shop's MCP server as if it were a gullible model."""
    opening = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "mcp-probe", "version": "0"}}
    reply = await client.post("/mcp", {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": opening})
    client.carried["Mcp-Session-Id"] = reply.header("mcp-session-id")
    calls: list[tuple[str, dict[str, object]]] = [("search_products", {"query": trick}) for trick in payloads.MCP_TRICKS]
    calls += [("get_product", {"product_id": "../../etc/passwd"}), ("run_shell", {"command": "id; cat /etc/passwd"})]
    calls += [("order_status", {"order_id": number}) for number in range(FIRST_ORDER, FIRST_ORDER + 25)]
    for count, (name, arguments) in enumerate(calls, 2):
        params = {"name": name, "arguments": arguments}
        await client.post("/mcp", {"jsonrpc": "2.0", "id": count, "method": "tools/call", "params": params})
        await clock.sleep(rng.uniform(0.5, 3))


async def _fire(client: Client, clock: Clock, rng: random.Random, target: str, host: str = API) -> None:
    await client.send("GET", target, host=host)
    await clock.sleep(rng.uniform(0.3, 2.5))


async def _log_in(client: Client, rng: random.Random) -> bool:
    person = rng.choice(customers())
    await client.get("/")
    return (await client.post("/api/v1/login", {"email": person.email, "password": person.password})).ok


async def _ask_inside(client: Client, clock: Clock, rng: random.Random) -> None:
    for url in payloads.INSIDE:
        await client.post("/api/v1/me/picture", {"image_url": url})
        await clock.sleep(rng.uniform(1, 6))
    await client.send("PATCH", "/api/v1/me", json={"city": "Riga", "role": "admin", "is_admin": True})


async def _carry_away(client: Client, clock: Clock, rng: random.Random) -> None:
    for number in rng.sample(range(FIRST_ORDER, FIRST_ORDER + 600), 140):
        await client.get(f"/api/v1/orders/{number}")
        await clock.sleep(rng.uniform(1, 4))
