"""One endpoint with everything that is known of it (D3, D5, D7, D9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from apitrail.configure import given_flows
from apitrail.errors import NotFound
from apitrail.explore.discovery.listing import Endpoint, list_endpoints
from apitrail.explore.discovery.parameters import Parameter, parameters, path_parameters
from apitrail.explore.discovery.protection import PROTECTIONS
from apitrail.explore.discovery.risk import VULNERABILITY, Factor, factors
from apitrail.explore.discovery.rules import USUAL, Rules
from apitrail.explore.discovery.specifying import SpecifiedIn, specified_in
from apitrail.model.attack import OF_SPECIFICATIONS
from apitrail.query.interval import iso
from apitrail.query.text import term
from apitrail.query.tree import Question
from apitrail.store import Store

DAY = 86_400

_OF_IT = "host = {host:String} AND method = {method:String} AND endpoint = {endpoint:String}"
_DAYS = f"""SELECT toUnixTimestamp(min(start)) AS first, toUnixTimestamp(max(end)) AS last, sum(requests) AS requests,
  sumMap(seen) AS seen, sumMap(auth) AS auth, sumMap(media) AS media, sumMap(response_media) AS response_media
FROM inventory WHERE {_OF_IT} GROUP BY day ORDER BY day"""
_MALICIOUS = f"NOT hasAll({list(OF_SPECIFICATIONS)}, attack_types)"
"""What is only not as specified is harmless, as for the inventory."""
_TRAFFIC = f"""SELECT sum(requests) AS all_requests, uniqExactMerge(seen) AS sessions,
  sumIf(requests, {_MALICIOUS}) AS malicious, sumIf(requests, notEmpty(attack_types)) - malicious AS violations,
  sum(stopped) AS blocked,
  sumMap(map(toString(status), requests)) AS statuses,
  sumMap(mapFromArrays(attack_types, arrayMap(x -> requests, attack_types))) AS attack_types
FROM (SELECT status, CAST(requests.attack_types, 'Array(String)') AS attack_types, count() AS requests, sum(blocked) AS stopped,
  uniqExactState(session_id) AS seen FROM requests WHERE {_OF_IT} GROUP BY status, attack_types)"""
_SINCE = """SELECT toUnixTimestamp(first_seen) AS first, mapKeys(parameters) AS points,
  arrayMap(at -> toUnixTimestamp(at), mapValues(parameters)) AS since
