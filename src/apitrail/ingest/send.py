"""Files to a running server: parsed here, sent as records, told to slow down by the server."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from apitrail.errors import Overloaded, UnreadableSource
from apitrail.ingest.files import Options, Summary, exchanges_of
from apitrail.model.record import encode
from apitrail.sources.contract import Reject
from apitrail.sources.stream import expand

BATCH_BYTES = 4 << 20
LONGEST_PAUSE_SECONDS = 30.0


class Receiver(Protocol):
    """Where records are sent: `remote.Remote`."""

    def ingest(self, body: bytes) -> dict[str, Any]:
        """Take gzipped NDJSON and answer with counts."""


def send_files(receiver: Receiver, patterns: Sequence[str], options: Options) -> Summary:
    """Read files and send what is in them; ids are as when read into the store, so sending again stores nothing twice."""
    summary = Summary()
    started = time.monotonic()
    for name in expand(patterns):
        try:
            _send(receiver, name, options, summary)
        except UnreadableSource as error:
            summary.failures.append(f"{name}: {error.reason}")
    summary.seconds = round(time.monotonic() - started, 3)
    return summary


def _send(receiver: Receiver, name: str, options: Options, summary: Summary) -> None:
    for records, lines in _batches(name, options, summary):
        answer = _patiently(receiver, gzip.compress(b"".join(records), 1))
        summary.stored += answer["stored"]
        summary.duplicates += answer["duplicates"]
        summary.rejected += answer["rejected"]
        for reject in answer["rejects"]:
            options.rejected(name, Reject(lines[reject["line"] - 1], reject["reason"], ""))
        options.progress(sum(map(len, records)), summary.read)


def _batches(name: str, options: Options, summary: Summary) -> Iterator[tuple[list[bytes], list[int]]]:
    records: list[bytes] = []
    lines: list[int] = []
    size = 0
    for number, item in exchanges_of(name, options, summary):
        summary.read += 1
        if isinstance(item, Reject):
            summary.rejected += 1
            options.rejected(name, item)
            continue
        records.append(encode(item))
        lines.append(number)
        size += len(records[-1])
        if size >= BATCH_BYTES:
            yield records, lines
            records, lines, size = [], [], 0
    if records:
        yield records, lines


def _patiently(receiver: Receiver, body: bytes) -> dict[str, Any]:
    pause = 0.5
    while True:
        try:
            return receiver.ingest(body)
        except Overloaded:
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
