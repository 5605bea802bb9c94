"""What the list of the inventory shows: filters, figures that filter, the endpoints by host or in one list (D1, D2, D5 to D9)."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from apitrail.console import filters, links
from apitrail.console.discovery_words import CHANGES_WHY, ROGUE_WHY, TONES, factor_title, kind_title, risk_tone
from apitrail.console.links import EndpointView
from apitrail.console.words import Clock, value_title
from apitrail.errors import BadQuestion
from apitrail.explore import pulses
from apitrail.explore.answers import Page
from apitrail.explore.discovery import facets, listing
from apitrail.explore.discovery.facets import LEVELS
from apitrail.explore.discovery.listing import Endpoint
from apitrail.explore.histogram import closed
from apitrail.explore.pulses import Pulse
from apitrail.model.fields import field_named
from apitrail.query import text
from apitrail.query.interval import interval, iso
from apitrail.query.sql import DAY
from apitrail.query.tree import Interval, Question
from apitrail.store import Store

PAGE_SIZE = 50
FIRST = ("host", "method", "risk", "rogue", "coverage", "flow", "sensitive", "change")
"""The dropdowns that stand in the row; the others are under More."""
FIGURES = ("risk", "rogue", "coverage", "change", "sensitive", "flow")
"""The fields whose values are counted above the list."""
SHOWN_VALUES = 5
"""Values of a figure."""
SHOWN_KINDS = 4
"""Kinds of sensitive data that stand in a row of the list; the others are counted."""
WEEK = 7 * DAY
GROUPINGS = {"host": "Grouped by host", "none": "In one list"}
"""How endpoints stand together, with the titles."""


def question_of(view: EndpointView, clock: Clock) -> Question:
    """The question of a view."""
    return Question(text.parse(view.q), interval(view.start, view.end, tz=clock.zone))


def content(store: Store, view: EndpointView, clock: Clock) -> dict[str, Any]:
    """Everything the template of the list needs; BadQuestion when the address asks something wrong."""
    question = question_of(view, clock)
    found = listing.list_endpoints(
        store, question, sort=view.sort or listing.ORDER, limit=PAGE_SIZE, cursor=view.after, by_host=_is_by_host(view)
    )
    hosts = listing.hosts_of(store, question)
    return {
        **_frame(store, view, clock, question),
        "found": found,
        "groups": _groups(store, found, view, hosts),
        "hosts": len(hosts),
        "requests": sum(host.requests for host in hosts),
        "figures": figures(store, question, view),
        "empty_store": not found.total and store.newest() == 0,
        "facet": facet(store, view, clock) if view.facet else None,
        "span": closed(store, question.interval),
    }


def refused(store: Store, view: EndpointView, clock: Clock, error: BadQuestion) -> dict[str, Any]:
    """The list for a wrong question: what is wrong, and no rows."""
    empty: dict[str, Any] = {"found": None, "groups": [], "hosts": 0, "requests": 0, "figures": [], "empty_store": False}
    told = {"problem": error, "wrong_text": filters.wrong_text(view.q)}
    return {**_frame(store, view, clock, Question()), **empty, **told}


def facet(store: Store, view: EndpointView, clock: Clock) -> dict[str, Any]:
    """The content of the open dropdown."""
    return filters.facet(store, view, question_of(view, clock), finder=facets.facet, counted="endpoint")


def figures(store: Store, question: Question, view: EndpointView) -> list[dict[str, Any]]:
    """The values of some fields with the number of endpoints that the list has when they are chosen."""
    blocks = []
    for word in FIGURES:
        field = field_named(word)
        found = facets.facet(store, question, field, limit=SHOWN_VALUES)
        values = found.values
        most = max((value.requests for value in values), default=1)
        ordered = sorted(values, key=lambda value: _rank(word, value.value))
        rows = [
            {
                "title": value_title(word, value.value),
                "amount": value.requests,
                "share": value.requests / most,
                "tone": TONES.get(word, {}).get(value.value, ""),
                "url": view.with_term(word, value.value),
            }
            for value in ordered
        ]
        if rows:
            more = {"more": found.distinct - len(rows), "more_url": view.listed(facet=word)}
            blocks.append({"title": field.title, "word": word, "rows": rows, **more})
    return blocks


def _rank(word: str, value: str) -> int:
    """Levels of risk stand from high to low, whatever their numbers; the rest as it is counted."""
    levels = [*LEVELS.values()]
    return levels.index(value) if word == "risk" and value in levels else 0


def week_of_sessions(store: Store, endpoint: Endpoint, *further: str) -> str:
    """The sessions of the last seven days with requests to an endpoint, only those; of old traffic its last seven (S7.3)."""
    return links.View(
        q=links.requests_of(endpoint.host, endpoint.method, endpoint.endpoint, *further), start=week_start(store)
    ).url()


def week_start(store: Store) -> str:
    """Where the last seven days begin: counted from now while traffic comes, else from the newest that is stored."""
    newest = store.newest()
    fresh = interval("-1d", "").start
    return "-7d" if fresh is None or not newest or newest >= fresh else iso(newest - WEEK)


def marks(endpoint: Endpoint) -> list[dict[str, str]]:
    """The marks of an endpoint: what makes it rogue, and what changed."""
    rogue = [{"title": value_title("rogue", endpoint.rogue), "why": ROGUE_WHY.get(endpoint.rogue, ""), "tone": endpoint.rogue}]
    changes = [{"title": value_title("change", one), "why": CHANGES_WHY.get(one, ""), "tone": one} for one in endpoint.changes]
    return [*(rogue if endpoint.rogue else ()), *changes]


def risk_words(endpoint: Endpoint) -> str:
    """Why an endpoint has its risk, for a tooltip."""
    factors = ", ".join(factor_title(factor).lower() for factor in endpoint.risk_factors)
    return f"Risk {endpoint.risk} of 10: {factors or 'no factor holds'}"


def _is_by_host(view: EndpointView) -> bool:
    return view.by != "none"


def _frame(store: Store, view: EndpointView, clock: Clock, question: Question) -> dict[str, Any]:
    return {
        **filters.frame(view, clock, question, FIRST),
        "more_facets": [field_named(word) for word in facets.WORDS if word not in FIRST],
        "groupings": GROUPINGS,
        "grouped_by": "host" if _is_by_host(view) else "none",
        "views": filters.saved(store, view),
        "view_query": view.url(after="").partition("?")[2],
        "span": Interval(),
    }


def _groups(store: Store, found: Page, view: EndpointView, hosts: list[listing.Host]) -> list[dict[str, Any]]:
    """The endpoints of the page under their hosts, or in one group without a host."""
    start = week_start(store)
    beats = pulses.of_endpoints(store, [_key(one) for one in found.items])
    rows = [_row(one, view, start, beats.get(_key(one))) for one in found.items]
    if not _is_by_host(view):
        return [{"host": None, "rows": rows}] if rows else []
    known = {host.host: host for host in hosts}
    return [
        {
            "host": known.get(host) or listing.Host(host, 0, 0, 0),
            "only": view.with_term("host", host),
            "openapi": links.openapi(host),
            "rows": list(items),
        }
        for host, items in groupby(rows, key=lambda row: row["endpoint"].host)
    ]


def _key(endpoint: Endpoint) -> tuple[str, str, str]:
    return endpoint.host, endpoint.method, endpoint.endpoint


def _row(endpoint: Endpoint, view: EndpointView, start: str, pulse: Pulse | None) -> dict[str, Any]:
    sessions = links.View(q=links.requests_of(endpoint.host, endpoint.method, endpoint.endpoint), start=start)
    kinds = [kind_title(kind) for kind in endpoint.sensitive]
    return {
        "endpoint": endpoint,
        "pulse": pulse,
        "url": view.opened(endpoint.id),
        "sessions_url": sessions.url(),
        "tone": risk_tone(endpoint.risk),
        "risk_words": risk_words(endpoint),
        "marks": marks(endpoint),
        "kinds": kinds[:SHOWN_KINDS],
        "more_kinds": len(kinds[SHOWN_KINDS:]),
        "every_kind": ", ".join(kinds),
    }
