"""Bytes that are no text, in lines and in JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.model.exchange import Exchange
from apitrail.sources import registry
from apitrail.sources.contract import LineFormat
from apitrail.sources.texts import valid_escapes, without_surrogates

LINE = b'198.51.100.7 - - [10/Oct/2025:13:55:36 +0200] "GET /caf\xc3\xa9/\xff?x=\xfe HTTP/1.1" 200 1 "-" "a\xffb"'


def read(name: str, line: str) -> Exchange:
    """The exchange of a line."""
    known = registry.by_name(name)
    assert isinstance(known, LineFormat)
    found = known.start(())(line)
    assert found
    return found


@pytest.mark.parametrize("errors", ["surrogateescape", "backslashreplace"])
def test_stray_bytes_are_written_out(errors: str) -> None:
    """However the caller decoded a line, its stray bytes end up as the same text, and the rest is intact."""
    found = read("combined", LINE.decode("utf-8", errors))
    assert (found.path, found.query) == ("/café/\\xff", "x=\\xfe")
    assert found.headers == (("user-agent", "a\\xffb"),)


@pytest.mark.parametrize("ascii_only", [True, False])
def test_json_with_stray_bytes_is_read(ascii_only: bool) -> None:
    """Records whose writer let undecodable bytes into JSON are read, escaped or not."""
    line = json.dumps({"method": "GET", "url": "/?x=\udcff\U0001f600\\udc80", "body": "\udc80"}, ensure_ascii=ascii_only)
    found = read("ndjson", line)
    assert found.query == "x=\\xff\U0001f600\\udc80"
    assert found.body == b"\\x80"


def test_nginx_escapes_in_json_are_undone() -> None:
    """What nginx escapes its own way inside JSON comes back as the client sent it."""
    line = r'{"time_iso8601":"2025-10-10T11:55:36Z","request_uri":"/caf\xC3\xA9?q=\x22a\x22","status":200,"remote_addr":-}'
    found = read("nginx-json", line)
    assert (found.path, found.query) == ("/café", 'q="a"')


@given(st.text())
def test_text_stays_text(text: str) -> None:
    """Text without stray bytes is not touched."""
    assert without_surrogates(text) == text
    assert json.loads(valid_escapes(json.dumps(text))) == text
