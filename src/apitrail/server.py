"""One server: gate, JSON API and console over one store."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from apitrail.access.compressing import Compressing
from apitrail.access.gate import Gate
from apitrail.access.signin import SignIn
from apitrail.access.tokens import Tokens
from apitrail.api import (
    abuse,
    asking,
    attack_queries,
    attacks,
    bots,
    endpoints,
    errors,
    ignore_rules,
    incidents,
    lists,
    machine,
    mcp,
    parameters,
    recommendations,
    routes,
    sensitive_patterns,
    specifications,
    views,
)
from apitrail.console import pages
from apitrail.ingest.live import Intake
from apitrail.ingest.uploads import Uploads
from apitrail.settings import Settings
from apitrail.store import Store


def create_app(store: Store, settings: Settings, *, intake: Intake | None = None) -> FastAPI:
    """The ASGI application over an open store; its `state.sign_in` makes sign-in links."""
    app = FastAPI(
        title="apitrail", version="1", docs_url=None, redoc_url=None, openapi_url=None, description="API sessions, answered."
    )
    app.state.store = store
    app.state.settings = settings
    app.state.intake = intake or Intake(store, queue=settings.number("ingest_queue"), geo_file=settings.text("geo_file"))
    app.state.uploads = Uploads(store, geo_file=settings.text("geo_file"))
    app.state.ingest_queue = settings.number("ingest_queue")
    app.state.ingest_body_bytes = settings.number("ingest_body_mb") << 20
    app.state.tokens = Tokens(store)
    app.state.sign_in = SignIn(store, hours=settings.number("session_hours"))
    errors.install(app)
    app.include_router(machine.router, prefix="/api/v1", tags=["machine"])
    app.include_router(routes.router, prefix="/api/v1", tags=["answers"])
    app.include_router(attack_queries.router, prefix="/api/v1", tags=["attacks"])
    app.include_router(attacks.router, prefix="/api/v1", tags=["attacks"])
    app.include_router(incidents.router, prefix="/api/v1", tags=["attacks"])
    app.include_router(bots.router, prefix="/api/v1", tags=["abuse"])
    app.include_router(abuse.router, prefix="/api/v1", tags=["abuse"])
    app.include_router(lists.router, prefix="/api/v1", tags=["abuse"])
    app.include_router(endpoints.router, prefix="/api/v1", tags=["discovery"])
    app.include_router(ignore_rules.router, prefix="/api/v1", tags=["settings"])
    app.include_router(sensitive_patterns.router, prefix="/api/v1", tags=["settings"])
    app.include_router(views.router, prefix="/api/v1", tags=["settings"])
    app.include_router(parameters.router, prefix="/api/v1", tags=["settings"])
    app.include_router(recommendations.router, prefix="/api/v1", tags=["settings"])
    app.include_router(mcp.router, prefix="/api/v1", tags=["settings"])
    app.include_router(specifications.router, prefix="/api/v1", tags=["settings"])
    app.add_api_route("/api/v1/openapi.json", lambda: _openapi(app), include_in_schema=False)
    pages.install(app)
    app.add_middleware(Compressing, files="/static/")
    app.add_middleware(Gate, tokens=app.state.tokens, sign_in=app.state.sign_in, hosts=_hosts(settings))
    return app


def _openapi(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(title=app.title, version=app.version, routes=app.routes, openapi_version="3.1.0")
    document.setdefault("components", {}).setdefault("schemas", {}).update(asking.DESCRIBED)
    return document


def _hosts(settings: Settings) -> list[str]:
    names = ["localhost", settings.text("host")]
    public = urlsplit(settings.text("public_url")).hostname
    return [*names, public] if public else names
