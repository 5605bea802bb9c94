"""An exchange as one line of NDJSON: the exchange record that travels between machines."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import msgspec

from apitrail.model.exchange import MICROSECOND, Exchange

AS_IT_IS = (
    "id",
    "client_ip",
    "status",
    "duration_ms",
    "request_bytes",
    "response_bytes",
    "application",
    "fingerprint",
    "source",
    "user",
    "version",
)
"""Members that are written under their own name, unless they say nothing."""

_encoder = msgspec.json.Encoder()


def to_record(exchange: Exchange) -> dict[str, Any]:
    """The exchange record of an exchange; what the source did not say is left out."""
    record: dict[str, Any] = {"method": exchange.method, "url": _url(exchange)}
    if exchange.time:
        record["time"] = _timestamp(exchange.time)
    for name in AS_IT_IS:
        value = getattr(exchange, name)
        if value not in ("", None) and not (name == "status" and value == 0):
            record[name] = value
    _add_message(record, "", exchange.headers, exchange.body)
    _add_message(record, "response_", exchange.response_headers, exchange.response_body)
    if exchange.verdicts:
        record["verdicts"] = list(exchange.verdicts)
    if exchange.blocked:
        record["blocked"] = True
    return record


def encode(exchange: Exchange) -> bytes:
    """The exchange record as one line of JSON, with its line end."""
    return _encoder.encode(to_record(exchange)) + b"\n"


def _url(exchange: Exchange) -> str:
    target = f"{exchange.path}?{exchange.query}" if exchange.query else exchange.path
    return f"{exchange.scheme or 'http'}://{exchange.host}{target}" if exchange.host else target


def _timestamp(microseconds: int) -> str:
    # fromtimestamp() on a float would round the last digits away.
    seconds, rest = divmod(microseconds, MICROSECOND)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:06d}Z"


def _add_message(record: dict[str, Any], prefix: str, headers: tuple[tuple[str, str], ...], body: bytes) -> None:
    if headers:
        record[f"{prefix}headers"] = headers
    if body:
        try:
            record[f"{prefix}body"] = body.decode()
        except UnicodeDecodeError:
            record[f"{prefix}body_base64"] = base64.b64encode(body).decode()
