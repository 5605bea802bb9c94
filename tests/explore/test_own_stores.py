"""Answers over stores of their own: without traffic, and with hostile traffic."""

from __future__ import annotations

import csv
import io

import pytest

from apitrail.explore.export import export
from apitrail.explore.facets import facet
from apitrail.explore.histogram import histogram
from apitrail.explore.requests import list_requests
from apitrail.explore.sessions import list_sessions
from apitrail.model.exchange import Exchange
from apitrail.model.fields import field_named
from apitrail.query.tree import Question
from apitrail.store import Store
from traffic import NOON, save


def test_an_empty_store_has_empty_answers(store: Store) -> None:
    """Nothing stored is an empty answer with a total of 0, not an error."""
    assert histogram(store, Question()).bars == []
    for page in (list_sessions(store, Question()), list_requests(store, Question())):
        assert (page.items, page.total, page.next_cursor) == ([], 0, None)
    assert facet(store, Question(), field_named("host")).values == []


@pytest.mark.rows("S6.2")
def test_hostile_traffic_stays_in_its_cell(chdb_store: Store) -> None:
    """Quotes, line ends and separators of traffic do not make cells or lines of their own."""
    hostile = 'a",=1+1\r\n=cmd|calc,"\x00'
    save(
        chdb_store,
        [Exchange(id="=1", time=NOON, method="GET", path=hostile, host=hostile, user="@x", headers=(("user-agent", "+1"),))],
    )
    (row,) = csv.DictReader(io.StringIO("".join(export(chdb_store, Question(), "csv")), newline=""))
    assert (row["path"], row["request_id"], row["user"], row["user_agent"]) == (hostile, "'=1", "'@x", "'+1")
