"""The addresses under /api/v1/attacks that take a question as JSON: aggregation, statistics, marks, and their schema (A2.5)."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from apitrail.access.roles import ANALYST, VIEWER
from apitrail.api.asking import ThePerson, TheStore, at_least, json, only_known, shows, takes
from apitrail.api.body import read_body
from apitrail.api.members import BODY_LIMIT, read_members
from apitrail.configure import marks
from apitrail.errors import BadQuestion
from apitrail.explore.attacks import grouping, listing, marking, schema, statistics
from apitrail.explore.attacks.asking import Asked
from apitrail.explore.attacks.listing import ORDER
from apitrail.explore.attacks.schema import AttackSchema
from apitrail.explore.attacks.statistics import Series, Slice
from apitrail.query import conditions, text
from apitrail.query.interval import interval
from apitrail.query.tree import Question
from apitrail.store import Store

router = APIRouter(dependencies=[Depends(only_known)])

JUDGE = ANALYST
"""The role that says what an attack is: a judgement about traffic, as trying settings out, and no setting."""


class TimeRange(msgspec.Struct, forbid_unknown_fields=True):
    """From a time, included, to a time, excluded, as in the parameters `from` and `to`."""

    start: str = msgspec.field(name="from", default="")
    end: str = msgspec.field(name="to", default="")


class Filtered(msgspec.Struct, kw_only=True):
    """What every question has: a filter as text `q` or as a tree `where`, and a start such as `-24h` or a start and an end."""

    q: str = ""
    where: dict[str, Any] | None = None
    time_range: str | TimeRange = ""

    def question(self) -> Question:
        """The question; BadQuestion when it is wrong, or when both forms of a filter are there."""
        if self.q and self.where is not None:
            raise BadQuestion("a filter is q or where, not both", position=0, suggestion="where")
        terms = text.parse(self.q) if self.where is None else conditions.read(self.where)
        span = self.time_range
        edges = (span, "") if isinstance(span, str) else (span.start, span.end)
        return Question(terms, interval(*edges))


class AttackQuery(Filtered, kw_only=True):
    """Measures of groups of findings, one page of them."""

    select: list[str] = msgspec.field(default_factory=lambda: ["requests"])
    group_by: list[str] = []
    preset: str = ""
    order_by: str = ORDER
    limit: int = 50
    cursor: str = ""


class AttackGroups(msgspec.Struct):
    """A page of groups, each with `id`, `group` and the measures that were selected."""

    items: list[dict[str, Any]]
    total: int
    next_cursor: str | None = None


class AttackStatistic(Filtered, kw_only=True):
    """One figure: `kind` is value, series, top or pie; `field` is what a top list or a pie is of, `by` what splits a series."""

    kind: str = statistics.VALUE
    measure: str = ""
    field: str = ""
    by: str = ""
    limit: int = 10
    bars: int = statistics.BARS
    group_by: list[str] = []
    preset: str = ""


class AttackFigure(msgspec.Struct, omit_defaults=True):
    """The answer to a statistic: its kind and measure, and one of the three others."""

    kind: str
    measure: str
    value: float | None = None
    series: Series | None = None
    items: list[Slice] | None = None


class Marking(Filtered, kw_only=True):
    """What is marked, findings by their ids or an attack under filters and interval, and as what; empty takes marks away."""

    mark: str
    findings: list[str] = []
    attack: str = ""


class Marked(msgspec.Struct):
    """How many findings have the mark now."""

    marked: int


@router.get("/attacks/schema", dependencies=[Depends(at_least(VIEWER))], responses=shows(AttackSchema))
def attack_schema() -> Response:
    """By what one filters, groups and orders attacks, what they add up to, and the limits of a question."""
    return json(schema.schema())


@router.post(
    "/attacks/query", dependencies=[Depends(at_least(VIEWER))], responses=shows(AttackGroups), openapi_extra=takes(AttackQuery)
)
async def query_attacks(request: Request, store: TheStore) -> Response:
    """Findings grouped by any attributes, with any measures, one page at a time."""
    wanted = read_members(await read_body(request, BODY_LIMIT), AttackQuery)
    return json(await run_in_threadpool(_groups, store, wanted))


def _groups(store: Store, wanted: AttackQuery) -> Any:
    words = grouping.chosen(",".join(wanted.group_by), wanted.preset)
    return listing.aggregate(
        store,
        Asked(wanted.question()),
        group_by=words,
        select=list(dict.fromkeys(wanted.select)),
        sort=wanted.order_by,
        limit=wanted.limit,
        cursor=wanted.cursor,
    )


@router.post(
    "/attacks/stats",
    dependencies=[Depends(at_least(VIEWER))],
    responses=shows(AttackFigure),
    openapi_extra=takes(AttackStatistic),
)
async def attack_statistics(request: Request, store: TheStore) -> Response:
    """One figure of attacks: a number, a series over time, a top list, or shares of a whole."""
    wanted = read_members(await read_body(request, BODY_LIMIT), AttackStatistic)
    return json(await run_in_threadpool(_figure, store, wanted))


def _figure(store: Store, wanted: AttackStatistic) -> AttackFigure:
    words = grouping.chosen(",".join(wanted.group_by), wanted.preset)
    asked = Asked(wanted.question(), group_by=words)
    measure = wanted.measure or ("findings" if wanted.kind == statistics.PIE else "requests")
    _check_members(wanted)
    figure = AttackFigure(wanted.kind, measure)
    if wanted.kind == statistics.VALUE:
        figure.value = statistics.single(store, asked, measure)
    elif wanted.kind == statistics.SERIES:
        figure.series = statistics.series(store, asked, measure, by=wanted.by, bars=wanted.bars)
    else:
        shares = statistics.pie if wanted.kind == statistics.PIE else statistics.top
        figure.items = shares(store, asked, wanted.field, measure, limit=wanted.limit)
    return figure


_NEEDS = {statistics.VALUE: (), statistics.SERIES: ("by",), statistics.TOP: ("field",), statistics.PIE: ("field",)}
"""Which of the attributes each kind of statistic has."""


def _check_members(wanted: AttackStatistic) -> None:
    if wanted.kind not in _NEEDS:
        raise BadQuestion(
            f"kind is one of {', '.join(statistics.KINDS)}, not {wanted.kind[:40]!r}", position=0, suggestion=statistics.VALUE
        )
    needs: tuple[str, ...] = _NEEDS[wanted.kind]
    for name in ("field", "by"):
        if getattr(wanted, name) and name not in needs:
            raise BadQuestion(f"a statistic of the kind {wanted.kind} has no {name}", position=0)
    if "field" in needs and not wanted.field:
        raise BadQuestion(f"a statistic of the kind {wanted.kind} needs a field, such as attack", position=0, suggestion="field")


@router.post("/attacks/mark", dependencies=[Depends(at_least(JUDGE))], responses=shows(Marked), openapi_extra=takes(Marking))
async def mark_attacks(request: Request, store: TheStore, person: ThePerson) -> Response:
    """Mark findings, or everything an attack has under filters, as false or true positives, or take the marks away."""
    wanted = read_members(await read_body(request, BODY_LIMIT), Marking)
    return json(Marked(await run_in_threadpool(_mark, store, wanted, person.name)))


def _mark(store: Store, wanted: Marking, author: str) -> int:
    if bool(wanted.findings) == bool(wanted.attack):
        raise BadQuestion("what is marked is either findings or an attack", position=0, suggestion="findings")
    question = wanted.question()
    if not wanted.findings:
        return marking.mark_attack(store, Asked(question, wanted.attack), wanted.mark, author)
    if question.terms or question.interval != Question().interval:
        raise BadQuestion("findings are marked by their ids; filters are for an attack", position=0, suggestion="attack")
    return marks.mark_named(store, wanted.findings, wanted.mark, author)
