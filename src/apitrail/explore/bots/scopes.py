"""Whose sessions are the normal of one: those of its application, or of its host, as profiles say (B3, B5)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from apitrail.configure import profiles
from apitrail.model.abuse import DOMAIN, Profile
from apitrail.query.sql import Values
from apitrail.store import Store

SCOPES_LIMIT = 200
"""Applications and hosts of which is told how many sessions are kept: those with the fewest come last."""
SESSIONS_COUNTED = 100
"""Sessions of a scope that are counted; more are told as one more."""

_KNOWN = "SELECT 1 AS x FROM system.tables WHERE database = currentDatabase() AND name = 'behaviour'"


class Scope(msgspec.Struct, frozen=True):
    """An application or host, and how many of its session parts are kept; more than `SESSIONS_COUNTED` are told as one more."""

    scope: str
    sessions: int


def scopes(store: Store) -> list[Scope]:
    """Of how many session parts normal can be learned, by application or host, the most first; nothing before any analysis."""
    if not store.rows(_KNOWN):
        return []
    values = Values()
    place = scope_sql(profiles.in_force(store), values)
    rows = store.rows(
        f"SELECT {place} AS place, uniqUpTo({SESSIONS_COUNTED})(day, session_id) AS kept FROM behaviour"
        f" GROUP BY place ORDER BY kept DESC, place LIMIT {SCOPES_LIMIT}",
        values.bound,
    )
    return [Scope(row["place"], row["kept"]) for row in rows]


def scope_sql(known: Sequence[Profile], values: Values) -> str:
    """The engine's expression for the scope of a row of `behaviour`, under the profiles in force."""
    default, *named = known
    by_hosts = default.analyse_by == DOMAIN
    odd = [name for one in named if (one.analyse_by == DOMAIN) != by_hosts for name in one.applications]
    is_odd = f"has({values.bind(odd, 'Array(String)')}, toString(application))"
    return f"if({f'NOT {is_odd}' if by_hosts else is_odd} OR application = '', toString(host), toString(application))"
