"""The back office, on its own host: people, reports, exports."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from apitrail.demo.shop.access import Somebody
from apitrail.demo.shop.people import Person
from apitrail.demo.shop.state import Shop, ShopHere

v1 = APIRouter(prefix="/api/v1")
v2 = APIRouter(prefix="/api/v2")


class OrderChange(BaseModel):
    """What the office may change about an order."""

    status: str = Field(max_length=40)


async def colleague(person: Somebody) -> Person:
    """Somebody of the staff."""
    if person.role == "customer":
        raise HTTPException(403, "for staff only")
    return person


Colleague = Annotated[Person, Depends(colleague)]


@v1.get("/users")
async def users(reader: Colleague, shop: ShopHere, search: str = "", page: int = 1) -> dict[str, Any]:
    """A page of the accounts."""
    await shop.work(70)
    found = [person for person in shop.by_id.values() if search.lower() in f"{person.name} {person.email}".lower()]
    first = (max(page, 1) - 1) * 25
    return {"total": len(found), "users": [person.public() for person in found[first : first + 25]]}


@v1.get("/users/{user_id}")
async def user(user_id: int, reader: Colleague, shop: ShopHere) -> dict[str, Any]:
    """One account with its orders."""
    await shop.work(45)
    person = shop.by_id.get(user_id)
    if person is None:
        raise HTTPException(404, f"no user {user_id}")
    orders = [order.public() for order in shop.orders.values() if order.owner == user_id]
    return person.public() | {"orders": orders}


@v1.get("/orders")
async def orders(reader: Colleague, shop: ShopHere, status: str = "", page: int = 1) -> dict[str, Any]:
    """A page of the orders, newest first."""
    await shop.work(85)
    found = [order for order in reversed(shop.orders.values()) if status in ("", order.status)]
    first = (max(page, 1) - 1) * 25
    return {"total": len(found), "orders": [order.public() for order in found[first : first + 25]]}


@v1.patch("/orders/{order_id}")
async def change_order(order_id: int, change: OrderChange, writer: Colleague, shop: ShopHere) -> dict[str, Any]:
    """Set the state of an order."""
    await shop.work(55)
    if order_id not in shop.orders:
        raise HTTPException(404, f"no order {order_id}")
    shop.orders[order_id].status = change.status
    return shop.orders[order_id].public()


@v2.get("/reports/{name}")
async def report(name: str, reader: Colleague, shop: ShopHere, days: int = 7) -> dict[str, Any]:
    """Sums over the orders."""
    await shop.work(420)
    total = sum(order.total_cents for order in shop.orders.values())
    rows = [{"category": c, "revenue_cents": total // (n + 2)} for n, c in enumerate(("books", "kitchen", "audio"))]
    return {"report": name, "days": days, "orders": len(shop.orders), "rows": rows}


@v2.get("/export/{what}.csv")
async def export(what: str, reader: Colleague, shop: ShopHere) -> StreamingResponse:
    """Everything, as a file, sent as it is made."""
    if what not in ("users", "orders"):
        raise HTTPException(404, f"no export of {what}")
    return StreamingResponse(_rows(shop, what), media_type="text/csv")


async def _rows(shop: Shop, what: str) -> AsyncIterator[str]:
    people = [f"{p.id},{p.name},{p.email},{p.city}\n" for p in shop.by_id.values()]
    bought = [f"{o.id},{o.owner},{o.total_cents},{o.status}\n" for o in shop.orders.values()]
    lines = people if what == "users" else bought
    for first in range(0, len(lines), 200):
        await shop.work(60)
        yield "".join(lines[first : first + 200])
