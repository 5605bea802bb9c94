"""Processes that parse blocks, started early enough that nothing waits for them."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Self

from apitrail.sources.blocks import BLOCK_BYTES
from apitrail.sources.stream import expand

if TYPE_CHECKING:
    from apitrail.ingest.parse import Job, Parsed


class Workers:
    """Some processes, none before they are needed; `count` 0 is one a core."""

    def __init__(self, count: int = 0) -> None:
        self.count = count or os.cpu_count() or 1
        self._pool: ProcessPoolExecutor | None = None

    def expect(self, patterns: Iterable[str]) -> None:
        """Start now when these files hold more than a block: the processes get ready while the store is opened."""
        if sum(_size(name) for name in expand(patterns)) >= BLOCK_BYTES:
            for _ in range(self.count):
                self._running().submit(ready)

    @property
    def started(self) -> bool:
        """Whether there are any processes yet."""
        return self._pool is not None

    def submit(self, job: Job) -> Future[Parsed]:
        """Have a job (`ingest.parse.Job`) parsed."""
        from apitrail.ingest.parse import parse

        return self._running().submit(parse, job)

    def _running(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(self.count, mp_context=multiprocessing.get_context("spawn"))
        return self._pool

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)


def ready() -> None:
    """What a process does first: import what it needs."""
    import apitrail.ingest.parse  # noqa: F401


def _size(name: str) -> int:
    path = Path(name)
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:
        return 0
