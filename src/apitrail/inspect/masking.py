"""Secrets are masked at the door: what passes here is safe to store, to show and to log (S2.4)."""

from __future__ import annotations

import re

MASK = "***"

_SENSITIVE_WORD = (
    r"[\w.\-\[\]]*(?:passw(?:or)?d|passwd|pwd|secret|token|api[_-]?key|apikey|access[_-]?key|signature|sig|session|sid|"
    r"auth|jwt|credential|otp|pin|cvv|cvc|card[_-]?number|ssn|private[_-]?key|code_verifier|client_assertion|assertion|"
    r"phpsessid|jsessionid|x-amz-[\w-]+|code)"
)
_SENSITIVE_NAME = re.compile(rf"(?i)(?:{_SENSITIVE_WORD})[\]]?$")
_SECRET_IN_QUERY = re.compile(rf"(?i)(^|[&;?])({_SENSITIVE_WORD})=[^&;#]*")
_SECRET_IN_PATH = re.compile(r"(?i);(jsessionid|phpsessid|sid|token)=[^/?#;]*")
_USER_IN_URL = re.compile(r"//[^/@?#]*@")
_HINT = re.compile(r"(?i)pass|pwd|secret|token|key|sig|ses|sid|auth|jwt|cred|otp|pin|cv|card|ssn|asser|amz|code")

SECRET_HEADERS = frozenset(
    ("authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-key", "apikey", "x-auth-token",
     "x-access-token", "x-csrf-token", "x-xsrf-token", "x-amz-security-token", "x-session-id", "session-id",
     "mcp-session-id", "x-goog-api-key", "ocp-apim-subscription-key")
)  # fmt: skip
"""Header names whose whole value is a secret."""


def is_secret_name(name: str) -> bool:
    """Whether a field of this name usually holds a secret (password, token, card number ...)."""
    return bool(_SENSITIVE_NAME.match(name))


def mask_value(value: str) -> str:
    """Enough of a secret to recognise it, not enough to use it: four characters of twelve or more, else none."""
    return f"{value[:4]}…" if len(value) >= 12 else MASK


def mask_query(query: str) -> str:
    """A query string with the values of secret-named parameters replaced."""
    if not query or not _HINT.search(query):
        return query
    return _SECRET_IN_QUERY.sub(lambda found: f"{found[1]}{found[2]}={MASK}", query)


def mask_path(path: str) -> str:
    """A path without session ids in its matrix parameters."""
    return _SECRET_IN_PATH.sub(lambda found: f";{found[1]}={MASK}", path) if ";" in path else path


def mask_url(url: str) -> str:
    """A URL without user, password, and secret query values."""
    if "@" in url:
        url = _USER_IN_URL.sub("//", url, count=1)
    base, mark, query = url.partition("?")
    return f"{mask_path(base)}{mark}{mask_query(query)}"
