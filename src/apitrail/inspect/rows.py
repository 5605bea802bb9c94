"""Exchanges to stored rows: everything that one exchange says about itself, masked, in columns.

Pure but for bounded caches; any number of processes may do it, and all of them agree. The work goes column by column, because
that costs a third of what it costs row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pyarrow as pa

from apitrail.inspect import client, endpoints, geo
from apitrail.inspect.headers import Headers, read_headers
from apitrail.inspect.identity import Identifier, Identity
from apitrail.inspect.masking import is_secret_point, mask_path, mask_query, mask_url, mask_value
from apitrail.inspect.protocol import by_path, protocol
from apitrail.model.exchange import Exchange, Verdict
from apitrail.model.memo import Memo
from apitrail.model.request import SCHEMA

DAY = 86_400_000_000
TEXT_LIMIT = 8192
"""Characters of a path, query, referer or user agent that are stored; what is cut ends in an ellipsis."""


class Inspector:
    """Turns exchanges into rows under one identity secret."""

    def __init__(self, secret: bytes, locate: Callable[[str], geo.Place] = geo.locate) -> None:
        self._identify = Identifier(secret).identify
        self._places = Memo(locate)
        self._endpoints: Memo[str, tuple[str, str]] = Memo(_endpoint)
        self._referers = Memo(_referer)

    def rows(self, exchanges: Sequence[Exchange]) -> pa.Table:
        """One row an exchange, in their order; columns of `model.request.SCHEMA`."""
        values = self._columns(exchanges)
        arrays = [_array(values[field.name], field.type) for field in SCHEMA]
        return pa.table(arrays, schema=SCHEMA)

    def _columns(self, exchanges: Sequence[Exchange]) -> dict[str, list[Any]]:
        headers = [read_headers(exchange.headers) for exchange in exchanges]
        identities = [self._identify(exchange, found) for exchange, found in zip(exchanges, headers, strict=True)]
        addresses = [exchange.client_ip for exchange in exchanges]
        places = [self._places[address] for address in addresses]
        agents = [_cut(found.get("user-agent", "")) for found in headers]
        clients = [client.parse(agent) for agent in agents]
        paths = [mask_path(exchange.path) for exchange in exchanges]
        known = [self._endpoints[endpoints.without_ids(path)] for path in paths]
        return {
            **_plain(exchanges),
            **_session(identities),
            "path": [_cut(path) for path in paths],
            "endpoint": [endpoint for endpoint, _ in known],
            "protocol": _protocols(exchanges, headers, [kind for _, kind in known]),
            "query": [_query(exchange.query) if exchange.query else "" for exchange in exchanges],
            "referer": [self._referers[found.get("referer", "")] for found in headers],
            "ip": addresses,
            "country": [place.country for place in places],
            "network": [place.provider for place in places],
            "network_kind": [place.kind for place in places],
            "user_agent": agents,
            "client": [who.name for who in clients],
            "client_kind": [who.kind for who in clients],
            "attack_types": [attack_types(exchange) for exchange in exchanges],
            "verdicts": [_verdicts(exchange) if exchange.verdicts else "" for exchange in exchanges],
        }


def _plain(exchanges: Sequence[Exchange]) -> dict[str, list[Any]]:
    """What is stored as it came."""
    return {
        "day": [exchange.time // DAY for exchange in exchanges],
        "time": [exchange.time for exchange in exchanges],
        "request_id": [exchange.id for exchange in exchanges],
        "application": [exchange.application for exchange in exchanges],
        "host": [exchange.host for exchange in exchanges],
        "method": [exchange.method for exchange in exchanges],
        "status": [exchange.status for exchange in exchanges],
        "duration_ms": [exchange.duration_ms for exchange in exchanges],
        "request_bytes": [exchange.request_bytes for exchange in exchanges],
        "response_bytes": [exchange.response_bytes for exchange in exchanges],
        "user": [exchange.user for exchange in exchanges],
        "fingerprint": [exchange.fingerprint for exchange in exchanges],
        "blocked": [int(exchange.blocked) for exchange in exchanges],
        "source": [exchange.source for exchange in exchanges],
    }


def _session(identities: Sequence[Identity]) -> dict[str, list[Any]]:
    return {
        "session_id": [identity.session_id for identity in identities],
        "session_key": [identity.key for identity in identities],
        "session_value": [identity.shown for identity in identities],
    }


def _protocols(exchanges: Sequence[Exchange], headers: Sequence[Headers], by_paths: Sequence[str]) -> list[str]:
    return [
        protocol(exchange, found) or suggested for exchange, found, suggested in zip(exchanges, headers, by_paths, strict=True)
    ]


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    try:
        return pa.array(values, kind)
    except UnicodeEncodeError:
        return pa.array([_clean(value) for value in values], kind)


def _clean(value: Any) -> Any:
    """Text with what UTF-8 cannot say spelled out."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_LIMIT else text[:TEXT_LIMIT] + "…"


def _endpoint(path: str) -> tuple[str, str]:
    return endpoints.template(path), by_path(path)


def _query(query: str) -> str:
    return _cut(mask_query(query))


def _referer(referer: str) -> str:
    return _cut(mask_url(referer)) if referer else ""


_NONE: list[str] = []


def attack_types(exchange: Exchange) -> list[str]:
    """The codes of what was found in this exchange, each once, sorted."""
    return sorted({verdict.type for verdict in exchange.verdicts}) if exchange.verdicts else _NONE


def _verdicts(exchange: Exchange) -> str:
    return msgspec.json.encode([_masked(verdict) for verdict in exchange.verdicts]).decode("utf-8", "replace")


def _masked(verdict: Verdict) -> Verdict:
    """What was found where secrets stand is shown like a secret."""
    if not verdict.payload or not is_secret_point(verdict.point):
        return verdict
    shown = mask_value(verdict.payload)
    return msgspec.structs.replace(verdict, payload=shown, message=verdict.message.replace(verdict.payload, shown))
