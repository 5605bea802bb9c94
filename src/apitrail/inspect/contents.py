"""The full content of an exchange, masked, as it is kept for malicious ones (S4.6)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from apitrail.inspect.hiding import Hiding
from apitrail.inspect.masking import MASK, SECRET_HEADERS, is_secret_name, mask_text, mask_url
from apitrail.model.content import Content, Message
from apitrail.model.exchange import Exchange, Header
from apitrail.model.texts import sayable

BODY_LIMIT = 65_536
"""Characters of a body that are kept."""
HEADERS_LIMIT = 100
"""Headers that are kept of one direction, each with at most HEADER_LIMIT characters."""
HEADER_LIMIT = 4096

_URLS = frozenset(("referer", "location", "origin", "content-location"))
_COOKIES = frozenset(("cookie", "set-cookie"))
_COOKIE = re.compile(r"([^=;\s][^=;]*=)[^;]*")


def content_of(exchange: Exchange, hiding: Hiding) -> Content | None:
    """What the exchange has beyond its row; None when it has no more, as a line of a log."""
    if not (exchange.body or exchange.response_body or exchange.response_headers) and _OF_A_ROW.issuperset(
        name for name, _ in exchange.headers
    ):
        return None
    return Content(
        Message(_headers(exchange.headers, hiding), *_body(exchange.body, hiding)),
        Message(_headers(exchange.response_headers, hiding), *_body(exchange.response_body, hiding)),
    )


_OF_A_ROW = frozenset(("host", "user-agent", "referer"))
"""Headers that stand in a row by themselves."""


def _headers(headers: Iterable[Header], hiding: Hiding) -> tuple[Header, ...]:
    return tuple(
        (sayable(name), sayable(_value(name, value[:HEADER_LIMIT], hiding))) for name, value in list(headers)[:HEADERS_LIMIT]
    )


def _value(name: str, value: str, hiding: Hiding) -> str:
    if name in _COOKIES:
        first, end, rest = value.partition(";") if name == "set-cookie" else (value, "", "")
        return _COOKIE.sub(rf"\g<1>{MASK}", first) + end + rest
    if name in SECRET_HEADERS or is_secret_name(name):
        scheme, space, _ = value.partition(" ")
        return f"{scheme} {MASK}" if space and scheme.isalpha() else MASK
    return hiding.url(value) if name in _URLS else mask_text(mask_url(value) if "?" in value else value)


def _body(body: bytes, hiding: Hiding) -> tuple[str, int]:
    text = body[: 4 * BODY_LIMIT].decode("utf-8", "backslashreplace")
    kept = text[:BODY_LIMIT]
    return sayable(hiding.masks["body"](kept)) if kept else "", max(0, len(body) - len(kept.encode("utf-8", "ignore")))
