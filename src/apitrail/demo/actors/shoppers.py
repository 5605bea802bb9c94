"""Those the shop is there for: people with browsers, and people with the app."""

from __future__ import annotations

import random

from apitrail.demo.client import PAY, Client
from apitrail.demo.clock import Clock
from apitrail.demo.places import HOMES, address
from apitrail.demo.shop.goods import CATEGORIES, PRAISE, product_ids
from apitrail.demo.shop.people import Person, customers

WORDS = (
    "tent",
    "lamp",
    "pan",
    "kettle",
    "shoes",
    "it's",
    "rock & roll",
    "knife",
    "select",
    "jacket",
    "50% off",
    "kite",
)
PRODUCT_QUERY = "query Product($id: Int!) { product(id: $id) { id name priceCents stock reviews { author stars text } } }"
ADD_MUTATION = "mutation Add($id: Int!) { addToCart(productId: $id, quantity: 1) { lines { productId quantity } } }"


async def shopper(client: Client, clock: Clock, rng: random.Random) -> None:
    """Looks around in a browser; half log in, and some of those buy."""
    await client.get("/", headers={"Accept": "text/html,application/xhtml+xml"})
    client.carried["Referer"] = "https://www.shop.example/"
    for _ in range(rng.randrange(1, 5)):
        await _look_around(client, clock, rng)
    if rng.random() < 0.5 and await _log_in(client, clock, rng, rng.choice(customers())):
        await _when_logged_in(client, clock, rng)


async def app_user(client: Client, clock: Clock, rng: random.Random) -> None:
    """Uses the app: a bearer token that is refreshed, and a phone that changes its network on the way."""
    person = rng.choice(customers())
    reply = await client.post("/api/v2/auth/token", {"email": person.email, "password": person.password})
    grant = reply.json()
    for _ in range(rng.randrange(1, 4)):
        client.carried["Authorization"] = f"Bearer {grant['access_token']}"
        await _use_app(client, clock, rng)
        await clock.sleep(rng.uniform(200, 700))
        if rng.random() < 0.3:
            client.move(address(rng, rng.choice(HOMES)[0]))
        reply = await client.post("/api/v2/auth/refresh", {"refresh_token": grant["refresh_token"]})
        if not reply.ok:
            return
        grant = reply.json()


async def think(clock: Clock, rng: random.Random) -> None:
    """Read for a while, as people do: mostly some seconds, at times half a minute."""
    await clock.sleep(min(rng.lognormvariate(1.7, 0.8), 60))


async def _look_around(client: Client, clock: Clock, rng: random.Random) -> None:
    if rng.random() < 0.4:
        await client.get(rng.choice(("/api/v1/products/search", "/api/v2/search")), q=rng.choice(WORDS))
    else:
        await client.get("/api/v1/products", category=rng.choice(list(CATEGORIES)), page=rng.randrange(1, 3))
    for product in rng.sample(product_ids(), rng.randrange(1, 4)):
        await think(clock, rng)
        await _view(client, rng, product)
        if rng.random() < 0.3:
            await think(clock, rng)
            await client.post("/api/v1/cart/items", {"product_id": product, "quantity": rng.randrange(1, 3)})


async def _view(client: Client, rng: random.Random, product: int) -> None:
    if rng.random() < 0.2:
        await client.post("/graphql", {"query": PRODUCT_QUERY, "variables": {"id": product}})
        return
    version = rng.choice(("v1", "v2"))
    await client.get(f"/api/{version}/products/{product}")
    if rng.random() < 0.6:
        await client.get(f"/api/{version}/products/{product}/reviews")


async def _log_in(client: Client, clock: Clock, rng: random.Random, person: Person) -> bool:
    await think(clock, rng)
    if rng.random() < 0.12:
        await client.post("/api/v1/login", {"email": person.email, "password": person.password[:-1]})
        await think(clock, rng)
    reply = await client.post("/api/v1/login", {"email": person.email, "password": person.password})
    return reply.ok


async def _when_logged_in(client: Client, clock: Clock, rng: random.Random) -> None:
    await client.get("/api/v1/me")
    await _look_around(client, clock, rng)
    if rng.random() < 0.3:
        review = {"stars": rng.randrange(3, 6), "text": rng.choice(PRAISE)}
        await client.post(f"/api/v1/products/{rng.choice(product_ids())}/reviews", review)
    if rng.random() < 0.5:
        await _buy(client, clock, rng)
    await client.get("/api/v1/orders")
    if rng.random() < 0.4:
        await client.send("POST", "/api/v1/logout")


async def _buy(client: Client, clock: Clock, rng: random.Random) -> None:
    await client.post("/api/v1/cart/items", {"product_id": rng.choice(product_ids()), "quantity": 1})
    await client.get("/api/v1/cart")
    await think(clock, rng)
    placed = (await client.post("/api/v1/orders", {"address": f"{rng.randrange(1, 99)} Mill Lane"})).json()
    await think(clock, rng)
    await client.get("/v1/payments/methods", host=PAY)
    await _pay(client, rng, placed)
    await client.get(f"/api/v2/orders/{placed['id']}")


async def _pay(client: Client, rng: random.Random, placed: dict[str, object]) -> None:
    payment = {
        "order_id": placed["id"],
        "amount_cents": placed["total_cents"],
        "card_number": f"4000 0000 0000 {rng.randrange(1000, 9999)}",
        "card_expiry": "09/29",
        "session_token": placed["session_token"],
    }
    await client.post("/v1/payments", payment, host=PAY)


async def _use_app(client: Client, clock: Clock, rng: random.Random) -> None:
    await client.get("/api/v2/me")
    await client.get("/api/v2/products", category=rng.choice(list(CATEGORIES)), per_page=30)
    for product in rng.sample(product_ids(), rng.randrange(1, 4)):
        await think(clock, rng)
        await client.get(f"/api/v2/products/{product}")
    if rng.random() < 0.35:
        lines = [{"product_id": rng.choice(product_ids()), "quantity": 1}]
        placed = (await client.post("/api/v2/orders", {"address": "at home", "lines": lines})).json()
        await think(clock, rng)
        await _pay(client, rng, placed)
        await client.get(f"/api/v2/orders/{placed['id']}/events", headers={"Accept": "text/event-stream"})
    else:
        await client.get("/api/v2/orders")