FROM endpoints WHERE id = {id:String} ORDER BY run DESC LIMIT 1"""


class OpenedEndpoint(Endpoint, kw_only=True):
    """An endpoint with its parameters, what makes its risk, and its traffic.

    `members` are the parameters; `media`, `response_media` and `auth_kinds` count good requests; `all_requests`, `sessions`,
    `malicious`, `violations`, `blocked`, `statuses` and `attack_types` count all stored requests to it, bad ones too.
    `violations` are requests that are not as specified, and harmless otherwise. `factors` explain the risk, `protected_by` maps
    what covers it to what that means.
    """

    members: list[Parameter]
    media: dict[str, int]
    response_media: dict[str, int]
    auth_kinds: dict[str, int]
    factors: list[Factor]
    protected_by: dict[str, str]
    all_requests: int
    sessions: int
    malicious: int
    violations: int
    blocked: int
    statuses: dict[str, int]
    attack_types: dict[str, int]


class SpecifiedEndpoint(OpenedEndpoint, kw_only=True):
    """An opened endpoint, and which current specifications describe it."""

    specified: list[SpecifiedIn]


def open_specified(store: Store, endpoint_id: str, rules: Rules = USUAL) -> SpecifiedEndpoint:
    """The endpoint of an id beside the specifications; NotFound when the inventory has none."""
    opened = open_endpoint(store, endpoint_id, rules)
    known = {field.name: getattr(opened, field.name) for field in msgspec.structs.fields(OpenedEndpoint)}
    return SpecifiedEndpoint(**known, specified=specified_in(store, opened).found)


def open_endpoint(store: Store, endpoint_id: str, rules: Rules = USUAL) -> OpenedEndpoint:
    """The endpoint of an id; NotFound when the inventory has none."""
    found = list_endpoints(store, Question((term("endpoint_id", [endpoint_id]),)), limit=1).items
    if not found:
        raise NotFound("there is no endpoint of this id in the inventory; start from the list of endpoints")
    return open_listed(store, found[0], rules)


def open_listed(store: Store, endpoint: Endpoint, rules: Rules = USUAL) -> OpenedEndpoint:
    """An endpoint of the list with everything that is known of it."""
    values = {"host": endpoint.host, "method": endpoint.method, "endpoint": endpoint.endpoint}
    days = store.rows(_DAYS, values)
    traffic = store.rows(_TRAFFIC, values)[0]
    members = [*_of_path(endpoint), *_members(days, *_since(store, endpoint.id), rules)]
    media = _added(days, "media")
    known = factors(members, list(media), vulnerable=VULNERABILITY in endpoint.risk_factors, weights=rules.weights, many=0)
    return OpenedEndpoint(
        **{field.name: getattr(endpoint, field.name) for field in msgspec.structs.fields(Endpoint)},
        members=members,
        media=media,
        response_media=_added(days, "response_media"),
        auth_kinds=_added(days, "auth"),
        factors=[factor for factor in known if factor.name in endpoint.risk_factors],
        protected_by={name: PROTECTIONS[name] for name in endpoint.protection},
        all_requests=traffic["all_requests"],
        sessions=traffic["sessions"],
        malicious=traffic["malicious"],
        violations=traffic["violations"],
        blocked=traffic["blocked"],
        statuses=_falling(traffic["statuses"]),
        attack_types=_falling(traffic["attack_types"]),
    )


def give_flows(store: Store, endpoint_id: str, flows: Sequence[str], author: str, rules: Rules = USUAL) -> OpenedEndpoint:
    """Give an endpoint its business flows; BadQuestion for a flow there is not, NotFound for an unknown endpoint."""
    endpoint = open_endpoint(store, endpoint_id)
    given_flows.give(store, endpoint.host, endpoint.method, endpoint.endpoint, flows, author)
    return open_endpoint(store, endpoint_id, rules)


def endpoint_of(store: Store, host: str, method: str, endpoint: str) -> Endpoint | None:
    """The endpoint that a request went to, when the inventory has it (D11)."""
    if not endpoint:
        return None
    terms = (term("host", [host]), term("method", [method]), term("endpoint", [endpoint]))
    return next(iter(list_endpoints(store, Question(terms), limit=1).items), None)


def _since(store: Store, endpoint_id: str) -> tuple[int, dict[str, int]]:
    """When an endpoint was first seen, and when each of its parameters was; nothing when it has just gone."""
    found = store.rows(_SINCE, {"id": endpoint_id})
    return (found[0]["first"], dict(zip(found[0]["points"], found[0]["since"], strict=True))) if found else (0, {})


def _members(days: list[dict[str, Any]], first: int, since: Mapping[str, int], rules: Rules) -> list[Parameter]:
    """The parameters with when each was seen first and last; what came with the endpoint's first day is not new."""
    begun: dict[str, int] = {}
    last: dict[str, int] = {}
    for day in days:
        for descriptor in _words(day["seen"]):
            point = descriptor.partition(" ")[0]
            begun.setdefault(point, day["first"])
            last[point] = day["last"]
    newest = max((day["last"] for day in days), default=0)
    requests = sum(day["requests"] for day in days)
    recent = newest - rules.unused * DAY
    known = max(first + DAY, recent)
    return [
        msgspec.structs.replace(
            one,
            first_seen=iso(since.get(one.point, begun[one.point]) * 1_000_000),
            last_seen=iso(last[one.point] * 1_000_000),
            status="new" if since.get(one.point, 0) > known else "unused" if last[one.point] < recent else "",
        )
        for one in parameters(_added(days, "seen"), requests, share=rules.share)
    ]


def _of_path(endpoint: Endpoint) -> list[Parameter]:
    """The variables of the path, which are as old as the endpoint."""
    seen = {"first_seen": endpoint.first_seen, "last_seen": endpoint.last_seen}
    return [msgspec.structs.replace(one, **seen) for one in path_parameters(endpoint.endpoint, endpoint.requests)]


def _added(days: list[dict[str, Any]], column: str) -> dict[str, int]:
    """The sums of all days, the most frequent first."""
    sums: dict[str, int] = {}
    for day in days:
        for word, number in zip(*day[column].values(), strict=True):
            sums[word] = sums.get(word, 0) + number
    return _falling(sums)


def _words(sums: Mapping[str, list[Any]]) -> list[str]:
    return next(iter(sums.values()))


def _falling(counts: Mapping[str, int] | list[tuple[str, int]]) -> dict[str, int]:
    return dict(sorted(dict(counts).items(), key=lambda pair: (-pair[1], pair[0])))
