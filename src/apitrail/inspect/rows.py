"""Exchanges to stored rows: everything that one exchange says about itself, masked, in columns.

Pure but for bounded caches; any number of processes may do it, and all of them agree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import pyarrow as pa

from apitrail.inspect import client, endpoints, geo
from apitrail.inspect.identity import Identifier, user_agent_of
from apitrail.inspect.masking import mask_path, mask_query, mask_url
from apitrail.inspect.protocol import protocol
from apitrail.model.exchange import Exchange, header
from apitrail.model.request import SCHEMA

DAY = 86_400_000_000
PATH_LIMIT = 8192
"""Characters of a path or query that are stored; what is cut ends in an ellipsis."""

Row = tuple[object, ...]


def _cut(text: str) -> str:
    """Text that the store takes: no lone surrogates, no NUL, bounded."""
    if len(text) > PATH_LIMIT:
        text = text[:PATH_LIMIT] + "…"
    return text if text.isascii() and "\0" not in text else _clean(text)


def _clean(text: str) -> str:
    return text.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode()


class Inspector:
    """Turns exchanges into rows under one identity secret."""

    def __init__(self, secret: bytes, locator: Callable[[str], geo.Place] = geo.locate) -> None:
        self._identify = Identifier(secret).identify
        self._locate = locator

    def rows(self, exchanges: Sequence[Exchange]) -> pa.Table:
        """One row an exchange, in their order; columns of `model.request.SCHEMA`."""
        columns = list(zip(*map(self._row, exchanges), strict=True)) or [()] * len(SCHEMA)
        return pa.table(
            [pa.array(values, field.type) for values, field in zip(columns, SCHEMA, strict=True)], schema=SCHEMA
        )

    def _row(self, exchange: Exchange) -> Row:
        user_agent = user_agent_of(exchange.headers)
        identity = self._identify(exchange, user_agent)
        place = self._locate(exchange.client_ip)
        who = client.parse(user_agent)
        path = mask_path(exchange.path)
        referer = header(exchange.headers, "referer")
        return (
            exchange.time // DAY,
            exchange.time,
            identity.session_id,
            exchange.id,
            _cut(exchange.application),
            _cut(exchange.host),
            _cut(exchange.method),
            _cut(path),
            _cut(mask_query(exchange.query)) if exchange.query else "",
            _cut(endpoints.template(path)),
            protocol(exchange),
            exchange.status,
            exchange.duration_ms,
            exchange.request_bytes,
            exchange.response_bytes,
            exchange.client_ip,
            place.country,
            place.provider,
            place.kind,
            _cut(exchange.user),
            _cut(user_agent),
            who.name,
            who.kind,
            _cut(mask_url(referer)) if referer else "",
            _cut(exchange.fingerprint),
            _cut(identity.key),
            _cut(identity.shown),
            attack_types(exchange),
            _verdicts(exchange),
            int(exchange.blocked),
            _cut(exchange.source),
        )


def attack_types(exchange: Exchange) -> list[str]:
    """The codes of what was found in this exchange, each once, sorted."""
    return sorted({verdict.type for verdict in exchange.verdicts}) if exchange.verdicts else []


def _verdicts(exchange: Exchange) -> str:
    return _cut(msgspec.json.encode(exchange.verdicts).decode()) if exchange.verdicts else ""
