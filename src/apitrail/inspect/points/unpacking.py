"""Bodies and values that were packed with gzip or deflate, unpacked within bounds: a small one may become a large one."""

from __future__ import annotations

import zlib
from typing import Final

UNPACKED_LIMIT = 1 << 20
"""Bytes that something may become."""
RATIO_LIMIT = 100
"""Times its own size that something may become."""
RATIO_LEAST = 65_536
"""Bytes up to which the ratio does not matter: a small page of blanks is no bomb."""

TOO_LARGE: Final = b"\0too large"
"""What stands for bytes that would become too many; to be compared by identity."""

_EITHER, _BARE = 47, -15
"""How zlib names gzip or zlib by its first bytes, and deflate without them, as some clients send it."""


def unpacked(raw: bytes, most: int = UNPACKED_LIMIT) -> bytes:
    """What packed bytes were; nothing when they were not packed; TOO_LARGE when that would be more than `most` bytes."""
    return _unpacked(raw, most, _EITHER) or _unpacked(raw, most, _BARE)


def _unpacked(raw: bytes, most: int, form: int) -> bytes:
    """All members of a file of several, each of which a server would read."""
    found, rest = bytearray(), raw
    try:
        while rest:
            unpacker = zlib.decompressobj(wbits=form)
            found += unpacker.decompress(rest, most + 1 - len(found))
            if len(found) > max(RATIO_LEAST, len(raw) * RATIO_LIMIT) or len(found) > most:
                return TOO_LARGE
            if not unpacker.eof or form == _BARE:
                break
            rest = unpacker.unused_data
    except zlib.error:
        pass
    return bytes(found)
