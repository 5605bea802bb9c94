"""The session context parameters over HTTP: read, changed, tried out, exported; each role as far as it may (S1.8, S2.1)."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from apitrail.configure import session_parameters
from serving import Served

URL = "/api/v1/settings/session-parameters"
USER = {"point": "request.header.X-User-Id", "name": "user", "type": "user", "hashed": False, "grouping": True}
SECRET = "raw-secret-of-a-client-1"
RAW = f"GET /v1/items?token={SECRET} HTTP/1.1\nHost: api.example\nX-User-Id: bob\nCookie: sid={SECRET}\n"


@pytest.fixture(autouse=True)
def _none(served: Served) -> Iterator[None]:
    """Every test begins without parameters and without recent traffic."""
    session_parameters.keep(served.store, [], "test")
    served.app.state.intake.recipes.refresh()
    served.app.state.intake.recent.clear()
    yield
    session_parameters.keep(served.store, [], "test")


def put(served: Served, body: Any, role: str = "admin") -> tuple[int, dict[str, Any]]:
    """Send parameters."""
    with served.client(role) as client:
        answer = client.put(URL, content=json.dumps(body))
    return answer.status_code, answer.json()


def get(served: Served, path: str = "", role: str = "viewer") -> dict[str, Any]:
    """What an address answers."""
    with served.client(role) as client:
        return dict(client.get(URL + path).raise_for_status().json())


def tried(served: Served, **body: Any) -> tuple[int, dict[str, Any]]:
    """The preview."""
    with served.client("analyst") as client:
        answer = client.post(f"{URL}/preview", content=json.dumps(body))
    return answer.status_code, answer.json()


@pytest.mark.rows("S2.1")
def test_members_and_defaults(served: Served) -> None:
    """A parameter needs only its point; GET answers every member, the limit, and who changed the list last."""
    status, answer = put(served, [{"point": "request.body.json.user.id"}])
    assert status == 200
    assert answer == get(served)
    assert answer["parameters"] == [
        {"point": "request.body.json.user.id", "name": "id", "type": "none", "hashed": False, "grouping": False}
    ]
    assert (answer["limit"], answer["author"]) == (20, "test admin")
    assert answer["time"].endswith("Z")


def test_the_answer_can_be_sent_back(served: Served) -> None:
    """What GET answers is a body that PUT takes, and it changes nothing."""
    put(served, {"parameters": [USER]})
    before = get(served)
    entries = len(get(served, "/history")["items"])
    assert put(served, before) == (200, before)
    assert len(get(served, "/history")["items"]) == entries


def test_a_stale_version_is_refused(served: Served) -> None:
    """The version of a list that was changed meanwhile is a bad question that says by whom."""
    version = get(served)["version"]
    assert put(served, {"parameters": [USER], "version": version})[0] == 200
    status, answer = put(served, {"parameters": [], "version": version})
    assert (status, answer["error"]["code"]) == (400, "bad_question")
    assert "test admin has changed the parameters meanwhile" in answer["error"]["message"]
    assert get(served)["parameters"] == [USER]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("nix", "array"), ({}, "member parameters"), ({"parameter": []}, "no member 'parameter'"), (7, "array"), (None, "array"),
        ([{"name": "x"}], "point"), ([{"point": "client.ip", "grouping": "yes"}], "bool"), ([{"point": "client.ip", "kind": 1}], "kind"),
        ([{"point": "request.heder.x"}], "did you mean 'header'"), ({"parameters": [], "version": 5}, "version"),
        ([{"point": f"request.query.q{n}"} for n in range(21)], "at most 20"),
    ],
)  # fmt: skip
def test_wrong_bodies(served: Served, body: Any, words: str) -> None:
    """Every wrong body is a 400 that says what is wrong, and changes nothing."""
    put(served, [USER])
    status, answer = put(served, body)
    assert (status, answer["error"]["code"]) == (400, "bad_question")
    assert words in answer["error"]["message"]
    assert get(served)["parameters"] == [USER]


def test_a_wrong_point_carries_position_and_suggestion(served: Served) -> None:
    """The error of a point says where it is wrong and gives the whole point that was probably meant."""
    _, answer = put(served, [{"point": "request.heder.X-User-Id"}])
    assert answer["error"]["position"] == 8
    assert answer["error"]["suggestion"] == "request.header.X-User-Id"


def test_only_administrators_change_and_only_analysts_try(served: Served) -> None:
    """A viewer reads, an analyst tries out, an administrator changes."""
    assert [put(served, [USER], role)[0] for role in ("viewer", "analyst", "admin")] == [403, 403, 200]
    with served.client("viewer") as client:
        assert client.post(f"{URL}/preview", content=b"{}").status_code == 403


def test_history(served: Served) -> None:
    """The history has author, time and what was done, newest first."""
    put(served, [USER])
    newest = get(served, "/history")["items"][0]
    assert newest["author"] == "test admin"
    assert newest["what"] == ["added user (request.header.X-User-Id, user, grouping key)"]


def test_export_is_toml(served: Served) -> None:
    """The export holds the list as tables of a configuration file."""
    put(served, [USER])
    with served.client("viewer") as client:
        answer = client.get(f"{URL}/export")
    assert answer.headers["content-type"].startswith("application/toml")
    assert tomllib.loads(answer.text) == {
        "session_parameters": [{"point": USER["point"], "name": "user", "type": "user", "grouping": True}]
    }


@pytest.mark.rows("S1.8")
def test_preview_of_a_pasted_exchange(served: Served) -> None:
    """Parameters that are not saved are tried on a pasted exchange: key, session, values; nothing is changed and no secret told."""
    status, answer = tried(served, parameters=[USER, {"point": "request.query.token"}], exchange=RAW)
    assert (status, answer["source"]) == (200, "pasted")
    (trial,) = answer["items"]
    assert (trial["session_key"], trial["own"], trial["user"]) == (USER["point"], True, "bob")
    assert [(value["name"], value["kept"], value["state"]) for value in trial["values"]] == [
        ("user", "plain", "found"), ("token", "masked", "found")
    ]  # fmt: skip
    assert SECRET not in json.dumps(answer)
    assert get(served)["parameters"] == []


@pytest.mark.rows("S1.8")
def test_preview_of_recent_traffic(served: Served) -> None:
    """Without an exchange the last ones in memory are tried, and a change of the parameters counts at once for new traffic."""
    put(served, [USER])
    record = {"method": "GET", "url": f"https://api.example/?token={SECRET}", "headers": {"X-User-Id": "eve"}}
    with served.client("sender") as client:
        assert client.post("/api/v1/ingest", content=json.dumps(record)).json()["stored"] == 1
    status, answer = tried(served)
    assert (status, answer["source"], answer["keys"]) == (200, "recent", {USER["point"]: 1})
    assert SECRET not in json.dumps(answer)
    with served.client("viewer") as client:
        (stored,) = client.get("/api/v1/requests", params={"q": "user:eve"}).json()["items"]
    assert (stored["session_id"], stored["session_key"]) == (answer["items"][0]["session_id"], USER["point"])


@pytest.mark.rows("S1.8")
def test_preview_of_stored_traffic(served: Served) -> None:
    """When nothing is in memory, the last stored requests are tried, as many as asked for."""
    status, answer = tried(served, limit=5)
    assert (status, answer["source"], len(answer["items"])) == (200, "stored", 5)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"exchange": "hello"}, "line 1"), ({"limit": 0}, "limit is from 1 to 200"), ({"limit": "x"}, "int"), ({"exchanges": ""}, "exchanges"),
        ({"parameters": [{"point": "x"}]}, "parameter 1"), ({"exchange": "x" * 1_048_577}, "at most 1 MB"),
    ],
)  # fmt: skip
def test_wrong_previews(served: Served, body: dict[str, Any], words: str) -> None:
    """A wrong preview is a 400 that says what is wrong."""
    status, answer = tried(served, **body)
    assert (status, answer["error"]["code"]) == (400, "bad_question")
    assert words in answer["error"]["message"]
