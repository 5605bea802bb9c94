"""The staff: several people behind one address."""

from __future__ import annotations

import random

from apitrail.demo.actors.shoppers import think
from apitrail.demo.client import OFFICE, Client
from apitrail.demo.clock import Clock
from apitrail.demo.shop.people import staff
from apitrail.demo.shop.state import FIRST_ORDER

REPORTS = ("revenue", "returns", "conversion")


async def colleague(client: Client, clock: Clock, rng: random.Random) -> None:
    """Somebody of the staff at work: accounts, orders, a report, now and then an export."""
    person = rng.choice(staff())
    login = {"email": person.email, "password": person.password}
    if not (await client.post("/api/v1/login", login, host=OFFICE)).ok:
        return
    for _ in range(rng.randrange(6, 22)):
        await _task(client, rng)
        await think(clock, rng)
        await clock.sleep(rng.uniform(0, 120))
    if rng.random() < 0.3:
        await client.get(f"/api/v2/export/{rng.choice(('users', 'orders'))}.csv", host=OFFICE)
    await client.send("POST", "/api/v1/logout", host=OFFICE)


async def _task(client: Client, rng: random.Random) -> None:
    task = rng.random()
    order = FIRST_ORDER + rng.randrange(600)
    if task < 0.3:
        await client.get("/api/v1/users", host=OFFICE, search=rng.choice(("sato", "keller", "hugo", "o'brien")))
    elif task < 0.5:
        await client.get(f"/api/v1/users/{rng.randrange(1001, 1400)}", host=OFFICE)
    elif task < 0.75:
        await client.get("/api/v1/orders", host=OFFICE, page=rng.randrange(1, 5))
    elif task < 0.9:
        await client.send("PATCH", f"/api/v1/orders/{order}", json={"status": "shipped"}, host=OFFICE)
    else:
        await client.get(f"/api/v2/reports/{rng.choice(REPORTS)}", host=OFFICE, days=rng.choice((7, 30)))
