"""The lists of addresses and sessions that are denied, each for a time or for ever, with their history (B5)."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

import msgspec

from apitrail.configure import changes
from apitrail.configure.changes import HISTORY_LIMIT, Change
from apitrail.configure.profiles import checked_hours, one_of
from apitrail.errors import BadQuestion, NotFound
from apitrail.query.interval import MICROSECOND, iso
from apitrail.store import Store
from apitrail.store.records import Record

IPS, SESSIONS = "ips", "sessions"
ENTRIES_LIMIT = 10_000
"""Entries of one list."""
REASON_LIMIT = 500
"""Characters of a reason."""

_SESSION = re.compile(r"[0-9a-fA-F]{32}")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What is denied: an address, a network, or a session id; why, by whom, and from when to when (ISO 8601 in UTC).

    `until` is empty for ever. What a profile puts on a list has `apitrail` for an author.
    """

    value: str
    reason: str = ""
    author: str
    added: str
    until: str = ""


def record_kind(list_name: str) -> str:
    """The kind of the records of a list; BadQuestion when there is no such list."""
    return f"denylist-{one_of('a list', list_name, _READERS)}"


def kept(store: Store, list_name: str) -> list[Entry]:
    """What is on a list now, the newest first; BadQuestion when there is no such list."""
    found = sorted(store.records.current(record_kind(list_name)).values(), key=lambda record: (-record.time, record.key))
    return [entry for entry in map(_entry, found) if _holds(entry)]


def add(store: Store, list_name: str, value: str, author: str, *, hours: int = 0, reason: str = "") -> Entry:
    """Put something on a list for so many hours, 0 for ever; what is there and ends later stays as it is.

    BadQuestion when it is no address, network or session id, or the list is full.
    """
    kind, wanted = record_kind(list_name), _READERS[list_name](value)
    if len(reason) > REASON_LIMIT:
        raise BadQuestion(f"a reason has at most {REASON_LIMIT} characters")
    known = store.records.current(kind)
    entry, is_new = _entered(known, wanted, author, hours, reason)
    if is_new:
        if len(known) >= ENTRIES_LIMIT and len(kept(store, list_name)) >= ENTRIES_LIMIT:
            raise BadQuestion(f"a list has at most {ENTRIES_LIMIT:,} entries; remove some first")
        store.records.append(kind, wanted, _text(entry), author)
    return entry


def add_all(store: Store, list_name: str, values: Mapping[str, tuple[int, str]], author: str) -> int:
    """Put many things on a list at once, value -> (hours, reason); how many. What can not be on it, or finds no room, is left."""
    kind = record_kind(list_name)
    known = store.records.current(kind)
    entries: dict[str, str] = {}
    for value, (hours, reason) in values.items():
        with contextlib.suppress(BadQuestion):
            wanted = _READERS[list_name](value)
            entry, is_new = _entered(known, wanted, author, hours, reason)
            if is_new and len(known) + len(entries) < ENTRIES_LIMIT:
                entries[wanted] = _text(entry)
    store.records.append_all(kind, entries, author)
    return len(entries)


def _entered(known: Mapping[str, Record], value: str, author: str, hours: int, reason: str) -> tuple[Entry, bool]:
    """The entry of a value, and whether it is a new one: what is there and ends later stays as it is."""
    until = _seconds_from_now(3600 * checked_hours(hours)) if hours else ""
    there = _entry(known[value]) if value in known else None
    if there and _holds(there) and (not there.until or there.until >= until != ""):
        return there, False
    added = _seconds_from_now(0)
    return Entry(value=value, reason=" ".join(reason.split()), author=author, added=added, until=until), True


def _text(entry: Entry) -> str:
    return msgspec.json.encode(entry).decode()


def remove(store: Store, list_name: str, value: str, author: str) -> str:
    """Take something off a list, and say how it stood there; NotFound when it is not there."""
    kind, wanted = record_kind(list_name), _READERS[list_name](value)
    if wanted not in {entry.value for entry in kept(store, list_name)}:
        raise NotFound(f"{wanted} is not on the list {list_name}")
    store.records.append(kind, wanted, "", author)
    return wanted


def history(store: Store, list_name: str, limit: int = HISTORY_LIMIT) -> list[Change]:
    """Every change of a list, newest first, so many at most."""
    return changes.told(store.records.history(record_kind(list_name)), _told, limit)


def _holds(entry: Entry) -> bool:
    return not entry.until or entry.until > _seconds_from_now(0)


def _seconds_from_now(seconds: int) -> str:
    return iso((int(time.time()) + seconds) * MICROSECOND)


def _entry(record: Record) -> Entry:
    return msgspec.json.decode(record.value, type=Entry)


def _told(record: Record, _before: str) -> str:
    if not record.value:
        return f"removed {record.key}"
    entry = _entry(record)
    until = f"until {entry.until[:16].replace('T', ' ')} UTC" if entry.until else "for ever"
    return f"denied {entry.value} {until}{f', because {entry.reason}' if entry.reason else ''}"


def _address(value: str) -> str:
    """An address, or a network as addresses are compared with it."""
    try:
        network = ipaddress.ip_network(value.strip().partition("%")[0], strict=False)
    except ValueError:
        raise BadQuestion(
            f"an address is such as 203.0.113.7 or 203.0.113.0/24, {value[:60]!r} is none", suggestion="203.0.113.7"
        ) from None
    if not network.prefixlen:
        raise BadQuestion(f"{network} is every address there is; name a smaller network")
    address = network.network_address
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) and network.num_addresses == 1 else None
    return str(network if network.num_addresses > 1 else mapped or address)


def _session(value: str) -> str:
    if not _SESSION.fullmatch(value.strip()):
        raise BadQuestion(f"a session id has 32 hex digits, {value[:40]!r} is none")
    return value.strip().lower()


_READERS: Mapping[str, Callable[[str], str]] = MappingProxyType({IPS: _address, SESSIONS: _session})
"""The lists, each with what makes a value one of its own."""
