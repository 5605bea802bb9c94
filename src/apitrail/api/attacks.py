"""The addresses under /api/v1/attacks that are read: attacks as a list and one by one, their requests, and both as CSV (A2)."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from starlette.responses import Response, StreamingResponse

from apitrail.api.asking import General, TheStore, Viewer, json, shows
from apitrail.explore.attacks import grouping, listing, opening
from apitrail.explore.attacks.asking import Asked
from apitrail.explore.attacks.export import attacks_csv, findings_csv
from apitrail.explore.attacks.listing import ORDER, Attack
from apitrail.explore.attacks.opening import AttackRequest

router = APIRouter(dependencies=Viewer)

Cursor = Annotated[str, Query(description="`next_cursor` of the page before.")]
GroupBy = Annotated[
    str, Query(description=f"Filter words with commas, at most {grouping.GROUPS_LIMIT}: what the findings of an attack share.")
]
Preset = Annotated[str, Query(description=f"Instead of `group_by`: {', '.join(grouping.PRESETS)}.")]
Sort = Annotated[str, Query(description="A measure that is a number or a time; a minus puts the largest first.")]


class AttacksPage(msgspec.Struct):
    """A page of attacks."""

    items: list[Attack]
    total: int
    next_cursor: str | None = None


class AttackRequestsPage(msgspec.Struct):
    """A page of requests of an attack, one row for each finding in them."""

    items: list[AttackRequest]
    total: int
    next_cursor: str | None = None


@router.get("/attacks", responses=shows(AttacksPage))
def list_attacks(
    store: TheStore, question: General, group_by: GroupBy = "", preset: Preset = "", sort: Sort = ORDER, limit: int = 50,
    cursor: Cursor = "",
) -> Response:  # fmt: skip
    """Attacks under filters, those seen last first, with the exact total; false positives only when a filter asks for marks."""
    words = grouping.chosen(group_by, preset)
    return json(listing.list_attacks(store, Asked(question), group_by=words, sort=sort, limit=limit, cursor=cursor))


@router.get("/attacks.csv", response_class=StreamingResponse)
def export_attacks(
    store: TheStore, question: General, group_by: GroupBy = "", preset: Preset = "", sort: Sort = ORDER
) -> StreamingResponse:
    """All attacks under filters as CSV."""
    words = grouping.chosen(group_by, preset)
    return _csv(attacks_csv(listing.every_attack(store, Asked(question), group_by=words, sort=sort), words), "attacks")


@router.get("/attacks/{attack_id}", responses=shows(Attack))
def open_attack(store: TheStore, attack_id: str, question: General) -> Response:
    """One attack: what it adds up to under filters, false positives included."""
    return json(opening.open_attack(store, Asked(question, attack_id)))


@router.get("/attacks/{attack_id}/requests", responses=shows(AttackRequestsPage))
def attack_requests(store: TheStore, attack_id: str, question: General, limit: int = 100, cursor: Cursor = "") -> Response:
    """The requests of one attack, newest first."""
    return json(opening.list_findings(store, Asked(question, attack_id), limit=limit, cursor=cursor))


@router.get("/attacks/{attack_id}/export.csv", response_class=StreamingResponse)
def export_attack(store: TheStore, attack_id: str, question: General) -> StreamingResponse:
    """The findings of one attack as CSV."""
    grouping.decode(attack_id)
    return _csv(findings_csv(opening.every_finding(store, Asked(question, attack_id))), "attack")


def _csv(pieces: object, name: str) -> StreamingResponse:
    headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
    return StreamingResponse(pieces, media_type="text/csv; charset=utf-8", headers=headers)  # type: ignore[arg-type]
