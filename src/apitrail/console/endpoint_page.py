"""What the page of one endpoint shows: an overview, its parameters, its performance, its traffic (D3, D5 to D9, S5, S7.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import groupby
from typing import Any

from apitrail.console import charts, discovery_page, filters, links, pace
from apitrail.console.discovery_words import ROGUE_WHY, factor_title, protocol_title, risk_tone
from apitrail.console.links import ENDPOINT_TABS, INCIDENTS, AttackView, EndpointView
from apitrail.console.words import Clock, outcome, value_title
from apitrail.errors import BadQuestion
from apitrail.explore import facets, histogram, requests
from apitrail.explore.discovery.distribution import distribution
from apitrail.explore.discovery.opening import OpenedEndpoint, open_endpoint
from apitrail.explore.discovery.parameters import CONTAINERS, Parameter
from apitrail.explore.discovery.protection import PROTECTIONS
from apitrail.explore.discovery.rules import Rules
from apitrail.explore.discovery.specifying import specified_in
from apitrail.explore.discovery.templates import path_of
from apitrail.inspect.flows import NAMES
from apitrail.model.fields import field_named
from apitrail.query.interval import iso
from apitrail.query.text import term, term_text
from apitrail.query.tree import Question, Terms
from apitrail.store import Store

FIGURES = ("status", "attack", "ip", "user", "country", "client", "source")
"""The fields of requests whose most frequent values are shown."""
SHOWN_VALUES = 8
"""Values of a figure."""
PLACES = {
    "request.path": "Path",
    "request.query": "Query",
    "request.header": "Headers",
    "request.cookie": "Cookies",
    "request.body": "Body",
    "request.graphql": "Variables of GraphQL",
    "response.header": "Headers of the response",
    "response.body": "Body of the response",
}
"""The places parameters stand in, in the order in which they are shown."""


def content(store: Store, view: EndpointView, clock: Clock, rules: Rules) -> dict[str, Any]:
    """Everything the template needs; NotFound when the inventory has no such endpoint, BadQuestion when the address is wrong."""
    endpoint = open_endpoint(store, view.page, rules)
    question = Question(
        _own_terms(endpoint), discovery_page.question_of(EndpointView(start=view.start, end=view.end), clock).interval
    )
    own = links.requests_of(endpoint.host, endpoint.method, endpoint.endpoint)
    return {
        **filters.frame(EndpointView(), clock, question, ()),
        "view": view,
        "more_facets": (),
        "endpoint": endpoint,
        "interval_words": filters.interval_words(view, question, clock),
        "span": histogram.closed(store, question.interval),
        "tone": risk_tone(endpoint.risk),
        "risk_words": discovery_page.risk_words(endpoint),
        "marks": discovery_page.marks(endpoint),
        "tabs": [{"title": title, "url": view.url(tab=tab), "current": tab == view.tab} for tab, title in ENDPOINT_TABS.items()],
        "week_url": discovery_page.week_of_sessions(store, endpoint),
        "attacks_url": AttackView(q=own).url(),
        "host_url": EndpointView().with_term("host", endpoint.host),
        "back": view.listed(),
        **_TABS[view.tab](store, endpoint, view, clock, question),
    }


def _own_terms(endpoint: OpenedEndpoint) -> Terms:
    values = (("host", endpoint.host), ("method", endpoint.method), ("endpoint", endpoint.endpoint))
    return tuple(term(word, [value]) for word, value in values)


def _overview(store: Store, endpoint: OpenedEndpoint, view: EndpointView, _clock: Clock, _question: Question) -> dict[str, Any]:
    return {
        "factors": [{"title": factor_title(one.name), "factor": one, "tone": risk_tone(one.weight)} for one in endpoint.factors],
        "incidents_url": _incidents(endpoint),
        "rogue_why": ROGUE_WHY.get(endpoint.rogue, ""),
        "specified": specified_in(store, endpoint),
        "protections": [
            {"title": value_title("protection", name), "why": why, "holds": name in endpoint.protection}
            for name, why in PROTECTIONS.items()
        ],
        "flows": [{"name": name, "chosen": name in endpoint.flows} for name in NAMES],
        "protocol": protocol_title(endpoint.protocol),
        "auth_kinds": [(value_title("auth", kind), count) for kind, count in endpoint.auth_kinds.items()],
        "media": _named(endpoint.media),
        "response_media": _named(endpoint.response_media),
        "here": view.url(),
    }


def _incidents(endpoint: OpenedEndpoint) -> str:
    """The incidents of an endpoint, whatever the method: a vulnerability is of host and template."""
    return AttackView(section=INCIDENTS, q=f"{term_text('host', endpoint.host)} {term_text('endpoint', endpoint.endpoint)}").url()


def _named(counts: Mapping[str, int]) -> list[str]:
    return [name for name in counts if name]


def _parameters(
    _store: Store, endpoint: OpenedEndpoint, _view: EndpointView, _clock: Clock, _question: Question
) -> dict[str, Any]:
    ordered = sorted(endpoint.members, key=lambda one: (_place_rank(one), one.point))
    blocks = [
        {"title": _place_title(place), "rows": [_parameter(one) for one in some]} for place, some in groupby(ordered, _place)
    ]
    return {"blocks": [*_path_block(endpoint), *blocks], "members": len(endpoint.members)}


def _place(parameter: Parameter) -> str:
    """Where a parameter stands: side and place, and of a body its format."""
    steps = parameter.point.split(".", 3)
    return ".".join(steps[:3] if steps[1:2] == ["body"] else steps[:2])


def _place_rank(parameter: Parameter) -> tuple[int, str]:
    place = _place(parameter)
    known = ".".join(place.split(".")[:2])
    return (list(PLACES).index(known) if known in PLACES else len(PLACES), place)


def _place_title(place: str) -> str:
    known, format_ = ".".join(place.split(".")[:2]), place.partition("body.")[2]
    return PLACES.get(known, known) + (f", {format_.partition('[')[0].upper()}" if format_ else "")


def _parameter(one: Parameter) -> dict[str, Any]:
    return {
        "one": one,
        "name": one.point.removeprefix(_place(one)).removeprefix(".") or "(body)",
        "holds_others": one.type in CONTAINERS,
        "sensitive": [value_title("sensitive", kind) for kind in one.sensitive],
    }


def _path_block(endpoint: OpenedEndpoint) -> list[dict[str, Any]]:
    """The variables of the path, which every request has."""
    rows = [
        Parameter(point=f"request.path.{one.name}", type=one.type, requests=endpoint.requests, share=1.0, required=True)
        for one in path_of(endpoint.endpoint).variables
    ]
    return [{"title": PLACES["request.path"], "rows": [_parameter(one) for one in rows]}] if rows else []


def _performance(
    store: Store, endpoint: OpenedEndpoint, view: EndpointView, _clock: Clock, _question: Question
) -> dict[str, Any]:
    marked = _marked(store, view)
    return {
        "pictures": [
            _picture(store, endpoint, "duration_ms", "Time", pace.time_said, marked),
            _picture(store, endpoint, "response_bytes", "Size of the response", pace.size_said, marked),
        ],
        "slow_url": discovery_page.week_of_sessions(store, endpoint, "slow:true"),
        "large_url": discovery_page.week_of_sessions(store, endpoint, "large:true"),
        "marked": marked,
        "marked_url": links.one_request(marked.session_id, marked.time[:10], marked.request_id) if marked else "",
    }


def _marked(store: Store, view: EndpointView) -> Any:
    """The request that is marked in the pictures; none when it is not stored any more."""
    if not (view.request and view.session):
        return None
    try:
        return requests.one_request(store, view.request, view.session)
    except BadQuestion:
        return None


def _picture(
    store: Store, endpoint: OpenedEndpoint, field: str, title: str, said: Callable[[float | None], str], marked: Any
) -> dict[str, Any]:
    found = distribution(store, endpoint.host, endpoint.method, endpoint.endpoint, field=field)

    def link(low: float, high: float) -> str:
        return _sessions(endpoint, EndpointView(), f"{field}:{low:.3f}..{high:.3f}")

    value = getattr(marked, field) if marked else None
    own = (endpoint.p50_ms, endpoint.p95_ms) if field == "duration_ms" else (endpoint.p50_bytes, endpoint.p95_bytes)
    return {
        "title": title,
        "drawn": charts.distribution(found, said, marked=value, link=link),
        "samples": found.requests,
        "known": found.p95 is not None,
        "median": said(own[0]) if own[0] is not None else "",
        "high": said(own[1]) if own[1] is not None else "",
        "edges": [said(found.buckets[0].low), said(found.buckets[-1].high)] if found.buckets else [],
        "marked": said(value) if value is not None else "",
    }


def _traffic(store: Store, endpoint: OpenedEndpoint, view: EndpointView, clock: Clock, question: Question) -> dict[str, Any]:
    data = histogram.histogram(store, question)
    drawn = charts.histogram(data, lambda low, high: view.spanned(iso(low), iso(high)), clock, within=question.interval)
    return {
        "histogram": drawn,
        "ticks": charts.ticks(data, clock),
        "shown": sum(bar.requests for bar in data.bars),
        "bad": sum(bar.attacks for bar in data.bars),
        "figures": _figures(store, endpoint, view, question),
        "sessions_url": _sessions(endpoint, view),
    }


def _sessions(endpoint: OpenedEndpoint, view: EndpointView, *further: str) -> str:
    q = links.requests_of(endpoint.host, endpoint.method, endpoint.endpoint, *further)
    return links.View(q=q, start=view.start, end=view.end).url()


def _figures(store: Store, endpoint: OpenedEndpoint, view: EndpointView, question: Question) -> list[dict[str, Any]]:
    """The most frequent values of some fields, each a bar that leads to the sessions with such requests."""
    blocks = []
    for word in FIGURES:
        values = facets.facet(store, question, field_named(word), limit=SHOWN_VALUES).values
        rows = [
            {
                "title": value_title(word, value.value),
                "amount": value.requests,
                "share": value.requests / values[0].requests,
                "tone": outcome(int(value.value)) if word == "status" else "bad" if word == "attack" else "",
                "url": _sessions(endpoint, view, term_text(word, value.value)),
            }
            for value in values
        ]
        if rows:
            blocks.append({"title": field_named(word).title, "word": word, "rows": rows})
    return blocks


_TABS: dict[str, Callable[[Store, OpenedEndpoint, EndpointView, Clock, Question], dict[str, Any]]] = {
    "": _overview,
    "parameters": _parameters,
    "performance": _performance,
    "traffic": _traffic,
}
