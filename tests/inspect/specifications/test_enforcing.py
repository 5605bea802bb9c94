"""Requests that break their specification, each type, with what it says instead (A1.3)."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.inspect.headers import read_headers
from apitrail.inspect.points.extracting import Reading
from apitrail.inspect.specifications.enforcing import FINDINGS_LIMIT, PAYLOAD_LIMIT, Enforcer, violations
from apitrail.inspect.specifications.fitting import misfit, misfit_of_parameter
from apitrail.inspect.specifications.reading import read
from apitrail.inspect.specifications.specification import Shape
from apitrail.model.exchange import Exchange
from apitrail.model.finding import Finding
from apitrail.model.point import parse
from documents_of_apis import REAL, operation, path_parameters, specification

pytestmark = pytest.mark.rows("A1.3")

ORDER = {
    "type": "object",
    "required": ["sku", "to"],
    "additionalProperties": False,
    "properties": {
        "sku": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]+$", "maxLength": 12},
        "count": {"type": "integer", "format": "int32", "minimum": 1},
        "to": {"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}, "day": {"type": "string", "format": "date"}}},
        "tags": {"type": "array", "items": {"enum": ["new", "sale"]}},
    },
}  # fmt: skip
GOOD = {"sku": "ABC-1", "count": 2, "to": {"city": "Ulm", "day": "2026-05-29"}, "tags": ["new"]}
SHOP = specification(
    {
        "/orders": {
            "get": operation(
                parameters=[
                    {"name": "page", "in": "query", "required": True, "schema": {"type": "integer", "minimum": 1}},
                    {"name": "sort", "in": "query", "schema": {"type": "string", "enum": ["new", "old"]}},
                    {"name": "ids", "in": "query", "explode": False, "schema": {"type": "array", "items": {"type": "integer"}}},
                    {"name": "filter", "in": "query", "style": "deepObject", "schema": {"type": "object"}},
                    {"name": "X-Shop", "in": "header", "required": True, "schema": {"type": "string", "format": "uuid"}},
                    {"name": "seen", "in": "cookie", "schema": {"type": "boolean"}},
                ]
            ),
            "post": operation(
                security=[{"token": []}, {"key": []}],
                requestBody={
                    "required": True,
                    "content": {"application/json": {"schema": ORDER}, "application/x-www-form-urlencoded": {"schema": ORDER}},
                },
            ),
        },
        "/orders/{id}": {"get": operation(parameters=[{**path_parameters("id")[0], "schema": {"type": "integer"}}])},
    },
    components={
        "securitySchemes": {
            "token": {"type": "http", "scheme": "bearer"},
            "key": {"type": "apiKey", "in": "query", "name": "key"},
        }
    },
)
UUID = "123e4567-e89b-12d3-a456-426614174000"
BROWSER = (("accept", "*/*"),)
SHOWN = (*BROWSER, ("authorization", "Bearer abc"))


def judged(
    method: str = "GET", url: str = "/orders?page=1", headers: tuple[tuple[str, str], ...] = (("x-shop", UUID),), body: Any = b""
) -> tuple[Finding, ...]:
    """What a request breaks."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    if body and not any(name == "content-type" for name, _ in headers):
        headers = (*headers, ("content-type", "application/json"))
    path, _, query = url.partition("?")
    exchange = Exchange(method=method, path=path, query=query, host="shop.example", headers=headers, body=data)
    return Enforcer([SHOP]).violations(Reading(exchange, read_headers(headers)))


