"""Ignore rules: made of a false positive, from narrow to broad; listed, switched off and removed in the settings (A2.4)."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from apitrail.access.roles import ADMIN, allows
from apitrail.configure import ignore_rules, marks
from apitrail.console.asking import TheClock, ThePerson, TheStore, is_local, may_act
from apitrail.console.links import ATTACKS
from apitrail.console.templating import page
from apitrail.errors import NotFound
from apitrail.explore.attacks import opening
from apitrail.explore.attacks.asking import Asked
from apitrail.explore.attacks.opening import AttackRequest
from apitrail.model.attack import title
from apitrail.model.finding import FALSE_POSITIVE
from apitrail.model.ignoring import NAME_LIMIT, IgnoreRule
from apitrail.query import text
from apitrail.query.tree import Question, Terms

ADDRESS = "/settings/ignore-rules"
TITLE = "Ignore rules"

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form()]


@router.get(f"{ATTACKS}/rule")
def offer(store: TheStore, clock: TheClock, person: ThePerson, finding: str, back: str = ATTACKS) -> Response:
    """The ways to ignore what a finding is, from narrow to broad."""
    one = _finding(store, finding)
    told: dict[str, Any] = {"one": one, "kinds": _kinds(one), "places": _places(one), "back": back if is_local(back) else ATTACKS}
    return page("rule.html", person, clock, title="New ignore rule", may_change=allows(person, ADMIN), **told)


@router.post(f"{ATTACKS}/rule")
def create(
    request: Request,
    store: TheStore,
    person: ThePerson,
    finding: Text,
    kind: Text,
    place: Text,
    reason: Text = "",
    too: Text = "",
    csrf: Text = "",
) -> Response:
    """The rule is kept and in force for new traffic; `too` marks what is stored and fits as false positives."""
    may_act(person, csrf)
    one = _finding(store, finding)
    members: dict[str, Any] = {**_members(_kinds(one), kind), **_members(_places(one), place)}
    rule = IgnoreRule(type=one.type, reason=reason[:NAME_LIMIT], **members)
    kept = ignore_rules.add(store, rule, person.name)
    request.app.state.intake.recipes.refresh()
    marked = marks.mark(store, opening.finding_ids(store, Asked(_question(rule))), FALSE_POSITIVE, person.name) if too else 0
    return RedirectResponse(f"{ADDRESS}?{urlencode({'saved': kept.id, 'marked': str(marked)})}", 303)


@router.get(ADDRESS)
def show(store: TheStore, clock: TheClock, person: ThePerson, saved: str = "", marked: int = 0) -> Response:
    """Every rule."""
    told: dict[str, Any] = {"rules": ignore_rules.kept(store), "saved": saved, "marked": marked}
    return page("ignore_rules.html", person, clock, title=TITLE, may_change=allows(person, ADMIN), type_title=title, **told)


@router.post(f"{ADDRESS}/{{rule_id}}")
def change(request: Request, store: TheStore, person: ThePerson, rule_id: str, act: Text, csrf: Text = "") -> Response:
    """A rule is put in force, out of it, or removed."""
    may_act(person, csrf)
    if act == "remove":
        ignore_rules.remove(store, rule_id, person.name)
    else:
        ignore_rules.change(store, rule_id, person.name, enabled=act == "enable")
    request.app.state.intake.recipes.refresh()
    return RedirectResponse(ADDRESS, 303)


def _finding(store: TheStore, finding: str) -> AttackRequest:
    found = opening.list_findings(store, Asked(Question(text.parse(f"finding:{text.quote(finding)}"))), limit=1).items
    if not found:
        raise NotFound("this finding is not stored any more")
    return found[0]  # type: ignore[no-any-return]


Choice = tuple[str, str, dict[str, str]]
"""A way to choose: its name, what it says, and the members of a rule that it sets."""


def _kinds(one: AttackRequest) -> list[Choice]:
    """What is ignored, narrow first."""
    found: list[Choice] = [("signature", f"the signature {one.rule}", {"signature": one.rule})] if one.rule else []
    if one.subtype:
        found.append(("subtype", f"{one.title}, subtype {one.subtype}", {"subtype": one.subtype}))
    return [*found, ("type", f"every {one.title}", {})]


def _places(one: AttackRequest) -> list[Choice]:
    """Where it is ignored, narrow first."""
    point = one.point.partition("|")[0]
    here = {"endpoint": one.endpoint, "host": one.host}
    found: list[Choice] = []
    if point:
        found = [
            ("point", f"at {point} of {one.endpoint} on {one.host or 'any host'}", {"point": point, **here}),
            ("point_of_host", f"at {point} on {one.host or 'any host'}", {"point": point, "host": one.host}),
            ("point_anywhere", f"at {point} everywhere", {"point": point}),
        ]
    return [
        *found,
        ("endpoint", f"anywhere in {one.endpoint} on {one.host or 'any host'}", here),
        ("everywhere", "everywhere", {}),
    ]


def _members(choices: list[Choice], name: str) -> dict[str, str]:
    return next((members for known, _, members in choices if known == name), choices[0][2])


def _question(rule: IgnoreRule) -> Question:
    """The stored findings that a rule would have ignored."""
    words = {
        "attack": rule.type,
        "subtype": rule.subtype,
        "signature": rule.signature,
        "endpoint": rule.endpoint,
        "host": rule.host,
    }
    terms: Terms = tuple(text.term(word, [value]) for word, value in words.items() if value)
    if rule.point:
        terms += text.parse(f"(point:{text.quote(rule.point)} OR point:{_starting(rule.point)})")
    return Question(terms)


def _starting(point: str) -> str:
    """A pattern for what a point's decoders yield; where quotes stand in it, the point alone."""
    return f"{point}|*" if text.is_plain(f"{point}|") else text.quote(point)
