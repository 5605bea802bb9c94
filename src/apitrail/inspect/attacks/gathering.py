"""Collecting the values of a request with their decoded forms, within limits whose names are told when they are reached."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from apitrail.inspect.attacks.credentials import carried, may_carry
from apitrail.inspect.attacks.value import Value
from apitrail.inspect.points.escapes import DECODED_LIMIT, PACKED_TOO_LARGE, alternatives
from apitrail.inspect.points.structures import json_of
from apitrail.model.memo import Memo
from apitrail.model.point import PLAIN_DECODERS, Decoder, Steps

VALUES_LIMIT = 2000
"""Values of one request that are looked at, decoded forms included."""
TEXT_LIMIT = 1 << 18
"""Characters of all values of one request together that are looked at, decoded forms included."""
VALUE_LIMIT = 65_536
"""Characters of one value that are looked at."""
DECODINGS = 3
"""Times that decoders are applied to what a decoder yields."""
DEPTH = 64
"""Levels of a body that are looked at."""
NODES_LIMIT = 20_000
"""Members, items, elements and parameters of one request that are visited."""

VALUES, VALUE_LENGTH, DECODED, DEEP, BODY_SIZE, DECOMPRESSION = (
    "values", "value length", "decodings", "depth", "body size", "decompression",
)  # fmt: skip
"""The names of the limits."""

PLAIN = re.compile(
    r"(?!https?:|0x2e|eyJ|(?:convert|class|process|constructor)\.|(?:javax?|com\.(?:sun|opensymphony)|org\.(?:apache|omg|springframework))\."
    r"|.*\.(?:ph(?:p\d?|tml|ar|ps|t)|jspx?|aspx?)\b|169\.254\.|100\.100\.|metadata\.|127\.[\d.]+:|localhost:|0x[0-9a-fA-F]{8}$"
    r"|.*__(?:globals|builtins|subclasses|mro)__|.*__class__[.:]|.*__proto__[.:]|.*constructor[.:]prototype)"
    r"[A-Za-z0-9_@:+-]*(?:\.[A-Za-z0-9_@:+-]+)*"
)
"""One word, number, date or address: nothing that any language reads as more than a name: no class, no script, no way into the
inside of a language, no address of the machine itself or of what tells it who it is."""
_BASE64_LIKE = re.compile(r"(?!(?!(?i:aced0005))[0-9a-fA-F-]+$|[a-z]+(?:[_-][a-z]+)*$)[A-Za-z0-9+_-]{12,}")
"""What may be base64: no number in base 16 but an object of Java, no words."""

_PLAIN_DECODERS = {name: Decoder(name) for name in PLAIN_DECODERS}


def _says_nothing(text: str) -> bool:
    return PLAIN.fullmatch(text) is not None and not (len(text) >= 12 and _BASE64_LIKE.fullmatch(text))


says_nothing: Memo[str, bool] = Memo(_says_nothing, most=20_000, longest=64)
"""Whether a text is a plain word, number, date or address; remembered for short ones, since names come again and again."""


class Gathering:
    """The values of one request as far as they were gathered, and the names of the limits that cut the look short."""

    __slots__ = ("overlimit", "room", "values")

    def __init__(self) -> None:
        self.values: list[Value] = []
        self.overlimit: dict[str, None] = {}
        self.room = TEXT_LIMIT

    def reached(self, limit: str) -> None:
        """Note that a limit cut the look short."""
        self.overlimit[limit] = None

    def take(self, values: tuple[Value, ...], overlimit: tuple[str, ...]) -> None:
        """Values that were gathered before, of a text that was seen before."""
        for value in values:
            self._kept(value)
        for limit in overlimit:
            self.overlimit[limit] = None

    def add(
        self,
        text: str,
        side: str,
        place: str,
        steps: Steps,
        decoders: tuple[Decoder, ...] = (),
        *,
        is_name: bool = False,
    ) -> None:
        """A value, unless it says nothing, with its decoded forms after it."""
        if says_nothing[text]:
            return
        if len(text) > VALUE_LIMIT:
            self.reached(VALUE_LENGTH)
            text = text[:VALUE_LIMIT]
        value = Value(text, side, place, steps, decoders, is_name)
        if self._kept(value):
            forms = alternatives(text)
            if forms:
                self._decoded(value, forms)
            if may_carry(text) and len(decoders) < DECODINGS:
                for inner, inside, of_name in carried(text, self.leaves):
                    self.add(inside, side, place, steps, (*decoders, *inner), is_name=of_name)

    def _kept(self, value: Value) -> bool:
        length = len(value.text)
        if length > self.room or len(self.values) >= VALUES_LIMIT:
            self.reached(VALUES)
            return False
        self.room -= length
        self.values.append(value)
        return True

    def _decoded(self, value: Value, forms: list[tuple[str, str]]) -> None:
        """The decoded forms of a value, each text once; decoders are applied to what they yield a few times."""
        known = {value.text}
        level = [(value, forms)]
        for _ in range(DECODINGS):
            deeper: list[Value] = []
            for one, changed in level:
                for decoder, text in changed:
                    if text == PACKED_TOO_LARGE:
                        self.reached(DECOMPRESSION)
                        continue
                    if len(text) >= DECODED_LIMIT:
                        self.reached(VALUE_LENGTH)
                    if text not in known:
                        known.add(text)
                        decoders = (*one.decoders, _PLAIN_DECODERS[decoder])
                        deeper.append(Value(text, one.side, one.place, one.steps, decoders, one.is_name))
                        if decoder == "base64" and text[:1] in "{[":
                            deeper += self._json_inside(text, one, decoders)
            level = [(one, changed) for one in deeper if self._kept(one) and (changed := alternatives(one.text))]
            if not level:
                return
        if any(text not in known for _, changed in level for _, text in changed):
            self.reached(DECODED)

    def _json_inside(self, text: str, of: Value, decoders: tuple[Decoder, ...]) -> list[Value]:
        return [
            Value(inside, of.side, of.place, of.steps, (*decoders, Decoder("json", path)), is_name)
            for path, inside, is_name in self.leaves(json_of(text))
        ]

    def leaves(self, root: Any) -> Iterator[tuple[Steps, str, bool]]:
        """Names and texts of decoded JSON that may say something, the nearest first, with their paths; True with a name."""
        if isinstance(root, str):
            yield (), root, False
        waiting: list[tuple[Steps, Any]] = [((), root)]
        count = 0
        for path, node in waiting:
            if len(path) >= DEPTH:
                self.reached(DEEP)
                continue
            members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
            for name, below in members:
                count += 1
                if count > NODES_LIMIT or len(self.values) >= VALUES_LIMIT:
                    self.reached(VALUES)
                    return
                if type(below) is str:
                    if not says_nothing[below]:
                        yield (*path, name), below, False
                elif type(below) is dict or type(below) is list:
                    waiting.append(((*path, name), below))
                if type(name) is str and not says_nothing[name]:
                    yield (*path, name), name, True
