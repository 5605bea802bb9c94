"""Cuts a stream of lines into blocks that any process can parse, and names every line for good.

A line's id is a hash chain: of the line, seeded with the id of the line before it. So an id means "this line after exactly
these lines", whatever the file is called, however it is compressed, and however much has been appended since: reading the
same file again gives the same ids, while equal lines, in one file or in two, stay different exchanges. Blocks start at the
first line that begins past a multiple of BLOCK_BYTES, and their seed is the hash chain of the blocks before, so that a block
can be named without parsing what came before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import xxhash

from apitrail.sources.stream import BROKEN

BLOCK_BYTES = 8 << 20
LINE_LIMIT = 4 << 20
"""A longer line is rejected unread, so that a file without line ends does not fill the memory."""

_MASK = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of a stream: their bytes, the number of the first (from 1), and the seed of their ids.

    `broken` is the reason why the stream ends here too early, empty when it does not. `overlong` are the numbers of lines
    whose content was left out because it passes LINE_LIMIT.
    """

    data: bytes
    first_line: int
    seed: int
    broken: str = ""
    overlong: tuple[int, ...] = ()

    @property
    def token(self) -> str:
        """The name of this block for exactly-once writing: the same whatever has been appended to it since."""
        return f"block-{self.seed:016x}"


class Chain:
    """The ids of the lines of one block, in order."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def id(self, line: bytes) -> str:
        """The id of the next line: 24 hex digits."""
        digest = xxhash.xxh3_128_digest(line, self._seed)
        self._seed = int.from_bytes(digest[8:])
        return digest[:12].hex()


def seed_of(label: str) -> int:
    """Where a chain starts: 0, or a number of its own when the reader says which source it is."""
    return xxhash.xxh3_64_intdigest(label.encode()) if label else 0


def blocks(stream: BinaryIO, seed: int = 0) -> Iterator[Block]:
    """The stream as blocks of whole lines; the last one may end without a line end."""
    cutter = Cutter(seed)
    while True:
        try:
            # What comes in one piece: a damage further on must not take what stands before it.
            data = stream.read1(1 << 20)  # type: ignore[attr-defined]
        except BROKEN as error:
            yield cutter.rest(f"broken after line {cutter.lines}: {error}")
            return
        if not data:
            yield cutter.rest()
            return
        yield from cutter.feed(data)


class Cutter:
    """Collects bytes and gives out blocks; the same bytes give the same blocks however they arrive."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self._parts: list[bytes] = []
        self._size = 0
        self._tail = b""
        self._skipping = False
        self._first = 1
        self.lines = 0
        self._overlong: list[int] = []

    def feed(self, data: bytes) -> Iterator[Block]:
        """Take more bytes; give the blocks that they complete."""
        whole, tail = self._whole_lines(data)
        yield from self._add(whole)
        self._tail = self._guard(tail)

    def _whole_lines(self, data: bytes) -> tuple[bytes, bytes]:
        end = data.rfind(b"\n") + 1
        if not end:
            return b"", self._tail + data
        whole = self._tail + data[:end]
        if self._skipping:
            first_end = whole.find(b"\n")
            whole = whole[first_end:]
            self._skipping = False
        return whole, data[end:]

    def _guard(self, tail: bytes) -> bytes:
        if self._skipping or len(tail) > LINE_LIMIT:
            if not self._skipping:
                self._overlong.append(self.lines + 1)
            self._skipping = True
            return b""
        return tail

    def _add(self, whole: bytes) -> Iterator[Block]:
        while self._size + len(whole) >= BLOCK_BYTES:
            end = whole.find(b"\n", max(0, BLOCK_BYTES - self._size - 1)) + 1
            self._take(whole[:end])
            yield self._cut()
            whole = whole[end:]
        if whole:
            self._take(whole)

    def _take(self, whole: bytes) -> None:
        self._parts.append(whole)
        self._size += len(whole)
        self.lines += whole.count(b"\n")

    def _cut(self, broken: str = "") -> Block:
        data = b"".join(self._parts)
        block = Block(data, self._first, self.seed, broken, tuple(self._overlong))
        self.seed = xxhash.xxh3_64_intdigest(data, self.seed)
        self._parts, self._size, self._first, self._overlong = [], 0, self.lines + 1, []
        return block

    def rest(self, broken: str = "") -> Block:
        """What is left, with a last line that may lack its end."""
        if self._tail:
            self._take(self._tail)
            self._tail = b""
        return self._cut(broken)


class Growing:
    """Cuts a stream that comes in small pieces into blocks as soon as their lines are whole, with the same ids as `blocks`."""

    def __init__(self, seed: int = 0) -> None:
        self._begin(seed)
        self._first = 1
        self._tail = b""

    def _begin(self, seed: int) -> None:
        self._hash = xxhash.xxh3_64(seed=seed)
        self._size = 0
        self._chain = seed

    def feed(self, data: bytes) -> Iterator[Block]:
        """Take more bytes; give every line that they complete."""
        end = data.rfind(b"\n") + 1
        if not end:
            self._tail = (self._tail + data)[: LINE_LIMIT + 1]
            return
        yield from self._cut(self._tail + data[:end])
        self._tail = data[end:]

    def rest(self) -> Iterator[Block]:
        """The last line, when it has no end."""
        yield from self._cut(self._tail)
        self._tail = b""

    def _cut(self, whole: bytes) -> Iterator[Block]:
        while whole:
            end = len(whole)
            if self._size + end >= BLOCK_BYTES:
                end = whole.find(b"\n", max(0, BLOCK_BYTES - self._size - 1)) + 1 or end
            yield self._advance(whole[:end])
            whole = whole[end:]

    def _advance(self, piece: bytes) -> Block:
        block = Block(piece, self._first, self._chain)
        self._hash.update(piece)
        self._size += len(piece)
        lines = piece.split(b"\n")
        if not lines[-1]:
            lines.pop()
        self._first += len(lines)
        self._chain = chain_after(self._chain, lines)
        if self._size >= BLOCK_BYTES:
            self._begin(self._hash.intdigest())
        return block


def chain_after(seed: int, lines: list[bytes]) -> int:
    """Where a chain stands after these lines."""
    for line in lines:
        seed = xxhash.xxh3_128_intdigest(line, seed) & _MASK
    return seed
