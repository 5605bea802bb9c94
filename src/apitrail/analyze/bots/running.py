"""The analysis of bots, run to its end: features of what is new, what is around them, verdicts of all that is kept."""

from __future__ import annotations

import datetime as dt

import msgspec

from apitrail.analyze.bots import denying, excepting, features, judging, normal
from apitrail.analyze.bots.catalogue import detectors
from apitrail.analyze.bots.plan import Plan
from apitrail.analyze.bots.showing import SHOWN
from apitrail.configure import profiles
from apitrail.query.sql import BOTS, STANDING, Values
from apitrail.store import Store

KIND = "behaviour"
AUTHOR = "apitrail"

_TRAFFIC = "SELECT day, sum(requests) AS requests, sum(attacks) AS attacks FROM minutes GROUP BY day ORDER BY day"
_NEW = """SELECT session_id FROM (SELECT session_id, sum(sessions.requests) AS now, sum(sessions.attacks) AS bad FROM sessions
  WHERE day = toDate({day:Int32}) GROUP BY session_id) AS s
LEFT JOIN (SELECT session_id, requests, attacked FROM behaviour FINAL WHERE day = toDate({day:Int32})) AS b USING session_id
WHERE now != requests OR bad != attacked"""
_MOVED = """SELECT session_id FROM (SELECT session_id, sum(cityHash64(endpoint)) AS now FROM requests
  WHERE day = toDate({day:Int32}) GROUP BY session_id) AS s
LEFT JOIN (SELECT session_id, called FROM behaviour FINAL WHERE day = toDate({day:Int32})) AS b USING session_id
WHERE now != called"""
_EPOCH = dt.date(1970, 1, 1)


class Measured(msgspec.Struct, frozen=True):
    """What is known of a day: its numbers of requests and of malicious ones when its features were made."""

    requests: int
    attacks: int


def refresh(store: Store, *, moved: bool = False, whole: bool = False) -> int:
    """Bring features and verdicts up to date; how many session parts are bots.

    `moved` says that stored requests went to other endpoints, `whole` measures all sessions anew.

    Which sessions have new requests is told by their number, not by their time, so that late traffic and wrong clocks change
    nothing.
    """
    plan = Plan(profiles.in_force(store))
    store.prepare_behaviour(features.COLUMNS, normal.AROUND)
    measure(store, moved=moved, whole=whole)
    store.replace_around(normal.AROUND, normal.around(), plan.values)
    values = Values(plan.values)
    excepted = excepting.every(store, values)
    store.replace_bots(judging.COLUMNS, judging.verdicts(detectors(), plan), excepted, values.bound)
    store.replace_shown(judging.COLUMNS, STANDING, SHOWN)
    denying.deny(store, plan)
    found = store.ask(f"SELECT uniqExact(day, session_id) AS bots FROM {BOTS}")
    return int(found["bots"][0].as_py())


def measure(store: Store, *, moved: bool = False, whole: bool = False) -> None:
    """Make the features of every session part that has changed since they were made, `moved` and `whole` as above."""
    known = {} if whole else _known(store)
    traffic = {row["day"]: Measured(row["requests"], row["attacks"]) for row in store.rows(_TRAFFIC)}
    there = {row["day"] for row in store.rows("SELECT DISTINCT day FROM behaviour")}
    store.forget_behaviour(day for day in there if day not in traffic or day not in known)
    for day, now in traffic.items():
        if known.get(day) == now and day in there and not moved:
            continue
        rows = "day = toDate({day:Int32})"
        few = day in known and day in there
        if few:
            rows += f" AND (session_id IN ({_NEW}){f' OR session_id IN ({_MOVED})' if moved else ''})"
        store.add_behaviour(features.COLUMNS, features.measured(rows), {"day": (day - _EPOCH).days}, few=few)
        store.records.append(KIND, day.isoformat(), msgspec.json.encode(now).decode(), AUTHOR)


def _known(store: Store) -> dict[dt.date, Measured]:
    return {
        dt.date.fromisoformat(key): msgspec.json.decode(record.value, type=Measured)
        for key, record in store.records.current(KIND).items()
    }
