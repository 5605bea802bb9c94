"""The stored form of an exchange: one row, its columns in the order of the table."""

from __future__ import annotations

import re

import pyarrow as pa

_SESSION = re.compile(r"[0-9a-fA-F]{32}")
_WORD = pa.dictionary(pa.int32(), pa.string())
_WORDS = pa.list_(pa.string())

SCHEMA = pa.schema(
    [
        ("day", pa.date32()),
        ("time", pa.timestamp("us", "UTC")),
        ("session_id", pa.binary(16)),
        ("request_id", pa.string()),
        ("application", _WORD),
        ("host", _WORD),
        ("method", _WORD),
        ("path", pa.string()),
        ("query", pa.string()),
        ("endpoint", _WORD),
        ("protocol", _WORD),
        ("mcp_server", _WORD),
        ("rpc_methods", _WORDS),
        ("primitives", _WORDS),
        ("arguments", pa.string()),
        ("status", pa.uint16()),
        ("duration_ms", pa.float32()),
        ("request_bytes", pa.uint64()),
        ("response_bytes", pa.uint64()),
        ("ip", _WORD),
        ("country", _WORD),
        ("network", _WORD),
        ("network_kind", _WORD),
        ("user", _WORD),
        ("roles", _WORDS),
        ("user_agent", _WORD),
        ("client", _WORD),
        ("client_kind", _WORD),
        ("referer", pa.string()),
        ("fingerprint", _WORD),
        ("session_key", _WORD),
        ("session_value", _WORD),
        ("attack_types", _WORDS),
        ("verdicts", pa.string()),
        ("content", pa.string()),
        ("overlimit", _WORDS),
        ("blocked", pa.uint8()),
        ("flows", _WORDS),
        ("context", pa.map_(pa.string(), pa.string())),
        ("observed", pa.map_(pa.string(), pa.uint64())),
        ("described", _WORDS),
        ("auth", _WORDS),
        ("media", _WORD),
        ("response_media", _WORD),
        ("source", _WORD),
    ]
)
"""`session_id` is the UInt128 of the store in little-endian bytes; `verdicts` is a JSON list of `model.finding.Finding` or empty;
`content` is a `model.content.Content` in JSON or empty; `arguments` a JSON object or empty; `observed` maps points to keyed
hashes of what stood there, for recommendations; `described` has
the points of a harmless exchange that was answered well, with their types."""


def session_hex(raw: bytes) -> str:
    """A stored session id as the 32 hex digits that people see."""
    return raw[::-1].hex()


def session_number(text: str) -> int:
    """The 32 hex digits of a session id as the number the store compares; ValueError when they are not."""
    if not _SESSION.fullmatch(text):
        raise ValueError(text)
    return int.from_bytes(bytes.fromhex(text))
