"""Operations behind one path: GraphQL, SOAP, MCP and other JSON-RPC each say what is asked for (D1)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.inspect.mcp import mcp_call
from apitrail.inspect.operations import NAME, operation_of
from apitrail.inspect.protocol import protocol
from apitrail.inspect.rows import Inspector, Recipe
from apitrail.model.exchange import Exchange, Header
from hostile import PROOFS, encoded, everywhere
from pointing import JSON, XML, reading

pytestmark = pytest.mark.rows("D1")

SOAP_12 = (("content-type", 'application/soap+xml; charset=utf-8; action="urn:shop#GetOrder"'),)


def asked(body: Any, headers: tuple[Header, ...] = JSON, *, path: str = "/api") -> str:
    """The operation of a POST with a body; what is no bytes is sent as JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return operation(Exchange(method="POST", path=path, headers=headers, body=data))


def operation(exchange: Exchange) -> str:
    """The operation of an exchange."""
    read = reading(exchange)
    return operation_of(read, mcp_call(read), protocol(exchange, read.request.headers))


def graphql(query: str, **members: Any) -> dict[str, Any]:
    """The body of a GraphQL request."""
    return {"query": query, **members}


def envelope(body: str, version: str = "http://schemas.xmlsoap.org/soap/envelope/") -> bytes:
    """A SOAP message."""
    return f'<s:Envelope xmlns:s="{version}"><s:Header/><s:Body>{body}</s:Body></s:Envelope>'.encode()


def call(method: Any, **params: Any) -> dict[str, Any]:
    """A JSON-RPC request."""
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


FRAGMENT = "fragment F on Query { me { id } orders { id } }"
GRAPHQL = {
    "query": (graphql("query GetMe { me { id } }"), "query me"),
    "short form": (graphql("{ me { id } }"), "query me"),
    "mutation": (graphql('mutation { login(name: "a") { token } }'), "mutation login"),
    "subscription": (graphql("subscription { prices { value } }"), "subscription prices"),
    "alias": (graphql("mutation { harmless: deleteUser(id: 1) { id } }"), "mutation deleteUser"),
    "several fields": (graphql("{ orders { id } me { id } }"), "query me-orders"),
    "other order": (graphql("{ me { id } orders { id } }"), "query me-orders"),
    "many fields": (graphql("{ e d c b a }"), "query a-b-c"),
    "batch": ([graphql("{ me { id } }"), graphql("{ orders { id } }")], "query me-orders"),
    "fragment": (graphql("query { ...F } " + FRAGMENT), "query me-orders"),
    "inline fragment": (graphql("query { ... on Query { me { id } } }"), "query me"),
    "introspection": (graphql("{ __schema { types { name } } }"), "query"),
}
SILENT = {
    "a search": {"query": "red shoes"},
    "a search of Elasticsearch": {"query": {"match": {"name": "x"}}},
    "no GraphQL": {"query": "mutation {"},
    "a fragment of itself": {"query": "query { ...F } fragment F on Query { ...F }"},
    "a list": ["query"],
    "nothing": {},
}


@pytest.mark.parametrize("name", GRAPHQL)
def test_graphql_is_named_by_type_and_fields(name: str) -> None:
    """What is asked for counts, not what the client calls it; the order of fields makes no other endpoint."""
    body, expected = GRAPHQL[name]
    assert asked(body) == expected


@pytest.mark.parametrize("name", SILENT)
def test_what_is_no_graphql_has_no_operation(name: str) -> None:
    """A member called `query` makes no GraphQL, and a document that cannot be read tells nothing."""
    assert asked(SILENT[name]) in ("", "query")


def test_a_plain_graphql_document() -> None:
    """The content type alone tells that a body is GraphQL."""
    assert asked(b"mutation { pay(id: 1) { id } }", (("content-type", "application/graphql"),)) == "mutation pay"


def test_hostile_names_name_nothing() -> None:
    """Over-long names and those with odd signs leave the path as it is."""
    assert asked(graphql("{ " + "a" * 200 + " }")) == ""
    assert asked(call("<script>alert(1)</script>")) == ""
    assert asked(call("x" * 200)) == ""
    assert asked(call("a#b")) == ""
    assert asked(call("shop.list\n")) == ""
    assert asked(envelope("<_" + "a" * 200 + "/>"), (*XML, ("soapaction", '""'))) == ""


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        (envelope("<m:GetOrder xmlns:m='urn:shop'><id>7</id></m:GetOrder>"), (*XML, ("soapaction", '"urn:shop#Other"')), "GetOrder"),
        (envelope("<GetOrder/>", "http://www.w3.org/2003/05/soap-envelope"), SOAP_12, "GetOrder"),
        (b"", (*XML, ("soapaction", '"http://shop.example/orders/GetOrder"')), "GetOrder"),
        (b"<broken", (*XML, ("soapaction", "urn:shop:GetOrder")), "GetOrder"),
        (envelope(""), (*XML, ("soapaction", '"urn:shop#GetOrder"')), "GetOrder"),
        (envelope("<GetOrder/>"), XML, ""),
    ],
)  # fmt: skip
def test_soap_is_named_by_the_first_element(body: bytes, headers: tuple[Header, ...], expected: str) -> None:
    """In SOAP 1.1 and 1.2 the body tells; the header only where the body is empty or unknown; other XML has no operation."""
    assert asked(body, headers) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (call("tools/call", name="search", arguments={"q": "x"}), "tools/call search"),
        (call("tools/list"), "tools/list"),
        (call("initialize", protocolVersion="2025-06-18"), "initialize"),
        (call("resources/read", uri="file:///notes.txt"), "resources/read file:///notes.txt"),
        (call("prompts/get", name="greet"), "prompts/get greet"),
        ([call("tools/call", name="search"), call("tools/call", name="fetch")], "tools/call search"),
        (call("tools/call", name="<b>"), ""),
        (call("tools/call", name={"a": 1}), "tools/call"),
        (call("getBalance"), "getBalance"),
        (call("eth_blockNumber"), "eth_blockNumber"),
        (call(["x"]), ""),
    ],
)
def test_mcp_and_json_rpc_are_named_by_method_and_primitive(body: Any, expected: str) -> None:
    """An MCP tool, prompt or resource is an operation of its own; other JSON-RPC has its method."""
    assert asked(body) == expected


def test_a_grpc_path_tells_all() -> None:
    """Service and method of gRPC stand in the path."""
    exchange = Exchange(
        method="POST", path="/shop.v1.Orders/GetOrder", headers=(("content-type", "application/grpc"),), body=b"\0\0"
    )
    rows = Inspector(Recipe(b"secret")).rows([exchange])
    assert rows["endpoint"].to_pylist() == ["/shop.v1.Orders/GetOrder"]
    assert rows["protocol"].to_pylist() == ["grpc"]


def test_an_operation_is_part_of_the_endpoint() -> None:
    """It stands behind a mark that no path has, whatever the path has."""
    body = json.dumps(graphql("mutation { login { id } }")).encode()
    exchange = Exchange(method="POST", path="/graphql#mutation logout", headers=JSON, body=body)
    assert Inspector(Recipe(b"secret")).rows([exchange])["endpoint"].to_pylist() == ["/graphql#mutation login"]


@given(st.sampled_from(PROOFS), st.lists(st.integers(0, 20), max_size=2), st.integers(0, 8))
def test_whatever_is_sent_names_an_operation_or_none(text: str, ways: list[int], kind: int) -> None:
    """No body makes it fail, and what names an operation is short and plain."""
    found = operation(everywhere(encoded(text, ways), kind=kind))
    assert found == "" or NAME.fullmatch(found)
