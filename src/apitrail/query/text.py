r"""The filter language: text to terms and back.

    attack:sqli status:5xx host:*.shop.example -method:GET duration_ms:>500 user:"bob b" status:200,404 path:/v1/*

A term is `word:value`; a minus before it excludes; values after commas are alternatives; `*` stands for any text; numbers take
`>`, `>=`, `<`, `<=` and `low..high`; quotes hold spaces, commas and stars together, `\"` is a quote inside them. A value alone
searches endpoints and paths. Terms side by side must all hold; `(attack:sqli status:5xx OR attack:rce)` holds when one of the
alternatives does. Everything else is an error with its position: no filter is ever dropped.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from apitrail.errors import BadQuestion
from apitrail.model import fields
from apitrail.model.fields import Field, field_named
from apitrail.query.tree import (
    ABOVE,
    ANY,
    AT_LEAST,
    AT_MOST,
    BELOW,
    BETWEEN,
    IS,
    LIKE,
    WITHIN,
    Either,
    Match,
    Term,
    Terms,
)

LENGTH_LIMIT = 4000
TERMS_LIMIT = 50
VALUES_LIMIT = 100
NESTING_LIMIT = 5
"""Levels of parentheses."""
SUGGESTED_VALUES = 8
"""Values of a field that are told when one is none of them."""

_WORD = re.compile(r"(-?)([A-Za-z_]+):")
_QUOTED = r'"((?:[^"\\]|\\.)*)"'
_VALUES = (re.compile(rf'{_QUOTED}|([^\s,"]+)'), re.compile(rf'{_QUOTED}|([^\s,"()]+)'))
"""A value, and a value within parentheses, which it must not have unless quoted."""
_OPEN = re.compile(r"(-?)\(")
_OR, _AND = re.compile(r"OR(?=[\s)]|$)"), re.compile(r"AND(?=[\s)]|$)")
_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,6})?")
_COMPARE = re.compile(r"(>=|<=|>|<)(.*)", re.DOTALL)
_RANGE = re.compile(r"(.+?)\.\.(.+)", re.DOTALL)
_CLASS = re.compile(r"([1-5])xx", re.IGNORECASE)
_PLAIN = re.compile(r"[^\s,\"*()]+")


class _Value(NamedTuple):
    text: str
    quoted: bool
    position: int


def parse(text: str) -> Terms:
    """The terms of a filter text, in order; empty for an empty text. BadQuestion says where it is wrong."""
    if len(text) > LENGTH_LIMIT:
        raise BadQuestion(f"a filter has at most {LENGTH_LIMIT} characters, this one has {len(text)}", position=LENGTH_LIMIT)
    if "\0" in text:
        raise BadQuestion("a filter has no NUL characters", position=text.index("\0"))
    alternatives, _ = _alternatives(text, 0, 0)
    terms = alternatives[0] if len(alternatives) == 1 else (_whole(alternatives),)
    if (count := sum(map(_size, terms))) > TERMS_LIMIT:
        raise BadQuestion(f"a filter has at most {TERMS_LIMIT} terms, this one has {count}")
    return terms


def _whole(alternatives: list[Terms]) -> Either:
    """The alternatives of a whole text, which get the parentheses that it did not need."""
    found = either(alternatives, negated=False)
    try:
        _alternatives(found.text, 0, 0)
    except BadQuestion:
        raise BadQuestion('a value with parentheses beside OR stands between quotes, as in path:"/a(b)"', position=0) from None
    return found


def _size(term: Term | Either) -> int:
    return sum(map(_size, chain(*term.alternatives))) if isinstance(term, Either) else 1


def _alternatives(text: str, at: int, level: int) -> tuple[list[Terms], int]:
    """The alternatives up to the end of the text, or of the parentheses it is inside of, and where that is."""
    some: list[Term | Either] = []
    found: list[Terms] = []
    at, joined = _skip(text, at), False
    while at < len(text) and not (level and text[at] == ")"):
        if word := _OR.match(text, at) or _AND.match(text, at):
            if not some or joined:
                raise BadQuestion(f"a term is missing before {word[0]} at position {at}", position=at)
            if word[0] == "OR":
                found.append(tuple(some))
                some = []
            at, joined = word.end(), word[0] == "AND"
        else:
            term, at = _group(text, at, level) if _OPEN.match(text, at) else _term(text, at, level)
            some.append(term)
            joined = False
        at = _skip(text, at)
    if joined or (not some and (found or level)):
        raise BadQuestion(f"a term is missing at position {at}", position=at)
    return [*found, tuple(some)], at


def _group(text: str, at: int, level: int) -> tuple[Either, int]:
    opened = _OPEN.match(text, at)
    if opened is None or level >= NESTING_LIMIT:
        raise BadQuestion(f"parentheses stand at most {NESTING_LIMIT} deep", position=at)
    alternatives, end = _alternatives(text, opened.end(), level + 1)
    if text[end : end + 1] != ")":
        raise BadQuestion(
            f"a parenthesis is not closed at position {opened.end() - 1}", position=opened.end() - 1, suggestion=")"
        )
    _need_space(text, end + 1, level)
    return either(alternatives, negated=bool(opened[1])), end + 1


def either(alternatives: Iterable[Terms], *, negated: bool) -> Either:
    """Alternatives with their text; with one alternative, a negation of terms together."""
    some = tuple(alternatives)
    return Either(some, negated, f"{'-' if negated else ''}({' OR '.join(map(write, some))})")


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _term(text: str, at: int, level: int) -> tuple[Term, int]:
    start = at
    found = _WORD.match(text, at)
    negated = bool(found[1]) if found else text[at] == "-"
    field = field_named(found[2], position=found.start(2)) if found else field_named("endpoint")
    values, at = _values(text, found.end() if found else at + negated, level)
    if not found:
        values = [value._replace(text=_anywhere(value.text), quoted=False) for value in values]
    matches = tuple(_match(field, value) for value in values)
    return Term(field, matches, negated, text[start:at]), at


def _anywhere(text: str) -> str:
    return text if "*" in text else f"*{text}*"


def _values(text: str, at: int, level: int) -> tuple[list[_Value], int]:
    values = []
    while True:
        found = _VALUES[level > 0].match(text, at)
        if not found:
            what = "a quote that is not closed" if text[at : at + 1] == '"' else "a value is missing"
            raise BadQuestion(f"{what} at position {at}", position=at)
        quoted = found[1] is not None
        values.append(_Value(_unquote(found[1]) if quoted else found[2], quoted, at))
        at = found.end()
        if len(values) > VALUES_LIMIT:
            raise BadQuestion(f"a term has at most {VALUES_LIMIT} values", position=at)
        if text[at : at + 1] != ",":
            break
        at += 1
    _need_space(text, at, level)
    return values, at


def _need_space(text: str, at: int, level: int) -> None:
    if at < len(text) and not text[at].isspace() and not (level and text[at] == ")"):
        raise BadQuestion(f"a space is missing between two terms at position {at}", position=at)


def _unquote(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def _match(field: Field, value: _Value) -> Match:
    if value.text == "*" and not value.quoted:
        return Match(ANY, "*")
    return _READERS[field.kind](field, value)


def _text(field: Field, value: _Value) -> Match:
    if "*" in value.text and not value.quoted:
        return Match(LIKE, value.text)
    if field.values and value.text:
        return Match(IS, _known(field, value))
    return Match(IS, value.text.upper() if field.word in ("method", "country") else value.text)


def _known(field: Field, value: _Value) -> str:
    """The one of a field's few values that is meant, whatever the case of its letters."""
    folded = {known.lower(): known for known in field.values}
    found = folded.get(value.text.lower())
    if found is None:
        near = difflib.get_close_matches(value.text.lower()[:60], folded, 1, 0.5)
        meant = term_text(field.word, folded[near[0]]) if near else ""
        hint = f"; did you mean {meant}?" if near else f"; {_listed(field.values)}"
        raise BadQuestion(f"{field.word} is never {value.text[:60]!r}{hint}", position=value.position, suggestion=meant or None)
    return found