def told(found: tuple[Finding, ...]) -> list[tuple[str, str, str]]:
    """Type, subtype and point of each."""
    return [(one.type, one.subtype, one.point) for one in found]


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        # what keeps to the specification
        ({}, []),
        ({"url": "/orders?page=1&sort=old&ids=1,2&filter[a]=1"}, []),
        ({"url": "/orders/7"}, []),
        ({"method": "POST", "url": "/orders", "headers": SHOWN, "body": GOOD}, []),
        ({"method": "POST", "url": "/orders?key=k", "headers": BROWSER, "body": GOOD}, []),
        ({"method": "OPTIONS"}, []),
        ({"method": "HEAD"}, []),
        # undefined
        ({"url": "/users"}, [("undefined_endpoint", "path", "request.path")]),
        ({"method": "DELETE"}, [("undefined_endpoint", "method", "request.path")]),
        ({"url": "/orders?page=1&debug=1&debug=2"}, [("undefined_parameter", "query", "request.query.debug")]),
        ({"method": "POST", "url": "/orders", "headers": SHOWN, "body": {**GOOD, "is.admin": True}},
         [("undefined_parameter", "body", 'request.body.json."is.admin"')]),
        # invalid
        ({"url": "/orders?page=x"}, [("invalid_parameter", "type", "request.query.page")]),
        ({"url": "/orders?page=0"}, [("invalid_parameter", "range", "request.query.page")]),
        ({"url": "/orders?page=1&sort=up"}, [("invalid_parameter", "enum", "request.query.sort")]),
        ({"url": "/orders?page=1&ids=1,b"}, [("invalid_parameter", "type", "request.query.ids")]),
        ({"url": "/orders/seven"}, [("invalid_parameter", "type", "request.path[1]")]),
        ({"headers": (("x-shop", "7"),)}, [("invalid_parameter", "format", "request.header.X-Shop")]),
        ({"headers": (("x-shop", UUID), ("cookie", "seen=maybe"))}, [("invalid_parameter", "type", "request.cookie.seen")]),
        ({"method": "POST", "url": "/orders", "headers": SHOWN, "body": {**GOOD, "sku": "abc", "tags": ["new", "x", "y"]}},
         [("invalid_parameter", "pattern", "request.body.json.sku"), ("invalid_parameter", "enum", "request.body.json.tags[*]")]),
        ({"method": "POST", "url": "/orders", "headers": SHOWN, "body": {**GOOD, "count": 1 << 40}},
         [("invalid_parameter", "format", "request.body.json.count")]),
        ({"method": "POST", "url": "/orders", "headers": SHOWN, "body": {**GOOD, "to": {"city": "Ulm", "day": "29.5.26"}}},
         [("invalid_parameter", "format", "request.body.json.to.day")]),
        ({"method": "POST", "url": "/orders", "headers": SHOWN, "body": [GOOD]}, [("invalid_parameter", "type", "request.body.json")]),
        ({"method": "POST", "url": "/orders", "headers": (*SHOWN, ("content-type", "text/xml")), "body": b"<a/>"},
         [("invalid_parameter", "media-type", "request.header.Content-Type")]),
        ({"method": "POST", "url": "/orders", "headers": (*SHOWN, ("content-length", "4")), "body": b'{"a"'},
         [("invalid_parameter", "json", "request.body")]),
        ({"method": "POST", "url": "/orders", "headers": (*SHOWN, ("content-type", "application/x-www-form-urlencoded")),
          "body": b"sku=abc&count=x&to=a&more=1"},
         [("invalid_parameter", "pattern", "request.body.form.sku"), ("invalid_parameter", "type", "request.body.form.count"),
          ("undefined_parameter", "body", "request.body.form.more")]),
        # missing
        ({"url": "/orders"}, [("missing_parameter", "query", "request.query.page")]),
        ({"headers": BROWSER}, [("missing_parameter", "header", "request.header.X-Shop")]),
        ({"method": "POST", "url": "/orders", "headers": SHOWN}, [("missing_parameter", "body", "request.body")]),
        ({"method": "POST", "url": "/orders", "headers": SHOWN, "body": {"sku": "ABC-1", "to": {}}},
         [("missing_parameter", "body", "request.body.json.to.city")]),
        ({"method": "POST", "url": "/orders", "headers": BROWSER, "body": GOOD},
         [("missing_auth", "bearer", "request.header.Authorization")]),
        ({"method": "POST", "url": "/orders", "headers": (*BROWSER, ("authorization", "Basic abc")), "body": GOOD},
         [("missing_auth", "bearer", "request.header.Authorization")]),
        # what a log does not tell is not missing
        ({"headers": (("user-agent", "curl"), ("host", "shop.example"))}, []),
        ({"method": "POST", "url": "/orders", "headers": ()}, []),
        ({"method": "POST", "url": "/orders", "headers": (*SHOWN, ("content-length", "80"))}, []),
    ],
)  # fmt: skip
def test_what_a_request_breaks(request_: dict[str, Any], expected: list[tuple[str, str, str]]) -> None:
    """Each type at its point, and nothing where nothing is broken or nothing can be told."""
    assert told(judged(**request_)) == expected


@pytest.mark.parametrize(
    ("request_", "payload", "message"),
    [
        ({"method": "DELETE"}, "/orders", "Shop 2 has no DELETE /orders; for this path it has GET, POST"),
        ({"url": "/orders?page=0"}, "0", "Shop 2 asks for an integer, at least 1 here"),
        ({"url": "/orders?page=1&sort=up"}, "up", "Shop 2 asks for one of new, old here"),
        ({"url": "/orders"}, "", "Shop 2 asks for the query parameter 'page': an integer, at least 1"),
        ({"url": "/orders?page=1&debug=yes"}, "yes", "Shop 2 has no query parameter 'debug' here; it has filter, ids, page, sort"),
        ({"method": "POST", "url": "/orders", "headers": BROWSER, "body": GOOD}, "",
         "Shop 2 asks for bearer in the header Authorization or api_key in the query key"),
    ],
)  # fmt: skip
def test_a_finding_says_what_the_specification_says(request_: dict[str, Any], payload: str, message: str) -> None:
    """It has the payload, the message, the classification, and is sure."""
    (one,) = judged(**request_)
    assert (one.payload, one.message, one.confidence) == (payload, message, 1.0)
    assert one.cwe
    assert one.owasp


