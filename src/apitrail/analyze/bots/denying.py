"""What profiles want done about bots: their addresses or sessions go on the lists of what is denied (B5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from apitrail.analyze.bots.plan import KEPT, Plan
from apitrail.configure import denylists
from apitrail.configure.denylists import IPS, SESSIONS
from apitrail.explore.times import epoch_microseconds
from apitrail.model.abuse import BOT_TITLES, DENYLIST_BOTH, DENYLIST_IP, DENYLIST_SESSION, TypeRule
from apitrail.model.request import session_hex
from apitrail.query.sql import BOTS
from apitrail.store import Store

AUTHOR = "apitrail"
DENIED_MOST = 1000
"""Bots whose addresses and sessions go on a list in one analysis, the newest ones."""

_NEWEST = f"""SELECT session_id, bot_type, ips, end, profile FROM {BOTS} AS b
INNER JOIN (SELECT day, session_id, profile FROM ({KEPT})) AS k USING (day, session_id) ORDER BY end DESC LIMIT {DENIED_MOST}"""


def deny(store: Store, plan: Plan) -> None:
    """Put on the lists what profiles want there, and what nobody has put there or taken off since it was last seen."""
    if not any(rule.action in _LISTS for profile in plan.profiles for rule in profile.types.values()):
        return
    changed = {name: _changed(store, name) for name in (IPS, SESSIONS)}
    new: dict[str, dict[str, tuple[int, str]]] = {IPS: {}, SESSIONS: {}}
    for row in store.rows(_NEWEST, plan.values):
        rule = plan.profiles[row["profile"] - 1].rule(row["bot_type"])
        for name, value in _wanted(rule, row):
            if changed[name].get(value, 0) < epoch_microseconds(row["end"]):
                new[name].setdefault(value, (rule.hours, BOT_TITLES[row["bot_type"]]))
    for name, values in new.items():
        denylists.add_all(store, name, values, AUTHOR)


_LISTS = {DENYLIST_IP: (IPS,), DENYLIST_SESSION: (SESSIONS,), DENYLIST_BOTH: (IPS, SESSIONS)}


def _changed(store: Store, name: str) -> dict[str, int]:
    """When each value of a list was last put there or taken off, in microseconds since 1970."""
    return {one.key: one.time for one in reversed(store.records.history(denylists.record_kind(name)))}


def _wanted(rule: TypeRule, row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    lists = _LISTS.get(rule.action, ())
    if IPS in lists:
        yield from ((IPS, address) for address in row["ips"] if address)
    if SESSIONS in lists:
        yield SESSIONS, session_hex(row["session_id"])
