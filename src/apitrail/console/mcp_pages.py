"""The page of MCP servers: those that were seen, and where each of them says session, user and role (S8.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from apitrail.access.roles import ADMIN, Person, allows
from apitrail.configure import session_parameters
from apitrail.console.asking import TheClock, ThePerson, TheStore, may_act
from apitrail.console.links import View
from apitrail.console.templating import page
from apitrail.console.words import Clock
from apitrail.errors import BadQuestion
from apitrail.explore.mcp_servers import list_servers
from apitrail.model.parameters import McpServer
from apitrail.store import Store

ADDRESS = "/settings/mcp-servers"
POINTS = (
    ("session", "Session", "header Mcp-Session-Id, else the grouping keys"),
    ("user", "User", "session context parameters"),
    ("role", "Role", "session context parameters"),
)
"""What can be set of a server: the member, its title, and what counts when it is left empty."""

router = APIRouter(include_in_schema=False)


@router.get(ADDRESS)
def show(store: TheStore, clock: TheClock, person: ThePerson, saved: str = "") -> Response:
    """The MCP servers."""
    return _page(store, clock, person, saved=saved)


@router.post(ADDRESS)
def save(
    request: Request,
    store: TheStore,
    clock: TheClock,
    person: ThePerson,
    server: Annotated[str, Form()] = "",
    session: Annotated[str, Form()] = "",
    user: Annotated[str, Form()] = "",
    role: Annotated[str, Form()] = "",
    csrf: Annotated[str, Form()] = "",
    new: Annotated[str, Form()] = "",
) -> Response:
    """The points of a server are changed, or a server is added that was not seen yet."""
    may_act(person, csrf)
    wanted = McpServer(server=server, session=session, user=user, role=role)
    try:
        kept = session_parameters.keep_server(store, _with_points(wanted) if new else wanted, person.name)
    except BadQuestion as error:
        return _page(store, clock, person, refused=_refused(wanted, error, is_new=bool(new)))
    request.app.state.intake.recipes.refresh()
    return RedirectResponse(f"{ADDRESS}?{urlencode({'saved': kept.server})}", 303)


def _with_points(server: McpServer) -> McpServer:
    """The settings of a server to be added; BadQuestion when they say nothing."""
    if not (server.session or server.user or server.role):
        raise BadQuestion("say at least one point: a server without any is listed by itself when it is first seen")
    return server


@dataclass(frozen=True, slots=True)
class Refused:
    """A form that was not taken: what it held, the member that is wrong, or none, and what is wrong with it."""

    draft: McpServer
    is_new: bool
    member: str
    problem: BadQuestion


def _refused(draft: McpServer, error: BadQuestion, *, is_new: bool) -> Refused:
    member, _, words = error.message.partition(": ")
    if member not in {name for name, _, _ in POINTS}:
        return Refused(draft, is_new, "", error)
    said = words.partition(f"position {error.position}: ")[2] or words
    return Refused(draft, is_new, member, BadQuestion(said, position=error.position, suggestion=error.suggestion))


def _page(store: Store, clock: Clock, person: Person, *, saved: str = "", refused: Refused | None = None) -> Response:
    """The list; a form that was refused is open and says why."""
    found = list_servers(store)
    known = {one.server for one in found.items}
    return page(
        "mcp_servers.html", person, clock, status=400 if refused else 200, title="MCP servers", found=found, points=POINTS,
        saved=saved if saved in known else "", refused=refused, may_change=allows(person, ADMIN),
        sessions=lambda server: View(tab="mcp").with_term("mcp_server", server),
    )  # fmt: skip
