"""The `scan` command: attacks in exchange records, one answer a line, without a store."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from apitrail.errors import RejectedLine, UnreadableSource
from apitrail.inspect.attacks.detecting import findings
from apitrail.inspect.endpoints import template
from apitrail.inspect.headers import read_headers
from apitrail.inspect.identity import Identifier
from apitrail.inspect.masking import mask_path
from apitrail.inspect.mcp import mcp_call
from apitrail.inspect.points.extracting import Reading
from apitrail.model.request import session_hex
from apitrail.sources.ndjson import NDJSON

SECRET = b"apitrail scan, which keeps nothing"
"""The key of the session ids of a scan: the same in every run, since no store has one of its own."""


def scan(file: str) -> int:
    """Print an answer for each line of a file of records, or of standard input for `-`; the exit code."""
    read = failed = 0
    for number, line in enumerate(_lines(file), 1):
        if not line.strip():
            continue
        read += 1
        try:
            answer = answer_to(line, number)
        except RejectedLine as reason:
            failed += 1
            print(f"{file}:{number}: {reason}", file=sys.stderr)
            answer = {"id": str(number), "attacks": [], "error": str(reason)}
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
    sys.stdout.flush()
    return int(bool(read) and failed == read)


def _lines(file: str) -> Iterator[str]:
    try:
        with contextlib.nullcontext(sys.stdin.buffer) if file == "-" else Path(file).open("rb") as stream:
            for raw in stream:
                yield raw.decode("utf-8", "surrogateescape")
    except OSError as error:
        raise UnreadableSource(file, error.strerror or str(error)) from None


def answer_to(line: str, number: int) -> dict[str, Any]:
    """What is found in one record: its attacks, its endpoint, its session; RejectedLine when it is no record."""
    exchange = _parse(line)
    if exchange is None:
        raise RejectedLine("not an exchange record")
    reading = Reading(exchange, read_headers(exchange.headers))
    identity = _identifier.say(reading, mcp_call(reading).server).identity
    return {
        "id": exchange.id or str(number),
        "attacks": list(_attacks(reading)),
        "endpoint": template(mask_path(exchange.path)),
        "session": {"id": session_hex(identity.session_id), "key": identity.key},
    }


def _attacks(reading: Reading) -> Iterable[dict[str, Any]]:
    for one in findings(reading):
        found = one._asdict()
        yield {name: _sayable(value) if isinstance(value, str) else value for name, value in found.items()}


def _sayable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


_parse = NDJSON.start(())
_identifier = Identifier(SECRET)
