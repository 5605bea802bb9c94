"""How far a specification reaches into the traffic, where that may be farther, or less far, than was meant (D6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apitrail.configure import specifications
from apitrail.configure.kept_specification import KeptSpecification, OpenedSpecification
from apitrail.inspect.specifications.specification import Specification, covers
from apitrail.query.sql import ENDPOINTS
from apitrail.store import Store

NAMED_HOSTS = 3
"""Hosts of the traffic that are named."""

_HOSTS = f"""SELECT host, applications, count() AS endpoints, sum(requests) AS total FROM {ENDPOINTS}
GROUP BY host, applications ORDER BY total DESC, host"""


class UploadedSpecification(OpenedSpecification, frozen=True, kw_only=True):
    """A specification as it was read, and what is to be noted of where it is in force."""

    notes: tuple[str, ...]


class ChangedSpecification(KeptSpecification, frozen=True, kw_only=True):
    """A specification as it is told from now on, and what is to be noted of where it is in force."""

    notes: tuple[str, ...]


def uploaded(store: Store, found: OpenedSpecification) -> UploadedSpecification:
    """What was uploaded, with notes."""
    return UploadedSpecification(**_members(found), notes=notes(store, found))


def changed(store: Store, found: KeptSpecification) -> ChangedSpecification:
    """What was changed, with notes."""
    return ChangedSpecification(**_members(found), notes=notes(store, found))


def notes(store: Store, kept: KeptSpecification) -> tuple[str, ...]:
    """What to note of a specification that nobody chose hosts for and that names none, or that is in force for no host there is.

    Nothing as long as the inventory is empty.
    """
    found = next((one for one in specifications.current(store) if one.name == kept.name), None)
    rows = store.rows(_HOSTS)
    if found is None or not rows:
        return ()
    reached = [row for row in rows if _reaches(found, row["host"], row["applications"])]
    hosts = {row["host"] for row in reached}
    if not hosts:
        return (
            f"it is in force for {kept.scope}, where the inventory has no endpoint; the inventory has"
            f" {_named(list(dict.fromkeys(row['host'] for row in rows)))}",
        )
    if found.scope_hosts:
        return ()
    endpoints = sum(row["endpoints"] for row in reached)
    counted = f"{_counted(len(hosts), 'host')} of the inventory with {_counted(endpoints, 'endpoint')}"
    return (f"no hosts were chosen and its servers name none: it is in force for every host, {counted}",)


def _reaches(found: Specification, host: str, applications: Sequence[str]) -> bool:
    return any(covers(found, host, application) for application in applications or (None,))


def _named(hosts: Sequence[str]) -> str:
    more = f" and {len(hosts) - NAMED_HOSTS} more" if len(hosts) > NAMED_HOSTS else ""
    return ", ".join(hosts[:NAMED_HOSTS]) + more


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _members(found: KeptSpecification) -> dict[str, Any]:
    return {name: getattr(found, name) for name in found.__struct_fields__}
