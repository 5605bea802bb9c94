"""Opening what traffic is read from: files, globs, standard input, compressed or not."""

from __future__ import annotations

import bz2
import glob
import gzip
import io
import sys
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, BinaryIO, cast

from backports import zstd

from apitrail.errors import UnreadableSource

STDIN = "-"
HEAD_BYTES = 256 * 1024
"""How much of a stream a format is recognised by."""

_MAGIC: tuple[tuple[bytes, Callable[..., Any]], ...] = (
    (b"\x1f\x8b", lambda file: gzip.GzipFile(fileobj=file)),
    (b"BZh", bz2.BZ2File),
    (b"\x28\xb5\x2f\xfd", zstd.ZstdFile),
)
BROKEN = (EOFError, OSError, zlib.error, zstd.ZstdError)
"""What a broken or cut-off file raises in the middle of being read."""


def expand(patterns: Iterable[str]) -> list[str]:
    """The files that names and globs stand for, in order, each once; a name without a match stays as it is."""
    names: dict[str, None] = {}
    for pattern in patterns:
        # A pattern may be absolute, which Path.glob does not take.
        found = sorted(glob.glob(pattern, recursive=True)) if glob.has_magic(pattern) and not Path(pattern).exists() else []
        names.update(dict.fromkeys(found or [pattern]))
    return list(names)


def open_stream(name: str) -> io.BufferedReader:
    """A file or standard input, decompressed by its first bytes; UnreadableSource says why it cannot be."""
    try:
        if name == STDIN:
            return decompressed(io.BufferedReader(io.FileIO(sys.stdin.fileno(), closefd=False), 1 << 20))
        if Path(name).is_dir():
            raise UnreadableSource(name, f"is a directory; name files, for example '{name.rstrip('/')}/*'")
        return decompressed(Path(name).open("rb", buffering=1 << 20))
    except OSError as error:
        raise UnreadableSource(name, error.strerror or str(error)) from error


class _Unpacked(io.RawIOBase):
    """Decompressed bytes, given out as soon as they are there: what stands before a damage is not lost with it."""

    def __init__(self, packed: BinaryIO, file: BinaryIO) -> None:
        self._packed = packed
        self._file = file

    def readable(self) -> bool:
        """It is there to be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """At most as much as the buffer holds, from one step of decompression."""
        data = self._packed.read1(len(buffer))  # type: ignore[attr-defined]
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Close the file too."""
        if not self.closed:
            self._packed.close()
            self._file.close()
        super().close()


def decompressed(raw: BinaryIO) -> io.BufferedReader:
    """The stream itself, or what is in it when it is gzip, bzip2 or zstd."""
    stream = raw if isinstance(raw, io.BufferedReader) else io.BufferedReader(cast("io.RawIOBase", raw))
    start = stream.peek(4)[:4]
    for magic, opener in _MAGIC:
        if start.startswith(magic):
            return io.BufferedReader(_Unpacked(opener(stream), stream), 1 << 20)
    return stream
