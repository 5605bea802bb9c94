"""Golden pairs: `golden/<format>.log` read with that format gives `golden/<format>.json`; see `golden/README.md`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from apitrail.errors import RejectedLine
from apitrail.model.exchange import Exchange
from apitrail.sources import registry
from apitrail.sources.contract import LineFormat, ParseLine

pytestmark = pytest.mark.rows("L1")

GOLDEN = Path(__file__).parent / "golden"
LOGS = sorted(GOLDEN.glob("*.log"))
_DEFAULTS = msgspec.json.decode(msgspec.json.encode(Exchange(method="", path="")))


def plain(found: Exchange) -> dict[str, Any]:
    """What an exchange says, without what it leaves open."""
    said = msgspec.json.decode(msgspec.json.encode(found))
    return {name: value for name, value in said.items() if value != _DEFAULTS[name]}


def read(log: Path) -> list[Any]:
    """Each line of a log as its exchange, or as the reason why it is none; header lines are left out."""
    known = registry.by_name(log.stem)
    assert isinstance(known, LineFormat)
    headers: list[str] = []
    parse = known.start(())
    found: list[Any] = []
    for line in log.read_text().splitlines():
        if known.header and known.header.match(line):
            headers.append(line)
            parse = known.start(headers)
        found.append(_one(parse, line))
    return [one for one in found if one is not None]


def _one(parse: ParseLine, line: str) -> dict[str, Any] | str | None:
    try:
        exchange = parse(line)
    except RejectedLine as reason:
        return f"rejected: {reason}"
    return plain(exchange) if exchange else None


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.stem)
def test_a_log_gives_what_was_checked_by_hand(log: Path) -> None:
    """Every line gives exactly the exchange, or the refusal, that stands beside it."""
    assert read(log) == json.loads(log.with_suffix(".json").read_text())


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.stem)
def test_a_log_is_recognised(log: Path) -> None:
    """The bytes of each log are recognised as its own format, also when they break off in the next line."""
    data = log.read_bytes()
    for head in (data, data + data[:20], b"\xef\xbb\xbf" + data):
        found = registry.recognise(head)
        assert found
        assert found.name == log.stem


def test_every_line_format_has_a_golden_pair() -> None:
    """A format without a golden pair is not finished."""
    assert {known.name for known in registry.LINE_FORMATS} == {log.stem for log in LOGS}
