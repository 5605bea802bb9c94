"""Every place of a request from which an application reads a text is looked at, as the most lenient of them reads it (A1.1)."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from typing import Any

import pytest
from tests.pointing import FORM, JSON, XML, multipart, reading

from apitrail.inspect.attacks.values import Value, look
from apitrail.model.exchange import Exchange, Header

pytestmark = pytest.mark.rows("A1.1")


def seen(**members: Any) -> dict[str, Value]:
    """The values of a request by their texts."""
    exchange = Exchange(**{"method": "POST", "path": "/", **members})
    return {value.text: value for value in look(reading(exchange)).values}


FILES, FILE_HEADERS = multipart(("a;x y.php", b"content of it"), ("b c", b"1"))
TEXT = "it's <b>"


@pytest.mark.parametrize(
    ("members", "text", "point", "is_name"),
    [
        ({"method": "GET<x>"}, "GET<x>", "request.method", False),
        ({"path": "/a/%2e%2e%2fb"}, "../b", "request.path[1]", False),
        ({"query": "a=it%27s"}, "it's", "request.query.a", False),
        ({"query": "it%27s=1"}, "it's", "request.query.it's", True),
        ({"host": "a'b"}, "a'b", "request.host", False),
        ({"headers": (("x-a", TEXT),)}, TEXT, "request.header.X-A", False),
        ({"headers": (("x-a", "1"), ("x-a", TEXT))}, TEXT, "request.header.X-A", False),
        ({"headers": (("x<a", "1"),)}, "x<a", "request.header.X<A", True),
        ({"headers": (("cookie", "a=it's"),)}, "it's", "request.cookie.a", False),
        ({"headers": (("cookie", "it's=1"),)}, "it's", "request.cookie.it's", True),
        ({"headers": JSON, "body": b'{"a":["it\'s"]}'}, "it's", "request.body.json.a[0]", False),
        ({"headers": JSON, "body": b'{"a":{"it\'s":1}}'}, "it's", "request.body.json.a.it's", True),
        ({"headers": FORM, "body": b"a=it%27s"}, "it's", "request.body.form.a", False),
        ({"headers": FORM, "body": b"a=" + b"b" * 70_000 + b"&c=it's"}, "it's", "request.body.form.c", False),
        ({"headers": XML, "body": b"<a><b c='x y'>it's</b></a>"}, "it's", "request.body.xml.a.b", False),
        ({"headers": XML, "body": b"<a><b c='x y'>it's</b></a>"}, "x y", "request.body.xml.a.b.@c", False),
        ({"headers": FILE_HEADERS, "body": FILES}, "content of it", "request.body.multipart.a", False),
        ({"headers": FILE_HEADERS, "body": FILES}, "x y.php", "request.body.multipart.a", True),
        ({"headers": FILE_HEADERS, "body": FILES}, "b c", "request.body.multipart.b c", True),
        ({"body": b"it's"}, "it's", "request.body", False),
    ],
)
def test_a_value_is_seen_at_its_point(members: dict[str, Any], text: str, point: str, is_name: bool) -> None:
    """Values and names of every place come with the point at which they stand."""
    value = seen(**members)[text]
    assert (value.point, value.is_name) == (point, is_name)


@pytest.mark.parametrize(
    "escaped",
    ["it%27s %3Cb%3E", "it%u0027s %u003cb%u003e", "it%2527s %253Cb%253E", "it&#39;s &lt;b&gt;", "it\\u0027s \\x3cb>",
     "it\u200b's <b>", "it's \uff1cb\uff1e", base64.b64encode(TEXT.encode() * 3).decode(),
     base64.b64encode(gzip.compress(TEXT.encode() * 3)).decode()],
)  # fmt: skip
def test_escapes_are_taken_off(escaped: str) -> None:
    """A text that some application decodes is seen as it is written and as it is decoded."""
    texts = seen(headers=JSON, body=json.dumps({"a": escaped}).encode())
    assert any(text.startswith(TEXT) for text in texts)


def test_overlong_forms_are_read_as_lenient_decoders_read_them() -> None:
    """Dots and slashes in more bytes than they need are dots and slashes, in a path and in a body."""
    assert "/../x" in seen(path="/%c0%ae%c0%ae/x")
    assert "a /../x" in seen(body=b"a /\xc0\xae\xc0\xae/x")
    assert "/../x y" in seen(headers=JSON, body=b'{"a":"/\xc0\xae\xc0\xae/x y"}')


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_bodies_in_other_encodings_are_read(encoding: str) -> None:
    """JSON, XML and forms in UTF-16, with a mark or without, and UTF-8 behind a mark."""
    assert TEXT in seen(headers=JSON, body=json.dumps({"a": TEXT}).encode(encoding))
    assert TEXT in seen(body=json.dumps({"a": TEXT}).encode(encoding))
    assert "it's" in seen(headers=XML, body="<a>it's</a>".encode(encoding))
    assert "it's" in seen(headers=FORM, body=b"a=it%27s".decode().encode(encoding))


def test_bytes_that_are_no_text_hide_nothing_around_them() -> None:
    """Invalid UTF-8 in a body is replaced, and the rest is taken apart as ever."""
    assert "it's \ufffd" in seen(headers=JSON, body=b'{"a":"it\'s \xff"}')
    assert any("it's" in text for text in seen(headers=FORM, body=b"a=it's+\xff"))


@pytest.mark.parametrize("name", ["gzip", "x-gzip", "deflate", ""])
def test_packed_bodies_are_unpacked(name: str) -> None:
    """gzip, zlib and bare deflate, as the header says or as the first bytes tell."""
    body = json.dumps({"a": TEXT}).encode()
    headers: tuple[Header, ...] = (*JSON, ("content-encoding", name)) if name else JSON
    bare = zlib.compressobj(wbits=-15)
    packed = [gzip.compress(body)] if name != "deflate" else [zlib.compress(body), bare.compress(body) + bare.flush()]
    for one in packed:
        assert seen(headers=headers, body=one)[TEXT].point == "request.body.json.a"
