"""The JSON API over real HTTP: the answers of `explore`, and nothing wider than what was asked."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import msgspec
import pytest

from apitrail.explore import paths
from apitrail.explore.facets import facet
from apitrail.explore.histogram import histogram
from apitrail.explore.related import related
from apitrail.explore.requests import every_request
from apitrail.explore.session import open_session
from apitrail.explore.sessions import every_session
from apitrail.explore.usual_paths import compare
from apitrail.model.fields import CATALOGUE, field_named
from apitrail.query.text import parse
from apitrail.query.tree import Question
from serving import Served

API = "/api/v1"


def get(served: Served, path: str, role: str = "viewer", **params: Any) -> Any:
    """The JSON of an answer that must be one."""
    with served.client(role) as client:
        answer = client.get(f"{API}{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(served: Served, path: str, **params: Any) -> tuple[int, dict[str, Any]]:
    """Status and error of an answer that must be a refusal."""
    with served.client("viewer") as client:
        answer = client.get(f"{API}{path}", params=params)
    assert answer.status_code >= 400, answer.text[:200]
    assert set(answer.json()) == {"error"}
    return answer.status_code, answer.json()["error"]


def said(value: Any) -> Any:
    """An answer as it leaves over HTTP."""
    return json.loads(msgspec.json.encode(value))


@pytest.mark.rows("S4.5")
def test_paths_and_comparisons_are_those_of_the_library(served: Served) -> None:
    """S4.5: the path of every session, and what is unusual about it; a session or a day that there is not is refused."""
    for part in list(every_session(served.store, Question()))[:20]:
        assert get(served, f"/sessions/{part.id}/path") == said(paths.path(served.store, Question(), part.id))
        assert get(served, f"/sessions/{part.id}/compare", day=part.day) == said(compare(served.store, part.id, part.day))
    some = get(served, f"/sessions/{part.id}/path", sq="status:2xx")
    assert some["looked"] == get(served, f"/sessions/{part.id}/requests", sq="status:2xx")["total"]
    assert refused(served, f"/sessions/{part.id}/compare", day="1999-01-01")[0] == 404
    for kind in ("path", "compare"):
        assert refused(served, f"/sessions/{'0' * 32}/{kind}")[0] == 404


@pytest.mark.rows("S4.7")
def test_related_sessions_are_those_of_the_library(served: Served) -> None:
    """S4.7: the related sessions of every session, and a refusal for an id that is none or a parameter that does nothing."""
    for session in sorted({part.id for part in every_session(served.store, Question())})[:20]:
        assert get(served, f"/sessions/{session}/related") == said(related(served.store, session))
    assert refused(served, f"/sessions/{'0' * 32}/related")[0] == 404
    assert refused(served, f"/sessions/{session}/related", q="user:bob")[0] == 400


def test_sessions_are_paged_by_cursor(served: Served) -> None:
    """All pages together are the whole list, also over an interval that counts back from now."""
    wanted = said(list(every_session(served.store, Question())))
    for span in ({}, {"from": "-100000h"}):
        found, cursor = [], ""
        while True:
            page = get(served, "/sessions", limit=40, cursor=cursor, **span)
            assert page["total"] == len(wanted)
            found += page["items"]
            cursor = page["next_cursor"]
            if not cursor:
                break
        assert found == wanted


def test_one_session_and_its_requests(served: Served) -> None:
    """A session's statistics and requests are those of the library, under general and in-session filters."""
    session = next(part.id for part in every_session(served.store, Question(), sort="-requests"))
    asked = Question(parse("method:GET"), session_terms=parse("status:2xx"))
    assert get(served, f"/sessions/{session}", q="method:GET", sq="status:2xx") == said(
        open_session(served.store, asked, session)
    )
    page = get(served, f"/sessions/{session}/requests", q="method:GET", sq="status:2xx", limit=1000)
    assert page["items"] == said(list(every_request(served.store, asked, session=session)))
    assert page["total"] == len(page["items"])
    one = page["items"][0]
    assert get(served, f"/requests/{one['request_id']}") == one


def test_requests_histogram_facets_and_fields(served: Served) -> None:
    """The other answers are the library's too."""
    asked = Question(parse("status:>=400"))
    assert get(served, "/requests", q="status:>=400", newest_first="false", limit=1000)["items"] == said(
        list(every_request(served.store, asked))
    )
    assert get(served, "/histogram", q="status:>=400", bars=20) == said(histogram(served.store, asked, bars=20))
    assert get(served, "/facets/host", q="status:>=400", search="shop") == said(
        facet(served.store, asked, field_named("host"), search="shop")
    )
    assert [field["word"] for field in get(served, "/fields")] == [field.word for field in CATALOGUE]


