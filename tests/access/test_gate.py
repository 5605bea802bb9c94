"""Who may come in, over real HTTP: tokens, roles, the one-time link, and the checks on every request."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from apitrail.access.gate import SECURITY_HEADERS
from apitrail.access.roles import ADMIN, ANALYST, ROLES, SENDER, VIEWER
from apitrail.store import Store
from serving import Served, serving

OPEN = ("/api/v1/health", "/sign-in")


@pytest.fixture(scope="module")
def served(make_dsn: Callable[[str], str]) -> Iterator[Served]:
    """A server over an empty store, with a name of its own."""
    with Store(make_dsn("chdb")) as store, serving(store, public_url="https://trail.example.com") as found:
        yield found


def raw(served: Served, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> tuple[int, dict[str, str], bytes]:
    """One request exactly as given."""
    connection = http.client.HTTPConnection(urlsplit(served.url).netloc)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def signed_in(served: Served) -> str:
    """The cookie header of a fresh session."""
    code = served.app.state.sign_in.new_link()
    answer = raw(served, "GET", f"/sign-in?code={code}", {"Host": "127.0.0.1"})
    assert answer[0] == 303
    return answer[1]["set-cookie"].partition(";")[0]


def addresses(served: Served) -> list[tuple[str, str]]:
    """Every method and path of the application, with parameters filled in."""
    found = []
    for route in _routes(served.app.routes):
        path = route.path.replace("{format}", "csv")
        path = "/".join("0" * 32 if piece.startswith("{") else piece for piece in path.split("/"))
        found += [(method, path) for method in route.methods]
    return found


def _routes(routes: list[Any], prefix: str = "") -> Iterator[Any]:
    """Every route with a path, also those of included routers, with its whole path."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner:
            yield from _routes(inner.routes, prefix + (route.include_context.prefix or ""))
        elif getattr(route, "methods", None):
            yield SimpleNamespace(path=prefix + route.path, methods=route.methods)


def test_nothing_but_health_and_sign_in_answers_without_a_token(served: Served) -> None:
    """Every address of the application, in every method, sends strangers away."""
    known = addresses(served)
    assert len(known) > 20
    with served.client() as client:
        for method, path in known:
            answer = client.request(method, path)
            if path.startswith(OPEN) or path.startswith("/static"):
                continue
            if path.startswith("/api/"):
                assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized"), (method, path)
            else:
                assert answer.status_code == 303, (method, path)
                assert answer.headers["location"].startswith("/sign-in?next="), (method, path)


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/nix",
        "/api/v1/../v1/sessions",
        "//api/v1/sessions",
        "/api/v1/healthz",
        "/sign-inside",
        "/static/../api/v1/sessions",
        "/%61pi/v1/sessions",
        "/openapi.json",
        "/docs",
    ],
)
def test_no_spelling_of_an_address_gets_around_the_gate(served: Served, path: str) -> None:
    """Unknown and oddly written addresses show nothing either."""
    status, _, body = raw(served, "GET", path, {"Host": "127.0.0.1"})
    assert status in (303, 401, 404)
    assert b"items" not in body


@pytest.mark.parametrize("value", ["Bearer nix", "Bearer ", "bearer at_x", "Basic YWRtaW46YWRtaW4=", "at_x", "Bearer \x7f"])
def test_a_wrong_token_is_no_token(served: Served, value: str) -> None:
    """Only a token that was given out lets in."""
    assert raw(served, "GET", "/api/v1/sessions", {"Host": "127.0.0.1", "Authorization": value})[0] == 401


ALLOWED = {
    ("GET", "/api/v1/sessions"): {VIEWER, ANALYST, ADMIN},
    ("GET", "/api/v1/requests"): {VIEWER, ANALYST, ADMIN},
    ("GET", "/api/v1/metrics"): {VIEWER, ANALYST, ADMIN},
    ("GET", "/api/v1/fields"): {VIEWER, ANALYST, ADMIN},
    ("GET", "/api/v1/openapi.json"): set(ROLES),
    ("POST", "/api/v1/ingest"): {SENDER, ANALYST, ADMIN},
    ("GET", "/api/v1/tokens"): {ADMIN},
    ("POST", "/api/v1/tokens"): {ADMIN},
    ("DELETE", "/api/v1/tokens/none"): {ADMIN},
    ("GET", "/api/v1/settings/session-parameters"): {VIEWER, ANALYST, ADMIN},
    ("GET", "/api/v1/settings/session-parameters/history"): {VIEWER, ANALYST, ADMIN},
    ("GET", "/api/v1/settings/session-parameters/export"): {VIEWER, ANALYST, ADMIN},
    ("POST", "/api/v1/settings/session-parameters/preview"): {ANALYST, ADMIN},
    ("PUT", "/api/v1/settings/session-parameters"): {ADMIN},
    ("GET", "/sessions"): {VIEWER, ANALYST, ADMIN},
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("method", "path"), ALLOWED)
def test_a_role_may_do_what_it_is_for(served: Served, method: str, path: str, role: str) -> None:
    """Senders send and see nothing, viewers see and change nothing, only administrators give out tokens."""
    with served.client(role) as client:
        answer = client.request(method, path)
    assert (answer.status_code == 403) == (role not in ALLOWED[method, path]), answer.text[:200]
    assert answer.status_code < 500


