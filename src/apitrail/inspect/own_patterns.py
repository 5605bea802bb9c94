"""Kinds of sensitive data that a user adds: a name, a regular expression matched in linear time, words of field names (D4)."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from apitrail.errors import BadQuestion
from apitrail.inspect.sieve import Refused, Sieve

OWN_LIMIT = 50
"""Patterns a user may add."""
PATTERN_LIMIT = 200
"""Characters of a pattern."""
REPEATS_LIMIT = 64
"""The highest number in the braces of a pattern, so that what is made of it stays small; `+` and `*` have no limit."""
SIZE_LIMIT = 512
"""The sum of all such numbers, times the one behind a group."""
WORDS_LIMIT = 20
"""Words of field names that one pattern may ask for, each with at most `WORD_LIMIT` characters."""
WORD_LIMIT = 40

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_BRACES = re.compile(r"\{(\d{0,9}),?(\d{0,9})\}")
_OF_GROUP = re.compile(r"(?<=\))\{(\d{0,9}),?(\d{0,9})\}")


class OwnPattern(msgspec.Struct, frozen=True):
    """A kind of sensitive data.

    `score` is how sure a value that fits is of this kind, 0 to 1; under a field with one of `words` in its name,
    `score_with_words`.
    The pattern is looked for anywhere in a value; `^` and `$` are its ends. Look-around and back-references are refused. It is
    matched byte by byte: letters beyond ASCII stand for themselves, but not in brackets.
    """

    name: str
    pattern: str
    score: float = 0.6
    words: tuple[str, ...] = ()
    score_with_words: float = 0.9


def checked(patterns: Sequence[OwnPattern]) -> tuple[OwnPattern, ...]:
    """The patterns, when all of them can be used; BadQuestion with the position and the reason when not."""
    if len(patterns) > OWN_LIMIT:
        raise BadQuestion(f"at most {OWN_LIMIT} patterns of sensitive data can be added, not {len(patterns)}")
    if twice := {own.name for own in patterns if sum(own.name == other.name for other in patterns) > 1}:
        raise BadQuestion(f"two patterns of sensitive data have the name {min(twice)!r}")
    for own in patterns:
        _check(own)
    return tuple(patterns)


def _check(own: OwnPattern) -> None:
    if not _NAME.fullmatch(own.name):
        raise BadQuestion(f"{own.name[:60]!r}: a name has up to 40 small letters, digits and _, and begins with a letter")
    if not 0 < len(own.pattern) <= PATTERN_LIMIT:
        raise BadQuestion(f"{own.name}: a pattern has 1 to {PATTERN_LIMIT} characters, not {len(own.pattern)}")
    if not (0 <= own.score <= 1 and 0 <= own.score_with_words <= 1):
        raise BadQuestion(f"{own.name}: a score is a number from 0 to 1")
    if len(own.words) > WORDS_LIMIT or not all(0 < len(word) <= WORD_LIMIT for word in own.words):
        raise BadQuestion(f"{own.name}: at most {WORDS_LIMIT} words, each of 1 to {WORD_LIMIT} characters")
    _check_repeats(own)
    try:
        Sieve([own.pattern])
    except Refused as error:
        _fail(own, f"this is no pattern that can be matched in linear time ({error})", 0)


def _check_repeats(own: OwnPattern) -> None:
    """A pattern that repeats repeated things many times would take long to be made ready."""
    for found in _BRACES.finditer(own.pattern):
        if _highest(found) > REPEATS_LIMIT:
            _fail(own, f"a number in braces is at most {REPEATS_LIMIT}", found.start())
    groups = list(_OF_GROUP.finditer(own.pattern))
    if len(groups) > 1:
        _fail(own, "only one group may be followed by braces", groups[-1].start())
    size = sum(map(_highest, _BRACES.finditer(own.pattern)))
    if groups and size * _highest(groups[0]) > SIZE_LIMIT:
        _fail(own, "smaller numbers in braces, please: the group makes them too many", groups[0].start())


def _highest(braces: re.Match[str]) -> int:
    return max((int(number) for number in braces.groups() if number), default=0)


def _fail(own: OwnPattern, reason: str, position: int) -> None:
    raise BadQuestion(f"{own.name}, position {position}: {reason}", position=position)
