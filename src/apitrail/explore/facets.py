"""The values of a field with their counts under the other filters: what a dropdown shows (S3.2)."""

from __future__ import annotations

import dataclasses

import msgspec

from apitrail.errors import BadQuestion
from apitrail.explore.attacks.asking import Asked
from apitrail.explore.bots import attacks as behaviour
from apitrail.model import fields
from apitrail.model.fields import Field
from apitrail.query.sql import FINDINGS, REQUESTS, Values, counts, like, where
from apitrail.query.tree import Question
from apitrail.store import Store

LIMIT = 50


class FacetValue(msgspec.Struct, frozen=True):
    """A value and the number of requests that have it."""

    value: str
    requests: int


class Facet(msgspec.Struct, frozen=True):
    """The most frequent values of a field, and how many different ones there are."""

    field: str
    values: list[FacetValue]
    distinct: int


def facet(
    store: Store, question: Question, field: Field, *, search: str = "", limit: int = LIMIT, attacks: bool = False
) -> Facet:
    """The values of one field under every filter but those on the field itself; `search` is text they must contain.

    Counts are requests. With `attacks` the question is about attacks, and only malicious requests are counted.
    """
    if not field.facet:
        raise BadQuestion(f"{field.word} has no dropdown", position=0)
    others = tuple(term for term in question.all_terms if term.word != field.word and not (attacks and counts(term)))
    asked = dataclasses.replace(question, terms=others, session_terms=())
    values = Values()
    of_findings = attacks or field.scope == fields.FINDING
    table, count = (FINDINGS, "uniqExact(request_id)") if of_findings else (REQUESTS, "count()")
    condition = Asked(asked).findings(values) if attacks else where(asked.terms, asked.interval, values, table=table)
    counted = f"SELECT {value_sql(field)} AS value, {count} AS times FROM {table} AS asked WHERE {condition} GROUP BY value"
    if field.word == "attack" and not attacks:
        behaved = behaviour.select(store, asked, values)
        counted += f" UNION ALL SELECT type AS value, count() AS times FROM ({behaved}) GROUP BY value"
    kept = f"value ILIKE {values.bind(like(f'*{search}*'), 'String')}" if search else "1"
    found = store.rows(
        "SELECT value, n, count() OVER () AS distinct FROM"
        f" (SELECT value, sum(times) AS n FROM ({counted}) WHERE value != '' AND {kept} GROUP BY value)"
        f" ORDER BY n DESC, value LIMIT {int(limit)}",
        values.bound,
    )
    return Facet(field.word, [FacetValue(row["value"], row["n"]) for row in found], found[0]["distinct"] if found else 0)


def value_sql(field: Field) -> str:
    """The field's value, or each of its values, as text."""
    if field.kind == fields.WORDS:
        return f"arrayJoin({field.sql})"
    if field.kind == fields.YES_NO:
        return f"if({field.sql}, 'true', 'false')"
    return f"toString({field.sql})"
