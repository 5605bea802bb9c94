"""HAR documents, whole and broken."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from apitrail.errors import UnreadableSource
from apitrail.model.exchange import Exchange
from apitrail.sources import registry
from apitrail.sources.contract import DocumentFormat, Reject
from apitrail.sources.har import HAR

pytestmark = pytest.mark.rows("L1")

ENTRY: dict[str, Any] = {
    "startedDateTime": "2025-10-10T13:55:36.250+02:00",
    "time": 12.5,
    "serverIPAddress": "192.0.2.1",
    "request": {
        "method": "POST",
        "url": "https://A.example:443/v1/users?x=1#top",
        "httpVersion": "h2",
        "headers": [
            {"name": ":authority", "value": "a.example"},
            {"name": "Content-Type", "value": "application/json"},
        ],
        "postData": {"mimeType": "application/json", "text": '{"a":1}'},
        "bodySize": 7,
    },
    "response": {
        "status": 201,
        "headers": [{"name": "Content-Type", "value": "image/png"}],
        "content": {"size": 3, "mimeType": "image/png", "text": "/wAB", "encoding": "base64"},
        "bodySize": -1,
    },
}


def document(*entries: Any) -> bytes:
    """A HAR with these entries."""
    return json.dumps({"log": {"version": "1.2", "creator": {"name": "test"}, "entries": list(entries)}}).encode()


def read(data: bytes) -> list[Exchange | Reject]:
    """Everything a document gives."""
    return list(HAR.read(io.BytesIO(data)))


def request(**members: Any) -> dict[str, Any]:
    """An entry with nothing but a request."""
    return {"request": {"method": "GET", "url": "http://a.example/"} | members}


def test_an_entry_is_an_exchange() -> None:
    """Times, bodies, sizes and headers of an entry are taken over; pseudo headers and the server's address are not."""
    assert read(document(ENTRY)) == [
        Exchange(
            method="POST",
            path="/v1/users",
            query="x=1",
            host="a.example",
            time=1_760_097_336_250_000,
            headers=(("host", "a.example"), ("content-type", "application/json")),
            body=b'{"a":1}',
            status=201,
            duration_ms=12.5,
            request_bytes=7,
            response_bytes=3,
            response_headers=(("content-type", "image/png"),),
            response_body=b"\xff\x00\x01",
            scheme="https",
            version="HTTP/2",
        )
    ]


def test_it_is_recognised_with_and_without_a_mark() -> None:
    """A HAR is known by its first bytes, also behind a byte order mark and in one line."""
    for head in (document(ENTRY), b"\xef\xbb\xbf" + document(ENTRY), document(ENTRY)[:100]):
        assert registry.recognise(head) is HAR
    assert registry.recognise(b'{"log":"x\\n","stream":"stdout"}') is None


@pytest.mark.parametrize("keep", [1, 2])
def test_a_document_that_breaks_off_gives_what_came_before(keep: int) -> None:
    """The complete entries before the break are read; the broken one is rejected."""
    data = document(*[ENTRY] * 3)
    place = -1
    for _ in range(keep + 1):
        place = data.index(b'{"startedDateTime"', place + 1)
    found = read(data[: place + 50])
    assert [type(one) for one in found] == [Exchange] * keep + [Reject]


def test_a_wrapped_log_is_found() -> None:
    """Some tools put the log into an object of their own."""
    assert len(read(b'{"result": ' + document(ENTRY) + b"}")) == 1


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (1, "without request"),
        ({}, "without request"),
        (request(url=None), "without request"),
        (request(url="data:text/html,x"), "not an HTTP URL"),
        (request(url="wss://a.example/"), "not an HTTP URL"),
        (request(url="a.example"), "not an HTTP URL"),
        (request() | {"startedDateTime": "today"}, "time"),
    ],
)
def test_an_entry_that_cannot_be_read_is_rejected(entry: Any, reason: str) -> None:
    """It is rejected with its number and a reason, and the next one is read."""
    rejected, good = read(document(entry, ENTRY))
    assert isinstance(rejected, Reject)
    assert rejected.line == 1
    assert reason in rejected.reason
    assert isinstance(good, Exchange)


@pytest.mark.parametrize("data", [b"", b"{", b'{"log":[1]}', b'{"log":{}}', b"\x00\xff", b"[" * 100_000])
def test_nothing_readable_is_unreadable(data: bytes) -> None:
    """A document without any list of entries is refused as a whole."""
    with pytest.raises(UnreadableSource):
        read(data)


def test_no_entries_is_an_empty_document() -> None:
    """An archive of nothing is fine."""
    assert read(document()) == []


@pytest.mark.parametrize(
    ("members", "body"),
    [
        (
            {
                "postData": {
                    "mimeType": "application/x-www-form-urlencoded",
                    "params": [{"name": "a b", "value": "c&d"}],
                }
            },
            b"a+b=c%26d",
        ),
        ({"postData": {"text": "/wA=", "encoding": "base64"}}, b"\xff\x00"),
        ({"postData": {"text": "raw", "params": [{"name": "a"}]}}, b"raw"),
        (
            {
                "postData": {
                    "mimeType": "multipart/form-data; boundary=X",
                    "params": [{"name": "f", "value": "1", "fileName": "a.txt"}],
                }
            },
            b'--X\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\n1\r\n--X--\r\n',
        ),
        ({"postData": None}, b""),
        ({"postData": {"params": [1, {"name": None}]}}, b"="),
    ],
)
def test_a_body_is_put_together(members: dict[str, Any], body: bytes) -> None:
    """Text, base64 and lists of parameters become the bytes that were sent."""
    (found,) = read(document(request(**members)))
    assert isinstance(found, Exchange)
    assert found.body == body


def test_a_query_may_stand_apart_and_a_time_may_be_missing() -> None:
    """A query that is only a list is joined; without a start the time is not known."""
    (found,) = read(document(request(queryString=[{"name": "a[]", "value": "b c"}, {"name": "\ud800"}])))
    assert isinstance(found, Exchange)
    assert found.query == "a[]=b%20c&%ED%A0%80="
    assert found.time == 0


def test_documents_say_that_they_are_documents() -> None:
    """HAR is read front to back by one process."""
    assert isinstance(registry.by_name("har"), DocumentFormat)
