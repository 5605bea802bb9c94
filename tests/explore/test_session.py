"""One session: what is shown under general and in-session filters is what a plain computation says, in each engine."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apitrail.errors import NotFound
from apitrail.explore.session import STATISTICS, open_session
from apitrail.query.interval import iso
from apitrail.query.tree import Question
from engines import shared
from explore.asking import FILTERS, INTERVALS, question
from explore.plain import Filter, parts, select, statistic


@pytest.mark.rows("S4.2", "S4.3")
@shared(60)
@given(data=st.data(), filters=FILTERS, interval=INTERVALS, inside=FILTERS)
@example(data=None, filters=[], interval=(None, None), inside=[])
def test_a_session_counts_what_the_filters_leave(
    world: Any, data: Any, filters: list[Filter], interval: tuple[int | None, int | None], inside: list[Filter]
) -> None:
    """Statistics count under the general filters, and beside it what in-session filters leave of them (S4.2, S4.3)."""
    sessions = sorted({row["session"] for row in world.rows})
    session = data.draw(st.sampled_from(sessions)) if data else sessions[0]
    own = [row for row in world.rows if row["session"] == session]
    general = [row for row in select(world.rows, filters, *interval) if row["session"] == session]
    shown = [row for row in select(world.rows, [*filters, *inside], *interval) if row["session"] == session]
    found = open_session(world.store, question(filters, interval, inside), session)
    assert (found.total, found.general, found.requests) == (len(own), len(general), len(shown))
    assert found.attacks == sum(bool(row["attack_types"]) for row in shown)
    assert found.blocked == sum(row["blocked"] for row in shown)
    times = [row["time"] for row in shown]
    assert (found.start, found.end) == ((iso(min(times)), iso(max(times))) if times else (None, None))
    for field in STATISTICS:
        left = statistic(shown, field)
        wanted = [(value, n, left.get(value, 0)) for value, n in statistic(general, field).items()]
        assert [(count.value, count.requests, count.shown) for count in found.statistics[field.word]] == wanted, field.word


@pytest.mark.rows("S1.6")
def test_the_parts_are_all_days_whatever_the_filters(world: Any) -> None:
    """The session page lists every stored part, also those that filters and interval hide (S1.6)."""
    for session in sorted({row["session"] for row in world.rows})[:10]:
        wanted = [part for part in reversed(parts(world.rows)) if part["id"] == session]
        found = open_session(world.store, question([Filter("status:299", bool)]), session)
        shown = [(part.day, part.start, part.end, part.requests, part.attacks) for part in found.parts]
        assert shown == [(p["day"], iso(p["start"]), iso(p["end"]), p["requests"], p["attacks"]) for p in wanted]
        assert (found.requests, found.start, found.duration_ms) == (0, None, 0)


def test_an_upper_case_id_opens_the_same_session(world: Any) -> None:
    """The 32 hex digits are the same id in either letter case."""
    session = world.rows[0]["session"]
    assert open_session(world.store, Question(), session.upper()) == open_session(world.store, Question(), session)


@pytest.mark.parametrize("session", ["", "0", "0" * 31, "0" * 33, "x" * 32, "0" * 32, "' OR 1=1 --", "٠" * 32, "00 " * 10 + "00"])
def test_an_id_that_is_no_session_is_not_found(world: Any, session: str) -> None:
    """An id that is malformed, or of no stored session, opens nothing."""
    with pytest.raises(NotFound):
        open_session(world.store, Question(), session)
