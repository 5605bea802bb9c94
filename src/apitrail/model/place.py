"""Places in paths whose values vary without a shape, as they were learned from traffic (D1)."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

NAME, REST = "{name}", "{path}"
"""What stands for one learned segment, and for a segment with all that follows it."""
ANY_SHAPE = "{"
"""How every variable segment begins."""


FIXED = frozenset(
    ("me", "self", "current", "mine", "search", "new", "all", "count", "list", "latest", "recent", "login", "logout", "signup",
     "signin", "register", "settings", "config", "status", "health", "export", "import", "batch", "bulk", "default", "stats",
     "summary", "validate", "verify", "create", "update", "delete", "edit", "api", "graphql", "admin", "auth", "oauth", "public",
     "private", "internal", "static", "assets", "webhook", "webhooks", "events", "metrics", "popular", "trending", "featured",
     "profile", "password", "token", "refresh", "callback", "confirm", "cancel", "filter", "lookup", "suggest", "autocomplete",
     "upcoming", "active", "archived", "home", "feed", "download", "upload", "info", "query", "-")
)  # fmt: skip
"""Words that name a part of an API wherever they stand."""
FORMATS = (".json", ".xml")
"""Ends of a value that say in which form it is asked for; they stay behind what stands for it."""

_VERBS = (
    "get|set|create|update|delete|add|remove|list|find|check|is|has|do|run|send|reset|change|upload|download|start|stop|by|last"
)
_FIXED_PHRASE = re.compile(rf"[_.]|(?:{_VERBS})(?:[A-Z_]|-[a-z]+$)")


def is_fixed(word: str) -> bool:
    """Whether a word names a part of an API wherever it stands: `me`, `_search`, `getAll`, `reset-password`, `.well-known`."""
    return word.lower() in FIXED or _FIXED_PHRASE.match(word) is not None


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """What stands at a place after a prefix: `constants` stay words, and so do fixed ones; everything else is `stands`."""

    stands: str = NAME
    constants: tuple[str, ...] = ()

    def put(self, segment: str) -> str:
        """What a segment at this place becomes."""
        if segment in self.constants or not segment:
            return segment
        if self.stands == REST:
            return REST
        if is_fixed(segment):
            return segment
        end = segment[segment.rfind(".") :] if "." in segment else ""
        return self.stands + end if end in FORMATS else self.stands


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
        if place is None:
            continue
        segments[at] = place.put(segments[at])
        if segments[at] == REST:
            del segments[at + 1 :]
            break
    return "/".join(segments) + mark + operation
