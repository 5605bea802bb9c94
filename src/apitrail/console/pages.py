"""The pages: what the address asks for, answered by `explore`, shown by a template."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Form, Query, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.staticfiles import StaticFiles

from apitrail.access.roles import ADMIN, ANALYST, SENDER, Person, allows, require
from apitrail.configure import views
from apitrail.console import (
    abuse_pages,
    abuse_settings,
    attack_pages,
    columns,
    compare_page,
    completing,
    denylist_pages,
    discovery_pages,
    filters,
    links,
    manual_pages,
    mark_pages,
    mcp_pages,
    recommendation_pages,
    report_page,
    rule_pages,
    session_page,
    sessions_page,
    settings_pages,
    specification_pages,
    styleguide,
    tour,
    traffic_pages,
)
from apitrail.console.asking import (
    TIMES_COOKIE,
    TZ_COOKIE,
    TheAddress,
    TheClock,
    ThePerson,
    TheStore,
    TheTokens,
    clock_of,
    is_local,
    may_act,
    person_of,
)
from apitrail.console.templating import page
from apitrail.console.words import Clock
from apitrail.errors import ApitrailError, BadQuestion
from apitrail.model.fields import field_named
from apitrail.query.interval import zone

STATIC = Path(__file__).parent / "static"
KEPT_SECONDS = 31_536_000
"""How long a browser keeps what its viewer chose: a year."""

router = APIRouter(include_in_schema=False)


class _Static(StaticFiles):
    """Style, script and icon; a browser keeps them and asks whether they changed."""

    def file_response(self, *args: Any, **options: Any) -> Response:
        response = super().file_response(*args, **options)
        response.headers["cache-control"] = "no-cache"
        return response


def install(app: FastAPI) -> None:
    """Add the console to a server."""
    app.mount("/static", _Static(directory=STATIC), name="static")
    app.include_router(router)
    app.include_router(settings_pages.router)
    app.include_router(recommendation_pages.router)
    app.include_router(mcp_pages.router)
    app.include_router(mark_pages.router)
    app.include_router(rule_pages.router)
    app.include_router(specification_pages.router)
    app.include_router(attack_pages.router)
    app.include_router(discovery_pages.router)
    app.include_router(abuse_pages.router)
    app.include_router(abuse_settings.router)
    app.include_router(denylist_pages.router)
    app.include_router(traffic_pages.router)
    app.include_router(styleguide.router)
    app.include_router(tour.router)
    app.include_router(manual_pages.router)
    for kind in (ApitrailError, RequestValidationError, HTTPException):
        for_programs: Any = app.exception_handlers[kind]
        app.add_exception_handler(kind, _for_people(for_programs))


Handler = Callable[[Request, Exception], Awaitable[Response]]


def _for_people(for_programs: Handler) -> Handler:
    """An error as a page, unless it is an address of the API that was asked."""

    async def shown(request: Request, error: Exception) -> Response:
        answer = await for_programs(request, error)
        if request.url.path.startswith("/api/"):
            return answer
        said = error if isinstance(error, BadQuestion) else BadQuestion(json.loads(bytes(answer.body))["error"]["message"])
        person, back = getattr(request.state, "person", None), getattr(request.state, "back", "")
        return _problem(person, clock_of(request), said, answer.status_code, back=back)

    return shown


def _problem(
    person: Person | None, clock: Clock, error: BadQuestion, status: int, view: links.View | None = None, *, back: str = ""
) -> Response:
    text = filters.wrong_text(view.q, view.sq) if view else ""
    title = HTTPStatus(status).phrase.capitalize()
    ways = [("Back to where you were", back)] if back else []
    return page("problem.html", person, clock, status=status, problem=error, text=text, view=view, title=title, ways=ways)


def view(
    q: str = "",
    start: Annotated[str, Query(alias="from")] = "",
    end: Annotated[str, Query(alias="to")] = "",
    sort: str = "",
    after: str = "",
    open: str = "",  # noqa: A002
    day: str = "",
    sq: str = "",
    all: str = "",  # noqa: A002
    order: str = "",
    rafter: str = "",
    request: str = "",
    facet: str = "",
    search: str = "",
    tab: str = "",
    flagged: str = "",
    bot: str = "",
    beside: str = "",
    cols: str = "",
    world: str = "",
    path: str = "",
    done: str = "",
    held: str = "",
    tour: str = "",
) -> links.View:
    """The view of an address; BadQuestion when it names a tab that there is not."""
    if tab not in links.TABS:
        raise BadQuestion(f"there is no tab {tab[:40]!r}", suggestion="mcp")
    return links.View(
        q=q, start=start, end=end, sort=sort, after=after, open=open, day=day, sq=sq, all=all, order=order, rafter=rafter,
        request=request, facet=facet, search=search, tour=tour, tab=tab,
        flagged=flagged, bot=bot, beside=beside, cols=cols, world=world, path=path, done=done, held=held,
    )  # fmt: skip


TheView = Annotated[links.View, Depends(view)]


@router.get("/")
def home() -> Response:
    """The console begins at the sessions."""
    return RedirectResponse(links.LIST, 303)


@router.get("/sessions")
def sessions(
    store: TheStore, view: TheView, clock: TheClock, person: ThePerson, server: TheAddress, live: str = ""
) -> Response:  # fmt: skip
    """The list of sessions, with one of them opened in its place when the address says so.

    Without parameters, under the view that people chose to begin with.
    """
    begin = views.default(store, "sessions") if view.url() == view.base and not view.tour else None
    if begin and begin.query:
        return RedirectResponse(f"{view.base}?{begin.query}", 303)
    told: dict[str, Any] = {"may_mark": allows(person, ANALYST), "live": bool(live), "server": server}
    try:
        content = sessions_page.content(store, view, clock)
    except BadQuestion as error:
        return page("sessions.html", person, clock, status=400, **told, **sessions_page.refused(store, view, clock, error))
    return page("sessions.html", person, clock, **told, **content)


@router.get("/sessions/facet")
def facet(store: TheStore, view: TheView, clock: TheClock, person: ThePerson) -> Response:
    """The content of one dropdown."""
    try:
        return page("_facet.html", person, clock, view=view, facet=sessions_page.facet(store, view, clock))
    except BadQuestion as error:
        return page("_problem.html", person, clock, status=400, problem=error, text=filters.wrong_text(view.q, view.sq))


@router.get("/sessions/complete")
def complete(store: TheStore, view: TheView, clock: TheClock, person: ThePerson, at: int = 0) -> Response:
    """What the filter box offers while somebody types."""
    return completing.answer(view, at, lambda asked: sessions_page.facet(store, asked, clock), person, clock)


@router.get("/sessions/filter")
def add_filter(view: TheView, field: str, v: Annotated[list[str] | None, Query()] = None, mode: str = "only") -> Response:
    """What a dropdown's form sends: the chosen values become one term of the filter."""
    return RedirectResponse(view.with_values(field_named(field).word, v or (), negated=mode == "not"), 303)


