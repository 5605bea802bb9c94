"""Privileges that someone gives himself, and names that reach the prototype of all objects."""

from __future__ import annotations

import pytest
from tests.inspect.attacks.sending import checked, in_form, in_json, kinds, sent

from apitrail.model.exchange import Exchange
from timing import cost

pytestmark = pytest.mark.rows("A1.2")

KNOWN = (("authorization", "Bearer x"),)


@pytest.mark.parametrize(
    "exchange",
    [
        in_json({"username": "a", "password": "b", "isAdmin": True}, "/api/v1/register"),
        in_json({"email": "a@b.example", "password": "x", "role": "admin"}, "/api/users"),
        in_json({"name": "a", "role": "administrator"}, "/users/me", "PATCH", KNOWN),
        in_json({"profile": {"roles": ["user", "ROLE_ADMIN"]}}, "/profile", "PUT", KNOWN),
        in_json({"permissions": ["*"]}, "/account", "PUT", KNOWN),
        in_json({"user": {"is_superuser": 1}}, "/signup"),
        in_form("user[email]=a&user[password]=b&user[admin]=true", "/signup"),
        in_form("name=a&is_staff=1", "/my-account"),
    ],
)
def test_privileges_of_ones_own(exchange: Exchange) -> None:
    """Someone who registers, or changes his own account, and sets what only others may set, is seen."""
    assert kinds(exchange) == {"mass_assignment"}


@pytest.mark.parametrize(
    "exchange",
    [
        in_json({"email": "a@b.example", "password": "x", "role": "admin"}, "/admin/users", headers=KNOWN),
        in_json({"email": "a", "password": "b", "role": "customer"}, "/register"),
        in_json({"role": "designer", "isAdmin": False}, "/me", "PATCH"),
        in_json({"name": "admin", "group": "a"}, "/register"),
        in_json({"userId": 5, "role": "admin"}, "/teams/1/members", headers=KNOWN),
        in_json({"prototype": "car", "constructor": "Ferrari"}),
        in_json({"constructor": {"name": "x"}}),
        in_form("role=admin&q=a", "/search"),
        sent("GET", "/me", "admin=true"),
    ],
)
def test_ordinary_members_are_silent(exchange: Exchange) -> None:
    """An administrator who names another, and words that only look like privileges, are nothing."""
    assert not kinds(exchange)


@pytest.mark.parametrize(
    "exchange",
    [
        in_json({"__proto__": {"admin": True}}),
        in_json([{"a": {"constructor": {"prototype": {"x": 1}}}}]),
        in_json({"a.__proto__.b": 1}),
        sent("POST", headers=(("content-type", "application/json"),), body='{"\\u005f_proto__":{"a":1}}'),
        sent("GET", query="__proto__[x]=1"),
        sent("GET", query="__proto__.x=1"),
        sent("GET", query="a[constructor][prototype][x]=1"),
        in_form("constructor.prototype.x=1"),
    ],
)
def test_the_prototype_is_no_member(exchange: Exchange) -> None:
    """A name that leads to the prototype is seen in a query, a form, and at any level of JSON."""
    assert kinds(exchange) == {"mass_assignment"}


@pytest.mark.parametrize(
    "exchange",
    [
        in_json({f"role{at}": "admin" for at in range(30_000)}, "/register"),
        in_json([[[{"__proto": [{}] * 10_000}]]] * 10),
        in_form("&".join(["proto=1"] * 50_000), "/register"),
        sent("GET", query="proto" * 100_000),
    ],
)
def test_hostile_members_take_no_time(exchange: Exchange) -> None:
    """Very many members are looked at up to a limit."""
    assert cost(lambda: checked(exchange), below=0.5) < 0.5
