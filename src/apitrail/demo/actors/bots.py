"""Bots that use what is offered, only not as it was meant: stuffed passwords, tried accounts, a copied catalogue."""

from __future__ import annotations

import asyncio
import random

from apitrail.demo.actors.payloads import LEAKED_PASSWORDS
from apitrail.demo.client import Client
from apitrail.demo.clock import Clock
from apitrail.demo.places import DATA_CENTRES, FARAWAY_HOMES, OLD_CHROME, address, browsing
from apitrail.demo.shop.goods import product_ids
from apitrail.demo.shop.people import COMMON_PASSWORDS, Person, customers


async def credential_stuffer(client: Client, clock: Clock, rng: random.Random) -> None:
    """Goes through a list of leaked accounts from ever new addresses; what fits is looked at and noted."""
    for count in range(rng.randrange(250, 400)):
        if count % 3 == 0:
            client = client.another(browsing(address(rng, *FARAWAY_HOMES, *DATA_CENTRES), OLD_CHROME))
        person = rng.choice(customers())
        login = {"email": person.email, "password": _leaked(rng, person)}
        if (await client.post("/api/v1/login", login)).ok:
            await client.get("/api/v1/me")
            await client.get("/api/v1/orders")
        await clock.sleep(rng.uniform(0.5, 2.5))


async def patient_thief(client: Client, clock: Clock, rng: random.Random) -> None:
    """Tries one account every few minutes, from another home each time, and never comes back to it."""
    for _ in range(rng.randrange(60, 110)):
        visitor = client.another(browsing(address(rng, *FARAWAY_HOMES), OLD_CHROME))
        login = {"email": rng.choice(customers()).email, "password": rng.choice(LEAKED_PASSWORDS)}
        await visitor.post("/api/v1/login", login)
        await clock.sleep(rng.uniform(100, 320))


async def account_taker(client: Client, clock: Clock, rng: random.Random) -> None:
    """Guesses one customer's password, gets in, and orders to another address."""
    victim = rng.choice([person for person in customers() if person.password in COMMON_PASSWORDS])
    for password in (*rng.sample(LEAKED_PASSWORDS, 4), victim.password):
        reply = await client.post("/api/v1/login", {"email": victim.email, "password": password})
        await clock.sleep(rng.uniform(20, 40))
    if reply.ok:
        await client.get("/api/v1/me")
        await client.send("PATCH", "/api/v1/me", json={"city": "Elsewhere"})
        await client.post("/api/v1/cart/items", {"product_id": rng.choice(product_ids()), "quantity": 9})
        await client.post("/api/v1/orders", {"address": "locker 114, Elsewhere"})


async def brute_forcer(client: Client, clock: Clock, rng: random.Random) -> None:
    """Hammers one account with passwords from a list and does not mind being told to wait."""
    victim = rng.choice(customers())
    for count in range(rng.randrange(80, 160)):
        await client.post("/api/v1/login", {"email": victim.email, "password": f"{victim.name.split()[0]}{count:03d}"})
        await clock.sleep(rng.uniform(1, 3))


async def scraper(client: Client, clock: Clock, rng: random.Random) -> None:
    """Copies the catalogue product by product, slow and steady, with a browser's name and none of its habits."""
    for product in product_ids():
        await client.get(f"/api/v2/products/{product}")
        await clock.sleep(7 + rng.uniform(-0.2, 0.2))


async def hoarder(client: Client, clock: Clock, rng: random.Random) -> None:
    """Asks for the largest pages over and over, several at a time, as fast as they come."""

    async def ask(count: int) -> None:
        for page in range(count):
            await client.get("/api/v1/products", page=1 + page % 3, per_page=100)
            await clock.sleep(rng.uniform(0.02, 0.1))

    await asyncio.gather(*(ask(rng.randrange(50, 100)) for _ in range(4)))


def _leaked(rng: random.Random, person: Person) -> str:
    # One in fifty knows the real one.
    return person.password if rng.random() < 0.02 else rng.choice(LEAKED_PASSWORDS)
