"""The inventory as people see it, made anew from what is stored and from what was known before (D2, D5 to D7, D9)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from apitrail.configure import given_flows, learned, specifications
from apitrail.explore.attacks import incidents
from apitrail.explore.attacks.asking import Asked
from apitrail.explore.discovery.parameters import Parameter, parameters, path_parameters, plain
from apitrail.explore.discovery.protection import coverage, protection
from apitrail.explore.discovery.risk import factors, risk
from apitrail.explore.discovery.rules import Rules
from apitrail.inspect.flows import FLOWS
from apitrail.inspect.specifications import comparing
from apitrail.inspect.specifications.matching import Matcher
from apitrail.model.place import placed
from apitrail.query.tree import Question
from apitrail.store import Store

DAY = 86_400
NEW, CHANGED, UNUSED = "new", "changed", "unused"

_SEEN = """SELECT lower(hex(sipHash64(host, method, endpoint))) AS id, host, method, endpoint, sum(requests) AS requests,
  toUnixTimestamp(min(start)) AS first, toUnixTimestamp(max(end)) AS last,
  quantilesTDigestMerge(0.5, 0.95)(durations) AS times, sum(timed) AS timed,
  quantilesTDigestMerge(0.5, 0.95)(sizes) AS weights, sum(sized) AS sized,
  sumMap(seen) AS seen, minMap((seen.1, arrayWithConstant(length(seen.1), toUnixTimestamp(start)))) AS told,
  sumMap(auth) AS auth, sum(authenticated) AS authenticated, sumMap(media) AS media, groupUniqArrayArray(protocols) AS protocols,
  groupUniqArrayArray(applications) AS applications, groupUniqArrayArray(flows) AS flows
FROM inventory GROUP BY host, method, endpoint ORDER BY host, endpoint, method"""
_KNOWN = """SELECT * EXCEPT (run, parameters), toUnixTimestamp(first_seen) AS first, toUnixTimestamp(last_seen) AS last,
  mapKeys(parameters) AS points, arrayMap(at -> toUnixTimestamp(at), mapValues(parameters)) AS since
