"""The attacks in one exchange, each with its point, its payload and the signatures that found it (A1.1, A1.2)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from apitrail.inspect.attacks.matching import SURE_ENOUGH, matcher, together
from apitrail.inspect.attacks.signature import Hit
from apitrail.inspect.attacks.telling import most_telling
from apitrail.inspect.attacks.values import look
from apitrail.inspect.attacks.whole import whole_request_hits
from apitrail.inspect.points.extracting import Reading
from apitrail.model.classification import classify
from apitrail.model.finding import Finding, Reason
from apitrail.model.texts import sayable

PAYLOAD_LIMIT = 500
"""Characters of a payload."""
AROUND = 100
"""Characters of a longer value that are shown before what was found in it."""
FINDINGS_LIMIT = 50
"""Findings of one request."""
REASONS_LIMIT = 10
"""Signatures that one finding names, the surest."""
ABSENT = frozenset((0, 400, 403, 404, 405, 406, 410, 421, 444, 501, 505))
"""Statuses of a server that has not what was asked for, and 0, not known; 401 and failures tell of something that is there."""


class Detected(NamedTuple):
    """What was found in a request, and the named limits at which the search stopped looking further."""

    findings: tuple[Finding, ...] = ()
    overlimit: tuple[str, ...] = ()

    def with_more(self, other: Detected) -> Detected:
        """What was found here and there."""
        return Detected(self.findings + other.findings, tuple(dict.fromkeys(self.overlimit + other.overlimit)))


NOTHING = Detected()


def detect(reading: Reading, *, referer: str = "") -> Detected:
    """The attacks of a request, surest first; one of each type at each point.

    `referer` is the page that led to it where the reading has no headers.
    """
    looked, cut = look(reading)
    hits, also_cut = matcher().search(looked)
    if hits and (referer or not _is_asked_blindly(reading)):
        hits = [hit for hit in hits if not hit.signature.absent]
    every = [*hits, *whole_request_hits(reading)]
    overlimit = tuple(dict.fromkeys((*cut, *also_cut)))
    if not every:
        return Detected((), overlimit) if overlimit else NOTHING
    places: dict[tuple[str, str, tuple[object, ...], bool, str], list[Hit]] = {}
    for hit in every:
        value = hit.value
        places.setdefault((value.side, value.place, value.steps, value.is_name, hit.signature.type), []).append(hit)
    found = [_finding(some, sure) for some in places.values() if (sure := together(some)) >= SURE_ENOUGH]
    if not found and not overlimit:
        return NOTHING
    return Detected(tuple(sorted(found, key=lambda finding: -finding.confidence)[:FINDINGS_LIMIT]), overlimit)


def findings(reading: Reading) -> tuple[Finding, ...]:
    """The attacks of a request alone."""
    return detect(reading).findings


def _is_asked_blindly(reading: Reading) -> bool:
    """Whether the server has not what was asked for, and no page led there: a site with a broken link of its own is no probe."""
    return reading.exchange.status in ABSENT and not reading.request.headers.get("referer")


def _finding(hits: list[Hit], sure: float) -> Finding:
    best = most_telling(hits)
    text, start, end = _window(best)
    cwe, owasp, _ = classify(best.signature.type, best.signature.subtype) or (0, "", None)
    return Finding(
        type=best.signature.type,
        subtype=best.signature.subtype,
        point=sayable(best.value.point),
        payload=sayable(text),
        rule=best.signature.rule,
        confidence=round(sure, 3),
        start=start,
        end=end,
        reasons=tuple(_reasons(hits)),
        cwe=cwe,
        owasp=owasp,
    )


def _window(hit: Hit) -> tuple[str, int, int]:
    """The value, or the part of a long one around the hit, and where in it the hit stands."""
    text = hit.value.text
    first = 0 if len(text) <= PAYLOAD_LIMIT else max(0, hit.start - AROUND)
    shown = text[first : first + PAYLOAD_LIMIT]
    return shown, hit.start - first, min(hit.end - first, len(shown))


def _reasons(hits: list[Hit]) -> Iterable[Reason]:
    """Each signature once, the surest first."""
    best: dict[str, float] = {}
    for hit in hits:
        best[hit.signature.rule] = max(best.get(hit.signature.rule, 0.0), hit.sure)
    ranked = sorted(best.items(), key=lambda item: -item[1])
    return (Reason(rule, round(sure, 3)) for rule, sure in ranked[:REASONS_LIMIT])