@pytest.mark.parametrize(
    ("host", "welcome"),
    [
        ("127.0.0.1", True), ("127.0.0.1:8080", True), ("localhost", True), ("LOCALHOST:99", True), ("[::1]:8080", True),
        ("trail.example.com", True), ("192.168.1.5", True), ("evil.example", False), ("trail.example.com.evil.example", False),
        ("localhost.evil.example", False), ("127.0.0.1.nip.io", False), ("", False), ("[", False), ("a b", False), ("@localhost:x@evil", False),
    ],
)  # fmt: skip
def test_only_known_names_are_answered(served: Served, host: str, welcome: bool) -> None:
    """A page that points its own name at this server gets 421, with or without a token (DNS rebinding)."""
    headers = {"Host": host, "Authorization": f"Bearer {served.tokens[ADMIN]}"}
    status = raw(served, "GET", "/api/v1/sessions", headers)[0]
    assert status == 200 if welcome else status in (400, 421)


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://["}, False),
        ({"Origin": "http://127.0.0.1:1"}, False),
        ({"Origin": "http://127.0.0.1"}, True),
    ],
)
def test_a_form_of_another_site_may_not_act_with_the_cookie(served: Served, headers: dict[str, str], allowed: bool) -> None:
    """A state change by cookie must come from our own pages (CSRF)."""
    body = json.dumps({"name": "by cookie", "role": "viewer"}).encode()
    status = raw(served, "POST", "/api/v1/tokens", {"Host": "127.0.0.1", "Cookie": signed_in(served), **headers}, body)[0]
    assert status == (201 if allowed else 403)


def test_a_token_needs_no_origin(served: Served) -> None:
    """What is sent with a token was sent on purpose; no site can add it."""
    headers = {"Host": "127.0.0.1", "Authorization": f"Bearer {served.tokens[ADMIN]}", "Origin": "https://tool.example"}
    assert raw(served, "POST", "/api/v1/tokens", headers, b'{"name":"x","role":"viewer"}')[0] == 201


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/api/v1/health", {}),
        ("GET", "/api/v1/sessions", {}),
        ("GET", "/api/v1/nix", {}),
        ("GET", "/sessions", {}),
        ("GET", "/sign-in", {}),
        ("GET", "/static/app.css", {}),
        ("GET", "/static/nix.css", {}),
        ("DELETE", "/api/v1/health", {}),
        ("GET", "/api/v1/health", {"Host": "evil.example"}),
        ("POST", "/api/v1/ingest", {"Content-Encoding": "nix"}),
    ],
)
def test_every_answer_carries_the_security_headers(served: Served, method: str, path: str, headers: dict[str, str]) -> None:
    """Strict CSP, no framing, no sniffing: on pages, API, errors and refusals alike."""
    _, found, _ = raw(served, method, path, {"Host": "127.0.0.1", **headers})
    assert {name: found.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert "'unsafe" not in found["content-security-policy"]
    assert "server" not in found


def test_an_answer_to_a_fault_of_our_own_is_a_plain_500(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unforeseen error leaves in the one error shape, with the security headers, and without a word of its inside."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("inside knowledge")

    monkeypatch.setattr("apitrail.explore.sessions.list_sessions", broken)
    headers = {"Host": "127.0.0.1", "Authorization": f"Bearer {served.tokens[ADMIN]}"}
    status, found, body = raw(served, "GET", "/api/v1/sessions", headers)
    assert (status, json.loads(body)["error"]["code"]) == (500, "broken_machine")
    assert b"inside knowledge" not in body
    assert found["x-content-type-options"] == "nosniff"


def test_a_sign_in_link_works_once(served: Served) -> None:
    """The printed link opens one session of an administrator; the second time it opens nothing."""
    path = f"/sign-in?code={served.app.state.sign_in.new_link()}"
    status, headers, _ = raw(served, "GET", path, {"Host": "127.0.0.1"})
    cookie = headers["set-cookie"]
    assert status == 303
    assert {"httponly", "secure", "samesite=lax"} <= {piece.strip().lower() for piece in cookie.split(";")}
    assert raw(served, "GET", "/api/v1/tokens", {"Host": "127.0.0.1", "Cookie": cookie.partition(";")[0]})[0] == 200
    status, headers, _ = raw(served, "GET", path, {"Host": "127.0.0.1"})
    assert (status, "set-cookie" in headers) == (403, False)


def test_a_token_opens_a_session_too(served: Served) -> None:
    """The sign-in form takes a token; the session has the token's role, and a sender gets none."""
    for role, status in ((VIEWER, 303), (SENDER, 403), ("nix", 403)):
        body = urlencode({"token": served.tokens.get(role, "at_nix")}).encode()
        headers = {"Host": "127.0.0.1", "Content-Type": "application/x-www-form-urlencoded"}
        found, answer, _ = raw(served, "POST", "/sign-in", headers, body)
        assert found == status
        if "set-cookie" in answer:
            mine = {"Host": "127.0.0.1", "Cookie": answer["set-cookie"].partition(";")[0]}
            assert raw(served, "GET", "/api/v1/sessions", mine)[0] == 200
            assert raw(served, "GET", "/api/v1/tokens", mine)[0] == 403


@pytest.mark.parametrize(
    "damage",
    [lambda c: c[:-1], lambda c: c + "x", lambda c: c[5:], lambda _: "", lambda _: "x.y.z", lambda c: c.replace(".", "", 1)],
)
def test_a_damaged_cookie_is_nobody(served: Served, damage: Callable[[str], str]) -> None:
    """Only a cookie as it was signed lets in."""
    name, _, value = signed_in(served).partition("=")
    assert raw(served, "GET", "/api/v1/sessions", {"Host": "127.0.0.1", "Cookie": f"{name}={value}"})[0] == 200
    assert raw(served, "GET", "/api/v1/sessions", {"Host": "127.0.0.1", "Cookie": f"{name}={damage(value)}"})[0] == 401


def test_an_odd_cookie_of_another_application_does_not_lock_out(served: Served) -> None:
    """On localhost all ports share their cookies; one that is no valid cookie does not hide ours."""
    cookie = f'odd name={{"a": "b c"}}; {signed_in(served)}; =; x'
    assert raw(served, "GET", "/api/v1/sessions", {"Host": "127.0.0.1", "Cookie": cookie})[0] == 200


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/sessions\r\nx: y",
        "javascript:alert(1)",
    ],
)
def test_the_way_back_after_sign_in_stays_here(served: Served, wanted: str) -> None:
    """`next` leads to an address of this server or to the start, never to another site."""
    code = served.app.state.sign_in.new_link()
    with served.client() as client:
        answer = client.get("/sign-in", params={"code": code, "next": wanted})
    assert answer.status_code == 303
    location = answer.headers["location"]
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))


