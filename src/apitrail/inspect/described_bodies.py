"""Bodies along the tree of places: JSON with its lists and maps, XML, forms, multipart."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from apitrail.inspect.described_places import Place, Seen, Type, is_name
from apitrail.inspect.points.extracting import Side
from apitrail.inspect.points.structures import PARTS_LIMIT
from apitrail.inspect.points.walking import local
from apitrail.inspect.value_types import type_of, type_of_field, type_of_text, widest

BODY_LIMIT = 262_144
"""Bytes of a body that is described."""
NODES_LIMIT = 2000
"""Members and items of a body that are looked at."""
ITEMS_LIMIT = 20
"""Items of one list that are looked at."""
MAP_MEMBERS = 20
"""An object with more members than this is a map when they are alike."""
MEMBERS_LIMIT = 200
"""An object with more members than this is a map in any case; so many of them are looked at."""
ALIKE_LIMIT = 64
"""Members by which an object is judged."""
LOOKED_LIMIT = 32_768
"""Characters of one message that are looked through for sensitive data."""
SMALL = 10_000_000
"""Numbers below this are sensitive by their name alone."""
KNOWN = 20_000
"""Values at their places whose type is remembered, each of at most `KNOWN_CHARS`; sensitive ones are not."""
KNOWN_CHARS = 64
PARTS_BYTES = 65_536
"""Bytes of a multipart body in which the heads of files are looked for."""

_PLAIN = frozenset(("boolean", "null", "int32", "float", "date", "datetime", "uuid", "hex"))
"""Types that are of no sensitive kind but by their name."""
_NULL, _BOOLEAN, _INT32, _FLOAT, _OBJECT, _ARRAY, _FILE = (
    (kind, ()) for kind in ("null", "boolean", "int32", "float", "object", "array", "file")
)
_DISPOSITION = re.compile(rb"content-disposition:([^\r\n]{0,1000})", re.IGNORECASE)
_OF_PART = re.compile(r"\b(name|filename)\*?=(?:\"([^\"]{0,300})|([^;\"\s]{1,300}))", re.IGNORECASE)


class Noting:
    """Notes the values of one message."""

    def __init__(self) -> None:
        self.seen = Seen()
        self._room = LOOKED_LIMIT

    def field(self, place: Place | None, text: str) -> None:
        """A text where everything is one."""
        if place is not None:
            self._text(place, text, type_of_field)

    def value(self, place: Place, value: Any) -> None:
        """A value of JSON that has none below it."""
        if value.__class__ is str:
            self._text(place, value, type_of_text)
        elif value is None or value is True or value is False:
            self.seen.note(place, _NULL if value is None else _BOOLEAN)
        elif -SMALL < value < SMALL and not place.is_telling:
            self.seen.note(place, _INT32 if value.__class__ is int else _FLOAT)
        else:
            self.seen.note(place, self._judged(place, repr(value), type_of(value)))

    def _text(self, place: Place, text: str, type_of_it: Callable[[str], str]) -> None:
        known = place.places.known
        found = known.get((place, text))
        if found is None:
            found = self._judged(place, text, type_of_it(text))
            if len(text) <= KNOWN_CHARS and self._room > 0 and not found[1]:
                if len(known) >= KNOWN:
                    known.clear()
                known[place, text] = found
        self.seen.note(place, found)

    def _judged(self, place: Place, text: str, kind: str) -> Type:
        if not text or self._room <= 0 or (kind in _PLAIN and not place.is_telling):
            return kind, ()
        self._room -= len(text)
        return kind, place.places.sensitive.kinds(place.context, text)


def note_json(root: Place, value: Any, noting: Noting) -> None:
    """Every place of decoded JSON, the nearest first."""
    waiting: list[tuple[Place, Any]] = []
    _note_node(root, value, noting, waiting)
    looked = 0
    for place, node in waiting:
        looked += len(node)
        if looked > NODES_LIMIT:
            node = _first(node)  # noqa: PLW2901 - of what is left, enough to tell what it is
            if looked > 2 * NODES_LIMIT:
                return
        if node.__class__ is list:
            _note_items(place, node, noting, waiting)
        else:
            _note_members(place, node, noting, waiting)


def _first(node: Any) -> Any:
    return node[:1] if isinstance(node, list) else dict(islice(node.items(), MAP_MEMBERS))


def _note_node(place: Place | None, value: Any, noting: Noting, waiting: list[tuple[Place, Any]]) -> None:
    if place is None:
        return
    if value.__class__ is dict or value.__class__ is list:
        noting.seen.note(place, _OBJECT if value.__class__ is dict else _ARRAY)
        if value:
            waiting.append((place, value))
    else:
        noting.value(place, value)


def _note_items(place: Place, items: list[Any], noting: Noting, waiting: list[tuple[Place, Any]]) -> None:
    below = place.items()
    for item in items[:ITEMS_LIMIT]:
        _note_node(below, item, noting, waiting)


def _note_members(place: Place, members: dict[str, Any], noting: Noting, waiting: list[tuple[Place, Any]]) -> None:
    if len(members) > MAP_MEMBERS and is_map(members):
        below = place.members()
        for value in islice(members.values(), ITEMS_LIMIT):
            _note_node(below, value, noting, waiting)
        return
    for name, value in members.items():
        _note_node(place.member(name), value, noting, waiting)


def is_map(members: dict[str, Any]) -> bool:
    """Whether an object of many members holds values by their keys: too many, of one type, or of names that nobody gave."""
    if len(members) > MEMBERS_LIMIT:
        return True
    some = list(islice(members.items(), ALIKE_LIMIT))
    kinds = {type_of(value) for _, value in some} - {"null"}
    alike = len(kinds) == 1 or widest(kinds) in ("int64", "float")
    return alike or 2 * sum(is_name[name] for name, _ in some) < len(some)


def note_xml(root: Place, node: Any, noting: Noting) -> None:
    """Every element and attribute of XML; elements of the same name in one another are one place."""
    waiting: list[tuple[Place | None, Any]] = [(root.member(local(node.tag)), node)]
    for looked, (place, element) in enumerate(waiting):
        if looked > NODES_LIMIT:
            return
        if place is None:
            continue
        for name, text in islice(element.attrib.items(), ITEMS_LIMIT):
            noting.field(place.member(f"@{local(name)}"), text)
        if len(element):
            noting.seen.note(place, _OBJECT)
            children = islice(element, max(0, NODES_LIMIT - len(waiting)))
            waiting += [(place.member(local(child.tag)), child) for child in children if isinstance(child.tag, str)]
        else:
            noting.field(place, (element.text or "").strip())


def note_fields(root: Place, pairs: Iterable[tuple[str, str]], noting: Noting) -> None:
    """The fields of a form or a query, cookies, headers."""
    for name, text in pairs:
        noting.field(root.member(name), text)


def note_parts(root: Place, side: Side, noting: Noting) -> None:
    """The fields of a multipart body; files by the heads of their parts, also in a body that is too large to be read."""
    files = set(_files(side.body))
    for name in sorted(files):
        place = root.member(name)
        if place is not None:
            noting.seen.note(place, _FILE)
    if len(side.body) <= BODY_LIMIT:
        note_fields(root, (pair for pair in side.multipart if pair[0] not in files), noting)


def _files(body: bytes) -> Iterable[str]:
    for found in islice(_DISPOSITION.finditer(body[:PARTS_BYTES]), PARTS_LIMIT):
        if b"filename" in found[1]:
            named = {word.lower(): quoted or bare for word, quoted, bare in _OF_PART.findall(found[1].decode("utf-8", "replace"))}
            if "filename" in named:
                yield named.get("name", "")
