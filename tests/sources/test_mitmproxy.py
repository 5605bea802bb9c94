"""mitmproxy's flow files."""

from __future__ import annotations

import gzip
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.errors import UnreadableSource
from apitrail.model.exchange import Exchange
from apitrail.sources import registry, tnetstring
from apitrail.sources.contract import Reject
from apitrail.sources.mitmproxy import MITMPROXY

pytestmark = pytest.mark.rows("L1")

BODY = gzip.compress(b"hello", mtime=0)


def dump(value: Any) -> bytes:
    """A value as a tagged netstring, written by the definition."""
    if isinstance(value, bool):
        return _tagged(b"true" if value else b"false", b"!")
    if isinstance(value, list):
        return _tagged(b"".join(map(dump, value)), b"]")
    if isinstance(value, dict):
        return _tagged(b"".join(dump(part) for pair in value.items() for part in pair), b"}")
    kinds = {bytes: b",", str: b";", int: b"#", float: b"^", type(None): b"~"}
    data = value if isinstance(value, bytes) else b"" if value is None else str(value).encode()
    return _tagged(data, kinds[type(value)])


def _tagged(data: bytes, kind: bytes) -> bytes:
    return b"%d:%b%b" % (len(data), data, kind)


def flow(**members: Any) -> dict[str, Any]:
    """An HTTP flow as recent versions write it."""
    return {
        "type": "http",
        "version": 20,
        "client_conn": {"peername": ["198.51.100.7", 4000]},
        "request": {
            "method": b"GET",
            "scheme": b"https",
            "host": "192.0.2.1",
            "port": 443,
            "path": b"/a?x=1",
            "http_version": b"HTTP/2.0",
            "headers": [[b":method", b"GET"], [b"Host", b"A.example"]],
            "content": b"",
            "timestamp_start": 1760097336.25,
        },
        "response": {
            "status_code": 200,
            "headers": [[b"Content-Encoding", b"gzip"]],
            "content": BODY,
            "timestamp_end": 1760097336.5,
        },
    } | members


def read(data: bytes) -> list[Exchange | Reject]:
    """Everything a file gives."""
    return list(MITMPROXY.read(io.BytesIO(data)))


def test_a_flow_is_an_exchange() -> None:
    """Host, client, times and the unpacked body are taken over."""
    assert read(dump(flow())) == [
        Exchange(
            method="GET",
            path="/a",
            query="x=1",
            host="a.example",
            time=1_760_097_336_250_000,
            client_ip="198.51.100.7",
            headers=(("host", "A.example"),),
            status=200,
            duration_ms=250.0,
            response_bytes=len(BODY),
            response_headers=(("content-encoding", "gzip"),),
            response_body=b"hello",
            scheme="https",
            version="HTTP/2.0",
        )
    ]


def test_an_old_flow_is_read() -> None:
    """The first versions had byte names, an address object and a version of two numbers."""
    old = {
        b"request": {
            b"method": b"GET",
            b"host": b"a.example",
            b"port": 8080,
            b"path": b"/",
            b"httpversion": [1, 1],
            b"timestamp_start": 1760097336,
        },
        b"response": {b"code": 404, b"content": b"x"},
        b"client_conn": {b"address": {b"address": [b"198.51.100.7", 1], b"use_ipv6": False}},
    }
    (found,) = read(dump(old))
    assert isinstance(found, Exchange)
    assert (found.host, found.client_ip, found.version, found.status) == (
        "a.example:8080",
        "198.51.100.7",
        "HTTP/1.1",
        404,
    )


def test_a_broken_body_stays_raw() -> None:
    """A body that is no gzip though its header says so is kept as it is."""
    broken = flow()["response"] | {"content": BODY[:-4]}
    (found,) = read(dump(flow(response=broken)))
    assert isinstance(found, Exchange)
    assert found.response_body == BODY[:-4]


@pytest.mark.parametrize(
    "other",
    [flow(type="tcp"), flow(request={}), [1], None, flow(request=flow()["request"] | {"timestamp_start": None})],
)
def test_what_is_no_http_flow_is_rejected(other: Any) -> None:
    """Other flows are rejected with their number, the next is read."""
    rejected, good = read(dump(other) + dump(flow()))
    assert isinstance(rejected, Reject)
    assert rejected.line == 1
    assert isinstance(good, Exchange)


@pytest.mark.parametrize("rest", [b"12", b"99:x,", b"x", b"3:abc?", b"1:1:", b"999999999999:", b"5:1:a,x}"])
def test_a_file_that_breaks_gives_what_came_before(rest: bytes) -> None:
    """The flows before the damage are read; without any the file is unreadable."""
    assert [type(one) for one in read(dump(flow()) + rest)] == [Exchange, Reject]
    with pytest.raises(UnreadableSource):
        read(rest)


def test_it_is_recognised() -> None:
    """A flow file is known by its first bytes."""
    assert registry.recognise(dump(flow())) is MITMPROXY


def test_nesting_is_bounded() -> None:
    """Lists in lists without end are damage, not a crash."""
    data = b"0:]"
    for _ in range(2_000):
        data = _tagged(data, b"]")
    with pytest.raises(tnetstring.DamagedError):
        list(tnetstring.read(io.BytesIO(data)))


plain = st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.binary() | st.text(st.characters(codec="utf-8"))


@given(
    st.recursive(
        plain,
        lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
        max_leaves=10,
    )
)
def test_what_is_dumped_is_read(value: Any) -> None:
    """Every value survives the way through a tagged netstring."""
    assert list(tnetstring.read(io.BytesIO(dump(value)))) == [value]
