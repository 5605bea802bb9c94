"""Which kinds of sensitive data a value is: patterns and words of the field's name, with scores (D4). Values are never kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from apitrail.inspect.own_patterns import OwnPattern, checked
from apitrail.inspect.sensitive_kinds import CATALOGUE, Kind
from apitrail.inspect.sieve import Sieve
from apitrail.model.memo import Memo

THRESHOLD = 0.3
"""The score from which on a value is taken for sensitive."""
VALUE_LIMIT = 2048
"""Characters of a value that are looked at."""
WHOLE_LIMIT = 200
"""Characters of a value that is matched as a whole; a longer one is only looked through."""
NAME_LIMIT = 130
"""Characters at the end of a name whose words count."""
LEAST = 5
"""Characters of a value that tells of its kind without the words of its name."""
DOUBTFUL = 0.1
"""Under a threshold of no more than this, short numbers, days and times are looked at whatever their name."""

IBAN, ACCOUNT_NUMBER = "iban", "account_number"
"""Two kinds of which a value is the first one alone when it is both."""
KINDS = tuple(dict.fromkeys(row.kind for row in CATALOGUE))
"""Every kind, in the order of the groups."""
GROUP_OF = {row.kind: row.group for row in CATALOGUE}
"""The group of each kind."""

_TELLING = re.compile(r"[0-9@:]|<<|\.(?:in|corp|lan|local)|KEY-----")
"""A value without any of this is of no kind by itself."""
_ORDINARY = re.compile(
    r"-?\d{1,12}(?:\.\d{1,12})?|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
    r"|\d{4}-\d\d-\d\d(?:[T ][\d:.,]{5,20}(?:Z|[+-]\d\d:?\d\d)?)?"
)
"""Short numbers, UUIDs, days and times are of no kind by themselves."""
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BETWEEN_WORDS = re.compile(r"[\W_]+")


class Rule(NamedTuple):
    """A row of the catalogue, made ready; `find` matches a whole value unless `inside`."""

    kind: str
    find: Callable[[str], re.Match[str] | None]
    check: Callable[[str], bool] | None
    inside: bool


class Context(NamedTuple):
    """What may be sensitive under a name."""

    named: tuple[Rule, ...]
    """What the name tells of."""
    whole: tuple[Rule, ...]
    """What a value tells as a whole, whatever its name."""
    inside: Mapping[int, Rule]
    """What a part of a value tells, whatever its name, by the number in the sieve."""
    own: Mapping[int, str]
    """The user's own kinds, by the number in the sieve."""

    def without(self, group: str) -> Context:
        """The same but for the kinds of one group."""
        return self._replace(
            named=tuple(rule for rule in self.named if GROUP_OF[rule.kind] != group),
            whole=tuple(rule for rule in self.whole if GROUP_OF[rule.kind] != group),
            inside={number: rule for number, rule in self.inside.items() if GROUP_OF[rule.kind] != group},
        )


class Sensitive:
    """The catalogue and the user's own patterns under a threshold; BadQuestion when a pattern cannot be used."""

    def __init__(self, own: Sequence[OwnPattern] = (), *, threshold: float = THRESHOLD) -> None:
        self._own = checked(own)
        self._threshold = threshold
        self._doubtful = threshold <= DOUBTFUL
        self._sieve = Sieve([*(row.sign for row in _INSIDE), *(pattern.pattern for pattern in self._own)])
        whole = [row.pattern for row in CATALOGUE if not row.inside and row.score >= threshold]
        self._any_whole = re.compile("|".join(whole) or r"(?!)")
        self._contexts: Memo[str, Context] = Memo(self._context, most=20_000, longest=NAME_LIMIT)

    def context(self, name: str) -> Context:
        """What may be sensitive under a name; remembered."""
        return self._contexts[name[-NAME_LIMIT:]]

    def kinds(self, context: Context, value: str) -> tuple[str, ...]:
        """The kinds of a value under a name, in the order of the alphabet."""
        named, whole, inside, own = context
        telling = self._doubtful or (
            len(value) >= LEAST and _TELLING.search(value, 0, VALUE_LIMIT) and not _ORDINARY.fullmatch(value)
        )
        if not value or not (telling or named or own):
            return ()
        value = value[:VALUE_LIMIT]
        rules = [*named]
        if telling and len(value) <= WHOLE_LIMIT and self._any_whole.fullmatch(value):
            rules += whole
        fitting = self._sieve.fitting(value) if telling or own else ()
        rules += [inside[number] for number in fitting if number in inside]
        found = {rule.kind for rule in rules if _fits(rule, value)}
        if IBAN in found:
            found.discard(ACCOUNT_NUMBER)
        found.update(own[number] for number in fitting if number in own)
        return tuple(sorted(found)) if found else ()

    def _context(self, name: str) -> Context:
        words = _words(name)
        named: list[Rule] = []
        always: list[tuple[Kind, Rule]] = []
        for row, rule, says, unless in _rules():
            if unless and unless.search(words):
                continue
            if says and row.score_with_words >= self._threshold and says.search(words):
                named.append(rule)
            elif row.score >= self._threshold:
                always.append((row, rule))
        return Context(
            tuple(named),
            tuple(rule for row, rule in always if not row.inside),
            {_INSIDE.index(row): rule for row, rule in always if row.inside},
            self._own_under(words),
        )

    def _own_under(self, words: str) -> Mapping[int, str]:
        return {
            number: own.name
            for number, own in enumerate(self._own, len(_INSIDE))
            if (own.score_with_words if any(_words(word) in words for word in own.words) else own.score) >= self._threshold
        }


def sensitive_kinds(name: str, value: str, *, own: Sequence[OwnPattern] = (), threshold: float = THRESHOLD) -> tuple[str, ...]:
    """The kinds of sensitive data that a value under a name is, in the order of the alphabet: of `KINDS`, and the own ones.

    To ask about many values with own patterns, make one `Sensitive`.
    """
    sensitive = usual() if not own and threshold == THRESHOLD else Sensitive(own, threshold=threshold)
    return sensitive.kinds(sensitive.context(name), value)


@cache
def usual() -> Sensitive:
    """The catalogue alone, under the usual threshold."""
    return Sensitive()


_INSIDE = tuple(row for row in CATALOGUE if row.inside)


def _words(name: str) -> str:
    """A name as small words with single blanks: `user.firstName` is `user first name`."""
    return _BETWEEN_WORDS.sub(" ", _HUMP.sub(" ", name)).strip().lower()


def _fits(rule: Rule, value: str) -> bool:
    if not rule.inside and len(value) > WHOLE_LIMIT:
        return False
    found = rule.find(value)
    return found is not None and (rule.check is None or rule.check(found[0]))


_OfNames = re.Pattern[str] | None


@cache
def _rules() -> tuple[tuple[Kind, Rule, _OfNames, _OfNames], ...]:
    """Each row made ready, with what names must have and must not have."""
    return tuple((row, _rule(row), _compiled(row.words), _compiled(row.unless)) for row in CATALOGUE)


def _rule(row: Kind) -> Rule:
    pattern = re.compile(row.pattern)
    return Rule(row.kind, pattern.search if row.inside else pattern.fullmatch, row.check, row.inside)


def _compiled(words: str) -> _OfNames:
    return re.compile(words) if words else None
