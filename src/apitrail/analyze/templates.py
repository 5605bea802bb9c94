"""Learning templates from what is stored, and moving what was stored before to them (D1)."""

from __future__ import annotations

from collections import defaultdict

from apitrail.analyze.learning import Seen, learn
from apitrail.configure import learned
from apitrail.model.place import Places, placed
from apitrail.store import Store

SEEN_LIMIT = 200_000
"""Templates of one host from which is learned, chosen by their hash when there are more."""

_SEEN = """SELECT host, endpoint, sum(requests) AS requests FROM inventory GROUP BY host, endpoint
ORDER BY host, sipHash64(endpoint) LIMIT {limit:UInt32} BY host"""
_STORED = "SELECT DISTINCT host, endpoint FROM requests WHERE host IN {hosts:Array(String)}"


def learn_templates(store: Store) -> int:
    """Learn from all good requests that are stored; how many endpoints moved to a template that was learned now."""
    before = learned.places(store)
    hosts: defaultdict[str, list[Seen]] = defaultdict(list)
    for row in store.ask(_SEEN, {"limit": SEEN_LIMIT}).to_pylist():
        hosts[row["host"]].append(Seen(row["endpoint"], row["requests"]))
    news: dict[str, Places] = {}
    for host, seen in hosts.items():
        places = learn(seen, before.get(host, {}))
        if places != before.get(host, {}):
            news[host] = places
    if not news:
        return 0
    for host, places in news.items():
        learned.keep(store, host, places)
    stored = store.ask(_STORED, {"hosts": list(news)}).to_pylist()
    moves = {
        (row["host"], row["endpoint"]): moved
        for row in stored
        if (moved := placed(row["endpoint"], news[row["host"]])) != row["endpoint"]
    }
    store.move(moves)
    return len(moves)
