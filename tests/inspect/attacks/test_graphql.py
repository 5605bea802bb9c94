"""GraphQL requests that cost more than they should, told from those of ordinary clients."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.inspect.attacks.sending import checked, in_form, in_json, kinds, rules, sent
from tests.pointing import JSON

from apitrail.inspect.attacks.families.graphql_shape import looks_like_document, shape_of
from timing import cost

pytestmark = pytest.mark.rows("A1.2")

INTROSPECTION = "{__schema{types{name fields{name}}}}"


def nested(*names: str) -> str:
    """Fields in one another."""
    return "{" + "{".join(names) + "}" * len(names)


def asked(document: str, **more: object) -> set[str]:
    """The rules that fit a document in a JSON body."""
    return rules(in_json({"query": document, **more}, "/graphql"))


COSTLY = {
    "graphql-depth": (nested(*(f"a{at}" for at in range(18))), nested(*["user", "friends"] * 6)),
    "graphql-aliases": (
        "{" + " ".join(f"a{at}:user(id:{at}){{name}}" for at in range(20)) + "}",
        "mutation{" + " ".join(f'a{at}:login(pin:"{at}"){{token}}' for at in range(8)) + "}",
    ),
    "graphql-duplicates": ("{" + "a " * 50 + "}",),
    "graphql-directives": ("{a" + "@x" * 8 + "}",),
    "graphql-circular": (
        "{...A} fragment A on Q{...B} fragment B on Q{b{...A}}",
        "query{a{...A}} fragment A on Q{a{...A}}",
    ),
    "graphql-size": ("{" + " ".join(f"f{at}" for at in range(6000)) + "}",),
    "graphql-introspection": (INTROSPECTION, '{__type(name:"User"){fields{name}}}'),
}
ORDINARY = (
    nested("viewer", "orders", "edges", "node", "lines", "edges", "node", "product", "brand", "id"),
    nested(*["replies"] * 6),
    "query Q($id:ID!){user(id:$id){...U}} fragment U on User{id friends{...F}} fragment F on User{id}",
    "{a:user(id:1){n} b:user(id:2){n} c:user(id:3){n}}",
    "query($a:Boolean!){x @include(if:$a) @skip(if:false) {y} ...F @include(if:$a) ...G @skip(if:$a) z @include(if:$a)}",
    'mutation($i:In!){addItem(input:$i){cart{id}} track(event:"{__schema}"){ok}}',
    "{__typename a{__typename id}}",
    "{ a # {__schema}\n }",
    '{ a(text: """ {{{{{{{{{{{{{{{{{{{{ """) }',
    "query Mutation { on { fragment { id } } }",
)


@pytest.mark.parametrize(("rule", "document"), [(rule, document) for rule, some in COSTLY.items() for document in some])
def test_costly_documents_are_found(rule: str, document: str) -> None:
    """Each measure over its limit is said, and enough by itself."""
    assert rule in asked(document)
    assert "graphql" in kinds(in_json({"query": document}))


@pytest.mark.parametrize("document", ORDINARY)
def test_documents_of_clients_are_silent(document: str) -> None:
    """What clients of shops and boards send is nothing to speak of."""
    assert not asked(document, variables={"query": "{__schema}"})


def test_it_is_found_wherever_it_may_stand() -> None:
    """A document counts in a query, a form, a plain body and a batch."""
    assert kinds(sent("GET", "/graphql", f"query={quote(INTROSPECTION, safe='')}")) == {"graphql"}
    assert kinds(in_form(f"query={quote(INTROSPECTION, safe='')}")) == {"graphql"}
    assert kinds(sent(headers=(("content-type", "application/graphql"),), body=INTROSPECTION)) == {"graphql"}
    assert kinds(sent(headers=JSON, body=json.dumps([{"query": "{a}"}, {"query": INTROSPECTION}]))) == {"graphql"}


def test_batches() -> None:
    """Ten operations in one request are ordinary, thirty are not."""
    assert not kinds(in_json([{"query": "{a}"}] * 10))
    assert rules(in_json([{"query": "{a}"}] * 30)) == {"graphql-batch"}


def test_mutations_change_nothing_by_get() -> None:
    """A mutation in a query string is a request that another site can cause."""
    assert rules(sent("GET", "/graphql", f"query={quote('mutation{pay{id}}', safe='')}")) == {"graphql-mutation-by-get"}


def test_other_queries_are_no_documents() -> None:
    """What else is called query is left alone."""
    assert not any(looks_like_document(text) for text in ("select a book", "queryable", "{}{}", "", '{"match": 1}'))
    assert not kinds(in_json({"query": {"match": {"__schema": "x"}}}))
    assert not kinds(sent("GET", "/search", "query=__schema"))


@given(st.text(alphabet='{}()[]:@.$!#"\\ abon_\n', max_size=200))
def test_no_document_breaks_it(text: str) -> None:
    """Any text has a shape."""
    assert shape_of(text).depth >= 0


@pytest.mark.parametrize("piece", ["{", "{a", '"', '"""', "...A ", "fragment A on B{...A}", "@a", "a:b ", "#", "query{", "\\"])
def test_hostile_documents_take_no_time(piece: str) -> None:
    """The shape of a megabyte is read in a moment, whatever it is made of."""
    exchange = in_json({"query": "{a " + piece * (1_000_000 // len(piece))})
    assert cost(lambda: checked(exchange), below=1) < 1
