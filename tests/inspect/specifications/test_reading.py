"""OpenAPI documents are read, or refused for a reason that names the place (D6)."""

from __future__ import annotations

import json
import socket
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from apitrail.errors import BadQuestion
from apitrail.inspect.specifications import decoding
from apitrail.inspect.specifications.reading import METHODS, read
from apitrail.inspect.specifications.specification import Credential, Parameter, Shape, Specification
from documents_of_apis import REAL, document, operation, path_parameters, specification
from timing import cost

pytestmark = pytest.mark.rows("D6")

REFERENCE = {"$ref": "#/components/schemas/Node"}


def reason(text: bytes | str, name: str = "shop.yaml") -> str:
    """Why a document is refused."""
    with pytest.raises(BadQuestion) as refused:
        read(text, name)
    return refused.value.message


def body_shape(schema: Any, **members: Any) -> Shape:
    """The shape of a JSON body."""
    asked = operation(requestBody={"content": {"application/json": {"schema": schema}}})
    body = specification({"/orders": {"post": asked}}, **members).operations[0].body
    assert body
    return body.contents[0].shape


# --- documents that nobody here wrote ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(REAL.glob("*.[jy]*")), ids=lambda path: path.name)
def test_a_real_document_is_read_whole(path: Any) -> None:
    """Every operation that stands in it is there, none besides, and nothing is said against it."""
    found = read(path.read_bytes(), path.name)
    plain = yaml.safe_load(path.read_text())
    base = found.base_paths[0]
    expected = {(method.upper(), base + route) for route, item in plain["paths"].items() for method in METHODS if method in item}
    assert {(one.method, one.templates[0]) for one in found.operations} == expected
    assert len(found.operations) == len(expected)
    assert found.problems == ()
    assert (found.title, found.version) == (plain["info"]["title"], plain["info"]["version"])


def test_real_parameters_and_bodies_are_read() -> None:
    """What stands behind references, at the path and in the operation is found."""
    pets = read((REAL / "petstore-openapi.yaml").read_bytes(), "petstore")
    by_name = {one.operation_id: one for one in pets.operations}
    assert by_name["getPetById"].parameters == (
        Parameter(place="path", name="petId", required=True, shape=Shape(types=("integer",), format="int64")),
    )
    body = by_name["addPet"].body
    assert body
    assert body.required
    assert body.contents[0].shape.required == ("name", "photoUrls")
    assert body.contents[0].shape.properties["category"].properties["id"] == Shape(types=("integer",), format="int64")
    assert Credential("api_key", "header", "api_key") in by_name["getPetById"].security[0] + by_name["getPetById"].security[1]


@pytest.mark.parametrize("path", sorted(REAL.glob("*.[jy]*")), ids=lambda path: path.name)
def test_a_specification_is_plain_data(path: Any) -> None:
    """It can be stored as JSON and comes back the same."""
    found = read(path.read_bytes(), path.name)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Specification) == found


# --- servers, parameters, security ---------------------------------------------------------------------------------------


def test_servers_give_hosts_and_base_paths() -> None:
    """Variables have their defaults, relative ones no host, and nearer servers count instead of those above."""
    servers = [
        {
            "url": "https://{region}.shop.example:8443/{version}/",
            "variables": {"region": {"default": "eu"}, "version": {"default": "v2"}},
        },
        {"url": "/internal"},
    ]
    near = {"get": operation(servers=[{"url": "/old"}]), "post": operation(), "servers": [{"url": "/mid"}]}
    found = specification({"/a": {"get": operation()}, "/b": near}, servers=servers)
    assert (found.hosts, found.base_paths) == (("eu.shop.example:8443",), ("/v2", "/internal"))
    assert [one.templates for one in found.operations] == [("/v2/a", "/internal/a"), ("/old/b",), ("/mid/b",)]


def test_parameters_of_a_path_are_those_of_its_operations() -> None:
    """Of two with one name and place, that of the operation counts; headers described elsewhere are no parameters."""
    above = [*path_parameters("id"), {"name": "page", "in": "query", "schema": {"type": "string"}}]
    own = [
        {"name": "page", "in": "query", "required": True, "schema": {"type": "integer", "minimum": 1, "exclusiveMaximum": 9}},
        {"name": "Accept", "in": "header", "schema": {"type": "string"}},
    ]
    found = specification({"/users/{id}": {"parameters": above, "get": operation(parameters=own)}}).operations[0].parameters
    assert found == (
        Parameter(place="path", name="id", required=True, shape=Shape(types=("string",))),
        Parameter(place="query", name="page", required=True, shape=Shape(types=("integer",), minimum=1, below=9)),
    )


