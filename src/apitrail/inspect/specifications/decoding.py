"""A document, JSON or YAML, made into a tree; bounded, whatever it holds.

YAML is read as version 1.2 has it: `on` and `2020-01-01` are texts. Tags make nothing but texts, and every key is a text.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from apitrail.errors import BadQuestion

BYTES_LIMIT = 10_000_000
"""Bytes of a document."""
NODES_LIMIT = 500_000
"""Values of a document, aliases of YAML written out."""
DEPTH_LIMIT = 64
"""Levels of nesting of a document."""
NUMBER_LIMIT = 300
"""Characters of a number; a longer one is a text."""

_BOMS = ((codecs.BOM_UTF8, "utf_8"), (codecs.BOM_UTF16_LE, "utf_16_le"), (codecs.BOM_UTF16_BE, "utf_16_be"))
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_TRUTHS = {word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")


def pointer(*steps: str | int) -> str:
    """A JSON pointer, as it stands behind the `#` of a reference."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)


def refuse(name: str, place: str, reason: str) -> BadQuestion:
    """The error that a document is refused with: its name, the place as a JSON pointer, the reason."""
    return BadQuestion(f"{name}: #{place}: {reason}" if place else f"{name}: {reason}")


def tree(document: bytes | str, name: str) -> dict[str, Any]:
    """The root object of a document; BadQuestion with the reason when it has none or is too large."""
    if len(document) > BYTES_LIMIT:
        raise refuse(name, "", f"it has more than {BYTES_LIMIT:,} bytes; split it, or leave out examples")
    text = document if isinstance(document, str) else _text(document, name)
    is_json = text.lstrip()[:1] in ("{", "[") and not name.lower().endswith((".yaml", ".yml"))
    root = _json(text, name) if is_json else _yaml(text, name)
    if not isinstance(root, dict):
        raise refuse(name, "", "it is no OpenAPI document: its root should be an object with the member openapi")
    return root


def _text(document: bytes, name: str) -> str:
    encoding = next((known for mark, known in _BOMS if document.startswith(mark)), "utf_8")
    try:
        return document.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise refuse(name, "", f"it is no text in UTF-8: byte {error.start} cannot be read") from None


def _json(text: str, name: str) -> Any:
    try:
        root = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise refuse(name, "", f"it is no JSON: {error}") from None
    except (RecursionError, UnicodeError):
        raise refuse(name, "", _too_deep()) from None
    size(root, name)
    return root


def _too_deep() -> str:
    return f"it is nested deeper than {DEPTH_LIMIT} levels"


def _too_many() -> str:
    return f"it has more than {NODES_LIMIT:,} values, aliases written out"


def size(root: Any, name: str) -> int:
    """How many values a tree has; BadQuestion when it is too deep or too large."""
    level, count = [root], 0
    for _ in range(DEPTH_LIMIT + 1):
        count += len(level)
        if count > NODES_LIMIT:
            raise refuse(name, "", _too_many())
        level = [child for node in level for child in _children(node)]
        if not level:
            return count
    raise refuse(name, "", _too_deep())


def _children(node: Any) -> Any:
    return node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()


# --- YAML ----------------------------------------------------------------------------------------------------------------


def _yaml(text: str, name: str) -> Any:
    """The tree of a YAML text. It is built from events, so that neither depth nor aliases cost more than they may."""
    import yaml

    builder = _Builder(name)
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        if "nesting depth" in str(error.problem):
            raise refuse(name, "", _too_deep()) from None
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise refuse(name, "", f"it is neither JSON nor YAML: {error.problem}{where}") from None
    except (yaml.YAMLError, UnicodeError) as error:
        raise refuse(name, "", f"it is neither JSON nor YAML: {str(error)[:200]}") from None
    return builder.root


class _Open:
    """A mapping or sequence whose end has not come yet."""

    def __init__(self, node: dict[str, Any] | list[Any], anchor: str | None) -> None:
        self.node = node
        self.anchor = anchor
        self.key: str | None = None
        self.size = 1
        self.merged: list[Any] = []


class _Builder:
    """Makes a tree of the events of a YAML parser."""

    def __init__(self, name: str) -> None:
        self.root: Any = None
        self._name = name
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._documents = 0

    def take(self, event: Any) -> None:
        """The next event."""
        kind = type(event).__name__
        if kind == "ScalarEvent":
            key = self._open and isinstance(self._open[-1].node, dict) and self._open[-1].key is None
            self._close(event.value if key else _scalar(event), 1, event.anchor)
        elif kind == "AliasEvent":
            if event.anchor not in self._anchors:
                raise self._refuse(f"its alias *{event.anchor} names nothing before it, or itself")
            self._close(*self._anchors[event.anchor], None)
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            if len(self._open) >= DEPTH_LIMIT:
                raise self._refuse(_too_deep())
            self._open.append(_Open({} if kind == "MappingStartEvent" else [], event.anchor))
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            done = self._open.pop()
            for more in done.merged:
                done.node = more | done.node
            self._close(done.node, done.size, done.anchor)
        elif kind == "DocumentStartEvent":
            self._documents += 1
            if self._documents > 1:
                raise self._refuse("it holds several YAML documents; give each by itself")

    def _close(self, value: Any, size: int, anchor: str | None) -> None:
        """A value has come to its end: it is put where it belongs."""
        if anchor:
            self._anchors[anchor] = value, size
        if not self._open:
            self.root = value
            return
        above = self._open[-1]
        above.size += size
        if above.size > NODES_LIMIT:
            raise self._refuse(_too_many())
        if isinstance(above.node, list):
            above.node.append(value)
        elif above.key is None:
            if isinstance(value, (dict, list)):
                raise self._refuse("one of its keys is no text")
            above.key = str(value)
        else:
            self._put(above, above.key, value)
            above.key = None

    def _put(self, above: _Open, key: str, value: Any) -> None:
        if key == "<<":
            above.merged += [some for some in (value if isinstance(value, list) else [value]) if isinstance(some, dict)]
        elif isinstance(above.node, dict):
            above.node[key] = value

    def _refuse(self, reason: str) -> BadQuestion:
        place = pointer(*(some.key if some.key is not None else len(some.node) for some in self._open))
        return refuse(self._name, place, reason)


def _scalar(event: Any) -> Any:
    """A plain scalar by its look; one in quotes, or with a tag, is a text."""
    text: str = event.value
    if not event.implicit[0] or event.style not in (None, ""):
        return text
    if text in _NULLS:
        return None
    if text in _TRUTHS:
        return _TRUTHS[text]
    return next(_numbers(text), text)


def _numbers(text: str) -> Iterator[int | float]:
    if len(text) <= NUMBER_LIMIT:
        if _INTEGER.fullmatch(text):
            yield int(text)
        elif _FLOAT.fullmatch(text):
            yield float(text)
