"""Programs with a right to be here: partner systems, the monitor, a crawler, AI agents."""

from __future__ import annotations

import random
from typing import Any

from apitrail.demo.client import Client
from apitrail.demo.clock import Clock
from apitrail.demo.shop.goods import product_ids
from apitrail.demo.shop.people import Person, customers
from apitrail.demo.shop.state import FIRST_ORDER
from apitrail.demo.transport import Reply


async def warehouse(client: Client, clock: Clock, rng: random.Random) -> None:
    """The warehouse's system: every ten minutes it fetches the orders and tells a stock level. Never ends."""
    client.carried["X-API-Key"] = "sk_live_7Qm2x9LhVtB4"
    while True:
        await client.get("/api/v2/fulfilment/orders", limit=50)
        product = rng.choice(product_ids())
        await client.send("PUT", f"/api/v2/products/{product}/stock", json={"stock": rng.randrange(0, 90)})
        await clock.sleep(600)


async def price_feed(client: Client, clock: Clock, rng: random.Random) -> None:
    """A price comparison: every half hour the whole catalogue, page by page. Never ends."""
    client.carried["X-API-Key"] = "sk_live_c0Rk8ZpWn1Ye"
    while True:
        for page in range(1, 4):
            await client.get("/api/v2/products", page=page, per_page=100)
        await clock.sleep(1800 + rng.uniform(-5, 5))


async def monitor(client: Client, clock: Clock, rng: random.Random) -> None:
    """Asks every five minutes whether the shop is open. Never ends."""
    while True:
        await client.get("/health")
        await clock.sleep(300)


async def crawler(client: Client, clock: Clock, rng: random.Random) -> None:
    """A search engine that says who it is, reads robots.txt, and takes its time."""
    await client.get("/robots.txt")
    await client.get("/")
    for product in rng.sample(product_ids(), 12):
        await clock.sleep(rng.uniform(5, 40))
        await client.get(f"/api/v2/products/{product}")


async def agent(client: Client, clock: Clock, rng: random.Random) -> None:
    """An AI agent that helps somebody shop, over MCP."""
    if rng.random() < 0.5:
        await _act_for_somebody(client, rng.choice(customers()))
    talk = _Talk(client)
    await talk.begin()
    await talk.call("tools/list")
    if rng.random() < 0.4:
        await talk.call("prompts/get", name="gift_idea", arguments={"person": rng.choice(("aunt", "boss", "child"))})
    if rng.random() < 0.5:
        await talk.call("resources/read", uri=rng.choice(("shop://terms", "shop://catalogue")))
    for _ in range(rng.randrange(3, 9)):
        await clock.sleep(rng.uniform(1.5, 9))
        await talk.call("tools/call", **_tool_call(rng))
    if rng.random() < 0.5:
        await client.send("DELETE", "/mcp")


async def _act_for_somebody(client: Client, person: Person) -> None:
    grant = (await client.post("/api/v2/auth/token", {"email": person.email, "password": person.password})).json()
    client.carried["Authorization"] = f"Bearer {grant['access_token']}"


def _tool_call(rng: random.Random) -> dict[str, Any]:
    name, argument, value = rng.choice(
        (
            ("search_products", "query", rng.choice(("tent", "gift for a cook", "headphones", "kite"))),
            ("get_product", "product_id", rng.choice(product_ids())),
            ("summarise_reviews", "product_id", rng.choice(product_ids())),
            ("order_status", "order_id", FIRST_ORDER + rng.randrange(650)),
        )
    )
    return {"name": name, "arguments": {argument: value}}


class _Talk:
    """One MCP session."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._count = 0
        client.carried["Accept"] = "application/json, text/event-stream"

    async def begin(self) -> None:
        info = {"name": "shopping-agent", "version": "0.9"}
        params = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": info}
        reply = await self._send("initialize", params)
        self._client.carried["Mcp-Session-Id"] = reply.header("mcp-session-id")
        self._client.carried["MCP-Protocol-Version"] = "2025-06-18"
        await self._client.post("/mcp", {"jsonrpc": "2.0", "method": "notifications/initialized"})

    async def call(self, method: str, **params: Any) -> None:
        await self._send(method, params)

    async def _send(self, method: str, params: dict[str, Any]) -> Reply:
        self._count += 1
        return await self._client.post("/mcp", {"jsonrpc": "2.0", "id": self._count, "method": method, "params": params})
