r"""Text that came from bytes which are no text: everywhere here such a byte is written as `\xHH`, as servers do."""

from __future__ import annotations

import re

# In JSON text: what is right as it is (an escaped backslash, a surrogate pair), or else a lone surrogate or \xHH.
_HEX = "[0-9A-Fa-f]"
_ESCAPES = re.compile(
    rf"(\\\\|\\u[dD][89abAB]{_HEX}{{2}}\\u[dD][c-fC-F]{_HEX}{{2}})|\\u[dD][89a-fA-F]({_HEX}{{2}})|\\x({_HEX}{{2}})"
)


def without_surrogates(text: str) -> str:
    """Text decoded with `surrogateescape` with its stray bytes written out."""
    try:
        data = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        data = text.encode("utf-8", "surrogatepass")
    return data.decode("utf-8", "backslashreplace")


def valid_escapes(json_text: str) -> str:
    """JSON text whose strings hold no escape that JSON forbids: stray bytes are spelled out."""
    return _ESCAPES.sub(_spelled, without_surrogates(json_text))


def _spelled(found: re.Match[str]) -> str:
    return found[1] or rf"\\x{found[2] or found[3]}"
