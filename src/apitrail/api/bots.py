"""The addresses under /api/v1/bots: the sessions that are bots, one of them, and what people say of them (B4, B6)."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from apitrail.access.roles import ADMIN, require
from apitrail.api.asking import General, ThePerson, TheStore, Viewer, at_least, json, shows, takes
from apitrail.api.attack_queries import JUDGE, Filtered
from apitrail.api.body import read_body
from apitrail.api.members import BODY_LIMIT, read_members
from apitrail.api.routes import Cursor
from apitrail.configure import bot_verdicts
from apitrail.configure.bot_verdicts import DetectorPrecision
from apitrail.explore.bots import listing, marking
from apitrail.explore.bots.listing import ORDER, Bot
from apitrail.explore.bots.marking import MarkedBots
from apitrail.model.abuse import AbuseException
from apitrail.store import Store

ADDRESS = "/bots"

router = APIRouter(dependencies=Viewer)

Sort = Annotated[str, Query(description="What to sort by, such as `confidence`; a minus puts the largest first.")]


class BotsPage(msgspec.Struct):
    """A page of bots."""

    items: list[Bot]
    total: int
    next_cursor: str | None = None


class BotMarking(Filtered, kw_only=True):
    """Which bots are judged, by their ids or under filters and interval, and how; empty takes a mark away.

    `exception` is an exception for those that are rejected, or true for the one that is proposed; it needs the role admin.
    """

    mark: str
    bots: list[str] = msgspec.field(default_factory=list)
    exception: bool | AbuseException = False


class Precisions(msgspec.Struct):
    """How right the detectors were, those most often judged first."""

    items: list[DetectorPrecision]


@router.get(ADDRESS, responses=shows(BotsPage))
def list_bots(store: TheStore, question: General, sort: Sort = ORDER, limit: int = 50, cursor: Cursor = "") -> Response:
    """Bots under filters, a session part and bot type each, the newest first, with the exact total."""
    return json(listing.list_bots(store, question, sort=sort, limit=limit, cursor=cursor))


@router.post(
    f"{ADDRESS}/mark", dependencies=[Depends(at_least(JUDGE))], responses=shows(MarkedBots), openapi_extra=takes(BotMarking)
)
async def mark_bots(request: Request, store: TheStore, person: ThePerson) -> Response:
    """Confirm or reject bots, or take that back; rejected ones are gone from every list that does not ask for verdicts."""
    wanted = read_members(await read_body(request, BODY_LIMIT), BotMarking)
    if wanted.exception is not False:
        require(person, ADMIN)
    return json(await run_in_threadpool(_mark, store, wanted, person.name))


@router.get(f"{ADDRESS}/precision", responses=shows(Precisions))
def bots_precision(store: TheStore) -> Response:
    """How often people confirmed and rejected bots that each detector voted for."""
    return json(Precisions(bot_verdicts.precision(store)))


@router.get(f"{ADDRESS}/{{bot_id}}", responses=shows(Bot))
def open_bot(store: TheStore, bot_id: str) -> Response:
    """One bot: what each detector saw, and the requests that show it."""
    return json(listing.open_bot(store, bot_id))


@router.get(f"{ADDRESS}/{{bot_id}}/exception", responses=shows(AbuseException))
def propose_exception(store: TheStore, bot_id: str) -> Response:
    """The exception that is proposed for a bot, to be changed and added; nothing is kept by this."""
    return json(marking.proposal(listing.open_bot(store, bot_id)))


def _mark(store: Store, wanted: BotMarking, author: str) -> MarkedBots:
    bots = marking.chosen(store, wanted.bots, wanted.question())
    return marking.mark(store, bots, wanted.mark, author, exception=wanted.exception)
