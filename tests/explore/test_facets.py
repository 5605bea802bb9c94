"""Dropdowns: the values of each field with their counts under the other filters, as a plain computation says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apitrail.errors import BadQuestion
from apitrail.explore.facets import facet
from apitrail.model.fields import CATALOGUE, FINDING, Field, field_named
from apitrail.query import text
from apitrail.query.tree import Question
from engines import shared
from explore.asking import FILTERS, INTERVALS, question
from explore.plain import Filter, like, select, statistic

FACETS = [field for field in CATALOGUE if field.facet]
OF_REQUESTS = [field for field in FACETS if field.scope != FINDING]
SEARCHES = ("", "shop", "%", "_", "\\", "'", "{id}", "😀", "*", "2")


@pytest.mark.rows("S3.2")
@shared(80)
@given(
    filters=FILTERS,
    interval=INTERVALS,
    field=st.sampled_from(OF_REQUESTS),
    search=st.sampled_from(SEARCHES),
    limit=st.integers(1, 60),
)
@example(filters=[], interval=(None, None), field=field_named("host"), search="", limit=50)
def test_values_are_counted_under_the_other_filters(
    world: Any, filters: list[Filter], interval: tuple[int | None, int | None], field: Field, search: str, limit: int
) -> None:
    """A field's own filter does not narrow its own dropdown; every other one does (S3.2)."""
    words = [term.field.word for term in text.parse(" ".join(found.text for found in filters))]
    others = [found for found, word in zip(filters, words, strict=True) if word != field.word]
    wanted = statistic(select(world.rows, others, *interval), field)
    fits = like(f"*{search}*")
    kept = [(value, n) for value, n in wanted.items() if not search or fits(value)]
    kept.sort(key=lambda pair: (-pair[1], pair[0].encode()))
    found = facet(world.store, question(filters, interval), field, search=search, limit=limit)
    assert [(value.value, value.requests) for value in found.values] == kept[:limit]
    assert found.distinct == len(kept)


def test_every_value_of_a_dropdown_filters_to_its_count(world: Any) -> None:
    """The term made from a listed value chooses exactly the requests that were counted, whatever characters it has."""
    from apitrail.explore.requests import count_requests

    for field in FACETS:
        if field.scope == "session":
            continue
        for value in facet(world.store, Question(), field, limit=200).values:
            asked = Question(text.parse(text.term_text(field.word, value.value)))
            assert count_requests(world.store, asked) == value.requests, (field.word, value.value)


def test_a_field_without_a_dropdown_is_refused(world: Any) -> None:
    """Fields of countless values have none."""
    with pytest.raises(BadQuestion):
        facet(world.store, Question(), field_named("request"))
