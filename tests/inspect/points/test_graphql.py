"""GraphQL requests: arguments and variables of the fields that an operation asks for, however it is written."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.inspect.points import graphql
from apitrail.inspect.points.graphql import BATCH_LIMIT, DOCUMENT_LIMIT, Message, calls
from pointing import JSON, found

EMAIL = "request.graphql.mutation.login.arguments.email"
VARIABLE = "request.graphql.mutation.login.variables.email"


def ask(document: str, name: str | None = None, **variables: Any) -> str:
    """The body of a request."""
    return json.dumps({"query": document, "variables": variables, "operationName": name})


@pytest.mark.parametrize(
    "body",
    [
        ask('mutation { login(email: "a@b") { token } }'),
        ask('mutation { me: login(email: "a@b") { token } }'),
        ask("mutation ($e: String!) { login(email: $e) { token } }", e="a@b"),
        ask('mutation ($e: String = "a@b") { login(email: $e) { token } }'),
        ask('mutation { ...F } fragment F on Mutation { login(email: "a@b") { token } }'),
        ask('mutation { ... on Mutation { ... { login(email: "a@b") } } }'),
        ask('mutation { login(email: """a@b""") }'),
        ask('mutation { login(email: "\\u0061@b") }'),
        ask('query Q { login(email: "no") } mutation M { login(email: "a@b") }', "M"),
        ask('mutation A { login(email: "no") } mutation B { login(email: "a@b") }', "B"),
        json.dumps([{"query": "{ x }"}, {"query": 'mutation { login(email: "a@b") }'}, 7, {"query": 7}]),
    ],
)
def test_an_argument_is_found_however_it_is_written(body: str) -> None:
    """Inline, aliased, by variable, by default, in a fragment, in the chosen one of several operations, in a batch."""
    assert found(EMAIL, body, headers=JSON) == ["a@b"]


@pytest.mark.parametrize(
    ("point", "values"),
    [
        ("mutation.login.variables.input.email", ["a@b"]),
        ("mutation.Login.variables.input.email", ["a@b"]),
        ("mutation.login.arguments.input.email", ["a@b"]),
        ("*.login.arguments.input.tags[1]", ["y"]),
        ("*.*.arguments.input.tags", ["x", "y"]),
        ("mutation.login.user.arguments.id", ["7"]),
        ("mutation.login.*.arguments.id", ["7"]),
        ("mutation.user.arguments.id", []),
        ("query.login.arguments.input.email", []),
        ("mutation.login.arguments.flag", ["true"]),
        ("mutation.login.arguments.kind", ["ADMIN"]),
        ("mutation.login.arguments.list", ["1", "2.5"]),
        ("mutation.login.arguments.object.deep.x", ["z"]),
        ("mutation.login.arguments.nothing", []),
        ("mutation.login.arguments.absent", []),
        ("mutation.login.variables.unused", ["u"]),
        ("operation", ["Login"]),
    ],
)
def test_paths_into_arguments_and_variables(point: str, values: list[str]) -> None:
    """Nested input objects, lists, enums, numbers, fields below fields, an operation by its name."""
    document = """mutation Login($input: In, $absent: Int) { login(input: $input, flag: true, kind: ADMIN, list: [1, 2.5],
        object: {deep: {x: "z"}}, nothing: null, absent: $absent) { user(id: 7) { name } } }"""
    body = ask(document, input={"email": "a@b", "tags": ["x", "y"]}, unused="u")
    assert found(f"request.graphql.{point}", body, headers=JSON) == values


def test_fields_named_like_the_words_of_the_notation() -> None:
    """A field may be called `arguments`, and so may an argument."""
    body = ask('{ arguments(arguments: "x") { variables(id: 1) } }')
    assert found("request.graphql.query.arguments.arguments.arguments", body, headers=JSON) == ["x"]
    assert found("request.graphql.query.arguments.arguments.id", body, headers=JSON) == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_in_the_query(method: str) -> None:
    """Document, variables and operation name as parameters."""
    asked = {
        "query": "mutation A {x} mutation B($e: String) { login(email: $e) }",
        "variables": '{"e":"a@b"}',
        "operationName": "B",
    }
    query = urlencode(asked)
    assert found(EMAIL, method=method, query=query) == ["a@b"]
    assert found("request.graphql.operation", method=method, query=query) == ["B"]
    assert found("request.graphql.mutation.B.variables.e", method=method, query=query) == ["a@b"]
    assert found(EMAIL, query=urlencode({**asked, "variables": "{"})) == []


def test_a_plain_document() -> None:
    """The content type application/graphql carries a document alone."""
    kind = (("content-type", "Application/GraphQL; charset=utf-8"),)
    document = 'mutation { login(email: "a@b") }'
    assert found(EMAIL, document, headers=kind) == ["a@b"]
    assert found("request.graphql.document", document, headers=kind) == [document]
    assert found(EMAIL, document) == []


def test_the_name_of_an_operation_need_not_be_repeated() -> None:
    """An only operation is chosen by itself; of several without a choice none is."""
    assert found("request.graphql.operation", ask("query Only { x }")) == ["Only"]
    assert found("request.graphql.operation", ask("query A { x } query B { y }")) == []
    assert found("request.graphql.operation", ask("{ x }")) == []


def test_a_batch_is_bounded() -> None:
    """So many requests of a batch are read."""
    one = {"query": 'mutation { login(email: "x") }'}
    body = json.dumps([*[{"query": "{ a }"}] * BATCH_LIMIT, one])
    assert found(EMAIL, body, headers=JSON) == []
    assert found("request.graphql.document", body, headers=JSON) == ["{ a }"] * BATCH_LIMIT


@pytest.mark.parametrize(
    "document",
    [
        "",
        "{",
        "mutation { login(email: }",
        "fragment A on M { ...B } fragment B on M { ...A }",
        "{" * 10_000,
        "{a" * 5000 + "}" * 5000,
        "{ f(x: " + "[" * 5000 + "]" * 5000 + ") }",
        "{ f(x: " + "{a:" * 2000 + "1" + "}" * 2000 + ") }",
        "{" + "a " * 10_000 + "}",
        "x" * (DOCUMENT_LIMIT + 1),
        '"' * 10_000,
        "#" * 10_000,
        "type A { b: C }",
    ],
)
def test_what_cannot_be_read_asks_for_nothing(document: str) -> None:
    """Broken, endless, or too deep: no field, no error."""
    assert calls(Message(document, "", {})) == []
    assert found("request.graphql.*.*.arguments.x", ask(document), headers=JSON) == []


def test_fragments_that_spread_each_other_end() -> None:
    """Each fragment is read once, so a circle of them, or one that doubles again and again, costs no more than its text."""
    circle = "query { ...A } fragment A on Q { a(x: 1) ...B } fragment B on Q { b(x: 2) ...A ...B }"
    assert found("request.graphql.query.*.arguments.x", ask(circle)) == ["1", "2"]
    doubled = (
        "{ ...F0 }"
        + "".join(f" fragment F{n} on Q {{ ...F{n + 1} ...F{n + 1} }}" for n in range(60))
        + " fragment F60 on Q { c(x: 3) }"
    )
    assert found("request.graphql.query.c.arguments.x", ask(doubled)) == ["3"]


def test_long_documents_are_not_remembered() -> None:
    """Only short ones stay in memory, and only so many."""
    graphql._kept.cache_clear()
    for number in range(200):
        calls(Message("{ a" + str(number) + " " * 5000 + "}", "", {}))
    assert graphql._kept.cache_info().currsize == 0


@given(st.text(max_size=60) | st.lists(st.sampled_from(("{", "}", "(", ")", "a", ":", "$a", '"', "query ", "...", "F", "fragment F on Q ", "[", "1")),
                                       max_size=25).map("".join), st.dictionaries(st.text(max_size=3), st.integers(), max_size=2))  # fmt: skip
def test_no_document_breaks_the_reading(document: str, variables: dict[str, Any]) -> None:
    """Every text is a list of fields, maybe empty."""
    assert isinstance(calls(Message(document, "", variables)), list)
