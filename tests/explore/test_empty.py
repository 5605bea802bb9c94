"""A store without traffic answers too."""

from __future__ import annotations

from apitrail.explore.facets import facet
from apitrail.explore.histogram import histogram
from apitrail.explore.requests import list_requests
from apitrail.explore.sessions import list_sessions
from apitrail.model.fields import field_named
from apitrail.query.tree import Question
from apitrail.store import Store


def test_an_empty_store_has_empty_answers(store: Store) -> None:
    """Nothing stored is an empty answer with a total of 0, not an error."""
    assert histogram(store, Question()).bars == []
    for page in (list_sessions(store, Question()), list_requests(store, Question())):
        assert (page.items, page.total, page.next_cursor) == ([], 0, None)
    assert facet(store, Question(), field_named("host")).values == []
