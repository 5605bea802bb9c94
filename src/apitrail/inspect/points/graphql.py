"""GraphQL requests: their operations, and the arguments of their fields with variables put in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import graphql
from graphql.language import ast

from apitrail.inspect.points.structures import json_of

DOCUMENT_LIMIT = 65_536
"""Characters of a GraphQL document that is read; a longer one is not."""
TOKENS_LIMIT = 5000
"""Tokens of a GraphQL document that is read."""
FIELDS_LIMIT = 2000
"""Fields of a document that are looked at, each fragment once."""
BATCH_LIMIT = 10
"""Requests of a batch that are read."""
CACHED_DOCUMENTS = 64
"""Documents that are kept parsed: clients send the same ones with other variables."""
CACHED_CHARS = 4096
"""Longer documents are parsed each time, so that hostile ones cannot fill the memory: a tree takes 400 times its text."""


class Call(NamedTuple):
    """One field that an operation asks for: the kind of operation, its name, the path of field names, and the arguments."""

    type: str
    operation: str
    path: tuple[str, ...]
    arguments: Any


class Message(NamedTuple):
    """A GraphQL request: document, chosen operation, variables."""

    document: str
    operation: str
    variables: dict[str, Any]


def messages(json_body: Any, query: Iterable[tuple[str, str]], plain: str) -> list[Message]:
    """The GraphQL requests of an exchange: one or a batch in its JSON body, one in its query, or a plain document."""
    items = json_body if isinstance(json_body, list) else [json_body]
    found = [_message(item) for item in items[:BATCH_LIMIT] if isinstance(item, dict) and isinstance(item.get("query"), str)]
    if found:
        return found
    asked = dict(query)
    if "query" in asked:
        return [_message({**asked, "variables": json_of(asked.get("variables", ""))})]
    return [Message(plain, "", {})] if plain else []


def _message(item: Mapping[str, Any]) -> Message:
    name, variables = item.get("operationName"), item.get("variables")
    return Message(item["query"], name if isinstance(name, str) else "", variables if isinstance(variables, dict) else {})


def operation(message: Message) -> str:
    """The name of the operation that a request chose, or of the only one there is."""
    if message.operation:
        return message.operation
    names = [node.name.value for node in _operations(message) if node.name]
    return names[0] if len(names) == 1 else ""


def calls(message: Message) -> list[Call]:
    """The fields that a request asks for, with their arguments; nothing when the document cannot be read."""
    document = parsed(message.document)
    definitions = document.definitions if document else ()
    fragments = {node.name.value: node for node in definitions if isinstance(node, ast.FragmentDefinitionNode)}
    return [call for node in _operations(message) for call in _calls(node, fragments, message.variables)]


def _operations(message: Message) -> list[ast.OperationDefinitionNode]:
    """The operation that a request chose; all of them when it chose none that is there."""
    document = parsed(message.document)
    found = [node for node in document.definitions if isinstance(node, ast.OperationDefinitionNode)] if document else []
    return [node for node in found if node.name and node.name.value == message.operation] or found


def parsed(document: str) -> ast.DocumentNode | None:
    """A document as a tree; None when it is none or too large."""
    return _kept(document) if len(document) <= CACHED_CHARS else _parsed(document)


def _parsed(document: str) -> ast.DocumentNode | None:
    if len(document) > DOCUMENT_LIMIT:
        return None
    try:
        return graphql.parse(document, no_location=True, max_tokens=TOKENS_LIMIT)
    except (graphql.GraphQLError, RecursionError):
        return None


_kept = lru_cache(maxsize=CACHED_DOCUMENTS)(_parsed)


def _calls(
    operation: ast.OperationDefinitionNode, fragments: dict[str, ast.FragmentDefinitionNode], variables: dict[str, Any]
) -> Iterator[Call]:
    name = operation.name.value if operation.name else ""
    given = {**_defaults(operation), **variables}
    seen: set[str] = set()
    waiting: list[tuple[tuple[str, ...], Any]] = [((), operation.selection_set)]
    for _ in range(FIELDS_LIMIT):
        if not waiting:
            return
        path, selections = waiting.pop()
        for node in selections.selections if selections else ():
            if isinstance(node, ast.FieldNode):
                below = (*path, node.name.value)
                yield Call(
                    operation.operation.value,
                    name,
                    below,
                    {arg.name.value: _value(arg.value, given) for arg in node.arguments or ()},
                )
                waiting.append((below, node.selection_set))
            elif isinstance(node, ast.InlineFragmentNode):
                waiting.append((path, node.selection_set))
            elif isinstance(node, ast.FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                fragment = fragments.get(node.name.value)
                waiting.append((path, fragment.selection_set if fragment else None))


def _defaults(operation: ast.OperationDefinitionNode) -> dict[str, Any]:
    return {
        node.variable.name.value: _value(node.default_value, {})
        for node in operation.variable_definitions or ()
        if node.default_value is not None
    }


def _value(node: Any, variables: dict[str, Any]) -> Any:
    """A value of the document as JSON would say it."""
    if isinstance(node, ast.VariableNode):
        return variables.get(node.name.value)
    if isinstance(node, ast.ListValueNode):
        return [_value(item, variables) for item in node.values]
    if isinstance(node, ast.ObjectValueNode):
        return {field.name.value: _value(field.value, variables) for field in node.fields}
    if isinstance(node, ast.NullValueNode):
        return None
    return node.value
