"""The addresses under /api/v1/incidents: attacks that worked, by the vulnerability that let them in (A3)."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Depends
from starlette.responses import Response

from apitrail.access.roles import VIEWER
from apitrail.api.asking import General, ThePerson, TheStore, at_least, json, only_known, shows
from apitrail.api.attack_queries import JUDGE
from apitrail.api.attacks import Cursor, Sort
from apitrail.explore.attacks import incidents
from apitrail.explore.attacks.asking import Asked
from apitrail.explore.attacks.incidents import Incident
from apitrail.explore.attacks.listing import ORDER

router = APIRouter(dependencies=[Depends(only_known)])

Sees = [Depends(at_least(VIEWER))]
Judges = [Depends(at_least(JUDGE))]


class IncidentsPage(msgspec.Struct):
    """A page of incidents."""

    items: list[Incident]
    total: int
    next_cursor: str | None = None


@router.get("/incidents", dependencies=Sees, responses=shows(IncidentsPage))
def list_incidents(store: TheStore, question: General, sort: Sort = ORDER, limit: int = 50, cursor: Cursor = "") -> Response:
    """Incidents under filters, those seen last first, with the exact total."""
    return json(incidents.list_incidents(store, Asked(question), sort=sort, limit=limit, cursor=cursor))


@router.get("/incidents/{incident_id}", dependencies=Sees, responses=shows(Incident))
def open_incident(store: TheStore, incident_id: str, question: General) -> Response:
    """One incident: its evidence, and what it adds up to under filters."""
    return json(incidents.open_incident(store, Asked(question, incident_id)))


@router.post("/incidents/{incident_id}/close", dependencies=Judges, responses=shows(Incident))
def close_incident(store: TheStore, incident_id: str, person: ThePerson) -> Response:
    """Say that the vulnerability is no more; when it happens again, it is reopened."""
    return json(incidents.close(store, incident_id, person.name))


@router.post("/incidents/{incident_id}/reopen", dependencies=Judges, responses=shows(Incident))
def reopen_incident(store: TheStore, incident_id: str, person: ThePerson) -> Response:
    """Take back that the vulnerability is no more."""
    return json(incidents.reopen(store, incident_id, person.name))
