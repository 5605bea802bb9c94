"""What an opened session shows: statistics that filter, a picture, its requests, one of them expanded."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from apitrail.console import charts, evidence, pace, path_chart, related, request_card
from apitrail.console.links import View
from apitrail.console.words import Clock, outcome, value_title
from apitrail.errors import BadQuestion, NotFound
from apitrail.explore import histogram, requests
from apitrail.explore.answers import Page, Request
from apitrail.explore.paths import path
from apitrail.explore.related import related_to
from apitrail.explore.session import Session, open_session
from apitrail.model.fields import field_named
from apitrail.model.finding import FALSE_POSITIVE
from apitrail.query import text
from apitrail.query.interval import interval, iso
from apitrail.query.sql import DAY
from apitrail.query.tree import Interval, Question
from apitrail.store import Store

PAGE_SIZE = 60
SHOWN_VALUES = 8
"""Values of one statistic that are shown before "more"."""
BY_TIME = frozenset(("", "desc"))
"""The orders of requests by time."""


def content(store: Store, view: View, clock: Clock, session_id: str, day: str) -> dict[str, Any]:
    """Everything the template of a session needs."""
    asked = question_of(view, clock, day)
    bots = evidence.bots_of(store, session_id, day)
    flagged = evidence.flagged(bots)
    question = _only(asked, flagged) if view.flagged else asked
    session = open_session(store, question, session_id)
    begins = view.rafter
    shown = _page(store, question, session, view, begins)
    if view.request and not begins and shown.next_cursor and view.request not in {one.request_id for one in shown.items}:
        begins = _cursor_of_expanded(store, question, session, view)
        shown = _page(store, question, session, view, begins) if begins else shown
        view = dataclasses.replace(view, rafter=begins)
    span = question.interval
    downloads = dataclasses.replace(view, sq=text.write(question.session_terms))
    return {
        "session": session,
        "view": view,
        "day": day,
        "narrow_day": bool(day) and len(session.parts) > 1,
        "whole": _whole(session, day),
        "narrowed": view.is_narrowed and not view.all and session.general != _whole(session, day),
        "chips": _chips(view, asked),
        "evidence": evidence.content(store, bots, view),
        "statistics": _statistics(view, session),
        "timed": any(request.duration_ms is not None for request in shown.items),
        "one_by_one": session.requests <= charts.MARKS,
        "picture": _picture(store, question, session, view, clock, shown.items),
        "requests": [
            {**_request(store, request, view, flagged.get(request.request_id, "")), "day": day}
            for request, day in zip(shown.items, _days(shown.items, session, view, clock), strict=True)
        ],
        "next": view.url(rafter=shown.next_cursor) + view.anchor if shown.next_cursor else "",
        "first": view.url(rafter="", request="") + view.anchor if begins else "",
        "sorts": _sorts(view),
        "by_time": view.order in BY_TIME,
        "paced": _paced(view, session),
        "parts": [{"part": part, "url": view.own_page(session.id, day=part.day, start="", end="")} for part in session.parts],
        "own_page": view.own_page(session.id, day=day),
        "report": view.report(session.id, day),
        "compare": view.compared(session.id, day or session.parts[-1].day, ""),
        "path": path_chart.content(path(store, question, session.id), view) if session.requests > 1 else None,
        "related": related.content(related_to(store, session.id, session.parts)),
        "files": {kind: downloads.file(session.id, kind, _edge(span.start), _edge(span.end)) for kind in ("csv", "har", "json")},
    }


def _only(question: Question, flagged: Collection[str]) -> Question:
    """The question for only the requests that show best that the session is a bot."""
    only = text.term("request", sorted(flagged) or [""])
    return dataclasses.replace(question, session_terms=(*question.session_terms, only))


def _page(store: Store, question: Question, session: Session, view: View, cursor: str) -> Page:
    return requests.list_requests(
        store, question, session=session.id, sort=_sort(view), limit=PAGE_SIZE, cursor=cursor,
        total=session.requests,
    )  # fmt: skip


def _cursor_of_expanded(store: Store, question: Question, session: Session, view: View) -> str:
    """Where the page begins that has the expanded request; nowhere when the session has no such request."""
    try:
        found = requests.one_request(store, view.request, session.id)
    except NotFound:
        return ""
    return requests.cursor_at(question, found, session=session.id, sort=_sort(view))


def _sort(view: View) -> str:
    """The order of the requests: `desc` is the newest first, other words are those of the answers."""
    return {"": "time", "desc": "-time"}.get(view.order, view.order)


def _sorts(view: View) -> dict[str, dict[str, str]]:
    """The links that sort by a column: time begins with the first, the others with the largest; once more turns it round."""
    now = _sort(view)
    first = {word: f"-{word}" for word in ("duration_ms", "duration_ratio", "response_bytes", "size_ratio")}
    return {word: _heading(view, word, begin, now) for word, begin in {"time": "time", **first}.items()}


def _heading(view: View, word: str, begin: str, now: str) -> dict[str, str]:
    turned = word if begin.startswith("-") else f"-{word}"
    wanted = turned if now == begin else begin
    order = {"time": "", "-time": "desc"}.get(wanted, wanted)
    arrow = "" if now.lstrip("-") != word else "↓" if now.startswith("-") else "↑"
    return {"url": view.url(order=order, rafter="") + view.anchor, "arrow": arrow}


def _paced(view: View, session: Session) -> list[dict[str, Any]]:
    """How many requests are slow or large, each a filter; nothing where none is."""
    active = {term.text for term in text.parse(view.sq)}
    found = (("slow", session.slow), ("large", session.large))
    return [
        {**_statistic(view, word, count, session, active), "said": f"{count.requests:,} {word}"}
        for word, count in found
        if count.requests
    ]


def _whole(session: Session, day: str) -> int:
    """All requests of the session, or of its part of a day, whatever the filters."""
    return sum(part.requests for part in session.parts if not day or part.day == day)


def _edge(microseconds: int | None) -> str:
    return "" if microseconds is None else iso(microseconds)


def question_of(view: View, clock: Clock, day: str) -> Question:
    """The question inside the opened session: general filters unless dropped, in-session filters, the interval within a day."""
    general = () if view.all else text.parse(view.general)
    span = Interval() if view.all else interval(view.start, view.end, tz=clock.zone)
    return Question(general, _within_day(span, day) if day else span, text.parse(view.sq))


def _within_day(span: Interval, day: str) -> Interval:
    try:
        start = (dt.date.fromisoformat(day) - dt.date(1970, 1, 1)).days * DAY
    except ValueError:
        raise BadQuestion(f"a day is written as 2026-05-29, not {day[:40]!r}", position=0) from None
    low = start if span.start is None else max(start, span.start)
    high = start + DAY if span.end is None else min(start + DAY, span.end)
    return Interval(low, max(low, high))


def _chips(view: View, question: Question) -> list[dict[str, Any]]:
    return [
        {"text": text.sentence(term), "remove": view.without_session_term(at), "negated": term.negated}
        for at, term in enumerate(question.session_terms)
    ]


def _statistics(view: View, session: Session) -> list[dict[str, Any]]:
    active = {term.text for term in text.parse(view.sq)}
    blocks = []
    for word, counts in session.statistics.items():
        if not counts or (word == "blocked" and len(counts) == 1 and counts[0].value == "false"):
            continue
        rows = [_statistic(view, word, count, session, active) for count in counts]
        blocks.append({"title": field_named(word).title, "rows": rows[:SHOWN_VALUES], "more": rows[SHOWN_VALUES:]})
    return blocks


def _statistic(view: View, word: str, count: Any, session: Session, active: set[str]) -> dict[str, Any]:
    only, hide = text.term_text(word, count.value), text.term_text(word, count.value, negated=True)
    tone = "bad" if word == "attack" or (word, count.value) == ("blocked", "true") else ""
    if word == "status":
        tone = outcome(int(count.value))
    return {
        "title": value_title(word, count.value),
        "count": count,
        "whole": session.general,
        "share": count.requests / session.general if session.general else 0,
        "tone": tone,
        "only": view.with_session_term(word, count.value),
        "hide": view.with_session_term(word, count.value, negated=True),
        "is_only": only in active,
        "is_hidden": hide in active,
        "dimmed": count.shown == 0,
    }


def _picture(
    store: Store, question: Question, session: Session, view: View, clock: Clock, shown: list[Request]
) -> Markup:  # fmt: skip
    """One mark a request, or bars of time when there are too many to tell apart; the page's requests when these are all."""
    if session.requests <= charts.MARKS:
        some = shown[::-1] if view.order == "desc" else shown
        if len(some) < session.requests or view.order not in BY_TIME:
            some = requests.list_requests(store, question, session=session.id, limit=charts.MARKS, total=session.requests).items
        return charts.timeline(some, lambda request_id: view.url(request=request_id, rafter="") + f"#r-{request_id}", clock)
    inside = dataclasses.replace(question, terms=(*question.terms, *text.parse(f"session:{session.id}")))
    bars = histogram.histogram(store, dataclasses.replace(inside, interval=_span_of(session)))
    return charts.histogram(
        bars,
        lambda low, high: view.own_page(session.id, start=iso(low), end=iso(high), request=""),
        clock,
        within=question.interval,
    )


