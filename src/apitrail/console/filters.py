"""The row of filters over every list: chips, dropdowns with counts, the words of the interval."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Sequence
from typing import Any

from apitrail.configure import views
from apitrail.console import world
from apitrail.console.links import Filtered
from apitrail.console.words import TITLED, Clock, value_title
from apitrail.errors import BadQuestion
from apitrail.explore import facets
from apitrail.explore.facets import Facet
from apitrail.model.fields import BY_WORD, CATALOGUE, Field, field_named
from apitrail.query import text
from apitrail.query.interval import PRESETS, instant, iso
from apitrail.query.tree import BETWEEN, Match, Question, Term
from apitrail.store import Store

COUNTRIES_LIMIT = 300
"""More countries than there are."""
_WRONG = re.compile(r'"[^"]*"|[^\s,:()"]*')
"""What may be wrong from a position on: a word or a value."""
MOST_TITLES = 1000
"""More values than any field has that is shown by titles."""


def frame(
    view: Filtered, clock: Clock, question: Question, first: Sequence[str], *, hidden: Collection[str] = ()
) -> dict[str, Any]:
    """What the templates of the row need; the dropdowns of `first` stand in it, the others but `hidden` ones under More."""
    chips = [
        {"text": text.sentence(term), "remove": view.without_term(at), "negated": term.negated}
        for at, term in enumerate(text.parse(view.q) if question.terms else ())
    ]
    more = [field for field in CATALOGUE if field.facet and field.word not in {*first, *hidden}]
    return {
        "view": view,
        "chips": chips,
        "first_facets": [field_named(word) for word in first],
        "more_facets": more,
        "presets": PRESETS,
        "interval_words": interval_words(view, question, clock),
        "interval": question.interval,
        "span": question.interval,
        "facet": None,
    }


def saved(store: Store, view: Filtered) -> list[dict[str, Any]]:
    """The saved views of a section with their addresses."""
    return [{"view": one, "url": f"{view.base}?{one.query}"} for one in views.kept(store, view.base.strip("/"))]


def wrong_text(*asked: str) -> str:
    """The filter text that cannot be read, in which an error has its position; empty when the error is about something else."""
    return next((one for one in asked if not _is_readable(one)), "")


def _is_readable(asked: str) -> bool:
    try:
        text.parse(asked)
    except BadQuestion:
        return False
    return True


def mended(asked: str, problem: BadQuestion) -> str:
    """The filter text with what an error suggests in its place; empty when that is an example, or cannot be read either."""
    at, better = problem.position, problem.suggestion
    if at is None or not better or not (wrong := _WRONG.match(asked, at)):
        return ""
    word, _, value = better.partition(":")
    is_example = word in BY_WORD and value == BY_WORD[word].example
    if is_example and not difflib.get_close_matches(wrong[0].lower(), [value.lower()], 1, 0.5):
        return ""
    start = at - len(word) - 1 if asked[:at].endswith(f"{word}:") else at
    whole = asked[:start] + better + asked[wrong.end() :]
    return whole if _is_readable(whole) else ""


def interval_words(view: Filtered, question: Question, clock: Clock) -> str:
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


def with_interval(view: Filtered, clock: Clock) -> str:
    """The list over the interval of a form, whose times are of the viewer's zone."""
    try:
        start, end = (_absolute(text, clock, name) for text, name in ((view.start, "from"), (view.end, "to")))
    except BadQuestion:
        start, end = view.start, view.end
    return view.spanned(start, end)


def _absolute(written: str, clock: Clock, name: str) -> str:
    return iso(instant(written, now=0, tz=clock.zone, name=name)) if written else ""


def facet(
    store: Store, view: Filtered, question: Question, *, finder: Callable[..., Facet] = facets.facet, counted: str = "request"
) -> dict[str, Any]:
    """The content of the open dropdown; `finder` counts its values, `counted` is the word for what it counts."""
    field = field_named(view.facet)
    found = _found(store, question, field, view.search, finder)
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
    return {"field": field, "values": values, "distinct": found.distinct, "view": view, "counted": counted}


def world_of(
    store: Store, question: Question, view: Filtered, *, finder: Callable[..., Facet] = facets.facet, noun: str = "request"
) -> dict[str, Any]:
    """The map of the countries that requests come from, each of which narrows the list to it."""
    found = finder(store, question, field_named("country"), limit=COUNTRIES_LIMIT)
    counts = {one.value: one.requests for one in found.values}
    return world.content(counts, lambda code: view.with_term("country", code), noun)


def _found(store: Store, question: Question, field: Field, search: str, finder: Callable[..., Facet]) -> Facet:
    """The values that contain some text; where people see titles, as of countries, the title counts too."""
    if not search or field.word not in TITLED:
        return finder(store, question, field, search=search)
    every = finder(store, question, field, limit=MOST_TITLES).values
    fit = [value for value in every if search.lower() in f"{value.value} {value_title(field.word, value.value)}".lower()]
    return Facet(field.word, fit[: facets.LIMIT], len(fit))


def _chosen(question: Question, word: str) -> set[str]:
    """The values of a field that the filters ask for."""
    terms = [term for term in question.terms if isinstance(term, Term) and term.word == word and not term.negated]
    return {_written(match) for term in terms for match in term.matches}


def _written(match: Match) -> str:
    return f"{match.value}..{match.upper}" if match.sign == BETWEEN else str(match.value)
