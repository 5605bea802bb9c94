"""SQL taken apart: a text becomes a short row of letters, its shape, in linear time and up to a bound."""

from __future__ import annotations

import re
from typing import NamedTuple

from apitrail.inspect.attacks.families.sql_words import DELAYING, KINDS, READING, SCHEMA

WINDOW = 1000
"""Characters from a place that are taken apart."""
TOKENS = 60
"""Tokens from a place that are taken apart."""

_TOKEN = re.compile(
    r"""
    (?P<space>[\s\x01-\x20]+|/\*!\ ?\d{0,6}|\{\s?(?:if|fn|oj|ts?|d|x)\b|\*/|\\[nrt'"]?|(?:--|\#)[^\n]{0,200}\n)
  | (?P<comment>/\*(?s:.{0,400}?)\*/)
  | (?P<end>--|\#|/\*|\x00)
  | (?P<string>(?:\b(?:[nbxeq]|_\w{2,10}))?'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*")
  | (?P<open>['"])
  | (?P<number>0x[0-9a-f]+|0b[01]+|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+|(?<=\.)e(?![a-z]))?)
  | (?P<variable>@{1,2}[\w.$]*|:=)
  | (?P<word>(?:[^\W\d]|`[^`]{1,64}`|\[\w{1,64}\])[\w$]*(?:\ ?\.{1,2}\ ?(?:[^\W\d][\w$]*|`[^`]{1,64}`|\[\w{1,64}\]))*)
  | (?P<sign>===|!==|=>|<=>|<>|!=|>=|<=|==|!~|~\*|\|\||&&|::|<<|>>|[-+*/%^&|~!<>=(),;])
  | (?P<other>.)
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_PLUS = re.compile(r"\+*([LUDSFWOBIM])\+*")
"""Plus signs that stand for spaces."""
_CALL = re.compile(r"(?:\s|/\*(?:[^*]|\*(?!/)){0,60}\*/){0,10}\(")


class Shape(NamedTuple):
    """What a text does in a query: one letter for each token that counts, parentheses and signs before numbers left away.

    `1` constant, `s` string, `o` a string that stays open, `n` name, `v` variable, `g` call of a function, `f` of one of SQL's,
    `k` of one that takes time, `t` table of the schema, `#` a comment to the end, `x` what SQL does not have; and the letters
    of `KINDS`.
    """

    letters: str
    opened: int
    """Parentheses that were closed without being opened here."""
    words: tuple[str, ...]
    """The text of each token."""


def shape(text: str, start: int = 0, tokens: int = TOKENS) -> Shape:
    """The shape of what stands from `start` on."""
    window = text[start : start + WINDOW]
    letters: list[str] = []
    words: list[str] = []
    depth = lowest = 0
    for found in _TOKEN.finditer(window):
        group = found.lastgroup
        if group in {"space", "comment"}:
            continue
        word = found[0]
        if word == "(":
            depth += 1
            continue
        if word == ")":
            depth -= 1
            lowest = min(lowest, depth)
            continue
        letter = _LETTERS.get(group or "") or _letter(word.lower(), group, window, found.end())
        last = letters[-1] if letters else ""
        if letter == "!" or (letter == "+" and word in "+-~" and last and last in "L|=l,SWCUD+"):
            continue
        if letter == "T" and last not in ("V", "T"):
            letter = "n"
        if word == "*" and last in ("S", ","):
            letter = "1"
        letters.append(letter)
        words.append(word)
        if letter in "#o" or len(letters) >= tokens:
            break
    return Shape(_PLUS.sub(r"\1", "".join(letters)), -lowest, tuple(words))


_LETTERS = {"end": "#", "string": "s", "open": "o", "number": "1", "variable": "v"}


def _letter(word: str, group: str | None, window: str, end: int) -> str:
    if group == "sign":
        return KINDS.get(word) or (word if word in ",;" else "+" if word == "!" else "x")
    if group != "word":
        return "x"
    kind = KINDS.get(word, "n")
    name = word.replace("`", "").replace("[", "").replace("]", "").replace(" ", "")
    if kind in "n1" and _CALL.match(window, end):
        last = name.rpartition(".")[2]
        return "k" if name in DELAYING or last == "sleep" else "f" if name in READING or last in READING else "g"
    if name in SCHEMA or (("." in name) and name.partition(".")[0] in SCHEMA):
        return "t"
    return kind
