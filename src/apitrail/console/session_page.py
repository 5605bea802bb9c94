"""What an opened session shows: statistics that filter, a picture, its requests, one of them expanded."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from apitrail.console import charts, evidence, pace, path_chart, related, request_card
from apitrail.console.links import View
from apitrail.console.words import Clock, outcome, value_title
from apitrail.errors import BadQuestion, NotFound
from apitrail.explore import histogram, requests
from apitrail.explore.answers import Request
from apitrail.explore.bots.listing import Bot
from apitrail.explore.paths import path
from apitrail.explore.related import related_to
from apitrail.explore.session import Session, open_session
from apitrail.explore.together import together
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


@dataclass(frozen=True, slots=True)
class Opened:
    """A session as an address asks for it.

    `asked` is the question of the address, `question` the same for only the flagged requests where only these are wanted. `bots`
    is what the session is, `flagged` has the requests that show it best, each with why.
    """

    asked: Question
    question: Question
    session: Session
    bots: list[Bot]
    flagged: dict[str, str]


def look(store: Store, view: View, clock: Clock, session_id: str, day: str, bots: Future[list[Bot]]) -> Opened:
    """What is asked for; BadQuestion when the address asks something wrong, NotFound when there is no such session."""
    asked = question_of(view, clock, day)
    question = _only(asked, evidence.flagged(bots.result())) if view.flagged else asked
    session = open_session(store, question, session_id)
    return Opened(asked, question, session, bots.result(), evidence.flagged(bots.result()))


def content(store: Store, view: View, clock: Clock, session_id: str, day: str) -> dict[str, Any]:
    """Everything the template of a session needs."""
    with together() as ask:
        bots = ask.submit(evidence.bots_of, store, session_id, day)
        judged = ask.submit(lambda: evidence.content(store, bots.result(), view))
        opened = look(store, view, clock, session_id, day, bots)
        question, session, flagged = opened.question, opened.session, opened.flagged
        near = ask.submit(related_to, store, session.id, session.parts)
        walked = ask.submit(path, store, question, session.id) if view.path else None
        shown, begun = _shown(store, question, session, view)
        expanded = ask.submit(_expanded, store, shown, begun)
        picture = _picture(store, question, session, begun, clock, shown)
    view, card = begun, expanded.result()
    return {
        **frame(opened, view, day),
        "evidence": judged.result(),
        "timed": any(request.duration_ms is not None for request in shown.items),
        "one_by_one": session.requests <= charts.MARKS,
        "picture": picture,
        "requests": [
            {**_request(request, view, flagged.get(request.request_id, ""), card), "day": day}
            for request, day in zip(shown.items, _days(shown.items, session, view, clock), strict=True)
        ],
        "next": view.url(rafter=shown.next_cursor) + view.anchor if shown.next_cursor else "",
        "first": view.url(rafter="", request="") + view.anchor if view.rafter else "",
        "sorts": _sorts(view),
        "by_time": view.order in BY_TIME,
        "parts": [{"part": part, "url": view.own_page(session.id, day=part.day, start="", end="")} for part in session.parts],
        "compare": view.compared(session.id, day or session.parts[-1].day, ""),
        "path": path_chart.content(walked.result(), view) if walked else None,
        "path_url": view.url(path="") + view.anchor if view.path else view.url(path="1") + "#path",
        "related": related.content(near.result()),
    }


def frame(opened: Opened, view: View, day: str) -> dict[str, Any]:
    """What the page of a session and its report both tell: of what they are, under which filters, in figures."""
    session, span = opened.session, opened.question.interval
    whole = sum(part.requests for part in session.parts if not day or part.day == day)
    downloads = dataclasses.replace(view, sq=text.write(opened.question.session_terms))
    edges = [_edge(span.start), _edge(span.end)]
    return {
        "session": session,
        "view": view,
        "day": day,
        "narrow_day": bool(day) and len(session.parts) > 1,
        "whole": whole,
        "narrowed": view.is_narrowed and not view.all and session.general != whole,
        "chips": _chips(view, opened.asked),
        "statistics": _statistics(view, session),
        "paced": _paced(view, session),
        "own_page": view.own_page(session.id, day=day),
        "report": view.report(session.id, day),
        "files": {kind: downloads.file(session.id, kind, *edges) for kind in ("csv", "har", "json")},
    }


def _only(question: Question, flagged: Collection[str]) -> Question:
    """The question for only the requests that show best that the session is a bot."""
    only = text.term("request", sorted(flagged) or [""])
    return dataclasses.replace(question, session_terms=(*question.session_terms, only))


@dataclass(frozen=True, slots=True)
class Shown:
    """The requests of a page, the cursor of the next one, and all requests of the session where the page knows them."""

    items: list[Request]
    next_cursor: str | None
    every: list[Request] | None = None


def _shown(store: Store, question: Question, session: Session, view: View) -> tuple[Shown, View]:
    """The requests that a view shows, and the view that begins with the expanded one when no other page has it."""
    shown = _page(store, question, session, view)
    if view.request and not view.rafter and shown.next_cursor and view.request not in {one.request_id for one in shown.items}:
        begins = _cursor_of_expanded(store, question, session, view)
        view = dataclasses.replace(view, rafter=begins)
        shown = _page(store, question, session, view) if begins else shown
    return shown, view


def _page(store: Store, question: Question, session: Session, view: View) -> Shown:
    """A page of requests; the first of a session whose picture has a mark for each is read together with the rest."""
    whole = session.requests <= charts.MARKS and view.order in BY_TIME and not view.rafter
    found = requests.list_requests(
        store, question, session=session.id, sort=_sort(view), limit=charts.MARKS if whole else PAGE_SIZE, cursor=view.rafter,
        total=session.requests,
    )  # fmt: skip
    if not whole:
        return Shown(found.items, found.next_cursor)
    items = found.items[:PAGE_SIZE]
    more = len(found.items) > PAGE_SIZE
    after = requests.cursor_after(question, items[-1], session=session.id, sort=_sort(view)) if more else None
    return Shown(items, after, found.items)


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


def _picture(store: Store, question: Question, session: Session, view: View, clock: Clock, shown: Shown) -> Markup:
    """The picture of a session beside a page of its requests."""
    every = shown.every[::-1] if shown.every and view.order == "desc" else shown.every
    return picture(store, question, session, view, clock, every)


def picture(
    store: Store, question: Question, session: Session, view: View, clock: Clock, every: list[Request] | None
) -> Markup:  # fmt: skip
    """One mark a request, or bars of time when there are too many to tell apart; `every` has all in order of time, if known."""
    if session.requests <= charts.MARKS:
        if every is None:
            every = requests.list_requests(store, question, session=session.id, limit=charts.MARKS, total=session.requests).items
        return charts.timeline(every, lambda request_id: view.url(request=request_id, rafter="") + f"#r-{request_id}", clock)
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


def _request(request: Request, view: View, flagged: str, card: dict[str, Any] | None) -> dict[str, Any]:
    expanded = request.request_id == view.request
    toggled = view.url(request="" if expanded else request.request_id)
    return {
        "request": request,
        "expanded": expanded,
        "marked": bool(request.attacks or request.verdicts or flagged or request.blocked),
        "toggle": toggled + (view.anchor if expanded else _anchor(request)),
        "anchor": f"r-{request.request_id}",
        "dismissed": bool(request.verdicts) and not request.attacks,
        "worked": any(finding.evidence and finding.mark != FALSE_POSITIVE for finding in request.verdicts),
        "payload": _payload(request),
        "card": card if expanded else None,
        "pace": pace.marks(request),
        "flagged": flagged,
    }


def _payload(request: Request) -> str:
    """What was found in a request, for its row; that a tool names itself says less than what it sent."""
    found = [one for one in request.verdicts if one.payload and one.mark != FALSE_POSITIVE]
    return min(found, key=lambda one: one.type == "scanner").payload if found else ""


def _anchor(request: Request) -> str:
    return f"#r-{request.request_id}"


def _expanded(store: Store, shown: Shown, view: View) -> dict[str, Any] | None:
    """The card of the expanded request, when the page has it."""
    request = next((one for one in shown.items if one.request_id == view.request), None)
    if request is None:
        return None
    return request_card.card(requests.with_content(store, request), back=view.url() + _anchor(request), store=store)
