"""Formats by name, by their samples, and readers for stray lines."""

from __future__ import annotations

import gzip

import pytest

from apitrail.errors import BadQuestion
from apitrail.model.exchange import Exchange
from apitrail.sources import registry
from apitrail.sources.contract import LineFormat
from apitrail.sources.ndjson import NDJSON

SAMPLES = [(known, sample) for known in registry.LINE_FORMATS for sample in known.samples]
COMBINED = '198.51.100.7 - - [10/Oct/2025:13:55:36 +0200] "GET /v1 HTTP/1.1" 200 512 "-" "curl/8.5.0"'
CADDY = registry.LINE_FORMATS[5].samples[0]
SSHD = "Oct 10 13:55:36 web sshd[12]: Failed password for root from 198.51.100.7 port 22 ssh2"


@pytest.mark.parametrize(("known", "sample"), SAMPLES, ids=lambda part: getattr(part, "name", ""))
def test_a_format_reads_its_samples(known: LineFormat, sample: str) -> None:
    """Each sample of each format is read, and its bytes are recognised as that format."""
    found = known.start(())(sample)
    assert isinstance(found, Exchange)
    recognised = registry.recognise(sample.encode() + b"\n")
    assert recognised
    assert recognised.name == known.name


def test_every_format_has_samples_a_title_and_a_name_of_its_own() -> None:
    """Formats carry what proves and names them."""
    assert all(known.samples for known in registry.LINE_FORMATS)
    assert all(known.title for known in registry.FORMATS)
    assert len({known.name for known in registry.FORMATS}) == len(registry.FORMATS)


def test_a_format_is_found_by_name() -> None:
    """The name that is printed is the name that is taken."""
    assert all(registry.by_name(known.name) is known for known in registry.FORMATS)


@pytest.mark.parametrize(
    ("asked", "near"), [("ngnix-json", "nginx-json"), ("CADDY", "caddy"), ("combind", "combined"), ("€", None)]
)
def test_an_unknown_name_gets_the_nearest(asked: str, near: str | None) -> None:
    """A wrong name is answered with the most similar right one, if there is any."""
    with pytest.raises(BadQuestion) as refused:
        registry.by_name(asked)
    assert refused.value.suggestion == near


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"hello\nworld\n", SSHD.encode(), b"{}\n", b"\x00\xff" * 100, gzip.compress(b"x")]
)
def test_what_is_no_traffic_is_not_recognised(data: bytes) -> None:
    """Prose, other programs' logs, and bytes of anything else belong to no format."""
    assert registry.recognise(data) is None


def test_lines_nobody_reads_do_not_count() -> None:
    """A few access lines among many others decide."""
    found = registry.recognise("\n".join([*[SSHD] * 30, COMBINED, SSHD]).encode())
    assert found
    assert found.name == "combined"


def test_the_most_frequent_format_wins() -> None:
    """In a mixed source the format of most lines is the source's."""
    found = registry.recognise(f"{CADDY}\n{COMBINED}\n{COMBINED}\n{COMBINED}".encode())
    assert found
    assert found.name == "combined"


@pytest.mark.parametrize("line", [sample for _, sample in SAMPLES if not sample.startswith("#")])
def test_a_stray_line_is_read_by_the_format_that_knows_it(line: str) -> None:
    """Any sample is read without anybody naming its format."""
    assert registry.any_line(line)


@pytest.mark.parametrize(
    "line",
    ["", SSHD, "{}", "#Fields: date time", '2025/12/01 13:53:33 [error] 31#31: *46 x, request: "GET / HTTP/1.1"'],
)
def test_a_line_of_nobody_is_none(line: str) -> None:
    """A line that is no request stays unread."""
    assert registry.any_line(line) is None


def test_a_record_that_is_longer_than_the_sample_is_recognised() -> None:
    """A file whose first record has a header of 1 MB is still a file of records."""
    head = b'{"method":"GET","url":"https://a.example/","headers":[["x","' + b"y" * (1 << 20)
    found = registry.recognise(head)
    assert found is NDJSON
    assert registry.recognise(b"y" * (1 << 20)) is None
