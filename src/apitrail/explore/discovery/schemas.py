"""Points and types of the inventory put together to the JSON schemas of bodies (D10)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from apitrail.inspect.specifications.flattening import JSON_TYPES
from apitrail.inspect.value_types import widest
from apitrail.model.point import Step, Steps, Wild

Schema = dict[str, Any]


class Tree:
    """What stands at a place of a body and below it."""

    def __init__(self) -> None:
        self.types: list[str] = []
        self.sensitive: dict[str, None] = {}
        self.required = False
        self._members: dict[str, Tree] = {}
        self._others: Tree | None = None
        self._items: Tree | None = None

    def add(self, steps: Steps, kind: str, *, required: bool, sensitive: Iterable[str]) -> None:
        """A value at a place below this one, added after what it stands in; `required` says that this always has it.

        An object of which nothing else is known is required, too, when a member of it is.
        """
        nodes = list(self._along(steps))
        found = nodes[-1]
        found.required |= required
        for above, step, node in zip(nodes[-2::-1], steps[::-1], nodes[::-1], strict=False):
            node.required |= required
            required = required and isinstance(step, str) and not above.types
        found.types.append(kind)
        found.sensitive |= dict.fromkeys(sensitive)

    def _along(self, steps: Steps) -> Iterator[Tree]:
        """This place, and each on the way to another one."""
        node = self
        yield node
        for step in steps:
            node = node._below(step)
            yield node

    def _below(self, step: Step) -> Tree:
        if isinstance(step, str):
            return self._members.setdefault(step, Tree())
        if step is Wild.MEMBERS:
            self._others = self._others or Tree()
            return self._others
        self._items = self._items or Tree()
        return self._items

    @property
    def members(self) -> dict[str, Tree]:
        """The members that have a name."""
        return self._members

    @property
    def needed(self) -> bool:
        """Whether it is required, or, as long as nothing is known of it but its members, one of them."""
        return self.required if self.types else any(member.required for member in self._members.values())

    def schema(self, *, xml: bool = False) -> Schema:
        """The JSON schema; of XML, a member `@name` is an attribute."""
        containers = [kind for kind, there in (("object", self._members or self._others), ("array", self._items)) if there]
        made = type_schema(self.types, containers)
        if self._members:
            made["properties"] = {
                name: _named(name, member.schema(xml=xml), xml=xml) for name, member in sorted(self._members.items())
            }
            if required := sorted(name for name, member in self._members.items() if member.required):
                made["required"] = required
        if self._others:
            made["additionalProperties"] = self._others.schema(xml=xml)
        if self._items:
            made["items"] = self._items.schema(xml=xml)
        if self.sensitive:
            made["x-sensitive"] = sorted(self.sensitive)
        return made


def _named(name: str, made: Schema, *, xml: bool) -> Schema:
    return {**made, "xml": {"name": name[1:], "attribute": True}} if xml and name.startswith("@") else made


def type_schema(types: Iterable[str], containers: Iterable[str] = ()) -> Schema:
    """The schema of values of these types: the one that holds them all, beside objects and lists that are described below."""
    some = list(types)
    kinds = [*containers, *(kind for kind in ("object", "array") if kind in some)]
    scalars = [kind for kind in some if kind not in ("object", "array")]
    formatted = ""
    if widest(scalars) != "null":
        kind, formatted = JSON_TYPES[widest(scalars)]
        kinds.append(kind)
    if "null" in scalars:
        kinds.append("null")
    kinds = list(dict.fromkeys(kinds))
    made: Schema = {"type": kinds[0] if len(kinds) == 1 else kinds} if kinds else {}
    return made | ({"format": formatted} if formatted else {})
