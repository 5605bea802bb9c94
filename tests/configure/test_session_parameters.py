"""Session context parameters of a store: checked, ordered, every change written down, and the same again in TOML (S2.1)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import apitrail
from apitrail.configure.opening import open_store
from apitrail.configure.session_parameters import apply_file, history, keep, kept, moved
from apitrail.errors import BadQuestion, NotFound
from apitrail.explore.parameters import exported
from apitrail.model.parameters import LIMIT, TYPES, Parameter, as_toml, check, decode, folded, read
from apitrail.model.point import Point
from apitrail.settings import load
from apitrail.store import Store

USER = Parameter(point="request.header.X-User-Id", name="user", type="user", grouping=True)
SID = Parameter(point="request.cookie.sid", name="sid", hashed=True)


def numbered(count: int) -> list[Parameter]:
    """So many parameters."""
    return [Parameter(point=f"request.query.p{number}") for number in range(count)]


def test_a_change_says_who_did_what(store: Store) -> None:
    """The audit log has every change with its author, newest first, and says in words what was added, changed, moved and removed."""
    keep(store, [USER], "ann")
    keep(store, [USER, SID], "bob")
    keep(store, [SID, USER], "cid")
    keep(store, [SID, Parameter(point="request.header.x-user-id", name="user", type="role")], "dan")
    keep(store, [SID], "eve")
    assert [(change.author, change.what) for change in history(store)] == [
        ("eve", ["removed user (request.header.x-user-id, role)"]),
        ("dan", ["changed user (request.header.X-User-Id, user, grouping key) to user (request.header.x-user-id, role)"]),
        ("cid", ["order is now sid, user"]),
        ("bob", ["added sid (request.cookie.sid, hashed)"]),
        ("ann", ["added user (request.header.X-User-Id, user, grouping key)"]),
    ]
    times = [change.time for change in history(store)]
    assert times == sorted(times, reverse=True)


def test_nothing_was_changed_yet(chdb_store: Store) -> None:
    """A new store has no parameters and no history."""
    assert history(chdb_store) == []
    assert kept(chdb_store).parameters == ()


def test_the_same_again_is_no_change(store: Store) -> None:
    """What is in force already writes no audit entry and changes no version."""
    first = keep(store, [USER, SID], "ann")
    assert keep(store, [USER, SID], "bob") == first
    assert len(history(store)) == 1


@pytest.mark.rows("S2.1")
def test_there_are_at_most_20(chdb_store: Store) -> None:
    """The 21st is refused by name, and the twenty stay."""
    keep(chdb_store, numbered(LIMIT), "ann")
    with pytest.raises(BadQuestion, match="at most 20 context parameters; the 21st is 'p20'"):
        keep(chdb_store, numbered(LIMIT + 1), "ann")
    assert len(kept(chdb_store).parameters) == LIMIT


@pytest.mark.parametrize(
    ("again", "words"),
    [
        (Parameter(point="request.cookie.other", name="USER"), "the name 'USER' is there already"),
        (Parameter(point="request.header.x-user-id", name="other"), "the point 'request.header.x-user-id' is there already"),
    ],
)
def test_names_and_points_are_there_once(chdb_store: Store, again: Parameter, words: str) -> None:
    """A second parameter of the same name, in any case, or of the same point is refused."""
    with pytest.raises(BadQuestion, match=words):
        keep(chdb_store, [USER, again], "ann")
    assert kept(chdb_store).parameters == ()


def test_a_version_that_is_gone_changes_nothing(chdb_store: Store) -> None:
    """Who sends the version of parameters that somebody else has changed meanwhile is told who that was."""
    seen = keep(chdb_store, [USER], "ann").version
    keep(chdb_store, [USER, SID], "bob", version=seen)
    with pytest.raises(BadQuestion, match="bob has changed the parameters meanwhile"):
        keep(chdb_store, [], "ann", version=seen)
    assert kept(chdb_store).parameters == (USER, SID)


@pytest.mark.parametrize(
    ("wrong", "position", "suggestion"),
    [
        (Parameter(point="request.heder.x"), 8, "request.header.x"),
        (Parameter(point="request.header.x", type="usr"), None, "user"),
        (Parameter(point="request.header.x", name="a\nb"), None, None),
        (Parameter(point=""), 0, None),
    ],
)
def test_a_wrong_parameter_is_refused(wrong: Parameter, position: int | None, suggestion: str | None) -> None:
    """The message names the parameter; position and suggestion are those of its point."""
    with pytest.raises(BadQuestion, match="parameter 2") as caught:
        check([USER, wrong])
    assert (caught.value.position, caught.value.suggestion) == (position, suggestion)


@pytest.mark.parametrize(("at", "to", "order"), [(0, 2, "bca"), (2, 0, "cab"), (1, 9, "acb"), (0, 0, "abc")])
def test_moving(at: int, to: int, order: str) -> None:
    """One parameter goes to another place, the others keep their order; beyond the end is the end."""
    three = [Parameter(point=f"request.query.{name}", name=name) for name in "abc"]
    assert "".join(one.name for one in moved(three, at, to)) == order
    with pytest.raises(NotFound):
        moved(three, 3, 0)


names = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=1, max_size=40)
parameters = st.lists(
    st.builds(
        Parameter,
        point=names.map(lambda name: str(Point("request", "body.json", ("data", name, 0)))),
        name=names,
        type=st.sampled_from(list(TYPES)),
        hashed=st.booleans(),
        grouping=st.booleans(),
    ),
    max_size=LIMIT,
    unique_by=(lambda one: one.name.lower(), lambda one: folded(one.point)),
)


@given(parameters)
def test_toml_round_trip(some: list[Parameter]) -> None:
    """What is exported as TOML is read again as the same parameters, whatever their names are."""
    checked = check(some)
    assert read(as_toml(checked) or "session_parameters = []", origin="x") == checked


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text ends in anything but parameters or a BadQuestion that names the file."""
    for reader in (lambda: read(text, origin="file.toml"), lambda: decode(text)):
        try:
            reader()
        except BadQuestion as error:
            assert error.message  # noqa: PT017 - most texts are refused


