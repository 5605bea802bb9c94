"""How much a piece of text is JavaScript that would do something, and whether it stands in prose or in a program."""

from __future__ import annotations

import html
import re

CODE_LIMIT = 600
"""Characters of code that are looked at."""
PROSE_AROUND = 300
"""Characters before and after a place that say whether it stands in prose."""

_ESCAPE = re.compile(r"\\(?:u\{0{0,4}([0-9a-fA-F]{2})\}|u00([0-9a-fA-F]{2})|x([0-9a-fA-F]{2}))")
_COMMENT = re.compile(r"/\*[^*]{0,40}\*/|<!--.{0,20}?-->")
_CALL = re.compile(r"[\w$\])}'\"`]\s{0,8}(?:\?\.)?\s{0,8}[(`]|\bnew\s+\w")
_ASSIGNED = re.compile(r"[\w$\])]\s{0,8}[-+*/|&^%?]{0,3}=(?![=>])|\bthrow\b")
_OUTSIDE = re.compile(
    r"(?<![\w$])(?:alert|confirm|prompt|eval|execscript|settimeout|setinterval|function|import|"
    r"fetch|xmlhttprequest|atob|unescape|"
    r"fromcharcode|document|location|window|self|top|parent|globalthis|frames|navigator|"
    r"localstorage|sessionstorage|constructor|"
    r"innerhtml|outerhtml|cookie|getscript|postmessage|msgbox|reflect|websocket|sendbeacon|jquery|"
    r"print|open|write|this|name)(?![\w$])",
    re.IGNORECASE,
)
_WORDS_OF_PROSE = frozenset(
    ("the", "to", "of", "and", "is", "are", "that", "this", "with", "you", "your", "can", "be", "it", "when", "from",
     "will", "we", "have", "has", "should", "which", "was", "by", "an", "as", "use", "used", "using", "into", "for",
     "not", "on", "in", "or", "if", "a")
)  # fmt: skip
_PROGRAM = re.compile(
    r"^\s*(?:(?:async\s+)?function\s+\w|(?:const|let|class)"
    r"\s+[\w{]|import\s+[\w{*]|export\s|return\b|def\s|if\s*\(|for\s*\(|\}|#include)"
    r"|\)\s*=>\s*\{|\bpm\.|\bconsole\.",
    re.MULTILINE,
)


def plain(code: str) -> str:
    """Code as the engine reads it: entities and escapes taken off, comments and characters that browsers skip removed."""
    code = code[:CODE_LIMIT]
    if "&" in code:
        code = html.unescape(code)
    if "\\" in code:
        code = _ESCAPE.sub(lambda found: chr(int(found[1] or found[2] or found[3], 16)), code)
    if "\x00" in code:
        code = code.replace("\x00", "")
    return _COMMENT.sub("", code) if "/*" in code or "<!--" in code else code


def runs(code: str) -> float:
    """How sure it is that a text where script is expected does something: it calls, assigns or throws."""
    code = plain(code)
    acts = bool(_CALL.search(code)) or bool(_ASSIGNED.search(code))
    outside = bool(_OUTSIDE.search(code))
    if acts:
        return 0.95 if outside else 0.85
    return 0.7 if outside and len(code) < 200 else 0.0


def reaches_out(code: str) -> bool:
    """Whether code names something of the page or the window, or opens a dialogue."""
    return bool(_OUTSIDE.search(plain(code)))


def prose(text: str, start: int, end: int) -> bool:
    """Whether sentences stand around a place."""
    words = f"{text[max(0, start - PROSE_AROUND) : start]} {text[end : end + PROSE_AROUND]}".lower().split()
    return len(words) > 6 and sum(word in _WORDS_OF_PROSE for word in words) >= 4


def program(text: str, start: int) -> bool:
    """Whether lines of a program stand around a place, not the one expression of an attack."""
    piece = text[max(0, start - PROSE_AROUND) : start + PROSE_AROUND]
    return bool(_PROGRAM.search(piece))


def mentioned(text: str, start: int, end: int) -> bool:
    """Whether a place is quoted as code in prose: between backticks or in a fence, with sentences around."""
    at = text.rfind("`", max(0, start - 4000), start)
    if at < 0 or text.find("`", end, end + 4000) < 0:
        return False
    if text.count("`", max(0, start - 8000), start) % 2 == 0:
        return False
    return prose(text, at, max(end, text.find("`", end, end + 4000)))