def _listed(values: Sequence[str]) -> str:
    shown = ", ".join(values[:SUGGESTED_VALUES])
    return f"it is one of {shown}" if len(values) <= SUGGESTED_VALUES else f"it is one of {len(values)}, such as {shown}"


def _number(field: Field, value: _Value) -> Match:
    if found := _COMPARE.fullmatch(value.text):
        return Match(_SIGNS[found[1]], _to_number(field, found[2], value))
    if found := _CLASS.fullmatch(value.text):
        first = int(found[1]) * 100
        return Match(BETWEEN, first, first + 99)
    if found := _RANGE.fullmatch(value.text):
        low, high = (_to_number(field, part, value) for part in found.groups())
        if low > high:
            raise BadQuestion(f"the range {value.text} goes backwards", position=value.position, suggestion=f"{high}..{low}")
        return Match(BETWEEN, low, high)
    return Match(IS, _to_number(field, value.text, value))


_SIGNS = {">": ABOVE, ">=": AT_LEAST, "<": BELOW, "<=": AT_MOST}


def _to_number(field: Field, text: str, value: _Value) -> int | float:
    if not _NUMBER.fullmatch(text):
        raise BadQuestion(
            f"{field.word} takes a number, such as {field.word}:{field.example}, not {text[:60]!r}",
            position=value.position,
            suggestion=f"{field.word}:{field.example}",
        )
    return float(text) if "." in text else int(text)


