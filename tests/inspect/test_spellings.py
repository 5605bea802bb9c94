"""A secret that an exchange names is in nothing that is kept of an attack, whichever way it is written there (S2.4, S4.6)."""

from __future__ import annotations

import base64
import gzip
import html
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.inspect.hiding import SHORTEST, hide
from apitrail.inspect.masking import MASK
from apitrail.inspect.rows import Inspector, Recipe
from apitrail.inspect.spellings import without
from apitrail.model.exchange import Exchange
from apitrail.model.parameters import Parameter, check
from pointing import FORM, JSON, XML, b64, jwt, multipart
from timing import cost
from traffic import NOON

pytestmark = pytest.mark.rows("S2.4")

PLANTED = ("PLANTED-5ecret-9f27", 'Planted"5ecret/\\ü+9f27 k')
ATTACK = "' or 1=1-- <script>alert(1)</script>"
COLUMNS = ("verdicts", "content", "query", "path", "referer")
INSPECTOR = Inspector(Recipe(b"k" * 32))

ENCODERS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "percent": lambda text: quote(text, safe=""),
    "percent twice": lambda text: quote(quote(text, safe=""), safe=""),
    "every letter": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "plus": quote_plus,
    "json": lambda text: json.dumps(text)[1:-1],
    "json in json": lambda text: json.dumps(json.dumps(text)),
    "json, then percent": lambda text: quote(json.dumps(text), safe=""),
    "unicode": lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text),
    "html": html.escape,
    "html twice": lambda text: html.escape(html.escape(text)),
    "html, then percent": lambda text: quote(html.escape(text), safe=""),
    "numbers": lambda text: "".join(f"&#{ord(letter)};" for letter in text),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 in percent": lambda text: quote(base64.b64encode(text.encode()).decode(), safe=""),
    "base64 of json": lambda text: b64(json.dumps({"a": text})),
    "base64 twice": lambda text: b64(b64(text)),
    "gzip": lambda text: base64.b64encode(gzip.compress(text.encode())).decode(),
}


@pytest.mark.parametrize("secret", PLANTED)
@pytest.mark.parametrize("encoder", ENCODERS)
def test_a_secret_goes_in_every_spelling(encoder: str, secret: str) -> None:
    """Whatever escaped it, nothing of it is left but the mask, and what stands around it stays."""
    kept = without(f"before='{ENCODERS[encoder](secret)}'&after", [secret])
    assert MASK in kept
    assert kept.startswith("before='")
    assert kept.endswith("'&after")
    assert not [trace for trace in _traces(secret) if trace in kept]


@given(st.text(max_size=60), st.text(max_size=60))
def test_what_has_no_secret_in_it_stays(text: str, secret: str) -> None:
    """A text is changed only where something of the secret stands."""
    kept = without(text, [secret])
    assert kept == text or MASK in kept


