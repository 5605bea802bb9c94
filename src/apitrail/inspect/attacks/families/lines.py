"""Line ends that put headers into a response or into a mail."""

from __future__ import annotations

import re

from apitrail.inspect.attacks.families.wording import prose
from apitrail.inspect.attacks.signature import Signature
from apitrail.inspect.attacks.values import Value

LINES = 5
"""Lines of a text up to which a header in it was put there."""

_COMMAND = re.compile(r"[A-Z]{1,3}\d+\s+[A-Z]{4,}\b")
"""A command of IMAP as programs write it: its mark and its word in capitals."""
_OF_LINE = frozenset(("query", "path", "cookie", "header"))


def _framed(value: Value) -> bool:
    """Whether a value is a whole body of parts, whose headers are its own, or of elements, whose texts are values too."""
    if value.place != "body":
        return False
    return value.text[:1] == "<" or (value.text.startswith("--") and "content-disposition" in value.text[:600].lower())


def _header(value: Value, start: int, _end: int) -> float:
    """The name of a header at the beginning of another line of a value that has one."""
    text = value.text
    if text.count("\n", 0, 3000) > LINES or prose(text) or _framed(value):
        return 0.0
    left = text[:start]
    if value.place in _OF_LINE:
        return 0.9 if "\r" in text or not re.search(r"[a-z]:? \w", left, re.IGNORECASE) else 0.5
    return 0.8 if len(left) < 200 and (value.decoders or " " not in left.strip()) and not re.search(r"^\w[\w-]*: ", text) else 0.0


def _mail(value: Value, start: int, end: int) -> float:
    """The name of a header of a mail after a line end, or a command of its protocol."""
    text = value.text
    if (
        text.count("\n", 0, 3000) > LINES
        or _framed(value)
        or (
            "@" not in text[max(0, start - 100) : end + 200]
            and not re.search(
                r"RCPT|MAIL FROM|DATA|CAPABILITY|FETCH"
                r"|LOGOUT|NOOP",
                text[start:end],
            )
        )
    ):
        return 0.0
    left = text[:start]
    return (
        0.85
        if len(left) < 120
        and not re.match(
            r"\s*(?:(?:from|to|date|subject)\s*:"
            r"|on [A-Z])",
            left,
            re.IGNORECASE,
        )
        and not prose(text)
        else 0.0
    )


SIGNATURES: tuple[Signature, ...] = (
    Signature(
        "line-header", "crlf", "header",
        r"(?:[\r\n]|\\[rn]|%0[ad]|嘊|嘍)[\s\d]*(?:set-cookie|location|content-(?:type|length|disposition"
        r"|encoding|security-policy)|x-[\w-]+|access-control-[\w-]+|host|refresh|link"
        r"|transfer-encoding|connection|cache-control|etag|cookie|referer|authorization|[\w-]*injected[\w-]*"
        r"|[\w-]*header[\w-]*)\s?:",
        check=_header,
        fires=("x\r\nSet-Cookie: a=1", "/a\r\nLocation: http://a.example", "1%0d%0aX-Test: 1"),
        silent=("Dear all,\nyour location: Berlin is where we will meet you next week.\nBye", "host: a", "a\nhostess: b"),
    ),
    Signature(
        "line-response", "crlf", "response-splitting",
        r"[\r\n]\s*HTTP/[12](?:\.\d)?\s+\d{3}|\r\n\r\n\s*<(?:html|script|body|svg|h1)|嘊嘍|嘍嘊",
        check=lambda value, _start, _end: 0.0 if prose(value.text) or value.place == "body" else 0.85,
        fires=("a\r\n\r\n<script>x</script>", "a\r\nHTTP/1.1 200 OK\r\n"), silent=("HTTP/1.1 200 OK", "a\n\n<p>b"),
    ),
    Signature(
        "line-request", "crlf", "smuggling", r"(?:[\r\n]|%0[ad])\s*(?:GET|POST|PUT|DELETE|HEAD|OPTIONS)\s+\S+\s+HTTP/\d",
        check=lambda value, _start, _end: 0.0 if prose(value.text) or value.text.count("```") or _framed(value) else 0.85,
        fires=("0\r\n\r\nGET /admin HTTP/1.1\r\n", "x\r\nPOST / HTTP/1.0"), silent=("GET /a HTTP/1.1", "get it\nPOST it"),
    ),
    Signature(
        "line-mail", "mail_injection", "header",
        r"(?:[\r\n]|\\[rn]|%0[ad])\s*(?:(?:b?cc|to|from|reply-to|subject|return-path)\s*:|RCPT TO|MAIL FROM"
        r"|DATA\s*[\r\n]|\w{1,6} (?:CAPABILITY|FETCH|LOGIN|SELECT|LOGOUT|NOOP|EXAMINE)\b)",
        check=_mail,
        fires=("a@b.example\nBcc: c@d.example", "x\r\nCc:all@a.example", "a\r\nRCPT TO:<b@c.example>"),
        silent=("Hello,\nfrom: the team of ours to you", "From: a@b.example\nTo: c@d.example\nSubject: hi"),
    ),
    Signature(
        "line-mail-commands", "mail_injection", "imap",
        r"\b[a-z]{1,3}\d{1,4}\s+(?:CAPABILITY|FETCH|LOGIN|SELECT|EXAMINE|LIST|LSUB|STATUS|APPEND|SEARCH|STORE|NOOP|LOGOUT)\b"
        r"[^\n]*\s[a-z]{1,3}\d{1,4}\s+(?:CAPABILITY|FETCH|LOGIN|SELECT|EXAMINE|LIST|LSUB|STATUS|APPEND|SEARCH|STORE"
        r"|NOOP|LOGOUT)\b",
        check=lambda value, start, end: 0.0 if prose(value.text) or not _COMMAND.search(value.text, start, end) else 0.85,
        fires=("A1 CAPABILITY A2 FETCH 4", "INBOX V100 SELECT INBOX\r\nV101 FETCH 1"),
        silent=("room b1 list and b2 list", "A1 SELECT a FROM t"),
    ),
)  # fmt: skip