@router.get("/sessions/interval")
def set_interval(view: TheView, clock: TheClock) -> Response:
    """What the date and time form sends: times of the viewer's zone become times in the address."""
    return RedirectResponse(filters.with_interval(view, clock), 303)


@router.get("/sessions/columns")
def choose_columns(view: TheView, col: Annotated[list[str] | None, Query()] = None) -> Response:
    """What the form of the columns sends."""
    return RedirectResponse(view.url(cols=columns.written(col or ())), 303)


@router.get("/sessions/ticked")
def ticked(request: Request, view: TheView, s: Annotated[list[str] | None, Query()] = None, act: str = "") -> Response:
    """What is done with ticked sessions: two are compared, or only they are shown."""
    chosen = list(dict.fromkeys(s or ()))
    request.state.back = view.url()
    if not chosen:
        raise BadQuestion("nothing is chosen; tick some sessions first")
    if act == "compare":
        if len(chosen) != 2:
            raise BadQuestion(f"two sessions are compared, not {len(chosen)}; tick two of them")
        session, _, day = chosen[0].partition(".")
        return RedirectResponse(view.compared(session, day, chosen[1]), 303)
    return RedirectResponse(view.with_values("session", [one.partition(".")[0] for one in chosen]), 303)


@router.get("/sessions/{session_id}")
def session(store: TheStore, session_id: str, view: TheView, clock: TheClock, person: ThePerson) -> Response:
    """One session on a page of its own."""
    shown = dataclasses.replace(view, page=session_id, open="", facet="")
    try:
        opened = session_page.content(store, shown, clock, session_id, view.day)
    except BadQuestion as error:
        return _problem(person, clock, error, 404 if error.code == "not_found" else 400, shown)
    return page("session.html", person, clock, view=shown, opened=opened, title="Session")


@router.get("/sessions/{session_id}/report")
def report(store: TheStore, session_id: str, view: TheView, clock: TheClock, person: ThePerson) -> Response:
    """A session as one page to print or to send."""
    shown = dataclasses.replace(view, page=session_id, open="", facet="")
    try:
        content = report_page.content(store, shown, clock, session_id, view.day)
    except BadQuestion as error:
        return _problem(person, clock, error, 404 if error.code == "not_found" else 400, shown)
    return page("report.html", person, clock, title="Session", view=shown, **content)