def test_a_file_is_put_in_force_once(chdb_dsn: str, tmp_path: Any) -> None:
    """A configuration file is in force wherever a store is opened with it; opened again, nothing is written; exported, it is the same."""
    config = tmp_path / "trail.toml"
    config.write_text(
        f"retention_days = 0\n\n{as_toml([USER, SID])}\n[[mcp_servers]]\nserver = 'tools.example/mcp'\nuser = 'client.ip'\n"
    )
    settings = load(str(config))
    for _ in range(3):
        with open_store(settings, chdb_dsn) as store:
            assert kept(store).parameters == (USER, SID)
            assert [(change.author, len(change.what)) for change in history(store)] == [(f"configuration file {config}", 2)]
            assert len(store.records.history("mcp-servers")) == 1
            assert read(exported(store), origin="export") == (USER, SID)


def test_the_library_follows_the_file(chdb_dsn: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """`apitrail.open` puts in force what the file says that APITRAIL_CONFIG names."""
    config = tmp_path / "trail.toml"
    config.write_text(as_toml([USER]))
    monkeypatch.setenv("APITRAIL_CONFIG", str(config))
    with apitrail.open(chdb_dsn) as trail:
        assert kept(trail.store).parameters == (USER,)


def test_a_file_that_does_not_speak_of_them_changes_nothing(chdb_store: Store) -> None:
    """Parameters stay when a configuration file has no table of them, and go when its list is empty."""
    keep(chdb_store, [USER], "ann")
    apply_file(chdb_store, {}, "a.toml")
    assert kept(chdb_store).parameters == (USER,)
    assert read(exported(chdb_store), origin="export") == (USER,)
    apply_file(chdb_store, {"session_parameters": []}, "a.toml")
    assert kept(chdb_store).parameters == ()
    assert read(exported(chdb_store), origin="export") == ()


def test_a_wrong_file_opens_no_store(chdb_dsn: str, tmp_path: Any) -> None:
    """A wrong parameter in the file is a bad question that names the file, and the store can be opened again."""
    config = tmp_path / "wrong.toml"
    config.write_text("[[session_parameters]]\npoint = 'request.heder.x'\n")
    with pytest.raises(BadQuestion, match=r"wrong\.toml: parameter 1: .*position 8"):
        open_store(load(str(config)), chdb_dsn)
    with Store(chdb_dsn) as store:
        assert kept(store).parameters == ()
