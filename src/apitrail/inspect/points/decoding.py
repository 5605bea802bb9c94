"""The decoders of a point: what stands inside a value."""

from __future__ import annotations

import base64
import binascii
import html
import re
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, unquote_plus

from apitrail.inspect.points import escapes
from apitrail.inspect.points.structures import form_of, json_of
from apitrail.inspect.points.walking import walk
from apitrail.model.point import Decoder

VALUE_LIMIT = 65_536
"""Characters of a value that is decoded; a longer one is not."""

CACHED_TOKENS = 4096
"""Tokens whose parts are remembered: a client sends the same one with every request."""
CACHED_CHARS = 2048
"""Characters of a token whose parts are remembered."""

_JWT = re.compile(r"ey[A-Za-z0-9_-]*={0,2}\.([A-Za-z0-9_-]+)={0,2}\.[A-Za-z0-9_-]*={0,2}")


def decode(decoder: Decoder, value: str) -> list[str]:
    """What a decoder finds in a value; nothing when the value is not of its kind."""
    if len(value) > VALUE_LIMIT:
        return []
    found: list[str] = _DECODERS[decoder.name](decoder, value)
    return found


def unbase64(value: str) -> bytes | None:
    """The bytes of base64 in either alphabet, with or without padding; None when it is none."""
    try:
        # A plus sign that came through a query is a space by now.
        plain = value.strip().rstrip("=").replace("-", "+").replace("_", "/").replace(" ", "+")
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def jwt_part(token: str, part: int) -> Any:
    """The header (0) or the claims (1) of a JWT, unverified, not to be changed; None when it is not one."""
    if not token.startswith("ey"):
        return None
    return _remembered_part(token, part) if len(token) <= CACHED_CHARS else _jwt_part(token, part)


def _jwt_part(token: str, part: int) -> Any:
    if not _JWT.fullmatch(token):
        return None
    raw = unbase64(token.split(".")[part])
    return json_of(raw) if raw else None


_remembered_part = lru_cache(maxsize=CACHED_TOKENS)(_jwt_part)


def jwt_claims(token: str) -> dict[str, Any]:
    """The claims a JWT carries, unverified; empty when it is not one."""
    claims = jwt_part(token, 1) if len(token) <= VALUE_LIMIT else None
    return claims if isinstance(claims, dict) else {}


def _after_scheme(*schemes: str) -> Any:
    def inside(_decoder: Decoder, value: str) -> list[str]:
        scheme, _, rest = value.strip().partition(" ")
        return [rest.strip()] if scheme.lower() in schemes and rest.strip() else []

    return inside


def _basic(decoder: Decoder, value: str) -> list[str]:
    scheme, _, rest = value.strip().partition(" ")
    raw = unbase64(rest) if scheme.lower() == "basic" else None
    if not raw:
        return []
    user, _, password = raw.decode("utf-8", "replace").partition(":")
    found = user if decoder.steps[0] == "user" else password
    return [found] if found else []


def _base64(_decoder: Decoder, value: str) -> list[str]:
    raw = unbase64(unquote(value) if "%" in value else value)
    return [raw.decode("utf-8", "replace")] if raw else []


def _form(decoder: Decoder, value: str) -> list[str]:
    return [found for name, found in form_of(value) if name == decoder.steps[0] and found]


def _json(decoder: Decoder, value: str) -> list[str]:
    return walk(json_of(unquote_plus(value) if value[:3].upper() in ("%7B", "%5B") else value), decoder.steps)


_DECODERS: dict[str, Any] = {
    "bearer": _after_scheme("bearer", "token"),
    "apikey": _after_scheme("apikey", "api-key"),
    "base64": _base64,
    "url": lambda _decoder, value: [unquote_plus(value)],
    "html": lambda _decoder, value: [html.unescape(value)],
    "js": lambda _decoder, value: [escapes.js(value)],
    "unicode": lambda _decoder, value: [escapes.plain(value)],
    "json": _json,
    "jwt": lambda decoder, value: walk(jwt_part(value, 1), decoder.steps),
    "jwt_header": lambda decoder, value: walk(jwt_part(value, 0), decoder.steps),
    "basic": _basic,
    "form": _form,
}
