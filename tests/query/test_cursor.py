"""Cursors come back as they were given out, and only with their own question."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.errors import BadQuestion
from apitrail.query.cursor import decode, encode
from apitrail.query.interval import interval
from apitrail.query.tree import Interval

OPEN = Interval()
INT = st.integers(-(1 << 62), 1 << 62)


@given(question=st.text(max_size=40), place=st.tuples(INT, st.text(st.characters(exclude_categories=("Cs",)), max_size=40)))
def test_a_cursor_gives_back_its_place(question: str, place: tuple[int, str]) -> None:
    """Encoding and decoding a place changes nothing, and the cursor needs no escaping in a URL."""
    cursor = encode(question, OPEN, list(place))
    assert decode(question, OPEN, cursor, (int, str)) == (OPEN, list(place))
    assert cursor.replace("-", "").replace("_", "").isalnum()


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_cursor_of_another_question_is_an_error(one: str, other: str) -> None:
    """A place in one answer is no place in another."""
    if one != other:
        with pytest.raises(BadQuestion, match="another question"):
            decode(other, OPEN, encode(one, OPEN, [1, "x"]), (int, str))


@pytest.mark.parametrize("kinds", [(int,), (str, str), (int, str, int), (str, int)])
def test_a_cursor_of_other_types_is_an_error(kinds: tuple[type, ...]) -> None:
    """A cursor of another list does not pass for one of this list."""
    with pytest.raises(BadQuestion):
        decode("q", OPEN, encode("q", OPEN, [1, "x"]), kinds)


@given(st.text(max_size=60))
def test_any_other_text_is_an_error(text: str) -> None:
    """What no answer gave out is refused, never guessed at."""
    with pytest.raises(BadQuestion):
        decode("q", OPEN, text, (int, str))


def test_a_relative_interval_stays_where_it_was_over_all_pages() -> None:
    """`-24h` is asked again with each page, some moments later: the cursor still fits and keeps the first page's span."""
    first, later = (interval("-24h", "", now=now) for now in (1_780_000_000, 1_780_000_060))
    span, place = decode("q", later, encode("q", first, [1, "x"]), (int, str))
    assert (span, place) == (first, [1, "x"])
    with pytest.raises(BadQuestion, match="another question"):
        decode("q", interval("-25h", "", now=1_780_000_000), encode("q", first, [1, "x"]), (int, str))


def test_other_edges_are_another_question() -> None:
    """A cursor does not carry an answer over into another interval."""
    with pytest.raises(BadQuestion, match="another question"):
        decode("q", Interval(1, 3), encode("q", Interval(1, 2), [1, "x"]), (int, str))
