"""The kinds of sensitive data that people add to those that are known (D4)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from apitrail.errors import BadQuestion
from apitrail.inspect.own_patterns import OwnPattern, checked
from apitrail.store import Store

KIND = "sensitive-patterns"
TABLE = "sensitive_patterns"
_KEY = "all"


def kept(store: Store) -> tuple[OwnPattern, ...]:
    """The patterns in force, in their order."""
    record = store.records.current(KIND).get(_KEY)
    return msgspec.json.decode(record.value, type=tuple[OwnPattern, ...]) if record else ()


def keep(store: Store, patterns: Sequence[OwnPattern], author: str) -> tuple[OwnPattern, ...]:
    """Put patterns in force for new traffic; BadQuestion names what is wrong with one of them."""
    wanted = checked(patterns)
    if wanted != kept(store):
        store.records.append(KIND, _KEY, msgspec.json.encode(wanted).decode() if wanted else "", author)
    return wanted


def apply_file(store: Store, tables: dict[str, object], origin: str) -> None:
    """Put in force what a configuration file says of sensitive data; nothing changes when it does not speak of it."""
    if TABLE not in tables:
        return
    try:
        keep(store, msgspec.convert(tables[TABLE], list[OwnPattern]), f"configuration file {origin}")
    except (BadQuestion, msgspec.ValidationError) as error:
        raise BadQuestion(f"{origin}: {TABLE}: {error}") from None
