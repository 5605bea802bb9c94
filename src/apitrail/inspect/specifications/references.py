"""The `$ref`s of a document: all of them lead somewhere inside it, none to itself. Nothing is ever fetched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from apitrail.inspect.specifications.decoding import pointer, refuse

CHAIN_LIMIT = 50
"""References that lead to references, one after the other."""
SHOWN = 100
"""Characters of a reference that are shown."""

NAMES = frozenset(
    ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "schemas", "responses", "parameters",
     "requestBodies", "headers", "securitySchemes", "links", "callbacks", "pathItems", "paths", "webhooks", "content",
     "variables", "encoding")
)  # fmt: skip
"""Members whose own members have names that the author chose."""
DATA = frozenset(("example", "examples", "default", "enum", "const", "mapping"))
"""Members that hold values of the API, in which a `$ref` is nothing special."""


def check(document: dict[str, Any], name: str) -> None:
    """Refuses a document with a reference that leads outside, nowhere or in a circle; the error names its place."""
    for place, reference in _references(document):
        try:
            follow(document, {"$ref": reference})
        except LookupError as error:
            raise refuse(name, place, f"$ref {reference[:SHOWN]!r} {error.args[0]}") from None


def follow(document: dict[str, Any], node: Any) -> tuple[Any, str]:
    """What a node stands for: itself, or what its `$ref` leads to; and the reference it stands at, empty for itself.

    LookupError with the reason when it leads nowhere.
    """
    reference = ""
    for _ in range(CHAIN_LIMIT):
        if not (isinstance(node, dict) and isinstance(node.get("$ref"), str)):
            return node, reference
        reference = node["$ref"]
        node = _target(document, reference)
    raise LookupError("leads in a circle, or over too many others")


def _target(document: dict[str, Any], reference: str) -> Any:
    if reference == "#":
        return document
    if not reference.startswith("#"):
        raise LookupError("leads outside the document, and nothing is fetched; bundle it into one document first")
    if not reference.startswith("#/"):
        raise LookupError("is no JSON pointer, such as #/components/schemas/User")
    node: Any = document
    for step in reference[2:].split("/"):
        key = unquote(step).replace("~1", "/").replace("~0", "~")
        if isinstance(node, dict) and key in node:
            node = node[key]
        elif isinstance(node, list) and key.isdecimal() and len(key) < 10 and int(key) < len(node):
            node = node[int(key)]
        else:
            raise LookupError("leads nowhere; there is no such place")
    return node


def _references(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every reference, with the JSON pointer of the object that has it."""
    waiting: list[tuple[str, Any, bool]] = [("", document, False)]
    while waiting:
        place, node, names = waiting.pop()
        if isinstance(node, list):
            waiting += [(place + pointer(at), item, False) for at, item in enumerate(node) if isinstance(item, (dict, list))]
        elif isinstance(node, dict):
            if not names and isinstance(node.get("$ref"), str):
                yield place, node["$ref"]
            for key, value in node.items():
                if isinstance(value, (dict, list)) and (names or not (key in DATA or key.startswith("x-"))):
                    waiting.append((place + pointer(key), value, not names and key in NAMES))


def resolved(document: dict[str, Any], node: Any) -> Any:
    """What a node of a checked document stands for."""
    return follow(document, node)[0]