@pytest.mark.parametrize(
    ("path", "params", "position", "suggestion"),
    [
        ("/sessions", {"q": "statsu:500"}, 0, "status"),
        ("/sessions", {"q": "host:a status:x"}, 14, "status:5xx"),
        ("/sessions", {"from": "yesterdya"}, 0, "-24h"),
        ("/sessions", {"from": "now", "to": "-1h"}, None, "swap from and to"),
        ("/sessions", {"sort": "strat"}, 0, "-start"),
        ("/sessions", {"limit": "0"}, 0, "1000"),
        ("/sessions", {"limit": "many"}, 0, None),
        ("/sessions", {"cursor": "AAAA"}, 0, None),
        ("/sessions", {"form": "-1h"}, 0, "from"),
        ("/sessions", {"Q": "status:500"}, 0, "q"),
        ("/sessions", {"status": "500"}, 0, "sort"),
        ("/sessions", {"sq": "status:500"}, 0, "q"),
        ("/requests", {"newest_first": "maybe"}, 0, None),
        ("/histogram", {"bars": "0"}, 0, None),
        ("/facets/hots", {}, None, "host"),
        ("/facets/host", {"serach": "x"}, 0, "search"),
        ("/fields", {"q": "x"}, 0, None),
        ("/metrics", {"q": "x"}, 0, None),
    ],
)
def test_what_cannot_be_answered_is_a_400_with_place_and_nearest_word(
    served: Served, path: str, params: dict[str, str], position: int | None, suggestion: str | None
) -> None:
    """A wrong filter, time, cursor, limit or parameter never gives a wider answer."""
    status, error = refused(served, path, **params)
    assert (status, error["code"], error.get("position")) == (400, "bad_question", position)
    if suggestion:
        assert suggestion in (error.get("suggestion"), "sort")
    assert error["message"]


def test_a_parameter_that_comes_twice_is_refused(served: Served) -> None:
    """Of two filters neither is dropped in silence."""
    status, error = refused(served, "/sessions", q=["status:500", "status:200"])
    assert (status, error["code"]) == (400, "bad_question")


@pytest.mark.parametrize(
    "path",
    [
        "/sessions/x",
        f"/sessions/{'0' * 32}",
        f"/sessions/{'0' * 32}/requests",
        f"/sessions/{'0' * 32}/export.csv",
        "/requests/nix",
        "/nix",
        "/",
    ],
)
def test_what_is_not_there_is_a_404(served: Served, path: str) -> None:
    """Unknown ids and addresses answer 404 in the one error shape."""
    status, error = refused(served, path)
    assert (status, error["code"]) == (404, "not_found")


def test_another_method_is_a_405(served: Served) -> None:
    """Wrong methods leave in the one error shape too."""
    with served.client("admin") as client:
        answer = client.put(f"{API}/sessions")
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")


@pytest.mark.rows("S6.2")
def test_a_session_is_exported_as_csv_har_and_json(served: Served) -> None:
    """Each format has all requests of the session under the filters, not only a page (S6.2)."""
    session = next(part.id for part in every_session(served.store, Question(), sort="-requests"))
    wanted = list(every_request(served.store, Question(), session=session))
    with served.client("viewer") as client:
        answers = {name: client.get(f"{API}/sessions/{session}/export.{name}") for name in ("csv", "har", "json")}
        unknown = client.get(f"{API}/sessions/{session}/export.pdf")
    assert all(answer.status_code == 200 and "attachment" in answer.headers["content-disposition"] for answer in answers.values())
    assert [row["request_id"] for row in csv.DictReader(io.StringIO(answers["csv"].text))] == [
        request.request_id for request in wanted
    ]
    har = answers["har"].json()["log"]
    assert [entry["_request_id"] for entry in har["entries"]] == [request.request_id for request in wanted]
    assert [json.loads(line) for line in answers["json"].text.splitlines()] == said(wanted)
    assert (unknown.status_code, unknown.json()["error"]["suggestion"]) == (400, "csv")


def test_metrics_are_in_the_format_of_prometheus(served: Served) -> None:
    """Each metric has its help, its type and a value."""
    with served.client("viewer") as client:
        lines = client.get(f"{API}/metrics").text.splitlines()
    values = {name: float(value) for name, value in (line.split() for line in lines if not line.startswith("#"))}
    assert values["apitrail_stored_requests"] == 300
    assert all(f"# TYPE {name} " in "\n".join(lines) and f"# HELP {name} " in "\n".join(lines) for name in values)


def _refs(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [ref for value in node.values() for ref in _refs(value)]
    return [ref for value in node for ref in _refs(value)] if isinstance(node, list) else []


def test_the_openapi_document_holds_together(served: Served) -> None:
    """It is OpenAPI 3.1 in structure: every reference resolves, operations are unique, path parameters are declared."""
    document = get(served, "/openapi.json")
    assert document["openapi"].startswith("3.1.")
    assert document["info"]["title"]
    assert document["info"]["version"]
    schemas = document["components"]["schemas"]
    assert all(ref.removeprefix("#/components/schemas/") in schemas for ref in _refs(document))
    operations = [(path, verb, said) for path, item in document["paths"].items() for verb, said in item.items()]
    ids = [operation["operationId"] for _, _, operation in operations]
    assert len(ids) == len(set(ids))
    for path, verb, operation in operations:
        assert verb in ("get", "post", "put", "delete")
        assert operation["responses"]
        declared = {parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "path"}
        assert declared == {piece[1:-1] for piece in path.replace(".", "/").split("/") if piece.startswith("{")}
        assert all(parameter["schema"] for parameter in operation.get("parameters", ()))
    paths = (
        "/ingest",
        "/sessions",
        "/sessions/{session_id}",
        "/requests/{request_id}",
        "/tokens",
        "/health",
        "/metrics",
        "/fields",
    )
    assert all(f"{API}{path}" in document["paths"] for path in paths)
