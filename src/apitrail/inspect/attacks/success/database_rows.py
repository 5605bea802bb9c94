"""Rows that only the payload can have asked a database for: what it put together, the schema, the columns it selects."""

from __future__ import annotations

import hashlib
import re

from apitrail.inspect.attacks.success.answer import BETWEEN, Answer
from apitrail.inspect.attacks.success.attempt import Attempt
from apitrail.inspect.attacks.success.evidence import Evidence

LEAST_MARK = 4
"""Characters of a text that a database put together and nobody wrote by chance."""
LEAST_NUMBER = 6
"""Digits of such a number."""
MARKS_LIMIT = 20
"""Texts that are computed from one payload."""


def rows(attempt: Attempt, answer: Answer) -> Evidence | None:
    """What a payload put together, asked of the schema or selected, in an answer that worked."""
    asked = attempt.text
    if not _SELECTS.search(asked):
        return None
    for mark in marks(asked):
        found = None if attempt.sent.says(mark) else answer.find("database_rows", _mark(mark))
        if found:
            return found
    return _known(attempt, answer) or _numbers(asked, answer) or (_columns(attempt, answer) if answer.status < 300 else None)


_SELECTS = re.compile(r"\b(?:select|union|concat|extractvalue|updatexml|version|waitfor|exec|cast|convert)\b|\|\|", re.IGNORECASE)
_CALL = re.compile(r"concat(?:_ws)?\(([^()]{3,300})\)", re.IGNORECASE)
_JOINED = re.compile(r"(?:'[^'\n]{1,40}'|chr\(\d{1,3}\)|char\(\d{1,3}\))(?:\s?(?:\|\||\+)\s?(?:'[^'\n]{1,40}'|chr\(\d{1,3}\)"
    r"|char\(\d{1,3}\))){1,60}",
                     re.IGNORECASE)  # fmt: skip
_TEXT = re.compile(r"'([^'\n]{1,100})'|\b0x((?:[0-9a-f]{2}){2,100})\b|\bcha?r\(([\d,\s]{1,300})\)|(\b\d{1,10}\b)", re.IGNORECASE)
_HEX = re.compile(r"\b0x((?:[0-9a-f]{2}){4,100})\b|\bchar\((\d{1,3}(?:\s?,\s?\d{1,3}){3,100})\)", re.IGNORECASE)
_PRODUCT = re.compile(r"(?<![\w.])(\d{2,9})\s?\*\s?(\d{2,9})(?![\w.])")
_HASHED = re.compile(r"\b(md5|sha1)\(['\"]?([\w-]{1,40})['\"]?\)", re.IGNORECASE)


def marks(asked: str) -> list[str]:
    """Texts that a payload has the database compute, and that do not stand in it."""
    found = [_together(match[1]) for match in _CALL.finditer(asked)]
    found += [_together(match[0]) for match in _JOINED.finditer(asked)]
    found += [_together(match[0]) for match in _HEX.finditer(asked)]
    found += [str(int(match[1]) * int(match[2])) for match in _PRODUCT.finditer(asked)]
    found += [
        hashlib.new(match[1].lower(), match[2].encode(), usedforsecurity=False).hexdigest() for match in _HASHED.finditer(asked)
    ]
    return [mark for mark in dict.fromkeys(found) if _tells(mark) and mark not in asked][:MARKS_LIMIT]


def _tells(mark: str) -> bool:
    return len(mark) >= (LEAST_NUMBER if mark.isdecimal() else LEAST_MARK)


def _mark(mark: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\d){mark}(?!\d)" if mark.isdecimal() else re.escape(mark))


def _together(parts: str) -> str:
    """The texts and codes of a call or a chain, put together; nothing when something else stands between them."""
    if re.search(r"[a-z_]\w*\s?\((?<!chr\()(?<!char\()|\b(?:select|from)\b|@@", parts, re.IGNORECASE):
        return ""
    return "".join(_piece(match) for match in _TEXT.finditer(parts))


def _piece(match: re.Match[str]) -> str:
    quoted, digits, codes, number = match.groups()
    if digits:
        return bytes.fromhex(digits).decode("latin-1")
    if codes:
        return "".join(chr(int(code)) for code in re.findall(r"\d{1,3}", codes))
    return quoted or number or ""


