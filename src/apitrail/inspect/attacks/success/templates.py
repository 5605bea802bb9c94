"""Expressions of a template that an answer has worked out, and objects that only a template engine knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from apitrail.inspect.attacks.success.answer import BETWEEN, Answer
from apitrail.inspect.attacks.success.attempt import Attempt
from apitrail.inspect.attacks.success.evidence import Evidence

LEAST_DIGITS = 5
"""Digits of a result that does not stand in an answer by chance."""
BESIDE = 20
"""Characters of the value beside an expression that must stand beside its result."""
LEAST_BESIDE = 3
"""Letters and digits that they must have to tell."""
SMALL_ANSWER = 200
"""Characters of an answer in which a small number stands by itself."""
EXPRESSIONS_LIMIT = 20
"""Expressions of one value that are worked out."""

_BLOCK = re.compile(
    r"\[\[\s?\$\{[^{}\n]{1,120}\}\s?\]\]|\{\{\{?[^{}\n]{1,120}\}\}\}?|[$#*@~]\{[^{}\n]{1,120}\}|<%=?[^%\n]{1,120}%>"
    r"|\{%=?[^%\n]{1,120}%\}"
    r"|@\([^()\n]{1,120}\)|\{[^{}\n]{1,120}\}|#set\([^()\n]{1,120}\)"
)
_SUM = re.compile(r"(?<![\w.'\"])(\d{1,9})\s{0,4}([*+-])\s{0,4}(['\"]?)(\d{1,9})\3(?![\w.'\"])")
_TAGS = re.compile(r"<[^<>]{0,500}>")
_SIGNS = {"*": int.__mul__, "+": int.__add__, "-": int.__sub__}

_OBJECTS = (
    (re.compile(r"config|settings", re.IGNORECASE), re.compile(r"<Config \{|'(?:SECRET_KEY|SESSION_COOKIE_NAME"
        r"|PROPAGATE_EXCEPTIONS)'(?:: |, )")),
    (re.compile(r"__class__|__mro__|__subclasses__|__base"), re.compile(r"<class '(?:str|object|type|int|list|dict|tuple)'>")),
    (re.compile(r"self|request|_self|app|this", re.IGNORECASE),
     re.compile(r"<TemplateReference None>|<Request 'http|Symfony\\Component\\HttpFoundation|__TwigTemplate_[0-9a-f]{8}"
     r"|<Flask '")),
    (re.compile(r"getClass|forName|T\(java|\bclass\b"), re.compile(r"\bclass java\.lang\.\w{3,30}"
        r"|java\.lang\.(?:Unix)?Process(?:Impl)?@|Process\[pid=\d")),
    (re.compile(r"constructor|process|global"), re.compile(r"function Function\(\) \{ \[native code\] \}|\[object process\]")),
    (re.compile(r"system|popen|exec|passthru|read\(\)"), re.compile(r"uid=\d{1,6}\([\w.$-]{1,40}\) gid=\d{1,6}")),
    (re.compile(r"\.version|VERSION"), re.compile(r"^2\.3\.\d{1,2}(?:-incubating)?$", re.MULTILINE)),
)  # fmt: skip
"""What an expression asks for, and how a template engine writes it down."""


class Worked(NamedTuple):
    """An expression of a value: what stands before and after it, itself, and what it comes to."""

    before: str
    expression: str
    after: str
    result: str


def worked_out(text: str) -> Iterator[Worked]:
    """The sums in the expressions of a value."""
    for count, block in enumerate(_BLOCK.finditer(text)):
        found = _SUM.search(block[0])
        if found and count < EXPRESSIONS_LIMIT:
            left, sign, quote, right = found.groups()
            yield Worked(text[: block.start()], block[0], text[block.end() :], _result(left, sign, right, quoted=bool(quote)))


def _result(left: str, sign: str, right: str, *, quoted: bool) -> str:
    if quoted and sign == "*":
        return right * int(left) if int(left) <= 100 else ""
    return str(_SIGNS[sign](int(left), int(right)))


def result(attempt: Attempt, answer: Answer) -> Evidence | None:
    """The result of an expression: a large one anywhere, a small one where the text around the expression surrounds it."""
    for form in attempt.forms:
        for worked in worked_out(form):
            if worked.result and (found := _found(worked, attempt, answer)):
                return found
    return None


def _found(worked: Worked, attempt: Attempt, answer: Answer) -> Evidence | None:
    number = re.escape(worked.result)
    if len(worked.result) >= LEAST_DIGITS:
        if attempt.sent.says(worked.result):
            return None
        return answer.find("template_result", re.compile(rf"(?<![\w.]){number}(?![\w.])"))
    before, after = worked.before[-BESIDE:], worked.after[:BESIDE]
    if sum(map(str.isalnum, before + after)) >= LEAST_BESIDE:
        beside = f"{before}{worked.result}{after}"
        inside = f"{re.escape(before)}{number}{re.escape(after)}"
        pattern = re.compile(inside if after else inside + r"(?!\d)")
        return None if attempt.sent.says(beside) else answer.find("template_result", pattern)
    return _alone(worked, answer)


def _alone(worked: Worked, answer: Answer) -> Evidence | None:
    """A small result as the only number of a small answer that has the expression no more."""
    text = (answer.text if answer.values else _TAGS.sub(" ", answer.text)).replace(BETWEEN, " ")
    if len(text) > SMALL_ANSWER or worked.expression in answer.raw or answer.status >= 400:
        return None
    if re.findall(r"\d+", text) != [worked.result] or re.search(r"[$€£]\s?\d|\d\s?[€£%]", text):
        return None
    return answer.find("template_result", re.compile(re.escape(worked.result)), lambda match: _is_text(answer, match))


def _is_text(answer: Answer, match: re.Match[str]) -> bool:
    """Whether a match in JSON stands in a string: a template gives texts, a stock or a price is a number."""
    if not answer.values:
        return True
    return re.search(rf'"[^"]*{match[0]}[^"]*"\s*[,}}\]]', answer.raw[:RAW_LIMIT]) is not None


RAW_LIMIT = 2000
"""Characters of a small answer as it is written that are looked at."""


def objects(attempt: Attempt, answer: Answer) -> Evidence | None:
    """An object of the engine, written down where an expression asks for it."""
    if not _BLOCK.search(attempt.text):
        return None
    for asked, said in _OBJECTS:
        if asked.search(attempt.text):
            found = answer.find("template_objects", said, lambda match: not attempt.sent.says(match[0]))
            if found:
                return found
    return None
