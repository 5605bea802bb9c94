"""What the page of one endpoint shows: an overview, its parameters, its performance, its traffic (D3, D5 to D9, S5, S7.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import groupby
from typing import Any, NamedTuple

from apitrail.console import axes, charts, discovery_page, filters, links, pace
from apitrail.console.discovery_words import ROGUE_WHY, factor_title, factor_why, protocol_title, risk_tone
from apitrail.console.links import ENDPOINT_TABS, INCIDENTS, AttackView, EndpointView
from apitrail.console.words import Clock, outcome, value_title
from apitrail.errors import BadQuestion
from apitrail.explore import facets, histogram, requests
from apitrail.explore.answers import Request
from apitrail.explore.discovery.distribution import Distribution, distributions
from apitrail.explore.discovery.opening import OpenedEndpoint, open_endpoint
from apitrail.explore.discovery.parameters import CONTAINERS, Parameter
from apitrail.explore.discovery.protection import PROTECTIONS
from apitrail.explore.discovery.rules import Rules
from apitrail.explore.discovery.specifying import specified_in
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


class _Shown(NamedTuple):
    """What a tab shows: an endpoint under a view, and the request that one comes from, if any."""

    store: Store
    endpoint: OpenedEndpoint
    view: EndpointView
    clock: Clock
    question: Question
    marked: Request | None


def content(store: Store, view: EndpointView, clock: Clock, rules: Rules) -> dict[str, Any]:
    """Everything the template needs; NotFound when the inventory has no such endpoint, BadQuestion when the address is wrong."""
    endpoint = open_endpoint(store, view.page, rules)
    question = Question(
        _own_terms(endpoint), discovery_page.question_of(EndpointView(start=view.start, end=view.end), clock).interval
    )
    own = links.requests_of(endpoint.host, endpoint.method, endpoint.endpoint)
    marked = _marked(store, view)
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
        "marked": marked,
        "marked_url": links.request_in_session(marked.session_id, marked.request_id) if marked else "",
        **_TABS[view.tab](_Shown(store, endpoint, view, clock, question, marked)),
    }


def _own_terms(endpoint: OpenedEndpoint) -> Terms:
    values = (("host", endpoint.host), ("method", endpoint.method), ("endpoint", endpoint.endpoint))
    return tuple(term(word, [value]) for word, value in values)


def _overview(shown: _Shown) -> dict[str, Any]:
    endpoint = shown.endpoint
    kinds = [kind for one in endpoint.members for kind in one.sensitive]
    return {
        "factors": [
            {"title": factor_title(one.name), "factor": one, "why": factor_why(one, kinds), "tone": risk_tone(one.weight)}
            for one in endpoint.factors
        ],
        "incidents_url": _incidents(endpoint),
        "rogue_why": ROGUE_WHY.get(endpoint.rogue, ""),
        "specified": specified_in(shown.store, endpoint),
        "protections": [
            {"title": value_title("protection", name), "why": why, "holds": name in endpoint.protection}
            for name, why in PROTECTIONS.items()
        ],
        "flows": [{"name": name, "chosen": name in endpoint.flows} for name in NAMES],
        "protocol": protocol_title(endpoint.protocol),
        "auth_kinds": [(value_title("auth", kind), count) for kind, count in endpoint.auth_kinds.items()],
        "media": _named(endpoint.media),
        "response_media": _named(endpoint.response_media),
        "here": shown.view.url(),
    }


def _incidents(endpoint: OpenedEndpoint) -> str:
    """The incidents of an endpoint, whatever the method: a vulnerability is of host and template."""
    return AttackView(section=INCIDENTS, q=f"{term_text('host', endpoint.host)} {term_text('endpoint', endpoint.endpoint)}").url()


def _named(counts: Mapping[str, int]) -> list[str]:
    return [name for name in counts if name]


def _parameters(shown: _Shown) -> dict[str, Any]:
    endpoint = shown.endpoint
    ordered = sorted(endpoint.members, key=lambda one: (_place_rank(one), one.point))
    blocks = [
        {"title": _place_title(place), "rows": [_parameter(one) for one in some]} for place, some in groupby(ordered, _place)
    ]
    return {"blocks": blocks, "members": len(endpoint.members)}


def _place(parameter: Parameter) -> str:
    """Where a parameter stands: side and place, and of a body its format."""
    steps = parameter.point.partition("[")[0].split(".", 3)
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
        "name": one.name or one.point.removeprefix(_place(one)).removeprefix(".") or "(body)",
        "holds_others": one.type in CONTAINERS,
        "sensitive": [value_title("sensitive", kind) for kind in one.sensitive],
    }


def _performance(shown: _Shown) -> dict[str, Any]:
    """The pictures, and where the requests above what is usual are, for what is known of that."""
    found = distributions(shown.store, shown.endpoint.host, shown.endpoint.method, shown.endpoint.endpoint)
    time = _picture(shown, found["duration_ms"], "Time", pace.time_said)
    size = _picture(shown, found["response_bytes"], "Size of the response", pace.size_said)
    above = ((time, "slow requests", "slow:true"), (size, "large answers", "large:true"))
    return {
        "pictures": [time, size],
        "above": [
            {"words": words, "url": discovery_page.week_of_sessions(shown.store, shown.endpoint, q)}
            for picture, words, q in above
            if picture["known"]
        ],
    }


def _marked(store: Store, view: EndpointView) -> Request | None:
    """The request that one comes from, which is marked in the pictures; none when it is not stored any more."""
    if not (view.request and view.session):
        return None
    try:
        return requests.one_request(store, view.request, view.session)
    except BadQuestion:
        return None


def _picture(shown: _Shown, found: Distribution, title: str, said: Callable[[float | None], str]) -> dict[str, Any]:
    endpoint, field = shown.endpoint, found.field

    def link(low: float, high: float) -> str:
        return _sessions(endpoint, EndpointView(), f"{field}:{low:.3f}..{high:.3f}")

    value = getattr(shown.marked, field) if shown.marked else None
    own = (endpoint.p50_ms, endpoint.p95_ms) if field == "duration_ms" else (endpoint.p50_bytes, endpoint.p95_bytes)
    return {
        "title": title,
        "drawn": charts.distribution(found, said, marked=value, link=link),
        "samples": found.requests,
        "known": found.p95 is not None,
        "median": said(own[0]) if own[0] is not None else "",
        "high": said(own[1]) if own[1] is not None else "",
        "axis": axes.logarithmic(found, said, marked=value),
        "marked": said(value) if value is not None else "",
    }


def _traffic(shown: _Shown) -> dict[str, Any]:
    view = shown.view
    data = histogram.histogram(shown.store, shown.question)
    drawn = charts.histogram(
        data, lambda low, high: view.spanned(iso(low), iso(high)), shown.clock, within=shown.question.interval
    )
    return {
        "histogram": drawn,
        "ticks": charts.ticks(data, shown.clock),
        "shown": sum(bar.requests for bar in data.bars),
        "bad": sum(bar.attacks for bar in data.bars),
        "figures": _figures(shown),
        "sessions_url": _sessions(shown.endpoint, view),
    }


def _sessions(endpoint: OpenedEndpoint, view: EndpointView, *further: str) -> str:
    q = links.requests_of(endpoint.host, endpoint.method, endpoint.endpoint, *further)
    return links.View(q=q, start=view.start, end=view.end).url()


def _figures(shown: _Shown) -> list[dict[str, Any]]:
    """The most frequent values of some fields, each a bar that leads to the sessions with such requests."""
    blocks = []
    for word in FIGURES:
        values = facets.facet(shown.store, shown.question, field_named(word), limit=SHOWN_VALUES).values
        rows = [
            {
                "title": value_title(word, value.value),
                "amount": value.requests,
                "share": value.requests / values[0].requests,
                "tone": outcome(int(value.value)) if word == "status" else "bad" if word == "attack" else "",
                "url": _sessions(shown.endpoint, shown.view, term_text(word, value.value)),
            }
            for value in values
        ]
        if rows:
            blocks.append({"title": field_named(word).title, "word": word, "rows": rows})
    return blocks


_TABS: dict[str, Callable[[_Shown], dict[str, Any]]] = {
    "": _overview,
    "parameters": _parameters,
    "performance": _performance,
    "traffic": _traffic,
}
