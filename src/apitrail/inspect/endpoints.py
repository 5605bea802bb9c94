"""The endpoint of a path by the shape of its segments alone: `/users/42` is `/users/{id}`.

A segment becomes a variable only when its shape says so; values that vary without a shape (`/users/alice`) are for
the learner, which sees many exchanges. A constant with digits in it (`v1`, `oauth2`, `sha256`) must stay a word.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import unquote

MAX_CHARS = 2048
"""A path is read up to here; a template is never longer."""
MAX_SEGMENTS = 40
"""More segments than these are cut."""
MAX_WORD = 128
"""No constant segment is longer than this."""
CUT = "..."
"""The last segment of a template that was cut."""
CACHED_PATHS = 32_768
CACHED_SEGMENTS = 16_384
CACHED_CHARS = 256
"""Longer paths and segments are worked out each time, so that hostile ones cannot fill the memory."""

KINDS = ("id", "uuid", "hex", "date", "email", "number", "token", "ip", "phone", "slug", "version", "text")
"""Every name a variable segment can get."""


def template(path: str) -> str:
    """The path with its variable segments replaced by `{id}`, `{uuid}`, `{date}` ... (see KINDS)."""
    return _cached_template(path) if len(path) <= CACHED_CHARS else _template(path)


def without_ids(path: str) -> str:
    """The path with its long numbers and UUIDs replaced: it has the same template, and there are far fewer different ones."""
    path = _LONG_NUMBER.sub("/{id}", path)
    return _UUID_SEGMENT.sub("/{uuid}", path) if path.count("-") > 3 else path


_LONG_NUMBER = re.compile(r"/[0-9]{3,18}(?=/|$)")
"""Numbers that stay numbers whatever surrounds them; one or two digits may be the version of an API."""


def segment_kind(segment: str) -> str:
    """The kind of one segment, one of KINDS; empty when it is a word or a word with a variable inside."""
    shaped = _shape(segment)
    return shaped[1:-1] if shaped in _PLAIN else ""


_PLAIN = frozenset(f"{{{kind}}}" for kind in KINDS)


def _template(path: str) -> str:
    if path[:1] != "/" or len(path) > MAX_CHARS or path.count("/") > MAX_SEGMENTS or _is_irregular(path):
        return _template_of_irregular(path)
    return _within_limit("/".join(_shape_all(path.split("/"), cut=False)))


def _is_irregular(path: str) -> bool:
    """Not simply slash, segment, slash, segment."""
    return "//" in path or ";" in path or "?" in path or "#" in path


_cached_template = lru_cache(maxsize=CACHED_PATHS)(_template)


def _template_of_irregular(path: str) -> str:
    """Queries, matrix parameters and empty segments go; what is over the limits is cut."""
    segments = path[:MAX_CHARS].partition("?")[0].partition("#")[0].split("/")
    cut = len(path) > MAX_CHARS
    kept = [bare for segment in (segments[:-1] if cut else segments) if (bare := segment.partition(";")[0])]
    cut = cut or len(kept) > MAX_SEGMENTS
    shaped = _shape_all(kept[:MAX_SEGMENTS], cut=cut)
    end = [CUT] if cut and shaped[-1:] != [CUT] else [""] if kept and not cut and segments[-1] == "" else []
    start = [] if kept and segments[0] else [""]
    return _within_limit("/".join(start + shaped + end) or "/")


def _within_limit(text: str) -> str:
    if len(text) <= MAX_CHARS:
        return text
    return text[: text.rfind("/", 0, MAX_CHARS - len(CUT)) + 1] + CUT


def _shape_all(segments: list[str], *, cut: bool) -> list[str]:
    """Each segment by its shape, then the doubtful ones by their place; with `cut`, more segments follow."""
    shaped: list[str] = []
    before = ""
    for index, segment in enumerate(segments):
        text, doubt = _cached_shape(segment) if len(segment) <= CACHED_CHARS else _shape_with_doubt(segment)
        if doubt:
            followed = cut or any(segments[index + 1 : index + 2])
            text = segment if doubt(segment, before, followed) else text
        shaped.append(text)
        before = segment
    return shaped


# --- what surrounds a segment ------------------------------------------------------------------------------------

_API_WORD = re.compile(r"(?:(?:rest)?api|rest)$", re.IGNORECASE)
_VERSION_LIKE = re.compile(r"\d(?:\.\d{1,3}){0,2}$|\d\d(?:\.\d{1,3}){1,2}$|\d{4}-\d\d(?:-\d\d)?$")
_FIRST_VERSION = re.compile(r"\d(?:\.\d{1,2})?$|\d{4}-\d\d(?:-\d\d)?$")
_MAJOR_VERSION = re.compile(r"[1-9]\.0$")
_NUMBERED_WORD = re.compile(r"([A-Za-z]+)[-_]\d{1,3}$")


Doubt = Callable[[str, str, bool], bool]
"""Whether a variable shape is a constant after all: asked with the segment, the one before, whether one follows."""


def _is_version(segment: str, before: str, followed: bool) -> bool:
    """`/api/2/issues`, `/1.1/statuses`, `/2015-03-31/functions`, `/agile/1.0/board`: the version of an API, at its beginning.

    With nothing behind it, `/rates/2020-01-01` or `/api/2`, it is a value.
    """
    if not followed:
        return False
    if not before:
        return _FIRST_VERSION.match(segment) is not None
    return _API_WORD.match(before) is not None or _MAJOR_VERSION.match(segment) is not None


def _is_numbered_word(segment: str, before: str, _followed: bool) -> bool:
    """`/wizard/step-2` is a word, `/users/user-2` an identifier: the collection is named after it."""
    prefix = re.split(r"[-_]", segment, maxsplit=1)[0]
    return not _names_collection(before, prefix)


_DOUBTS: tuple[tuple[re.Pattern[str], Doubt], ...] = (
    (_VERSION_LIKE, _is_version),
    (_NUMBERED_WORD, _is_numbered_word),
)


def _names_collection(collection: str, prefix: str) -> bool:
    return len(prefix) > 2 and collection.lower()[:3] == prefix.lower()[:3]


# --- one segment -------------------------------------------------------------------------------------------------

_PLAIN_WORD = re.compile(r"[A-Za-z][A-Za-z_.-]{0,14}$")
_UNUSUAL = re.compile(r"[\x00-\x20\"<>\\^`{|}\[\]/?#%\x7f-\x9f\s]")
_PLACEHOLDER = re.compile(r"\{(?:" + "|".join(KINDS) + r")\}")


def _shape_with_doubt(segment: str) -> tuple[str, Doubt | None]:
    text = _shape(segment)
    if text == segment or (text == "{id}" and len(segment) > 2 and segment.isdecimal()):
        return text, None
    return text, next((doubt for pattern, doubt in _DOUBTS if pattern.match(segment)), None)


_cached_shape = lru_cache(maxsize=CACHED_SEGMENTS)(_shape_with_doubt)


def _shape(segment: str) -> str:
    """The segment itself when it is a word, else what stands for it."""
    if _PLAIN_WORD.match(segment):
        return segment
    if segment.isdecimal():
        return "{id}"
    if "{" in segment:
        return segment if segment in _PLAIN or _is_template(segment) else "{text}"
    value = unquote(segment) if "%" in segment else segment
    if len(value) > MAX_WORD:
        return "{token}"
    kind = _kind(value)
    return f"{{{kind}}}" if kind else _shape_inside(segment)


def _is_template(segment: str) -> bool:
    plain = _PLACEHOLDER.sub("x", segment)
    return len(segment) <= MAX_WORD and plain != segment and "{" not in plain and _shape(plain) == plain


_FILE = re.compile(r"(.+)(\.[A-Za-z][A-Za-z0-9]{0,4})$", re.DOTALL)
_VERB = re.compile(r"(.+)(:[A-Za-z]{3,})$", re.DOTALL)
_CALL = re.compile(r"([A-Za-z_.]+\(['\"]?)([^()'\"]+)(['\"]?\))$")


def _shape_inside(segment: str) -> str:
    """`{hex}.png`, `app.{hex}.js`, `{id}:cancel`, `Products({id})`: a word around a variable."""
    if file := _FILE.match(segment):
        return _variable_stem(file[1]) + file[2]
    if verb := _VERB.match(segment):
        return _as_variable(verb[1]) + verb[2]
    if call := _CALL.match(segment):
        return call[1] + _as_variable(call[2]) + call[3]
    return segment


def _as_variable(text: str) -> str:
    kind = _kind(unquote(text))
    return f"{{{kind}}}" if kind else text


def _variable_stem(stem: str) -> str:
    whole = _as_variable(stem)
    if whole != stem or "." not in stem:
        return whole
    return ".".join(f"{{{kind}}}" if (kind := _kind(piece)) in _OPAQUE else piece for piece in stem.split("."))


_OPAQUE = ("uuid", "hex", "token")


# --- the kind of a value -----------------------------------------------------------------------------------------

_DAY = r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])"
_UUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_WITH_SHAPE: tuple[tuple[str, str], ...] = (
    ("uuid", rf"\{{?{_UUID}\}}?"),
    ("id", r"\d+(?:,\d+)*"),
    ("date", rf"{_DAY}(?:-[0-3]\d)?(?:[T_ ][\d:.,]+(?:Z|[+-]\d\d:?\d\d)?)?"),
    (
        "date",
        r"(?:19|20)\d\d(?:0[1-9]|1[0-2])[0-3]\d(?:T\d{4,6}Z?)|(?:19|20)\d\d-W\d\d|[0-3]?\d[-.][01]?\d[-.](?:19|20)\d\d",
    ),
    ("ip", r"(?:\d{1,3}\.){3}\d{1,3}|(?=.*\d)[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}"),
    ("number", r"[-+]?\d+\.\d+(?:,[-+]?\d+\.\d+)*|-\d+"),
    ("version", r"v?\d+\.\d+\.\d+(?:[-+.][0-9a-z.-]+)?"),
    ("email", r"[^@\s/]+@[^@\s/]+\.[a-z]{2,}"),
    ("phone", r"\+\d[\d ().-]{5,}\d|\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}"),
    ("id", r"(?=(?:.*\d){6})\d+(?:[-_]\d+)+"),
    ("token", r"eyJ[\w-]+\.[\w-]*(?:\.[\w-]*)*"),
)
_UUID_SEGMENT = re.compile(rf"/{_UUID}(?=/|$)", re.IGNORECASE)
_SHAPES = re.compile("|".join(f"(?P<{kind}_{row}>{shape})" for row, (kind, shape) in enumerate(_WITH_SHAPE)), re.IGNORECASE)
_CONSTANT = re.compile(
    r"v\d{1,3}(?:[._]\d{1,3})?(?:[-._]?(?:alpha|beta|rc|preview|eap|p)\d{0,3})?"
    r"|[A-Za-z]+\d{1,3}|\d{1,3}[A-Za-z]{1,}|[A-Za-z]{1,3}\d{1,2}[A-Za-z]{1,3}"
    r"|(?:utf|iso|windows|win|cp|sha|rfc|md|aes|rsa|ed|es|ieee|ipv)[-_]?\d+(?:[-_]\d+)*",
    re.IGNORECASE,
)
_HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+")


def _kind(value: str) -> str:
    """One of KINDS, or empty for a word."""
    if _CONSTANT.fullmatch(value):
        return ""
    if shape := _SHAPES.fullmatch(value):
        return (shape.lastgroup or "").partition("_")[0]
    if _UNUSUAL.search(value):
        return "text"
    return next((kind for kind, holds in _RULES if holds(value)), "")


def _is_hex(value: str) -> bool:
    if not _HEX.fullmatch(value):
        return False
    digits = _count(_DIGIT, value)
    return 0 < digits < len(value) and (len(value) >= 8 or (digits >= 3 and _mixes(value) >= 3))


_DIGIT = re.compile(r"\d")
_MIX = re.compile(r"(?<=\d)(?=[A-Za-z])|(?<=[A-Za-z])(?=\d)")
_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_TOKEN = re.compile(r"[A-Za-z0-9_+/=~-]+")


def _count(pattern: re.Pattern[str], value: str) -> int:
    return len(pattern.findall(value))


def _mixes(value: str) -> int:
    """How often letters and digits take turns."""
    return _count(_MIX, value)


_LONGEST_PIECE = ((32, 3.6), (16, 3.3), (10, 2.8))
"""From so many characters on, a token with digits is cut by case and digits into pieces this short on average."""
_LONGEST_LETTER_PIECE = 2.1
"""Likewise when there is no digit at all: camel case has longer pieces."""


def _is_token(value: str) -> bool:
    """Letters and digits in a disorder that no word and no camel case has."""
    if len(value) < 6 or not _TOKEN.fullmatch(value):
        return False
    digits = _count(_DIGIT, value)
    if digits >= 2 and _mixes(value) >= 4 and not _SEPARATOR.search(value):
        return True
    return _is_disordered(value, digits)


def _is_disordered(value: str, digits: int) -> bool:
    pieces = _PIECE.findall(value)
    average = sum(map(len, pieces)) / max(len(pieces), 1)
    if not digits:
        return len(value) >= 16 and average < _LONGEST_LETTER_PIECE
    needed = 2 if len(value) < 16 else 1
    return digits >= needed and any(len(value) >= chars and average < longest for chars, longest in _LONGEST_PIECE)


_SEPARATOR = re.compile(r"[-_.]")
_PREFIX = re.compile(r"((?:[A-Za-z]{1,16}_){1,3}|[A-Za-z]{1,16}-)(.+)", re.DOTALL)
_LETTERS_DIGITS = re.compile(
    r"[A-Za-z]{1,12}[-_]?\d{4,}|[A-Za-z]{2,}[-_]\d{1,3}|\d{4,}[A-Za-z]{1,6}|[A-Za-z]{1,8}(?:[-_]\d{2,}){2,}"
)
_YEAR_WORD = re.compile(r"[A-Za-z]+[-_]?(?:19|20)\d\d")
_SLUG_END = re.compile(r"[a-z]+(?:[-_][a-z0-9]+)+[-_](.+)", re.IGNORECASE)
_SLUG_START = re.compile(r"(\d{4,})(?:-[a-z]+){1,}", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d")


def _is_prefixed(value: str) -> bool:
    """`ord_1NXWPnCo6bFb1KQto6C8OWvE`, `cus-12345`, `INV2024001`."""
    if _LETTERS_DIGITS.fullmatch(value):
        return not _YEAR_WORD.fullmatch(value)
    prefixed = _PREFIX.fullmatch(value)
    return prefixed is not None and _is_opaque(prefixed[2])


def _is_opaque(tail: str) -> bool:
    return bool(re.fullmatch(_UUID, tail, re.IGNORECASE)) or _is_hex(tail) or ("-" not in tail and _is_token(tail))


def _is_slug(value: str) -> bool:
    """`blue-shirt-1234`, `my-post-3f2a9c81`, `12345-how-to`; a year at the end does not count."""
    if _SLUG_START.fullmatch(value):
        return not _YEAR.match(value)
    last = re.split(r"[-_]", value)[-1]
    if not _SLUG_END.fullmatch(value) or _YEAR.fullmatch(last):
        return False
    return (last.isdecimal() and len(last) >= 4) or _is_hex(last) or (_is_token(last) and not _CONSTANT.fullmatch(last))


_RULES: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("hex", _is_hex),
    ("id", _is_prefixed),
    ("slug", _is_slug),
    ("token", _is_token),
)
"""Asked in this order when no fixed shape matches."""