def test_security_is_that_of_the_operation_or_of_the_document() -> None:
    """An empty list, and an empty alternative, let everybody in."""
    schemes = {
        "key": {"type": "apiKey", "in": "query", "name": "k"},
        "o": {"type": "openIdConnect", "openIdConnectUrl": "https://x.example"},
    }
    paths = {
        "/a": {"get": operation()},
        "/b": {"get": operation(security=[])},
        "/c": {"get": operation(security=[{"key": []}, {}])},
        "/d": {"get": operation(security=[{"key": [], "o": []}])},
    }
    found = specification(paths, security=[{"o": []}], components={"securitySchemes": schemes}).operations
    assert [one.secured for one in found] == [True, False, False, True]
    assert found[3].security == ((Credential("api_key", "query", "k"), Credential("bearer", "header", "Authorization")),)


# --- schemas -------------------------------------------------------------------------------------------------------------


def test_cyclic_schemas_are_cut_and_never_infinite() -> None:
    """A tree of nodes is read to a depth; below, anything is allowed."""
    node = {"type": "object", "properties": {"name": {"type": "string"}, "next": REFERENCE, "all": {"type": "array", "items": REFERENCE}},
            "allOf": [REFERENCE]}  # fmt: skip
    shape = body_shape(REFERENCE, components={"schemas": {"Node": node}})
    assert shape.properties["next"].properties["name"] == Shape(types=("string",))
    assert len(msgspec.json.encode(shape)) < 200_000


def test_schemas_that_double_at_each_level_are_bounded() -> None:
    """Sixty levels of a schema that names the next one twice would be a million million million shapes."""
    levels = {f"L{at}": {"allOf": [{"$ref": f"#/components/schemas/L{at + 1}"}] * 2, "properties": {
        "a": {"$ref": f"#/components/schemas/L{at + 1}"}, "b": {"$ref": f"#/components/schemas/L{at + 1}"}}} for at in range(60)}  # fmt: skip
    levels["L60"] = {"type": "string"}
    read_as: list[Shape] = []
    asked = {"$ref": "#/components/schemas/L0"}
    assert cost(lambda: read_as.append(body_shape(asked, components={"schemas": levels})), below=10) < 10
    assert len(msgspec.json.encode(read_as[0])) < 1_000_000


@pytest.mark.parametrize(
    ("schema", "shape"),
    [
        ({"allOf": [{"properties": {"a": {"type": "string"}}, "required": ["a"]}, {"properties": {"b": {}}, "required": ["b"]}]},
         Shape(properties={"a": Shape(types=("string",)), "b": Shape()}, required=("a", "b"))),
        ({"oneOf": [{"type": "integer"}, {"type": "string", "pattern": "^a"}]}, Shape(types=("integer", "string"))),
        ({"anyOf": [{"type": "string", "format": "uuid"}, {"type": "null"}]}, Shape(types=("string", "null"), format="uuid")),
        ({"oneOf": [{"enum": ["a"]}, {"enum": ["b"]}]}, Shape(enum=("a", "b"))),
        ({"oneOf": [{"type": "integer"}, {}]}, Shape()),
        ({"const": 7}, Shape(enum=(7,))),
        ({"type": "object", "additionalProperties": False}, Shape(types=("object",), closed=True)),
        ({"type": "object", "properties": {"id": {"readOnly": True}}, "required": ["id"]}, Shape(types=("object",), properties={"id": Shape()})),
        ({"type": ["string", "null"], "contentEncoding": "base64"}, Shape(types=("string", "null"), format="byte")),
    ],
)  # fmt: skip
def test_schemas_become_shapes(schema: Any, shape: Shape) -> None:
    """Parts are put together, alternatives widened to what any of them allows."""
    assert body_shape(schema) == shape


def test_a_schema_of_3_0_says_null_and_bounds_in_its_own_words() -> None:
    """`nullable` is a type, an exclusive bound a truth value."""
    schema = {"type": "integer", "nullable": True, "minimum": 0, "exclusiveMinimum": True}
    asked = operation(requestBody={"content": {"application/json": {"schema": schema}}})
    body = specification({"/orders": {"post": asked}}, openapi="3.0.3").operations[0].body
    assert body
    assert body.contents[0].shape == Shape(types=("integer", "null"), above=0)


