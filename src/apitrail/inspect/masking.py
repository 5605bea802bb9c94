"""Secrets are masked at the door: what passes here is safe to store, to show and to log (S2.4)."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

MASK = "***"

_SENSITIVE_WORD = (
    r"[\w.\-\[\]]*(?:passw(?:or)?d|passwd|pwd|secret|token|api[_-]?key|apikey|access[_-]?key|signature|sig|session(?:_?id)?|sid|"
    r"auth|jwt|credential|otp|pin|cvv|cvc|card[_-]?number|ssn|private[_-]?key|code_verifier|client_assertion|assertion|"
    r"phpsessid|jsessionid|x-amz-[\w-]+|code)"
)
_SENSITIVE_NAME = re.compile(rf"(?i)(?:{_SENSITIVE_WORD})[\]]?$")
_PARAMETER = re.compile(r"([^&;?#=]+)=([^&;#]*)")
_SECRET_IN_PATH = re.compile(r"(?i);(jsessionid|phpsessid|sid|token)=[^/?#;]*")
_USER_IN_URL = re.compile(r"//[^/@?#]*@")
_HINT = re.compile(r"(?i)pass|pwd|secret|token|key|sig|ses|sid|auth|jwt|cred|otp|pin|cv|card|ssn|asser|amz|code|%[4-7]")
"""A query in which none of this stands has no secret name; an encoded letter may hide one."""


SECRET_HEADERS = frozenset(
    ("authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-key", "apikey", "x-auth-token",
     "x-access-token", "x-csrf-token", "x-xsrf-token", "x-amz-security-token", "x-session-id", "session-id",
     "mcp-session-id", "x-goog-api-key", "ocp-apim-subscription-key")
)  # fmt: skip
"""Header names whose whole value is a secret."""


def is_secret_name(name: str) -> bool:
    """Whether a field of this name usually holds a secret (password, token, card number ...)."""
    return bool(_SENSITIVE_NAME.match(name))


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


def mask_query(query: str) -> str:
    """A query string with the values of secret-named parameters replaced."""
    if not query or not _HINT.search(query):
        return query
    return _PARAMETER.sub(_mask_parameter, query)


def _mask_parameter(found: re.Match[str]) -> str:
    """One parameter; a value that is a URL with a query of its own is looked into."""
    name, value = found.groups()
    if is_secret_name(unquote_plus(name) if "%" in name else name):
        return f"{name}={MASK}"
    return f"{name}={mask_query(value)}" if "?" in value else found[0]


def mask_path(path: str) -> str:
    """A path without session ids in its matrix parameters."""
    return _SECRET_IN_PATH.sub(lambda found: f";{found[1]}={MASK}", path) if ";" in path else path


def mask_url(url: str) -> str:
    """A URL without user, password, and secret query values."""
    if "@" in url:
        url = _USER_IN_URL.sub("//", url, count=1)
    base, mark, query = url.partition("?")
    return f"{mask_path(base)}{mark}{mask_query(query)}"
