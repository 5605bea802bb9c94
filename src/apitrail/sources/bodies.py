"""Bodies as documents keep them: base64 text, compressed bytes, forms as lists of parameters."""

from __future__ import annotations

import binascii
import re
import zlib
from base64 import b64decode
from collections.abc import Iterable
from urllib.parse import quote_plus

LIMIT = 16 << 20
"""Bytes that a compressed body may unfold to; beyond, it stays compressed."""
_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}
_BOUNDARY = re.compile(r'boundary="?([^";,\s]{1,70})', re.IGNORECASE)


def from_base64(text: str) -> bytes:
    """The bytes of base64 text; the text itself when it is none."""
    try:
        return b64decode(text, validate=False)
    except (binascii.Error, ValueError):
        return text.encode("utf-8", "surrogatepass")


def unfolded(body: bytes, encoding: str) -> bytes:
    """A body without its content encoding; raw when that is unknown, broken or would unfold to more than the limit."""
    window = _WINDOWS.get(encoding.strip().lower())
    if not body or window is None:
        return body
    machine = zlib.decompressobj(window)
    try:
        plain = machine.decompress(body, LIMIT)
    except zlib.error:
        return body
    return plain if machine.eof else body


def form(fields: Iterable[tuple[str, str]]) -> bytes:
    """A URL-encoded form."""
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in fields).encode("ascii", "replace")


def _quoted(text: str) -> str:
    return quote_plus(text, errors="surrogatepass")


def multipart(fields: Iterable[tuple[str, str, str]], content_type: str) -> bytes:
    """A multipart form of (name, value, file name) with the boundary that its content type names."""
    found = _BOUNDARY.search(content_type)
    boundary = found[1] if found else "boundary"
    parts = [f"--{boundary}\r\n{_disposition(name, file)}\r\n\r\n{value}\r\n" for name, value, file in fields]
    return ("".join(parts) + f"--{boundary}--\r\n").encode("utf-8", "surrogatepass")


def _disposition(name: str, file: str) -> str:
    named = f'; filename="{file}"' if file else ""
    return f'Content-Disposition: form-data; name="{name}"{named}'
