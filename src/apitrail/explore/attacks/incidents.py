"""Incidents: attacks that worked, by the vulnerability that let them in, which is open or closed (A3)."""

from __future__ import annotations

import dataclasses

import msgspec

from apitrail.configure import vulnerabilities
from apitrail.explore.answers import Page
from apitrail.explore.attacks import grouping
from apitrail.explore.attacks.asking import Asked
from apitrail.explore.attacks.listing import ORDER, Attack, list_attacks
from apitrail.explore.attacks.opening import open_attack
from apitrail.query.interval import instant, iso
from apitrail.store import Store

OPEN, CLOSED, REOPENED = "open", "closed", "reopened"


class Incident(msgspec.Struct, kw_only=True):
    """Attacks that worked through the same vulnerability: host, endpoint, type and point.

    `vulnerability` is `open`, `closed`, or `reopened` when it happened again after it was closed, at `closed_at`.
    `kind`, `shown` and `shown_at` are the evidence of the newest request: what kind it is, its words, and where they stand.
    """

    id: str
    vulnerability: str
    closed_at: str | None
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
    closed = vulnerabilities.closed(store)
    page.items = [_incident(one, closed) for one in page.items]
    return page


def open_incident(store: Store, asked: Asked) -> Incident:
    """The incident that is asked; NotFound when nothing of it is stored."""
    asked = dataclasses.replace(asked, incidents=True)
    return _incident(open_attack(store, asked), vulnerabilities.closed(store))


def _incident(attack: Attack, closed: dict[str, int]) -> Incident:
    at = closed.get(attack.id)
    again = at is not None and instant(attack.last_seen, now=0) > at
    kind, shown, shown_at = attack.proof
    return Incident(
        id=attack.id,
        vulnerability=OPEN if at is None else REOPENED if again else CLOSED,
        closed_at=None if at is None else iso(at),
        endpoint=attack.group["endpoint"],
        point=attack.group["point"],
        kind=kind,
        shown=shown,
        shown_at=shown_at,
        attack=attack,
    )
