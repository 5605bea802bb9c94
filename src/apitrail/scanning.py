"""The `scan` command: attacks in exchange records, one answer a line, without a store."""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import msgspec

from apitrail.errors import RejectedLine, UnreadableSource
from apitrail.inspect.attacks.detecting import detect
from apitrail.inspect.attacks.matching import matcher
from apitrail.inspect.endpoints import template
from apitrail.inspect.headers import read_headers
from apitrail.inspect.identity import Identifier
from apitrail.inspect.masking import mask_path
from apitrail.inspect.mcp import mcp_call
from apitrail.inspect.points.extracting import Reading
from apitrail.model.texts import json_line
from apitrail.sources.ndjson import NDJSON

SECRET = b"apitrail scan, which keeps nothing"
"""The key of the session ids of a scan: the same in every run, since no store has one of its own."""
GARBAGE = 50_000
"""Objects that are made between two looks for garbage: a scan makes many that die at once, and hardly a cycle."""
SHARED_BYTES = 500_000
"""Bytes of a file from which on each core takes a piece of it."""
PROCESSES_LIMIT = 16
"""Processes that share a file."""


class Piece(NamedTuple):
    """A piece of a file of whole lines, from a byte to a byte, and the number of its first line."""

    start: int
    end: int
    number: int


class Counted(NamedTuple):
    """How many lines were read, and how many of them were no records."""

    read: int = 0
    failed: int = 0


def scan(file: str) -> int:
    """Print an answer for each line of a file of records, or of standard input for `-`; the exit code."""
    gc.freeze()
    gc.set_threshold(GARBAGE)
    out, errors = sys.stdout.buffer, sys.stderr.buffer
    counted = [_answered(file, _read(file, sys.stdin.buffer), 1, out, errors)] if file == "-" else _by_pieces(file, out, errors)
    out.flush()
    read, failed = sum(one.read for one in counted), sum(one.failed for one in counted)
    return int(bool(read) and failed == read)


def _by_pieces(file: str, out: IO[bytes], errors: IO[bytes]) -> list[Counted]:
    """The answers of a file, of which this process takes the first piece and others the rest; in the order of the lines."""
    with _opened(file) as stream:
        first, *others = _pieces(stream)
        if others:
            matcher()
        helpers = [_Helper(file, piece) for piece in others]
        if others:
            stream.seek(first.start)
        counted = [_answered(file, _read(file, _lines(stream, first)), first.number, out, errors)]
    return [*counted, *(helper.told(out, errors) for helper in helpers)]


def _opened(file: str) -> IO[bytes]:
    try:
        return Path(file).open("rb")
    except OSError as error:
        raise UnreadableSource(file, error.strerror or str(error)) from None


def _read(file: str, lines: Iterable[bytes]) -> Iterator[bytes]:
    """Lines as they are read; UnreadableSource when that fails."""
    try:
        yield from lines
    except OSError as error:
        raise UnreadableSource(file, error.strerror or str(error)) from None


def _pieces(stream: IO[bytes]) -> list[Piece]:
    """A file in pieces of whole lines: one for each core, or only one when it is small or no file on a disk."""
    size = os.fstat(stream.fileno()).st_size if stream.seekable() else 0
    count = min(os.cpu_count() or 1, PROCESSES_LIMIT, size // SHARED_BYTES + 1) if hasattr(os, "fork") else 1
    pieces, start, number = [], 0, 1
    for at in range(1, count):
        stream.seek(max(start, size * at // count))
        stream.readline()
        end = stream.tell()
        pieces.append(Piece(start, end, number))
        number += _count_lines(stream, start, end)
        start = end
    return [*pieces, Piece(start, size, number)]


def _count_lines(stream: IO[bytes], start: int, end: int) -> int:
    stream.seek(start)
    count = 0
    while start < end:
        block = stream.read(min(1 << 20, end - start))
        count += block.count(b"\n")
        start += len(block) or end
    return count


def _lines(stream: IO[bytes], piece: Piece) -> Iterator[bytes]:
    """The lines of a piece; of what is no file on a disk, all."""
    if not piece.end:
        yield from stream
        return
    left = piece.end - piece.start
    for line in stream:
        if left <= 0:
            return
        left -= len(line)
        yield line


class _Helper:
    """A process of its own that answers a piece of a file."""

    def __init__(self, file: str, piece: Piece) -> None:
        self._file = file
        self._out, self._errors = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        sys.stdout.flush()
        sys.stderr.flush()
        self._process = os.fork()
        if not self._process:
            os._exit(self._work(file, piece))

    def _work(self, file: str, piece: Piece) -> int:
        with contextlib.suppress(BaseException), Path(file).open("rb") as stream:
            stream.seek(piece.start)
            counted = _answered(file, _lines(stream, piece), piece.number, self._out, self._errors)
            self._errors.write(b"\0%d %d" % counted)
            self._out.flush()
            self._errors.flush()
            return 0
        return 1

    def told(self, out: IO[bytes], errors: IO[bytes]) -> Counted:
        """Pass on what the process answered, when it is done."""
        with self._out, self._errors:
            return self._told(out, errors)

    def _told(self, out: IO[bytes], errors: IO[bytes]) -> Counted:
        _, status = os.waitpid(self._process, 0)
        if status:
            raise UnreadableSource(self._file, "a process that answered a piece of it ended too early")
        self._out.seek(0)
        self._errors.seek(0)
        said, _, counted = self._errors.read().rpartition(b"\0")
        errors.write(said)
        errors.flush()
        shutil.copyfileobj(self._out, out)
        read, failed = counted.split()
        return Counted(int(read), int(failed))


def _answered(file: str, lines: Iterable[bytes], first: int, out: IO[bytes], errors: IO[bytes]) -> Counted:
    """Write an answer for each line."""
    read = failed = 0
    for number, raw in enumerate(lines, first):
        line = raw.decode("utf-8", "surrogateescape")
        if not line.strip():
            continue
        read += 1
        try:
            answer = answer_to(line, number)
        except RejectedLine as reason:
            failed += 1
            errors.write(f"{file}:{number}: {reason}\n".encode("utf-8", "backslashreplace"))
            errors.flush()
            answer = {"id": str(number), "attacks": [], "error": str(reason)}
        out.write(json_line(answer))
    return Counted(read, failed)


def answer_to(line: str, number: int) -> dict[str, Any]:
    """What is found in one record: attacks, endpoint, session, limits that were reached; RejectedLine when it is no record."""
    exchange = _parse(line)
    if exchange is None:
        raise RejectedLine("not an exchange record")
    reading = Reading(exchange, read_headers(exchange.headers))
    identity = _identifier.say(reading, mcp_call(reading).server).identity
    detected = detect(reading)
    answer = {
        "id": exchange.id or str(number),
        "attacks": [{"subtype": "", "start": 0, **msgspec.to_builtins(finding)} for finding in detected.findings],
        "endpoint": template(mask_path(exchange.path)),
        "session": {"id": identity.session_id[::-1].hex(), "key": identity.key},
    }
    if detected.overlimit:
        answer["overlimit"] = list(detected.overlimit)
    return answer


_parse = NDJSON.start(())
_identifier = Identifier(SECRET)
