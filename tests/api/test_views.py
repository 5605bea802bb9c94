"""Saved views over real HTTP: kept, replaced, one default of a section, removed; each role as far as it may (A2.2)."""

from __future__ import annotations

from typing import Any

import pytest

from serving import Served

ADDRESS = "/api/v1/views"
VIEW = {"section": "attacks", "name": "Injections at night", "query": "q=attack%3Asqli&by=ip", "default": True}


def call(served: Served, method: str, role: str, body: Any = None, **params: Any) -> tuple[int, Any]:
    """One call and its answer."""
    with served.client(role) as client:
        answer = client.request(method, ADDRESS, json=body, params=params)
        return answer.status_code, answer.json()


@pytest.mark.rows("A2.2")
def test_a_view_is_saved_listed_replaced_and_removed(served: Served) -> None:
    """A2.2: what is saved is listed by section; the same name again replaces it; removed, it is gone, and no more to be removed."""
    assert call(served, "POST", "analyst", VIEW) == (200, VIEW)
    assert call(served, "GET", "viewer") == (200, {"items": [VIEW], "limit": 200})
    assert call(served, "GET", "viewer", section="sessions") == (200, {"items": [], "limit": 200})
    other = VIEW | {"query": "q=attack%3Axss"}
    assert call(served, "POST", "analyst", other) == (200, other)
    assert call(served, "GET", "viewer", section="attacks")[1]["items"] == [other]
    removed = {"section": "attacks", "name": VIEW["name"]}
    assert call(served, "DELETE", "analyst", **removed) == (200, {"removed": removed})
    assert call(served, "GET", "viewer")[1]["items"] == []
    assert call(served, "DELETE", "analyst", **removed)[0] == 404


@pytest.mark.rows("A2.2")
def test_a_section_has_one_default(served: Served) -> None:
    """A2.2: a new default takes the place of the one before, in its section alone."""
    views = [VIEW, VIEW | {"name": "By host", "query": "by=host"}, VIEW | {"section": "incidents"}]
    for view in views:
        assert call(served, "POST", "analyst", view)[0] == 200
    kept = {(view["section"], view["name"]): view["default"] for view in call(served, "GET", "viewer")[1]["items"]}
    assert kept == {("attacks", VIEW["name"]): False, ("attacks", "By host"): True, ("incidents", VIEW["name"]): True}
    for section, name in kept:
        call(served, "DELETE", "analyst", section=section, name=name)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({**VIEW, "section": "nowhere"}, "section is one of sessions, attacks, incidents, discovery, not 'nowhere'"),
        ({**VIEW, "name": "  "}, "1 to 100 characters"),
        ({**VIEW, "name": "x" * 101}, "1 to 100 characters"),
        ({**VIEW, "query": "q=" + "x" * 8000}, "at most 8000 characters"),
        ({**VIEW, "quer": ""}, "did you mean 'query'?"),
        ({"name": "a"}, "section"),
    ],
)
def test_what_can_be_no_view_is_refused(served: Served, body: dict[str, Any], said: str) -> None:
    """A view that could not be opened is told with its reason, and nothing is kept."""
    status, answer = call(served, "POST", "analyst", body)
    assert status == 400
    assert said in answer["error"]["message"]
    assert call(served, "GET", "viewer")[1]["items"] == []


def test_a_viewer_reads_views_and_changes_none(served: Served) -> None:
    """Saving is an analyst's; a sender sees none."""
    assert call(served, "POST", "viewer", VIEW)[0] == 403
    assert call(served, "DELETE", "viewer", section="attacks", name="x")[0] == 403
    assert call(served, "GET", "sender")[0] == 403
