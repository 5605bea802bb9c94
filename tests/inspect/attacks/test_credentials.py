"""What a credential carries is looked at like any other value: users, passwords, headers and claims of tokens (A1.1)."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from tests.pointing import JSON, b64, jwt, reading

from apitrail.inspect.attacks.credentials import carried, may_carry
from apitrail.inspect.attacks.detecting import findings
from apitrail.inspect.attacks.gathering import DECODINGS
from apitrail.inspect.attacks.values import values
from apitrail.model.exchange import Exchange
from apitrail.model.point import parse

pytestmark = pytest.mark.rows("A1.1")

TEXT = "x' union select 1,2--"
TOKEN = jwt(sub=TEXT)


def found(**members: Any) -> dict[str, str]:
    """The subtypes of what is found, by their points."""
    exchange = Exchange(**{"method": "POST", "path": "/", **members})
    return {one.point: one.subtype for one in findings(reading(exchange))}


@pytest.mark.parametrize(
    ("members", "point"),
    [
        ({"headers": (("authorization", f"Basic {b64(f'{TEXT}:x')}"),)}, "request.header.Authorization|basic.user"),
        ({"headers": (("authorization", f"basic  {b64(f'bob:{TEXT}')}"),)}, "request.header.Authorization|basic.password"),
        ({"headers": (("authorization", f"Bearer {TOKEN}"),)}, "request.header.Authorization|bearer|jwt.sub"),
        ({"headers": (("x-token", TOKEN),)}, "request.header.X-Token|jwt.sub"),
        ({"headers": (("cookie", f"t={TOKEN}"),)}, "request.cookie.t|jwt.sub"),
        ({"query": f"t={TOKEN}"}, "request.query.t|jwt.sub"),
        ({"path": f"/verify/{TOKEN}"}, "request.path[1]|jwt.sub"),
        ({"headers": JSON, "body": json.dumps({"a": TOKEN}).encode()}, "request.body.json.a|jwt.sub"),
        ({"query": f"t={jwt(user={'names': [TEXT]})}"}, "request.query.t|jwt.user.names[0]"),
        ({"query": f"t={b64(json.dumps({'user': {'name': TEXT}}))}"}, "request.query.t|base64|json.user.name"),
        ({"path": f"/files/{b64(TEXT)}"}, "request.path[1]|base64"),
    ],
)
def test_what_is_carried_is_found_at_its_point(members: dict[str, Any], point: str) -> None:
    """An attack inside a credential is found at a point that the grammar of points reads back."""
    assert found(**members)[point] == "union"
    assert str(parse(point)) == point


def test_the_header_of_a_token_is_looked_at() -> None:
    """A key id goes into queries and paths as anything else does."""
    header = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": TEXT}).encode()).decode().rstrip("=")
    assert found(query=f"t={header}.e30.c2ln")["request.query.t|jwt_header.kid"] == "union"


@pytest.mark.parametrize(
    "text",
    [jwt(iss="http://sso.internal:8080/realms/a", aud="http://localhost/api", scope="openid profile", name="Ann O'Hara"),
     f"Basic {b64('bob:c0rrect-horse')}", "Basic subscription", "Bearer of news", "eyJ", "eyJ.eyJ.x", "Basic ===="],
)  # fmt: skip
def test_ordinary_credentials_are_quiet(text: str) -> None:
    """Users, passwords, issuers and audiences of every day are no attacks, nor is what only begins like a credential."""
    assert found(headers=(("authorization", text),)) == {}


def test_tokens_in_tokens_end() -> None:
    """Credentials that hold credentials are opened a few times and no more."""
    text = TEXT
    for _ in range(DECODINGS + 3):
        text = jwt(t=text)
    depths = [len(value.decoders) for value in values(reading(Exchange(method="GET", path="/", query=f"t={text}")))]
    assert max(depths) <= 2 * DECODINGS


def test_a_long_text_carries_nothing() -> None:
    """What is too long to be a credential is not opened."""
    text = "Basic " + "A" * 70_000
    assert may_carry(text)
    assert list(carried(text, lambda _root: ())) == []
