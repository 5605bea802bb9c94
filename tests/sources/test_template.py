"""Formats defined by nginx's and Apache's own log format strings."""

from __future__ import annotations

from typing import Any

import pytest

from apitrail.errors import BadQuestion, RejectedLine
from apitrail.sources.template import line_format

TIME = "10/Oct/2025:13:55:36 +0200"
MICROSECONDS = 1_760_097_336_000_000

READ = [
    pytest.param(
        '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" '
        '"$http_user_agent" "$http_x_forwarded_for" $request_time $upstream_response_time',
        f'10.0.0.1 - bob smith [{TIME}] "GET /a?b HTTP/1.1" 200 12 "-" "curl \\x22" "203.0.113.9, 10.0.0.3" 0.012 0.010, 0.011',
        {"user": "bob smith", "client_ip": "203.0.113.9", "duration_ms": 12.0, "query": "b", "response_bytes": 12},
        id="nginx with blanks in values",
    ),
    pytest.param(
        '%h %l %u %t \\"%r\\" %>s %b "%{Referer}i" "%{User-Agent}i" %D %{X-Api}i "%{Content-Type}o"',
        f'198.51.100.7 - - [{TIME}] "GET /a HTTP/1.1" 200 - "http://x" "ua" 1234 foo "text/html"',
        {
            "duration_ms": 1.234,
            "headers": (("referer", "http://x"), ("user-agent", "ua"), ("x-api", "foo")),
            "response_headers": (("content-type", "text/html"),),
        },
        id="apache",
    ),
    pytest.param(
        '%v:%p %a %t "%m %U%q %H" %>s %O %I %{ms}T',
        f'a.example:443 198.51.100.7 [{TIME}] "GET /a?b=1 HTTP/1.1" 200 12 7 33',
        {
            "host": "a.example",
            "path": "/a",
            "query": "b=1",
            "version": "HTTP/1.1",
            "duration_ms": 33.0,
            "request_bytes": 7,
        },
        id="apache in parts",
    ),
    pytest.param(
        "$msec $scheme://$host$request_uri $request_method $status $unknown_variable",
        "1760097336.000 https://a.example/x?y=1 POST 201 whatever it is",
        {"host": "a.example", "path": "/x", "query": "y=1", "scheme": "https", "method": "POST", "status": 201},
        id="values that touch",
    ),
    pytest.param(
        """log_format main escape=json '$time_iso8601 $remote_addr '
           '"$request" $status "$sent_http_content_type"';""",
        '2025-10-10T13:55:36+02:00 198.51.100.7 "GET / HTTP/1.1" 200 "text/html"',
        {"client_ip": "198.51.100.7", "response_headers": (("content-type", "text/html"),)},
        id="a whole directive",
    ),
    pytest.param(
        '{"t":"$time_iso8601","m":"$request_method","u":"$uri$is_args$args","s":$status,"c":"${remote_addr}"}',
        '{"t":"2025-10-10T13:55:36+02:00","m":"GET","u":"/a?b=\\"c\\"","s":200,"c":"198.51.100.7"}',
        {"path": "/a", "query": 'b="c"', "client_ip": "198.51.100.7"},
        id="JSON by hand",
    ),
]


@pytest.mark.parametrize(("definition", "line", "expected"), READ)
def test_a_definition_reads_its_lines(definition: str, line: str, expected: dict[str, Any]) -> None:
    """The string that made a log reads it, with or without a syslog prefix."""
    known = line_format(definition)
    for carried in (line, f"Oct 10 13:55:36 web nginx: {line}"):
        assert known.recognise(carried) == 1
        found = known.start(())(carried)
        assert found
        assert {name: getattr(found, name) for name in expected} == expected
        assert found.time == MICROSECONDS


@pytest.mark.parametrize(
    ("definition", "position"),
    [
        ("", 0),
        ("hello", 0),
        ("$status $time_local", 0),
        ('"$request"', 0),
        ("%h %t", 0),
        ('$remote_addr$status "$request" $time_local', 12),
        ("$request" * 2_000, 8_192),
    ],
)
def test_an_unusable_definition_is_a_bad_question(definition: str, position: int) -> None:
    """What gives no request or time, or cannot be cut into values, is refused with the place of the fault."""
    with pytest.raises(BadQuestion) as refused:
        line_format(definition)
    assert refused.value.position == position


@pytest.mark.parametrize("line", ["", "x", f'198.51.100.7 [{TIME}] "GET / HTTP/1.1"', f'198.51.100.7 [{TIME}] "-" 0 -'])
def test_other_lines_are_rejected(line: str) -> None:
    """Lines of another shape are rejected."""
    known = line_format('$remote_addr [$time_local] "$request" $status $http_user_agent')
    with pytest.raises(RejectedLine):
        known.start(())(line)


def test_a_request_that_is_none_is_kept_when_it_was_answered() -> None:
    """A dash for a request is an event if the server gave a status."""
    found = line_format('$remote_addr [$time_local] "$request" $status').start(())(f'198.51.100.7 [{TIME}] "-" 400')
    assert found
    assert (found.method, found.path, found.status) == ("INVALID", "/", 400)
