"""Walking a structure along the steps of a point, to the texts that stand there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from apitrail.model.point import Step, Steps, Wild

VALUES_LIMIT = 20
"""Values that one point gives in one exchange."""
NODES_LIMIT = 10_000
"""Members and items that are looked at for one point with wild steps."""


def scalar(value: Any) -> str | None:
    """A JSON value as text; None for null, lists and objects."""
    if isinstance(value, str):
        return value
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    return None


def walk(root: Any, steps: Steps) -> list[str]:
    """The texts at a path into decoded JSON; a list at its end stands for its items."""
    for at, step in enumerate(steps):
        # Most steps are names in objects; each is written out here, because every request with a body comes by.
        if type(root) is dict and type(step) is str:
            root = root.get(step)
        elif isinstance(step, Wild):
            return _texts(_walk_wild([root], steps[at:]), lists=steps[-1] is not Wild.DEPTHS)
        else:
            root = _one(root, step)
        if root is None:
            return []
    if type(root) is str:
        return [root] if root else []
    return [repr(root)] if type(root) is int else _texts((root,))


def _one(node: Any, step: Step) -> Any:
    if isinstance(step, str):
        return node.get(step) if isinstance(node, dict) else None
    return node[step] if isinstance(node, list) and isinstance(step, int) and step < len(node) else None


def _walk_wild(nodes: list[Any], steps: Steps) -> Iterable[Any]:
    for step in steps:
        if isinstance(step, Wild):
            nodes = _spread(nodes, step)
        elif type(step) is str:
            nodes = [found for node in nodes if type(node) is dict and (found := node.get(step)) is not None]
        else:
            nodes = [found for node in nodes if (found := _one(node, step)) is not None]
    return nodes


def _spread(nodes: list[Any], step: Wild) -> list[Any]:
    if step is Wild.ITEMS:
        return [item for node in nodes if type(node) is list for item in node[:NODES_LIMIT]][:NODES_LIMIT]
    if step is Wild.MEMBERS:
        some = (item for node in nodes if isinstance(node, dict) for item in node.values())
    else:
        return list(_depths(nodes))
    return list(islice(some, NODES_LIMIT))


def _depths(nodes: list[Any]) -> Iterator[Any]:
    """Every node with all below it, nearest first."""
    found = list(nodes)
    for node in found:
        yield node
        below = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        found.extend(islice(below, max(0, NODES_LIMIT - len(found))))


def _texts(nodes: Iterable[Any], *, lists: bool = True) -> list[str]:
    found: list[str] = []
    for node in nodes:
        if type(node) is str:
            if node:
                found.append(node)
                if len(found) >= VALUES_LIMIT:
                    return found
            continue
        for value in node if lists and isinstance(node, list) else (node,):
            text = scalar(value)
            if text:
                found.append(text)
            if len(found) >= VALUES_LIMIT:
                return found
    return found


def walk_xml(root: Any, steps: Steps) -> list[str]:
    """The texts at a path into XML: the first step is the root element, `@name` an attribute; namespaces do not count."""
    if not steps:
        return []
    above = root.makeelement("", {})
    above.append(root)
    nodes = [above]
    for at, step in enumerate(steps):
        if isinstance(step, str) and step.startswith("@"):
            return _attributes(nodes, step[1:]) if at == len(steps) - 1 else []
        nodes = _xml_step(nodes, step)
    texts = (node.text.strip() for node in nodes if node.text)
    return list(islice((text for text in texts if text), VALUES_LIMIT))


def _xml_step(nodes: list[Any], step: Step) -> list[Any]:
    if isinstance(step, int):
        return nodes[step : step + 1]
    if step is Wild.ITEMS:
        return nodes
    if step is Wild.DEPTHS:
        return list(islice((below for node in nodes for below in node.iter()), NODES_LIMIT))
    return list(islice((child for node in nodes for child in node if _fits(child, step)), NODES_LIMIT))


def _fits(node: Any, step: Step) -> bool:
    return step is Wild.MEMBERS or local(node.tag) == step


def local(tag: object) -> str:
    """The name of an element or attribute without its namespace."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _attributes(nodes: list[Any], name: str) -> list[str]:
    some = (value for node in nodes for key, value in node.attrib.items() if local(key) == name and value)
    return list(islice(some, VALUES_LIMIT))
