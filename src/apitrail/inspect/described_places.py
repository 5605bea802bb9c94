"""The places of an API that descriptors name, as a tree that grows with what is seen, within bounds.

Walking a body goes along the tree, so that what a name is like and how its point is written is worked out once for each place.
"""

from __future__ import annotations

import re

from apitrail.inspect.endpoints import segment_kind
from apitrail.inspect.sensitive import Context, Sensitive
from apitrail.inspect.sensitive_kinds import CREDENTIALS
from apitrail.inspect.value_types import wider
from apitrail.model.memo import Memo
from apitrail.model.point import NAMED, Point, Steps, Wild

NAME_LIMIT = 60
"""Characters of a name that is described."""
DEPTH = 6
"""Names below one another that are described of a body."""
PLACES_LIMIT = 2000
"""Different places of one kind (queries, JSON of responses ...) that one process describes: scanners do not fill the store."""
DESCRIPTORS_LIMIT = 4000
"""Different descriptors of one kind of place that one process makes."""
KINDS_LIMIT = 4
"""Kinds of sensitive data that one descriptor names."""

_NAME = re.compile(r"(?=[^\W\d_]|[\W\d_]{1,9}[^\W\d_]|_{1,3}$|\$)[\w$@][\w$.:\[\]@#/()-]*")
"""A letter among the first signs, and no blank: a descriptor is taken apart at its blanks."""
_PIECES = re.compile(r"[-_.]")
_OPAQUE = frozenset(("uuid", "hex", "token", "id"))
_INDEX = re.compile(r"\[\d{1,9}\]")
_NO_WORDS = frozenset(("uuid", "hex", "date", "email", "number", "ip", "phone", "slug", "version"))

Type = tuple[str, tuple[str, ...]]
"""A type, and the kinds of sensitive data."""


def _is_name(name: str) -> bool:
    if len(name) > NAME_LIMIT or not _NAME.fullmatch(name):
        return False
    kind = segment_kind(name)
    if kind == "id":
        return sum(map(str.isdecimal, name)) < 4
    if kind == "token":
        pieces = _PIECES.split(name)
        return len(pieces) > 1 and not any(segment_kind(piece) in _OPAQUE for piece in pieces)
    return kind not in _NO_WORDS


is_name: Memo[str, bool] = Memo(_is_name, most=20_000, longest=NAME_LIMIT)
"""Whether somebody who made an API gave this name: no identifier, date or address as in a map, nothing random or hostile."""


class Places:
    """All places of one kind, such as `request.query`: what they share is the room that is left."""

    def __init__(self, side: str, place: str, sensitive: Sensitive, known: dict[tuple[Place, str], Type]) -> None:
        # A request has to carry its credentials somewhere: in its headers and cookies they are no data of the API.
        self._carries = side == "request" and place in ("header", "cookie")
        self.side = side
        self.place = place
        self.sensitive = sensitive
        self.is_flat = place in NAMED.get(side, ())
        self.room = PLACES_LIMIT
        self.descriptors_left = DESCRIPTORS_LIMIT
        self.known = known
        self.root = Place(self, (), "", "")

    def context(self, name: str) -> Context:
        """What may be sensitive under a name here."""
        context = self.sensitive.context(name)
        return context.without(CREDENTIALS) if self._carries else context


class Place:
    """One place, and those below it that were seen so far."""

    __slots__ = ("_descriptors", "_members", "context", "depth", "is_telling", "name", "places", "steps")

    def __init__(self, places: Places, steps: Steps, name: str, above: str) -> None:
        self.places = places
        self.steps = steps
        self.name = name
        self.context = places.context(f"{above} {name}")
        self.is_telling = bool(self.context.named or self.context.own)
        self.depth = sum(step is not Wild.ITEMS for step in steps)
        self._members: dict[str | Wild, Place] = {}
        self._descriptors: dict[Type, str] = {}

    def member(self, name: str) -> Place | None:
        """The place of a member; of one without a proper name that of all members; None where no more are described."""
        found = self._members.get(name)
        if found is not None:
            return found
        if self.places.is_flat:
            name = _INDEX.sub("[0]", name) if "[" in name else name
            return self._below(name) if is_name[name] else None
        return self._below(name) if is_name[name.removeprefix("@")] else self.members()

    def members(self) -> Place | None:
        """The place of all members of a map."""
        return self._below(Wild.MEMBERS)

    def items(self) -> Place | None:
        """The place of the items of a list."""
        return self._below(Wild.ITEMS)

    def _below(self, step: str | Wild) -> Place | None:
        found = self._members.get(step)
        if found is None and self.places.room and (self.depth < DEPTH or step is Wild.ITEMS):
            self.places.room -= 1
            names = (step, self.name) if isinstance(step, str) else (self.name, "")
            found = Place(self.places, (*self.steps, step), *names)
            self._members[step] = found
        return found

    def descriptor(self, found: Type) -> str:
        """The descriptor of this place with a type; empty when no more are made."""
        text = self._descriptors.get(found)
        if text is None:
            if not self.places.descriptors_left:
                return ""
            self.places.descriptors_left -= 1
            kind, sensitive = found
            point = str(Point(self.places.side, self.places.place, self.steps))
            text = self._descriptors[found] = f"{point} {kind} {','.join(sensitive[:KINDS_LIMIT])}".rstrip()
        return text


class Seen(dict[Place, Type]):
    """The places of one message, each once, with the widest type and every kind."""

    def note(self, place: Place, found: Type) -> None:
        """One more value at a place."""
        known = self.setdefault(place, found)
        if known is not found and known != found:
            self[place] = wider(known[0], found[0]), tuple(sorted({*known[1], *found[1]}))

    def descriptors(self, most: int) -> list[str]:
        """Their descriptors, in the order in which the places stand."""
        found = (place.descriptor(kind) for place, kind in self.items())
        return [text for text in found if text][:most]