# --- what is refused -----------------------------------------------------------------------------------------------------


def test_swagger_2_is_refused_with_what_to_do() -> None:
    """The error says what it is and how to convert it."""
    said = reason("swagger: '2.0'\ninfo: {title: a, version: '1'}\npaths: {}\n")
    assert said.startswith("shop.yaml: #/swagger: it is Swagger 2.0")
    assert "convert" in said


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        (document([]), "#/paths"),
        (document({"/a": {"get": []}}), "#/paths/~1a/get"),
        (document({"/a/{b}": {"get": operation(parameters=[{"name": "b"}])}}), "#/paths/~1a~1{b}/get/parameters/0"),
        (document({"/a": {"get": operation(parameters=[{"in": "body", "name": "b"}])}}), "#/paths/~1a/get/parameters/0"),
        (document({"/a": {"get": operation(parameters={"b": 1})}}), "#/paths/~1a/get/parameters"),
        (document({"/a": {}}, servers="here"), "#/servers"),
        (document({"/a": {"get": {"$ref": "#/nowhere"}}}), "#/paths/~1a/get"),
        ({"openapi": "3.1.0", "paths": {}}, "info"),
        ({"openapi": "4.0.0", "info": {}, "paths": {}}, "#/openapi"),
        ({"asyncapi": "3.0.0"}, "openapi"),
    ],
    ids=lambda some: some if isinstance(some, str) else "",
)
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_what_cannot_be_read_is_refused_with_its_place(wrong: dict[str, Any], place: str, version: str) -> None:
    """The place is a JSON pointer."""
    known = wrong if wrong.get("openapi") != "3.1.0" else {**wrong, "openapi": version}
    assert place in reason(json.dumps(known))


@pytest.mark.parametrize(
    "text", ["", "[]", "openapi", "{", '{"openapi": ', "a: b: c", "a: *b", "a: &b [*b]", "---\na: 1\n---\nb: 2\n", b"\xff\xfe\xff", "? [a]\n: 1", "\x00"]
)  # fmt: skip
def test_what_is_no_document_is_refused(text: bytes | str) -> None:
    """With a reason, never with another error."""
    assert reason(text).startswith("shop.yaml: ")


def test_large_documents_are_refused_at_once() -> None:
    """By their size, before they are looked at."""
    assert "10,000,000 bytes" in reason(b" " * (decoding.BYTES_LIMIT + 1))


def test_yaml_bombs_are_refused_soon() -> None:
    """Aliases count as what they stand for, ten to the ninth of them too."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 10)}]" for at in range(1, 10)]
    reasons: list[str] = []
    assert cost(lambda: reasons.append(reason("\n".join(lines))), below=2) < 2
    assert "500,000 values" in reasons[0]


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "a: " + "{b: " * 100_000, "- " * 5000 + "a"])
def test_deep_documents_are_refused(text: str) -> None:
    """Deeper than documents are, in JSON and in YAML."""
    reasons: list[str] = []
    assert cost(lambda: reasons.append(reason(text)), below=5) < 5
    assert "deeper than 64 levels" in reasons[0] or "no JSON" in reasons[0]


REMOTE = ("https://evil.example/a.json#/B", "other.yaml#/a", "//evil.example/x", "file:///etc/passwd", "urn:x", "#anchor")


@pytest.mark.parametrize("reference", REMOTE)
@pytest.mark.parametrize("where", ["path", "parameter", "schema", "property"])
def test_references_that_lead_outside_are_refused(monkeypatch: pytest.MonkeyPatch, reference: str, where: str) -> None:
    """With the place of the reference, and without a connection."""
    monkeypatch.setattr(socket, "socket", None)
    away = {"$ref": reference}
    schema = {"properties": {"b": away}} if where == "property" else away if where == "schema" else {}
    asked = operation(
        parameters=[away] if where == "parameter" else [], requestBody={"content": {"application/json": {"schema": schema}}}
    )
    said = reason(json.dumps(document({"/a": away if where == "path" else {"post": asked}})), "shop.json")
    assert said.startswith("shop.json: #/paths/~1a")
    assert repr(reference) in said


def test_nothing_else_is_fetched_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not dialects, identifiers, mappings or links."""
    monkeypatch.setattr(socket, "socket", None)
    away = "https://evil.example/x"
    schema = {"$schema": away, "$id": away, "type": "object", "discriminator": {"propertyName": "a", "mapping": {"b": f"{away}#/c"}},
              "default": {"$ref": away}, "example": {"$ref": away}}  # fmt: skip
    asked = operation(requestBody={"content": {"application/json": {"schema": schema}}}, externalDocs={"url": away})
    found = specification({"/a": {"post": asked}}, jsonSchemaDialect=away)
    assert len(found.operations) == 1


