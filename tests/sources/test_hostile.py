"""Nothing that comes in makes a parser do anything but return or raise RejectedLine."""

from __future__ import annotations

import io
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apitrail.errors import RejectedLine, UnreadableSource
from apitrail.model.exchange import Exchange
from apitrail.sources import registry, template
from apitrail.sources.contract import DocumentFormat, LineFormat, Reject
from timing import cost

CUSTOM = template.line_format('$remote_addr - $remote_user [$time_local] "$request" $status $http_user_agent $request_time')
LINE_FORMATS = (*registry.LINE_FORMATS, CUSTOM)
SAMPLES = [sample for known in registry.LINE_FORMATS for sample in known.samples]
PIECES = [
    '"',
    "\\",
    "\\x",
    "{",
    "}",
    "[",
    "]",
    "\0",
    "\udc80",
    "%",
    " ",
    "\t",
    "-",
    "999999999999999999999",
    "٣",
    "∞",
    "#Fields: ",
    "\r",
]
SLOW_SECONDS = 1.0

texts = st.text(st.characters(), max_size=300)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3),
)


@st.composite
def spoiled(draw: st.DrawFn) -> str:
    """A good line with a stretch of it replaced by something else."""
    line = draw(st.sampled_from(SAMPLES))
    start = draw(st.integers(0, len(line)))
    end = draw(st.integers(start, min(len(line), start + 30)))
    return line[:start] + draw(st.sampled_from(PIECES) | st.text(max_size=5)) + line[end:]


@st.composite
def mistyped(draw: st.DrawFn) -> str:
    """A good JSON line with one member, at any depth, of another type."""
    record = msgspec.json.decode(
        draw(st.sampled_from([sample for sample in SAMPLES if sample[0] == "{" and "\\x" not in sample]))
    )
    inner: Any = record
    while True:
        key = draw(st.sampled_from(sorted(inner)))
        if not isinstance(inner[key], dict) or not inner[key] or draw(st.booleans()):
            break
        inner = inner[key]
    inner[key] = draw(values)
    return msgspec.json.encode(record).decode("utf-8", "backslashreplace")


def check(known: LineFormat, line: str) -> None:
    """Recognise and parse a line, which may only be refused."""
    assert 0 <= known.recognise(line) <= 1
    try:
        found = known.start(())(line)
    except RejectedLine:
        return
    assert found is None or (found.method and found.path and 0 <= found.status < 1_000 and found.time >= 0)


@pytest.mark.parametrize("known", LINE_FORMATS, ids=lambda known: known.name)
@given(line=texts | spoiled() | mistyped())
@settings(max_examples=120, deadline=None)
def test_a_line_is_read_or_rejected(known: LineFormat, line: str) -> None:
    """Any text, any spoiled sample and any JSON member of a wrong type is read or rejected."""
    check(known, line)


@given(line=texts | spoiled() | mistyped())
@settings(max_examples=200, deadline=None)
def test_recognition_and_fallback_never_fail(line: str) -> None:
    """Recognising bytes and looking for a reader of a stray line have no other way to fail than saying no."""
    registry.recognise(line.encode("utf-8", "surrogatepass"))
    found = registry.any_line(line)
    assert found is None or isinstance(found, Exchange)


@pytest.mark.parametrize("known", registry.DOCUMENT_FORMATS, ids=lambda known: known.name)
@given(
    data=st.binary(max_size=300)
    | values.map(lambda value: msgspec.json.encode({"log": {"entries": [value, {"request": value}]}}))
)
@settings(max_examples=200, deadline=None)
def test_a_document_is_read_or_unreadable(known: DocumentFormat, data: bytes) -> None:
    """Any bytes give exchanges and rejects, or the document is unreadable."""
    assert 0 <= known.recognise(data) <= 1
    try:
        assert all(isinstance(found, (Exchange, Reject)) for found in known.read(io.BytesIO(data)))
    except UnreadableSource:
        return


@pytest.mark.parametrize("known", LINE_FORMATS, ids=lambda known: known.name)
@pytest.mark.parametrize(
    "line",
    [
        '"' * 50_000,
        '\\"' * 30_000,
        "[" * 50_000,
        "1.2.3.4 - - [" + " " * 60_000,
        '1.2.3.4 - - [10/Oct/2025:13:55:36 +0200] "GET /' + '"a ' * 20_000 + '" 200',
        "<1>1 - h a - - [" + '"a' * 30_000,
        '{"log":"' + '\\"' * 30_000,
        "{" * 30_000,
        '{"a":' * 20_000,
        "a=" * 30_000,
        '1.2.3.4 - - [10/Oct/2025:13:55:36 +0200] "GET / HTTP/1.1" 200 1 "-" "-" ' + "a:" * 30_000,
        '1.2.3.4 - - [10/Oct/2025:13:55:36 +0200] "GET / HTTP/1.1" 200 1 "-" "-" ' + '["' * 30_000,
        "<Event " + '<Data Name="a">' * 5_000,
        "1:1 " * 20_000,
        "haproxy: " * 10_000,
        "2025-10-10T11:55:36Z " * 5_000,
        "10.0.0.1:1 [04/Apr/2025:14:30:18.885] f b 0/0/0/0/0 200 1 - - ---- 1/1/1/1/0 0/0 " + "{a " * 20_000,
    ],
    ids=lambda line: line[:12],
)
def test_a_long_line_costs_little(known: LineFormat, line: str) -> None:
    """Lines made to let patterns run wild are answered in well under a second."""
    assert cost(lambda: check(known, line), below=SLOW_SECONDS) < SLOW_SECONDS
