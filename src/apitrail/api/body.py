"""Bodies as they come in: decompressed piece by piece, so that no bomb unfolds beyond the limit, and read to their very end."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Protocol

from backports import zstd
from fastapi import Request
from starlette.exceptions import HTTPException

from apitrail.errors import BadQuestion


class _Stream(Protocol):
    """One compressed stream, as zlib and zstd have it."""

    @property
    def eof(self) -> bool:
        """Whether the stream has come to its end."""

    @property
    def unused_data(self) -> bytes:
        """What follows the end of the stream."""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """The next piece, of at most so many bytes."""


class _Unpacker:
    """Decompresses one stream after another, because compressed files may be joined."""

    def __init__(self, begin: Callable[[], _Stream]) -> None:
        self._begin = begin
        self._stream: _Stream | None = None

    def feed(self, data: bytes, most: int) -> bytes:
        """What the data decompress to; not much more than `most` bytes of it."""
        parts, size = [], 0
        while data and size < most:
            stream = self._stream or self._begin()
            part = stream.decompress(data, most - size)
            self._stream, data = (None, stream.unused_data) if stream.eof else (stream, b"")
            size += len(part)
            parts.append(part)
        return b"".join(parts)

    @property
    def complete(self) -> bool:
        """Whether the data so far end where a stream ends."""
        return self._stream is None


class _Plain:
    """Data that are not compressed."""

    complete = True

    def feed(self, data: bytes, _most: int) -> bytes:
        """The data themselves."""
        return data


def _gzip() -> _Stream:
    return zlib.decompressobj(wbits=31)


_UNPACKERS: dict[str, Callable[[], _Unpacker | _Plain]] = {
    "gzip": lambda: _Unpacker(_gzip),
    "zstd": lambda: _Unpacker(zstd.ZstdDecompressor),
    "identity": _Plain,
}


async def read_body(request: Request, limit: int) -> bytes:
    """The decompressed body; 413 above `limit` bytes, 415 for an unknown encoding, BadQuestion when it is damaged or cut off."""
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding not in _UNPACKERS:
        raise HTTPException(415, f"content-encoding is {', '.join(_UNPACKERS)}, not {encoding[:40]}")
    unpacker = _UNPACKERS[encoding]()
    parts, size = [], 0
    async for chunk in request.stream():
        parts.append(_unpacked(unpacker, encoding, chunk, limit + 1 - size))
        size += len(parts[-1])
        if size > limit:
            raise HTTPException(413, f"a body has at most {limit >> 20} MB after decompression; send smaller ones")
    if not unpacker.complete:
        raise BadQuestion(f"the body is cut off in the middle of its {encoding} data")
    return b"".join(parts)


def _unpacked(unpacker: _Unpacker | _Plain, encoding: str, chunk: bytes, most: int) -> bytes:
    try:
        return unpacker.feed(chunk, most)
    except (zlib.error, zstd.ZstdError) as error:
        raise BadQuestion(f"the body is not valid {encoding}: {error}") from error
