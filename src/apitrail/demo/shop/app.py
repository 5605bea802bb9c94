"""Puts the shop together: one application a host, chosen by the Host header as a gateway does."""

from __future__ import annotations

import traceback

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import PlainTextResponse, Response

from apitrail.demo.client import OFFICE, PAY
from apitrail.demo.shop import access, agents, buying, graph, holes, office, storefront
from apitrail.demo.shop.state import Shop
from apitrail.middleware import App, Receive, Scope, Send

API_ROUTERS = (
    storefront.pages,
    holes.pages,
    *(module.v1 for module in (access, storefront, holes, buying)),
    *(module.v2 for module in (access, storefront, buying, graph)),
    agents.router,
)
OFFICE_ROUTERS = (access.v1, office.v1, office.v2, holes.office)


def build(shop: Shop) -> App:
    """The shop as an ASGI application."""
    front = _application(shop, API_ROUTERS)
    by_host = {OFFICE: _application(shop, OFFICE_ROUTERS), PAY: _application(shop, (buying.payments,))}

    async def gateway(scope: Scope, receive: Receive, send: Send) -> None:
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        # What routing, logging and the network cost, whatever is asked for.
        await shop.work(1.2)
        await by_host.get(host, front)(scope, receive, send)

    return gateway


def _application(shop: Shop, routers: tuple[APIRouter, ...]) -> FastAPI:
    application = FastAPI(title="Shop", docs_url=None, redoc_url=None)
    application.state.shop = shop
    for router in routers:
        application.include_router(router)
    application.add_exception_handler(ValueError, _tell_everything)
    return application


async def _tell_everything(request: Request, problem: Exception) -> Response:
    """HOLE (verbose error): the stack trace goes out, as it does where debugging was left on."""
    frames = traceback.extract_tb(problem.__traceback__)[-2:]
    lines = [f'  File "/srv/shop/app/{f.filename.rpartition("/")[2]}", line {f.lineno}, in {f.name}' for f in frames]
    text = "\n".join(("Traceback (most recent call last):", *lines, f"{type(problem).__name__}: {problem}"))
    return PlainTextResponse(text, 500)
