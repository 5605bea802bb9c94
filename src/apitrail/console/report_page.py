"""A session as one page to print or to send: its story, its picture, the evidence, what was found, the requests."""

from __future__ import annotations

import dataclasses
import time
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from apitrail.console import evidence, session_page
from apitrail.console.links import View, request_in_session
from apitrail.console.story import story
from apitrail.console.words import Clock
from apitrail.explore import requests
from apitrail.explore.answers import KnownFinding, Request
from apitrail.explore.together import together
from apitrail.model.finding import FALSE_POSITIVE
from apitrail.query.interval import iso
from apitrail.store import Store

REQUESTS_LIMIT = 500
"""Requests that a report lists; the file in CSV has all."""
FINDINGS_LIMIT = 100
"""Kinds of findings that a report lists."""


def content(store: Store, view: View, clock: Clock, session_id: str, day: str) -> dict[str, Any]:
    """Everything the template of a report needs; the view's filters and interval hold here as on the session's page.

    Flagged requests are marked among the others, not shown alone.
    """
    view = dataclasses.replace(view, request="", rafter="", order="", flagged="", path="")
    with together() as ask:
        bots = ask.submit(evidence.bots_of, store, session_id, day)
        judged = ask.submit(lambda: evidence.content(store, bots.result(), view))
        opened = session_page.look(store, view, clock, session_id, day, bots)
        question, session = opened.question, opened.session
        listed = requests.list_requests(store, question, session=session.id, limit=REQUESTS_LIMIT, total=session.requests).items
        every = listed if session.requests <= REQUESTS_LIMIT else None
        picture = session_page.picture(store, question, session, view, clock, every)
    return {
        "opened": {**session_page.frame(opened, view, day), "evidence": judged.result(), "picture": picture},
        "story": story(session, listed, opened.bots, clock),
        "requests": listed,
        "flagged": opened.flagged,
        "findings": _findings(listed),
        "now": iso(time.time_ns() // 1000),
    }


def _findings(listed: Iterable[Request]) -> list[dict[str, Any]]:
    """What was found, one row for each type at each point, with the first request that shows it."""
    found: defaultdict[tuple[str, str], list[tuple[Request, KnownFinding]]] = defaultdict(list)
    for request in listed:
        for one in request.verdicts:
            if one.mark != FALSE_POSITIVE:
                found[one.type, one.point].append((request, one))
    rows: list[dict[str, Any]] = [
        {
            "type": kind,
            "point": point,
            "requests": len({request.request_id for request, _ in some}),
            "worked": any(one.evidence for _, one in some),
            "first": some[0][0],
            "finding": next((one for _, one in some if one.evidence), some[0][1]),
            "url": request_in_session(some[0][0].session_id, some[0][0].request_id),
        }
        for (kind, point), some in found.items()
    ]
    return sorted(rows, key=lambda row: (not row["worked"], -row["requests"]))[:FINDINGS_LIMIT]
