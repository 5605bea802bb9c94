"""The parameters of an operation as the inventory writes them: a point and a type each (D3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from types import MappingProxyType
from typing import NamedTuple

from apitrail.inspect.specifications.segments import names, pieces
from apitrail.inspect.specifications.specification import Content, Operation, Parameter, Shape
from apitrail.model.point import Point, Steps, Wild

PARAMETERS_LIMIT = 5000
"""Parameters of one operation that are told."""

JSON_TYPES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "int32": ("integer", "int32"),
        "int64": ("integer", "int64"),
        "float": ("number", "double"),
        "boolean": ("boolean", ""),
        "date": ("string", "date"),
        "datetime": ("string", "date-time"),
        "uuid": ("string", "uuid"),
        "email": ("string", "email"),
        "ip": ("string", "ip"),
        "uri": ("string", "uri"),
        "hex": ("string", "hex"),
        "base64": ("string", "byte"),
        "string": ("string", ""),
        "object": ("object", ""),
        "array": ("array", ""),
        "null": ("null", ""),
        "file": ("string", "binary"),
    }
)
"""The types of the inventory as type and format of a JSON schema."""
_TYPES = {said: kind for kind, said in JSON_TYPES.items()} | {
    ("integer", ""): "int64", ("number", ""): "float", ("number", "float"): "float",
    ("string", "ipv4"): "ip", ("string", "ipv6"): "ip",
}  # fmt: skip


class Described(NamedTuple):
    """A parameter: where it stands, its type, and whether it must be there."""

    point: str
    type: str
    required: bool = False


def type_of_shape(shape: Shape) -> str:
    """The type of a shape; empty when it may be of any."""
    kinds = [kind for kind in shape.types if kind != "null"] or list(shape.types)
    if len(kinds) != 1:
        return "string" if kinds and not {"object", "array"}.issuperset(kinds) else ""
    return _TYPES.get((kinds[0], shape.format)) or _TYPES[kinds[0], ""]


def parameters(operation: Operation) -> tuple[Described, ...]:
    """The parameters of the requests and of the good answers of an operation, each point once."""
    found: dict[str, Described] = {}
    for described in islice(_every(operation), PARAMETERS_LIMIT):
        found.setdefault(described.point, described)
    return tuple(found.values())


def _every(operation: Operation) -> Iterator[Described]:
    for parameter in operation.parameters:
        if point := _point(operation, parameter):
            yield Described(str(point), type_of_shape(parameter.shape), parameter.required)
    if operation.body:
        for content in operation.body.contents:
            yield from _content("request", content, required=operation.body.required)
    for answer in operation.answers:
        if answer.status[:1] == "2":
            for header in answer.headers:
                point = Point("response", "header", (header.name,))
                yield Described(str(point), type_of_shape(header.shape), header.required)
            for content in answer.contents:
                yield from _content("response", content, required=False)


def _point(operation: Operation, parameter: Parameter) -> Point | None:
    if parameter.place != "path":
        return Point("request", parameter.place, (parameter.name,))
    segments = operation.templates[0].split("/")[1:]
    number = next((at for at, segment in enumerate(segments) if parameter.name in names(segment)), None)
    return None if number is None or len(pieces(segments[number])) > 2 else Point("request", "path", (number,))


def _content(side: str, content: Content, *, required: bool) -> Iterator[Described]:
    """The members of a body, which are required of a body that is there; those of a form are not looked into."""
    place = place_of_media(content.media)
    if place in ("body.form", "body.multipart"):
        for name, shape in content.shape.properties.items():
            yield Described(str(Point(side, place, (name,))), type_of_shape(shape), name in content.shape.required)
    elif place:
        start: Steps = (content.root,) if content.root else ()
        root = Point(side, place, start)
        yield from _own(root, content.shape, required=required)
        yield from _below(root, content.shape, required=True)


def place_of_media(media: str) -> str:
    """Where the values of a body of a media type stand, as points say it; empty when it has none."""
    return next((place for word, place in _PLACES if word in media), "")


_PLACES = (("json", "body.json"), ("urlencoded", "body.form"), ("multipart", "body.multipart"), ("xml", "body.xml"))


def _shape(point: Point, shape: Shape, *, required: bool) -> Iterator[Described]:
    """What stands at a point and below it."""
    yield from _own(point, shape, required=required)
    yield from _below(point, shape, required=required)


def _own(point: Point, shape: Shape, *, required: bool) -> Iterator[Described]:
    """What stands at a point itself; of objects and lists, only those that nothing is said of are told."""
    whole = not (shape.properties or shape.others or shape.items)
    scalars = tuple(kind for kind in shape.types if kind not in ("object", "array"))
    if whole or set(scalars) - {"null"}:
        kind = type_of_shape(shape if whole else Shape(types=scalars, format=shape.format))
        if kind:
            yield Described(str(point), kind, required)


def _below(point: Point, shape: Shape, *, required: bool) -> Iterator[Described]:
    """What stands below a point; in a list, or in a member of any name, nothing is required of the whole."""
    side, place, steps = point.side, point.place, point.steps
    for name, some in shape.properties.items():
        yield from _shape(Point(side, place, (*steps, name)), some, required=required and name in shape.required)
    if shape.others is not None:
        yield from _shape(Point(side, place, (*steps, Wild.MEMBERS)), shape.others, required=False)
    if shape.items is not None:
        yield from _shape(Point(side, place, (*steps, Wild.ITEMS)), shape.items, required=False)
