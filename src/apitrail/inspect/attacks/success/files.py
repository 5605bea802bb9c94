"""Contents of files in an answer, each where its file was asked for; sources where a program was."""

from __future__ import annotations

import base64
import binascii
import re
from typing import NamedTuple

from apitrail.inspect.attacks.success.answer import BETWEEN, Answer
from apitrail.inspect.attacks.success.attempt import Attempt
from apitrail.inspect.attacks.success.evidence import TEXT_LIMIT, Evidence

ENCODED_LIMIT = 65_536
"""Characters of base64 in an answer that are decoded."""


class File(NamedTuple):
    """A file that is often stolen: how it is asked for, and what it begins with or cannot do without."""

    asked: re.Pattern[str]
    contents: re.Pattern[str]
    needs_listing: bool = False
    """Whether documents quote a line of it, so that one alone proves nothing."""


def _file(asked: str, contents: str, *, needs_listing: bool = False) -> File:
    return File(re.compile(asked, re.IGNORECASE), re.compile(contents, re.MULTILINE), needs_listing)


_USER = r"[\w.-]{1,32}:[x*!]?:\d{1,6}:\d{1,6}:[^:\n\x00]{0,100}:/?[^:\n\x00]{0,100}:[^:\n\x00]{0,100}"
_NAME = r"[A-Z][A-Z0-9_]{1,60}"
_SENSITIVE = r"(?:SECRET|PASSWORD|PASSWD|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|DATABASE_URL|DB_\w{1,20}|DSN|APP_\w{1,20})"

FILES: tuple[File, ...] = (
    _file(r"passwd|/etc/p[a-z?*\[]",
          rf"^root:[x*!]?:0:0:[^:\n\x00]{{0,100}}:/[^:\n\x00]{{0,100}}:[^:\n\x00]{{0,100}}\r?\n{_USER}",
          needs_listing=True),
    _file(r"passwd", r"\Aroot:[x*!]?:0:0:[^:\n\x00]{0,100}:/[^:\n\x00]{0,100}:[^:\n\x00]{0,100}$"),
    _file(r"shadow", r"^root:(?:\$[0-9a-z]{1,8}\$[^:\n\x00]{8,200}|[*!]{1,2}[^:\n\x00]{0,100})?:\d{3,6}:\d{0,6}:\d{0,6}:"),
    _file(r"etc.{1,6}group", r"^root:[x*]?:0:[\w,]{0,100}\r?\n[\w-]{1,32}:[x*]?:\d{1,6}:", needs_listing=True),
    _file(r"hosts", r"^127\.0\.0\.1[ \t]{1,40}localhost\b", needs_listing=True),
    _file(r"hosts", r"^# Copyright \(c\) [\d-]{4,9} Microsoft Corp\."),
    _file(r"win\.ini", r"^; for 16-bit app support|^\[(?:fonts|extensions|mci extensions|files|Mail)\]\r?\n(?:\[|\w{1,20}=)"),
    _file(r"(?:boot|system)\.ini", r"^\[boot loader\]|^; for 16-bit app support|^\[386Enh\]"),
    _file(r"\.env", rf"^(?:export )?\w{{0,40}}{_SENSITIVE}\w{{0,40}}[ \t]?=[ \t]?[^\s=][^\n\x00]{{2,200}}$"),
    _file(r"\.env", rf"\A{_NAME}=[^\n\x00]{{0,200}}\r?\n{_NAME}="),
    _file(r"\.git", r"^\[core\]\r?\n(?:[ \t][^\n\x00]{0,200}\r?\n)?[ \t]{0,8}repositoryformatversion|\Aref: refs/heads/"),
    _file(r"\.aws|credentials", r"^\[[\w -]{1,60}\]\r?\n(?:[^\n\x00\[]{0,200}\r?\n)?\s{0,8}aws_(?:access_key_id"
        r"|secret_access_key)\s{0,4}="),
    _file(r"id_(?:rsa|dsa|ecdsa|ed25519)|\.ssh|\.pem|\.key|private|\.p12",
          r"^-----BEGIN (?:RSA |EC |DSA |OPENSSH |ENCRYPTED )?PRIVATE KEY-----"),
    _file(r"authorized_keys|known_hosts|id_\w{1,10}\.pub", r"^(?:\S{1,200} )?(?:ssh-(?:rsa|ed25519|dss)"
        r"|ecdsa-sha2-\S{1,30}) AAAA[\w+/]{20}"),
    _file(r"environ", r"(?<![^\0\n])(?:PATH|HOME|PWD|HOSTNAME)=[^\0\n]{1,300}(?:\0|\n)\w{1,60}="),
    _file(r"proc.{1,6}version", r"^Linux version \d\.\d"),
    _file(r"proc.{1,12}(?:status|cmdline|maps)", r"^Name:\t\S{1,60}\n(?:Umask|State):\t"
        r"|^[0-9a-f]{8,16}-[0-9a-f]{8,16} [r-][w-][x-][ps] "),
    _file(r"\.htpasswd", r"^[\w.@-]{1,60}:(?:\$apr1\$|\$2[aby]\$|\{SHA\})"),
    _file(r"\.htaccess", r"^\s{0,8}(?:RewriteEngine |RewriteRule |AuthUserFile |<IfModule )"),
    _file(r"web\.xml|web-inf", r"<web-app[\s>]"),
    _file(r"web\.config", r"<configuration>\s{0,200}<(?:system\.web|appSettings|connectionStrings|configSections)"),
    _file(r"application\.(?:ya?ml|properties)", r"^\s{0,8}spring(?:\.\w{1,30}){0,6}[.:](?:[ \t]?$|\w)"),
    _file(r"config|settings|\.bak|\.old|\.inc", r"(?i:define\(\s{0,4}['\"]DB_PASSWORD['\"])|^\s{0,8}(?:SECRET_KEY"
        r"|DATABASES)\s{0,4}="),
    _file(r"\.ph(?:p\d?|tml|ar)|php://|\.inc", r"<\?php\s|<\?=\s?\$"),
    _file(r"\.jspx?", r"<%@\s{0,4}page\s|<%!"),
    _file(r"\.aspx?", r"<%@\s{0,4}(?:Page|Language)\s"),
    _file(r"\.py\b", r"\A(?:#!\S{1,60}python\S{0,10}\n)?(?:\"\"\"[^\n\x00]{0,200}\n)?(?:import \w|from [\w.]{1,60} import )"),
    _file(r"\.(?:js|ts|mjs)\b", r"\A(?:'use strict';?\s{1,4})?(?:const|var|let) \w{1,40} = require\("),
    _file(r"\.bash_history|\.zsh_history", r"\A(?:: \d{10}:\d;)?(?:ls|cd|sudo|cat|vim?|ssh|git"
        r"|docker)\b[^\n\x00]{0,200}\n[^\n\x00]{1,200}\n"),
    _file(r"\.log|/logs?/|var.{1,3}log", r"^\d{1,3}(?:\.\d{1,3}){3} - \S{1,60} \[\d\d/\w{3}/\d{4}:"),
    _file(r"serviceaccount|/token", r"\AeyJhbGciOiJ[\w-]{20,2000}\.[\w-]{20,4000}\.[\w-]{20,2000}\s?\Z"),
)  # fmt: skip
"""Files by how they are asked for and by their contents."""

