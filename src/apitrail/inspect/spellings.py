"""A secret in every spelling: percent-encoded, escaped for JSON, JavaScript or HTML, in base64, and these upon each other."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from functools import lru_cache
from html.entities import codepoint2name
from urllib.parse import unquote

from apitrail.inspect.masking import MASK
from apitrail.inspect.packed import replaced

LONGEST = 200
"""Characters by which a secret is known; of a longer one everything up to the end of the word goes."""
DECODINGS = 4
"""Times that escapes are taken off, and base64 is looked into."""

_PERCENT = r"%(?:25)*+"
_BACKSLASH = rf"(?:\\|{_PERCENT}5[cC])"
_AMPERSAND = rf"(?:&|{_PERCENT}26)(?:amp(?:;|{_PERCENT}3[bB]))*+"
_HASH, _SEMICOLON = rf"(?:\#|{_PERCENT}23)", rf"(?:;|{_PERCENT}3[bB])?"
_BETWEEN = (
    rf"(?:{_BACKSLASH}++(?:[nrt]|(?i:u000[9ad]|u005c|x5c))?|[\r\n\t]|{_PERCENT}0[9aAdD]"
    rf"|{_AMPERSAND}(?:{_HASH}(?:0*+92|[xX]0*+5[cC])|bsol){_SEMICOLON})*"
)
"""What escaping puts between the letters of a secret, and the ends of lines that it takes away."""
_REST = r"[^\s\"'\\&<>,;]*+"
_ESCAPE = re.compile(r"(?:\\{1,16}+(?:u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}))+")
_LINE_ENDS = re.compile(r"\\++[nrt]?|[\r\n\t]")


def without(text: str, secrets: Iterable[str]) -> str:
    """A text without these secrets, however they are written in it."""
    wanted = {plain: secret for secret in secrets if (plain := bare(secret))}
    return _without(text, wanted, DECODINGS) if wanted else text


def _without(text: str, wanted: dict[str, str], levels: int) -> str:
    for one, secret in wanted.items():
        if one == secret:
            text = text.replace(secret, MASK)
    plain = bare(text)
    for one in wanted:
        if one[:LONGEST] in plain:
            text = _spelled(one).sub(MASK, text)
    if not levels:
        return text
    return replaced(text, lambda inside: _without(inside, wanted, levels - 1) != inside, MASK)


def bare(text: str) -> str:
    """A text with its escapes taken off, and without what tells escapes apart."""
    for _ in range(DECODINGS):
        before = text
        text = unquote(text) if "%" in text else text
        text = _ESCAPE.sub(_unescaped, text) if "\\" in text else text
        text = html.unescape(text) if "&" in text else text
        if text == before:
            break
    return _LINE_ENDS.sub("", text).replace("+", " ")


def _unescaped(found: re.Match[str]) -> str:
    """Characters of their numbers, halves of a pair put together."""
    units = "".join(number[1:].rjust(4, "0") for number in found[0].split("\\") if number)
    return bytes.fromhex(units).decode("utf-16-be", "replace")


@lru_cache(maxsize=256)
def _spelled(plain: str) -> re.Pattern[str]:
    """The pattern of a text without escapes as it stands with any of them."""
    letters = _BETWEEN.join(map(_letter, plain[:LONGEST]))
    return re.compile(letters + _REST if len(plain) > LONGEST else letters)


@lru_cache(maxsize=1024)
def _letter(letter: str) -> str:
    """One character, written as any of the escapes does; a space may have been a plus sign."""
    return f"(?:{'|'.join(spelling for one in (' +' if letter == ' ' else letter) for spelling in _spellings(one))})"


def _spellings(letter: str) -> tuple[str, ...]:
    number, units = ord(letter), letter.encode("utf-16-be", "surrogatepass")
    four = rf"{_BACKSLASH}++u".join(units[at : at + 2].hex() for at in range(0, len(units), 2))
    two = f"|x{number:02x}" if number < 256 else ""
    named = f"|{name}" if (name := codepoint2name.get(number, "apos" if letter == "'" else "")) else ""
    return (
        re.escape(letter),
        "".join(rf"{_PERCENT}(?i:{byte:02x})" for byte in letter.encode("utf-8", "surrogatepass")),
        rf"(?:(?<=\\)|(?<=5[cC]))(?i:u{four}{two})",
        rf"{_AMPERSAND}(?:{_HASH}(?:0*+{number}|[xX]0*+(?i:{number:x})){named}){_SEMICOLON}",
    )
