"""Secrets are masked at the door: what passes here is safe to store, to show and to log (S2.4)."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import quote, unquote_plus

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
    r"(?i)p(?:ass|wd|in)|s(?:ecret|ig|es|id|sn)|a(?:uth|sser|mz)|c(?:v|ard|ode|ookie|red)|token|key|jwt|otp|%[4-7]"
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
    """A text without JWTs and bearer values; they are known by their look, so no name has to tell."""
    if "eyJ" in text:
        text = _DOTTED.sub(_mask_dotted, text)
    if "earer" in text or "BEARER" in text:
        text = _BEARER.sub(rf"\1{MASK}", text)
    return text


_JWT_START = re.compile(r"eyJ[\w-]{8}", re.ASCII)


def _mask_dotted(found: re.Match[str]) -> str:
    """Words between dots, from the one on that begins as every JWT does, unless it is the last."""
    last_dot = max(found[0].rfind("."), found[0].lower().rfind("%2e"))
    token = _JWT_START.search(found[0], 0, last_dot)
    return f"{found[0][: token.start()]}{MASK}" if token else found[0]


# --- queries, paths, URLs ------------------------------------------------------------------------------------------------

_PARAMETER = re.compile(r"(?<![^&;?#=])([^&;?#=]++)=([^&;#]*+)")
_STRUCTURED = re.compile(r"[?:={<]|%[37][a-fA-F]")
"""A value of a query that may have names and values of its own: a URL, JSON, GraphQL."""
_NAME_IN_PATH = re.compile(r"(?<![\w.\-])(?P<name>[\w.\-]{1,100}+)(?:=|%3[dD])")
_VALUE_IN_PATH = re.compile(r"(?:[^/;&?#%]|%(?!26|3[bB]))*+")
_USER_IN_URL = re.compile(r"(?<=//)[^/?#&\s\"'<>]*@|(?<=%2[fF]%2[fF])(?:(?!%2[fF]|%3[fF])[^/?#&\s\"'<>])*(?:@|%40)")
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
    return value if masked == plain else quote(masked, _SAFE)


def mask_user(text: str) -> str:
    """A text without user and password of the URLs in it."""
    return _USER_IN_URL.sub("", text) if ("@" in text or "%40" in text) and ("//" in text or "%2" in text) else text


def mask_path(path: str) -> str:
    """A path without secrets in its matrix parameters, without tokens, and without user and password."""
    if "=" in path or "%" in path or "@" in path or "eyJ" in path or "earer" in path or "BEARER" in path:
        return mask_tokens(mask_user(_mask_named(path, _NAME_IN_PATH, lambda _name: _VALUE_IN_PATH)))
    return path


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

_NAME = r"(?P<name>[\w.\-\[\]]{1,100}+)"
_NAMES = (
    re.compile(rf"(?<![\w.\-\[\]]){_NAME}\\?[\"']?\s{{0,3}}[:=]\s{{0,3}}\\?[\"']?"),
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
    '\\"': re.compile(r"(?:[^\"\\]|\\[^\"])*+"),
    "'": re.compile(r"[^']*+"),
}


def mask_text(text: str) -> str:
    """Any text without what cheap rules know as secrets: of JSON, forms, XML, multipart, GraphQL, header lines, URLs."""
    if _HINT.search(text):
        text = _HEADER_LINE.sub(rf"\1\2{MASK}", text)
        for names in _NAMES:
            text = _mask_named(text, names, _value_behind)
    return mask_tokens(mask_user(text))


def _mask_named(text: str, names: re.Pattern[str], value_behind: Callable[[re.Match[str]], re.Pattern[str]]) -> str:
    """A text without the values that stand behind secret names; values of other names are looked into."""
    kept: list[str] = []
    at = 0
    while found := names.search(text, at):
        kept.append(text[at : found.end()])
        at = found.end()
        if is_secret_name(found["name"]):
            value = value_behind(found).match(text, at)
            kept.append(MASK if value and value[0] else "")
            at = value.end() if value else at
    return "".join((*kept, text[at:]))


def _value_behind(name: re.Match[str]) -> re.Pattern[str]:
    """How a value is written behind a name: by the sign that opens it."""
    mark = name[0][-2:] if name[0].endswith('\\"') else name[0][-1]
    return _QUOTED.get(mark) or (_TEXT if mark in ">\n" else _BARE)
