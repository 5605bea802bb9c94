"""The inventory of a host as an OpenAPI document: valid, stable, and the same inventory when it is read back (D10)."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator

from apitrail.explore.discovery.openapi import DocumentedEndpoint, DocumentedParameter, document
from apitrail.explore.discovery.templates import path_of, shape_of
from apitrail.inspect.endpoints import KINDS
from apitrail.inspect.specifications.flattening import Described, parameters
from apitrail.inspect.specifications.matching import Matcher
from apitrail.inspect.specifications.reading import read
from apitrail.inspect.specifications.specification import Specification
from apitrail.inspect.value_types import TYPES
from apitrail.model.point import Point, Steps, Wild

pytestmark = pytest.mark.rows("D10")

HOST = "api.shop.example"


def seen(point: str, kind: str, *sensitive: str, required: bool = False) -> DocumentedParameter:
    """A parameter of the inventory."""
    return DocumentedParameter(point, kind, required, sensitive)


def endpoint(method: str, template: str, *some: DocumentedParameter, **members: Any) -> DocumentedEndpoint:
    """An endpoint of the inventory."""
    return DocumentedEndpoint(method=method, endpoint=template, parameters=some, **members)


def back(made: dict[str, Any]) -> Specification:
    """What is read of a document; it must be valid to its last word."""
    assert list(OpenAPIV31SpecValidator(json.loads(json.dumps(made))).iter_errors()) == []
    found = read(json.dumps(made), "export.json")
    assert found.problems == ()
    return found


def the(method: str, path: str, *endpoints: DocumentedEndpoint) -> dict[str, Any]:
    """One operation of a document."""
    made = document(HOST, endpoints)
    back(made)
    operation: dict[str, Any] = made["paths"][path][method]
    return operation


# --- paths ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("/users/{id}/orders/{id}", "/users/{userId}/orders/{orderId}"), ("/{id}", "/{id}"), ("/{id}/{id}", "/{id}/{id2}"),
        ("/categories/{uuid}", "/categories/{categoryUuid}"), ("/addresses/{date}", "/addresses/{addressDate}"), ("/status/{text}", "/status/{statusText}"),
        ("/users/{name}", "/users/{userName}"), ("/email/{email}", "/email/{email}"), ("/order-items/{id}", "/order-items/{orderItemId}"),
        ("/files/{hex}.js", "/files/{fileHex}.js"), ("/a/{id}/{id}", "/a/{aId}/{aId2}"), ("/v1/users/{id}:cancel", "/v1/users/{userId}:cancel"),
        ("/graphql#query users", "/graphql"), ("/a b/{", "/a%20b/%7B"), ("*", "/*"), ("", "/"), ("/a/", "/a/"), ("/caf%C3%A9/{id}", "/caf%C3%A9/{cafId}"),
    ],
)  # fmt: skip
def test_variables_are_named_after_the_word_before_them(template: str, path: str) -> None:
    """Each once in a path, and the same in every path that begins the same."""
    assert path_of(template).path == path


def test_a_day_in_a_path_has_its_format() -> None:
    """What the template calls a date is one in the document, and so is what the inventory says of a whole segment."""
    (variable,) = the("get", "/reports/{reportDate}", endpoint("GET", "/reports/{date}"))["parameters"]
    assert variable["schema"] == {"type": "string", "format": "date"}
    told = endpoint("GET", "/reports/{id}", seen("request.path[1]", "int32", required=True))
    (variable,) = the("get", "/reports/{reportId}", told)["parameters"]
    assert variable == {
        "name": "reportId",
        "in": "path",
        "required": True,
        "schema": {"type": "integer", "format": "int32"},
    }


def test_paths_that_differ_in_kinds_of_variables_are_one() -> None:
    """To OpenAPI they are identical; what only one of them requires is not required."""
    one = endpoint(
        "GET",
        "/users/{id}",
        seen("request.query.page", "int32", required=True),
        seen("request.query.all", "boolean", required=True),
    )
    other = endpoint("GET", "/users/{uuid}", seen("request.query.page", "int64", required=True))
    operation = the("get", "/users/{userId}", one, other)
    assert operation["parameters"][1:] == [
        {"name": "all", "in": "query", "schema": {"type": "boolean"}},
        {"name": "page", "in": "query", "required": True, "schema": {"type": "integer", "format": "int64"}},
    ]


# --- one endpoint --------------------------------------------------------------------------------------------------------


def test_bodies_are_put_together_from_points() -> None:
    """Members of members, lists, members of any name; what is required of an object is, of items of a list and others alike."""
    operation = the(
        "post", "/orders",
        endpoint(
            "POST", "/orders",
            seen("request.body.json.user.name", "string", "person_name", required=True), seen("request.body.json.user.email", "email"),
            seen("request.body.json.items[*].sku", "string", required=True), seen("request.body.json.prices.*.net", "float"),
            seen("response.body.json.id", "uuid"), seen("response.header.X-Total", "int32"), seen("request.body.json.note", "null"),
            media=("application/json",), response_media=("application/json",), statuses=(201, 422),
        ),
    )  # fmt: skip
    assert operation["requestBody"] == {"required": True, "content": {"application/json": {"schema": {
        "type": "object", "required": ["user"], "properties": {
            "items": {"type": "array", "items": {"type": "object", "required": ["sku"], "properties": {"sku": {"type": "string"}}}},
            "note": {"type": "null"},
            "prices": {"type": "object", "additionalProperties": {"type": "object", "properties": {"net": {"type": "number", "format": "double"}}}},
            "user": {"type": "object", "required": ["name"], "properties": {
                "email": {"type": "string", "format": "email"}, "name": {"type": "string", "x-sensitive": ["person_name"]}}},
        }}}}}  # fmt: skip
    assert (
        operation["responses"]["422"] == {"description": "Unprocessable Entity"} or "description" in operation["responses"]["422"]
    )
    assert operation["responses"]["201"]["content"]["application/json"]["schema"]["properties"] == {
        "id": {"type": "string", "format": "uuid"}
    }
    assert operation["responses"]["201"]["headers"] == {"X-Total": {"schema": {"type": "integer", "format": "int32"}}}
    assert operation["x-sensitive"] == ["person_name"]


def test_a_member_of_what_may_be_left_out_requires_nothing_above() -> None:
    """An optional object keeps its required members to itself, and a body that may be left out is not required."""
    operation = the(
        "post", "/orders",
        endpoint(
            "POST", "/orders", seen("request.body.json", "object"), seen("request.body.json.id", "uuid", required=True),
            seen("request.body.json.user", "object"), seen("request.body.json.user.name", "string", required=True),
        ),
    )  # fmt: skip
    body = operation["requestBody"]
    assert "required" not in body
    schema = body["content"]["application/json"]["schema"]
    assert (schema["required"], schema["properties"]["user"]["required"]) == (["id"], ["name"])


def test_types_of_one_point_are_widened() -> None:
    """A member that is null at times may be null; one that is a text or an object is either."""
    operation = the(
        "post", "/a",
        endpoint("POST", "/a", seen("request.body.json.n", "int32"), seen("request.body.json.n", "float"), seen("request.body.json.n", "null"),
                 seen("request.body.json.o", "string"), seen("request.body.json.o.x", "int32")),
    )  # fmt: skip
    members = operation["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert members["n"] == {"type": ["number", "null"], "format": "double"}
    assert members["o"]["type"] == ["object", "string"]


def test_forms_files_and_xml_have_their_media_types() -> None:
    """Also when the inventory does not name them."""
    made = document(HOST, [
        endpoint("POST", "/form", seen("request.body.form.a", "int32")),
        endpoint("POST", "/file", seen("request.body.multipart.a", "file"), media=("multipart/form-data",)),
        endpoint("POST", "/soap#GetOrder", seen("request.body.xml.Envelope.Order.@id", "int32"), media=("text/xml",)),
        endpoint("PUT", "/raw", media=("application/octet-stream", "no media type")),
    ])  # fmt: skip
    back(made)
    contents = {path: next(iter(item.values()))["requestBody"]["content"] for path, item in made["paths"].items()}
    assert contents["/form"] == {
        "application/x-www-form-urlencoded": {
            "schema": {"type": "object", "properties": {"a": {"type": "integer", "format": "int32"}}}
        }
    }
    assert contents["/file"]["multipart/form-data"]["schema"]["properties"]["a"] == {"type": "string", "format": "binary"}
    assert contents["/raw"] == {"application/octet-stream": {}}
    schema = contents["/soap"]["text/xml"]["schema"]
    assert schema["xml"] == {"name": "Envelope"}
    assert schema["properties"]["Order"]["properties"]["@id"]["xml"] == {"name": "id", "attribute": True}


def test_operations_behind_one_path_are_folded() -> None:
    """Of GraphQL, SOAP and MCP, each is listed; the path is retired when all of them are."""
    operation = the(
        "post", "/graphql",
        endpoint("POST", "/graphql#mutation login", rogue="zombie", risk=9, numbers={"requests": 7}),
        endpoint("POST", "/graphql#query me", risk=2),
    )  # fmt: skip
    assert operation["x-operations"] == [
        {"operation": "mutation login", "risk": 9, "rogue": "zombie", "numbers": {"requests": 7}}, {"operation": "query me", "risk": 2},
    ]  # fmt: skip
    assert operation["x-risk"] == 9
    assert "deprecated" not in operation


def test_risk_rogue_and_flows_are_told() -> None:
    """A zombie is deprecated, flows are tags."""
    operation = the(
        "get",
        "/old",
        endpoint(
            "GET", "/old", rogue="zombie", risk=8, risk_factors=("sensitive data",), flows=("Billing",), numbers={"p95_ms": 9.5}
        ),
    )
    assert operation["deprecated"] is True
    told = {name: operation[name] for name in ("x-risk", "x-risk-factors", "x-rogue", "x-numbers", "tags")}
    assert told == {
        "x-risk": 8,
        "x-risk-factors": ["sensitive data"],
        "x-rogue": ["zombie"],
        "x-numbers": {"p95_ms": 9.5},
        "tags": ["Billing"],
    }


def test_authentication_becomes_security_schemes() -> None:
    """One of the kinds is enough; an empty one stands for requests that needed none."""
    made = document(HOST, [
        endpoint("GET", "/a", seen("request.query.api_key", "hex"), auth=("api_key", "jwt")),
        endpoint("GET", "/b", seen("request.cookie.sid", "hex"), auth=("cookie",), auth_optional=True),
        endpoint("GET", "/c", auth=("api_key", "basic", "aws_signature", "mtls", "digest")),
        endpoint("GET", "/d"),
    ])  # fmt: skip
    found = {one.path: one for one in back(made).operations}
    assert made["components"]["securitySchemes"]["jwt"] == {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    assert [(some.kind, some.place, some.name) for (some,) in found["/a"].security] == [
        ("api_key", "query", "api_key"),
        ("bearer", "header", "Authorization"),
    ]
    assert [one.secured for one in found.values()] == [True, False, True, False]
    assert found["/b"].security[0][0].name == "sid"


def test_what_openapi_has_no_place_for_is_told_beside() -> None:
    """Cookies that are set, values inside values, methods of other protocols; headers that are described elsewhere are left out."""
    made = document("", [
        endpoint("GET", "/a", seen("response.header.Set-Cookie.sid", "hex"), seen("request.query.t|base64", "string"), seen("no point", "string"),
                 seen("request.header.Authorization", "string"), seen('request.query.""', "string")),
        endpoint("PROPFIND", "/a"),
    ])  # fmt: skip
    found = back(made)
    assert [one["point"] for one in made["paths"]["/a"]["get"]["x-parameters"]] == [
        "no point", 'request.query.""', "request.query.t|base64", "response.header.Set-Cookie.sid",
    ]  # fmt: skip
    assert made["paths"]["/a"]["x-methods"] == ["PROPFIND"]
    assert parameters(found.operations[0]) == ()


# --- every inventory -----------------------------------------------------------------------------------------------------

SCALARS = tuple(kind for kind in TYPES if kind not in ("object", "array"))
NAMES = st.sampled_from(
    ["id", "name", "page", "$ref", "type", "properties", "items", "x-y", "ä b", 'q"', "a.b", "@id"]
) | st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=6)
STEPS = st.lists(NAMES | st.sampled_from([Wild.ITEMS, Wild.MEMBERS]), max_size=5).map(tuple)
SEGMENTS = st.sampled_from(
    ["users", "orders", "v1", "me", "a%20b", "ü", "a{b", "}", *(f"{{{kind}}}" for kind in (*KINDS, "name", "path"))]
)
TEMPLATES = st.lists(SEGMENTS, max_size=5).map(lambda some: "/" + "/".join(some))
NAMED = st.tuples(
    st.just("request"), st.sampled_from(["query", "header", "cookie", "body.form", "body.multipart"]), st.tuples(NAMES)
)
ANSWERED = st.tuples(st.just("response"), st.just("header"), st.tuples(NAMES))
BODIES = st.tuples(st.sampled_from(["request", "response"]), st.just("body.json"), STEPS)
XML = st.tuples(st.sampled_from(["request", "response"]), st.just("body.xml"), st.lists(NAMES, min_size=2, max_size=4).map(tuple))
PARAMETERS = st.lists(st.tuples(NAMED | ANSWERED | BODIES | XML, st.sampled_from(TYPES), st.booleans()), max_size=8)
METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"])


def consistent(drawn: Sequence[tuple[tuple[str, str, Steps], str, bool]]) -> tuple[DocumentedParameter, ...]:
    """Parameters as an inventory may have them: each place once, no place that is a value and a structure, headers by any case."""
    kept: dict[str, tuple[Point, DocumentedParameter]] = {}
    for (side, place, steps), kind, required in drawn:
        point = Point(side, place, steps)
        key = str(point).lower() if place == "header" else str(point)
        reserved = place == "header" and str(steps[0]).lower() in ("accept", "content-type", "authorization", "set-cookie")
        cut = place == "header" and str(steps[0]).lower().startswith("set-cookie.")
        inside = any(
            other.side == side and other.place == place and other.place.startswith("body.")
            and (other.steps[: len(steps)] == steps or steps[: len(other.steps)] == other.steps) for other, _ in kept.values()
        )  # fmt: skip
        if not (reserved or cut or inside or key in kept or len(str(point)) > 400):
            kept[key] = (point, DocumentedParameter(str(point), kind, required and _can_be_required(point)))
    return tuple(parameter for _, parameter in kept.values())


def _can_be_required(point: Point) -> bool:
    """Nothing is required of an answer but headers, nor in a list; of a whole body, it is the body that is."""
    return all(isinstance(step, str) for step in point.steps) and bool(point.steps)


def _of_its_own(some: Described) -> Described:
    """A body that is one value is required when any body is, of whatever media type."""
    return some._replace(required=False) if some.point == "request.body.json" else some


INVENTORIES = st.lists(
    st.builds(
        lambda method, template, some: DocumentedEndpoint(method=method, endpoint=template, parameters=consistent(some)),
        METHODS, TEMPLATES, PARAMETERS,
    ),
    max_size=5, unique_by=lambda one: (one.method, shape_of(path_of(one.endpoint).path)),
)  # fmt: skip


@settings(max_examples=50)
@given(INVENTORIES)
def test_reading_a_document_back_gives_the_inventory(inventory: list[DocumentedEndpoint]) -> None:
    """The same methods and templates up to the names of variables, and the same parameters with their types."""
    made = document(HOST, inventory)
    found = {(one.method, shape_of(one.path)): one for one in back(made).operations}
    assert set(found) == {(one.method, shape_of(path_of(one.endpoint).path)) for one in inventory}
    for one in inventory:
        operation = found[one.method, shape_of(path_of(one.endpoint).path)]
        told = {_of_its_own(some) for some in parameters(operation) if not some.point.startswith("request.path[")}
        assert told == {Described(some.point, some.type, some.required) for some in one.parameters}


@settings(max_examples=50)
@given(INVENTORIES, st.randoms(use_true_random=False))
def test_a_document_does_not_depend_on_the_order(inventory: list[DocumentedEndpoint], rng: random.Random) -> None:
    """The same inventory is the same text, so that two exports can be compared."""
    other = list(inventory)
    rng.shuffle(other)
    assert json.dumps(document(HOST, inventory)) == json.dumps(document(HOST, other))


@settings(max_examples=50)
@given(INVENTORIES)
def test_an_exported_endpoint_is_no_rogue(inventory: list[DocumentedEndpoint]) -> None:
    """Traffic compared with its own document finds the operation of every endpoint."""
    matcher = Matcher([back(document(HOST, inventory))])
    for one in inventory:
        match = matcher.operation_of_template(HOST, one.method, one.endpoint)
        assert match
        assert re.sub(r"[{}]", "", shape_of(match.operation.path)).count("/") == path_of(one.endpoint).path.count("/")


@given(st.lists(st.builds(DocumentedEndpoint, method=st.text(max_size=8), endpoint=st.text(max_size=30), media=st.lists(st.text(max_size=9)).map(tuple),
                          auth=st.lists(st.text(max_size=6)).map(tuple), statuses=st.lists(st.integers(-9, 999)).map(tuple),
                          parameters=st.lists(st.builds(DocumentedParameter, point=st.text(max_size=20), type=st.sampled_from(TYPES))).map(tuple)),
                max_size=4), st.text(max_size=20))  # fmt: skip
def test_any_inventory_makes_a_valid_document(inventory: list[DocumentedEndpoint], host: str) -> None:
    """Whatever scanners sent."""
    back(document(host, inventory))
