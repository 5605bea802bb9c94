"""Which of several signatures that found the same attack says most about it, and so names its subtype (A1.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from apitrail.inspect.attacks.matching import SURE_ENOUGH
from apitrail.inspect.attacks.signature import Hit

VAGUE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "sqli": ("breakout", "encoded", "tautology", "statement", "comment", "stacked", "function"),
        "nosqli": ("operator",),
        "ldapi": ("wildcard",),
        "xss": ("breakout", "encoding", "charset", "element", "script"),
        "rce": ("command", "shell", "obfuscated", "redirection", "cve", "jndi"),
        "ssti": ("expression",),
        "ptrav": ("climb",),
        "lfi": ("absolute", "sensitive-file"),
        "ssrf": ("path-confusion", "internal"),
        "redir": ("other-host",),
        "xxe": ("doctype",),
        "crlf": ("header",),
        "deserialize": ("type-name",),
        "graphql": ("size",),
        "file_upload": ("name", "script-name"),
        "prompt_injection": ("role",),
    }
)
"""Subtypes that say how an attack begins rather than what it does, of each type the vaguest first: each yields to the ones
behind it, and all of them to a subtype that is not named here."""


def most_telling(hits: Sequence[Hit]) -> Hit:
    """The hit whose subtype says most, among those that are sure enough by themselves.

    Of equal ones it is the surest, and then the one at the most exact point.
    """
    sure = [hit for hit in hits if hit.sure >= SURE_ENOUGH]
    return max(sure or hits, key=lambda hit: (bool(sure) and _rank(hit), hit.sure, _exactness(hit)))


def _rank(hit: Hit) -> int:
    vague = VAGUE.get(hit.signature.type, ())
    subtype = hit.signature.subtype
    return vague.index(subtype) if subtype in vague else len(vague)


def _exactness(hit: Hit) -> int:
    """How many decoders say by name where in a value it stands."""
    return sum(bool(decoder.steps) for decoder in hit.value.decoders)