@router.get("/sessions/{session_id}/compare")
def compare(store: TheStore, session_id: str, view: TheView, clock: TheClock, person: ThePerson) -> Response:
    """A session beside what is usual for its group, or beside another one."""
    try:
        content = compare_page.content(store, view, clock, session_id)
    except BadQuestion as error:
        return _problem(person, clock, error, 404 if error.code == "not_found" else 400, view)
    return page("compare.html", person, clock, title="Session", **content)


@router.get("/live", dependencies=[Depends(person_of)])
async def live(request: Request) -> Response:
    """A stream of events: how much has been stored, whenever it grows."""
    return StreamingResponse(_growth(request), media_type="text/event-stream")


async def _growth(request: Request) -> AsyncIterator[str]:
    intake = request.app.state.intake
    told = -1
    while not await request.is_disconnected():
        if intake.stored != told:
            told = intake.stored
            yield f"data: {told}\n\n"
        await asyncio.sleep(1)


@router.get("/settings/tokens")
def list_tokens(tokens: TheTokens, clock: TheClock, person: ThePerson) -> Response:
    """The tokens, for administrators."""
    require(person, ADMIN)
    return page("tokens.html", person, clock, tokens=tokens.all(), title="API tokens")


@router.post("/settings/tokens")
def create_token(
    tokens: TheTokens,
    clock: TheClock,
    person: ThePerson,
    name: Annotated[str, Form()],
    role: Annotated[str, Form()],
    csrf: Annotated[str, Form()] = "",
) -> Response:
    """A new token, shown once."""
    may_act(person, csrf)
    problem, secret = None, ""
    try:
        secret, _ = tokens.create(name, role, author=person.name)
    except BadQuestion as error:
        problem = error
    everything = {"tokens": tokens.all(), "secret": secret, "problem": problem, "title": "API tokens"}
    return page("tokens.html", person, clock, status=400 if problem else 200, **everything)


@router.post("/settings/tokens/{token_id}/revoke")
def revoke_token(tokens: TheTokens, person: ThePerson, token_id: str, csrf: Annotated[str, Form()] = "") -> Response:
    """A token is made invalid."""
    may_act(person, csrf)
    tokens.revoke(token_id, author=person.name)
    return RedirectResponse("/settings/tokens", 303)


@router.get("/sign-in")
def sign_in(request: Request, code: str = "", next: str = "") -> Response:  # noqa: A002
    """The way in: by a one-time link, or the form that takes a token."""
    person = request.app.state.sign_in.redeem(code) if code else None
    if person:
        return _signed_in(request, person, next)
    problem = "This link was used before, or is too old. A server prints a new one when it starts." if code else ""
    return page("sign_in.html", None, clock_of(request), problem=problem, next=next, status=403 if code else 200)


@router.post("/sign-in")
def sign_in_by_token(
    request: Request,
    token: Annotated[str, Form()],
    next: Annotated[str, Form()] = "",  # noqa: A002
) -> Response:
    """A token opens a session."""
    person = request.app.state.tokens.person(token.strip())
    if person is None or person.role == SENDER:
        problem = "This token has the role sender, which sees nothing." if person else "This token is not valid here."
        return page("sign_in.html", None, clock_of(request), problem=problem, next=next, status=403)
    return _signed_in(request, person, next)


def _signed_in(request: Request, person: Person, wanted: str) -> Response:
    sign = request.app.state.sign_in
    response = RedirectResponse(wanted if is_local(wanted) else links.LIST, 303)
    secure = request.url.scheme == "https" or request.app.state.settings.text("public_url").startswith("https:")
    response.set_cookie(sign.cookie_name, sign.cookie(person), max_age=sign.seconds, httponly=True, samesite="lax", secure=secure)
    return response


@router.post("/sign-out")
def sign_out(request: Request) -> Response:
    """The session ends in this browser."""
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(request.app.state.sign_in.cookie_name)
    return response


@router.post("/time-zone")
def time_zone(tz: Annotated[str, Form()] = "", times: Annotated[str, Form()] = "", back: Annotated[str, Form()] = "") -> Response:
    """The viewer chooses the zone that times are shown in, and whether lists say how long ago something was."""
    response = RedirectResponse(back if is_local(back) else links.LIST, 303)
    if tz:
        zone(tz)
        response.set_cookie(TZ_COOKIE, tz, max_age=KEPT_SECONDS, samesite="lax")
    if times:
        response.set_cookie(TIMES_COOKIE, times, max_age=KEPT_SECONDS, samesite="lax")
    return response


__all__: list[Any] = ["install", "router"]