def _span_of(session: Session) -> Interval:
    low, high = (
        int(dt.datetime.fromisoformat(edge or "1970-01-01T00:00:00Z").timestamp() * 1e6) for edge in (session.start, session.end)
    )
    return Interval(low, high + 1)


def _days(shown: list[Request], session: Session, view: View, clock: Clock) -> list[str]:
    """The day before each request that is the first one of a day on the page; of a session within one day none.

    Under another order than that of time every request has its day.
    """
    days = [clock.day(request.time) for request in shown]
    if not session.start or clock.day(session.start) == clock.day(session.end or session.start):
        return [""] * len(days)
    if view.order not in BY_TIME:
        return days
    return [day if before != day else "" for before, day in pairwise(["", *days])]


def _request(store: Store, request: Request, view: View, flagged: str) -> dict[str, Any]:
    expanded = request.request_id == view.request
    toggled = view.url(request="" if expanded else request.request_id)
    anchor = f"#r-{request.request_id}"
    return {
        "request": request,
        "expanded": expanded,
        "marked": bool(request.attacks or request.verdicts or flagged or request.blocked),
        "toggle": toggled + (view.anchor if expanded else anchor),
        "anchor": f"r-{request.request_id}",
        "dismissed": bool(request.verdicts) and not request.attacks,
        "worked": any(finding.evidence and finding.mark != FALSE_POSITIVE for finding in request.verdicts),
        "payload": next((one.payload for one in request.verdicts if one.payload and one.mark != FALSE_POSITIVE), ""),
        "card": _card(store, request, view.url() + anchor) if expanded else None,
        "pace": pace.marks(request),
        "flagged": flagged,
    }


def _card(store: Store, request: Request, back: str) -> dict[str, Any]:
    return request_card.card(requests.one_request(store, request.request_id, request.session_id), back=back, store=store)
