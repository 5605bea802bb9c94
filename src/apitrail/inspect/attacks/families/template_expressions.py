"""What stands between the signs of a template engine: whether it computes, reaches objects, or only names a variable."""

from __future__ import annotations

import base64
import binascii
import re

EXPRESSION_LIMIT = 1500
"""Characters of an expression that are read."""
LOOKUPS_LIMIT = 12
"""Rounds in which nested lookups are replaced by their values."""
LETTERS = 3
"""Lookups that yield one letter each from which they spell something that is to be hidden."""

CLOSERS = {"{{": "}}", "{%": "%}", "<%": "%>", "{": "}", "#{": "}", "<#": ">", "[#": "]", "[=": "]", "(": ")"}
"""The sign that ends what a sign opens."""

_TRIM = re.compile(r"^[\s={!&>#~:@-]+")
_OPERAND = r"\(?\s{0,3}(?:\d{1,12}(?:\.\d{1,6})?|'[^']{0,40}'|\"[^\"]{0,40}\")\s{0,3}\)?"
_ARITHMETIC = re.compile(rf"(?:{_OPERAND})(?:\s{{0,3}}(?:\*\*|[*+/%^~-])\s{{0,3}}{_OPERAND}){{1,6}}")
_ON_LITERAL = re.compile(r"^\(?\s*(?:'[^']{0,80}'|\"[^\"]{0,80}\"|\[[^\]]{0,60}\]|\(\)|\{\})\s*(?:\.\s*[a-zA-Z_]|\[\s*['\"])")
_FUNCTION = (
    r"(?:system|exec|passthru|shell_exec|popen|proc_open|phpinfo|file_get_contents|"
    r"readfile|assert|eval|call_user_func|spawn|sleep|var_dump|die)"
)
_STRONG = re.compile(
    r"__\w{2,30}__|['\"]_{1,2}\w{0,14}['\"]\s*[+~,]|(?<![\w.])mro\b|\.mro\(|subclasses\b|getclass\b|forname\s*\(|getruntime|"
    r"java\.(?:lang|util|io|net|nio)\b|javax\.|processbuilder|scriptengine|newinstance|classloader|\bT\s?\(\s?[a-z]|"
    r"#_?memberaccess|#context\b|#request\b|@java|\?\s?new\s?\(|\?\s?api\b|"
    r"freemarker\.|\$class\b|\.class\.(?:base|mro|inspect|module)|"
    r"registerundefined|getfilter\s*\(|(?<![\w.])_self\b|_context\b|(?<![\w.])self\.(?:module|template|context|attr|_)|"
    r"(?<![\w.])request\.(?:application|environ|server|_)|app\.request\b|(?<![\w.])config\.(?:items|iteritems|from|_)|config\[|"
    r"(?<![\w.])(?:cycler|joiner|lipsum|namespace)\.|get_flashed_messages\.|subprocess\b|(?<![\w.])os\.(?!version|name|arch)\w|"
    r"\|\s?attr\s?\(|(?<![\w.])dump\s?\(|secret_key|smarty\.(?:version|template|server|env|const|"
    r"get|post|cookies|now)|smarty_internal|"
    r"process\.(?:mainmodule|binding|exit|kill)|(?<![\w.])require\s?\(\s?['\"]|global\.process|"
    r"constructor\s?(?:\(|\.constructor|\[|\.prototype|\.assign|\.from)|['\"]constructor['\"]|"
    r"\b(?:file|io|dir|kernel)\.(?:open|read|popen|entries|exec|binread)\b|system\.(?:getenv|getproperty|diagnostics|io\.file)|"
    r"\.(?:exec|system|popen|spawn|execsync)\s?\(\s?['\"]|\bset(?:attribute|accessible|"
    r"cache)\s?\(|process\.start|(?<!\w)[`][^`]{1,80}[`]|"
    r"(?:^|\s)\.(?:version|data_model|globals|namespace|main)\b|%x\s?[({\[]|settings\.secret|\bdebug\s?\(\s?\)",
    re.IGNORECASE,
)
_CALLED = re.compile(
    rf"(?<![\w.$]){_FUNCTION}\s?\(|\|\s?(?:filter|map|sort|reduce|join)\s?\(\s?['\"]{_FUNCTION}['\"]",
    re.IGNORECASE,
)
_STATEMENT = re.compile(r"\s*(?:import|from)\s+(?:os|subprocess|sys|socket|pty)\b", re.IGNORECASE)
_LOOKUP = re.compile(r"\$\{([^${}]{0,400})\}")
_LETTER = re.compile(r"\$\\?\{[\w.:/-]{0,40}:-?['\"]?\w['\"]?\\?\}")
_LOOKUP_ENDED = re.compile(r"(?:jndi|\$\{\s*jndi)\s*:", re.IGNORECASE)


def inside(text: str, start: int, closer: str) -> tuple[str, bool]:
    """What stands from a place to the sign that closes it, with pairs of braces inside; and whether it was closed."""
    stop = min(len(text), start + EXPRESSION_LIMIT)
    at = text.find(closer, start, stop)
    for _ in range(6):
        if at < 0:
            return text[start : min(stop, start + 300)], False
        piece = text[start:at]
        if closer[0] != "}" or piece.count("{") <= piece.count("}"):
            return piece, True
        further = text.find(closer, at + 1, stop)
        if further < 0:
            return piece, True
        at = further
    return text[start:at], True


def computes(expression: str) -> float:
    """How sure it is that an expression does more than a page's own templates do."""
    bare = _TRIM.sub("", expression[:EXPRESSION_LIMIT]).rstrip(" \t\r\n}-")
    if _STRONG.search(bare) or _CALLED.search(bare) or _STATEMENT.match(bare):
        return 0.95
    if _ARITHMETIC.fullmatch(bare):
        return arithmetic(bare)
    if _ON_LITERAL.match(bare):
        return 0.85
    return 0.0


def arithmetic(bare: str) -> float:
    """Arithmetic of literals proves that it is evaluated; ranges, dates and `24/7` do not."""
    if re.search(r"[*+%^]", bare) or bare.rstrip().endswith("/0"):
        return 0.9
    return 0.8 if re.search(r"['\"]", bare) else 0.4


def resolved(text: str) -> str:
    """A text with nested lookups of a logging library replaced by what they yield."""
    text = text.replace("\\{", "{").replace("\\}", "}").replace("$${", "${")
    for _ in range(LOOKUPS_LIMIT):
        changed = _LOOKUP.sub(_looked_up, text)
        if changed == text:
            return text
        text = changed
    return text


def _looked_up(found: re.Match[str]) -> str:
    body = found[1]
    kind, colon, rest = body.partition(":")
    kind = kind.strip().lower()
    if kind == "jndi":
        return body
    if kind in ("lower", "upper"):
        return rest.upper() if kind == "upper" else rest.lower()
    if kind == "base64":
        try:
            return base64.b64decode(rest + "=" * (-len(rest) % 4)).decode("latin-1")
        except (binascii.Error, ValueError):
            return ""
    if ":-" in body:
        return body.partition(":-")[2]
    return rest.strip("'\"") if colon and kind == "date" else ""


def looks_up_names(text: str) -> bool:
    """Whether lookups, resolved, ask a naming service, or spell a word letter by letter, which nothing else does."""
    return len(_LETTER.findall(text)) >= LETTERS or bool(_LOOKUP_ENDED.search(resolved(text)))
