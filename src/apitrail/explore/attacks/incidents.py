"""Incidents: attacks that worked, by the vulnerability that let them in, which is open or closed (A3)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import msgspec

from apitrail.configure import vulnerabilities
from apitrail.errors import NotFound
from apitrail.explore.answers import Page
from apitrail.explore.attacks import grouping
from apitrail.explore.attacks.asking import Asked
from apitrail.explore.attacks.listing import ORDER, PAGE_LIMIT, Attack, list_attacks
from apitrail.explore.attacks.opening import open_attack
from apitrail.explore.times import epoch_microseconds
from apitrail.model.finding import FALSE_POSITIVE
from apitrail.query.interval import iso
from apitrail.query.sql import FINDINGS, Values
from apitrail.query.tree import Question
from apitrail.store import Store

OPEN, CLOSED, REOPENED = "open", "closed", "reopened"


class Incident(msgspec.Struct, kw_only=True):
    """Attacks that worked through the same vulnerability: host, endpoint, type and point.

    `vulnerability` is `open`, `closed`, or `reopened` when it happened again after it was closed, at `closed_at` by
    `closed_by`.
    `kind`, `shown` and `shown_at` are the evidence of the newest request: what kind it is, its words, and where they stand.
    """

    id: str
    vulnerability: str
    closed_at: str | None
    closed_by: str
    endpoint: str
    point: str
    kind: str
    shown: str
    shown_at: str
    attack: Attack


def list_incidents(store: Store, asked: Asked, *, sort: str = ORDER, limit: int = 50, cursor: str = "") -> Page:
    """One page of incidents and how many there are in all."""
    asked = dataclasses.replace(asked, incidents=True)
    page = list_attacks(store, asked, group_by=grouping.VULNERABILITY, sort=sort, limit=limit, cursor=cursor)
    states = _States(store)
    page.items = [_incident(one, states) for one in page.items]
    return page


def every_incident(store: Store, asked: Asked, *, sort: str = ORDER) -> Iterator[Incident]:
    """All incidents, read page by page."""
    cursor = ""
    while True:
        page = list_incidents(store, asked, sort=sort, limit=PAGE_LIMIT, cursor=cursor)
        yield from page.items
        if not page.next_cursor:
            return
        cursor = page.next_cursor


def open_incident(store: Store, asked: Asked) -> Incident:
    """The incident that is asked; NotFound when nothing of it is stored."""
    if grouping.decode(asked.attack)[0] != grouping.VULNERABILITY:
        raise NotFound("there is no incident of this id; start from the list of incidents")
    return _incident(open_attack(store, dataclasses.replace(asked, incidents=True)), _States(store))


def close(store: Store, incident: str, author: str) -> Incident:
    """Say that the vulnerability of an incident is no more; NotFound when there is none of this id."""
    found = open_incident(store, Asked(Question(), incident))
    vulnerabilities.close(store, found.id, author)
    return open_incident(store, Asked(Question(), incident))


def reopen(store: Store, incident: str, author: str) -> Incident:
    """Take back that the vulnerability of an incident is no more; NotFound when there is none of this id."""
    found = open_incident(store, Asked(Question(), incident))
    vulnerabilities.reopen(store, found.id, author)
    return open_incident(store, Asked(Question(), incident))


class _States:
    """What has been closed, and what happened again since, whatever interval is looked at."""

    def __init__(self, store: Store) -> None:
        self._closed = vulnerabilities.closed(store)
        self._again = _newest_since(store, min(one.time for one in self._closed.values())) if self._closed else {}

    def of(self, incident: str) -> tuple[str, str | None, str]:
        """Whether the vulnerability of an incident is open, when it was closed, and by whom."""
        closed = self._closed.get(incident)
        if closed is None:
            return OPEN, None, ""
        return REOPENED if self._again.get(incident, 0) > closed.time else CLOSED, iso(closed.time), closed.author


def _newest_since(store: Store, since: int) -> dict[str, int]:
    """The time of the newest request of each incident that has one later than `since`, in microseconds since 1970."""
    values = Values()
    names = [f"g{at}" for at in range(len(grouping.VULNERABILITY))]
    groups = ", ".join(f"{grouping.column(word)} AS {name}" for word, name in zip(grouping.VULNERABILITY, names, strict=True))
    rows = store.rows(
        f"SELECT {groups}, max(time) AS newest FROM {FINDINGS} AS findings WHERE evidence != '' AND mark != '{FALSE_POSITIVE}'"
        f" AND time > fromUnixTimestamp64Micro({values.bind(since, 'Int64')}) GROUP BY {', '.join(names)}",
        values.bound,
    )
    return {
        grouping.encode(grouping.VULNERABILITY, [row[name] for name in names]): epoch_microseconds(row["newest"]) for row in rows
    }


def _incident(attack: Attack, states: _States) -> Incident:
    state, closed_at, closed_by = states.of(attack.id)
    kind, shown, shown_at = attack.proof
    return Incident(
        id=attack.id,
        vulnerability=state,
        closed_at=closed_at,
        closed_by=closed_by,
        endpoint=attack.group["endpoint"],
        point=attack.group["point"],
        kind=kind,
        shown=shown,
        shown_at=shown_at,
        attack=attack,
    )