TREES = st.recursive(
    st.text(max_size=20), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


@given(TREES, st.text(max_size=12))
def test_json_stays_json(node: Any, secret: str) -> None:
    """However a secret cuts into an escape, what is left is JSON, and the secret is in no text of it."""
    kept = hide(msgspec.json.encode(node).decode(), [secret])
    msgspec.json.decode(kept)
    assert not (len(secret) >= SHORTEST and secret.isascii() and secret.isalnum() and secret in kept)


@pytest.mark.parametrize(
    "unit", ["a", "\\", "%25", "&amp;", "\\n", "Planted", "%", "eyJ", "a/", "=", "%5c", "\\u0050", "Planted\\n\\n", "\\/", "%2B"]
)
def test_hiding_is_linear(unit: str) -> None:
    """No text, however it is made, takes more than a moment: 100,000 characters in a fraction of a second."""
    text = unit * (100_000 // len(unit))
    assert cost(lambda: without(text + quote(PLANTED[1]), [PLANTED[1]]), below=1) < 1


def _named(secret: str) -> Iterator[str]:
    """Texts that name a secret, beside an attack."""
    plain = {"q": ATTACK, "password": secret}
    texts = (
        json.dumps(plain),
        json.dumps({"data": json.dumps(plain)}),
        f"q={quote_plus(ATTACK)}&password={quote_plus(secret)}",
        f"<a><password>{html.escape(secret)}</password><q>{html.escape(ATTACK)}</q></a>",
        f"mutation {{ login(q: {json.dumps(ATTACK)}, password: {json.dumps(secret)}) {{ x }} }}",
        f"Basic {b64(f'bob:{secret}', padded=True)}",
        jwt(sub=ATTACK, password=secret),
    )
    for encoder in ("plain", "percent", "percent twice", "html", "base64", "base64 in percent", "json in json"):
        yield from map(ENCODERS[encoder], texts)


def _in_percent(text: str) -> dict[str, Any]:
    return {"query": f"x={quote(text, safe='')}&id={quote(ATTACK)}"}


def _in_multipart(text: str) -> dict[str, Any]:
    body, headers = multipart(("x", text.encode()))
    return {"headers": headers, "body": body, "query": f"id={quote(ATTACK)}"}


LOG = (("a", "b"), ("c", "d"), ("e", ATTACK))
PLACES: dict[str, Callable[[str], dict[str, Any]]] = {
    "query": _in_percent,
    "path": lambda text: {"path": f"/a/{quote(text, safe='')}", "query": f"id={quote(ATTACK)}"},
    "form": lambda text: {"headers": FORM, "body": f"x={quote_plus(text)}&id={quote(ATTACK)}".encode()},
    "json": lambda text: {"headers": JSON, "body": json.dumps({"x": text, "id": ATTACK}).encode()},
    "header": lambda text: {"headers": (("x-data", text), *LOG)},
    "cookie": lambda text: {"headers": (("cookie", f"data={quote(text, safe='')}"), *LOG)},
    "referer": lambda text: {"headers": (("referer", f"https://h.example/?x={quote(text, safe='')}"), *LOG)},
    "body": lambda text: {"body": text.encode(), "query": f"id={quote(ATTACK)}"},
    "xml": lambda text: {
        "headers": XML, "body": f"<r><x>{html.escape(text)}</x></r>".encode(), "query": f"id={quote(ATTACK)}",
    },
    "multipart": _in_multipart,
    "answer": lambda text: {
        "query": f"id={quote(ATTACK)}", "response_headers": JSON, "response_body": json.dumps({"x": text}).encode(),
    },
}  # fmt: skip
"""Exchanges with a text in each place, and with an attack."""


def _kept(inspector: Inspector = INSPECTOR, columns: tuple[str, ...] = COLUMNS, **members: Any) -> str:
    """All that is kept of an exchange, as it is stored."""
    exchange = Exchange(**{"method": "POST", "path": "/v", "host": "h.example", "time": NOON, "id": "r", **members})
    row = inspector.rows([exchange]).to_pylist()[0]
    assert row["attack_types"]
    return "\n".join(str(row[column]) for column in columns)


def _traces(secret: str) -> set[str]:
    """The secret in the spellings that tests know, and the middle of its base64 wherever in a text it began."""
    found = {encode(secret) for name, encode in ENCODERS.items() if name != "gzip"} | {secret[:7]}
    for before in range(3):
        packed = base64.b64encode(b"\0" * before + secret.encode()).decode().rstrip("=")
        found.add(packed[(0, 2, 3)[before] : -2])
    return found


@pytest.mark.parametrize("secret", PLANTED)
@pytest.mark.parametrize("place", PLACES)
def test_a_named_secret_is_nowhere_in_a_malicious_row(place: str, secret: str) -> None:
    """A password in JSON, a form, XML, GraphQL, Basic or a token, encoded again: it is not in finding, content or address."""
    traces = _traces(secret)
    for text in _named(secret):
        kept = _kept(**PLACES[place](text))
        assert not [trace for trace in traces if trace in kept], text


CARRIERS: dict[str, Callable[[str], tuple[str, str]]] = {
    "request.header.X-Account": lambda secret: ("x-account", secret),
    "request.cookie.account": lambda secret: ("cookie", f"account={quote(secret)}"),
    "request.header.X-State|base64|json.user": lambda secret: ("x-state", b64(json.dumps({"user": secret}))),
}


@pytest.mark.parametrize("secret", PLANTED)
@pytest.mark.parametrize("point", CARRIERS)
def test_what_a_parameter_hides_is_hidden_in_every_spelling(point: str, secret: str) -> None:
    """A value that the user's own parameters hash stands nowhere in findings and content, in whichever encoding it comes again."""
    inspector = Inspector(Recipe(b"k" * 32, tuple(check([Parameter(point=point, name="account", hashed=True)]))))
    traces = _traces(secret)
    for encode in ENCODERS.values():
        for place in ("form", "json", "header", "multipart", "answer"):
            members = PLACES[place](encode(secret))
            members["headers"] = (*members.get("headers", ()), CARRIERS[point](secret))
            kept = _kept(inspector, COLUMNS[:2], **members)
            assert not [trace for trace in traces if trace in kept], members


@pytest.mark.parametrize(
    "header", [("cookie", f"sid={PLANTED[0]}"), ("x-api-key", PLANTED[0]), ("authorization", f"Token {PLANTED[0]}")]
)
def test_a_session_that_comes_again_is_hidden(header: tuple[str, str]) -> None:
    """The value of a session cookie or a key, sent again under another name, is not in what is kept."""
    assert PLANTED[0] not in _kept(headers=(header, *JSON), body=json.dumps({"note": f"{ATTACK} {PLANTED[0]}"}).encode())


def test_an_attack_that_is_also_a_password_is_shown() -> None:
    """Whoever sends the same attack in every field hides nothing by that: it is masked in the password alone."""
    kept = _kept(headers=FORM, body=f"user={quote_plus(ATTACK)}&password={quote_plus(ATTACK)}".encode())
    assert ATTACK in kept


def test_short_words_stay() -> None:
    """A password of a few letters is masked where it is named; the same word elsewhere is no secret."""
    kept = _kept(headers=JSON, body=json.dumps({"note": f"{ATTACK} admin", "password": "admin"}).encode())
    assert "admin" in kept
    assert MASK in kept