def test_outside_scope_and_base_path_nothing_is_judged() -> None:
    """A specification of `/b2b/v2` says nothing of the rest of the host."""
    shop = read((REAL / "juiceshop-swagger.yml").read_bytes(), "juice")
    enforcer = Enforcer([msgspec.structs.replace(shop, scope_hosts=("juice.example",))])

    def types(host: str, path: str) -> list[str]:
        exchange = Exchange(method="GET", path=path, host=host)
        return [one.type for one in enforcer.violations(Reading(exchange, {}))]

    assert types("juice.example", "/rest/products") == []
    assert types("juice.example", "/b2b/v2/orders") == ["undefined_endpoint"]
    assert types("other.example", "/b2b/v2/orders") == []


def test_what_is_told_is_bounded() -> None:
    """So many findings, so long a payload, whatever comes."""
    many = judged(url="/orders?page=1&" + "&".join(f"p{at}={'v' * 5000}" for at in range(500)))
    assert len(many) == FINDINGS_LIMIT
    assert {len(one.payload) for one in many} == {PAYLOAD_LIMIT}
    members = {f"m{at}": at for at in range(10_000)}
    assert len(judged("POST", "/orders", SHOWN, {**GOOD, **members})) == FINDINGS_LIMIT


@pytest.mark.parametrize(
    ("shape", "text", "expected"),
    [
        (Shape(types=("integer",)), "", "type"), (Shape(types=("integer", "null")), "", ""), (Shape(types=("number",)), "1e3", ""),
        (Shape(types=("number",)), "nan", "type"), (Shape(types=("boolean",)), "True", "type"), (Shape(), "x", ""),
        (Shape(enum=(1, 2)), "2", ""), (Shape(enum=(True,)), "true", ""), (Shape(enum=(1, 2)), "3", "enum"),
        (Shape(types=("integer",), format="int32"), "3000000000", "format"), (Shape(types=("string",), min_length=2), "a", "length"),
        (Shape(types=("string",), pattern="(a+)+$"), "a" * 50_000 + "b", "pattern"), (Shape(types=("string",), pattern="(?=a)b"), "x", ""),
        (Shape(types=("string",), format="date-time"), "2026-05-29T08:31:60.123456789Z", ""),
        (Shape(types=("string",), format="date-time"), "2026-05-29", "format"), (Shape(types=("string",), format="ipv4"), "1.2.3", "format"),
        (Shape(types=("integer", "string"), pattern="^a"), "7", ""), (Shape(types=("array",), items=Shape(types=("integer",))), "1,2", ""),
    ],
)  # fmt: skip
def test_texts_are_read_as_the_types_they_may_be(shape: Shape, text: str, expected: str) -> None:
    """A text fits when any of its readings does; a pattern takes linear time, one that cannot is not looked at."""
    assert misfit_of_parameter(shape, text) == expected


@pytest.mark.parametrize(
    ("shape", "value", "expected"),
    [
        (Shape(types=("integer",)), True, "type"), (Shape(types=("integer",)), 2.0, ""), (Shape(enum=(1,)), True, "enum"),
        (Shape(types=("number",), above=0), 0, "range"), (Shape(types=("null",)), None, ""), (Shape(types=("string",)), None, "type"),
    ],
)  # fmt: skip
def test_values_are_those_of_json(shape: Shape, value: Any, expected: str) -> None:
    """A truth value is no number, a whole number with a point is one."""
    assert misfit(shape, value) == expected


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda some: st.lists(some) | st.dictionaries(st.text(), some),
    max_leaves=10,
)


@given(
    VALUES,
    st.text(),
    st.binary(max_size=60),
    st.sampled_from(["application/json", "multipart/form-data; boundary=x", "text/xml", ""]),
)
def test_any_request_is_judged(value: Any, text: str, raw: bytes, media: str) -> None:
    """No request fails, every finding has a point that is one and can be stored."""
    headers = (("content-type", media), ("x-shop", text), ("cookie", text), ("authorization", text))
    for body in (raw, json.dumps(value).encode()):
        exchange = Exchange(method="POST", path="/orders", query=text, headers=headers, body=body)
        for one in violations(Reading(exchange, read_headers(headers)), SHOP.operations[1], SHOP):
            msgspec.json.encode(one)
            if len(one.point) <= 500:
                parse(one.point)
