"""JSON access logs: one object a line whose members are known by many names.

A member's name is compared without case, punctuation and `@`: `remote_addr`, `remoteAddr` and `Remote-Addr` are one.
Members inside objects have the names of all objects around them in front: `http.request.method`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec

from apitrail.errors import RejectedLine
from apitrail.model.exchange import Exchange, Header
from apitrail.model.memo import Memo
from apitrail.sources import slots
from apitrail.sources.contract import ParseLine
from apitrail.sources.texts import valid_escapes

_DEPTH = 5
_BEHIND = 1_000
_NO_VALUE = (None, "", "-")
_PUNCTUATION = re.compile(r"[^a-z0-9]")
_MISSING_VALUE = re.compile(r":\s{0,4}-?\s{0,4}(?=[,}])")
_DECODE = msgspec.json.Decoder().decode


def _plain(name: str) -> str:
    return _PUNCTUATION.sub("", name.lower())


_PLAIN: Memo[str, str] = Memo(_plain)


@dataclass(frozen=True, slots=True)
class Names:
    """Which member name means which slot; of several names for one slot the earlier in its list wins."""

    slot_of: Mapping[str, tuple[str, int]]

    @classmethod
    def of(cls, table: Mapping[str, str]) -> Names:
        """The table slot -> names, separated by spaces."""
        pairs = ((slot, rank, name) for slot, names in table.items() for rank, name in enumerate(names.split()))
        return cls({_plain(name): (slot, rank) for slot, rank, name in pairs})

    def read(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Slot to value, of what the record holds."""
        best: dict[str, tuple[int, Any]] = {}
        for name, own, value in _leaves(record, "", _DEPTH):
            slot, rank = self.slot_of.get(name) or self._by_own_name(own)
            # A request line that is a dash is an answer too: to a client that sent none.
            given = value not in _NO_VALUE or (slot == "request" and value is not None)
            if slot and given and (slot not in best or rank < best[slot][0]):
                best[slot] = rank, value
        return {slot: value for slot, (_, value) in best.items()}

    def _by_own_name(self, own: str) -> tuple[str, int]:
        # A member inside an object nobody knows counts by its own name, behind all that are named in full.
        slot, rank = self.slot_of.get(own, ("", 0))
        return slot, rank + _BEHIND


def _leaves(record: Mapping[str, Any], before: str, depth: int) -> Iterator[tuple[str, str, Any]]:
    for name, value in record.items():
        own = _PLAIN[name]
        full = before + own
        if isinstance(value, dict):
            if depth:
                yield from _leaves(value, full, depth - 1)
        elif isinstance(value, list):
            if value and isinstance(value[0], (str, int, float)):
                yield full, own, value[0]
        else:
            yield full, own, value


def decode(line: str) -> dict[str, Any]:
    """The object of a line, also of what nginx writes without `escape=json`; raises RejectedLine."""
    if line[:1] not in {"{", " "}:
        raise RejectedLine("not a JSON object")
    try:
        found = _DECODE(line)
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        found = _mended(line)
    if not isinstance(found, dict):
        raise RejectedLine("not a JSON object")
    return found


def _mended(line: str) -> object:
    # nginx's default escaping writes \x22, which JSON does not know, and a bare - for a number it does not have.
    try:
        return _DECODE(_MISSING_VALUE.sub(":null", valid_escapes(line)))
    except (msgspec.MsgspecError, RecursionError) as error:
        raise RejectedLine(f"not JSON: {error}"[:120]) from error


def headers_of(value: object) -> tuple[Header, ...]:
    """The headers of an object of names to a text or a list of texts."""
    if not isinstance(value, dict):
        return ()
    pairs = ((name, each if isinstance(each, list) else [each]) for name, each in value.items())
    return tuple([(name.lower(), each) for name, values in pairs for each in values if isinstance(each, str)])


@lru_cache(maxsize=8)
def members(line: str) -> dict[str, Any]:
    """The object of a line for recognisers, of which many ask for the same line; empty when it is none."""
    try:
        return decode(line)
    except RejectedLine:
        return {}


def parser(names: Names, *, only_access: bool = False) -> ParseLine:
    """A parser for logs whose members have these names; in logs of nothing but access a record may lack the request."""

    def parse(line: str) -> Exchange:
        values = names.read(decode(line))
        if only_access and not values.keys() & {"method", "target"}:
            values["request"] = "-"
        return slots.exchange(values)

    return parse
