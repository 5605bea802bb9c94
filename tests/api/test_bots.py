"""Bots and what people say of them over real HTTP, each role as far as it may (B4, B6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apitrail.configure import abuse_exceptions, bot_verdicts
from apitrail.store import Store
from scraped import SCRAPER, bots, scraped
from serving import Served, serving

API = "/api/v1"
Answer = tuple[int, Any]


@pytest.fixture(scope="module")
def served(make_dsn: Callable[[str], str]) -> Iterator[Served]:
    """A server over visitors and a scraper."""
    with Store(make_dsn("chdb"), retention_days=0) as store:
        scraped(store)
        with serving(store) as found:
            yield found


@pytest.fixture(autouse=True)
def _unmarked(served: Served) -> Iterator[None]:
    """Every test ends without verdicts of people and exceptions."""
    yield
    for kind in (bot_verdicts.KIND, abuse_exceptions.KIND):
        for key in served.store.records.current(kind):
            served.store.records.append(kind, key, "", "test")


def call(served: Served, method: str, path: str, role: str = "viewer", body: Any = None, **params: Any) -> Answer:
    """One call and its answer."""
    with served.client(role) as client:
        answer = client.request(method, f"{API}{path}", json=body, params=params)
        return answer.status_code, answer.json()


def mark(served: Served, role: str = "analyst", **body: Any) -> Answer:
    """Mark bots."""
    return call(served, "POST", "/bots/mark", role, body)


def listed(served: Served, q: str = "") -> list[str]:
    """The ids of the bots under a filter."""
    return [one["id"] for one in call(served, "GET", "/bots", q=q)[1]["items"]]


@pytest.mark.rows("B6")
def test_bots_are_marked_by_their_ids(served: Served) -> None:
    """B6: confirmed ones stay and say so, rejected ones go and can be asked for, a mark is taken back; precision follows."""
    first, second, *_ = listed(served)
    assert mark(served, bots=[first], mark="confirmed") == (200, {"marked": 1, "exception": None, "still_excepted": []})
    assert call(served, "GET", f"/bots/{first}")[1]["mark"] == "confirmed"
    assert mark(served, bots=[second], mark="rejected")[1]["marked"] == 1
    assert first in listed(served)
    assert second not in listed(served)
    assert listed(served, "verdict:rejected") == [second]
    assert call(served, "GET", f"/bots/{second}")[1]["mark"] == "rejected"
    items = call(served, "GET", "/bots/precision")[1]["items"]
    assert {(one["confirmed"], one["rejected"], one["precision"]) for one in items} <= {(1, 1, 0.5), (1, 0, 1.0), (0, 1, 0.0)}
    assert {one["name"] for one in items} >= {
        seen["name"] for seen in call(served, "GET", f"/bots/{first}")[1]["detectors"] if seen["vote"]
    }
    assert mark(served, bots=[first, second], mark="")[1]["marked"] == 2
    assert second in listed(served)
    assert call(served, "GET", "/bots/precision") == (200, {"items": []})


@pytest.mark.rows("B6")
@pytest.mark.parametrize("where", [{"q": "bot:scraping"}, {"where": {"field": "bot", "value": "scraping"}}])
def test_bots_are_marked_by_a_filter(served: Served, where: dict[str, Any]) -> None:
    """B6: all under a filter and interval, text or tree, are marked at once; outside of the interval nothing is."""
    wanted = listed(served, "bot:scraping")
    assert mark(served, **where, mark="rejected", time_range={"to": "2020-01-01"})[1]["marked"] == 0
    assert mark(served, **where, mark="rejected", time_range={"from": "2020-01-01"})[1]["marked"] == len(wanted) > 0
    assert listed(served, "verdict:rejected") == wanted


@pytest.mark.rows("B6")
def test_a_rejection_makes_an_exception(served: Served) -> None:
    """B6: the proposal can be read, changed and sent; true keeps the proposed one; both are the same when nothing is changed."""
    one = listed(served)[0]
    status, proposed = call(served, "GET", f"/bots/{one}/exception")
    assert (status, proposed["q"]) == (200, f"ip:{SCRAPER}")
    assert call(served, "GET", "/abuse/exceptions")[1]["items"] == []
    made = mark(served, "admin", bots=[one], mark="rejected", exception=True)[1]["exception"]
    assert (made["exception"], made["author"]) == (proposed, "test admin")
    assert mark(served, "admin", bots=[one], mark="rejected", exception=proposed)[1]["exception"] == made
    changed = proposed | {"q": "ip:203.0.113.0/24", "until": "2099-01-01"}
    assert mark(served, "admin", bots=[one], mark="rejected", exception=changed)[1]["exception"]["id"] != made["id"]
    assert len(call(served, "GET", "/abuse/exceptions")[1]["items"]) == 2


@pytest.mark.rows("B6")
def test_an_exception_that_still_holds_is_told(served: Served) -> None:
    """B6: who takes a rejection back learns which exceptions hold all the same, before and after the next analysis; not those off."""
    one = listed(served)[0]
    made = mark(served, "admin", bots=[one], mark="rejected", exception=True)[1]["exception"]["id"]
    other = call(served, "POST", "/abuse/exceptions", "admin", {"q": f"ip:{SCRAPER}", "bot_types": ["account_takeover"]})[1]["id"]
    assert mark(served, bots=[one], mark="") == (200, {"marked": 1, "exception": None, "still_excepted": [made]})
    assert mark(served, bots=[one], mark="confirmed")[1]["still_excepted"] == []
    call(served, "PUT", f"/abuse/exceptions/{made}", "admin", {"enabled": False})
    assert mark(served, bots=[one], mark="")[1]["still_excepted"] == []
    assert other not in (made, one)


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({}, 400, "mark"),
        ({"mark": "rejected"}, 400, "either bots by their ids, or those under a filter"),
        ({"mark": "rejected", "bots": ["x"], "q": "bot:*"}, 400, "either bots by their ids"),
        ({"mark": "reject", "q": "bot:*"}, 400, "a verdict is confirmed, rejected, or empty"),
        ({"mark": "rejected", "bots": ["2026-01-01." + "0" * 32 + ".scraping"]}, 404, "there is no bot"),
        ({"mark": "rejected", "bots": ["<script>"]}, 404, "there is no bot <script>"),
        ({"mark": "rejected", "bots": ["\0"]}, 404, "there is no bot"),
        ({"mark": "rejected", "bots": ["x"] * 2, "exceptoin": True}, 400, "did you mean 'exception'?"),
        ({"mark": "rejected", "bots": "x"}, 400, "array"),
        ({"mark": "rejected", "q": "bott:*"}, 400, "there is no field 'bott'"),
        ({"mark": "rejected", "q": "bot:*", "exception": {"p": ""}}, 400, "unknown field `p`"),
        ({"mark": "rejected", "q": "bot:*", "exception": {"q": ""}}, 400, "a filter that says which requests"),
        ({"mark": "rejected", "q": "bot:*", "exception": 1}, 400, "exception"),
        ({"mark": "confirmed", "q": "bot:*", "exception": True}, 400, "an exception is for bots that are rejected"),
    ],
)
def test_a_wrong_question_marks_nothing(served: Served, body: dict[str, Any], status: int, words: str) -> None:
    """Each is told with its reason, and nothing is marked or excepted."""
    answer = mark(served, "admin", **body)
    assert answer[0] == status
    assert words in answer[1]["error"]["message"]
    assert bot_verdicts.marks(served.store) == {}
    assert abuse_exceptions.kept(served.store) == []


def test_roles(served: Served) -> None:
    """A viewer reads, an analyst judges, an administrator excepts, a sender sees nothing."""
    one = listed(served)[0]
    for path in ("/bots", "/bots/precision", f"/bots/{one}", f"/bots/{one}/exception"):
        assert [call(served, "GET", path, role)[0] for role in ("sender", "viewer")] == [403, 200]
    assert [mark(served, role, bots=[one], mark="rejected")[0] for role in ("sender", "viewer", "analyst")] == [403, 403, 200]
    assert mark(served, "analyst", bots=[one], mark="rejected", exception=True)[0] == 403
    assert mark(served, "admin", bots=[one], mark="rejected", exception=True)[0] == 200


def test_the_library_says_the_same(served: Served) -> None:
    """The list is that of the library, and an unknown bot or parameter is an error."""
    assert listed(served) == [bot.id for bot in bots(served.store)]
    assert call(served, "GET", "/bots/x")[0] == call(served, "GET", "/bots/x/exception")[0] == 404
    assert call(served, "GET", "/bots/precision", q="x")[0] == 400
