"""What the list of sessions shows: filters with chips and dropdowns, histogram, the parts, one of them opened."""

from __future__ import annotations

import dataclasses
from typing import Any

from apitrail.console import charts, columns, filters, session_page
from apitrail.console.links import TABS, View
from apitrail.console.words import Clock
from apitrail.errors import BadQuestion, NotFound
from apitrail.explore import histogram, pulses, sessions
from apitrail.explore.answers import SessionPart
from apitrail.explore.histogram import closed
from apitrail.explore.pulses import Pulse
from apitrail.explore.together import together
from apitrail.query import text
from apitrail.query.interval import interval, iso
from apitrail.query.tree import Question
from apitrail.store import Store

PAGE_SIZE = 50
PULSE_LEAST = 3
"""Requests of a session part from which on its pace is drawn."""
FIRST = ("attack", "endpoint", "status", "host", "method", "user", "ip", "country", "application")
"""The dropdowns that stand in the row of chips; the others are under More."""
FIRST_OF_TAB = {"": FIRST, "mcp": ("mcp_server", "user", "role", "attack", "rpc_method", "primitive")}
"""The same, by tab."""


def question_of(view: View, clock: Clock) -> Question:
    """The general question of a view."""
    return Question(text.parse(view.general), interval(view.start, view.end, tz=clock.zone))


def content(store: Store, view: View, clock: Clock) -> dict[str, Any]:
    """Everything the template of the list needs; BadQuestion when the address asks something wrong."""
    question = question_of(view, clock)
    with together() as ask:
        drawn = ask.submit(histogram.histogram, store, question)
        detail = ask.submit(_opened, store, view, clock)
        framed = ask.submit(_frame, store, view, clock, question)
        found = sessions.list_sessions(store, question, sort=view.sort or "-start", limit=PAGE_SIZE, cursor=view.after)
        pulsed = _pulses(store, question, view, found.items)
    pictured, opened = drawn.result(), detail.result()
    return {
        **framed.result(),
        "found": found,
        "pulses": pulsed,
        "empty_store": not found.total and store.newest() == 0,
        "requests": sum(bar.requests for bar in pictured.bars),
        "attacks": sum(bar.attacks for bar in pictured.bars),
        "histogram": charts.histogram(
            pictured, lambda low, high: view.listed(start=iso(low), end=iso(high)), clock, within=question.interval
        ),
        "ticks": charts.ticks(pictured, clock),
        "facet": facet(store, view, clock) if view.facet else None,
        "world": filters.world_of(store, question, view) if view.world else None,
        "opened": opened,
        "opened_key": view.open,
        "elsewhere": opened is not None and view.open not in {f"{part.id}.{part.day}" for part in found.items},
        "span": closed(store, question.interval),
    }


def _pulses(store: Store, question: Question, view: View, parts: list[SessionPart]) -> dict[str, Pulse]:
    """The pulse of each part that has some requests, where the list shows pulses."""
    if view.tab or "pulse" not in {column.name for column in columns.chosen(view)}:
        return {}
    some = [part for part in parts if part.requests >= PULSE_LEAST]
    found = pulses.of_parts(store, question, some)
    return {f"{part.id}.{part.day}": pulse for part, pulse in zip(some, found, strict=True)}


def refused(store: Store, view: View, clock: Clock, error: BadQuestion) -> dict[str, Any]:
    """The list for a wrong question: what is wrong, and no rows."""
    empty: dict[str, Any] = {"found": None, "histogram": "", "ticks": [], "facet": None, "opened_key": "", "world": None}
    empty |= {"requests": 0, "attacks": 0}
    frame = _frame(store, dataclasses.replace(view, cols=""), clock, Question())
    told = {"problem": error, "wrong_text": filters.wrong_text(view.q, view.sq)}
    return {**frame, **empty, **told, "empty_store": False, "elsewhere": False, "span": Question().interval}


def _frame(store: Store, view: View, clock: Clock, question: Question) -> dict[str, Any]:
    hidden = {term.word for term in text.parse(TABS[view.tab])}
    return {
        **filters.frame(view, clock, question, FIRST_OF_TAB[view.tab], hidden=hidden),
        "columns": columns.chosen(view),
        "menu": columns.menu(view),
        "views": filters.saved(store, view),
        "view_query": view.listed().partition("?")[2],
    }


def _opened(store: Store, view: View, clock: Clock) -> dict[str, Any] | None:
    if not view.open:
        return None
    session, _, day = view.open.partition(".")
    try:
        return session_page.content(store, view, clock, session, day)
    except NotFound as error:
        raise BadQuestion(str(error), position=error.position) from error


def facet(store: Store, view: View, clock: Clock) -> dict[str, Any]:
    """The content of the open dropdown."""
    return filters.facet(store, view, question_of(view, clock))
