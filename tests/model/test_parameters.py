"""Session context parameters: checked, named, twenty at most, none twice; read from JSON and TOML, written as TOML."""

from __future__ import annotations

import contextlib
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.errors import BadQuestion
from apitrail.model.parameters import (
    LIMIT,
    NAME_LIMIT,
    TYPES,
    McpServer,
    Parameter,
    as_toml,
    check,
    check_server,
    convert,
    decode,
    folded,
    servers_as_toml,
)
from apitrail.model.point import Point


def some(count: int) -> list[Parameter]:
    """Different parameters."""
    return [Parameter(point=f"request.query.p{number}") for number in range(count)]


def test_a_parameter_gets_a_printed_point_and_a_name() -> None:
    """Points are kept in their printed form, types in lower case, and who gives no name gets the last one of the point."""
    (one,) = check([Parameter(point=' request.query."id" ', type="User")])
    assert one == Parameter(point="request.query.id", name="id", type="user")


@pytest.mark.parametrize(
    ("point", "name"),
    [
        ("client.ip", "ip"),
        ("request.path[1]", "path"),
        ('request.query."a\\nb"', "a b"),
        ("request.query." + "x" * 200, "x" * NAME_LIMIT),
        ('request.query.""', "query"),
        ('request.query."\\ud800"', "query"),
        ("response.body.json.items[*]", "items"),
    ],
)
def test_every_point_gives_a_name_that_is_one(point: str, name: str) -> None:
    """Whatever a point names, the name made of it is short, on one line, and not empty."""
    assert check([Parameter(point=point)])[0].name == name


@pytest.mark.rows("S2.1")
def test_there_are_at_most_twenty() -> None:
    """Twenty are kept; the 21st is refused by name (S2.1)."""
    assert len(check(some(LIMIT))) == LIMIT
    with pytest.raises(BadQuestion, match="at most 20 context parameters; the 21st is 'p20'"):
        check(some(LIMIT + 1))
    with pytest.raises(BadQuestion, match="at most 20"):
        check(some(10_000))


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (Parameter(point="request.query.a", name="x"), Parameter(point="request.query.b", name="X"), "the name 'X' is there already"),
        (Parameter(point="request.query.a", name="x"), Parameter(point="request.query.a", name="y"), "the point 'request.query.a'"),
        (Parameter(point="request.header.X-A", name="x"), Parameter(point="request.header.x-a", name="y"), "is there already"),
        (Parameter(point="request.header.X-A|jwt.Sub", name="x"), Parameter(point="request.header.x-a|jwt.Sub", name="y"), "is there"),
    ],
)  # fmt: skip
def test_no_name_and_no_point_is_there_twice(first: Parameter, second: Parameter, message: str) -> None:
    """Names in any case are the same, and so are the names of headers; the second one is named as the wrong one."""
    with pytest.raises(BadQuestion, match="parameter 2: ") as caught:
        check([first, second])
    assert message in caught.value.message


def test_the_names_of_other_places_have_a_case() -> None:
    """Only header names are the same in any case: cookies, fields and claims are not."""
    points = ("request.query.a", "request.query.A", "request.header.X|jwt.sub", "request.header.X|jwt.SUB", "request.cookie.B")
    assert len({folded(point) for point in points}) == len(points)


@pytest.mark.parametrize(
    ("wrong", "message", "position"),
    [
        (Parameter(point="request.query.a", type="admin"), "type is one of none, user, role, context, not 'admin'", None),
        (Parameter(point="request.qery.a"), "did you mean 'query'", 8),
        (Parameter(point="request.query.a", name="x" * (NAME_LIMIT + 1)), "1 to 60 characters", None),
        (Parameter(point="request.query.a", name="a\nb"), "on one line", None),
        (Parameter(point="request.query.a", name="a\x07b"), "on one line", None),
        (Parameter(point="request.query.a", name="a\ud800"), "on one line", None),
    ],
)
def test_a_wrong_parameter_is_named_by_its_number(wrong: Parameter, message: str, position: int | None) -> None:
    """The message begins with which parameter it is, and keeps the position within its point."""
    with pytest.raises(BadQuestion, match=r"^parameter 2: ") as caught:
        check([*some(1), wrong])
    assert message in caught.value.message
    assert caught.value.position == position


