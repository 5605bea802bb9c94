"""From files to the store: recognise, cut into blocks, parse on every core, write exactly once, count everything."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import msgspec
import xxhash

from apitrail.configure.recipes import Recipes
from apitrail.errors import UnreadableSource
from apitrail.ingest.parse import SLICE, Job, Parsed, inspector, line_format, parse, read_block, replace_header
from apitrail.ingest.workers import Workers
from apitrail.inspect.rows import Recipe
from apitrail.model.exchange import Exchange
from apitrail.sources import registry
from apitrail.sources.blocks import BLOCK_BYTES, Block, Chain, blocks, seed_of
from apitrail.sources.contract import DocumentFormat, Format, LineFormat, Reject
from apitrail.sources.stream import BROKEN, HEAD_BYTES, STDIN, expand, open_stream
from apitrail.store import Store, Written

REASONS = {
    "expired": "older than the retention, which counts back from the newest exchange (see --retention-days)",
    "future": "in the future by more than 5 minutes: a wrong clock or time zone",
}


@dataclass(slots=True)
class Options:
    """How to read: a format's name or `auto`, a log format definition, a label for the source, and who hears of progress.

    `progress` gets the bytes and lines read so far; `rejected` every line kept aside, with the file's name.
    """

    format: str = "auto"
    definition: str = ""
    source: str = ""
    application: str = ""
    geo_file: str = ""
    workers: int = 0
    progress: Callable[[int, int], None] = lambda _bytes, _lines: None
    rejected: Callable[[str, Reject], None] = lambda _file, _reject: None


@dataclass(slots=True)
class Summary:
    """What an ingest did; `read` = `stored` + `duplicates` + `rejected`. `failures` name the files that could not be read."""

    read: int = 0
    stored: int = 0
    duplicates: int = 0
    rejected: int = 0
    dropped: int = 0
    """Earlier requests that went because what was read now left them behind the retention."""
    formats: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def format(self) -> str:
        """The one format that was read, `mixed` when several were, empty when none was."""
        names = list(dict.fromkeys(self.formats))
        return names[0] if len(names) == 1 else ("mixed" if names else "")


def ingest_files(
    store: Store, patterns: Sequence[str], options: Options | None = None, workers: Workers | None = None
) -> Summary:
    """Read files, globs and `-` for standard input into the store.

    A file that cannot be read is named in `failures`; the others go in. Reading the same content again stores nothing twice.
    `workers` may have been started before, to be ready earlier; it is closed by who made it.
    """
    options = options or Options()
    started, dropped = time.monotonic(), store.dropped
    with contextlib.ExitStack() as stack:
        run = Run(store, options, workers=workers or stack.enter_context(Workers(options.workers)))
        stack.enter_context(store.load(load_name(patterns, options)))
        for name in expand(patterns):
            run.file(name)
    run.summary.dropped = store.dropped - dropped
    run.summary.seconds = round(time.monotonic() - started, 3)
    return run.summary


def load_name(patterns: Sequence[str], options: Options) -> str:
    """The same for the same command, so that one that was cut off goes on as it had begun."""
    said = "\n".join((*(str(Path(name).absolute()) for name in patterns), options.source, options.format))
    return xxhash.xxh3_64_hexdigest(said.encode("utf-8", "surrogateescape"))


class Run:
    """One ingest: its workers, the blocks in flight, and the sums."""

    def __init__(self, store: Store, options: Options, summary: Summary | None = None, workers: Workers | None = None) -> None:
        self._store = store
        self.options = options
        self._recipes = Recipes(store, options.geo_file)
        self._workers = workers
        self._flight: deque[tuple[str, Future[Parsed]]] = deque()
        self._bytes = 0
        self._time = 0
        self.summary = summary or Summary()

    def file(self, name: str) -> None:
        """Read one file to its end, and note why when it cannot be."""
        try:
            with contextlib.closing(open_stream(name)) as stream:
                self._time = _written_at(name)
                self._stream(name, stream)
        except UnreadableSource as error:
            self.summary.failures.append(f"{name}: {error.reason}")

    def _stream(self, name: str, stream: BinaryIO) -> None:
        found = recognise(name, stream, self.options)
        self.summary.formats.append(found.name)
        if isinstance(found, DocumentFormat):
            self._document(name, found, stream)
        else:
            self._lines(name, found, stream)

    def _lines(self, name: str, found: LineFormat, stream: BinaryIO) -> None:
        headers: list[str] = []
        for block in blocks(stream, seed_of(self.options.source)):
            self._submit(name, _job(block, found.name, headers, self.options, self._recipes.current(), self._time))
            headers = headers_after(found, block, headers)
            if block.broken:
                self.summary.failures.append(f"{name}: {block.broken}; what came before is stored")
        self._drain(0)

    def block(self, name: str, found: LineFormat, block: Block, headers: Sequence[str]) -> None:
        """Read and store one block here and now."""
        self._store_parsed(
            name, parse(_job(block, found.name, headers, self.options, self._recipes.current(), time.time_ns() // 1000))
        )

    def _submit(self, name: str, job: Job) -> None:
        self._bytes += len(job.block.data)
        workers = self._workers
        if workers is None or (len(job.block.data) < BLOCK_BYTES // 2 and not workers.started):
            self._store_parsed(name, parse(job))
            return
        self._flight.append((name, workers.submit(job)))
        self._drain(workers.count + 1)

    def _drain(self, most: int) -> None:
        while len(self._flight) > most:
            name, future = self._flight.popleft()
            self._store_parsed(name, future.result())

    def _store_parsed(self, name: str, parsed: Parsed) -> None:
        for reject in parsed.rejects:
            self._reject(name, reject)
        self.summary.read += parsed.read
        if len(parsed.rows):
            written = self._store.write(parsed.rows, token=parsed.token, check=parsed.own_ids, history=not parsed.live)
            self._count(name, parsed, written)
        self.options.progress(self._bytes, self.summary.read)

    def _count(self, name: str, parsed: Parsed, written: Written) -> None:
        self.summary.stored += written.stored
        self.summary.duplicates += written.duplicates
        for reason, words in REASONS.items():
            for at in getattr(written, reason):
                self._reject(name, Reject(parsed.lines[at], words, ""))

    def _reject(self, name: str, reject: Reject) -> None:
        self.summary.rejected += 1
        self.options.rejected(name, reject)

    def _document(self, name: str, found: DocumentFormat, stream: BinaryIO) -> None:
        job = _job(Block(b"", 1, 0), found.name, (), self.options, self._recipes.current(), self._time)
        for items in _slices(document_exchanges(found, stream, job)):
            self._store_parsed(name, _document_slice(job, items))


def _written_at(name: str) -> int:
    return (time.time_ns() if name == STDIN else Path(name).stat().st_mtime_ns) // 1000


def headers_after(found: LineFormat, block: Block, headers: list[str]) -> list[str]:
    """The header lines in force after a block."""
    if not found.header:
        return headers
    for raw in block.data.split(b"\n"):
        if raw.startswith(b"#"):
            line = raw.decode("utf-8", "surrogateescape").rstrip("\r")
            if found.header.match(line):
                headers = replace_header(headers, line)
    return headers


def recognise(name: str, stream: BinaryIO, options: Options) -> Format:
    """The format of a stream: the user's own definition, the one named, or the best recogniser's; UnreadableSource when none."""
    if options.definition:
        return line_format("", options.definition)
    if options.format != "auto":
        return registry.by_name(options.format)
    try:
        head = stream.peek(HEAD_BYTES)  # type: ignore[attr-defined]
    except BROKEN as error:
        raise UnreadableSource(name, f"cannot be decompressed: {error}") from error
    if not head:
        raise UnreadableSource(name, "is empty")
    found = registry.recognise(head[:HEAD_BYTES])
    if found is None:
        raise UnreadableSource(name, "no format recognises it; name one with --format (see `apitrail formats`)")
    return found


def _job(block: Block, name: str, headers: Sequence[str], options: Options, recipe: Recipe, written_at: int) -> Job:
    return Job(
        block,
        name,
        tuple(headers),
        recipe,
        options.source,
        options.definition,
        options.application,
        written_at,
    )


def document_exchanges(found: DocumentFormat, stream: BinaryIO, job: Job) -> Iterator[tuple[int, Exchange | Reject]]:
    """The exchanges and rejects of a document with their numbers, named by a hash chain over their content."""
    chain = Chain(seed_of(job.source))
    for number, item in enumerate(_until_broken(found.read(stream)), 1):
        if isinstance(item, Exchange):
            identifier = chain.id(msgspec.msgpack.encode(item))
            item.id = item.id or identifier
            item.time = item.time or job.time
            item.source = item.source or job.source
            item.application = item.application or job.application
        yield number, item


def _until_broken(items: Iterator[Exchange | Reject]) -> Iterator[Exchange | Reject]:
    """What stands before a damage of the file, then the damage."""
    try:
        yield from items
    except BROKEN as error:
        yield Reject(0, f"the file is broken from here on: {error}", "")


def exchanges_of(name: str, options: Options, summary: Summary) -> Iterator[tuple[int, Exchange | Reject]]:
    """Everything in a file, one by one with its line, without a store; the format goes into the summary."""
    with contextlib.closing(open_stream(name)) as stream:
        found = recognise(name, stream, options)
        summary.formats.append(found.name)
        job = _job(Block(b"", 1, 0), found.name, (), options, Recipe(b""), _written_at(name))
        if isinstance(found, DocumentFormat):
            yield from document_exchanges(found, stream, job)
            return
        headers: list[str] = []
        for block in blocks(stream, seed_of(options.source)):
            yield from read_block(dataclasses.replace(job, block=block, headers=tuple(headers)))
            headers = headers_after(found, block, headers)
            if block.broken:
                summary.failures.append(f"{name}: {block.broken}; what came before is sent")


def _slices(items: Iterable[Numbered]) -> Iterator[list[Numbered]]:
    iterator = iter(items)
    while some := list(itertools.islice(iterator, SLICE)):
        yield some


def _document_slice(job: Job, items: list[Numbered]) -> Parsed:
    exchanges = [item for _, item in items if isinstance(item, Exchange)]
    lines = [number for number, item in items if isinstance(item, Exchange)]
    rejects = [item for _, item in items if isinstance(item, Reject)]
    rows = inspector(job.recipe).rows(exchanges)
    return Parsed(f"{job.format}-document", rows, lines, rejects, len(items), own_ids=True)


Numbered = tuple[int, Exchange | Reject]
