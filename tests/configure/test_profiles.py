"""Profiles: one for all that no other names, and others for their applications (B5)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from apitrail.configure import profiles
from apitrail.configure.profiles import APPLICATIONS_LIMIT, DEFAULT, HOURS_LIMIT, NAME_LIMIT, KeptProfile
from apitrail.errors import BadQuestion, NotFound
from apitrail.model.abuse import Profile, TypeRule
from apitrail.store import Store

SHOP = Profile(
    name="shop",
    applications=("shop", "checkout"),
    analyse_by="domain",
    types={"scraping": TypeRule("denylist_ip", 24, "paranoid"), "account_takeover": TypeRule("disabled")},
)


@pytest.mark.rows("B5")
def test_there_is_always_a_profile_for_all_others(store: Store) -> None:
    """B5: a store begins with the default profile, which can be changed and never goes."""
    assert profiles.kept(store) == [KeptProfile(profile=Profile(name=DEFAULT))]
    changed = profiles.put(store, Profile(name=DEFAULT, types={"scraping": TypeRule("disabled")}), "ann")
    assert (changed.author, changed.changed[-1]) == ("ann", "Z")
    profiles.put(store, Profile(name="another", applications=("x",)), "bob")
    assert [one.profile.name for one in profiles.kept(store)] == [DEFAULT, "another"]
    assert profiles.in_force(store)[0].rule("scraping").action == "disabled"
    with pytest.raises(BadQuestion, match="the profile default is for all that no other names, and stays"):
        profiles.remove(store, DEFAULT, "ann")


def test_profiles_are_kept_changed_and_forgotten(store: Store) -> None:
    """Each change is its own entry with its author, what changes nothing is none; a type that is not named is registered as usual."""
    kept = profiles.put(store, SHOP, "ann")
    assert (kept.profile, kept.author) == (SHOP, "ann")
    assert profiles.put(store, SHOP, "bob") == kept
    assert kept.profile.rule("security_crawler") == TypeRule("register", 24, "normal")
    changed = profiles.change(store, "shop", "cid", applications=["shop"], types={"scraping": TypeRule("register")})
    assert changed.profile == msgspec.structs.replace(
        SHOP, applications=("shop",), types={**SHOP.types, "scraping": TypeRule("register")}
    )
    assert profiles.change(store, "shop", "dan") == changed
    profiles.remove(store, "shop", "eve")
    assert [one.profile.name for one in profiles.kept(store)] == [DEFAULT]
    assert [record.author for record in store.records.history(profiles.KIND)] == ["eve", "cid", "ann"]


def test_an_application_is_in_one_profile(chdb_store: Store) -> None:
    """Whose rules hold is never in doubt: an application that a profile has can be in no other; the same name once is enough."""
    profiles.put(chdb_store, SHOP, "ann")
    with pytest.raises(BadQuestion, match="'checkout' is in the profile 'shop' already"):
        profiles.put(chdb_store, Profile(name="other", applications=("x", "checkout")), "ann")
    kept = profiles.put(chdb_store, Profile(name="  the   other ", applications=(" x", "x ", "y")), "ann")
    assert (kept.profile.name, kept.profile.applications) == ("the other", ("x", "y"))


@pytest.mark.parametrize(
    ("members", "words", "suggestion"),
    [
        ({"name": " "}, "a name of 1 to 100 characters", None),
        ({"name": "x" * (NAME_LIMIT + 1)}, "a name of 1 to 100 characters", None),
        ({"name": "a/b"}, "without slashes", None),
        ({"name": ".."}, "without slashes", None),
        ({"name": "a\u202eb"}, "a name of 1 to 100 characters", None),
        ({"applications": ()}, "a profile names its applications", "default"),
        ({"applications": ("",)}, "an application has a name", None),
        ({"applications": ("\x1b[31m",)}, "an application has a name", None),
        ({"applications": tuple(map(str, range(APPLICATIONS_LIMIT + 1)))}, "at most 100 applications", None),
        ({"name": DEFAULT}, "names none itself", None),
        ({"analyse_by": "aplication"}, "analyse_by is one of application, domain", "application"),
        ({"types": {"scrapping": TypeRule()}}, "a type of bot is one of .*, not 'scrapping'", "scraping"),
        ({"types": {"bola": TypeRule()}}, "a type of bot is one of", None),
        ({"types": {"scraping": TypeRule("block")}}, "action is one of disabled, register, denylist_ip", "disabled"),
        ({"types": {"scraping": TypeRule(sensitivity="paranoia")}}, "sensitivity is one of", "paranoid"),
        ({"types": {"scraping": TypeRule(hours=-1)}}, "hours are from 0", None),
        ({"types": {"scraping": TypeRule(hours=HOURS_LIMIT + 1)}}, "to 8760, not 8761", None),
    ],
)
def test_a_profile_that_can_be_none(chdb_store: Store, members: dict[str, Any], words: str, suggestion: str | None) -> None:
    """What is wrong is said with the nearest word, and nothing is kept."""
    with pytest.raises(BadQuestion, match=words) as caught:
        profiles.put(chdb_store, Profile(**{"name": "x", "applications": ("x",), **members}), "ann")
    assert suggestion in (None, caught.value.suggestion)
    assert profiles.kept(chdb_store) == [KeptProfile(profile=Profile(name=DEFAULT))]


def test_a_profile_that_is_not_there(chdb_store: Store) -> None:
    """Changing or forgetting an unknown profile is an error that names those there are."""
    profiles.put(chdb_store, SHOP, "ann")
    for act in (profiles.remove, profiles.change):
        with pytest.raises(NotFound, match="no profile 'shp'; there are default, shop") as caught:
            act(chdb_store, "shp", "ann")
        assert caught.value.suggestion == "shop"


def test_profiles_have_a_limit(chdb_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store has so many profiles and no more; those there are can be changed."""
    monkeypatch.setattr(profiles, "PROFILES_LIMIT", 3)
    for name in "ab":
        profiles.put(chdb_store, Profile(name=name, applications=(name,)), "ann")
    with pytest.raises(BadQuestion, match="at most 3 profiles"):
        profiles.put(chdb_store, Profile(name="c", applications=("c",)), "ann")
    profiles.put(chdb_store, Profile(name=DEFAULT, analyse_by="domain"), "ann")
    assert profiles.change(chdb_store, "b", "ann", analyse_by="domain").profile.analyse_by == "domain"
