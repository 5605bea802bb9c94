"""Recommended parameters over HTTP: looked at, accepted one or all, refused when they are none (S1.7)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from apitrail.configure import session_parameters
from apitrail.model.exchange import Exchange
from serving import Served
from traffic import NOON, save

URL = "/api/v1/settings/session-parameters/recommendations"


@pytest.fixture(autouse=True)
def _traffic(served: Served) -> Iterator[None]:
    """An hour later than all other traffic, a gateway says who it was; nothing is accepted yet."""
    save(
        served.store,
        [
            Exchange(
                id=f"gateway-{number}", time=NOON + 3_600_000_000 + number * 1_000_000, method="GET", path="/orders", status=200,
                client_ip="192.0.2.1", headers=(("x-user-id", f"u{number % 40}"), ("x-user-role", ("admin", "clerk")[number % 2])),
            )
            for number in range(2000)
        ],
        check=True,
    )  # fmt: skip
    session_parameters.keep(served.store, [], "test")
    yield
    session_parameters.keep(served.store, [], "test")


def call(served: Served, method: str, body: Any = None, role: str = "admin") -> tuple[int, dict[str, Any]]:
    """One call of the address."""
    with served.client(role) as client:
        answer = client.request(method, URL, content=None if body is None else json.dumps(body))
    return answer.status_code, answer.json()


def points(found: dict[str, Any]) -> list[str]:
    """The points that are recommended."""
    return [item["parameter"]["point"] for item in found["items"]]


@pytest.mark.rows("S1.7")
def test_a_viewer_sees_recommendations_with_their_numbers(served: Served) -> None:
    """Each names parameter, reason, numbers, and sessions now and then."""
    status, found = call(served, "GET", role="viewer")
    assert status == 200
    assert "request.header.X-User-Id" in points(found)
    item = next(item for item in found["items"] if item["parameter"]["point"] == "request.header.X-User-Id")
    assert item["sessions_then"] > item["sessions_now"] > 0
    assert item["numbers"]["values"] == 40
    assert item["why"]


@pytest.mark.rows("S1.7")
def test_one_is_accepted_and_counts_for_new_traffic(served: Served) -> None:
    """What is accepted stands in the list, and the server reads by it at once."""
    status, kept = call(served, "POST", {"points": ["request.header.X-User-Id"]})
    assert status == 200
    assert [one["point"] for one in kept["parameters"]] == ["request.header.X-User-Id"]
    assert kept["author"] == "test admin"
    assert served.app.state.intake.recipes.current().parameters[0].point == "request.header.X-User-Id"


@pytest.mark.rows("S1.7")
def test_all_are_accepted_without_names(served: Served) -> None:
    """An empty choice takes everything that is recommended."""
    wanted = points(call(served, "GET")[1])
    status, kept = call(served, "POST", {})
    assert (status, [one["point"] for one in kept["parameters"]]) == (200, wanted)


@pytest.mark.parametrize("body", [{"points": ["request.header.X-Nothing"]}, {"point": "x"}, ["x"]])
def test_what_is_not_recommended_is_refused(served: Served, body: Any) -> None:
    """An unknown point or member adds nothing."""
    status, answer = call(served, "POST", body)
    assert (status, answer["error"]["code"]) == (400, "bad_question")
    assert session_parameters.kept(served.store).parameters == ()


@pytest.mark.parametrize("role", ["viewer", "analyst", "sender"])
def test_only_administrators_accept(served: Served, role: str) -> None:
    """Accepting changes settings, which others may not."""
    assert call(served, "POST", {}, role)[0] == 403
