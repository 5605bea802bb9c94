"""The list of sessions says what a plain computation over the same traffic says, in each engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apitrail.errors import BadQuestion
from apitrail.explore.answers import SessionPart
from apitrail.explore.parts import ORDERS
from apitrail.explore.sessions import every_session, list_sessions
from apitrail.query.interval import iso
from apitrail.query.tree import Interval, Question
from engines import shared
from explore.asking import FILTERS, INTERVALS, question
from explore.plain import SORTS, Filter, ordered, parts, select

EVERYTHING = Question()
SORT_NAMES = sorted(ORDERS)


def said(found: Sequence[SessionPart]) -> list[dict[str, Any]]:
    """Parts as dicts of what the plain computation knows too."""
    return [msgspec.to_builtins(part) for part in found]


def expected(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The plain computation's parts with times as they are shown."""
    return [part | {"start": iso(part["start"]), "end": iso(part["end"])} for part in found]


def same(found: Sequence[SessionPart], wanted: Sequence[dict[str, Any]]) -> None:
    """Compare all members that the plain computation has, also the order inside the maps."""
    for one, other in zip(said(found), expected(wanted), strict=True):
        shown = {name: one[name] for name in other}
        assert shown == other
        assert all(list(shown[name]) == list(other[name]) for name in other if isinstance(other[name], dict))


def test_every_order_has_its_plain_counterpart() -> None:
    """No way to sort the list goes untested."""
    assert {name.lstrip("-") for name in ORDERS} == set(SORTS)


@pytest.mark.rows("S3.3", "S3.4")
@shared(60)
@given(filters=FILTERS, interval=INTERVALS, sort=st.sampled_from(SORT_NAMES), limit=st.integers(1, 60))
@example(filters=[], interval=(None, None), sort="-start", limit=50)
def test_a_page_has_the_parts_counts_and_total_of_a_plain_computation(
    world: Any, filters: list[Filter], interval: tuple[int | None, int | None], sort: str, limit: int
) -> None:
    """Only sessions with requests under filters and interval are listed, every count is within them (S3.3, S3.4), and a session
    that goes on after midnight is one session of two parts.
    """
    wanted = ordered(parts(select(world.rows, filters, *interval)), sort)
    page = list_sessions(world.store, question(filters, interval), sort=sort, limit=limit)
    assert (page.total, page.sessions) == (len(wanted), len({part["id"] for part in wanted}))
    same(page.items, wanted[:limit])
    assert (page.next_cursor is not None) == (len(wanted) > limit)


@shared(15)
@given(filters=FILTERS, interval=INTERVALS, sort=st.sampled_from(SORT_NAMES), limit=st.integers(25, 90))
@example(filters=[], interval=(None, None), sort="attacks", limit=20)
def test_pages_by_cursor_together_are_the_list_in_one_go(
    world: Any, filters: list[Filter], interval: tuple[int | None, int | None], sort: str, limit: int
) -> None:
    """Following the cursors gives every part once, in the order of the whole list, however the page is cut."""
    asked = question(filters, interval)
    whole = list(every_session(world.store, asked, sort=sort))
    pages, cursor = [], ""
    while True:
        page = list_sessions(world.store, asked, sort=sort, limit=limit, cursor=cursor)
        pages += page.items
        if not page.next_cursor:
            break
        cursor = page.next_cursor
    assert said(pages) == said(whole)


@pytest.mark.rows("S1.6")
def test_a_part_ends_at_midnight(world: Any) -> None:
    """A session over several UTC days is listed as one part a day, each with its own edges (S1.6)."""
    found = list(every_session(world.store, EVERYTHING))
    assert all(part.start[:10] == part.day == part.end[:10] for part in found)
    assert len({part.id for part in found}) < len(found)


@pytest.mark.rows("S1.6")
def test_a_session_filter_shows_all_its_parts(world: Any) -> None:
    """`session:ID` lists each of the session's days (S1.6)."""
    by_id: dict[str, list[str]] = {}
    for part in parts(world.rows):
        by_id.setdefault(part["id"], []).append(part["day"])
    session, days = max(by_id.items(), key=lambda item: len(item[1]))
    found = list_sessions(world.store, question([Filter(f"session:{session}", bool)]))
    assert [part.day for part in found.items] == days


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_limit_out_of_range_is_refused(world: Any, limit: int) -> None:
    """A page has 1 to 1000 parts; anything else is an error and not a default."""
    with pytest.raises(BadQuestion):
        list_sessions(world.store, EVERYTHING, limit=limit)


def test_an_unknown_order_is_refused_with_a_suggestion(world: Any) -> None:
    """A misspelt sort is an error that names the orders."""
    with pytest.raises(BadQuestion, match="-duration") as caught:
        list_sessions(world.store, EVERYTHING, sort="-durration")
    assert caught.value.suggestion in ORDERS


def test_a_cursor_of_another_question_is_refused(world: Any) -> None:
    """A cursor continues only the question it was given for: other filters, order or interval make it invalid."""
    cursor = list_sessions(world.store, EVERYTHING, limit=1).next_cursor
    others: list[dict[str, Any]] = [
        {"question": question([Filter("status:200", bool)])},
        {"question": EVERYTHING, "sort": "start"},
        {"question": Question(interval=Interval(0, None))},
    ]
    for other in others:
        with pytest.raises(BadQuestion, match="another question"):
            list_sessions(world.store, **other, cursor=cursor or "")


@given(cursor=st.text(min_size=1, max_size=40) | st.binary(min_size=1, max_size=20).map(lambda raw: raw.hex()))
@shared(50)
def test_a_damaged_cursor_is_refused(world: Any, cursor: str) -> None:
    """No text that did not come from an answer is taken for a place in it."""
    with pytest.raises(BadQuestion):
        list_sessions(world.store, EVERYTHING, cursor=cursor)
