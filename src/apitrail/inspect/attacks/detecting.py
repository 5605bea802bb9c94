"""The attacks in one exchange, each with its point, its payload and the rules that found it (A1.1, A1.2)."""

from __future__ import annotations

from typing import NamedTuple

from apitrail.inspect.attacks.matching import SURE_ENOUGH, matcher, together
from apitrail.inspect.attacks.signature import Hit
from apitrail.inspect.attacks.values import values
from apitrail.inspect.points.extracting import Reading

PAYLOAD_LIMIT = 500
"""Characters of a payload that are shown."""
FINDINGS_LIMIT = 50
"""Findings of one request."""


class Finding(NamedTuple):
    """One attack: what it is, where it stands, and why it is one."""

    type: str
    subtype: str
    point: str
    payload: str
    rule: str
    sure: float


def findings(reading: Reading) -> list[Finding]:
    """The attacks of a request, surest first; one of each type at each point."""
    looked = values(reading)
    if not looked:
        return []
    places: dict[tuple[str, str, tuple[object, ...], bool, str], list[Hit]] = {}
    for hit in matcher().hits(looked):
        value = hit.value
        places.setdefault((value.side, value.place, value.steps, value.is_name, hit.signature.type), []).append(hit)
    found = [_finding(hits, sure) for hits in places.values() if (sure := together(hits)) >= SURE_ENOUGH]
    return sorted(found, key=lambda finding: -finding.sure)[:FINDINGS_LIMIT]


def _finding(hits: list[Hit], sure: float) -> Finding:
    best = max(hits, key=lambda hit: hit.sure)
    payload = best.value.text[best.start : best.end] or best.value.text
    return Finding(
        best.signature.type,
        best.signature.subtype,
        best.value.point,
        payload[:PAYLOAD_LIMIT],
        best.signature.rule,
        round(sure, 3),
    )
