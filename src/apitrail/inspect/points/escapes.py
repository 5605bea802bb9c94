"""What a text may stand for besides itself: escapes of URL, HTML, JavaScript and Unicode taken off, base64 and gzip unpacked."""

from __future__ import annotations

import binascii
import html
import re
import unicodedata
from urllib.parse import unquote_to_bytes

from apitrail.inspect.points.unpacking import TOO_LARGE, unpacked

DECODED_LIMIT = 65_536
"""Characters of a decoded text that are kept."""
LEAST_BASE64 = 12
"""Characters of base64 that are worth to be decoded."""
PACKED_TOO_LARGE = "\0too large"
"""What stands for a text that was packed with gzip and is larger than what is kept."""
STRANGE_SHARE = 10
"""At most one in so many characters of a decoded text may be none that texts have."""

_PERCENT = re.compile(r"%(?:u[0-9a-fA-F]{4}|[0-9a-fA-F]{2})")
_PERCENT_U = re.compile(r"%u([0-9a-fA-F]{4})")
_ENTITY = re.compile(r"&(?:#x?[0-9a-fA-F]{1,8}|[a-zA-Z]{2,12});?")
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([0-3]?[0-7]{2}))")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_OVERLONG = re.compile(rb"[\xc0\xc1][\x80-\xbf]|\xe0[\x80-\x9f][\x80-\xbf]|\xf0[\x80-\x8f][\x80-\xbf]{2}")
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
"""Characters that are there and not seen: between the letters of a word they hide it."""
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffd]")
_CONTROLS = bytes((*range(9), *range(14, 32), 127))
_GZIP, _JAVA_OBJECT = b"\x1f\x8b", b"\xac\xed"


def alternatives(text: str) -> list[tuple[str, str]]:
    """Each decoder that changes the text, and what it makes of it."""
    found = []
    if "%" in text and _PERCENT.search(text):
        found.append(("url", url(text)))
    if "&" in text and _ENTITY.search(text):
        found.append(("html", html.unescape(text)))
    if "\\" in text and _ESCAPE.search(text):
        found.append(("js", js(text)))
    if not text.isascii():
        found.append(("unicode", plain(text)))
    if len(text) >= LEAST_BASE64 and _BASE64.fullmatch(text) and (inside := base64_text(text)):
        found.append(("base64", inside))
    return [(decoder, changed[:DECODED_LIMIT]) for decoder, changed in found if changed != text] if found else found


def url(text: str) -> str:
    """A text without percent escapes, also those of four digits, overlong UTF-8 read as lenient servers do."""
    if "%u" in text:
        text = _PERCENT_U.sub(lambda found: chr(int(found[1], 16)), text)
    raw = unquote_to_bytes(text.encode("utf-8", "surrogatepass"))
    return lenient(raw)


def js(text: str) -> str:
    """A text without the escapes of JavaScript and JSON."""
    return _ESCAPE.sub(_unescaped, text)


def plain(text: str) -> str:
    """A text in the usual form of its letters, without those that cannot be seen."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text[:DECODED_LIMIT]))


def lenient(raw: bytes) -> str:
    """Bytes as text: UTF-8 with overlong forms taken for what they stand for, else Latin-1."""
    if raw.isascii():
        return raw.decode("ascii")
    if _OVERLONG.search(raw):
        raw = _OVERLONG.sub(_shortest, raw)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace") if raw.count(b"\xc3") else raw.decode("latin-1")


def mended(raw: bytes) -> str:
    """Bytes as UTF-8 with overlong forms taken for what they stand for; what cannot be read is replaced."""
    return _OVERLONG.sub(_shortest, raw).decode("utf-8", "replace")


def _shortest(found: re.Match[bytes]) -> bytes:
    raw = found[0]
    number = raw[0] & (0x1F, 0x0F, 0x07)[len(raw) - 2]
    for byte in raw[1:]:
        number = number << 6 | byte & 0x3F
    return chr(number).encode("utf-8", "replace")


def _unescaped(found: re.Match[str]) -> str:
    braced, four, two, octal = found.groups()
    number = int(octal, 8) if octal else int(braced or four or two, 16)
    return chr(number) if number < 0x110000 else found[0]


def base64_text(text: str) -> str:
    """What base64 holds, when that is text, or gzip with text in it; else nothing."""
    letters = text.rstrip("=")
    if len(letters) % 4 == 1:
        return ""
    if "-" in letters or "_" in letters:
        letters = letters.replace("-", "+").replace("_", "/")
    try:
        raw = binascii.a2b_base64(letters + "=" * (-len(letters) % 4))
    except ValueError:
        return ""
    if raw[:2] == _GZIP:
        raw = unpacked(raw, DECODED_LIMIT)
        if raw is TOO_LARGE:
            return PACKED_TOO_LARGE
    elif raw[:2] == _JAVA_OBJECT:
        return raw.decode("latin-1")
    if (len(raw) - len(raw.translate(None, _CONTROLS))) * STRANGE_SHARE > len(raw):
        return ""
    decoded = raw.decode("utf-8", "replace")
    return decoded if len(_CONTROL.findall(decoded)) * STRANGE_SHARE <= len(decoded) else ""
