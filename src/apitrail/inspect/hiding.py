"""What the user's own parameters hide: a value that is hashed, or only names a session, is stored nowhere else (S1.5, S2.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from apitrail.inspect.masking import mask_path, mask_query, mask_segments, mask_text, mask_url
from apitrail.inspect.spellings import without
from apitrail.model.parameters import NONE, Parameter
from apitrail.model.point import Point, parse
from apitrail.model.texts import sayable

SHORTEST = 4
"""Characters of a value that is looked for in the arguments of a call; shorter ones stand everywhere."""


class Hiding(NamedTuple):
    """How path, query and URL of an exchange are masked under the user's parameters."""

    path: Callable[[str], str]
    query: Callable[[str], str]
    url: Callable[[str], str]

    @property
    def masks(self) -> Mapping[str, Callable[[str], str]]:
        """How a place that is one value by itself is masked."""
        return {"path": self.path, "query": self.query, "body": lambda body: mask_text(self.query(body))}


def is_hidden(parameter: Parameter) -> bool:
    """Whether the raw value of a parameter must not be stored: it is hashed, or a grouping key and nothing to be shown."""
    return parameter.hashed or (
        parameter.grouping
        and parameter.type == NONE
        and not parameter.point.startswith(("client.", "request.host", "request.method"))
    )


def hiding(parameters: Iterable[Parameter]) -> Hiding:
    """The masks under these parameters; without any that hides a part of the address, the usual ones."""
    points = [parse(parameter.point) for parameter in parameters if is_hidden(parameter)]
    names = frozenset(name for point in points if point.place == "query" for name in _names(point))
    segments = frozenset(step for point in points if point.place == "path" for step in point.steps if isinstance(step, int))
    return Hiding(
        (lambda path: mask_segments(mask_path(path), segments)) if segments else mask_path,
        (lambda query: mask_query(query, names)) if names else mask_query,
        (lambda url: mask_url(url, names)) if names else mask_url,
    )


def _names(point: Point) -> tuple[str, ...]:
    """The name of the parameter of a query that a point chooses, by itself or by a decoder."""
    steps = point.steps or next((decoder.steps for decoder in point.decoders if decoder.name == "form"), ())
    return tuple(step for step in steps[:1] if isinstance(step, str))


def hide(text: str, values: Iterable[str]) -> str:
    """A JSON text without these values, whichever way they are written in it."""
    wanted = [value for value in values if len(value) >= SHORTEST]
    if not wanted:
        return text
    node = msgspec.json.decode(text)
    kept = _without(node, wanted)
    return text if kept == node else msgspec.json.encode(kept).decode()


def _without(node: Any, wanted: Sequence[str]) -> Any:
    if isinstance(node, str):
        return sayable(without(node, wanted))
    if isinstance(node, list):
        return [_without(item, wanted) for item in node]
    if isinstance(node, dict):
        return {without(name, wanted): _without(below, wanted) for name, below in node.items()}
    return node
