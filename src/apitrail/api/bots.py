"""The addresses under /api/v1/bots: the sessions that are bots, and one of them (B4, B6)."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from starlette.responses import Response

from apitrail.api.asking import General, TheStore, Viewer, json, shows
from apitrail.api.routes import Cursor
from apitrail.explore.bots import listing
from apitrail.explore.bots.listing import ORDER, Bot

ADDRESS = "/bots"

router = APIRouter(dependencies=Viewer)

Sort = Annotated[str, Query(description="What to sort by, such as `confidence`; a minus puts the largest first.")]


class BotsPage(msgspec.Struct):
    """A page of bots."""

    items: list[Bot]
    total: int
    next_cursor: str | None = None


@router.get(ADDRESS, responses=shows(BotsPage))
def list_bots(store: TheStore, question: General, sort: Sort = ORDER, limit: int = 50, cursor: Cursor = "") -> Response:
    """Bots under filters, a session part and bot type each, the newest first, with the exact total."""
    return json(listing.list_bots(store, question, sort=sort, limit=limit, cursor=cursor))


@router.get(f"{ADDRESS}/{{bot_id}}", responses=shows(Bot))
def open_bot(store: TheStore, bot_id: str) -> Response:
    """One bot: what each detector saw, and the requests that show it."""
    return json(listing.open_bot(store, bot_id))
