"""Reading files as they grow, as `tail -F` does: through rotation, truncation and files that come later."""

from __future__ import annotations

import contextlib
import io
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from apitrail.errors import UnreadableSource
from apitrail.ingest.files import Options, Run, Summary, headers_after, load_name, recognise
from apitrail.sources.blocks import Block, Growing, seed_of
from apitrail.sources.contract import DocumentFormat, LineFormat
from apitrail.sources.stream import HEAD_BYTES, expand
from apitrail.store import Store

POLL_SECONDS = 0.5
READ_BYTES = 1 << 20


@dataclass(slots=True)
class _Tail:
    """One followed file: its open end, and who cuts what comes into blocks."""

    name: str
    file: BinaryIO | None = None
    identity: tuple[int, int] = (0, 0)
    reader: _Reader | None = None


def follow_files(
    store: Store, patterns: Sequence[str], options: Options, *, stopped: Callable[[], bool] = lambda: False
) -> Summary:
    """Read files from their start and go on until stopped or interrupted; lines read before are not stored twice."""
    summary = Summary()
    tails: dict[str, _Tail] = {}
    started = time.monotonic()

    def advance() -> bool:
        for name in expand(patterns):
            tails.setdefault(name, _Tail(name))
        grown = [_advance(tail, store, options, summary) for tail in tails.values()]
        return True in grown

    with contextlib.suppress(KeyboardInterrupt):
        with store.load(load_name(patterns, options)):
            # What is there already is history; what comes from now on happens now.
            while advance() and not stopped():
                pass
        while not stopped():
            if not advance():
                time.sleep(POLL_SECONDS)
    for tail in tails.values():
        _leave(tail, whole=False)
    summary.seconds = round(time.monotonic() - started, 3)
    return summary


def _advance(tail: _Tail, store: Store, options: Options, summary: Summary) -> bool:
    """Read what has come; whether anything had."""
    if tail.file is None and not _open(tail, store, options, summary):
        return False
    assert tail.file  # noqa: S101 - _open said so
    data = tail.file.read(READ_BYTES)
    if data and tail.reader:
        _read(tail, data, summary)
    elif _moved(tail):
        _leave(tail)
        return True
    return bool(data)


def _read(tail: _Tail, data: bytes, summary: Summary) -> None:
    assert tail.reader  # noqa: S101 - asked before
    try:
        tail.reader.feed(data)
    except UnreadableSource as error:
        summary.failures.append(str(error))
        tail.reader = None


def _open(tail: _Tail, store: Store, options: Options, summary: Summary) -> bool:
    try:
        tail.file = Path(tail.name).open("rb")  # noqa: SIM115 - stays open until it is rotated away
    except OSError:
        return False
    status = os.fstat(tail.file.fileno())
    tail.identity = (status.st_dev, status.st_ino)
    tail.reader = _Reader(store, tail.name, options, summary)
    return True


def _moved(tail: _Tail) -> bool:
    """Whether the name now stands for another file, or for the same one cut short."""
    assert tail.file  # noqa: S101 - only asked of open ones
    try:
        status = Path(tail.name).stat()
    except OSError:
        return False
    return (status.st_dev, status.st_ino) != tail.identity or status.st_size < tail.file.tell()


def _leave(tail: _Tail, *, whole: bool = True) -> None:
    """Close a file; one that is `whole` has its last line, and one that still grows may have half of it."""
    if tail.reader and whole:
        tail.reader.finish()
    if tail.file:
        tail.file.close()
    tail.file = tail.reader = None


class _Reader:
    """Turns the growing content of one file into stored exchanges."""

    def __init__(self, store: Store, name: str, options: Options, summary: Summary) -> None:
        self._run = Run(store, options, summary)
        self._name = name
        self._options = options
        self._cut = Growing(seed_of(options.source))
        self._format: LineFormat | None = None
        self._head = b""
        self._headers: list[str] = []

    def feed(self, data: bytes) -> None:
        """Take what the file has grown by; UnreadableSource when it is nothing that can be followed."""
        if self._format is None:
            self._head += data
            self._format = self._recognised()
            if self._format is None:
                return
            data, self._head = self._head, b""
        for block in self._cut.feed(data):
            self._store(block)

    def finish(self) -> None:
        """Take the last line, which may have no end."""
        if self._format:
            for block in self._cut.rest():
                self._store(block)

    def _recognised(self) -> LineFormat | None:
        if b"\n" not in self._head:
            return None
        found = recognise(self._name, io.BufferedReader(io.BytesIO(self._head), HEAD_BYTES), self._options)
        if isinstance(found, DocumentFormat):
            raise UnreadableSource(self._name, f"is {found.title}, which is read as a whole; leave --follow out")
        self._run.summary.formats.append(found.name)
        return found

    def _store(self, block: Block) -> None:
        assert self._format  # noqa: S101 - recognised before
        self._run.block(self._name, self._format, block, self._headers)
        self._headers = headers_after(self._format, block, self._headers)
