"""A session beside what is usual for its group, or beside another session: what is unusual, and where the two part ways."""

from __future__ import annotations

import dataclasses
from typing import Any

from apitrail.console import path_chart
from apitrail.console.aligning import aligned
from apitrail.console.links import View, request_in_session
from apitrail.console.session_page import question_of
from apitrail.console.words import Clock, percent, plural, value_title
from apitrail.errors import BadQuestion
from apitrail.explore import requests
from apitrail.explore.paths import Path
from apitrail.explore.related import related_to
from apitrail.explore.session import Session, open_session
from apitrail.explore.together import together
from apitrail.explore.usual_paths import LEAST, WHY, Judged, Usual, compare
from apitrail.model.fields import field_named
from apitrail.query.tree import Question
from apitrail.store import Store

STEPS = 300
"""Requests of each session that are laid side by side, the first ones."""
STATISTICS = ("endpoint", "status", "method", "attack", "host", "country", "client", "user", "role")
"""What two sessions are compared by."""
SHOWN_VALUES = 8
"""Values of each that are shown."""


def content(store: Store, view: View, clock: Clock, session_id: str) -> dict[str, Any]:
    """Everything the template needs; BadQuestion when the other session is not named as ID or ID.DAY."""
    whole = open_session(store, Question(), session_id)
    day = view.day or whole.parts[-1].day
    view = View(page=whole.id, day=day, beside=view.beside)
    session, asked = _one(store, view, clock, whole.id, day)
    told = {"session": session, "view": view, "day": day, "who": _who(session)}
    if view.beside:
        return {**told, **_beside(store, view, clock, session, asked)}
    with together() as ask:
        near = ask.submit(related_to, store, whole.id, whole.parts)
        found = compare(store, whole.id, day)
    others = near.result().sessions
    odd = [(move.before, move.after) for move in found.usual.moves]
    return {
        **told,
        "usual": _usual(found.usual, found.path, view),
        "path": path_chart.content(found.path, view, unusual=odd),
        "related": [{"session": other, "url": view.compared(whole.id, day, f"{other.id}.{other.day}")} for other in others[:8]],
    }


def _one(store: Store, view: View, clock: Clock, session: str, day: str) -> tuple[Session, Question]:
    question = question_of(dataclasses.replace(view, day=day), clock, day)
    return open_session(store, question, session), question


def _who(session: Session) -> str:
    users = session.statistics.get("user", [])
    return users[0].value if users else ""


def _usual(found: Usual, walked: Path, view: View) -> dict[str, Any]:
    group = found.group
    whom = f"in the role {group.role}" if group.role else "without a role"
    odd = sum(bool(judged.unusual) for judged in found.stops) + len(found.moves) + len(found.missing)
    return {
        "known": found.known,
        "group": f"{group.parts:,} other day parts of sessions {whom} at {group.host or 'no known host'}",
        "least": LEAST,
        "odd": odd,
        "stops": [_stop(judged, view) for judged in found.stops],
        "moves": [
            {
                "before": path_chart.name(walked, walked.stops[move.before]),
                "after": path_chart.name(walked, walked.stops[move.after]),
                "share": percent(round(move.share * 10_000), 10_000),
            }
            for move in found.moves
        ],
        "missing": [{"habit": habit, "share": percent(round(habit.share * 1000), 1000)} for habit in found.missing],
    }


def _stop(judged: Judged, view: View) -> dict[str, Any]:
    habit = judged.habit
    page = View(page=view.page, day=view.day)
    return {
        "stop": judged.stop,
        "url": page.with_session_values(method=[judged.stop.method], endpoint=[judged.stop.endpoint]),
        "share": percent(round(habit.share * 1000), 1000) if habit else "none",
        "shared": habit.share if habit else 0.0,
        "most": habit.most if habit else None,
        "failed": percent(round(habit.failed * 1000), 1000) if habit and habit.failed else "",
        "why": [WHY[one] for one in judged.unusual],
    }


def _beside(store: Store, view: View, clock: Clock, session: Session, asked: Question) -> dict[str, Any]:
    name, _, day = view.beside.partition(".")
    there = View(page=name, day=day)
    other, asked_other = _one(store, there, clock, name, day)
    if other.id == session.id and day in ("", view.day):
        raise BadQuestion("a session is not compared with itself; choose two of them", position=0)
    sides = [_side(view, session, clock), _side(there, other, clock)]
    lists = [
        requests.list_requests(store, question, session=one.id, limit=STEPS, total=one.requests).items
        for one, question in ((session, asked), (other, asked_other))
    ]
    rows = aligned(*lists)
    return {
        "sides": sides,
        "swapped": there.compared(name, day or other.parts[-1].day, f"{session.id}.{view.day}"),
        "figures": [_figure(word, session, other) for word in STATISTICS],
        "rows": [
            {
                "parted": row.parted,
                "sides": [
                    None
                    if step is None
                    else {
                        "request": step.request,
                        "after": step.after,
                        "times": step.times,
                        "url": request_in_session(step.request.session_id, step.request.request_id),
                    }
                    for step in (row.left, row.right)
                ],
            }
            for row in rows
        ],
        "parted": next((at for at, row in enumerate(rows) if row.parted), None),
        "cut": max(session.requests, other.requests) > STEPS,
        "steps": STEPS,
    }


def _side(view: View, session: Session, clock: Clock) -> dict[str, Any]:
    return {
        "session": session,
        "url": view.url(),
        "who": _who(session),
        "when": clock.moment(session.start) if session.start else "",
        "day": view.day,
        "said": plural(session.requests, "request"),
    }


def _figure(word: str, here: Session, there: Session) -> dict[str, Any]:
    """The values of an attribute in both, those with the greatest difference of share first."""
    counts = [{one.value: one.requests for one in session.statistics.get(word, [])} for session in (here, there)]
    wholes = [max(session.requests, 1) for session in (here, there)]
    shares = {
        value: tuple(count.get(value, 0) / whole for count, whole in zip(counts, wholes, strict=True))
        for value in {**counts[0], **counts[1]}
    }
    ordered = sorted(shares.items(), key=lambda item: (-abs(item[1][0] - item[1][1]), -sum(item[1]), item[0]))
    rows = [
        {"title": value_title(word, value), "shares": both, "counts": [count.get(value, 0) for count in counts]}
        for value, both in ordered
    ]
    return {"title": field_named(word).title, "rows": rows[:SHOWN_VALUES], "more": max(len(rows) - SHOWN_VALUES, 0)}
