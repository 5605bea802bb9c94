"""The basket, the orders, and the payments on their own host."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from apitrail.demo.shop.access import Machine, Somebody
from apitrail.demo.shop.state import Order, Shop, ShopHere, Visit

v1 = APIRouter(prefix="/api/v1")
v2 = APIRouter(prefix="/api/v2")
payments = APIRouter()


class Line(BaseModel):
    """So many of a product."""

    product_id: int
    quantity: int = Field(1, ge=1, le=20)


class Purchase(BaseModel):
    """An order as an app or a browser sends it; without lines the basket is bought."""

    address: str = Field(max_length=300)
    lines: Annotated[list[Line], Field(max_length=50)] = []


class Payment(BaseModel):
    """How an order is paid."""

    order_id: int
    amount_cents: int = Field(ge=1)
    card_number: str = Field(max_length=23)
    card_expiry: str = Field(max_length=7)
    session_token: str = Field("", max_length=80)


@v1.get("/cart")
async def basket(request: Request, response: Response, shop: ShopHere) -> dict[str, Any]:
    """What lies in the basket."""
    await shop.work(14)
    return {"lines": _visit(shop, request, response).basket}


@v1.post("/cart/items", status_code=201)
async def add_to_basket(line: Line, request: Request, response: Response, shop: ShopHere) -> dict[str, Any]:
    """Put something into the basket."""
    await shop.work(26)
    if line.product_id not in shop.products:
        raise HTTPException(404, f"no product {line.product_id}")
    lines = _visit(shop, request, response).basket
    lines.append(line.model_dump())
    del lines[50:]
    return {"lines": lines}


@v1.delete("/cart/items/{product_id}", status_code=204)
async def take_from_basket(product_id: int, request: Request, response: Response, shop: ShopHere) -> None:
    """Take something out of the basket."""
    await shop.work(18)
    visit = _visit(shop, request, response)
    visit.basket[:] = [line for line in visit.basket if line["product_id"] != product_id]


@v1.post("/orders", status_code=201)
@v2.post("/orders", status_code=201)
async def order(purchase: Purchase, buyer: Somebody, request: Request, shop: ShopHere) -> dict[str, Any]:
    """Buy."""
    await shop.work(95)
    visit = shop.visit(request)
    lines = [line.model_dump() for line in purchase.lines] or (visit.basket if visit else [])
    if not lines or any(line["product_id"] not in shop.products for line in lines):
        raise HTTPException(400, "nothing to order")
    placed = shop.place(buyer, list(lines), purchase.address)
    if visit:
        visit.basket.clear()
    return placed.public() | {"session_token": f"pay_{shop.token(24)}"}


@v1.get("/orders")
@v2.get("/orders")
async def my_orders(person: Somebody, shop: ShopHere) -> dict[str, Any]:
    """What the caller has bought."""
    await shop.work(32)
    return {"orders": [order.public() for order in shop.orders.values() if order.owner == person.id][-20:]}


@v1.get("/orders/{order_id}")
async def careless_order(order_id: int, person: Somebody, shop: ShopHere) -> dict[str, Any]:
    """HOLE (broken object level authorization): shows any order to anybody who is logged in."""
    await shop.work(21)
    found = _found(shop, order_id)
    return found.public() | {"customer": shop.by_id[found.owner].public()}


@v2.get("/orders/{order_id}")
async def careful_order(order_id: int, person: Somebody, shop: ShopHere) -> dict[str, Any]:
    """An order of the caller's own."""
    await shop.work(21)
    found = _found(shop, order_id)
    if found.owner != person.id:
        raise HTTPException(403, "this order belongs to somebody else")
    return found.public()


@v2.get("/orders/{order_id}/events")
async def follow(order_id: int, person: Somebody, shop: ShopHere) -> StreamingResponse:
    """How an order comes along, as server-sent events."""
    found = _found(shop, order_id)
    return StreamingResponse(_progress(shop, found), media_type="text/event-stream")


@v2.get("/fulfilment/orders")
async def waiting_orders(partner: Machine, shop: ShopHere, limit: int = 50) -> dict[str, Any]:
    """What the warehouse has to pack."""
    await shop.work(40)
    waiting = [order.public() for order in shop.orders.values() if order.status in ("placed", "paid")]
    return {"partner": partner, "orders": waiting[-min(max(limit, 1), 200) :]}


@payments.post("/v1/payments", status_code=201)
async def pay(payment: Payment, person: Somebody, shop: ShopHere) -> dict[str, Any]:
    """Pay for an order; cards that end in 0 are declined."""
    await shop.work(310)
    found = _found(shop, payment.order_id)
    if payment.card_number.strip().endswith("0"):
        raise HTTPException(402, "the card was declined")
    found.status = "paid"
    return {"id": f"pmt_{shop.token(20)}", "order_id": found.id, "amount_cents": payment.amount_cents, "status": "ok"}


@payments.get("/v1/payments/methods")
async def methods(person: Somebody, shop: ShopHere) -> dict[str, Any]:
    """How the caller can pay."""
    await shop.work(16)
    return {"methods": [{"type": "card", "brands": ["visa", "mastercard"]}, {"type": "invoice"}]}


async def _progress(shop: Shop, order: Order) -> AsyncIterator[str]:
    for step in ("received", "packed", order.status):
        yield f'event: status\ndata: {{"order_id": {order.id}, "status": "{step}"}}\n\n'
        await shop.work(700)


def _found(shop: Shop, order_id: int) -> Order:
    found = shop.orders.get(order_id)
    if found is None:
        raise HTTPException(404, f"no order {order_id}")
    return found


def _visit(shop: Shop, request: Request, response: Response) -> Visit:
    visit = shop.visit(request)
    if visit is None:
        visit = shop.open_visit()
        response.set_cookie("sessionid", visit.id, domain="shop.example", httponly=True, secure=True)
    return visit
