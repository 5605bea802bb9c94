"""Learning templates from what is stored, and moving what is stored under others to them (D1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from apitrail.analyze.learning import Seen, learn
from apitrail.configure import learned
from apitrail.model.place import FIXED, FORMATS, Place, Places, placed
from apitrail.store import Store

SEEN_LIMIT = 200_000
"""Templates of one host from which is learned, chosen by their hash when there are more."""
SEEN_LIMIT_OF_ALL = 1_000_000
"""Templates of all hosts together."""
MOVES_LIMIT = 200_000
"""Endpoints that move at one time; when there are more, the next analyses move them."""
ASKED_CHARS = 100_000
"""Characters of places that are bound to one question."""

_SEEN = """SELECT host, endpoint, sum(requests) AS requests FROM inventory GROUP BY host, endpoint
ORDER BY host, sipHash64(endpoint) LIMIT {limit:UInt32} BY host LIMIT {most:UInt32}"""
_MISPLACED = f"""SELECT DISTINCT host, endpoint, splitByChar('#', endpoint)[1] AS path FROM (
  {" UNION ALL ".join(f"SELECT DISTINCT host, endpoint FROM {table}" for table in ("requests", "findings", "inventory"))}
) WHERE host IN {{hosts:Array(String)}} AND arrayExists((of, prefix, stays) -> of = host AND startsWith(path, prefix)
    AND (splitByChar('/', substring(path, length(prefix) + 1))[1] AS segment) != '' AND NOT has(stays, segment)
    AND NOT has({{fixed:Array(String)}}, lower(segment)),
  {{hosts:Array(String)}}, {{prefixes:Array(String)}}, {{stay:Array(Array(String))}})
LIMIT {{limit:UInt32}}"""
"""Endpoints at whose places something else stands than what was learned, and perhaps some more."""


def learn_templates(store: Store) -> int:
    """Learn from all good requests that are stored, and move what is stored; how many endpoints moved to a learned template.

    What was stored meanwhile by a process that had not heard of a template, or was left by a crash, moves as well.
    """
    known = learned.places(store)
    for host, seen in _seen(store).items():
        places = learn(seen, known.get(host, {}))
        if places != known.get(host, {}):
            learned.keep(store, host, places)
            known[host] = places
    moves = {
        (host, endpoint): moved
        for host, endpoint in _misplaced(store, known)
        if (moved := placed(endpoint, known[host])) != endpoint
    }
    store.move(moves)
    return len(moves)


def _seen(store: Store) -> dict[str, list[Seen]]:
    rows = store.ask(_SEEN, {"limit": SEEN_LIMIT, "most": SEEN_LIMIT_OF_ALL})
    hosts: defaultdict[str, list[Seen]] = defaultdict(list)
    if len(rows):
        columns = (rows[name].to_pylist() for name in ("host", "endpoint", "requests"))
        for host, endpoint, requests in zip(*columns, strict=True):
            hosts[host].append(Seen(endpoint, requests))
    return hosts


def _misplaced(store: Store, known: Mapping[str, Places]) -> Iterator[tuple[str, str]]:
    for portion in _portions(known):
        hosts, prefixes, stay = map(list, zip(*portion, strict=True))
        values = {"hosts": hosts, "prefixes": prefixes, "stay": stay, "fixed": sorted(FIXED), "limit": MOVES_LIMIT}
        for row in store.rows(_MISPLACED, values):
            yield row["host"], row["endpoint"]


def _portions(known: Mapping[str, Places]) -> Iterator[list[tuple[str, str, list[str]]]]:
    """Every place as host, prefix, and what stays as it is there; as many at a time as may be bound."""
    portion: list[tuple[str, str, list[str]]] = []
    chars = 0
    for host, places in known.items():
        for prefix, place in places.items():
            stay = _stay(place)
            portion.append((host, f"{prefix}/", stay))
            chars += len(host) + len(prefix) + sum(map(len, stay)) + 3 * len(stay)
            if chars > ASKED_CHARS:
                yield portion
                portion, chars = [], 0
    if portion:
        yield portion


def _stay(place: Place) -> list[str]:
    return [place.stands, *(place.stands + end for end in FORMATS), *place.constants]
