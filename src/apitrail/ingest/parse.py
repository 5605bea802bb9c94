"""One block of lines to stored rows: what a worker does, with nothing but the block and a few bounded caches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import pyarrow as pa

from apitrail.errors import RejectedLine
from apitrail.inspect.rows import Inspector, Recipe
from apitrail.model.exchange import Exchange
from apitrail.model.request import SCHEMA
from apitrail.sources import ndjson, registry
from apitrail.sources.blocks import LINE_LIMIT, Block, Chain
from apitrail.sources.contract import LineFormat, ParseLine, Reject

SLICE = 1024
"""Exchanges that are objects at one time; then they become columns. Few, so that the processor's caches hold them."""
PIECE_BYTES = 256 * 1024
"""Bytes of a block that are cut into lines at one time."""
SHOWN = 500
"""Characters of a rejected line that are kept."""


@dataclass(frozen=True, slots=True)
class Job:
    """A block, how to read it, and under which recipe: all that a worker needs.

    `headers` are the header lines in force at its start; `format` is a name, or the definition of a user's own format.
    """

    block: Block
    format: str
    headers: tuple[str, ...]
    recipe: Recipe
    source: str = ""
    definition: str = ""
    application: str = ""
    time: int = 0
    """The time of records that have none of their own: when their file was last written."""

    @property
    def labels(self) -> bool:
        """Whether the user said what the exchanges belong to."""
        return bool(self.source or self.application)


@dataclass(slots=True)
class Parsed:
    """A block as rows, with the line of each row, the rejects, and the number of lines that should be exchanges."""

    token: str
    rows: pa.Table
    lines: Sequence[int]
    rejects: list[Reject] = field(default_factory=list)
    read: int = 0
    own_ids: bool = False
    live: bool = False
    """Whether these are records of the project itself, which are sent as they happen: an old one has a wrong clock."""


@lru_cache(maxsize=4)
def inspector(recipe: Recipe) -> Inspector:
    """The inspector of this process under a recipe, with its caches."""
    return Inspector(recipe)


@lru_cache(maxsize=8)
def line_format(name: str, definition: str = "") -> LineFormat:
    """The format of a name, or of a user's own definition."""
    if definition:
        from apitrail.sources import template

        return template.line_format(definition)
    found = registry.by_name(name)
    if not isinstance(found, LineFormat):
        raise TypeError(name)
    return found


def parse(job: Job) -> Parsed:
    """Read every line of a block; a line that cannot be read is kept aside, the rest goes on."""
    reader = _Reader(job)
    tables = [inspector(job.recipe).rows(some) for some in reader.slices()]
    rows = pa.concat_tables(tables).unify_dictionaries().combine_chunks() if tables else SCHEMA.empty_table()
    return Parsed(
        job.block.token, rows, reader.lines, reader.rejects, reader.read, reader.own_ids, live=job.format == ndjson.NDJSON.name
    )


def read_block(job: Job) -> Iterator[tuple[int, Exchange | Reject]]:
    """The exchanges of a block with their lines, then its rejects."""
    reader = _Reader(job)
    for exchange in reader.exchanges():
        yield reader.lines[-1], exchange
    for reject in reader.rejects:
        yield reject.line, reject


class _Reader:
    def __init__(self, job: Job) -> None:
        self._job = job
        self._format = line_format(job.format, job.definition)
        self._headers = list(job.headers)
        self._parse: ParseLine = self._format.start(self._headers)
        self._chain = Chain(job.block.seed)
        self.lines: list[int] = []
        self.rejects = [Reject(at, f"longer than {LINE_LIMIT} bytes", "") for at in job.block.overlong]
        self.read = len(self.rejects)
        self.own_ids = False

    def slices(self) -> Iterator[list[Exchange]]:
        """The exchanges of the block in lists of a bounded length."""
        some: list[Exchange] = []
        for exchange in self.exchanges():
            some.append(exchange)
            if len(some) == SLICE:
                yield some
                some = []
        if some:
            yield some

    def exchanges(self) -> Iterator[Exchange]:
        """The exchanges of the block one by one; `lines` grows with them.

        Every line passes here, so what a call a line would cost is written out.
        """
        job, name = self._job, self._chain.id
        header = self._format.header
        half = 0 if job.block.data.endswith(b"\n") else job.block.first_line + job.block.data.count(b"\n")
        for number, (raw, line) in enumerate(_lines(job.block.data), job.block.first_line):
            identifier = name(raw)
            if not line or line.isspace():
                continue
            if header and header.match(line):
                self._header(line)
                continue
            try:
                exchange = self._parse(line) if number != half else _refuse_half(line, self._parse)
            except RejectedLine as reason:
                exchange = self._stray(number, line, reason)
            if exchange is None:
                continue
            self.lines.append(number)
            if exchange.id:
                self.own_ids = True
            else:
                exchange.id = identifier
            yield _labelled(exchange, job) if job.labels or not exchange.time else exchange
        self.read += len(self.lines)

    def _header(self, line: str) -> None:
        self._headers = replace_header(self._headers, line)
        self._parse = self._format.start(self._headers)

    def _stray(self, number: int, line: str, reason: RejectedLine) -> Exchange | None:
        """A line that this format cannot read: another one may; else it is kept aside."""
        exchange = registry.any_line(line)
        if exchange is None:
            self.read += 1
            self.rejects.append(Reject(number, str(reason), line[:SHOWN]))
        return exchange


def _refuse_half(line: str, parse: ParseLine) -> Exchange | None:
    """The last line, without a line end: a file may end so, but a quote that stays open says that more was to come."""
    if line.count('"') % 2:
        raise RejectedLine("half a line: the file ends inside quotes")
    return parse(line)


def _lines(data: bytes) -> Iterator[tuple[bytes, str]]:
    """Each line of a block as bytes, for its id, and as text, without line ends; a piece at a time, which the caches can hold."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", start + PIECE_BYTES) + 1 or len(data)
        piece = data[start:end].removesuffix(b"\n")
        text = piece.decode("utf-8", "surrogateescape").split("\n")
        if b"\r" in piece:
            text = [line.rstrip("\r") for line in text]
        yield from zip(piece.split(b"\n"), text, strict=False)
        start = end


def _labelled(exchange: Exchange, job: Job) -> Exchange:
    exchange.time = exchange.time or job.time
    exchange.source = exchange.source or job.source
    exchange.application = exchange.application or job.application
    return exchange


def replace_header(headers: Sequence[str], line: str) -> list[str]:
    """The header lines in force after one more: it takes the place of the one with the same first word."""
    word = line.split(None, 1)[0]
    return [kept for kept in headers if kept.split(None, 1)[0] != word] + [line]
