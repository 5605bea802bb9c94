"""JSON Web Tokens made to be believed without a signature, or to have their key looked up where the attacker says."""

from __future__ import annotations

import base64
import binascii
import json
import re

from apitrail.inspect.attacks.signature import Signature
from apitrail.inspect.attacks.values import Value

HEADER_LENGTH = 2000
"""Characters of the header of a token that are read."""
ROUNDS_LIMIT = 1_000_000
"""Rounds of a key derivation that a token may ask its reader for."""

_HEADER = re.compile(r"[\w-]+")
_INJECTED = re.compile(r"\.\./|/etc/|/dev/|['\"|;`\x00]|\bunion\b|\.\.\\", re.IGNORECASE)


def _token(value: Value, start: int, end: int) -> float:
    """How sure the header of a token attacks the one who reads it."""
    text = value.text
    first = _HEADER.match(text, start)
    header = _read(first[0][:HEADER_LENGTH]) if first else None
    if header is None:
        return 0.0
    algorithm = header.get("alg")
    if isinstance(algorithm, str) and algorithm.strip().lower() in ("none", ""):
        return 0.95
    kid, rounds = header.get("kid"), header.get("p2c")
    if (isinstance(kid, str) and _INJECTED.search(kid)) or (isinstance(rounds, int) and rounds > ROUNDS_LIMIT):
        return 0.9
    if "jwk" in header and "epk" not in header:
        return 0.75
    if any(isinstance(header.get(name), str) for name in ("jku", "x5u")):
        return 0.8
    return 0.75 if algorithm and end == len(text) and text[start:end].endswith(".") else 0.0


def _read(encoded: str) -> dict[str, object] | None:
    try:
        header = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None
    return header if isinstance(header, dict) else None


SIGNATURES: tuple[Signature, ...] = (
    Signature(
        "token-header", "auth", "jwt", r"\beyJ[\w-]{6,}\.[\w-]+\.[\w-]*", check=_token,
        fires=(
            "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJhZG1pbiJ9.", "eyJhbGciOiJOb25FIn0.eyJ1IjoxfQ.",
            "eyJhbGciOiJIUzI1NiIsImtpZCI6Ii4uLy4uL2Rldi9udWxsIn0.eyJ1IjoxfQ.c2ln",
        ),
        silent=("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJ1IjoxfQ.c2ln"),
    ),
)  # fmt: skip
