"""The values of a field of endpoints with their counts under the other filters: what a dropdown of the inventory shows."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType

from apitrail.errors import BadQuestion
from apitrail.explore.discovery.risk import HIGH, LEAST, MEDIUM
from apitrail.explore.facets import LIMIT, Facet, FacetValue, value_sql
from apitrail.model.fields import Field
from apitrail.query.sql import ENDPOINTS, Values, like, where
from apitrail.query.tree import Question
from apitrail.store import Store

WORDS = (
    "host",
    "method",
    "risk",
    "rogue",
    "coverage",
    "flow",
    "sensitive",
    "change",
    "protocol",
    "application",
    "auth",
    "protection",
)
"""The fields whose values are counted over endpoints."""
LEVELS: Mapping[str, str] = MappingProxyType({
    "high": f"{HIGH}..10", "medium": f"{MEDIUM}..{HIGH - 1}", "low": f"{LEAST}..{MEDIUM - 1}",
})  # fmt: skip
"""The levels of risk, each with the filter value that chooses it."""

_SQL = {
    "risk": f"multiIf(risk >= {HIGH}, '{LEVELS['high']}', risk >= {MEDIUM}, '{LEVELS['medium']}', '{LEVELS['low']}')",
    "application": "arrayJoin(applications)",
}
"""The fields whose values are not what the catalogue says: risk by level, and all applications of an endpoint."""


def facet(store: Store, question: Question, field: Field, *, search: str = "", limit: int = LIMIT) -> Facet:
    """The values of one field under every filter but those on the field itself; `search` is text they must contain.

    Counts are endpoints. BadQuestion for a field that the inventory does not count.
    """
    if field.word not in WORDS:
        raise BadQuestion(f"{field.word} has no dropdown over endpoints", position=0, suggestion=WORDS[0])
    others = tuple(term for term in question.all_terms if term.word != field.word)
    asked = dataclasses.replace(question, terms=others, session_terms=())
    values = Values()
    condition = where(asked.terms, asked.interval, values, table=ENDPOINTS)
    kept = f"value ILIKE {values.bind(like(f'*{search}*'), 'String')}" if search else "1"
    value = _SQL.get(field.word) or value_sql(field)
    found = store.rows(
        f"SELECT value, n, count() OVER () AS distinct FROM (SELECT {value} AS value, count() AS n"
        f" FROM {ENDPOINTS} AS asked WHERE {condition} GROUP BY value) WHERE value != '' AND {kept}"
        f" ORDER BY n DESC, value LIMIT {int(limit)}",
        values.bound,
    )
    return Facet(field.word, [FacetValue(row["value"], row["n"]) for row in found], found[0]["distinct"] if found else 0)