_ENCODED = re.compile(r"[A-Za-z0-9+/]{32,}={0,2}")
_BEFORE = 400
_QUOTED = re.compile(r"```|<pre|<code|(?i:\bfor example|\bsuch as\b|\be\.g\.|\blooks like\b|\bformat of\b|\bexample\b)")
"""What stands before contents that a document quotes."""


def contents(attempt: Attempt, answer: Answer) -> Evidence | None:
    """Contents of a file that was asked for."""
    asked = [file for file in FILES if file.asked.search(attempt.text)]
    for file in asked:
        found = _in_pieces(file, attempt, answer)
        if found:
            return found
    if asked and "base64" in attempt.text:
        return _encoded(asked, answer)
    return None


def _in_pieces(file: File, attempt: Attempt, answer: Answer) -> Evidence | None:
    def accepted(match: re.Match[str]) -> bool:
        if attempt.sent.says(match[0]):
            return False
        before = match.string[max(match.start() - _BEFORE, 0) : match.start()].rpartition(BETWEEN)[2]
        if attempt.is_search and before.strip():
            return False
        return not (file.needs_listing and _QUOTED.search(before))

    return answer.find("file_contents", file.contents, accepted) or _at_start(file, attempt, answer)


def _at_start(file: File, attempt: Attempt, answer: Answer) -> Evidence | None:
    """Contents that fill a value of JSON, for patterns that hold at the beginning only."""
    if not file.contents.pattern.startswith(r"\A"):
        return None
    for at, (_, text) in enumerate(answer.values):
        if len(text) > 8 and (found := file.contents.match(text)) and not attempt.sent.says(found[0]):
            return Evidence("file_contents", text[:TEXT_LIMIT], answer.point_of(at))
    return None


def _encoded(asked: list[File], answer: Answer) -> Evidence | None:
    """Contents in base64, as a filter of PHP gives them."""
    found = _ENCODED.search(answer.text)
    if not found:
        return None
    letters = found[0][:ENCODED_LIMIT].rstrip("=")
    try:
        text = base64.b64decode(letters[: len(letters) // 4 * 4]).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return None
    if any(file.contents.search(text) for file in asked):
        return answer.shown("file_contents", found.start(), found.end())
    return None
