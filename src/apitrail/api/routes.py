"""The addresses under /api/v1 that answer questions."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from starlette.responses import Response, StreamingResponse

from apitrail.api.asking import General, TheStore, Viewer, Within, json, shows
from apitrail.explore import export, facets, histogram, paths, related, requests, session, sessions, usual_paths
from apitrail.explore.answers import Request as StoredRequest
from apitrail.explore.request_orders import ORDERS
from apitrail.model.fields import CATALOGUE, field_named

router = APIRouter(dependencies=Viewer)

Cursor = Annotated[str, Query(description="`next_cursor` of the page before.")]
Day = Annotated[str, Query(description="A day on which the session has a part, as 2026-05-29.")]
RequestSort = Annotated[
    str,
    Query(description=f"One of {', '.join(ORDERS)}; a minus puts the largest, or newest, first. In order of time when empty."),
]


class RequestsPage(msgspec.Struct):
    """A page of requests."""

    items: list[StoredRequest]
    total: int
    next_cursor: str | None = None


@router.get("/sessions", responses=shows(sessions.SessionsPage))
def list_sessions(store: TheStore, question: General, sort: str = "-start", limit: int = 50, cursor: Cursor = "") -> Response:
    """Session parts under filters, newest first, with the exact total, and of how many sessions they are parts."""
    return json(sessions.list_sessions(store, question, sort=sort, limit=limit, cursor=cursor))


@router.get("/sessions/{session_id}", responses=shows(session.Session))
def open_session(store: TheStore, session_id: str, question: Within) -> Response:
    """One session: its parts and statistics, under general and in-session filters."""
    return json(session.open_session(store, question, session_id))


@router.get("/sessions/{session_id}/requests", responses=shows(RequestsPage))
def session_requests(
    store: TheStore, session_id: str, question: Within, *, newest_first: bool = False, sort: RequestSort = "", limit: int = 100,
    cursor: Cursor = "",
) -> Response:  # fmt: skip
    """The requests of one session, in time order unless `sort` says otherwise."""
    session.open_parts(store, session_id)
    page = requests.list_requests(
        store, question, session=session_id, newest_first=newest_first, sort=sort, limit=limit, cursor=cursor
    )
    return json(page)


@router.get("/sessions/{session_id}/related", responses=shows(related.Related))
def related_sessions(store: TheStore, session_id: str) -> Response:
    """Other sessions of the same actor, with the reasons, and the ones before and after."""
    return json(related.related(store, session_id))


@router.get("/sessions/{session_id}/path", responses=shows(paths.Path))
def session_path(store: TheStore, session_id: str, question: Within) -> Response:
    """To which endpoints a session went, and what followed what."""
    session.open_parts(store, session_id)
    return json(paths.path(store, question, session_id))


@router.get("/sessions/{session_id}/compare", responses=shows(usual_paths.Compared))
def compare_session(store: TheStore, session_id: str, day: Day = "") -> Response:
    """A session beside what is usual for its role at its host: its part of a day of UTC, of the last one unless told."""
    return json(usual_paths.compare(store, session_id, day))


@router.get("/sessions/{session_id}/export.{format}", response_class=StreamingResponse)
def export_session(store: TheStore, session_id: str, format: str, question: Within) -> StreamingResponse:  # noqa: A002
    """The requests of one session as csv, har or json."""
    session.open_parts(store, session_id)
    pieces = export.export(store, question, format, session=session_id)
    return StreamingResponse(pieces, media_type=export.MEDIA_TYPES[format], headers=_download(f"{session_id}.{format}"))


@router.get("/requests", responses=shows(RequestsPage))
def list_requests(
    store: TheStore,
    question: General,
    *,
    newest_first: bool = True,
    sort: RequestSort = "",
    limit: int = 100,
    cursor: Cursor = "",
) -> Response:
    """The requests of all sessions, newest first unless `sort` says otherwise."""
    return json(requests.list_requests(store, question, newest_first=newest_first, sort=sort, limit=limit, cursor=cursor))


@router.get("/requests/{request_id}", responses=shows(StoredRequest))
def one_request(store: TheStore, request_id: str) -> Response:
    """One request by its id."""
    return json(requests.one_request(store, request_id))


@router.get("/histogram", responses=shows(histogram.Histogram))
def get_histogram(store: TheStore, question: General, bars: Annotated[int, Query(ge=1, le=1000)] = 96) -> Response:
    """Requests and attacks over time."""
    return json(histogram.histogram(store, question, bars=bars))


@router.get("/facets/{field}", responses=shows(facets.Facet))
def get_facet(
    store: TheStore, field: str, question: General, search: str = "", limit: Annotated[int, Query(ge=1, le=1000)] = 50
) -> Response:
    """The values of a field with counts under the other filters."""
    return json(facets.facet(store, question, field_named(field), search=search, limit=limit))


@router.get("/fields")
def fields() -> Response:
    """The field catalogue: every filter word with its kind, unit and help, and its only values where it has but few."""
    return json(
        [
            {
                name: getattr(field, name)
                for name in ("word", "title", "kind", "unit", "scope", "facet", "help", "example", "values")
            }
            for field in CATALOGUE
        ]
    )


def _download(name: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{name}"'}
