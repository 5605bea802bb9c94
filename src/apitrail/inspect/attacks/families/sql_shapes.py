"""Whether a value changes the shape of a query: after it closes a string, after a number, or wherever it stands (A1.2)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from apitrail.inspect.attacks.families.sql_tokens import shape
from apitrail.inspect.attacks.signature import NOWHERE
from apitrail.inspect.attacks.values import Value

BREAKOUTS_LIMIT = 200
"""Quotes of one value that are looked behind."""
BARE_LIMIT = 64
"""Characters that a plain value before a quote has at most."""

QUOTED, BARE, NUMBER = range(3)
"""What stands before: a string with anything in it, with one word at most, a number."""

_ATOM = r"(?:[1svnt]|[gfk][1svnt,gfk+|C]*)"
_SUM = rf"{_ATOM}(?:[+|]{_ATOM})*"
_CONSTANT = r"[1sv](?:[+|][1sv])*"
_SELECTED = r"S(?:[1sofkgvCt]|n[,F#;+|=])"
_STATEMENT = r"(?:n?Xv|VS|V(?:T|I|F|nY|nT|f|t|[1s])|S[1sofgkvtC]|Sn[F,|]|E[nfgkv1so]|Xv|Yv|Z|V[n]?I)"


class Row(NamedTuple):
    """A shape, and how sure it makes behind a quote, behind a quote with no more than one word before it, and behind a number."""

    shape: re.Pattern[str]
    quoted: float
    bare: float
    number: float


def _row(pattern: str, quoted: float, bare: float, number: float) -> Row:
    return Row(re.compile(pattern), quoted, bare, number)


CONTINUATIONS: tuple[Row, ...] = (
    _row(rf"[L|]*UD?(?:{_SELECTED}|g1)", 0.95, 0.95, 0.95),
    _row(r"[L|+=,li]+S", 0.9, 0.95, 0.9),
    _row(r"[L|+=,li]*[1svn+,]*k(?!1n)", 0.9, 0.95, 0.9),
    _row(r"[L|+=li]+f", 0.8, 0.9, 0.8),
    _row(r"[L|]+C|[=+li]C", 0.8, 0.9, 0.8),
    _row(rf"[L|]+{_CONSTANT}[=l]", 0.85, 0.95, 0.9),
    _row(rf"[L|]+{_SUM}=[1svogfkSC]", 0.75, 0.9, 0.8),
    _row(rf"[L|]+{_SUM}=[nt]", 0.5, 0.8, 0.6),
    _row(rf"[L|]+{_SUM}[li][1sofS]", 0.5, 0.85, 0.75),
    _row(rf"[L|]+(?:{_CONSTANT})(?:#|;|$)|L+n(?:#|;)", 0.5, 0.8, 0.0),
    _row(rf"[L|]+(?:{_CONSTANT}|n)#", 0.8, 0.85, 0.8),
    _row(r"[L|]+n=[ns](?:#|$)", 0.5, 0.8, 0.75),
    _row(r"S(?:[1sfgkvt]|n[F,])|VT+[nt]|V[nt]Y|VI[nt]", 0.5, 0.8, 0.0),
    _row(rf"[L|]+{_SUM}(?:[+|=])?o$", 0.3, 0.75, 0.0),
    _row(r"[L|]+g[^x]*[L=]o$", 0.3, 0.75, 0.0),
    _row(r"f[^x;]*=|k(?!1n)|v$", 0.0, 0.5, 0.75),
    _row(r"[L|]+o?$", 0.3, 0.72, 0.0),
    _row(r"[L|]+o", 0.3, 0.75, 0.0),
    _row(r"[L|]+(?:v|t)", 0.75, 0.8, 0.75),
    _row(r"OB1|OBf", 0.8, 0.9, 0.9),
    _row(r"OBn(?:#|,|$|[L|])", 0.5, 0.8, 0.5),
    _row(rf"(?:An)?[W]{_SUM}[=l]", 0.6, 0.85, 0.6),
    _row(rf"An(?:[LUW]|#|;{_STATEMENT})", 0.7, 0.85, 0.7),
    _row(rf";+{_STATEMENT}|;+[fk]", 0.85, 0.95, 0.9),
    _row(r";+(?:#|$)", 0.0, 0.78, 0.0),
    _row(r"[^;x#o]{0,8};+#", 0.0, 0.75, 0.0),
    _row(r"Zn?[so1v;#]", 0.95, 0.95, 0.95),
    _row(r"(?:,[1snvt])+#", 0.8, 0.85, 0.75),
    _row(r",[1snv,]*(?:[fk]|S)", 0.6, 0.8, 0.6),
    _row(r"IJ|Pg|PF", 0.9, 0.9, 0.9),
    _row(r"M1(?:,1)?(?:#|U|$|I|P)", 0.4, 0.8, 0.6),
    _row(r"#$", 0.0, 0.8, 0.0),
    _row(r"[=l][1sov](?:#|$|[L|=])", 0.0, 0.78, 0.0),
    _row(r"[+|][1o](?:#|$|[=L|])", 0.0, 0.75, 0.0),
    _row(r"[+|][svt](?:[+|=L#]|$)", 0.0, 0.75, 0.0),
    _row(r"[+|]1", 0.0, 0.3, 0.0),
    _row(r"[+|][nv][+|]o$", 0.0, 0.3, 0.0),
    _row(r"[fS][1svnt,gfkF+=]*#", 0.5, 0.8, 0.0),
)
"""What may follow in a query where a value ends too early."""

_NEXT = (
    r"(?:[\s\x00+)%]|\d{1,6}(?!\d)|/\*(?s:.{0,100}?)\*/)*(?:or|and|xor|union|select|order|group|having|where|like|rlike|regexp|in|is|"
    r"between|div|mod|not|as|into|procedure|limit|waitfor|insert|create|drop|delete|update|alter|exec|except|intersect|sleep|pg_sleep|[;|&,=<>!^*/+#~-])"
)
_QUOTE = re.compile(rf"(?P<quote>[\x27\"`])(?=(?P<next>{_NEXT})?)", re.IGNORECASE)
_ONE_WORD = re.compile(r"\s*[\w.@%+/:\\\x27\"()-]*\s*")
_BOOLEAN_MODE = re.compile(r"[\s)]*in\s+boolean\s+mode\b", re.IGNORECASE)


@lru_cache(maxsize=64)
def broken_out(text: str) -> tuple[float, int]:
    """How sure the text closes a string around it and goes on in SQL, and the quote that does it."""
    best, place, looked = 0.0, 0, 0
    count = {"'": 0, '"': 0, "`": 0}
    for found in _QUOTE.finditer(text):
        quote, at = found["quote"], found.start()
        count[quote] += 1
        if not found["next"] or not count[quote] % 2:
            continue
        looked += 1
        bare = at <= BARE_LIMIT and _ONE_WORD.fullmatch(text, 0, at) is not None
        mode = _BOOLEAN_MODE.match(text, at + 1)
        sure = continued(text, mode.end() if mode else at + 1, BARE if bare else QUOTED)
        if sure > best:
            best, place = sure, at
        if best >= 0.9 or looked >= BREAKOUTS_LIMIT:
            break
    return best, place


_PROSAIC = re.compile(r"1?(?:[nxgosvt]|[LIMi]+(?:[nx][^=li#;+|o,]|[xg])|An[^LUW#;=]|O[^B]|F|T|B|i[^S])")
"""The beginning of what is no query, seen by its first tokens."""


def continued(text: str, at: int, column: int) -> float:
    """How sure what stands from `at` on goes on with a query; `column` is what stands before."""
    letters = shape(text, at, unless=_PROSAIC).letters
    if letters[:1] == "1" and not text[max(0, at - 2) : at - 1].isalnum() and len(letters) > 1:
        letters = letters[1:]  # the rest of a literal before it: `'1 or`
    return _surest(letters, column)


@lru_cache(maxsize=4096)
def _surest(letters: str, column: int) -> float:
    """The surest row that the shape begins with."""
    best = 0.0
    for row in CONTINUATIONS:
        sure = (row.quoted, row.bare, row.number)[column]
        if sure > best and row.shape.match(letters):
            best = sure
    return best


@lru_cache(maxsize=64)
def spaced(text: str) -> str:
    """A text as long as it was, with plain quotes, and with spaces where it has plus signs for them."""
    if not text.isascii():
        text = text.translate(_QUOTES)
    return text.replace("+", " ") if "+" in text and " " not in text else text


_QUOTES = str.maketrans("\u2018\u2019\u201c\u201d\u02bc\u2032", "''\"\"''")
"""Typographic quotes that databases take for plain ones."""


def quoted(value: Value, start: int, _end: int) -> float:
    """A string is closed and the query goes on."""
    if _POSSESSIVE.search(value.text, max(0, start - 1), start + 200):
        return NOWHERE
    return broken_out(spaced(value.text))[0] or NOWHERE


_POSSESSIVE = re.compile(r"s' (?:or|and) [A-Za-z]+' [A-Za-z]+(?: [A-Za-z]+)*$")
"""What belongs to several: `dogs' or cats' food`."""


@lru_cache(maxsize=64)
def _after_number(text: str) -> float:
    """How sure a query goes on behind the number, or the name and number, that the text begins with."""
    named = _NAMED.match(text)
    at = named.end() if named else 0
    letters = shape(text, at, unless=_PROSAIC).letters.lstrip("+")
    if letters[:1] == "1":
        return _surest(letters[1:], NUMBER)
    return 0.0 if letters[:1] in ("l", "i") else _surest(letters, NUMBER)


def numbered(value: Value, start: int, _end: int) -> float:
    """A number, or nothing, and then the query goes on."""
    return 0.0 if value.text[:start].strip() else _after_number(spaced(value.text)) or NOWHERE


_NAMED = re.compile(r"[\w.-]{1,40}=")
"""A name that was given along with the value."""


_TAUTOLOGY = re.compile(rf"[LWC|]+{_CONSTANT}(?:=[1svo]|l[1svo])|[LWC]+[1v](?:[+|]1)*(?:=|l)[Cfk]")
_BLIND = re.compile(r"[LWC]+[+1]*[fk][^;x]*?[=<>l]")
_CASE = re.compile(r"L?CC[^;x]*=[^;x]*C")
_DELAY = re.compile(r"[LWC|]+[1sv]*[=l]?k")


_COMPARED_BEFORE = re.compile(r"(?:^|[\s(])[\d.]+ [<>]=? [\d.]+ \Z")
"""Two numbers already compared, as arithmetic is written."""


def compared(value: Value, start: int, _end: int) -> float:
    """After AND or OR, what is known beforehand: constants compared, a function that delays or takes a text apart."""
    text = spaced(value.text)
    letters, _, words = shape(text, start, 24, unless=_PROSAIC)
    if not letters:
        return 0.0
    if _TAUTOLOGY.match(letters):
        return 0.4 if _COMPARED_BEFORE.search(text, max(0, start - 40), start) else 0.85
    if letters.startswith("Ln=n") and len(words) > 3 and words[1] == words[3]:
        return 0.8
    if letters.startswith(("CC", "LCC")):
        return 0.75 if _CASE.match(letters) and not prose(value.text, start) else 0.0
    if _DELAY.match(letters) or _BLIND.match(letters):
        return 0.4 if prose(value.text, start) else 0.8
    return 0.0


_UNION = re.compile(rf"UD?{_SELECTED}|UDSn$")
_BEGUN = re.compile(r"(?:^|[`:\"]\s?)[ \t]*(?:select|with)\b", re.IGNORECASE | re.MULTILINE)


def united(value: Value, start: int, _end: int) -> float:
    """A second SELECT hangs on a first one that is not in the value."""
    text = spaced(value.text)
    if not _UNION.match(shape(text, start, 12).letters):
        return 0.0
    if _BEGUN.search(text[max(0, start - 500) : start]):
        return 0.3
    return 0.5 if _NOTHING_ASKED.match(text, start) else 0.9


_NOTHING_ASKED = re.compile(
    r"union(?: all| distinct)? select (?!null\b|user\b|version\b|current_|session_)[a-z]{3,}\s*$", re.IGNORECASE
)
"""A second SELECT of one plain word from nowhere, which no database answers."""


_STACKED = re.compile(
    r";+(?:VT[ntgf]|V[T]?I[nt1]*[gfS]|VI|VF[nt]|V[nt]Y[nt]=|S[1sfgkv]|S[nt,]*F[nt]|E[nfgkvt]|E[so1]|Xv|Yv=?|Z|VTT"
    r"|VT?[gf][^;]*[gfS])"
)
_SCRIPT = re.compile(
    r"(?:^|[`\"])[ \t]*(?:select|insert|update|delete|create|drop|alter|with|begin|set|use|grant)\b", re.IGNORECASE | re.MULTILINE
)


def stacked(value: Value, start: int, _end: int) -> float:
    """A second statement after a first one that is not in the value."""
    text = spaced(value.text)
    found = _STACKED.match(shape(text, start, 16).letters)
    if not found or _SCRIPT.search(text[max(0, start - 500) : start]):
        return 0.0
    return 0.4 if prose(text, start) else 0.85


_WHOLE = re.compile(
    r"(?:S(?=[^;]*[1sfgkvt,+=;#])[^x;]+F[nt]|S[fkv][^x]*|S1;?#?$|VT+[nt][^x]*|VT[gf][^x]*|VnFs"
    r"|VI[ntgf][^x]*[gfS]|VF[nt][W;#]|V[nt]Y[nt]=|E[fgkvtso]|En[so1v;]|Xv|Z|Yv)"
)
_DEFINED = re.compile(r"[;(#\x27\"]|--|^\s*\S+(?:\s+\S+){2,4}\s*$")
"""What a definition has, or no more words than it needs."""
_TELLING = re.compile(r"[ktvfZX]")


def whole(value: Value, start: int, _end: int) -> float:
    """The value is a statement: somebody hands SQL to the server; where bodies may well carry queries, only a telling one."""
    text = spaced(value.text)
    if text[:start].strip(" \t\r\n;("):
        return 0.0
    letters = shape(text, start).letters
    if ";" in letters.rstrip(";#") and value.place.startswith("body") and value.place != "body.form":
        letters = letters.replace("f", "g")  # a script of several statements
    if letters.startswith("VT") and not _DEFINED.search(text):
        return 0.0
    if not _WHOLE.match(letters) or prose(text, start) or _SPOKEN.fullmatch(text):
        return 0.0
    return 0.5 if value.place.startswith(("body.json", "body.xml")) and not _TELLING.search(letters) else 0.75


_SPOKEN = re.compile(
    r"\s*(?:drop|create|alter|truncate|exec|execute|call|load|copy|rename|backup|grant|set|begin|print|shutdown|handler|attach|replace|merge)"
    r"(?: [a-z]{2,}){1,6}(?:; ?[a-z]{2,}){0,3}\s*",
    re.IGNORECASE,
)
"""Plain words that only begin as a statement does, as somebody looks for them: `drop table lamp`, `exec chair; black`."""

_PROSE = re.compile(
    r"\b(?:the|an|this|that|these|you|we|your|our|its?|be|can|will|should|would|which|are|was|were|has|have|there|please|how|what|why"
    r"|use|using|see|must|may|but|also|when you|for example)\b(?=[\s,.])",
    re.IGNORECASE,
)


def prose(text: str, at: int) -> bool:
    """Whether people speak to people around a place: at least two words that no query has."""
    words = _PROSE.finditer(text, max(0, at - 200), at + 200)
    return next(words, None) is not None and next(words, None) is not None


def split(value: Value, start: int, end: int) -> float:
    """A word of SQL in pieces, to be put together behind a filter."""
    return 0.0 if len(value.text[start:end].split()) == 2 and value.text[start:end].replace(" ", "").isalpha() else 0.8


_EXPRESSION = re.compile(rf"[fg]?{_CONSTANT}=[1sv](?:[,+|=][1sv])*$")


def reckoned(value: Value, start: int, _end: int) -> float:
    """The whole value is a comparison of constants, or a function of one: whoever reads it as text gains nothing."""
    return 0.75 if not start and len(value.text) <= 200 and _EXPRESSION.match(shape(value.text).letters) else 0.0


def named(value: Value, start: int, _end: int) -> float:
    """A function or a table that only SQL has, not spoken of but called."""
    return 0.35 if prose(value.text, start) else 0.8


_BEFORE = re.compile(
    r"(?:^|[-(,+*/|&=;'\"<>!]|\b(?:select|or|and|xor|then|else|when|by|not|exec|rlike|in)\b)[\s(+-]*$", re.IGNORECASE
)
_AFTER = re.compile(
    r"(?!\s*\d+\s+[a-z])[^)]{0,80}\)(?:[\s)]*(?:$|--|\#|/\*|and\b|or\b|as\b|from\b|[,)'\"=<>+|-]))", re.IGNORECASE
)


def delayed(value: Value, start: int, end: int) -> float:
    """A delay that stands where an expression of a query stands, not in a program."""
    text = value.text
    if prose(text, start) or not _BEFORE.search(text[max(0, start - 30) : start]) or not _AFTER.match(text, end):
        return 0.0
    return 0.75
