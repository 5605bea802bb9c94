"""The full content of malicious requests: kept for those alone, secrets masked, bounded (S4.6)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from apitrail.inspect.contents import BODY_LIMIT, HEADER_LIMIT, HEADERS_LIMIT, content_of
from apitrail.inspect.hiding import hiding
from apitrail.inspect.rows import Inspector, Recipe
from apitrail.model.content import Content, read_content
from apitrail.model.exchange import Exchange
from apitrail.model.parameters import Parameter
from traffic import NOON

pytestmark = pytest.mark.rows("S4.6")

PLANTED = "PLANTED-5ecret-9f27"
SQLI = "id=1%27%20OR%20%271%27%3D%271"
JSON = ("content-type", "application/json")
FORM = ("content-type", "application/x-www-form-urlencoded")


def content(*parameters: Parameter, **members: Any) -> Content:
    """The content that is kept of a malicious request."""
    exchange = Exchange(**{"method": "POST", "path": "/", "query": SQLI, "time": NOON, "id": "r", **members})
    found = Inspector(Recipe(b"k" * 32, tuple(parameters))).rows([exchange]).to_pylist()[0]
    assert PLANTED not in str(found)
    kept = read_content(found["content"])
    assert kept is not None
    return kept


def test_headers_and_bodies_of_both_directions_are_kept() -> None:
    """What an analyst needs to see the whole of it: names, values, bodies, as they were sent."""
    sent = (("Host", "a.example"), JSON, ("accept", "*/*"), ("x-trace", "7"))
    kept = content(headers=sent, body=b'{"a": [1, 2]}', response_headers=(JSON,), response_body=b'{"ok": true}')
    assert kept.request.headers == sent
    assert (kept.request.body, kept.response.headers, kept.response.body) == ('{"a": [1, 2]}', (JSON,), '{"ok": true}')


def test_a_request_of_few_headers_keeps_those_that_no_column_has() -> None:
    """A GET with a cookie beside host and user agent is shown with its cookie; only what a row has by itself is left to the row."""
    sent = (("host", "a.example"), ("user-agent", "x"), ("cookie", "theme=dark"))
    assert [name for name, _ in content(headers=sent).request.headers] == ["host", "user-agent", "cookie"]


def test_a_line_of_a_log_has_no_content() -> None:
    """An exchange that is no more than its row is not kept twice."""
    line = Exchange(method="GET", path="/", headers=(("host", "a"), ("user-agent", "b"), ("referer", "c")))
    assert content_of(line, hiding(())) is None
    assert read_content("") is None


SECRETS: dict[str, dict[str, Any]] = {
    "cookie": {"headers": (("cookie", f"a=1; PHPSESSID={PLANTED}; theme={PLANTED}"),)},
    "authorization": {"headers": (("authorization", f"Bearer {PLANTED}"),)},
    "basic": {"headers": (("proxy-authorization", f"Basic {PLANTED}"),)},
    "key": {"headers": (("x-api-key", PLANTED),)},
    "named like one": {"headers": (("x-my-secret", PLANTED),)},
    "referer": {"headers": (("referer", f"https://bob:{PLANTED}@x.example/?password={PLANTED}"),)},
    "url in a header": {"headers": (("x-original-url", f"/?token={PLANTED}"),)},
    "set-cookie": {"response_headers": (("set-cookie", f"sid={PLANTED}; Path=/; HttpOnly"),)},
    "location": {"response_headers": (("location", f"https://x.example/?access_token={PLANTED}"),)},
    "json": {"headers": (JSON,), "body": json.dumps({"user": "bob", "password": PLANTED}).encode()},
    "json inside": {"headers": (JSON,), "body": json.dumps({"a": [{"card_number": PLANTED}]}).encode()},
    "json with spaces": {"headers": (JSON,), "body": json.dumps({"token": PLANTED}, indent=2).encode()},
    "form": {"headers": (FORM,), "body": f"user=bob&password={PLANTED}&x=1".encode()},
    "encoded form": {"headers": (FORM,), "body": f"u%5Bpassword%5D={PLANTED}".encode()},
    "answer in json": {"response_headers": (JSON,), "response_body": json.dumps({"access_token": PLANTED, "a": 1}).encode()},
    "answer in a form": {"response_headers": (FORM,), "response_body": f"access_token={PLANTED}&token_type=bearer".encode()},
}


@pytest.mark.parametrize("where", SECRETS)
def test_a_planted_secret_is_masked(where: str) -> None:
    """Headers, cookies, URLs, JSON and forms, sent and answered: the secret is not in what is kept, what is beside it is."""
    kept = content(**{"body": b"x", **SECRETS[where]})
    assert "***" in str(kept)
    assert PLANTED not in str(kept)


def test_the_attributes_of_a_cookie_stay() -> None:
    """Of a set cookie the value is masked; path and flags, which are no secrets, stay."""
    kept = content(response_headers=(("set-cookie", f"sid={PLANTED}; Path=/; HttpOnly"),))
    assert kept.response.headers == (("set-cookie", "sid=***; Path=/; HttpOnly"),)


@pytest.mark.parametrize("body", [f'{{"account":"{PLANTED}"}}', f'{{"other":1,"account":"{PLANTED}","copy":"{PLANTED}"}}'])
def test_what_the_parameters_hide_is_hidden_in_the_content(body: str) -> None:
    """A value that the user's own parameters hash is not kept raw in the content either, wherever it stands again."""
    kept = content(Parameter(point="request.body.json.account", hashed=True), headers=(JSON,), body=body.encode())
    assert PLANTED not in str(kept)


def test_content_is_bounded() -> None:
    """Bodies, headers and their number are cut at named limits, and what was cut is told."""
    many = tuple((f"x-{number}", "v" * (HEADER_LIMIT + 10)) for number in range(HEADERS_LIMIT + 10))
    kept = content(headers=many, body=b"a" * (BODY_LIMIT + 17), response_body="é".encode() * BODY_LIMIT)
    assert len(kept.request.headers) == HEADERS_LIMIT
    assert all(len(value) <= HEADER_LIMIT for _, value in kept.request.headers)
    assert (len(kept.request.body), kept.request.cut) == (BODY_LIMIT, 17)
    assert (len(kept.response.body), kept.response.cut) == (BODY_LIMIT, 0)


def test_bytes_that_are_no_text_are_shown() -> None:
    """A body of any bytes is kept as text that can be stored."""
    kept = content(body=b"\xff\x00\xfe'", headers=(("x-a", "\ud800"), ("b", "c"), ("d", "e"), ("f", "g")))
    assert kept.request.body.encode()
    assert kept.request.headers[0][1].encode()
