"""The profiles of a store: how bots are searched for in which applications, and what is done about them (B4, B5)."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec

from apitrail.errors import BadQuestion, NotFound
from apitrail.model.abuse import ACTIONS, APPLICATION, BOT_TYPES, DOMAIN, SENSITIVITIES, Profile, TypeRule
from apitrail.query.interval import iso
from apitrail.store import Store

KIND = "abuse-profile"
DEFAULT = "default"
PROFILES_LIMIT = 100
"""Profiles of one store, with the default one."""
APPLICATIONS_LIMIT = 100
"""Applications of one profile."""
NAME_LIMIT = 100
"""Characters of the name of a profile or an application."""
HOURS_LIMIT = 8760
"""Hours for which something is put on a list at most, if not for ever."""


class KeptProfile(msgspec.Struct, frozen=True, kw_only=True):
    """A profile as it is kept; who changed it last and when (ISO 8601 in UTC), both empty for the default that nobody changed."""

    profile: Profile
    author: str = ""
    changed: str = ""


def kept(store: Store) -> list[KeptProfile]:
    """Every profile by name, but the default one first, which is always there."""
    records = store.records.current(KIND)
    found = {
        name: KeptProfile(profile=_decoded(record.value), author=record.author, changed=iso(record.time))
        for name, record in records.items()
    }
    return [found.pop(DEFAULT, KeptProfile(profile=Profile(name=DEFAULT))), *found.values()]


def in_force(store: Store) -> list[Profile]:
    """The profiles, the one for all applications that no other names first."""
    return [one.profile for one in kept(store)]


def named(store: Store, name: str) -> KeptProfile:
    """The profile of a name; NotFound when there is none."""
    every = kept(store)
    found = next((one for one in every if one.profile.name == name), None)
    if found is None:
        names = [one.profile.name for one in every]
        raise NotFound(
            f"there is no profile {name[:60]!r}; there are {', '.join(names[:10])}", suggestion=_near(name, names) or None
        )
    return found


def put(store: Store, profile: Profile, author: str) -> KeptProfile:
    """Keep a profile for the analyses from now on; one of the same name is replaced. BadQuestion when it can be none."""
    wanted = check(profile)
    others = [one for one in kept(store) if one.profile.name != wanted.name]
    if len(others) >= PROFILES_LIMIT:
        raise BadQuestion(f"a store has at most {PROFILES_LIMIT} profiles; remove some first")
    for other in others:
        if twice := set(other.profile.applications) & set(wanted.applications):
            raise BadQuestion(f"the application {min(twice)[:60]!r} is in the profile {other.profile.name[:60]!r} already")
    value = msgspec.json.encode(wanted, order="deterministic").decode()
    record = store.records.current(KIND).get(wanted.name)
    if record is None or record.value != value:
        store.records.append(KIND, wanted.name, value, author)
    return named(store, wanted.name)


def change(
    store: Store,
    name: str,
    author: str,
    *,
    applications: Sequence[str] | None = None,
    analyse_by: str | None = None,
    types: Mapping[str, TypeRule] | None = None,
) -> KeptProfile:
    """Change applications, the normal, or the rules of some types of a profile; what is None stays, and so do other types."""
    before = named(store, name).profile
    wanted = msgspec.structs.replace(
        before,
        applications=before.applications if applications is None else tuple(applications),
        analyse_by=analyse_by or before.analyse_by,
        types={**before.types, **(types or {})},
    )
    return put(store, wanted, author)


def remove(store: Store, name: str, author: str) -> None:
    """Forget a profile, so that its applications are under the default one; NotFound, or BadQuestion for the default."""
    if named(store, name).profile.name == DEFAULT:
        raise BadQuestion(f"the profile {DEFAULT} is for all that no other names, and stays; change it instead")
    store.records.append(KIND, name, "", author)


def check(profile: Profile) -> Profile:
    """The profile with its names as they are kept; BadQuestion that says what is wrong with it."""
    name = " ".join(profile.name.split())
    if not 1 <= len(name) <= NAME_LIMIT or not name.isprintable() or set(name) & set("/\\") or not name.strip("."):
        raise BadQuestion(f"a profile has a name of 1 to {NAME_LIMIT} characters, without slashes, not {profile.name[:60]!r}")
    one_of("analyse_by", profile.analyse_by, (APPLICATION, DOMAIN))
    for bot_type, rule in profile.types.items():
        one_of("a type of bot", bot_type, BOT_TYPES)
        _check_rule(rule)
    return msgspec.structs.replace(profile, name=name, applications=tuple(_applications(name, profile.applications)))


def one_of(what: str, given: str, known: Collection[str], *, also: str = "") -> str:
    """A word of a few as given; BadQuestion with the nearest one when it is none of them, and what `also` may stand there."""
    if given not in known:
        words = f"{', '.join(known)}{f', or {also}' if also else ''}"
        raise BadQuestion(f"{what} is one of {words}, not {given[:40]!r}", suggestion=_near(given, known) or next(iter(known)))
    return given


def checked_hours(hours: int) -> int:
    """For how many hours something is put on a list, 0 for ever; BadQuestion when that is too long."""
    if not 0 <= hours <= HOURS_LIMIT:
        raise BadQuestion(f"hours are from 0, which is for ever, to {HOURS_LIMIT}, not {hours}")
    return hours


def _check_rule(rule: TypeRule) -> TypeRule:
    one_of("action", rule.action, ACTIONS)
    one_of("sensitivity", rule.sensitivity, SENSITIVITIES)
    checked_hours(rule.hours)
    return rule


def _applications(profile: str, names: Sequence[str]) -> Iterator[str]:
    """The names of applications, each once; only the default profile has none of its own."""
    wanted = list(dict.fromkeys(name.strip() for name in names))
    if profile == DEFAULT and wanted:
        raise BadQuestion(f"the profile {DEFAULT} is for all applications that no other names, so it names none itself")
    if profile != DEFAULT and not wanted:
        raise BadQuestion("a profile names its applications; for all others there is the profile default", suggestion=DEFAULT)
    if len(wanted) > APPLICATIONS_LIMIT:
        raise BadQuestion(f"a profile has at most {APPLICATIONS_LIMIT} applications, not {len(wanted)}")
    for name in wanted:
        if not 1 <= len(name) <= NAME_LIMIT or not name.isprintable():
            raise BadQuestion(f"an application has a name of 1 to {NAME_LIMIT} characters, not {name[:60]!r}")
        yield name


def _near(given: str, known: Collection[str]) -> str:
    return next(iter(difflib.get_close_matches(given.lower(), known, 1, 0.5)), "")


def _decoded(value: str) -> Profile:
    return msgspec.json.decode(value, type=Profile)
