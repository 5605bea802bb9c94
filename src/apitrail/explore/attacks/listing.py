"""Findings grouped into attacks, one page at a time, by any attributes, with any measures (A2.1, A2.5)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from apitrail.errors import BadQuestion
from apitrail.explore.answers import Page
from apitrail.explore.attacks import grouping
from apitrail.explore.attacks.asking import Asked
from apitrail.explore.attacks.measures import COUNTED, MEASURES, Measure, measure_named
from apitrail.explore.sessions import blocked_status
from apitrail.model.attack import title
from apitrail.query import cursor as cursors
from apitrail.query.sql import FINDINGS, Values
from apitrail.store import Store

PAGE_LIMIT = 1000
ORDER = "-last_seen"


class Attack(msgspec.Struct, kw_only=True):
    """Findings that belong together: what they have in common, and what they add up to.

    `id` is opaque; `group` maps each filter word of the grouping to the value in common. `status` is `blocked`,
    `partially blocked` or `monitored`; `mark` is `false_positive` or `true_positive` when all findings are marked so, `mixed`
    when some are, else empty. The maps hold value -> number of findings, the lists some values of many; `proof` is the kind of
    evidence of the newest that worked, its words and their point.
    """

    id: str
    name: str
    group: dict[str, str]
    status: str
    mark: str
    requests: int
    findings: int
    sessions: int
    users: int
    ips: int
    payloads: int
    blocked: int
    incidents: int
    false_positives: int
    true_positives: int
    confidence: float
    started: str
    last_seen: str
    attack_types: dict[str, int]
    subtypes: dict[str, int]
    points: dict[str, int]
    hosts: dict[str, int]
    endpoints: dict[str, int]
    methods: dict[str, int]
    statuses: dict[str, int]
    countries: dict[str, int]
    applications: dict[str, int]
    signatures: dict[str, int]
    engines: dict[str, int]
    cwes: dict[str, int]
    owasp: dict[str, int]
    evidence: dict[str, int]
    proof: list[str]
    paths: list[str]
    addresses: list[str]
    user_names: list[str]
    payload_samples: list[str]


def list_attacks(
    store: Store,
    asked: Asked,
    *,
    group_by: Sequence[str] = grouping.DEFAULT,
    sort: str = ORDER,
    limit: int = 50,
    cursor: str = "",
) -> Page:
    """One page of attacks and how many there are in all."""
    page = aggregate(store, asked, group_by=group_by, select=tuple(MEASURES), sort=sort, limit=limit, cursor=cursor)
    page.items = [attack(row) for row in page.items]
    return page


def every_attack(
    store: Store, asked: Asked, *, group_by: Sequence[str] = grouping.DEFAULT, sort: str = ORDER
) -> Iterator[Attack]:
    """All attacks, read page by page."""
    cursor = ""
    while True:
        page = list_attacks(store, asked, group_by=group_by, sort=sort, limit=PAGE_LIMIT, cursor=cursor)
        yield from page.items
        if not page.next_cursor:
            return
        cursor = page.next_cursor


def aggregate(
    store: Store, asked: Asked, *, group_by: Sequence[str], select: Sequence[str], sort: str = ORDER, limit: int = 50,
    cursor: str = "",
) -> Page:  # fmt: skip
    """One page of groups, each with its `id`, its `group` and the selected measures, as plain values."""
    if not 1 <= limit <= PAGE_LIMIT:
        raise BadQuestion(f"limit is from 1 to {PAGE_LIMIT}, not {limit}", position=0, suggestion=str(PAGE_LIMIT))
    words = grouping.check(group_by)
    measures = [measure_named(name) for name in select]
    order, descending = _order(sort)
    told = f"{asked.text}\n{words}\n{sort}"
    after: list[Any] | None = None
    if cursor:
        span, after = cursors.decode(told, asked.question.interval, cursor, (int, str))
        asked = dataclasses.replace(asked, question=dataclasses.replace(asked.question, interval=span))
    rows = _rows(store, asked, words, _needed(measures, order), order, descending, limit + 1, after)
    following = None
    if len(rows) > limit:
        last = rows[limit - 1]
        following = cursors.encode(told, asked.question.interval, [last["rank"], str(last["tie"])])
    total = rows[0]["total"] if rows else 0
    return Page(items=[_group(row, words, measures) for row in rows[:limit]], total=total, next_cursor=following)


def _order(sort: str) -> tuple[Measure, bool]:
    measure = measure_named(sort.removeprefix("-"))
    if not measure.rank:
        ranked = ", ".join(one.name for one in MEASURES.values() if one.rank)
        raise BadQuestion(f"attacks cannot be ordered by {measure.name}; by {ranked} they can", position=0, suggestion=ORDER)
    return measure, sort.startswith("-")


def _needed(measures: Sequence[Measure], order: Measure) -> list[Measure]:
    """Everything that the statement must count, each once."""
    every = (*measures, order, *(MEASURES[name] for name in COUNTED))
    return list({measure.name: measure for measure in every}.values())


def _rows(
    store: Store, asked: Asked, words: Sequence[str], measures: Sequence[Measure], order: Measure, descending: bool, limit: int,
    after: list[Any] | None,
) -> list[dict[str, Any]]:  # fmt: skip
    values = Values()
    groups = ", ".join(f"{grouping.column(word)} AS g{at}" for at, word in enumerate(words))
    names = ", ".join(f"g{at}" for at in range(len(words)))
    counted = ", ".join(f"{measure.sql} AS {measure.name}" for measure in measures)
    found = f"SELECT {groups}, {counted} FROM {FINDINGS} AS findings WHERE {asked.findings(values)} GROUP BY {names}"
    ranked = f"toInt64({order.rank}) AS rank, cityHash64({names}) AS tie, count() OVER () AS total"
    kept = f"SELECT *, {ranked} FROM ({found}) WHERE {asked.having(values)}"
    direction, sign = ("DESC", "<") if descending else ("ASC", ">")
    following = ""
    if after:
        following = f"WHERE (rank, tie) {sign} ({values.bind(after[0], 'Int64')}, {values.bind(int(after[1]), 'UInt64')})"
    return store.rows(
        f"SELECT * FROM ({kept}) {following} ORDER BY rank {direction}, tie {direction} LIMIT {int(limit)}", values.bound
    )


def _group(row: dict[str, Any], words: Sequence[str], measures: Sequence[Measure]) -> dict[str, Any]:
    told = [row[f"g{at}"] for at in range(len(words))]
    return {
        "id": grouping.encode(words, told),
        "group": grouping.shown(words, told),
        **{measure.name: measure.read(row[measure.name]) for measure in measures},
    }


def attack(group: dict[str, Any]) -> Attack:
    """A group with all measures as an attack with its name, status and mark."""
    return Attack(
        name=name(group["group"], group["attack_types"], group["ips"]),
        status=blocked_status(group["blocked"], group["requests"]),
        mark=_mark(group),
        **group,
    )


def name(group: dict[str, str], types: dict[str, int], ips: int) -> str:
    """What people call an attack: its type, and where or from whom."""
    kind = title(group["attack"]) if "attack" in group else title(next(iter(types))) if len(types) == 1 else "Attacks"
    if "ip" in group:
        return f"{kind} from {group['ip'] or 'an unknown address'}"
    if "user" in group:
        return f"{kind} by {group['user'] or 'nobody signed in'}"
    if "session" in group:
        return f"{kind} in one session"
    where = group.get("host") or group.get("endpoint")
    if where:
        return f"{kind} on {where}"
    return f"{kind} from {ips} address{'' if ips == 1 else 'es'}"


def _mark(group: dict[str, Any]) -> str:
    for said in ("false_positive", "true_positive"):
        if group[f"{said}s"] == group["findings"]:
            return said
    return "mixed" if group["false_positives"] or group["true_positives"] else ""
