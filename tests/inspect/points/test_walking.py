"""Walking JSON gives what a plain search gives, in the same order, within its bounds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.inspect.points.walking import NODES_LIMIT, VALUES_LIMIT, scalar, walk
from apitrail.model.point import Point, Step, Wild
from pointing import JSON, found

KEYS = st.sampled_from(("a", "b", "id", "", "a.b", "é"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-2, 2) | st.sampled_from(("", "x", "y")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)
STEPS = st.lists(KEYS | st.integers(0, 3) | st.sampled_from(Wild), max_size=4).map(tuple)


def plain(nodes: list[Any], steps: tuple[Step, ...]) -> list[Any]:
    """The nodes at a path from some nodes, by the shortest computation there is; those of `**` nearest first."""
    if not steps:
        return nodes
    step, rest = steps[0], steps[1:]
    if step is Wild.DEPTHS:
        levels = [nodes]
        while levels[-1]:
            levels.append([item for node in levels[-1] for item in children(node)])
        return plain([node for level in levels for node in level], rest)
    if isinstance(step, Wild):
        kind = list if step is Wild.ITEMS else dict
        return plain([item for node in nodes if isinstance(node, kind) for item in children(node)], rest)
    if isinstance(step, str):
        return plain([node[step] for node in nodes if isinstance(node, dict) and step in node], rest)
    return plain([node[step] for node in nodes if isinstance(node, list) and step < len(node)], rest)


def children(node: Any) -> list[Any]:
    """What stands directly in a node."""
    return list(node.values()) if isinstance(node, dict) else node if isinstance(node, list) else []


def texts(nodes: list[Any], *, lists: bool) -> list[str]:
    """The scalar values among nodes as text; a list stands for its items."""
    values = (value for node in nodes for value in (node if lists and isinstance(node, list) else [node]))
    return [text for value in values if (text := scalar(value))]


@given(VALUES, STEPS)
def test_a_walk_finds_what_a_plain_search_finds(value: Any, steps: tuple[Step, ...]) -> None:
    """Names, indexes, every item, every member, every depth, in any combination."""
    wanted = texts(plain([value], steps), lists=not steps or steps[-1] is not Wild.DEPTHS)
    got = walk(value, steps)
    if steps.count(Wild.DEPTHS) <= 1:
        assert got == wanted[:VALUES_LIMIT]
    else:
        assert set(got) <= set(wanted)


@given(st.dictionaries(KEYS, VALUES, max_size=4), STEPS)
def test_a_point_in_a_body_finds_the_same(value: Any, steps: tuple[Step, ...]) -> None:
    """Through the notation, the encoding and the shortcut for bodies that do not hold the name."""
    point = str(Point("request", "body.json", steps))
    for ascii_only in (True, False):
        assert found(point, json.dumps(value, ensure_ascii=ascii_only), headers=JSON) == walk(value, steps)
    assert found(point, json.dumps(value).encode("utf-16"), headers=JSON) == walk(value, steps)


@pytest.mark.parametrize(
    ("value", "text"),
    [("x", "x"), ("", ""), (True, "true"), (False, "false"), (7, "7"), (-1.5, "-1.5"), (2**70, str(2**70)), (None, None), ([], None), ({}, None)],
)  # fmt: skip
def test_scalars_are_texts(value: object, text: str | None) -> None:
    """As JSON writes them; null, lists and objects are none."""
    assert scalar(value) == text


@pytest.mark.parametrize("steps", [(Wild.DEPTHS,) * depth for depth in (1, 2, 5, 20)])
def test_any_depth_is_bounded(steps: tuple[Step, ...]) -> None:
    """However many nodes there are and however often `**` is asked, so many are looked at."""
    wide: dict[str, Any] = {"items": [{"a": [None] * 50} for _ in range(NODES_LIMIT)]}
    deep: Any = None
    for _ in range(900):
        deep = [deep, [None] * 100]
    assert walk(wide, steps) == walk(deep, steps) == []