def _address(field: Field, value: _Value) -> Match:
    if "*" in value.text:
        return Match(LIKE, value.text)
    try:
        network = ipaddress.ip_network(value.text, strict=False)
    except ValueError:
        raise BadQuestion(
            f"{field.word} takes an address, a network or a pattern, not {value.text[:60]!r}",
            position=value.position,
            suggestion=f"{field.word}:{field.example}",
        ) from None
    return Match(WITHIN, str(network)) if "/" in value.text else Match(IS, str(network.network_address))


def _id(field: Field, value: _Value) -> Match:
    if field.word == "finding":
        if not re.fullmatch(r"[0-9a-fA-F]{16}", value.text):
            raise BadQuestion("a finding's id has 16 hex digits", position=value.position, suggestion=f"finding:{field.example}")
        return Match(IS, value.text.lower())
    if field.word == "session":
        if not re.fullmatch(r"[0-9a-fA-F]{32}", value.text):
            raise BadQuestion("a session id has 32 hex digits", position=value.position, suggestion=f"session:{field.example}")
        return Match(IS, value.text.lower())
    return Match(IS, value.text)


_TRUTH = {"true": 1, "yes": 1, "1": 1, "false": 0, "no": 0, "0": 0}


def _yes_no(field: Field, value: _Value) -> Match:
    if value.text.lower() not in _TRUTH:
        raise BadQuestion(f"{field.word} is true or false", position=value.position, suggestion=f"{field.word}:true")
    return Match(IS, _TRUTH[value.text.lower()])


_READERS: dict[str, Callable[[Field, _Value], Match]] = {
    fields.TEXT: _text,
    fields.WORDS: _text,
    fields.NUMBER: _number,
    fields.ADDRESS: _address,
    fields.ID: _id,
    fields.YES_NO: _yes_no,
}


def write(terms: Terms) -> str:
    """The text of terms, as they were written; parsing it gives equal terms."""
    return " ".join(term.text for term in terms)


def term_text(word: str, value: str, *, negated: bool = False) -> str:
    """A term for a value that stands in the data, quoted when it needs to be."""
    sign = "-" if negated else ""
    return f"{sign}{word}:{value if is_plain(value) and not _looks_special(word, value) else quote(value)}"


def _looks_special(word: str, value: str) -> bool:
    return value.startswith(('"', ">", "<")) and word not in ("session", "request")


def is_plain(value: str) -> bool:
    """Whether a value needs no quotes."""
    return _PLAIN.fullmatch(value) is not None


def quote(value: str) -> str:
    """A value between quotes, so that nothing in it has a meaning of its own."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def term(word: str, values: Sequence[str], *, negated: bool = False, literal: bool = True) -> Term:
    """A term from a word and values; `literal` ones stand for themselves, others may have stars, signs and ranges."""
    field = field_named(word)
    matches = tuple(_match(field, _Value(value, literal, 0)) for value in values)
    said = ",".join(term_text(word, value).partition(":")[2] if literal else value for value in values)
    return Term(field, matches, negated, f"{'-' if negated else ''}{word}:{said}")


def without(terms: Terms, index: int) -> Terms:
    """The terms but one."""
    return terms[:index] + terms[index + 1 :]


def sentence(term: Term | Either) -> str:
    """A term in words for people: `status is not 500 to 599`."""
    if isinstance(term, Either):
        said = " or ".join(" and ".join(map(sentence, some)) for some in term.alternatives)
        return f"not ({said})" if term.negated else said
    verb = "is not" if term.negated else "is"
    return f"{term.field.title} {verb} {' or '.join(_phrase(term.field, match) for match in term.matches)}"


def _phrase(field: Field, match: Match) -> str:
    unit = f" {field.unit}" if field.unit else ""
    if field.kind == fields.YES_NO:
        return "yes" if match.value else "no"
    if match.sign == BETWEEN:
        return f"{match.value} to {match.upper}{unit}"
    if match.sign == ANY:
        return "anything"
    prefix = _PHRASES.get(match.sign, "")
    value = str(match.value) or "empty"
    return f"{prefix}{value}{unit}"


_PHRASES = {ABOVE: "above ", AT_LEAST: "at least ", BELOW: "below ", AT_MOST: "at most ", WITHIN: "in "}