def test_where_one_wanted_to_go_is_remembered(served: Served) -> None:
    """The redirect to the sign-in carries the whole address."""
    with served.client() as client:
        location = client.get("/sessions", params={"q": "status:5xx & more"}).headers["location"]
    assert parse_qs(urlsplit(location).query)["next"] == ["/sessions?q=status%3A5xx+%26+more"]


def test_tokens_are_made_listed_and_revoked(served: Served) -> None:
    """A new token works until it is revoked; its secret is in one answer only and nowhere in the store."""
    with served.client(ADMIN) as admin:
        made = admin.post("/api/v1/tokens", json={"name": "ci", "role": "viewer"})
        assert made.status_code == 201
        secret, token_id = made.json()["token"], made.json()["id"]
        listed = admin.get("/api/v1/tokens").json()
        assert secret not in json.dumps(listed)
        assert {"id": token_id, "name": "ci", "role": "viewer"}.items() <= next(
            one for one in listed if one["id"] == token_id
        ).items()
        assert secret not in str(served.store.ask("SELECT * FROM records").to_pylist())
        mine = {"Host": "127.0.0.1", "Authorization": f"Bearer {secret}"}
        assert raw(served, "GET", "/api/v1/sessions", mine)[0] == 200
        assert admin.delete(f"/api/v1/tokens/{token_id}").json() == {"revoked": token_id}
        assert raw(served, "GET", "/api/v1/sessions", mine)[0] == 401
        assert admin.delete(f"/api/v1/tokens/{token_id}").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        '{"name":"x","role":"emperor"}',
        '{"name":" ","role":"viewer"}',
        '{"role":"viewer"}',
        '{"name":"x","roel":"admin"}',
        "[]",
        "nix",
        "",
    ],
)
def test_a_token_that_makes_no_sense_is_refused(served: Served, body: str) -> None:
    """An unknown role or member is an error and not a token of some other role."""
    with served.client(ADMIN) as admin:
        before = admin.get("/api/v1/tokens").json()
        answer = admin.post("/api/v1/tokens", content=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_question")
        assert admin.get("/api/v1/tokens").json() == before


def test_health_says_only_that_it_is_up(served: Served) -> None:
    """The one open answer tells nothing of the store."""
    with served.client() as client:
        assert client.get("/api/v1/health").json() == {"status": "ok"}
