"""What an expanded request shows: the request with its payloads marked, what was found in it, and what to do about it (S4.6)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec

from apitrail.console import insights, links, pace, request_text
from apitrail.console.highlighting import highlighted
from apitrail.console.links import AttackView
from apitrail.console.words import cwe_title, evidence_title, mark_title, owasp_title
from apitrail.explore.answers import KnownFinding, Request
from apitrail.explore.attacks import grouping
from apitrail.model import attack
from apitrail.store import Store


def card(request: Request, *, back: str, store: Store | None = None) -> dict[str, Any]:
    """Everything the template of an expanded request needs; `back` is where its forms come back to.

    With a `store`, time and size come with the picture of what is usual for the endpoint, and with what is known of it.
    """
    payloads = [finding.payload for finding in request.verdicts]
    proofs = [finding.evidence.text for finding in request.verdicts if finding.evidence]
    content = request.content
    return {
        "request": request,
        "shown": highlighted(request_text.raw(request).replace("\r\n", "\n").rstrip("\n"), payloads),
        "cut": content.request.cut if content else 0,
        "answered": _answered(request, proofs),
        "answer_cut": content.response.cut if content else 0,
        "findings": [_finding(request, finding, back) for finding in request.verdicts],
        "pace": pace.pictures(store, request) if store else pace.rows(request),
        "insights": insights.insights(store, request) if store else None,
        "curl": request_text.curl(request),
        "raw": request_text.raw(request),
        "arguments": _pretty(request.arguments) if request.arguments else "",
        "investigate": links.one_request(request.session_id, request.time[:10], request.request_id),
        "back": back,
    }


def _answered(request: Request, proofs: list[str]) -> str:
    message = request.content.response if request.content else None
    if message is None or not (message.headers or message.body):
        return ""
    head = request_text.response_head(request)
    return highlighted(f"{head}\n\n{message.body}".rstrip("\n"), proofs)


def _finding(request: Request, finding: KnownFinding, back: str) -> dict[str, Any]:
    return {
        "finding": finding,
        "title": attack.title(finding.type),
        "payload": _payload(finding),
        "cwe": cwe_title(str(finding.cwe)) if finding.cwe else "",
        "owasp": owasp_title(finding.owasp) if finding.owasp else "",
        "evidence": evidence_title(finding.evidence.kind) if finding.evidence else "",
        "mark": mark_title(finding.mark),
        "attack_url": attack_of(request, finding),
        "rule_url": f"/attacks/rule?{urlencode({'finding': finding.id, 'back': back})}",
    }


def _payload(finding: KnownFinding) -> Any:
    """The payload with what was found in it marked, when that is known."""
    text = finding.payload
    if not 0 <= finding.start < finding.end <= len(text):
        return highlighted(text, [text])
    before, hit, after = text[: finding.start], text[finding.start : finding.end], text[finding.end :]
    return highlighted(before, ()) + highlighted(hit, [hit]) + highlighted(after, ())


def attack_of(request: Request, finding: KnownFinding) -> str:
    """The address of the attack that a finding belongs to, in the usual grouping."""
    values = {"attack": finding.type, "point": finding.point, "host": request.host}
    return AttackView(page=grouping.encode(grouping.DEFAULT, [values[word] for word in grouping.DEFAULT])).url()


def _pretty(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value)).decode()
