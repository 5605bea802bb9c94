"""The exchange record: what is written on the wire."""

from __future__ import annotations

import base64
import json

from apitrail.model.exchange import Exchange, Verdict
from apitrail.model.record import encode, to_record


def test_the_least_exchange_is_method_and_url() -> None:
    """What the source did not say is not written."""
    assert to_record(Exchange(method="GET", path="/a")) == {"method": "GET", "url": "/a"}


def test_a_full_exchange_is_one_line_of_json() -> None:
    """Every member has its place, and times keep their microseconds."""
    exchange = Exchange(
        method="POST",
        path="/a%2Fb",
        query="x=%27",
        host="api.example",
        scheme="https",
        time=1_780_000_000_000_001,
        id="1",
        client_ip="203.0.113.7",
        headers=(("host", "api.example"),),
        body="ü".encode(),
        status=200,
        duration_ms=12.5,
        request_bytes=0,
        response_bytes=3,
        response_body=b"\xff\x00",
        verdicts=(Verdict("sqli", "942100"),),
        blocked=True,
    )
    line = encode(exchange)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    record = json.loads(line)
    assert record["url"] == "https://api.example/a%2Fb?x=%27"
    assert record["time"] == "2026-05-28T20:26:40.000001Z"
    assert record["headers"] == [["host", "api.example"]]
    assert record["body"] == "ü"
    assert base64.b64decode(record["response_body_base64"]) == b"\xff\x00"
    assert (record["request_bytes"], record["response_bytes"], record["status"]) == (0, 3, 200)
    assert record["verdicts"][0]["type"] == "sqli"
    assert record["blocked"] is True
    assert "application" not in record
