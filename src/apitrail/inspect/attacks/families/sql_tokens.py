"""SQL taken apart: a text becomes a short row of letters, its shape, in linear time and up to a bound."""

from __future__ import annotations

import re
from typing import NamedTuple

from apitrail.inspect.attacks.families.sql_words import DELAYING, KINDS, READING, SCHEMA
from apitrail.model.memo import Memo

WINDOW = 1000
"""Characters from a place that are taken apart."""
TOKENS = 60
"""Tokens from a place that are taken apart."""
BEGINNING = 4
"""Tokens by which it is decided whether more are worth taking apart."""

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


def shape(text: str, start: int = 0, tokens: int = TOKENS, *, unless: re.Pattern[str] | None = None) -> Shape:  # noqa: C901, PLR0912
    """The shape of what stands from `start` on; an empty one if its first letters fit `unless`.

    One loop without calls, since most of the time that SQL costs is spent in it.
    """
    window = text[start : start + WINDOW]
    letters: list[str] = []
    words: list[str] = []
    depth = lowest = 0
    last = ""
    for found in _TOKEN.finditer(window):
        group = found.lastgroup
        if group == "space" or group == "comment":  # noqa: PLR1714 - this is the innermost loop
            continue
        word = found[0]
        if group == "word":
            letter, called = _WORDS[word]
            if called != letter and _CALL.match(window, found.end()):
                letter = called
            elif letter == "T" and last != "V" and last != "T":  # noqa: PLR1714
                letter = "n"
        elif group == "sign":
            letter = _SIGNS[word]
            if letter == "(":
                depth += 1
                continue
            if letter == ")":
                depth -= 1
                lowest = min(lowest, depth)
                continue
            if letter == "+" and last and last in "L|=l,SWCUD+" and word in "+-~":
                continue
            if word == "*" and (last == "S" or last == ","):  # noqa: PLR1714
                letter = "1"
        else:
            letter = _LETTERS[group or "other"]
        if letter == "!":
            continue
        letters.append(letter)
        words.append(word)
        last = letter
        if letter in "#o" or len(letters) >= tokens:
            break
        if len(letters) == BEGINNING and unless and unless.match(_unspaced(letters)):
            return NOTHING
    whole = _unspaced(letters)
    if unless and len(letters) <= BEGINNING and unless.match(whole):
        return NOTHING
    return Shape(whole, -lowest, tuple(words))


NOTHING = Shape("", 0, ())
"""The shape of what was not worth taking apart."""


def _unspaced(letters: list[str]) -> str:
    return _PLUS.sub(r"\1", "".join(letters)) if "+" in letters else "".join(letters)


_LETTERS = {"end": "#", "string": "s", "open": "o", "number": "1", "variable": "v", "other": "x"}


def _letters(word: str) -> tuple[str, str]:
    """The letter of a word, and its letter when it is called."""
    word = word.lower()
    kind = KINDS.get(word, "n")
    name = word.replace("`", "").replace("[", "").replace("]", "").replace(" ", "")
    plain = "t" if name in SCHEMA or ("." in name and name.partition(".")[0] in SCHEMA) else kind
    if kind not in "n1":
        return plain, plain
    last = name.rpartition(".")[2]
    return plain, "k" if name in DELAYING or last == "sleep" else "f" if name in READING or last in READING else "g"


_WORDS: Memo[str, tuple[str, str]] = Memo(_letters, most=20_000, longest=64)


def _sign(word: str) -> str:
    return KINDS.get(word) or (word if word in ",;()" else "+" if word == "!" else "x")


_SIGNS: Memo[str, str] = Memo(_sign)
