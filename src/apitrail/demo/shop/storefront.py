"""What anybody may look at: the home page, the catalogue, the search, the reviews."""

from __future__ import annotations

import sqlite3
from html import escape
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from pydantic import BaseModel, Field

from apitrail.demo.shop.access import Machine, Whoever
from apitrail.demo.shop.goods import Product
from apitrail.demo.shop.state import Shop, ShopHere

pages = APIRouter()
v1 = APIRouter(prefix="/api/v1")
v2 = APIRouter(prefix="/api/v2")
MOST_REVIEWS = 50


class Review(BaseModel):
    """What somebody thinks of a product."""

    stars: int = Field(ge=1, le=5)
    text: str = Field(max_length=4000)


class StockLevel(BaseModel):
    """How many of a product there are, as the warehouse counts."""

    stock: int = Field(ge=0, le=100_000)


@pages.get("/")
async def home(request: Request, shop: ShopHere) -> HTMLResponse:
    """The page a browser starts on; it gets its session cookie here."""
    await shop.work(30)
    cards = "".join(f"<li><a href='/p/{p.id}'>{escape(p.name)}</a></li>" for p in list(shop.products.values())[:40])
    page = HTMLResponse(f"<!doctype html><title>Shop</title><h1>Shop</h1><ul>{cards}</ul>")
    if shop.visit(request) is None:
        page.set_cookie("sessionid", shop.open_visit().id, domain="shop.example", httponly=True, secure=True)
    return page


@pages.get("/health")
async def health(shop: ShopHere) -> dict[str, str]:
    """Whether the shop is open."""
    await shop.work(1.5)
    return {"status": "ok"}


@pages.get("/robots.txt")
async def robots(shop: ShopHere) -> PlainTextResponse:
    """What crawlers are asked to leave alone."""
    await shop.work(2)
    return PlainTextResponse("User-agent: *\nDisallow: /api/v1/orders\nDisallow: /api/v1/files\nCrawl-delay: 5\n")


@v1.get("/products")
@v2.get("/products")
async def catalogue(shop: ShopHere, category: str = "", page: int = 1, per_page: int = 20) -> dict[str, Any]:
    """A page of the catalogue."""
    await shop.work(28)
    chosen = [p for p in shop.products.values() if category in ("", p.category)]
    size = min(max(per_page, 1), 100)
    first = (max(page, 1) - 1) * size
    return {"total": len(chosen), "page": page, "items": [p.card() for p in chosen[first : first + size]]}


@v1.get("/products/search")
async def careless_search(shop: ShopHere, q: str = "") -> JSONResponse:
    """HOLE (SQL injection): the words are glued into the statement, and errors are told to everybody."""
    await shop.work(45)
    statement = f"SELECT id, name, price_cents, category FROM products WHERE name LIKE '%{q}%' LIMIT 20"
    try:
        rows = shop.database.execute(statement).fetchall()
    except (sqlite3.Error, sqlite3.Warning) as problem:
        return JSONResponse({"error": f"sqlite3.{type(problem).__name__}: {problem}", "statement": statement}, 500)
    items = [dict(zip(("id", "name", "price_cents", "category"), row, strict=True)) for row in rows]
    return JSONResponse({"query": q, "items": items})


@v2.get("/search")
async def careful_search(shop: ShopHere, q: str = "", limit: int = 20) -> dict[str, Any]:
    """The same search, done right."""
    await shop.work(38)
    found = [p.card() for p in shop.products.values() if q.lower() in p.name.lower()]
    return {"query": q, "total": len(found), "items": found[: min(max(limit, 1), 100)]}


@v1.get("/products/{product_id}")
async def careless_product(product_id: str, shop: ShopHere) -> dict[str, Any]:
    """HOLE (verbose error): what is not a number ends in a stack trace that everybody can read."""
    await shop.work(22)
    return _found(shop, int(product_id)).page()


@v2.get("/products/{product_id}")
async def product(product_id: int, shop: ShopHere) -> dict[str, Any]:
    """One product."""
    await shop.work(20)
    return _found(shop, product_id).page()


@v1.get("/products/{product_id}/reviews")
@v2.get("/products/{product_id}/reviews")
async def reviews(product_id: int, shop: ShopHere) -> dict[str, Any]:
    """What others think of it."""
    await shop.work(24)
    return {"product_id": product_id, "reviews": _found(shop, product_id).reviews}


@v1.post("/products/{product_id}/reviews", status_code=201)
@v2.post("/products/{product_id}/reviews", status_code=201)
async def write_review(product_id: int, review: Review, author: Whoever, shop: ShopHere) -> dict[str, Any]:
    """Say what you think of it; needs an account."""
    await shop.work(40)
    if author is None:
        raise HTTPException(401, "log in to write a review")
    written: dict[str, Any] = {"author": author.name, "stars": review.stars, "text": review.text}
    known = _found(shop, product_id).reviews
    known.append(written)
    del known[:-MOST_REVIEWS]
    return written


@v2.put("/products/{product_id}/stock")
async def set_stock(product_id: int, level: StockLevel, partner: Machine, shop: ShopHere) -> dict[str, Any]:
    """What the warehouse counts."""
    await shop.work(15)
    item = _found(shop, product_id)
    item.stock = level.stock
    return {"product_id": product_id, "stock": item.stock, "updated_by": partner}


def _found(shop: Shop, product_id: int) -> Product:
    item = shop.products.get(product_id)
    if item is None:
        raise HTTPException(404, f"no product {product_id}")
    return item
