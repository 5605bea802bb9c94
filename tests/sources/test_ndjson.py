"""The project's own record."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.errors import RejectedLine
from apitrail.sources.ndjson import parse

TIMES = [
    "2026-05-29T08:31:40.123Z",
    "2026-05-29T10:31:40.123+02:00",
    "2026-05-29T08:31:40.123",
    1780043500.123,
    1780043500123,
    "1780043500.123",
]


def record(**members: Any) -> str:
    """A record with these members beside the required ones."""
    return json.dumps({"method": "GET", "url": "/"} | members)


@pytest.mark.parametrize("written", TIMES)
def test_a_time_is_a_text_or_a_number(written: str | float) -> None:
    """ISO text in any zone, seconds and milliseconds are the same moment."""
    assert parse(record(time=written)).time == 1_780_043_500_123_000


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://A.Example/x?y=1#z", ("https", "a.example", "/x", "y=1")),
        ("http://a.example:80/", ("http", "a.example", "/", "")),
        ("https://a.example:8443?y", ("https", "a.example:8443", "/", "y")),
        ("https://bob:secret@a.example/", ("https", "a.example", "/", "")),
        ("https://[2001:db8::7]:443/x", ("https", "[2001:db8::7]", "/x", "")),
        ("/x?y=http://b.example/", ("", "from.header", "/x", "y=http://b.example/")),
        ("*", ("", "from.header", "*", "")),
        ("", ("", "from.header", "/", "")),
    ],
)
def test_a_url_is_absolute_or_relative(url: str, expected: tuple[str, str, str, str]) -> None:
    """Host and scheme come from an absolute URL; from the Host header otherwise."""
    found = parse(record(url=url, headers=[["Host", "From.Header"]]))
    assert (found.scheme, found.host, found.path, found.query) == expected


@pytest.mark.parametrize(
    "members",
    [
        {"method": 1},
        {"method": ""},
        {"method": "G" * 65},
        {"url": None},
        {"headers": "a"},
        {"headers": [["a"]]},
        {"headers": {"a": 1}},
        {"status": "200"},
        {"status": 1000},
        {"status": -1},
        {"duration_ms": "1"},
        {"duration_ms": -1},
        {"request_bytes": 1.5},
        {"response_bytes": 1 << 70},
        {"body": {}},
        {"body_base64": "%%%"},
        {"response_body_base64": "a"},
        {"time": []},
        {"time": "noon"},
        {"time": "2026-02-30T00:00:00Z"},
        {"client_ip": 1},
        {"id": 1.5},
    ],
)
def test_a_wrong_member_is_named(members: dict[str, Any]) -> None:
    """A member of a wrong type or size rejects the record with the member's name."""
    with pytest.raises(RejectedLine, match=next(iter(members))):
        parse(record(**members))


def test_nothing_but_method_and_url_is_required() -> None:
    """A record may say as little as that, and null for anything else."""
    names = ["id", "time", "client_ip", "headers", "body", "status", "duration_ms", "response_body", "user", "source"]
    assert parse(record(**dict.fromkeys(names))) == parse(record())


@given(body=st.binary(), text=st.text(), status=st.integers(0, 999), pairs=st.lists(st.tuples(st.text(), st.text())))
def test_what_is_written_is_read(body: bytes, text: str, status: int, pairs: list[tuple[str, str]]) -> None:
    """Bodies, headers and status survive the way through a record."""
    found = parse(
        record(
            body_base64=base64.b64encode(body).decode(),
            response_body=text.encode("utf-8", "ignore").decode(),
            status=status,
            headers=[
                [name.encode("utf-8", "ignore").decode(), value.encode("utf-8", "ignore").decode()] for name, value in pairs
            ],
        )
    )
    assert found.body == body
    assert found.response_body == text.encode("utf-8", "ignore")
    assert found.status == status
    assert len(found.headers) == len(pairs)
