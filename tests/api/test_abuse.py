"""Profiles, exceptions and lists over real HTTP, each role as far as it may (B5)."""

from __future__ import annotations

from typing import Any

import pytest

from serving import Served

API = "/api/v1"
PROFILES, EXCEPTIONS = "/abuse/profiles", "/abuse/exceptions"
SHOP = {"name": "Shop & co", "applications": ["shop"], "analyse_by": "domain",
        "types": {"scraping": {"action": "denylist_both", "hours": 2, "sensitivity": "safe"}}}  # fmt: skip
OFFICE = {
    "q": "ip:203.0.113.0/24",
    "bot_types": ["scraping"],
    "until": "2099-01-01T00:00:00.000Z",
    "reason": "ours",
    "enabled": True,
}
SESSION = "9d71154dadd331c8e0f1a2b3c4d5e6f7"


def call(served: Served, method: str, path: str, role: str = "admin", body: Any = None, **params: Any) -> tuple[int, Any]:
    """One call and its answer."""
    with served.client(role) as client:
        answer = client.request(method, f"{API}{path}", json=body, params=params)
        return answer.status_code, answer.json()


@pytest.mark.rows("B5")
def test_profiles_from_the_first_to_removal(served: Served) -> None:
    """B5: the default one is there; another is added, replaced, changed in part, and goes."""
    usual = {"name": "default", "applications": [], "analyse_by": "application", "types": {}}
    default = {"profile": usual, "author": "", "changed": ""}
    assert call(served, "GET", PROFILES, "viewer") == (200, {"items": [default], "limit": 100})
    status, kept = call(served, "POST", PROFILES, body=SHOP)
    assert (status, kept["profile"], kept["author"]) == (200, SHOP, "test admin")
    assert call(served, "POST", PROFILES, body=SHOP) == (200, kept)
    assert call(served, "GET", PROFILES, "viewer")[1]["items"] == [default, kept]
    rule = {"action": "disabled", "hours": 24, "sensitivity": "normal"}
    changed = call(served, "PUT", f"{PROFILES}/Shop%20%26%20co", body={"types": {"account_takeover": {"action": "disabled"}}})[1]
    assert changed["profile"] == SHOP | {"types": {**SHOP["types"], "account_takeover": rule}}  # type: ignore[dict-item]
    assert call(served, "DELETE", f"{PROFILES}/Shop%20%26%20co") == (200, {"removed": "Shop & co"})
    assert call(served, "DELETE", f"{PROFILES}/Shop%20%26%20co")[0] == 404
    assert call(served, "DELETE", f"{PROFILES}/default")[0] == 400


@pytest.mark.rows("B5")
def test_exceptions_from_the_first_to_removal(served: Served) -> None:
    """B5: an exception is added, changed, and goes; the history says who did what, the newest first."""
    status, kept = call(served, "POST", EXCEPTIONS, body=OFFICE)
    assert (status, kept["exception"], kept["ended"]) == (200, OFFICE, False)
    assert kept["sentence"] == "Client IP is in 203.0.113.0/24: no Scraping until 2099-01-01 00:00 UTC"
    assert call(served, "POST", EXCEPTIONS, body=OFFICE) == (200, kept)
    assert call(served, "GET", EXCEPTIONS, "viewer") == (200, {"items": [kept], "limit": 1000})
    path = f"{EXCEPTIONS}/{kept['id']}"
    changed = call(served, "PUT", path, body={"until": "", "enabled": False})[1]["exception"]
    assert changed == OFFICE | {"until": "", "enabled": False}
    assert call(served, "DELETE", path) == (200, {"removed": kept["id"]})
    assert [call(served, method, path, body={})[0] for method in ("PUT", "DELETE")] == [404, 404]
    history = call(served, "GET", f"{EXCEPTIONS}/history", "viewer")[1]["items"]
    assert [change["what"].split()[0] for change in history] == ["removed", "switched", "added"]
    assert {change["author"] for change in history} == {"test admin"}
    assert call(served, "GET", f"{EXCEPTIONS}/history", "viewer", limit=1)[1]["items"] == history[:1]


