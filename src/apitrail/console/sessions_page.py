"""What the list of sessions shows: filters with chips and dropdowns, histogram, the parts, one of them opened."""

from __future__ import annotations

from typing import Any

from apitrail.console import charts, session_page
from apitrail.console.links import TABS, View
from apitrail.console.words import TITLED, Clock, value_title
from apitrail.errors import BadQuestion, NotFound
from apitrail.explore import facets as facet_answers
from apitrail.explore import histogram, sessions
from apitrail.explore.facets import Facet
from apitrail.explore.histogram import closed
from apitrail.model.fields import CATALOGUE, Field, field_named
from apitrail.query import text
from apitrail.query.interval import PRESETS, interval, iso
from apitrail.query.tree import Question, Term
from apitrail.store import Store

PAGE_SIZE = 50
MOST_TITLES = 1000
"""More values than any field has that is shown by titles."""
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
    found = sessions.list_sessions(store, question, sort=view.sort or "-start", limit=PAGE_SIZE, cursor=view.after)
    pictured = histogram.histogram(store, question)
    opened = _opened(store, view, clock)
    return {
        **_frame(view, clock, question),
        "found": found,
        "empty_store": not found.total and store.newest() == 0,
        "requests": sum(bar.requests for bar in pictured.bars),
        "attacks": sum(bar.attacks for bar in pictured.bars),
        "histogram": charts.histogram(
            pictured, lambda low, high: view.listed(start=iso(low), end=iso(high)), clock, within=question.interval
        ),
        "ticks": charts.ticks(pictured, clock),
        "facet": facet(store, view, clock) if view.facet else None,
        "opened": opened,
        "opened_key": view.open,
        "elsewhere": opened is not None and view.open not in {f"{part.id}.{part.day}" for part in found.items},
        "span": closed(store, question.interval),
    }


def refused(view: View, clock: Clock, error: BadQuestion) -> dict[str, Any]:
    """The list for a wrong question: what is wrong, and no rows."""
    empty: dict[str, Any] = {"found": None, "histogram": "", "ticks": [], "facet": None, "opened_key": ""}
    empty |= {"requests": 0, "attacks": 0}
    frame = _frame(view, clock, Question())
    told = {"problem": error, "wrong_text": wrong_text(view)}
    return {**frame, **empty, **told, "empty_store": False, "elsewhere": False, "span": Question().interval}


def wrong_text(view: View) -> str:
    """The filter text that cannot be read, in which an error has its position; empty when the error is about something else."""
    return next((asked for asked in (view.q, view.sq) if not _is_readable(asked)), "")


def _is_readable(asked: str) -> bool:
    try:
        text.parse(asked)
    except BadQuestion:
        return False
    return True


def _frame(view: View, clock: Clock, question: Question) -> dict[str, Any]:
    chips = [
        {"text": text.sentence(term), "remove": view.without_term(at), "negated": term.negated}
        for at, term in enumerate(text.parse(view.q) if question.terms else ())
    ]
    first = FIRST_OF_TAB[view.tab]
    hidden = {term.word for term in text.parse(TABS[view.tab])}
    more = [field for field in CATALOGUE if field.facet and field.word not in {*first, *hidden}]
    return {
        "view": view,
        "chips": chips,
        "first_facets": [field_named(word) for word in first],
        "more_facets": more,
        "presets": PRESETS,
        "interval_words": interval_words(view, question, clock),
        "interval": question.interval,
    }


def interval_words(view: View, question: Question, clock: Clock) -> str:
    """The interval as the button says it."""
    for preset in PRESETS:
        if (preset.start, preset.end) == (view.start, view.end or "now"):
            return preset.title
    span = question.interval
    if span.start is None and span.end is None:
        return "All time"
    low = clock.minute(span.start) if span.start is not None else "the beginning"
    high = clock.minute(span.end) if span.end is not None else "now"
    return f"{low} to {high}"


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
    field, question = field_named(view.facet), question_of(view, clock)
    found = _found(store, question, field, view.search)
    chosen = _chosen(question, field.word)
    most = max((value.requests for value in found.values), default=1)
    values = [
        {
            "value": value.value,
            "title": value_title(field.word, value.value),
            "requests": value.requests,
            "share": value.requests / most,
            "only": view.with_term(field.word, value.value),
            "chosen": value.value in chosen,
        }
        for value in found.values
    ]
    return {"field": field, "values": values, "distinct": found.distinct, "view": view}


def _found(store: Store, question: Question, field: Field, search: str) -> Facet:
    """The values that contain some text; where people see titles, as of countries, the title counts too."""
    if not search or field.word not in TITLED:
        return facet_answers.facet(store, question, field, search=search)
    every = facet_answers.facet(store, question, field, limit=MOST_TITLES).values
    fit = [value for value in every if search.lower() in f"{value.value} {value_title(field.word, value.value)}".lower()]
    return Facet(field.word, fit[: facet_answers.LIMIT], len(fit))


def _chosen(question: Question, word: str) -> set[str]:
    """The values of a field that the filters ask for."""
    terms = [term for term in question.terms if isinstance(term, Term) and term.word == word and not term.negated]
    return {str(match.value) for term in terms for match in term.matches}
