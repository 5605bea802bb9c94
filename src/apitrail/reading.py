"""The `ingest` command: reading with progress, rejects and a summary, into a store or to a running server."""

from __future__ import annotations

import contextlib
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import msgspec

from apitrail.analyze.keeping import Keeper
from apitrail.analyze.running import analyze
from apitrail.errors import BadQuestion
from apitrail.explore.discovery.rules import Rules
from apitrail.ingest.files import Options, Summary, ingest_files
from apitrail.ingest.follow import follow_files
from apitrail.ingest.send import send_files
from apitrail.ingest.workers import Workers
from apitrail.inspect.masking import mask_text
from apitrail.remote import Remote
from apitrail.sources.contract import Reject
from apitrail.store import Store

SHOWN_PER_REASON = 5
"""Rejected lines of one reason that are shown; all of them go to --rejects."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the user asked to read, and how."""

    files: list[str]
    format: str = "auto"
    definition: str = ""
    source: str = ""
    application: str = ""
    geo_file: str = ""
    follow: bool = False
    rejects: str = ""
    json: bool = False
    rules: Rules = field(default_factory=Rules)


class _Report:
    """Tells of rejects and progress on standard error while reading goes on."""

    def __init__(self, rejects: TextIO | None) -> None:
        self._file = rejects
        self._reasons: Counter[str] = Counter()
        self._started = self._told = time.monotonic()
        self._live = sys.stderr.isatty()

    def rejected(self, name: str, reject: Reject) -> None:
        """Note one line that was not stored."""
        if self._file:
            self._file.write(
                msgspec.json.encode({"file": name, "line": reject.line, "reason": reject.reason, "text": reject.text}).decode()
                + "\n"
            )
        self._reasons[reject.reason] += 1
        if self._reasons[reject.reason] <= SHOWN_PER_REASON:
            print(f"{name}:{reject.line}: {reject.reason}{_quoted(reject.text)}", file=sys.stderr)

    def progress(self, read_bytes: int, lines: int) -> None:
        """Show how far it is, at most four times a second."""
        now = time.monotonic()
        if self._live and now - self._told > 0.25 and now - self._started > 1:
            self._told = now
            rate = lines / (now - self._started)
            print(f"\r{lines:,} lines, {read_bytes / 1e6:,.0f} MB, {rate:,.0f} lines/s ", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Say how many more there were of each reason."""
        if self._live and self._told != self._started:
            print(file=sys.stderr)
        for reason, count in self._reasons.items():
            if count > SHOWN_PER_REASON:
                print(f"... and {count - SHOWN_PER_REASON:,} more: {reason}", file=sys.stderr)


def _quoted(text: str) -> str:
    if not text:
        return ""
    printable = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in mask_text(text)[:120])
    return f": {printable}"


def read(plan: Plan, store: Store, workers: Workers) -> int:
    """Read into a store; the exit code: 1 when nothing could be read and something should have been."""
    with _reporting(plan) as report:
        if plan.follow:
            with contextlib.closing(Keeper(store, plan.rules)):
                summary = follow_files(store, plan.files, _options(plan, report))
        else:
            summary = ingest_files(store, plan.files, _options(plan, report), workers)
            analyze(store, plan.rules)
    return _finish(plan, summary)


def send(plan: Plan, server: str, token: str) -> int:
    """Read here and send the records to a running server."""
    if plan.follow:
        raise BadQuestion("--follow reads into a store; with --server use a collector on the server's own machine")
    with _reporting(plan) as report:
        summary = send_files(Remote(server, token), plan.files, _options(plan, report))
    return _finish(plan, summary)


@contextlib.contextmanager
def _reporting(plan: Plan) -> Iterator[_Report]:
    with contextlib.ExitStack() as stack:
        file = (
            stack.enter_context(Path(plan.rejects).open("w", encoding="utf-8", errors="backslashreplace"))
            if plan.rejects
            else None
        )
        report = _Report(file)
        stack.callback(report.close)
        yield report


def _options(plan: Plan, report: _Report) -> Options:
    return Options(
        format=plan.format,
        definition=plan.definition,
        source=plan.source,
        application=plan.application,
        geo_file=plan.geo_file,
        progress=report.progress,
        rejected=report.rejected,
    )


def _finish(plan: Plan, summary: Summary) -> int:
    for failure in summary.failures:
        print(f"apitrail: {failure}", file=sys.stderr)
    if summary.dropped:
        print(
            f"apitrail: {summary.dropped:,} requests that were stored before are now past the retention and were dropped;"
            " keep old traffic with --retention-days 0, or in a store of its own with --store",
            file=sys.stderr,
        )
    if plan.json:
        counts = {name: getattr(summary, name) for name in ("read", "stored", "duplicates", "rejected", "format", "seconds")}
        print(msgspec.json.encode(counts).decode())
    else:
        print(_sentence(summary))
    nothing = summary.stored + summary.duplicates == 0
    return 1 if nothing and (summary.failures or summary.rejected) else 0


def _sentence(summary: Summary) -> str:
    rate = summary.read / summary.seconds if summary.seconds else 0
    parts = [f"{summary.read:,} read ({summary.format or 'nothing recognised'})", f"{summary.stored:,} stored"]
    parts += [f"{summary.duplicates:,} already there"] if summary.duplicates else []
    parts += [f"{summary.rejected:,} rejected"] if summary.rejected else []
    return f"{', '.join(parts)} in {summary.seconds:.1f} s ({rate:,.0f} lines/s)"