@pytest.mark.rows("B5")
@pytest.mark.parametrize(
    ("name", "value", "kept"), [("ips", "203.0.113.9/24", "203.0.113.0/24"), ("sessions", SESSION.upper(), SESSION)]
)
def test_lists_from_the_first_to_removal(served: Served, name: str, value: str, kept: str) -> None:
    """B5: an entry is added for a time, listed with who and until when, and taken off; the history has both."""
    status, entry = call(served, "POST", f"/lists/{name}", body={"value": value, "hours": 2, "reason": "<b>"})
    assert (status, entry["value"], entry["author"], entry["reason"]) == (200, kept, "test admin", "<b>")
    assert entry["until"] > entry["added"]
    assert call(served, "GET", f"/lists/{name}", "viewer") == (200, {"items": [entry], "limit": 10000})
    assert call(served, "DELETE", f"/lists/{name}", value=value) == (200, {"removed": kept})
    assert call(served, "DELETE", f"/lists/{name}", value=value)[0] == 404
    history = call(served, "GET", f"/lists/{name}/history", "viewer", limit=2)[1]["items"]
    assert [change["what"].split()[0] for change in history] == ["removed", "denied"]


@pytest.mark.parametrize(
    ("method", "path", "body", "words"),
    [
        ("POST", PROFILES, {"name": "x"}, "a profile names its applications"),
        ("POST", PROFILES, {**SHOP, "application": "x"}, "did you mean 'applications'?"),
        ("POST", PROFILES, {**SHOP, "types": {"scraping": {"action": "block"}}}, "action is one of"),
        ("POST", PROFILES, {**SHOP, "types": {"scraping": {"hour": 1}}}, "hour"),
        ("POST", PROFILES, {**SHOP, "types": {"scraping": {"hours": 9000}}}, "hours are from 0"),
        ("PUT", f"{PROFILES}/default", {"applications": ["x"]}, "names none itself"),
        ("PUT", f"{PROFILES}/nix", {}, "there is no profile 'nix'"),
        ("POST", EXCEPTIONS, {}, "q"),
        ("POST", EXCEPTIONS, {"q": "ip:1.2.3"}, "takes an address"),
        ("POST", EXCEPTIONS, {"q": "bot:*"}, "bot is about a bot"),
        ("POST", EXCEPTIONS, {**OFFICE, "until": "2020-01-01"}, "is over"),
        ("PUT", f"{EXCEPTIONS}/<script>", {"enabled": True}, "there is no exception '<script>'"),
        ("GET", f"{EXCEPTIONS}/history?limit=0", None, "limit"),
        ("POST", "/lists/ips", {"value": "0.0.0.0/0"}, "every address there is"),
        ("POST", "/lists/sessions", {"value": "\0"}, "32 hex digits"),
        ("POST", "/lists/ips", {"value": "10.0.0.1", "hours": -1}, "hours are from 0"),
        ("POST", "/lists/ips", {"value": "10.0.0.1", "hours": "many"}, "int"),
        ("GET", "/lists/tokens", None, "a list is one of ips, sessions"),
        ("DELETE", "/lists/ips", None, "value"),
        ("GET", "/lists/ips?q=x", None, "there is no parameter 'q'"),
    ],
)
def test_what_can_be_none_is_refused(served: Served, method: str, path: str, body: Any, words: str) -> None:
    """Bad questions are told with the reason, and nothing is kept."""
    before = [call(served, "GET", where)[1] for where in (PROFILES, EXCEPTIONS, "/lists/ips", "/lists/sessions")]
    path, _, query = path.partition("?")
    status, answer = call(served, method, path, body=body, **dict(part.split("=") for part in query.split("&") if part))
    assert status in (400, 404)
    assert words in answer["error"]["message"]
    assert [call(served, "GET", where)[1] for where in (PROFILES, EXCEPTIONS, "/lists/ips", "/lists/sessions")] == before


def test_roles(served: Served) -> None:
    """A viewer reads, an administrator changes, a sender sees nothing."""
    changes = [("POST", PROFILES, SHOP), ("POST", EXCEPTIONS, OFFICE), ("POST", "/lists/ips", {"value": "10.0.0.1"}),
               ("PUT", f"{PROFILES}/default", {}), ("DELETE", f"{PROFILES}/x", None), ("DELETE", f"{EXCEPTIONS}/x", None),
               ("DELETE", "/lists/ips?value=10.0.0.1", None)]  # fmt: skip
    for method, path, body in changes:
        address, _, value = path.partition("?value=")
        params = {"value": value} if value else {}
        assert [call(served, method, address, role, body, **params)[0] for role in ("sender", "viewer", "analyst")] == [
            403,
            403,
            403,
        ]
    for path in (PROFILES, EXCEPTIONS, f"{EXCEPTIONS}/history", "/lists/ips", "/lists/ips/history"):
        assert [call(served, "GET", path, role)[0] for role in ("sender", "viewer")] == [403, 200]
