"""Hostile exchanges, made from the texts by which the signatures prove themselves."""

from __future__ import annotations

import base64
import gzip
import html
import json
import random
from collections.abc import Callable
from urllib.parse import quote, quote_plus

from apitrail.inspect.attacks.matching import CATALOGUE
from apitrail.model.exchange import Exchange

PROOFS = tuple(dict.fromkeys(text for signature in CATALOGUE for text in (*signature.fires, *signature.silent)))
"""Every text that a signature must find or must pass by."""
ENCODERS: tuple[Callable[[str], str], ...] = (
    lambda text: quote(text, safe="", errors="replace"),
    lambda text: quote_plus(text, errors="replace"),
    html.escape,
    lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text),
    lambda text: "".join(f"%u{ord(letter):04x}" for letter in text),
    lambda text: "".join(f"&#x{ord(letter):x};" for letter in text),
    lambda text: base64.b64encode(text.encode("utf-8", "replace")).decode(),
    lambda text: base64.b64encode(gzip.compress(text.encode("utf-8", "replace"))).decode(),
    lambda text: json.dumps({"a": [text]}),
    lambda text: text.replace(".", "%c0%ae").replace("/", "%c0%af"),
)
"""Ways to write a text that some application reads as the text again."""


def encoded(text: str, ways: list[int]) -> str:
    """A text behind several encoders, one after the other, as long as it stays below a size."""
    for way in ways:
        if len(text) < 20_000:
            text = ENCODERS[way % len(ENCODERS)](text)
    return text


def bodies(text: str) -> list[tuple[str, bytes]]:
    """Bodies of each kind that hold a text, with their content types."""
    raw = text.encode("utf-8", "replace")
    return [
        ("application/json", json.dumps({text[:50]: [text, {"b": text}]}).encode()),
        ("application/json; charset=utf-16", json.dumps({"a": text}, ensure_ascii=False).encode("utf-16", "replace")),
        ("application/x-www-form-urlencoded", f"a={quote_plus(text, errors='replace')}&{text}".encode("utf-8", "replace")),
        ("text/xml", f"<a b='{html.escape(text)}'>{html.escape(text)}</a>".encode("utf-8", "replace")),
        ("text/xml", b"<a>" + raw),
        ("multipart/form-data; boundary=XX", b'--XX\r\nContent-Disposition: form-data; name="' + raw + b'"; filename="' + raw
         + b'"\r\n\r\n' + raw + b"\r\n--XX--\r\n"),
        ("text/plain", raw),
        ("", raw[::-1] + b"\xff\xc0\xaf" + raw),
    ]  # fmt: skip


def everywhere(text: str, *, kind: int = 0, method: str = "POST", packed: bool = False) -> Exchange:
    """An exchange that has a text at every place."""
    said, body = bodies(text)[kind % len(bodies(text))]
    headers = [("content-type", said), ("user-agent", text), ("cookie", f"{text}={text}; b={text}"), (text[:40] or "x", text)]
    if packed:
        headers.append(("content-encoding", "gzip"))
        body = gzip.compress(body)
    return Exchange(
        method=method, path=f"/{text}", query=f"q={quote(text, safe='', errors='replace')}&{text}&{text}={text}", host=text[:60],
        headers=tuple(headers), body=body,
    )  # fmt: skip


def mutated(chance: random.Random) -> str:
    """A proof text with pieces doubled, cut, crossed with another one, and signs of other languages put in."""
    text = chance.choice(PROOFS)
    for _ in range(chance.randrange(6)):
        at = chance.randrange(len(text) + 1)
        other = chance.choice(PROOFS)
        text = chance.choice((
            text[:at] + other + text[at:],
            text[:at] + text[at // 2 : at] * chance.randrange(1, 40) + text[at:],
            text[:at] + chance.choice("'\"`;|&<>(){}[]$%\\/.,=+-*#!?\0\n\r\t \u00a0\uff1c\u2028\ud800e0") * chance.randrange(1, 200) + text[at:],
            text[at:] + text[:at],
            other[: len(other) // 2] + text[at:],
        ))  # fmt: skip
        text = text[:20_000]
    return text
