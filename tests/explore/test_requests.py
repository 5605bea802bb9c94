"""Requests in time order: pages, cursors and members are those of a plain computation, in each engine."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apitrail.errors import BadQuestion, NotFound
from apitrail.explore.answers import Request
from apitrail.explore.requests import every_request, list_requests, one_request
from apitrail.query.interval import iso
from apitrail.query.tree import Question
from engines import shared
from explore.asking import FILTERS, INTERVALS, question
from explore.plain import Filter, Row, select

SAME = ("request_id", "method", "host", "path", "query", "endpoint", "protocol", "status", "duration_ms", "request_bytes", "response_bytes",
        "ip", "country", "network", "network_kind", "user", "application", "user_agent", "client", "client_kind", "referer", "fingerprint",
        "session_key", "session_value", "source")  # fmt: skip


def in_time(rows: list[Row], *, newest_first: bool) -> list[Row]:
    """Rows by time, then id in the engine's order of bytes."""
    return sorted(rows, key=lambda row: (row["time"], row["request_id"].encode()), reverse=newest_first)


def same(found: list[Request], wanted: list[Row]) -> None:
    """Compare every member."""
    for request, row in zip(found, wanted, strict=True):
        assert {name: getattr(request, name) for name in SAME} == {name: row[name] for name in SAME}
        assert (request.session_id, request.time) == (row["session"], iso(row["time"]))
        assert (request.attacks, request.blocked) == (row["attack_types"], bool(row["blocked"]))
        said = json.loads(row["verdicts"] or "[]")
        assert [(one.type, one.point, one.payload) for one in request.verdicts] == [
            (one["type"], one.get("point", ""), one.get("payload", "")) for one in said
        ]
        assert {one.type for one in request.verdicts} == set(request.attacks)
        assert all(len(one.id) == 16 and not one.mark for one in request.verdicts)


@pytest.mark.rows("S4.4")
@shared(25)
@given(filters=FILTERS, interval=INTERVALS, newest_first=st.booleans(), limit=st.integers(60, 300), data=st.data())
@example(filters=[], interval=(None, None), newest_first=False, limit=100, data=None)
def test_pages_by_cursor_together_are_all_requests(
    world: Any, filters: list[Filter], interval: tuple[int | None, int | None], newest_first: bool, limit: int, data: Any
) -> None:
    """Every request under the filters comes once, in time order, with its members; the total is exact (S4.4)."""
    sessions = sorted({row["session"] for row in world.rows})
    session = data.draw(st.sampled_from(["", *sessions[:20]])) if data else ""
    chosen = [row for row in select(world.rows, filters, *interval) if session in ("", row["session"])]
    asked, found, cursor = question(filters, interval), [], ""
    while True:
        page = list_requests(world.store, asked, session=session, newest_first=newest_first, limit=limit, cursor=cursor)
        assert page.total == len(chosen)
        assert len(page.items) <= limit
        found += page.items
        if not page.next_cursor:
            break
        cursor = page.next_cursor
    same(found, in_time(chosen, newest_first=newest_first))


def test_all_requests_in_one_go(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading everything page by page leaves nothing out and repeats nothing at the page edges."""
    monkeypatch.setattr("apitrail.explore.requests.PAGE_LIMIT", 50)
    same(list(every_request(world.store, Question())), in_time(world.rows, newest_first=False))


def test_each_request_is_found_by_its_id(world: Any) -> None:
    """Odd characters in an id are part of the id."""
    for row in world.rows[::37]:
        same([one_request(world.store, row["request_id"])], [row])


@pytest.mark.parametrize("request_id", ["", "r000000' OR '1'='1", "nix", "\0"])
def test_an_unknown_id_is_not_found(world: Any, request_id: str) -> None:
    """An id that no stored request has finds nothing."""
    with pytest.raises(NotFound):
        one_request(world.store, request_id)


def test_a_cursor_of_another_session_is_refused(world: Any) -> None:
    """A cursor belongs to one session, one order and one set of filters."""
    cursor = list_requests(world.store, Question(), limit=1).next_cursor or ""
    for other in ({"session": world.rows[0]["session"]}, {"newest_first": True}):
        with pytest.raises(BadQuestion, match="another question"):
            list_requests(world.store, Question(), cursor=cursor, **other)