def test_checking_again_changes_nothing() -> None:
    """What was checked is as it will be kept."""
    once = check([Parameter(point='request.query." a"', type="ROLE"), Parameter(point="client.ip", grouping=True)])
    assert check(once) == once


JSON = '[{"point":"request.query.a","name":"x","type":"user","hashed":true,"grouping":true}]'


@pytest.mark.parametrize("document", [JSON, f'{{"parameters":{JSON}}}', JSON.encode()])
def test_json_is_a_list_or_an_object_with_one(document: str | bytes) -> None:
    """Both forms are read."""
    assert decode(document) == (Parameter(point="request.query.a", name="x", type="user", hashed=True, grouping=True),)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("", "not JSON"),
        ("[", "not JSON"),
        (b"\xff", "not JSON"),
        ('"\ud800"', "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("{}", "session parameters"),
        ("3", "session parameters"),
        ('[{"name":"x"}]', "missing required field `point`"),
        ('[{"point":1}]', "Expected `str`"),
        ('[{"point":"request.query.a","grouping":"yes"}]', "Expected `bool`"),
        ('[{"point":"request.query.a","groupin":true}]', "members are point, name, type, hashed, grouping"),
        ('[{"point":"request.quer.a"}]', "did you mean 'query'"),
    ],
)
def test_what_is_no_list_of_parameters_is_refused(document: str | bytes, message: str) -> None:
    """Broken JSON, other shapes, members of another name: one clear message, never another exception."""
    with pytest.raises(BadQuestion) as caught:
        decode(document)
    assert message in caught.value.message


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
    st.sampled_from(("point", "name", "type", "hashed", "grouping", "x")), inner, max_size=4), max_leaves=8))  # fmt: skip
def test_anything_is_parameters_or_refused(value: Any) -> None:
    """Whatever a file or a program says, it is kept or refused with a message."""
    with contextlib.suppress(BadQuestion):
        assert check(convert(value)) == convert(value)


NAMES = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
PARAMETERS = st.builds(
    Parameter,
    point=NAMES.map(lambda name: str(Point("request", "query", (name,)))),
    name=NAMES,
    type=st.sampled_from(tuple(TYPES)),
    hashed=st.booleans(),
    grouping=st.booleans(),
)


@given(st.lists(PARAMETERS, max_size=4))
def test_parameters_written_as_toml_are_read_back(parameters: list[Parameter]) -> None:
    """What a configuration file is given holds the very parameters, whatever signs are in their names."""
    read = tomllib.loads(as_toml(parameters)).get("session_parameters", [])
    assert [Parameter(**one) for one in read] == parameters


@given(st.lists(st.builds(McpServer, server=NAMES, session=NAMES, user=NAMES, role=NAMES), max_size=3))
def test_servers_written_as_toml_are_read_back(servers: list[McpServer]) -> None:
    """The same for the settings of MCP servers; an empty member is left out."""
    read = tomllib.loads(servers_as_toml(servers)).get("mcp_servers", [])
    assert [McpServer(**{"server": "", **one}) for one in read] == servers


def test_the_points_of_a_server_are_checked() -> None:
    """Points are kept in their printed form, empty ones stay empty, and a wrong one is named by its member."""
    kept = check_server(McpServer(server="tools.example/mcp", session='request.query."s"', user=" "))
    assert kept == McpServer(server="tools.example/mcp", session="request.query.s")
    with pytest.raises(BadQuestion, match=r"^role: ") as caught:
        check_server(McpServer(server="tools.example/mcp", role="request.hedaer.x"))
    assert (caught.value.position, caught.value.suggestion) == (8, "request.header.x")


@pytest.mark.parametrize("server", ["", "tools.example.com", "a b/c", "a/b?c"])
def test_a_server_is_a_host_and_a_path(server: str) -> None:
    """Anything else is refused."""
    with pytest.raises(BadQuestion, match="a host and a path"):
        check_server(McpServer(server=server))
