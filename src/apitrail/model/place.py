"""Places in paths whose values vary without a shape, as they were learned from traffic (D1)."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

NAME, REST = "{name}", "{path}"
"""What stands for one learned segment, and for a segment with all that follows it."""
ANY_SHAPE = "{"
"""How every variable segment begins."""


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """What stands at a place after a prefix: `constants` stay words, everything else is `stands`."""

    stands: str = NAME
    constants: tuple[str, ...] = ()


Places = Mapping[str, Place]
"""The places of one host, by the template before them: `/users` for what stands in `/users/alice`."""
Learned = tuple[tuple[str, tuple[tuple[str, Place], ...]], ...]
"""The places of each host, as pairs, so that a recipe that holds them can be compared."""


def placed(template: str, places: Places) -> str:
    """A template of shapes with the learned segments replaced; one that was replaced before stays as it is."""
    path, mark, operation = template.partition("#")
    segments = path.split("/")
    for at in range(1, len(segments)):
        place = places.get("/".join(segments[:at]))
        if place is None or not segments[at] or segments[at] in place.constants:
            continue
        segments[at] = place.stands
        if place.stands == REST:
            del segments[at + 1 :]
            break
    return "/".join(segments) + mark + operation
