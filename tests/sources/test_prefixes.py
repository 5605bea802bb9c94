"""Lines that syslog, containers and JSON loggers carry."""

from __future__ import annotations

import json

import pytest

from apitrail.errors import RejectedLine
from apitrail.sources import registry
from apitrail.sources.contract import LineFormat
from apitrail.sources.prefixes import layers, peel

PREFIXES = [
    "Oct 10 13:55:36 web1 nginx: ",
    "Oct  1 13:55:36 nginx[12]: ",
    "<190>Oct 10 13:55:36 web1 nginx: ",
    "<134>1 2025-10-10T13:55:36.003Z web1 nginx 12 - - ",
    '<134>1 2025-10-10T13:55:36.003Z web1 nginx 12 ID47 [ex@32473 a="b]\\"" c="d"] ',
    "2025-10-10T13:55:36.613304+00:00 web1 nginx[12]: ",
    "2025-10-10T13:55:36.123456789Z stdout F ",
    "2025-10-10T13:55:36.123456789Z ",
    "2025-10-10T13:55:36+00:00\tdocker.abc\t",
    "web_1  | ",
    "web-1  | 2025-10-10T13:55:36.123456789Z ",
    "\x1b[36mweb_1  |\x1b[0m ",
    "[pod/web-1/nginx] ",
]
INNER = [known.samples[0] for known in registry.LINE_FORMATS]


def docker(line: str) -> str:
    """A line as docker's json-file driver keeps it."""
    return json.dumps({"log": line + "\n", "stream": "stdout", "time": "2025-10-10T11:55:36.1Z"})


def shipped(line: str) -> str:
    """A line as log shippers send it on."""
    return json.dumps({"@timestamp": "2025-10-10T11:55:36.1Z", "message": line, "agent": {"name": "x"}})


@pytest.mark.parametrize("inner", INNER, ids=[known.name for known in registry.LINE_FORMATS])
@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_carried_line_is_recognised_and_read(prefix: str, inner: str) -> None:
    """Every prefix may stand before every format, alone and inside docker's or a shipper's JSON."""
    for line in (prefix + inner, docker(prefix + inner), docker(inner), shipped(inner)):
        known = registry.recognise(line.encode())
        assert isinstance(known, LineFormat)
        assert known.start(())(line) == known.start(())(inner)


@pytest.mark.parametrize(
    "line", ["", "{", "{}", "GET / HTTP/1.1", '{"message":1}', '{"message":"\\ud800"}', "2025-10-10", "<13>"]
)
def test_a_line_without_prefix_stays(line: str) -> None:
    """What has no prefix is the line itself."""
    assert peel(line) is line
    assert layers(line) == [line]


def test_layers_end() -> None:
    """However often a line is wrapped, only a few layers are taken off."""
    assert len(layers("<1>" * 100 + "x")) < 10


def test_the_reason_is_that_of_the_line_that_was_meant() -> None:
    """A refused line in a container's log is refused for what is wrong with it, not for its wrapping."""
    parse = registry.by_name("combined").start(())  # type: ignore[union-attr]
    with pytest.raises(RejectedLine, match="time"):
        parse(docker('198.51.100.7 - - [31/Feb/2025:13:55:36 +0200] "GET / HTTP/1.1" 200 5'))
