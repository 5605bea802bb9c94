"""Request lines and URLs taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.sources.request_line import INVALID, RequestLine, Target, split_request, split_target, unescape


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GET /a?b=c?d HTTP/1.1", RequestLine("GET", Target("/a", "b=c?d"), "HTTP/1.1")),
        ("get / http/1.0", RequestLine("get", Target("/"), "HTTP/1.0")),
        ("GET /a b HTTP/1.1", RequestLine("GET", Target("/a b"), "HTTP/1.1")),
        ("GET /old", RequestLine("GET", Target("/old"))),
        ("GET %2Fa HTTP/1.1", RequestLine("GET", Target("%2Fa"), "HTTP/1.1")),
        ("OPTIONS * HTTP/1.1", RequestLine("OPTIONS", Target("*"), "HTTP/1.1")),
        (
            "GET HTTPS://u:p@A.example:443/x#y HTTP/1.1",
            RequestLine("GET", Target("/x", "", "a.example", "https"), "HTTP/1.1"),
        ),
        (
            "CONNECT a.example:443 HTTP/1.1",
            RequestLine("CONNECT", Target("a.example:443", "", "a.example"), "HTTP/1.1"),
        ),
        ("VERSION-CONTROL /x HTTP/1.1", RequestLine("VERSION-CONTROL", Target("/x"), "HTTP/1.1")),
        ("-", RequestLine(INVALID, Target("/"))),
        ("", RequestLine(INVALID, Target("/"))),
        ("- http://a.example:80- -", RequestLine(INVALID, Target("/"))),
        ("t3 12.1.2", RequestLine(INVALID, Target("t3 12.1.2"))),
        ("SSH-2.0-Go", RequestLine(INVALID, Target("SSH-2.0-Go"))),
        ("\\x16\\x03\\x01 ?x", RequestLine(INVALID, Target("\\x16\\x03\\x01 ", "x"))),
        ("GET", RequestLine(INVALID, Target("GET"))),
        ("hello world", RequestLine(INVALID, Target("hello world"))),
    ],
)
def test_a_request_line_is_taken_apart(text: str, expected: RequestLine) -> None:
    """HTTP of any form has its parts; what is no HTTP keeps its text for a path under the method INVALID."""
    assert split_request(text) == expected


@pytest.mark.parametrize(
    ("escaped", "plain"),
    [
        ("plain", "plain"),
        (r"\"a\"", '"a"'),
        (r"\x22a\x22", '"a"'),
        (r"\\x22", r"\x22"),
        (r"caf\xC3\xA9", "café"),
        (r"\xFF\xFE", r"\xff\xfe"),
        (r"a\tb\n", "a\tb\n"),
        ("\\", "\\"),
        (r"\q", r"\q"),
    ],
)
def test_what_servers_escape_is_undone(escaped: str, plain: str) -> None:
    """Quotes, backslashes and UTF-8 come back; bytes that are no text stay as they were written."""
    assert unescape(escaped) == plain


@given(st.text())
def test_a_path_is_never_empty(text: str) -> None:
    """Whatever is split, there is a path, and nothing of an origin-form target is lost."""
    found = split_target(text)
    assert found.path
    assert split_target("/" + text) == Target(*("/" + text).partition("?")[::2])
