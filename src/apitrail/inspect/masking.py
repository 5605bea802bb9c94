"""Secrets are masked at the door: what passes here is safe to store, to show and to log (S2.4)."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from urllib.parse import quote, unquote_plus

from apitrail.inspect.packed import replaced
from apitrail.inspect.points.escapes import js

MASK = "***"
NESTING = 3
"""Levels of URLs within URLs that are looked through for secrets; what may hold one deeper down is masked as a whole."""
NAME_LIMIT = 100
"""Characters at the end of a name by which it is known as that of a secret."""

_SENSITIVE_WORD = (
    r"passw(?:or)?d|passwd|pwd|passphrase|passcode|(?<![a-z])pass|secret|token|api[_-]?key|apikey|access[_-]?key|signature|sig|"
    r"session(?:_?id)?|sid|auth|authorization|bearer|cookie|jwt|credential|otp|pin|cvv|cvc|card[_-]?number|ssn|private[_-]?key|"
    r"code_verifier|client_assertion|assertion|phpsessid|jsessionid|x-amz-[\w-]+|code"
)
_SENSITIVE_NAME = re.compile(rf"(?i)(?:{_SENSITIVE_WORD})\]?$")
_HINT = re.compile(
    r"(?i)p(?:ass|wd|in)|s(?:ecret|ig|es|id|sn)|a(?:uth|sser|mz)|c(?:v|ard|ode|ookie|red)|token|key|jwt|otp|%[4-7]|\\[ux]"
)
"""A text in which none of this stands has no secret name; an encoded letter may hide one."""


SECRET_HEADERS = frozenset(
    ("authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-key", "apikey", "x-auth-token",
     "x-access-token", "x-csrf-token", "x-xsrf-token", "x-amz-security-token", "x-session-id", "session-id",
     "mcp-session-id", "x-goog-api-key", "ocp-apim-subscription-key")
)  # fmt: skip
"""Header names whose whole value is a secret."""


@lru_cache(maxsize=4096)
def _ends_like_a_secret(name: str) -> bool:
    return _SENSITIVE_NAME.search(name) is not None


def is_secret_name(name: str) -> bool:
    """Whether a field of this name usually holds a secret (password, token, card number ...)."""
    return _ends_like_a_secret(name[-NAME_LIMIT:])


def is_secret_point(point: str) -> bool:
    """Whether a point of an exchange (`request.cookie.sid`, `request.query.token` ...) usually holds a secret.

    What a decoder names inside a value, such as a claim of a JWT, is judged by its own name.
    """
    carrier, _, decoders = point.partition("|")
    if is_secret_name(_LAST_NAME.split(point)[-1].strip('"')):
        return True
    if "." in decoders.rpartition("|")[2]:
        return False
    place, _, name = carrier.removeprefix("request.").removeprefix("response.").partition(".")
    return place == "cookie" or (place == "header" and name.partition(".")[0].lower() in SECRET_HEADERS)


_LAST_NAME = re.compile(r"[.|](?=[^.|])")


def mask_value(value: str) -> str:
    """Enough of a secret to recognise it, not enough to use it: four characters of twelve or more, else none."""
    return f"{value[:4]}…" if len(value) >= 12 else MASK


# --- tokens, wherever they stand -----------------------------------------------------------------------------------------

_DOTTED = re.compile(r"(?<![\w-])[\w-]++(?:(?:\.|%2[eE])[\w-]++)+", re.ASCII)
_BEARER = re.compile(r"(?i)(bearer(?:[\s+:=]|%20){1,9})[^\s&;,\"'<>+%]++")


def mask_tokens(text: str) -> str:
    """A text without JWTs, bearer values, and base64 that names a secret; known by their look, so no name has to tell."""
    if "eyJ" in text:
        text = _DOTTED.sub(_mask_dotted, text)
    if "earer" in text or "BEARER" in text:
        text = _BEARER.sub(rf"\1{MASK}", text)
    if "asic" in text or "BASIC" in text:
        text = _BASIC.sub(_mask_basic, text)
    return replaced(text, _names_a_secret, MASK) if _LONG_WORD.search(text) else text


_BASIC = re.compile(
    r"(?i)(?<![A-Za-z])(basic(?:[\s+:=]|%(?:25)*+20){1,9})((?:[A-Za-z0-9/_-]|\+|%(?:25)*+2[bf]){8,}+(?:=|%(?:25)*+3d)*+)"
)
_LONG_WORD = re.compile(r"[A-Za-z0-9]{20}(?<![0-9a-fA-F]{20})")
"""What may be base64 with a name and a value in it."""


def _mask_basic(found: re.Match[str]) -> str:
    """User and password behind the word Basic, unless they are words of a sentence."""
    return found[1] + replaced(found[2], lambda text: ":" in text, MASK)


def _names_a_secret(text: str) -> bool:
    return bool(secrets_in(text))


_JWT_START = re.compile(r"eyJ[\w-]{8}", re.ASCII)


def _mask_dotted(found: re.Match[str]) -> str:
    """Words between dots, from the one on that begins as every JWT does, unless it is the last."""
    last_dot = max(found[0].rfind("."), found[0].lower().rfind("%2e"))
    token = _JWT_START.search(found[0], 0, last_dot)
    return f"{found[0][: token.start()]}{MASK}" if token else found[0]


# --- queries, paths, URLs ------------------------------------------------------------------------------------------------

_PARAMETER = re.compile(r"(?<![^&;?#=])([^&;?#=]++)=([^&;#]*+)")
_STRUCTURED = re.compile(r"[?:={<]|%[37][a-fA-F]|%25|\\[ux]|&\w")
"""A value of a query that may have names and values of its own: a URL, JSON, GraphQL."""
_NAME_IN_PATH = re.compile(r"(?<![\w.\-])(?P<name>[\w.\-]{1,100}+)(?:=|%3[dD])")
_VALUE_IN_PATH = re.compile(r"(?:[^/;&?#%]|%(?!26|3[bB]))*+")
_USER_IN_URL = re.compile(r"(?<=//)[^/?#&\s\"'<>]*@|(?<=%2[fF]%2[fF])(?:(?!%2[fF]|%3[fF])[^/?#&\s\"'<>])*(?:@|%40)")
_STRUCTURED_IN_PATH = re.compile(r"[{<\"]|%(?:25)*+(?:22|3[cC]|7[bB]|5[cC]|26)")
_QUERY_OR_FRAGMENT = re.compile(r"[?#]")
_SAFE = "*/:?=,@{}[]\"'()!$|…"
"""What stands in a masked value as it is: everything that does not end it."""


NOTHING: frozenset[str] = frozenset()


def mask_query(query: str, hidden: frozenset[str] = NOTHING) -> str:
    """A query string with the values of secret-named parameters replaced, those of `hidden` ones, and tokens everywhere."""
    if hidden and query:
        query = _PARAMETER.sub(lambda found: f"{found[1]}={MASK}" if unquote_plus(found[1]) in hidden else found[0], query)
    return _mask_query(query, NESTING)


def _mask_query(query: str, levels: int) -> str:
    if not query:
        return query
    if _HINT.search(query):
        query = _PARAMETER.sub(lambda found: _mask_parameter(found, levels), query)
    return mask_tokens(mask_user(query))


def _mask_parameter(found: re.Match[str], levels: int) -> str:
    name, value = found.groups()
    if is_secret_name(unquote_plus(name) if "%" in name else name):
        return f"{name}={MASK}"
    if not _STRUCTURED.search(value) or not _HINT.search(value):
        return found[0]
    return f"{name}={_mask_inside(value, levels - 1)}"


def _mask_inside(value: str, levels: int) -> str:
    """A value that has names and values of its own, encoded or not."""
    if not levels:
        return MASK
    plain = unquote_plus(value) if "%" in value else value
    masked = mask_text(plain)
    base, mark, query = masked.partition("?")
    if mark:
        masked = f"{base}?{_mask_query(query, levels)}"
    further = _decoded(masked)
    if further != masked and _HINT.search(further) and _mask_inside(further, levels - 1) != further:
        return MASK
    return value if masked == plain else quote(masked, _SAFE)


def _decoded(text: str) -> str:
    """A text without the escapes of HTML, or else of JavaScript, or else of URLs, of which it may have more than one."""
    for sign, decode in (("&", html.unescape), ("\\", js), ("%", unquote_plus)):
        if sign in text and (plain := decode(text)) != text:
            return plain
    return text


def mask_user(text: str) -> str:
    """A text without user and password of the URLs in it."""
    return _USER_IN_URL.sub("", text) if ("@" in text or "%40" in text) and ("//" in text or "%2" in text) else text


def mask_path(path: str) -> str:
    """A path without secrets in its matrix parameters, without tokens, and without user and password."""
    if "=" in path or "%" in path or "@" in path or "{" in path:
        path = mask_user(_mask_named(path, _NAME_IN_PATH, lambda _name: _VALUE_IN_PATH))
        if _HINT.search(path) and _STRUCTURED_IN_PATH.search(path):
            path = "/".join(_mask_inside(one, NESTING) if _STRUCTURED_IN_PATH.search(one) else one for one in path.split("/"))
    return mask_tokens(path)


def mask_segments(path: str, hidden: frozenset[int]) -> str:
    """A path without the segments at these places, counted from 0."""
    segments = path.split("/", max(hidden, default=0) + 2)
    return "/".join(MASK if at - 1 in hidden and segment else segment for at, segment in enumerate(segments))


def mask_url(url: str, hidden: frozenset[str] = NOTHING) -> str:
    """A URL without user, password, and secret values in path, query and fragment."""
    found = _QUERY_OR_FRAGMENT.search(url)
    at = found.start() if found else len(url)
    return f"{mask_path(url[:at])}{url[at : at + 1]}{mask_query(url[at + 1 :], hidden)}"


# --- any text ------------------------------------------------------------------------------------------------------------

ValueBehind = Callable[[re.Match[str]], re.Pattern[str]]
"""How a value is written behind a name."""

_NAME = r"(?P<name>[\w.\-\[\]]{1,100}+)"
_NAMES = (
    re.compile(rf"(?<![\w.\-\[\]]){_NAME}\\{{0,7}}[\"']?\s{{0,3}}[:=]\s{{0,3}}\\{{0,7}}[\"']?"),
    re.compile(rf"\"{_NAME}\",\s{{0,3}}(?:\"value\"\s{{0,3}}:\s{{0,3}})?\""),
    re.compile(rf"<{_NAME}[^<>]{{0,200}}>"),
    re.compile(rf"name=\"{_NAME}\"[^\r\n]{{0,200}}(?:\r?\n[^\r\n]{{1,200}}){{0,4}}\r?\n\r?\n"),
)
"""A name up to where its value begins: in a form, JSON or GraphQL; in a list of headers; in XML; in a multipart body."""
_HEADER_LINE = re.compile(r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie)(:\s{0,3})[^\s\"][^\r\n\"]*+")
_BARE = re.compile(r"(?:(?:bearer|basic|token|digest|apikey)\s)?[^\s&;,{}\[\]\"'<>\\]*+", re.IGNORECASE)
_TEXT = re.compile(r"[^<\r\n]*+")
_QUOTED = {
    '"': re.compile(r"(?:[^\"\\]|\\.)*+", re.DOTALL),
    "'": re.compile(r"[^']*+"),
    **{"\\" * times + '"': re.compile(rf"(?:[^\"\\]++|\\{{{times + 1},}}+\"|\\++(?!\"))*+") for times in range(1, 8)},
}
"""What ends a value, by the sign that opens it: the same one, with as many backslashes before it in JSON within JSON."""
_MARK = re.compile(r"\\{0,7}[\"']\Z|[>\n]\Z")


def mask_text(text: str) -> str:
    """Any text without what cheap rules know as secrets: of JSON, forms, XML, multipart, GraphQL, header lines, URLs."""
    if _HINT.search(text):
        text = _HEADER_LINE.sub(rf"\1\2{MASK}", text)
        for names in _NAMES:
            text = _mask_named(text, names, _value_behind)
    return mask_tokens(mask_user(text))


def secrets_in(text: str) -> list[str]:
    """The values that stand behind secret names in any text, as they are written there."""
    if not _HINT.search(text):
        return []
    return [text[start:end] for names in _NAMES for start, end in _behind(text, names, _value_behind) if start < end]


def _mask_named(text: str, names: re.Pattern[str], value_behind: ValueBehind) -> str:
    """A text without the values that stand behind secret names; values of other names are looked into."""
    kept: list[str] = []
    at = 0
    for start, end in _behind(text, names, value_behind):
        kept += (text[at:start], MASK if start < end else "")
        at = end
    return "".join((*kept, text[at:]))


def _behind(text: str, names: re.Pattern[str], value_behind: ValueBehind) -> Iterator[tuple[int, int]]:
    """Where the values behind secret names stand."""
    at = 0
    while found := names.search(text, at):
        at = found.end()
        if is_secret_name(found["name"]):
            value = value_behind(found).match(text, at)
            at = value.end() if value else at
            yield found.end(), at


def _value_behind(name: re.Match[str]) -> re.Pattern[str]:
    """How a value is written behind a name: by the sign that opens it."""
    mark = _MARK.search(name[0])
    return _BARE if mark is None else _QUOTED.get(mark[0]) or (_TEXT if mark[0] in ">\n" else _QUOTED[mark[0][-1]])
