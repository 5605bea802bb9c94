"""The page of the session context parameters: the list in its order, a form, a preview that follows the form, the history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Depends, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from apitrail.access.roles import ADMIN, ANALYST, Person, allows, require
from apitrail.configure import session_parameters
from apitrail.configure.session_parameters import Kept
from apitrail.console.asking import TheClock, ThePerson, TheStore, may_act
from apitrail.console.templating import page
from apitrail.console.words import Clock
from apitrail.errors import BadQuestion, NotFound
from apitrail.explore import preview as trying
from apitrail.explore.parameters import changes
from apitrail.explore.preview import Preview
from apitrail.ingest.live import Intake
from apitrail.inspect.builtin import KEYS
from apitrail.model import point as points
from apitrail.model.parameters import LIMIT, TYPES, Parameter, check
from apitrail.store import Store

ADDRESS = "/settings/session-parameters"
TITLE = "Session context parameters"
FORM_LIMIT = 4 << 20
"""Bytes of a form; a pasted exchange grows when a browser encodes it."""

router = APIRouter(include_in_schema=False)

Fields = Mapping[str, str]


async def fields_of(request: Request) -> Fields:
    """The fields of a form; of a name that is there twice the last one."""
    parts, size = [], 0
    async for chunk in request.stream():
        parts.append(chunk)
        size += len(chunk)
        if size > FORM_LIMIT:
            raise HTTPException(413, f"a form has at most {FORM_LIMIT >> 20} MB")
    return dict(parse_qsl(b"".join(parts).decode("utf-8", "replace"), keep_blank_values=True))


TheFields = Annotated[Fields, Depends(fields_of)]


_NOTHING = Parameter(point="")


@dataclass(frozen=True, slots=True)
class Draft:
    """What the form holds: a parameter as it was typed, and the number of the one it replaces; 0 for a new one."""

    number: int = 0
    parameter: Parameter = _NOTHING
    version: str = ""
    exchange: str = ""

    def over(self, kept: tuple[Parameter, ...]) -> tuple[Parameter, ...]:
        """The list with the draft in it."""
        if not self.number:
            return (*kept, self.parameter)
        if self.number > len(kept):
            raise NotFound(f"there is no parameter {self.number}")
        return (*kept[: self.number - 1], self.parameter, *kept[self.number :])

    def address(self, point: str) -> str:
        """The page with this form filled in, but with another point."""
        one = self.parameter
        given = {"edit": str(self.number or ""), "point": point, "name": one.name, "type": one.type}
        given |= {name: "on" for name in ("hashed", "grouping") if getattr(one, name)}
        return f"{ADDRESS}?{urlencode({name: value for name, value in given.items() if value})}#parameter"


def _draft(fields: Fields) -> Draft:
    text = fields.get("edit") or fields.get("number") or ""
    return Draft(
        int(text) if text.isdecimal() and len(text) < 4 else 0,
        Parameter(
            point=fields.get("point", "").strip(),
            name=fields.get("name", "").strip(),
            type=fields.get("type") or "none",
            hashed="hashed" in fields,
            grouping="grouping" in fields,
        ),
        fields.get("version", ""),
        fields.get("exchange", ""),
    )


@router.get("/settings")
def settings() -> Response:
    """The settings begin at the session context parameters."""
    return RedirectResponse(ADDRESS, 303)


@router.get(ADDRESS)
def show(request: Request, store: TheStore, clock: TheClock, person: ThePerson) -> Response:
    """The session context parameters; `edit` opens the form of one, other members fill the form in."""
    kept = session_parameters.kept(store)
    draft = _draft(request.query_params)
    if draft.number and "point" not in request.query_params:
        if draft.number > len(kept.parameters):
            return RedirectResponse(ADDRESS, 303)
        draft = Draft(draft.number, kept.parameters[draft.number - 1], kept.version)
    return _page(request, store, clock, person, draft)


@router.post(ADDRESS)
def save(request: Request, store: TheStore, clock: TheClock, person: ThePerson, fields: TheFields) -> Response:
    """A parameter is added, or one is changed."""
    draft = _draft(fields)
    may_act(person, fields.get("csrf", ""))
    try:
        points.parse(draft.parameter.point)
        before = session_parameters.kept(store)
        return _kept(request, store, person, draft.over(before.parameters), draft.version)
    except BadQuestion as error:
        return _page(request, store, clock, person, draft, problem=error)


@router.post(f"{ADDRESS}/move")
def move(request: Request, store: TheStore, clock: TheClock, person: ThePerson, fields: TheFields) -> Response:
    """A parameter goes to another place in the order."""
    may_act(person, fields.get("csrf", ""))
    try:
        at, to = _number(fields, "number"), _number(fields, "to")
        after = session_parameters.moved(session_parameters.kept(store).parameters, at - 1, to - 1)
        return _kept(request, store, person, after, fields.get("version", ""))
    except BadQuestion as error:
        return _page(request, store, clock, person, Draft(), problem=error)


@router.post(f"{ADDRESS}/delete")
def delete(request: Request, store: TheStore, clock: TheClock, person: ThePerson, fields: TheFields) -> Response:
    """A parameter goes."""
    may_act(person, fields.get("csrf", ""))
    try:
        kept, number = session_parameters.kept(store).parameters, _number(fields, "number")
        after = (*kept[: number - 1], *kept[number:])
        return _kept(request, store, person, after, fields.get("version", ""))
    except BadQuestion as error:
        return _page(request, store, clock, person, Draft(), problem=error)


@router.post(f"{ADDRESS}/preview")
def preview(request: Request, store: TheStore, clock: TheClock, person: ThePerson, fields: TheFields) -> Response:
    """What the list, with the form's parameter in it, makes of an exchange; the whole page, or only that part of it."""
    require(person, ANALYST)
    draft = _draft(fields)
    if "fragment" not in fields:
        return _page(request, store, clock, person, draft)
    tried = _tried(request, store, session_parameters.kept(store), draft)
    return page("_preview.html", person, clock, draft=draft, fragment=True, **tried)


