"""What the shop sells, and the database it can be searched in."""

from __future__ import annotations

import random
import sqlite3
from dataclasses import dataclass, field
from functools import cache

from apitrail.demo.shop.people import people

CATEGORIES = {
    "books": ("Atlas of Small Islands", "The Slow Kitchen", "Letters from the North", "A Field Guide to Moss"),
    "kitchen": ("Cast Iron Pan", "Pour-over Set", "Paring Knife", "Oak Board", "Enamel Pot", "Linen Apron"),
    "outdoor": ("Two-person Tent", "Down Jacket", "Trail Shoes", "Head Torch", "Wool Blanket", "Dry Bag"),
    "audio": ("Open-back Headphones", "Desk Speaker", "Field Recorder", "Turntable", "Phono Stage"),
    "garden": ("Watering Can", "Pruning Saw", "Seed Box", "Clay Pot", "Hand Trowel"),
    "toys": ("Wooden Train", "Kite", "Marble Run", "Puzzle of 1000 Pieces", "Juggling Set"),
}
COLOURS = ("sand", "moss", "slate", "brick", "ink", "cream", "rust", "sky")
PRAISE = (
    "Does what it says, and a bit more.",
    "Arrived on time; the box was dented but the content fine.",
    "My sister has one and now I have one too :-)",
    "Not bad; I'd select the larger size from now on and drop the case.",
    "Good value. 5 > 4 stars, if you ask me & my husband.",
    "Quieter than the old one. Union of good looks and sense.",
)


@dataclass(slots=True)
class Product:
    """One thing on offer."""

    id: int
    name: str
    category: str
    price_cents: int
    stock: int
    description: str
    reviews: list[dict[str, object]] = field(default_factory=list)

    def card(self) -> dict[str, object]:
        """The short form for lists."""
        return {"id": self.id, "name": self.name, "category": self.category, "price_cents": self.price_cents}

    def page(self) -> dict[str, object]:
        """The long form for its own page."""
        image = f"https://static.shop.example/img/{self.id}.jpg"
        return {**self.card(), "stock": self.stock, "description": self.description, "image": image}


def stock() -> dict[int, Product]:
    """A fresh set of all products, by id, the same in every run."""
    rng = random.Random("goods")
    names = [(name, category) for category, names in CATEGORIES.items() for name in names]
    products = (
        _product(rng, 100 + number, f"{name}, {colour}", category)
        for number, (colour, (name, category)) in enumerate((c, n) for c in COLOURS for n in names)
    )
    return {product.id: product for product in products}


@cache
def product_ids() -> tuple[int, ...]:
    """Every product id there is."""
    return tuple(stock())


def search_database() -> sqlite3.Connection:
    """An in-memory database that can be read and nothing else, whatever statement is smuggled into it."""
    database = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
    database.execute("CREATE TABLE products (id INTEGER, name TEXT, price_cents INTEGER, category TEXT)")
    rows = [(p.id, p.name, p.price_cents, p.category) for p in stock().values()]
    database.executemany("INSERT INTO products VALUES (?, ?, ?, ?)", rows)
    database.execute("CREATE TABLE customers (id INTEGER, email TEXT, password_hash TEXT, role TEXT)")
    accounts = [(p.id, p.email, p.password_hash, p.role) for p in people()]
    database.executemany("INSERT INTO customers VALUES (?, ?, ?, ?)", accounts)
    _lock_down(database)
    return database


def _lock_down(database: sqlite3.Connection) -> None:
    harmless = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION}
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 100_000)
    database.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, 10_000)
    # A statement that takes more than this many steps is interrupted.
    database.set_progress_handler(lambda: 1, 2_000_000)
    database.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in harmless else sqlite3.SQLITE_DENY)


def _product(rng: random.Random, number: int, name: str, category: str) -> Product:
    text = f"{name}: {' '.join(rng.choice(PRAISE) for _ in range(rng.randrange(1, 6)))}"
    product = Product(number, name, category, rng.randrange(490, 24900, 10), rng.randrange(0, 80), text)
    for _ in range(rng.randrange(0, 5)):
        product.reviews.append({"author": "a customer", "stars": rng.randrange(3, 6), "text": rng.choice(PRAISE)})
    return product
