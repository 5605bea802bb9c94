"""What the shop remembers while it is open. Everything is in memory, made up, and bounded."""

from __future__ import annotations

import random
import sqlite3
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from apitrail.demo.clock import Clock
from apitrail.demo.shop.goods import Product, search_database, stock
from apitrail.demo.shop.people import Person, customers, people

MOST_REMEMBERED = 5_000
"""The oldest visit, order or token is forgotten when there are more than this."""
FIRST_ORDER = 48_000
API_KEYS = {"sk_live_7Qm2x9LhVtB4": "warehouse", "sk_live_c0Rk8ZpWn1Ye": "price-feed"}


@dataclass(slots=True)
class Order:
    """Something bought."""

    id: int
    owner: int
    lines: list[dict[str, int]]
    total_cents: int
    status: str
    address: str

    def public(self) -> dict[str, object]:
        """The order as the API shows it."""
        return {
            "id": self.id,
            "customer_id": self.owner,
            "status": self.status,
            "total_cents": self.total_cents,
            "lines": self.lines,
            "address": self.address,
        }


@dataclass(slots=True)
class Visit:
    """A browser session: its basket, and who it is once it has logged in."""

    id: str
    basket: list[dict[str, int]] = field(default_factory=list)
    person: Person | None = None


class Remembered(OrderedDict[str, Visit]):
    """Visits by their id; the oldest is forgotten when there are too many."""

    def __setitem__(self, key: str, visit: Visit) -> None:
        super().__setitem__(key, visit)
        if len(self) > MOST_REMEMBERED:
            self.popitem(last=False)


class Shop:
    """The shop's memory, its clock and its dice."""

    def __init__(self, clock: Clock, seed: str) -> None:
        self.clock = clock
        self.rng = random.Random(seed)
        self.products: dict[int, Product] = stock()
        self.database: sqlite3.Connection = search_database()
        self.by_email: dict[str, Person] = {person.email: person for person in people()}
        self.by_id: dict[int, Person] = {person.id: person for person in people()}
        self.visits = Remembered()
        self.refreshers: OrderedDict[str, tuple[Person, str]] = OrderedDict()
        self.failures: dict[str, deque[float]] = {}
        self.orders: OrderedDict[int, Order] = OrderedDict(_old_orders(self.products))

    async def work(self, usual_ms: float) -> None:
        """Take the time that the work takes: mostly about the usual, now and then several times as long."""
        factor = self.rng.lognormvariate(0, 0.25)
        if self.rng.random() < 0.012:
            factor *= self.rng.uniform(4, 12)
        await self.clock.sleep(usual_ms * factor / 1000)

    def token(self, size: int = 32) -> str:
        """Random hex digits."""
        return f"{self.rng.getrandbits(size * 4):0{size}x}"

    def visit(self, request: Request) -> Visit | None:
        """The visit the request's cookie belongs to."""
        return self.visits.get(request.cookies.get("sessionid", ""))

    def open_visit(self) -> Visit:
        """A new visit with a fresh id."""
        visit = Visit(self.token())
        self.visits[visit.id] = visit
        return visit

    def place(self, owner: Person, lines: list[dict[str, int]], address: str) -> Order:
        """Book an order."""
        number = next(reversed(self.orders)) + 1
        total = sum(self.products[line["product_id"]].price_cents * line["quantity"] for line in lines)
        self.orders[number] = order = Order(number, owner.id, lines, total, "placed", address)
        if len(self.orders) > MOST_REMEMBERED:
            self.orders.popitem(last=False)
        return order

    def remember_refresh(self, token: str, person: Person, sid: str) -> None:
        """Keep a refresh token."""
        self.refreshers[token] = (person, sid)
        if len(self.refreshers) > MOST_REMEMBERED:
            self.refreshers.popitem(last=False)

    def too_many_failures(self, ip: str) -> bool:
        """Whether an address has failed to log in five times within a minute."""
        recent = self.failures.get(ip, deque())
        while recent and recent[0] < self.clock.now() - 60:
            recent.popleft()
        return len(recent) >= 5

    def count_failure(self, ip: str) -> None:
        """Note a failed log-in."""
        self.failures.setdefault(ip, deque(maxlen=5)).append(self.clock.now())
        if len(self.failures) > MOST_REMEMBERED:
            del self.failures[next(iter(self.failures))]


async def shop_here(request: Request) -> Shop:
    """The shop a request came to."""
    shop: Shop = request.app.state.shop
    return shop


ShopHere = Annotated[Shop, Depends(shop_here)]


def address_of(request: Request) -> str:
    """The address of the visitor, as the proxy in front tells it."""
    return request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()


def _old_orders(products: dict[int, Product]) -> list[tuple[int, Order]]:
    rng = random.Random("orders")
    return [(number, _old_order(rng, number, products)) for number in range(FIRST_ORDER, FIRST_ORDER + 600)]


def _old_order(rng: random.Random, number: int, products: dict[int, Product]) -> Order:
    owner = rng.choice(customers())
    chosen = rng.choices(list(products), k=rng.randrange(1, 4))
    lines = [{"product_id": product, "quantity": rng.randrange(1, 3)} for product in chosen]
    total = sum(products[line["product_id"]].price_cents * line["quantity"] for line in lines)
    street = f"{owner.name}, {rng.randrange(1, 120)} Mill Lane, {owner.city}"
    return Order(number, owner.id, lines, total, rng.choice(("shipped", "delivered", "delivered", "returned")), street)
