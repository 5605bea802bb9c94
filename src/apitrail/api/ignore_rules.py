"""The addresses under /api/v1/settings/ignore-rules: what is no attack in new traffic (A2.4)."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from apitrail.access.roles import ADMIN, VIEWER
from apitrail.api.asking import ThePerson, TheStore, at_least, json, only_known, shows, takes
from apitrail.api.body import read_body
from apitrail.api.members import BODY_LIMIT, read_members
from apitrail.api.parameters import recipes_of
from apitrail.configure import ignore_rules
from apitrail.configure.ignore_rules import KeptRule
from apitrail.model.ignoring import RULES_LIMIT, IgnoreRule

ADDRESS = "/settings/ignore-rules"

router = APIRouter(dependencies=[Depends(only_known)])


class IgnoreRules(msgspec.Struct):
    """Every rule, the one that was changed last first, and how many there may be."""

    items: list[KeptRule]
    limit: int = RULES_LIMIT


class RuleChange(msgspec.Struct):
    """Whether the rule is in force."""

    enabled: bool


@router.get(ADDRESS, dependencies=[Depends(at_least(VIEWER))], responses=shows(IgnoreRules))
def list_ignore_rules(store: TheStore) -> Response:
    """Every ignore rule, also those that are not in force."""
    return json(IgnoreRules(ignore_rules.kept(store)))


@router.post(
    ADDRESS,
    dependencies=[Depends(at_least(ADMIN))],
    responses=shows(KeptRule),
    openapi_extra=takes(IgnoreRule),
)
async def add_ignore_rule(request: Request, store: TheStore, person: ThePerson) -> Response:
    """A new rule for traffic from now on; the same one again answers the one there is."""
    wanted = read_members(await read_body(request, BODY_LIMIT), IgnoreRule)
    kept = await run_in_threadpool(ignore_rules.add, store, wanted, person.name)
    recipes_of(request).refresh()
    return json(kept)


@router.put(
    f"{ADDRESS}/{{rule_id}}",
    dependencies=[Depends(at_least(ADMIN))],
    responses=shows(KeptRule),
    openapi_extra=takes(RuleChange),
)
async def change_ignore_rule(request: Request, rule_id: str, store: TheStore, person: ThePerson) -> Response:
    """Put a rule in force, or out of it."""
    wanted = read_members(await read_body(request, BODY_LIMIT), RuleChange)
    kept = await run_in_threadpool(ignore_rules.change, store, rule_id, person.name, enabled=wanted.enabled)
    recipes_of(request).refresh()
    return json(kept)


@router.delete(f"{ADDRESS}/{{rule_id}}", dependencies=[Depends(at_least(ADMIN))])
def remove_ignore_rule(request: Request, rule_id: str, store: TheStore, person: ThePerson) -> Response:
    """Forget a rule."""
    ignore_rules.remove(store, rule_id, person.name)
    recipes_of(request).refresh()
    return json({"removed": rule_id})