_KNOWN = (
    (
        re.compile(r"version\s?\(\)|@@version|@@global\.version|v\$version|banner", re.IGNORECASE),
        re.compile(
            r"\b(?:[3-9]|1\d)\.\d{1,2}\.\d{1,3}-(?:\d{1,2}\.\d{1,2}\.\d{1,3}-)?(?:MariaDB|log|MySQL|ubuntu|debian|community"
            r"|0ubuntu)[\w.~:+-]{0,60}"
            r"|PostgreSQL \d{1,2}(?:\.\d{1,2})?[^\n\x00]{0,60} on |Microsoft SQL Server (?:20\d\d|\d{1,2}\.)"
            r"|Oracle Database \d\d[cgi]|^(?:[5-9]|10|11)\.\d{1,2}\.\d{1,3}$|^3\.\d{1,2}\.\d{1,2}$",
            re.MULTILINE,
        ),
    ),
    (
        re.compile(r"sqlite_(?:master|schema)|information_schema|show\s+create", re.IGNORECASE),
        re.compile(r"^CREATE (?:TABLE|INDEX|VIEW|TRIGGER) [\"`\w]", re.MULTILINE),
    ),
    (
        re.compile(r"information_schema|pg_catalog|pg_tables|sysobjects|sys\.(?:tables|objects|databases)|all_tables"
        r"|sqlite_master", re.IGNORECASE),
        re.compile(
            r"\b(?:CHARACTER_SETS|COLUMN_PRIVILEGES|KEY_COLUMN_USAGE|SCHEMA_PRIVILEGES|INNODB_\w{3,30}|pg_statistic|pg_authid"
            r"|pg_aggregate"
            r"|sql_implementation_info|sysrscols|spt_values|MSreplication_options|performance_schema|sqlite_sequence)\b"
        ),
    ),
    (
        re.compile(r"user\s?\(\)|current_user|system_user|session_user", re.IGNORECASE),
        re.compile(r"^[\w-]{1,32}@(?:localhost|%|[\w-]{1,60}|\d{1,3}(?:\.\d{1,3}){3}|[\w.-]{1,60}\.internal)$", re.MULTILINE),
    ),
)  # fmt: skip
"""What is asked of a database about itself, and what only it says."""


def _known(attempt: Attempt, answer: Answer) -> Evidence | None:
    for asked, said in _KNOWN:
        if asked.search(attempt.text):
            found = answer.find("database_rows", said, lambda match: not attempt.sent.says(match[0]))
            if found:
                return found
    return None


_LIST = re.compile(r"\bselect\b(?:\s|/\*[^*]{0,40}\*/|\+|\()+([^()\n]{3,400})", re.IGNORECASE)


def _numbers(asked: str, answer: Answer) -> Evidence | None:
    """The numbers of `UNION SELECT 1,2,3` as values of JSON that stand in this order one after the other."""
    for match in _LIST.finditer(asked):
        items = [
            item.strip(" '\"") for item in re.split(r"\b(?:from|where)\b|--|#|;|/\*", match[1], flags=re.IGNORECASE)[0].split(",")
        ]
        if len(items) >= 3 and answer.values and all(item.isdecimal() and item.isascii() for item in items):
            at = f"{BETWEEN}{answer.text}{BETWEEN}".find(BETWEEN + BETWEEN.join(items) + BETWEEN)
            if at >= 0 and _one_row(answer, at, len(BETWEEN.join(items))):
                start = at
                return answer.shown("database_rows", start, start + len(BETWEEN.join(items)))
    return None


def _one_row(answer: Answer, start: int, length: int) -> bool:
    """Whether values are members of one object: a list of numbers may be the question's own."""
    first, last = answer.steps(start), answer.steps(start + length - 1)
    return first[:-1] == last[:-1] and bool(first) and isinstance(first[-1], str)


_HASH = (
    r"\$2[abxy]?\$\d\d\$[./\w]{20,60}|\$(?:1|5|6|argon2\w{1,2})\$[^\s\x00]{20,120}|pbkdf2\S{10,120}|sha\d{1,3}\$\S{10,120}"
    r"|[0-9a-fA-F]{32,128}"
)
_WANTED = (
    (re.compile(r"pass(?:word|wd)?|pwd|hash", re.IGNORECASE), re.compile(rf"^(?:{_HASH})$", re.MULTILINE), 1),
    (re.compile(r"mail", re.IGNORECASE), re.compile(r"^[\w.+-]{1,60}@[\w-]{1,60}(?:\.[\w-]{1,60}){1,4}$", re.MULTILINE), 2),
    (re.compile(r"pass(?:word|wd)?|pwd|hash|mail|user", re.IGNORECASE),
     re.compile(rf"^[\w.@+-]{{1,60}}[:~|,](?:{_HASH})$", re.MULTILINE), 1),
)  # fmt: skip
"""A column that is asked for, how its values look, and how many of them cannot be there by chance."""
_FROM = re.compile(r"\bunion\b(.{1,400}?)\bfrom\b", re.IGNORECASE | re.DOTALL)


def _columns(attempt: Attempt, answer: Answer) -> Evidence | None:
    """Values of the columns that a UNION asks for, each alone in its value or line."""
    asked = next((match[1] for match in _FROM.finditer(attempt.text)), "")
    for column, value, least in _WANTED:
        if asked and column.search(asked):
            seen: set[str] = set()

            def enough(match: re.Match[str]) -> bool:
                if not attempt.sent.says(match[0]):
                    seen.add(match[0])  # noqa: B023
                return len(seen) >= least  # noqa: B023

            if found := answer.find("database_rows", value, enough):
                return found
    return None
