"""What people say of attacks: marks, closed vulnerabilities, saved views; all of them forms that lead back (A2.2, A2.4, A3.2)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from apitrail.access.roles import ANALYST
from apitrail.configure import marks, views
from apitrail.configure.views import SavedView
from apitrail.console.asking import FromForm, TheClock, ThePerson, TheStore, is_local, may_act
from apitrail.console.attacks_page import question_of
from apitrail.console.links import ATTACKS, INCIDENTS, AttackView
from apitrail.errors import BadQuestion
from apitrail.explore.attacks import incidents as answers
from apitrail.explore.attacks import opening
from apitrail.explore.attacks.asking import Asked

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form()]


@router.post(f"{ATTACKS}/mark", dependencies=[FromForm])
def mark(
    store: TheStore,
    clock: TheClock,
    person: ThePerson,
    mark: Text = "",
    csrf: Text = "",
    back: Text = ATTACKS,
    finding: Annotated[list[str] | None, Form()] = None,
    attack: Annotated[list[str] | None, Form()] = None,
    q: Text = "",
    start: Annotated[str, Form(alias="from")] = "",
    end: Annotated[str, Form(alias="to")] = "",
    incidents: Text = "",
) -> Response:
    """Findings, or all of some attacks as far as filters and interval show them, get a mark or lose it."""
    may_act(person, csrf, ANALYST)
    if not (finding or attack):
        raise BadQuestion("nothing is chosen; tick some attacks first")
    if finding:
        marks.mark_named(store, finding, mark, person.name)
    if attack:
        question = question_of(AttackView(q=q, start=start, end=end), clock)
        asked = (Asked(question, one, incidents=bool(incidents)) for one in attack)
        marks.mark(store, [found for one in asked for found in opening.finding_ids(store, one)], mark, person.name)
    return _back(back)


@router.post(f"{INCIDENTS}/{{incident_id}}/close")
def close(store: TheStore, incident_id: str, person: ThePerson, csrf: Text = "", back: Text = INCIDENTS) -> Response:
    """The vulnerability is closed."""
    may_act(person, csrf, ANALYST)
    answers.close(store, incident_id, person.name)
    return _back(back)


@router.post(f"{INCIDENTS}/{{incident_id}}/reopen")
def reopen(store: TheStore, incident_id: str, person: ThePerson, csrf: Text = "", back: Text = INCIDENTS) -> Response:
    """It is open again."""
    may_act(person, csrf, ANALYST)
    answers.reopen(store, incident_id, person.name)
    return _back(back)


@router.post("/views")
def save_view(
    store: TheStore,
    person: ThePerson,
    section: Text,
    name: Text,
    query: Text = "",
    default: Text = "",
    csrf: Text = "",
) -> Response:
    """What is shown is kept under a name."""
    may_act(person, csrf, ANALYST)
    kept = views.save(store, SavedView(section=section, name=name, query=query, default=bool(default)), person.name)
    return RedirectResponse(f"/{kept.section}?{kept.query}", 303)


@router.post("/views/remove")
def remove_view(store: TheStore, person: ThePerson, section: Text, name: Text, csrf: Text = "", back: Text = ATTACKS) -> Response:
    """A saved view is forgotten."""
    may_act(person, csrf, ANALYST)
    views.remove(store, section, name, person.name)
    return _back(back)


def _back(wanted: str) -> Response:
    return RedirectResponse(wanted if is_local(wanted) else ATTACKS, 303)
