"""Words of a text that are base64 with a text inside, percent-encoded or with their slashes escaped as well."""

from __future__ import annotations

import re
from collections.abc import Callable

from apitrail.inspect.points.escapes import base64_text

SHORTEST = 12
"""Characters of a word that may hold something worth hiding."""

_WORD = re.compile(rf"(?:[A-Za-z0-9+/_-]|%(?:25)*+2[bBfF]|\\{{1,8}}/){{{SHORTEST},}}+(?:=|%(?:25)*+3[dD]){{0,2}}")
_SIGNS = tuple((re.compile(rf"%(?:25)*+{code}|{escaped}"), sign) for code, escaped, sign in (
    ("2[fF]", r"\\++/", "/"), ("2[bB]", r"\+", "+"), ("3[dD]", "=", "=")))  # fmt: skip


def replaced(text: str, is_meant: Callable[[str], bool], instead: str) -> str:
    """A text with something else in the place of each word whose content is meant."""

    def other(found: re.Match[str]) -> str:
        word = found[0]
        for spelled, sign in _SIGNS:
            word = spelled.sub(sign, word)
        if _holds(word, is_meant):
            return instead
        if "/" not in word:
            return found[0]
        segments = word.split("/")
        kept = [instead if len(one) >= SHORTEST and _holds(one, is_meant) else one for one in segments]
        return found[0] if kept == segments else "/".join(kept)

    return _WORD.sub(other, text)


def _holds(word: str, is_meant: Callable[[str], bool]) -> bool:
    inside = base64_text(word)
    return bool(inside) and is_meant(inside)