def test_references_in_a_circle_are_refused() -> None:
    """One that leads to itself says nothing, unlike a schema that has itself as a member."""
    schemas = {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}}
    assert "leads in a circle" in reason(json.dumps(document({}, components={"schemas": schemas})))


# --- what is told --------------------------------------------------------------------------------------------------------


def test_small_faults_are_told_and_the_document_is_read() -> None:
    """A wrong example, a missing description, a doubled name or an odd schema do no harm."""
    paths = {
        "/a": {"get": {"operationId": "x", "responses": {"200": {}}}},
        "/b/{id}": {"get": operation(operationId="x", tags=7)},
        "/c": {"post": operation(requestBody={"content": {"application/json": {"schema": {"type": "strin"}}}})},
    }
    found = specification(paths, openapi="3.0.3")
    assert [one.path for one in found.operations] == ["/a", "/b/{id}", "/c"]
    told = {problem.place for problem in found.problems}
    assert {"/paths/~1a/get/responses/200", "/paths/~1b~1{id}/get/tags"} <= told
    assert any("strin" in problem.text for problem in found.problems)


def test_a_large_document_is_read_without_being_checked_by_all_rules() -> None:
    """It is told, and what is read is checked all the same."""
    paths: dict[str, Any] = {f"/a{at}": {"get": operation(tags=["x"])} for at in range(9000)}
    read_as: list[Specification] = []
    assert cost(lambda: read_as.append(specification(paths)), below=10) < 10
    found = read_as[0]
    assert len(found.operations) == 9000
    assert [problem.text[:29] for problem in found.problems] == ["it has more than 50,000 value"]
    paths["/b"] = {"get": operation(parameters=[{"name": "x"}])}
    assert "#/paths/~1b/get/parameters/0" in reason(json.dumps(document(paths)))


def test_yaml_is_read_as_1_2_has_it() -> None:
    """Numbers are texts where they are names; `on` and days are texts; merged keys are there, beneath the own ones."""
    text = """
openapi: 3.1.0
info: {title: Shop, version: 1.0}
x-common: &common
  responses: {200: {description: OK}}
  summary: common
paths:
  /a:
    get:
      <<: *common
      summary: own
      parameters:
        - {name: on, in: query, schema: {type: string, enum: [on, off, 2020-01-01, 'true', ~]}}
"""
    (one,) = read(text, "shop.yaml").operations
    assert one.summary == "own"
    assert one.answers[0].status == "200"
    assert one.parameters[0].name == "on"
    assert one.parameters[0].shape.enum == ("on", "off", "2020-01-01", "true", None)


def test_a_patterns_time_is_not_that_of_its_document(monkeypatch: pytest.MonkeyPatch) -> None:
    """A default is not tried on a pattern that takes for ever."""
    schema = {"type": "string", "pattern": "^(a+)+$", "default": "a" * 60 + "b"}
    read_as: list[Shape] = []
    assert cost(lambda: read_as.append(body_shape(schema)), below=5) < 5
    assert read_as[0].pattern == "^(a+)+$"


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
                    lambda some: st.lists(some, max_size=3) | st.dictionaries(st.sampled_from(
                        ["get", "parameters", "schema", "in", "name", "$ref", "type", "properties", "items", "content", "allOf", "/a", "url"]
                    ) | st.text(max_size=4), some, max_size=4), max_leaves=12)  # fmt: skip


@given(JSON, JSON, st.sampled_from(["3.0.3", "3.1.0"]))
def test_any_document_is_read_or_refused(paths: Any, components: Any, version: str) -> None:
    """Whatever stands in it, no other error comes out, and what is read can be stored."""
    text = json.dumps(
        {"openapi": version, "info": {"title": "t", "version": "1"}, "paths": {"/a": paths}, "components": components}
    )
    try:
        found = read(text, "any.json")
    except BadQuestion:
        return
    assert msgspec.json.decode(msgspec.json.encode(found), type=Specification) == found


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_any_text_is_read_or_refused(text: bytes | str) -> None:
    """Bytes and texts of no sense at all."""
    with pytest.raises(BadQuestion):
        read(text, "any.yaml")
