"""Decoders: JWTs and base64 as they come, and everything that only looks like them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.inspect.points.decoding import VALUE_LIMIT, decode, jwt_claims, jwt_part, unbase64
from apitrail.model.point import Decoder, Wild
from pointing import b64, jwt

HEAD = b64('{"alg":"none"}')


@pytest.mark.parametrize(
    "token",
    [
        jwt(sub="bob"),
        f"{HEAD}.{b64(json.dumps({'sub': 'bob'}), padded=True)}.",
        f"{b64('{ }', padded=True)}.{b64('{ }')}.x".replace(b64("{ }"), b64('{"sub":"bob"}')),
        jwt(sub="bob")[:-4] + "XXXX",
    ],
)
def test_a_jwt_is_read_and_never_verified(token: str) -> None:
    """With a signature or none, padded or not, tampered with or not: its claims say whom it speaks of."""
    assert jwt_claims(token) == {"sub": "bob"}


@pytest.mark.parametrize(
    "token",
    [
        "",
        "ey",
        "eyJ.eyJ.x",
        jwt(sub="bob").replace(".", "", 1),
        jwt(sub="bob") + ".x",
        "x" + jwt(sub="bob"),
        jwt(sub="bob") + "\n",
        f"{HEAD}.{b64('[1]')}.x",
        f"{HEAD}.{b64('no json')}.x",
        f"{HEAD}.{b64('{')}.x",
        f"{HEAD}.A.x",
        f"{HEAD}..x",
        f"{HEAD}.{b64('[' * 30_000)}.x",
        f"{HEAD}.{b64(json.dumps({'sub': 'x' * VALUE_LIMIT}))}.x",
        f"{HEAD}.{'é'}.x",
        f"{HEAD}.a+b/.x",
    ],
)
def test_what_is_no_jwt_has_no_claims(token: str) -> None:
    """Too few or too many parts, another alphabet, no JSON, no object, too long."""
    assert jwt_claims(token) == {}


def test_claims_are_walked_like_json() -> None:
    """Nested claims, arrays, items of arrays, and the header of the token."""
    token = jwt(sub=7, realm={"roles": ["a", {"b": "c"}]}, scopes=["r", "w"])
    for steps, values in (
        (("sub",), ["7"]),
        (("scopes",), ["r", "w"]),
        (("scopes", 1), ["w"]),
        (("realm", "roles", Wild.ITEMS), ["a"]),
        (("realm", "roles", 1, "b"), ["c"]),
        ((Wild.DEPTHS, "b"), ["c"]),
        (("none",), []),
    ):
        assert decode(Decoder("jwt", steps), token) == values  # type: ignore[arg-type]
    assert decode(Decoder("jwt_header", ("kid",)), token) == ["k7"]


@given(st.binary(min_size=1, max_size=60), st.booleans(), st.booleans())
def test_base64_in_both_alphabets_with_or_without_padding(data: bytes, safe: bool, padded: bool) -> None:
    """However the bytes were written, they come back; also after a query made a space of each plus sign."""
    text = (base64.urlsafe_b64encode if safe else base64.b64encode)(data).decode()
    text = text if padded else text.rstrip("=")
    assert unbase64(text) == data
    assert unbase64(f" {text}\n") == data
    assert unbase64(text.replace("+", " ")) == data or text.startswith("+") or text.endswith("+")
    assert decode(Decoder("base64"), text.replace("/", "%2F").replace("=", "%3D")) == [data.decode("utf-8", "replace")]


@pytest.mark.parametrize("text", ["a", "abcde", "ab=c", "!!!!", "é", "ab\x00c", "=", ""])
def test_what_is_no_base64_is_nothing(text: str) -> None:
    """Wrong lengths and wrong letters."""
    assert not unbase64(text)
    assert decode(Decoder("base64"), text) == []


@pytest.mark.parametrize(
    ("decoder", "value", "values"),
    [
        (Decoder("bearer"), "Bearer abc", ["abc"]),
        (Decoder("bearer"), " BEARER   abc ", ["abc"]),
        (Decoder("bearer"), "token abc", ["abc"]),
        (Decoder("bearer"), "Basic abc", []),
        (Decoder("bearer"), "Bearer", []),
        (Decoder("bearer"), "abc", []),
        (Decoder("apikey"), "Api-Key abc", ["abc"]),
        (Decoder("basic", ("user",)), "Basic Ym9iOnB3", ["bob"]),
        (Decoder("basic", ("password",)), "basic Ym9iOnB3", ["pw"]),
        (Decoder("basic", ("password",)), "Basic Ym9i", []),
        (Decoder("basic", ("user",)), "Basic !!!", []),
        (Decoder("basic", ("user",)), "Bearer Ym9iOnB3", []),
        (Decoder("url"), "a%20b+c", ["a b c"]),
        (Decoder("url"), "%ff%", ["\ufffd%"]),
        (Decoder("form", ("a",)), "a=1&b=2&a=3&a=", ["1", "3"]),
        (Decoder("json", ("a",)), '{"a":1}', ["1"]),
        (Decoder("json", ("a",)), "%7b%22a%22%3a1%7d", ["1"]),
        (Decoder("json"), '["a","b"]', ["a", "b"]),
        (Decoder("json"), "7", ["7"]),
        (Decoder("json", ("a",)), "{", []),
        (Decoder("json", ("a",)), '{"a":"\ud800"}', []),
        (Decoder("url"), "x" * (VALUE_LIMIT + 1), []),
    ],
)
def test_other_decoders(decoder: Decoder, value: str, values: list[str]) -> None:
    """What is not of the decoder's kind, or too long, gives nothing."""
    assert decode(decoder, value) == values


ANY = st.text(max_size=60) | st.builds(
    lambda *parts: ".".join(parts), *[st.sampled_from(("ey", HEAD, "", "A", "=", b64("{}"), "é"))] * 3
)


@given(ANY, st.sampled_from([Decoder("bearer"), Decoder("apikey"), Decoder("basic", ("user",)), Decoder("base64"), Decoder("url"),
    Decoder("json", (Wild.DEPTHS,)), Decoder("jwt", (Wild.MEMBERS,)), Decoder("jwt_header", ("a",)), Decoder("form", ("a",))]))  # fmt: skip
def test_no_value_breaks_a_decoder(value: str, decoder: Decoder) -> None:
    """Every text is decoded to texts, or to nothing."""
    assert all(isinstance(found, str) for found in decode(decoder, value))
    result: Any = jwt_part(value, 1)
    assert result is None or value.startswith("ey")
