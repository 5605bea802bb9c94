"""A JSON schema made into a shape: references written out, `allOf` put together, alternatives widened; never infinite."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from apitrail.inspect.specifications.references import follow
from apitrail.inspect.specifications.specification import ANY, Scalar, Shape

DEPTH_LIMIT = 12
"""Levels of a body that are read; below, anything is allowed. Cyclic schemas are cut here."""
SHAPES_LIMIT = 1000
"""Members of one body that are read, all levels together; the others may be anything."""
ALTERNATIVES_LIMIT = 50
"""Schemas that are read of one `allOf`, `oneOf` or `anyOf`."""
ENUM_LIMIT = 500
"""Values of an enumeration; a longer one is not looked at."""
TEXT_LIMIT = 500
"""Characters of a pattern, a format, or a value of an enumeration that is looked at."""
TOTAL_LIMIT = 200_000
"""Members of all bodies of a document that are read; the others may be anything."""
NAME_LIMIT = 500
"""Characters of the name of a member that is read."""
_SAFE_INTEGER = 1 << 53

_TYPES = ("string", "integer", "number", "boolean", "array", "object", "null")


class Shapes:
    """Reads the schemas of one checked document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._left = 0
        self._room = TOTAL_LIMIT
        self._made: dict[int, Shape] = {}

    @property
    def full(self) -> bool:
        """Whether members were left out because the document has too many."""
        return self._room <= 0

    def shape(self, schema: Any) -> Shape:
        """The shape that a schema describes; what cannot be read allows anything."""
        try:
            node, _ = follow(self._document, schema)
        except LookupError:
            return ANY
        if id(node) not in self._made:
            self._left = allowed = min(SHAPES_LIMIT, self._room)
            self._made[id(node)] = self._of(node, DEPTH_LIMIT, ())
            self._room -= allowed - self._left
        return self._made[id(node)]

    def _of(self, schema: Any, depth: int, above: tuple[int, ...]) -> Shape:
        """The shape of a schema; `above` are those that are being read without having gone a level down."""
        try:
            node, _ = follow(self._document, schema)
        except LookupError:
            return ANY
        if not isinstance(node, dict) or depth <= 0 or self._left <= 0 or id(node) in above:
            return ANY
        self._left -= 1
        shape = self._plain(node, depth)
        for word, join in _JOINED.items():
            some = node.get(word)
            if isinstance(some, list) and some:
                parts = [self._of(part, depth, (*above, id(node))) for part in some[:ALTERNATIVES_LIMIT]]
                other = ANY if len(some) > ALTERNATIVES_LIMIT and word != "allOf" else join(parts)
                shape = _both([shape, other])
        return shape

    def _plain(self, node: dict[str, Any], depth: int) -> Shape:
        """The shape without alternatives."""
        types = _types(node)
        properties = self._properties(node, depth)
        required = _texts(node.get("required"))
        hidden = self._read_only(node)
        return Shape(
            types=types,
            format=_text(node.get("format")) or _encoding(node),
            enum=_enum(node, types),
            pattern=_text(node.get("pattern")),
            **_bounds(node),
            min_length=_count(node.get("minLength")) or 0,
            max_length=_count(node.get("maxLength")),
            properties=properties,
            required=tuple(name for name in required if name not in hidden),
            closed=node.get("additionalProperties") is False and "patternProperties" not in node,
            others=self._below(node.get("additionalProperties"), depth),
            items=self._below(node.get("items"), depth),
        )

    def _below(self, schema: Any, depth: int) -> Shape | None:
        return self._of(schema, depth - 1, ()) if isinstance(schema, dict) else None

    def _properties(self, node: dict[str, Any], depth: int) -> dict[str, Shape]:
        members = node.get("properties")
        if not isinstance(members, dict):
            return {}
        named = ((name, member) for name, member in members.items() if len(name) <= NAME_LIMIT)
        return {name: self._of(member, depth - 1, ()) for name, member in named if self._left > 0}

    def _read_only(self, node: dict[str, Any]) -> set[str]:
        """Members that only answers have; they are not required of requests."""
        members = node.get("properties")
        if not isinstance(members, dict):
            return set()
        return {name for name, member in members.items() if isinstance(member, dict) and member.get("readOnly") is True}


def _types(node: dict[str, Any]) -> tuple[str, ...]:
    said = node.get("type")
    types = tuple(word for word in (said if isinstance(said, list) else [said]) if word in _TYPES)
    return (*types, "null") if types and node.get("nullable") is True and "null" not in types else types


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(text for text in value if isinstance(text, str)) if isinstance(value, list) else ()


def _text(value: Any) -> str:
    return value if isinstance(value, str) and len(value) <= TEXT_LIMIT else ""


def _encoding(node: dict[str, Any]) -> str:
    """How 3.1 says what 3.0 says by a format."""
    return "byte" if node.get("contentEncoding") == "base64" else ""


def _enum(node: dict[str, Any], types: Sequence[str]) -> tuple[Scalar, ...]:
    values = [node["const"]] if "const" in node else node.get("enum")
    if not isinstance(values, list) or len(values) > ENUM_LIMIT or not all(map(_is_scalar, values)):
        return ()
    nullable = "null" in types and None not in values and bool(values)
    return (*values, None) if nullable and node.get("nullable") is True else tuple(values)


