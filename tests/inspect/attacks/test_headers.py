"""Headers and methods that no honest client sends, told from those of proxies and programs."""

from __future__ import annotations

import base64

import pytest
from tests.inspect.attacks.sending import checked, kinds, sent

from apitrail.model.exchange import Header
from timing import cost


def basic(pair: str) -> Header:
    """A log-in by name and password."""
    return ("authorization", "Basic " + base64.b64encode(pair.encode()).decode())


def headed(*headers: Header, method: str = "GET", path: str = "/api", query: str = "") -> set[str]:
    """The types found in a request with these headers."""
    return kinds(sent(method, path, query, headers))


@pytest.mark.parametrize(
    ("kind", "headers"),
    [
        ("crlf", [("content-length", "4"), ("transfer-encoding", "chunked")]),
        ("crlf", [("content-length", "4"), ("content-length", "5")]),
        ("crlf", [("content-length", "+4")]),
        ("crlf", [("transfer-encoding", "xchunked")]),
        ("crlf", [("transfer-encoding", "chunked"), ("transfer-encoding", "identity")]),
        ("crlf", [("transfer-encoding ", "chunked")]),
        ("crlf", [("x-a", "a\r\n b")]),
        ("crlf", [("${jndi:x}", "a")]),
        ("redir", [("host", "a.example"), ("host", "b.example")]),
        ("redir", [("host", "a.example@evil.example")]),
        ("redir", [("host", "a.example:80x")]),
        ("redir", [("x-forwarded-host", 'evil.example"><b>')]),
        ("auth", [("x-custom-ip-authorization", "127.0.0.1")]),
        ("auth", [("x-forwarded-for", "127.0.0.1"), ("x-client-ip", "127.0.0.1"), ("x-real-ip", "localhost")]),
        ("cve", [("x-middleware-subrequest", "middleware")]),
        ("cve", [("proxy", "http://evil.example:8080")]),
        ("cve", [("x-http-method-override", "DELETE")]),
        ("cve", [("x-http-method-override", "TRACE")]),
        ("cve", [("x-accel-redirect", "/internal")]),
        ("cve", [("connection", "keep-alive, X-Auth-Token")]),
        ("auth", [("forwarded", 'for="[127.0.0.1]:8000"')]),
        ("redir", [("host", "a" * 24_000)]),
    ],
)
def test_headers_that_give_an_attack_away(kind: str, headers: list[Header]) -> None:
    """Contradictions, impossible values and headers of a server's own parts are seen."""
    assert headed(*headers) == {kind}


@pytest.mark.parametrize(
    "headers",
    [
        [("host", "api.example.com:8443")],
        [("host", "[::1]:80")],
        [("host", "a_b.example")],
        [("host", "käse.example")],
        [("host", "a.example"), ("host", "a.example")],
        [("x-forwarded-host", "shop.example.com, proxy.internal")],
        [("x-forwarded-for", "203.0.113.5, 10.0.0.1"), ("x-real-ip", "203.0.113.5")],
        [("x-forwarded-for", "127.0.0.1"), ("x-real-ip", "127.0.0.1")],
        [("transfer-encoding", "gzip, chunked")],
        [("content-length", "12")],
        [("x-request-id", "a:b"), (":authority", "a.example")],
        [basic("svc-orders:Jf93kd")],
        [basic("admin:admin")],
        [("proxy-authorization", "x"), ("x-vercel-id", "a")],
        [("connection", "Upgrade, HTTP2-Settings"), ("forwarded", "for=203.0.113.5;proto=https")],
    ],
)
def test_headers_of_proxies_and_programs(headers: list[Header]) -> None:
    """What proxies add and programs set is nothing."""
    assert not headed(*headers)


def test_an_override_of_a_post_is_how_it_is_meant() -> None:
    """A POST may stand for another method; a GET may not become a write."""
    assert not headed(("x-http-method-override", "PATCH"), method="POST")
    assert headed(query="_method=DELETE") == {"cve"}
    assert not headed(method="POST", query="_method=PUT")


def test_passwords_that_devices_are_shipped_with() -> None:
    """Default names and passwords count where something is administered."""
    assert headed(basic("admin:admin"), path="/admin/") == {"auth"}
    assert headed(basic("tomcat:s3cret"), path="/manager/html") == {"auth"}
    assert not headed(basic("anna:admin"), path="/admin/")


def test_methods_of_scanners() -> None:
    """A method that returns the request is asked for by those who look for holes."""
    assert headed(method="TRACE") == {"scanner"}
    assert not headed(method="OPTIONS")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/%2e/admin", {"cve"}),
        ("/%2e%2e;/admin", {"cve"}),
        ("/a/.%2e/b", {"cve"}),
        ("/a/..;/b", {"cve"}),
        ("/%61dmin", {"cve"}),
        ("/%2577ebui", {"cve"}),
        ("/./admin", {"cve"}),
        ("/static../x", {"cve"}),
        ("/projects/group%2Fname/files/src%2Fmain.py", set()),
        ("/caf%C3%A9/%E4%BD%A0", set()),
        ("/a%20b%26c%2B%2B", set()),
        ("/matrix;color=red/size", set()),
        ("/v1.2/a.json", set()),
    ],
)
def test_paths_that_no_client_spells_so(path: str, expected: set[str]) -> None:
    """Dots and letters are never percent-encoded but to hide them."""
    assert headed(path=path) == expected


@pytest.mark.parametrize("text", ["a" * 1_000_000, "," * 1_000_000, "%2e" * 300_000, "9" * 1_000_000, " \t" * 500_000])
def test_hostile_headers_take_no_time(text: str) -> None:
    """Long headers are looked at up to a limit."""
    names = (
        "host",
        "range",
        "x-forwarded-for",
        "transfer-encoding",
        "authorization",
        "x-forwarded-host",
        "x-http-method-override",
        text,
    )
    exchange = sent("GET", "/" + text, text, tuple((name, text) for name in names) * 2)
    assert cost(lambda: checked(exchange), below=0.5) < 0.5
