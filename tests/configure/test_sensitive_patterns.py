"""Kinds of sensitive data that people add: checked, kept, in force for new traffic, also from the configuration file (D4)."""

from __future__ import annotations

import msgspec
import pytest

from apitrail.configure import sensitive_patterns
from apitrail.configure.recipes import recipe
from apitrail.errors import BadQuestion
from apitrail.inspect.own_patterns import OwnPattern
from apitrail.inspect.rows import Inspector
from apitrail.model.exchange import Exchange
from apitrail.store import Store
from traffic import NOON

pytestmark = pytest.mark.rows("D4")

BADGE = OwnPattern(name="badge_number", pattern="^B-[0-9]{6}$")
ASKED = Exchange(method="GET", path="/staff", query="badge=B-123456", host="api.example", status=200, time=NOON, id="r")


def described(store: Store) -> list[str]:
    """The descriptors of one request under what is in force."""
    return list(Inspector(recipe(store)).rows([ASKED]).to_pylist()[0]["described"])


def test_a_pattern_is_in_force_until_it_is_taken_away(chdb_store: Store) -> None:
    """A value that fits an added pattern is told to be of its kind from then on, and no longer when it is taken away."""
    assert described(chdb_store) == ["request.query.badge string"]
    assert sensitive_patterns.keep(chdb_store, [BADGE], "test") == (BADGE,)
    assert described(chdb_store) == ["request.query.badge string badge_number"]
    assert sensitive_patterns.kept(chdb_store) == (BADGE,)
    sensitive_patterns.keep(chdb_store, [], "test")
    assert described(chdb_store) == ["request.query.badge string"]


@pytest.mark.parametrize("wrong", [{"name": "Badge"}, {"pattern": "(?=x)"}, {"pattern": "(a+"}, {"score": 2.0}])
def test_what_is_no_pattern_is_refused(chdb_store: Store, wrong: dict[str, object]) -> None:
    """A pattern that cannot be matched in linear time, or has no name, is told with its reason; what was in force stays."""
    sensitive_patterns.keep(chdb_store, [BADGE], "test")
    with pytest.raises(BadQuestion):
        sensitive_patterns.keep(chdb_store, [msgspec.structs.replace(BADGE, **wrong)], "test")
    assert sensitive_patterns.kept(chdb_store) == (BADGE,)
    sensitive_patterns.keep(chdb_store, [], "test")


def test_the_configuration_file_may_say_them(chdb_store: Store) -> None:
    """A table of the file is put in force; a wrong one names the file; a file without it changes nothing."""
    sensitive_patterns.apply_file(chdb_store, {"sensitive_patterns": [msgspec.to_builtins(BADGE)]}, "a.toml")
    sensitive_patterns.apply_file(chdb_store, {}, "b.toml")
    assert sensitive_patterns.kept(chdb_store) == (BADGE,)
    with pytest.raises(BadQuestion, match=r"a\.toml: sensitive_patterns"):
        sensitive_patterns.apply_file(chdb_store, {"sensitive_patterns": [{"name": 5}]}, "a.toml")
    sensitive_patterns.keep(chdb_store, [], "test")
