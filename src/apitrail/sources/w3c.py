"""Logs of columns whose names stand in a `#Fields` line: what IIS, CloudFront and Zeek share."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from apitrail.errors import RejectedLine
from apitrail.model.exchange import Exchange
from apitrail.sources import slots
from apitrail.sources.contract import ParseLine

Values = dict[str, str]


@dataclass(frozen=True, slots=True)
class Layout:
    """How a log of columns is written: what separates them, what each name means, and what a line without names has."""

    separator: str | None
    slot_of: Mapping[str, str]
    default: tuple[str, ...]
    adjust: Callable[[Values], None]
    names_line: re.Pattern[str]

    def start(self, headers: Sequence[str]) -> ParseLine:
        """A parser for lines with the columns of the last header line that names any."""
        named = [found[1] for line in headers if (found := self.names_line.match(line))]
        names = tuple(named[-1].split()) if named else self.default
        return self._parser(names)

    def _parser(self, names: tuple[str, ...]) -> ParseLine:
        places = [(place, self.slot_of[name.lower()]) for place, name in enumerate(names) if name.lower() in self.slot_of]

        def parse(line: str) -> Exchange | None:
            if not line or line.startswith("#"):
                return None
            columns = line.split(self.separator)
            if len(columns) != len(names):
                raise RejectedLine(f"{len(columns)} columns, not the {len(names)} that #Fields names")
            values = {slot: columns[place] for place, slot in reversed(places) if columns[place] != "-"}
            if not values.keys() & {"method", "target"}:
                values["request"] = "-"
            self.adjust(values)
            return slots.exchange(values)

        return parse
