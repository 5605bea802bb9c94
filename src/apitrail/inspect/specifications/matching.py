"""The operation of a request, or of an endpoint of the inventory, in the specifications that are in force for it (D6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from apitrail.inspect.endpoints import CUT, segment_kind
from apitrail.inspect.specifications.segments import of_template, pieces, segments, values
from apitrail.inspect.specifications.specification import Match, Specification, covers

ACTIVE_LIMIT = 200
"""Templates that are followed at the same time through one path, the most constant ones."""


class _Node:
    """A place in the tree of all templates: what may follow, and the operations of the templates that end here."""

    def __init__(self) -> None:
        self.constants: dict[str, _Node] = {}
        self.kinds: dict[str, list[_Node]] = {}
        self.mixed: dict[tuple[str, ...], _Node] = {}
        self.variable: _Node | None = None
        self.matches: dict[str, list[Match]] = {}

    def child(self, segment: str) -> _Node:
        """The node behind a segment of a template, made when it is not there."""
        around = pieces(segment)
        if len(around) == 1:
            if segment not in self.constants:
                self.constants[segment] = _Node()
                self.kinds.setdefault(f"{{{segment_kind(segment)}}}", []).append(self.constants[segment])
            return self.constants[segment]
        if around == ("", ""):
            self.variable = self.variable or _Node()
            return self.variable
        return self.mixed.setdefault(around, _Node())

    def after(self, segment: str) -> Iterator[_Node]:
        """The nodes behind a segment of a path, constant ones before those with variables."""
        if constant := self.constants.get(segment):
            yield constant
        for around, node in self.mixed.items():
            if values(around, segment) is not None:
                yield node
        if self.variable:
            yield self.variable

    def after_variable(self, segment: str) -> Iterator[_Node]:
        """The nodes behind a segment of an inventory's template: a variable may be one here too, or its kind of constant."""
        if len(pieces(segment)) == 1:
            yield from self.after(segment)
            return
        whole = segment.startswith("{") and segment.endswith("}")
        if whole and self.variable:
            yield self.variable
        for around, node in self.mixed.items():
            if whole or values(around, segment) is not None:
                yield node
        if self.variable:
            yield self.variable
        yield from self.kinds.get(segment, ())


class Matcher:
    """Finds operations in specifications, each within its scope; of several that fit, in the order in which they are given.

    A path without variables comes before one with them, as OpenAPI has it. A slash at the end does not count.
    """

    def __init__(self, specifications: Iterable[Specification]) -> None:
        self.specifications = tuple(specifications)
        self._root = _Node()
        for specification in self.specifications:
            for operation in specification.operations:
                for template in operation.templates:
                    node = self._root
                    for segment in of_template(template):
                        node = node.child(segment)
                    node.matches.setdefault(operation.method, []).append(Match(specification, operation))

    def operation(self, host: str, method: str, path: str, application: str | None = None) -> Match | None:
        """The operation of a request; `path` as it was sent."""
        found = segments(path)
        return self._match(self._ends(found, _Node.after), host, method, application) if found is not None else None

    def operation_of_template(self, host: str, method: str, endpoint: str, application: str | None = None) -> Match | None:
        """The operation of an endpoint of the inventory, whatever its variables are called there."""
        return next(iter(self.operations_of_template(host, method, endpoint, application)), None)

    def operations_of_template(self, host: str, method: str, endpoint: str, application: str | None = None) -> list[Match]:
        """The same in every specification that has it, the first of each."""
        path = endpoint.partition("#")[0]
        if path.endswith(f"/{CUT}"):
            return []
        ends = self._ends(of_template(path), _Node.after_variable)
        found: dict[int, Match] = {}
        for match in self._matches(ends, host, method, application):
            found.setdefault(id(match.specification), match)
        return list(found.values())

    def methods(self, host: str, path: str, application: str | None = None) -> tuple[str, ...]:
        """The methods that the specifications have for a path."""
        ends = self._ends(segments(path) or (), _Node.after) if path else []
        known = {method for node in ends for method in node.matches if self._match([node], host, method, application)}
        return tuple(sorted(known))

    def covers(self, host: str, application: str | None = None) -> bool:
        """Whether any of the specifications is in force for a host and an application."""
        return any(covers(specification, host, application) for specification in self.specifications)

    def _ends(self, path: Sequence[str], after: Callable[[_Node, str], Iterator[_Node]]) -> list[_Node]:
        """The nodes at which a path ends, the most constant first."""
        active = [self._root]
        for segment in path:
            active = list(dict.fromkeys(node for some in active for node in after(some, segment)))[:ACTIVE_LIMIT]
            if not active:
                break
        return active

    def _match(self, ends: Iterable[_Node], host: str, method: str, application: str | None) -> Match | None:
        return next(self._matches(ends, host, method, application), None)

    def _matches(self, ends: Iterable[_Node], host: str, method: str, application: str | None) -> Iterator[Match]:
        for node in ends:
            for match in node.matches.get(method.upper(), ()):
                if covers(match.specification, host, application):
                    yield match