def _is_scalar(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= TEXT_LIMIT
    return value is None or isinstance(value, bool) or _number(value) is not None


def _number(value: Any) -> int | float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return value if abs(value) <= _SAFE_INTEGER else None


def _count(value: Any) -> int | None:
    number = _number(value)
    return number if isinstance(number, int) and number >= 0 else None


def _bounds(node: dict[str, Any]) -> dict[str, Any]:
    """The bounds of a number; 3.0 says by truth values whether they are meant without the bound itself."""
    low, high = _number(node.get("minimum")), _number(node.get("maximum"))
    above, below = node.get("exclusiveMinimum"), node.get("exclusiveMaximum")
    return {
        "minimum": None if above is True else low,
        "maximum": None if below is True else high,
        "above": low if above is True else _number(above),
        "below": high if below is True else _number(below),
    }


# --- several shapes in one -----------------------------------------------------------------------------------------------


def _both(shapes: Sequence[Shape]) -> Shape:
    """The shape that fits all of them; where two say something of the same, the first counts."""
    one, *others = shapes
    for other in others:
        if ANY in (one, other):
            one = one if other == ANY else other
            continue
        names = dict.fromkeys((*one.properties, *other.properties))
        one = Shape(
            types=_common(one.types, other.types),
            format=one.format or other.format,
            enum=one.enum or other.enum,
            pattern=one.pattern or other.pattern,
            minimum=_first(one.minimum, other.minimum),
            maximum=_first(one.maximum, other.maximum),
            above=_first(one.above, other.above),
            below=_first(one.below, other.below),
            min_length=max(one.min_length, other.min_length),
            max_length=_first(one.max_length, other.max_length),
            properties={name: _member(one, other, name) for name in names},
            required=tuple(dict.fromkeys((*one.required, *other.required))),
            # A closed part of an `allOf` forbids what the other parts have; nobody means that.
            closed=one.closed and other.closed,
            others=one.others if one.others is not None else other.others,
            items=one.items if one.items is not None else other.items,
        )
    return one


def _member(one: Shape, other: Shape, name: str) -> Shape:
    found = [shape.properties[name] for shape in (one, other) if name in shape.properties]
    return found[0] if found[0] != ANY or len(found) == 1 else found[1]


def _first(one: Any, other: Any) -> Any:
    return other if one is None else one


def _common(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """The types that both allow; when there are none, the schema is at odds with itself, and any may come."""
    return tuple(word for word in one if word in other) if one and other else one or other


def _widened(shapes: Sequence[Shape]) -> Shape:
    """The narrowest shape that allows what any of them allows, as far as a shape can say that."""
    if any(shape == ANY for shape in shapes):
        return ANY
    if all(shape == shapes[0] for shape in shapes):
        return shapes[0]
    told = [shape for shape in shapes if shape.types != ("null",)] or list(shapes)
    formats = {shape.format for shape in told}
    base = told[0] if len(told) == 1 else Shape(format=formats.pop() if len(formats) == 1 else "")
    objects = [shape for shape in told if _allows(shape, "object")]
    lists = [shape for shape in told if _allows(shape, "array")]
    return msgspec.structs.replace(
        base,
        types=tuple(dict.fromkeys(word for shape in shapes for word in shape.types))
        if all(shape.types for shape in shapes)
        else (),
        enum=_all_values(told, shapes),
        properties=_members(objects),
        required=tuple(
            name for name in (objects[0].required if objects else ()) if all(name in some.required for some in objects)
        ),
        closed=bool(objects) and all(shape.closed for shape in objects),
        others=_widened([_other(shape) for shape in objects if not shape.closed])
        if any(some.others for some in objects)
        else None,
        items=_widened([shape.items or ANY for shape in lists]) if any(shape.items for shape in lists) else None,
    )


def _allows(shape: Shape, kind: str) -> bool:
    return not shape.types or kind in shape.types


def _members(objects: Sequence[Shape]) -> dict[str, Shape]:
    """The members of any of the objects; one that another object leaves open may be anything."""
    names = dict.fromkeys(name for shape in objects for name in shape.properties)
    return {name: _widened([_member_of(shape, name) for shape in objects if _has(shape, name)]) for name in names}


def _has(shape: Shape, name: str) -> bool:
    return name in shape.properties or not shape.closed


def _other(shape: Shape) -> Shape:
    return shape.others or ANY


def _member_of(shape: Shape, name: str) -> Shape:
    return shape.properties.get(name, _other(shape))


def _all_values(told: Sequence[Shape], shapes: Sequence[Shape]) -> tuple[Scalar, ...]:
    """The values of all enumerations, when every alternative has one."""
    if not all(shape.enum for shape in told):
        return ()
    values = tuple(dict.fromkeys(value for shape in told for value in shape.enum))
    return values if len(told) == len(shapes) or None in values else (*values, None)


_JOINED: dict[str, Callable[[Sequence[Shape]], Shape]] = {"allOf": _both, "oneOf": _widened, "anyOf": _widened}
