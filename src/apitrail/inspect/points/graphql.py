"""GraphQL requests: their operations, and the arguments of their fields with variables put in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import graphql
from graphql.language import ast

DOCUMENT_LIMIT = 65_536
"""Characters of a GraphQL document that is read; a longer one is not."""
TOKENS_LIMIT = 5000
"""Tokens of a GraphQL document that is read."""
FIELDS_LIMIT = 2000
"""Fields of a document that are looked at, each fragment once."""
CACHED_DOCUMENTS = 256
"""Documents that are kept parsed: clients send the same ones with other variables."""


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
    found = [_message(item) for item in items[:10] if isinstance(item, dict) and isinstance(item.get("query"), str)]
    if found:
        return found
    asked = dict(query)
    if "query" in asked:
        from apitrail.inspect.points.structures import json_of

        return [_message({"query": asked["query"], "variables": json_of(asked.get("variables", ""))})]
    return [Message(plain, "", {})] if plain else []


def _message(item: dict[str, Any]) -> Message:
    name, variables = item.get("operationName"), item.get("variables")
    return Message(item["query"], name if isinstance(name, str) else "", variables if isinstance(variables, dict) else {})


def calls(message: Message) -> list[Call]:
    """The fields that a request asks for, with their arguments; nothing when the document cannot be read."""
    document = parsed(message.document)
    if document is None:
        return []
    operations = [node for node in document.definitions if isinstance(node, ast.OperationDefinitionNode)]
    named = [node for node in operations if node.name and node.name.value == message.operation]
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, ast.FragmentDefinitionNode)}
    found: list[Call] = []
    for operation in named or operations:
        found.extend(_calls(operation, fragments, message.variables))
    return found


@lru_cache(maxsize=CACHED_DOCUMENTS)
def parsed(document: str) -> ast.DocumentNode | None:
    """A document as a tree; None when it is none or too large."""
    if len(document) > DOCUMENT_LIMIT:
        return None
    try:
        return graphql.parse(document, no_location=True, max_tokens=TOKENS_LIMIT)
    except (graphql.GraphQLError, RecursionError):
        return None


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