FROM endpoints WHERE run = (SELECT max(run) FROM endpoints)"""

_WORDS = pa.list_(pa.string())
_TIME = pa.timestamp("s", "UTC")
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("id", "host", "method", "endpoint", "protocol")),
        ("applications", _WORDS),
        ("requests", pa.uint64()),
        ("first_seen", _TIME),
        ("last_seen", _TIME),
        ("flows", _WORDS),
        ("auth", _WORDS),
        ("coverage", pa.string()),
        ("sensitive", _WORDS),
        ("risk", pa.uint8()),
        ("factors", _WORDS),
        ("rogue", pa.string()),
        ("changes", _WORDS),
        ("protection", _WORDS),
        ("parameters", pa.map_(pa.string(), _TIME)),
        *((name, pa.float32()) for name in ("p50_ms", "p95_ms", "p50_bytes", "p95_bytes")),
    ]
)
"""The columns of `endpoints`, but for the run."""

Row = dict[str, Any]
Key = tuple[str, str, str]


class Around(NamedTuple):
    """What the traffic of an endpoint does not tell: how it is specified, on which endpoints attacks worked, what time it is, and
    how many samples say what is usual.
    """

    current: Matcher
    earlier: Matcher
    enforced: Matcher
    vulnerable: frozenset[tuple[str, str]]
    now: int
    samples: int


def refresh(store: Store, rules: Rules, samples: int) -> int:
    """Make the inventory anew; how many endpoints it has. From so many samples on is told what is usual for an endpoint."""
    before = {_key(row): row for row in store.rows(_KNOWN)}
    around = _around(store, samples)
    every = store.rows(_SEEN)
    # Where there is nothing but what is left out, somebody looks at an API of the own machine.
    seen = [row for row in every if not rules.leaves_out(row["host"])] or every
    of_host: defaultdict[str, int] = defaultdict(int)
    begun: dict[str, int] = {}
    for row in seen:
        of_host[row["host"]] += row["requests"]
    for row in (*seen, *before.values()):
        begun[row["host"]] = min(row["first"], begun.get(row["host"], row["first"]))
    kept: dict[Key, Row] = {}
    for row in seen:
        key = _key(row)
        stays = key in before or rules.is_stable(row["requests"], row["last"] - row["first"], of_host[row["host"]])
        if stays and around.now - row["last"] < rules.removed * DAY:
            kept[key] = _row(row, before.get(key), around, rules, begun[row["host"]])
    places = learned.places(store)
    for key, row in before.items():
        has_moved = placed(row["endpoint"], places.get(row["host"], {})) != row["endpoint"]
        goes = has_moved or rules.leaves_out(row["host"]) or around.now - row["last"] >= rules.removed * DAY
        if key not in kept and not goes:
            kept[key] = _gone(row, around, rules, begun[row["host"]])
    given = dict(given_flows.kept(store))
    for key, row in kept.items():
        row["flows"] = given.get(key, row["flows"])
    store.replace_endpoints(_table(kept.values()))
    return len(kept)


def _key(row: Mapping[str, Any]) -> Key:
    return row["host"], row["method"], row["endpoint"]


def _around(store: Store, samples: int) -> Around:
    current = specifications.current(store)
    found = incidents.every_incident(store, Asked(Question()))
    vulnerable = {(one.attack.group["host"], one.endpoint) for one in found if one.vulnerability != incidents.CLOSED}
    names = {one.name for one in specifications.kept(store) if one.enforced}
    return Around(
        Matcher(current),
        Matcher(specifications.earlier(store)),
        Matcher([one for one in current if one.name in names]),
        frozenset(vulnerable),
        store.newest() // 1_000_000,
        samples,
    )


def _row(row: Row, known: Row | None, around: Around, rules: Rules, begun: int) -> Row:
    segments = path_parameters(row["endpoint"], row["requests"])
    found = [*segments, *parameters(_counted(row["seen"]), row["requests"], share=rules.share)]
    media = [kind for kind, count in _counted(row["media"]).items() if count >= rules.share * row["requests"]]
    first = min(row["first"], known["first"]) if known else row["first"]
    risks = factors(
        found, media, vulnerable=(row["host"], row["endpoint"]) in around.vulnerable, weights=rules.weights, many=rules.many
    )
    since = dict.fromkeys((one.point for one in segments), first) | _since(found[len(segments) :], row, known)
    authenticated = _counted(row["auth"])
    covered = coverage(row["authenticated"], row["requests"])
    rogue = _rogue(row, around)
    return {
        **row,
        "protocol": min(row["protocols"], default=""),
        "applications": sorted(row["applications"]),
        "flows": [flow for flow in FLOWS if flow in row["flows"]],
        "first_seen": first,
        "last_seen": row["last"],
        "auth": [kind for kind, count in authenticated.items() if count >= rules.share * row["requests"]],
        "coverage": covered,
        "sensitive": sorted({kind for one in found for kind in one.sensitive}),
        "risk": risk(risks),
        "factors": [factor.name for factor in risks],
        "rogue": rogue,
        "changes": _changes(first, row["last"], since, begun, around.now, rules),
        "protection": protection(covered, specified=_specified(row, around.current), enforced=_specified(row, around.enforced)),
        "parameters": since,
        **_usual("ms", row["times"], told=row["timed"] >= around.samples),
        **_usual("bytes", row["weights"], told=row["sized"] >= around.samples),
    }


def _gone(row: Row, around: Around, rules: Rules, begun: int) -> Row:
    """An endpoint of which no request is stored any more."""
    since = dict(zip(row["points"], row["since"], strict=True))
    return {
        **row,
        "requests": 0,
        "first_seen": row["first"],
        "last_seen": row["last"],
        "parameters": since,
        "rogue": _rogue(row, around),
        "changes": _changes(row["first"], row["last"], since, begun, around.now, rules),
    }


def _counted(sums: Mapping[str, list[Any]]) -> dict[str, int]:
    """A sum of the engine as words with their numbers."""
    words, numbers = sums.values()
    return dict(zip(words, numbers, strict=True))


def _since(found: Iterable[Parameter], row: Row, known: Row | None) -> dict[str, int]:
    """When each parameter was first seen: on the first day that is stored, or before, when that is known."""
    since: dict[str, int] = dict(zip(known["points"], known["since"], strict=True)) if known else {}
    for descriptor, at in _counted(row["told"]).items():
        point = descriptor.partition(" ")[0]
        since[point] = min(at, since.get(point, at))
    return {one.point: since[one.point] for one in plain(list(found))}


def _changes(first: int, last: int, since: Mapping[str, int], begun: int, now: int, rules: Rules) -> list[str]:
    """What is new, changed, or no longer used. What came with the first day of its host is not new, but as old as is known."""
    recent = now - rules.unused * DAY
    changes = [NEW] if first > max(recent, begun + DAY) else []
    if not changes and any(at > max(first + DAY, recent) for at in since.values()):
        changes.append(CHANGED)
    return [*changes, UNUSED] if last < recent else changes


def _rogue(row: Row, around: Around) -> str:
    seen = (comparing.Endpoint(*_key(row), name) for name in row["applications"] or [None])
    told = (comparing.rogue(one, around.current, around.earlier) for one in seen)
    return next(filter(None, told), "")


def _specified(row: Row, matcher: Matcher) -> bool:
    return matcher.operation_of_template(*_key(row)) is not None


def _usual(unit: str, quantiles: list[float | None] | None, *, told: bool) -> Row:
    middle, high = quantiles if quantiles and told else (None, None)
    return {f"p50_{unit}": middle, f"p95_{unit}": high}


def _table(rows: Iterable[Row]) -> pa.Table:
    every = list(rows)
    columns = [pa.array([_value(row[field.name], field.type) for row in every], field.type) for field in SCHEMA]
    return pa.table(columns, schema=SCHEMA)


def _value(value: Any, kind: pa.DataType) -> Any:
    if pa.types.is_map(kind):
        return [(name, _moment(at)) for name, at in value.items()]
    return _moment(value) if pa.types.is_timestamp(kind) else value


def _moment(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
