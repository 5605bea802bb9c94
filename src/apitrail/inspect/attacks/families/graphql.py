"""GraphQL requests that cost a server far more than they cost their sender, or that ask for its schema (CWE-770, CWE-200)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from apitrail.inspect.attacks.families.graphql_shape import Shape, looks_like_document, shape_of
from apitrail.inspect.attacks.families.marks import hit, mark
from apitrail.inspect.attacks.signature import Hit, Signature
from apitrail.inspect.points import structures
from apitrail.inspect.points.escapes import url
from apitrail.inspect.points.extracting import Reading
from apitrail.model.point import Steps

DEPTH_LIMIT = 15
"""Levels of an ordinary query; clients of shops and boards stay below ten."""
REPEATED_LIMIT = 5
"""Times that one name comes on the way to a field before the way goes round in circles."""
REPEATED_DEPTH = 10
"""Levels from which such a way counts."""
ALIASES_LIMIT = 15
"""Other names for one field in an ordinary query."""
TRIES_LIMIT = 5
"""Other names for one field that takes a password or a code: more of them try many."""
DUPLICATES_LIMIT = 30
"""Times that one field stands in one selection."""
DIRECTIVES_LIMIT = 5
"""Directives on one field."""
BATCH_LIMIT = 10
"""Operations in one ordinary request."""
DOCUMENTS_LIMIT = 20
"""Documents of a batch whose shape is read."""
TOKENS_LIMIT = 5000
"""Tokens of an ordinary document."""
CHARACTERS_LIMIT = 50_000
"""Characters of an ordinary document."""

Rate = Callable[[Shape], float]


class _Measure(NamedTuple):
    mark: Signature
    sure: Rate


def _over(value: int, limit: int) -> float:
    """How sure it is that a number over its limit is meant: more, the farther it is over."""
    return 0.0 if value <= limit else 0.75 if value <= 2 * limit else 0.9


_MEASURES = (
    _Measure(
        mark("graphql-depth", "graphql", "depth"),
        lambda shape: max(
            _over(shape.depth, DEPTH_LIMIT),
            0.8 if shape.depth > REPEATED_DEPTH and shape.repeated > REPEATED_LIMIT else 0.0,
        ),
    ),
    _Measure(
        mark("graphql-aliases", "graphql", "aliases"),
        lambda shape: _over(shape.aliased, TRIES_LIMIT if shape.tries else ALIASES_LIMIT),
    ),
    _Measure(mark("graphql-duplicates", "graphql", "aliases"), lambda shape: _over(shape.duplicated, DUPLICATES_LIMIT)),
    _Measure(mark("graphql-directives", "graphql", "directives"), lambda shape: _over(shape.directives, DIRECTIVES_LIMIT)),
    _Measure(mark("graphql-circular", "graphql", "fragments"), lambda shape: 0.9 if shape.circular else 0.0),
    _Measure(mark("graphql-size", "graphql", "size"), lambda shape: _over(shape.tokens, TOKENS_LIMIT)),
    _Measure(mark("graphql-introspection", "graphql", "introspection"), lambda shape: 0.75 if shape.introspects else 0.0),
)
_BATCH = mark("graphql-batch", "graphql", "batching")
_LONG = mark("graphql-long", "graphql", "size")
_BY_GET = mark("graphql-mutation-by-get", "graphql", "method")


class _Document(NamedTuple):
    text: str
    place: str
    steps: Steps


def _of_json(body: Any) -> list[_Document]:
    """The documents of a body, a batch of them with one more than is read, so that it can be told from one that is full."""
    if isinstance(body, dict) and isinstance(body.get("query"), str):
        return [_Document(body["query"], "body.json", ("query",))]
    if not isinstance(body, list):
        return []
    return [
        _Document(item["query"], "body.json", (at, "query"))
        for at, item in enumerate(body)
        if isinstance(item, dict) and isinstance(item.get("query"), str)
    ]


def _documents(reading: Reading) -> list[_Document]:
    exchange, request = reading.exchange, reading.request
    if exchange.body and b'"query"' in exchange.body:
        return _of_json(request.json)
    if request.kind.startswith("application/graphql"):
        return [_Document(structures.text_of(exchange.body[: CHARACTERS_LIMIT * 4], request.content_type), "body", ())]
    if "query=" in exchange.query:
        return [_Document(text, "query", ("query",)) for name, text in reading.query if name == "query"][:1]
    if exchange.query[:1] in ("{", "%") or exchange.query.startswith(("fragment", "query", "mutation")):
        return [_Document(url(exchange.query[:CHARACTERS_LIMIT].replace("+", " ")), "query", ())]
    if b"query=" in exchange.body[:CHARACTERS_LIMIT]:
        return [_Document(text, "body.form", ("query",)) for name, text in request.form if name == "query"][:1]
    return []


def look(reading: Reading) -> Iterator[Hit]:
    """What is wrong with the shape of the GraphQL requests in an exchange."""
    documents = [one for one in _documents(reading) if looks_like_document(one.text)]
    if len(documents) > BATCH_LIMIT:
        yield hit(_BATCH, _over(len(documents), BATCH_LIMIT), f"{len(documents)} operations", "body.json")
    for one in documents[:DOCUMENTS_LIMIT]:
        yield from _of_document(one, reading.exchange.method)


def _of_document(one: _Document, method: str) -> Iterator[Hit]:
    shape = shape_of(one.text)
    for measure in _MEASURES:
        sure = measure.sure(shape)
        if sure:
            yield hit(measure.mark, sure, one.text, one.place, one.steps)
    if len(one.text) > CHARACTERS_LIMIT:
        yield hit(_LONG, _over(len(one.text), CHARACTERS_LIMIT), one.text, one.place, one.steps)
    if shape.mutates and method == "GET":
        yield hit(_BY_GET, 0.75, one.text, one.place, one.steps)
