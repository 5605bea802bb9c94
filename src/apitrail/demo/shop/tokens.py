"""Signed bearer tokens in the JWT format, HS256, with the standard library."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

SECRET = b"a demo needs no secret, and this is none"


def sign(claims: dict[str, Any]) -> str:
    """A token that carries the claims."""
    head = _pack({"alg": "HS256", "typ": "JWT"})
    payload = _pack(claims)
    return f"{head}.{payload}.{_signature(head, payload)}"


def verify(token: str, now: float) -> dict[str, Any] | None:
    """The claims of a token; None when it is not ours, or no longer."""
    head, _, rest = token.partition(".")
    payload, _, signature = rest.partition(".")
    if not hmac.compare_digest(_signature(head, payload).encode(), signature.encode("utf-8", "replace")):
        return None
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return claims if claims["exp"] > now else None


def _pack(value: dict[str, Any]) -> str:
    return _text(json.dumps(value, separators=(",", ":")).encode())


def _signature(head: str, payload: str) -> str:
    return _text(hmac.digest(SECRET, f"{head}.{payload}".encode("utf-8", "replace"), hashlib.sha256))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