def _number(fields: Fields, name: str) -> int:
    text = fields.get(name, "")
    if not text.isdecimal() or not 0 < int(text[:4]) <= LIMIT:
        raise BadQuestion(f"{name} is the number of a parameter, not {text[:40]!r}")
    return int(text[:4])


def _kept(request: Request, store: Store, person: Person, wanted: tuple[Parameter, ...], version: str) -> Response:
    """Put a list in force, and show it."""
    session_parameters.keep(store, wanted, person.name, version=version)
    intake: Intake = request.app.state.intake
    intake.recipes.refresh()
    return RedirectResponse(f"{ADDRESS}?saved=1", 303)


def _page(
    request: Request, store: Store, clock: Clock, person: Person, draft: Draft, *, problem: BadQuestion | None = None
) -> Response:
    kept = session_parameters.kept(store)
    history = changes(store)
    content: dict[str, Any] = {
        "kept": kept,
        "draft": draft,
        "history": history,
        "saved": history[0] if history and "saved" in request.query_params else None,
        "limit": LIMIT,
        "types": TYPES,
        "builtin": KEYS,
        "may_try": allows(person, ANALYST),
        "may_change": allows(person, ADMIN),
        "title": TITLE,
    }
    content |= _tried(request, store, kept, draft) if allows(person, ANALYST) else _UNTRIED
    if content["point_problem"] and problem and problem.position is not None:
        problem = None
    if problem and str(content["preview_problem"]) == str(problem):
        content["preview_problem"] = None
    wrong = problem or _is_posted_wrong(request, content)
    return page(
        "session_parameters.html", person, clock, status=400 if wrong else 200, problem=problem, fragment=False, **content
    )


_UNTRIED: dict[str, Any] = {"preview": None, "preview_problem": None, "point_problem": None}


def _is_posted_wrong(request: Request, content: Mapping[str, Any]) -> bool:
    return request.method == "POST" and bool(content["point_problem"] or content["preview_problem"])


def _tried(request: Request, store: Store, kept: Kept, draft: Draft) -> dict[str, Any]:
    """The preview of the list with the draft in it; when the draft is wrong, that is told, and the list is tried without it."""
    found: dict[str, Any] = dict(_UNTRIED)
    wanted = kept.parameters
    if draft.parameter.point:
        found["point_problem"] = _point_problem(draft.parameter.point)
        try:
            wanted = wanted if found["point_problem"] else check(draft.over(wanted))
        except BadQuestion as error:
            found["preview_problem"] = error
    try:
        found["preview"] = _preview(request, store, wanted, draft.exchange)
    except BadQuestion as error:
        found["preview_problem"] = error
    return found


def _point_problem(text: str) -> BadQuestion | None:
    """What is wrong with a point, in words that stand beside it."""
    try:
        points.parse(text)
    except BadQuestion as error:
        words = error.message.partition(f"position {error.position}: ")[2] or error.message
        return BadQuestion(words[:1].upper() + words[1:], position=error.position, suggestion=error.suggestion)
    return None


def _preview(request: Request, store: Store, wanted: tuple[Parameter, ...], exchange: str) -> Preview:
    intake: Intake = request.app.state.intake
    recipe = intake.recipes.current()._replace(parameters=wanted)
    return trying.preview(store, recipe, exchange=exchange, recent=list(intake.recent))
