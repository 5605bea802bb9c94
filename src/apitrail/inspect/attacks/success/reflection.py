"""Scripts that stand in a page as they were sent, at a place where they run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from apitrail.inspect.attacks.success.answer import Answer, excerpt
from apitrail.inspect.attacks.success.attempt import Attempt
from apitrail.inspect.attacks.success.evidence import Evidence
from apitrail.inspect.attacks.success.page import Context, context

LEAST = 6
"""Characters that a text must have to be looked for in a page."""
PLACES_LIMIT = 6
"""Places in one page that are judged: the first ones."""
PAYLOAD_LIMIT = 4000
"""Characters of a value that are looked for."""

_SCHEME = "(?:" + r"(?:[\t\r\n]|&(?:tab|newline);){0,3}".join("javascript") + "|data|vbscript)"
"""A scheme that runs, with what browsers take out of it."""
_ACTIVE = re.compile(
    "|".join(
        (
            r"<script[\s>/]",
            r"<[a-z][^>]{0,400}?[\s/\"']on[a-z]{3,30}\s{0,9}=",
            r"<(?:iframe|frame|embed|a|form|area|isindex|button|input|object|base|math|use|animate|set|image|svg|link)\b[^>]{0,400}?"
            r"(?:href|src|action|formaction|data|to|values|from)\s{0,9}=\s{0,9}[\"']?[\s\x00-\x1f]{0,9}"
            + _SCHEME
            + r"\s{0,9}(?::|&colon)",
            r"<iframe\b[^>]{0,400}?srcdoc\s{0,9}=",
            r"<(?:script|object|embed|link|base|iframe|frame)\b[^>]{0,200}?(?:src|data|href)\s{0,9}=\s{0,9}[\"']?(?:https?:)?//",
            r"<meta\b[^>]{0,200}?http-equiv\s{0,9}=\s{0,9}[\"']?(?:refresh|set-cookie)",
            r"<style[\s>][^<]{0,300}(?:expression\(|@import|javascript:)",
        )
    ),
    re.IGNORECASE,
)
"""Markup that runs or leads away where it stands as text of a page."""
_HANDLER = re.compile(r"(?:^|[\s/\"'])(?:on[a-z]{3,30}|style|srcdoc|formaction)\s{0,9}=", re.IGNORECASE)
_RUNS = re.compile(r"[\w$\])]\s{0,9}[(`]|\b(?:location|cookie|innerhtml|onerror|src)\s{0,9}=", re.IGNORECASE)
_SCRIPT_URL = re.compile(rf"[\s\x00-\x1f]{{0,9}}{_SCHEME}\s{{0,9}}(?::|&colon)", re.IGNORECASE)
_URL_ATTRIBUTES = frozenset(("href", "src", "action", "formaction", "data", "xlink:href", "to", "values", "poster", "background"))


def script(attempt: Attempt, answer: Answer) -> Evidence | None:
    """A value in a page, unescaped, where it runs."""
    if not answer.is_page:
        return None
    page = answer.raw
    for text, at, escaped in islice(_places(page, _variants(attempt)), PLACES_LIMIT):
        if _runs(text, context(page, at), escaped=escaped, after_backslash=page[max(at - 1, 0) : at] == "\\"):
            return Evidence("script_in_page", excerpt(page, at, at + len(text)), "response.body")
    return None


def _places(page: str, variants: list[tuple[str, bool]]) -> Iterator[tuple[str, int, bool]]:
    """Where texts stand in a page."""
    for text, escaped in variants:
        at = page.find(text)
        while at >= 0:
            yield text, at, escaped
            at = page.find(text, at + 1)


def _variants(attempt: Attempt) -> list[tuple[str, bool]]:
    """How a value may stand in a page with its brackets unescaped, and whether its quotes are escaped there."""
    found: dict[str, bool] = {}
    for form in attempt.forms:
        text = form.strip()[:PAYLOAD_LIMIT]
        bracket = text.find("<")
        parts = [text]
        if bracket >= 0:
            parts += [text[bracket:], text[bracket : text.rfind(">") + 1]]
        for part in parts:
            found.setdefault(part, False)
            for changed in (
                part.replace("\\", "\\\\").replace("'", "\\'").replace('"', '\\"'),
                part.replace('"', "&quot;"),
                part.replace('"', "&quot;").replace("'", "&#39;"),
                part.replace('"', "&quot;").replace("'", "&#039;"),
                part.replace('"', "&#34;").replace("'", "&#39;"),
            ):
                found.setdefault(changed, True)
    return [(text, escaped) for text, escaped in found.items() if len(text) >= LEAST][:40]


def _runs(text: str, where: Context, *, escaped: bool, after_backslash: bool) -> bool:
    """Whether a text runs in its context; with escaped quotes it can end no attribute and no string."""
    if where.kind == "text":
        return bool(_ACTIVE.search(text))
    if where.kind == "comment":
        return _active_after(text, ">" if "-->" not in text else "-->")
    if where.kind == "inside":
        ended = re.search(rf"</{where.name}[\s/>]", text, re.IGNORECASE)
        if ended:
            return bool(_ACTIVE.search(text, ended.end()))
        return where.name == "script" and _runs_in_script(text, where.quote, escaped=escaped, after_backslash=after_backslash)
    if where.kind == "tag":
        return bool(_HANDLER.search(text)) or _active_after(text, ">")
    return _runs_in_attribute(text, where, escaped=escaped)


def _runs_in_attribute(text: str, where: Context, *, escaped: bool) -> bool:
    if where.starts and where.name in _URL_ATTRIBUTES and _SCRIPT_URL.match(text):
        return True
    if where.name.startswith("on") and not escaped and where.quote not in text[:1]:
        return bool(re.search(r"['\"`;)]", text)) and bool(_RUNS.search(text))
    if where.quote:
        _, ends, rest = text.partition(where.quote)
        return bool(ends) and not escaped and (bool(_HANDLER.search(rest)) or _active_after(rest, ">"))
    ended = re.search(r"[\s>]", text)
    return ended is not None and (bool(_HANDLER.search(text, ended.start())) or _active_after(text[ended.start() :], ">"))


def _runs_in_script(text: str, quote: str, *, escaped: bool, after_backslash: bool) -> bool:
    if quote in ("//", "/*"):
        return ("\n" in text if quote == "//" else "*/" in text) and bool(_RUNS.search(text))
    if not quote:
        return bool(_RUNS.search(text))
    if quote == "`" and "${" in text:
        return True
    before, ends, rest = text.partition(quote)
    if not ends or escaped or (after_backslash and not before):
        return False
    return bool(_RUNS.search(rest))


def _active_after(text: str, sign: str) -> bool:
    at = text.find(sign)
    return at >= 0 and bool(_ACTIVE.search(text, at))
