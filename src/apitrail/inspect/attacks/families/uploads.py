"""Files that a server would run or a browser would take for a page: by their names, by what is in them (CWE-434)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote

from apitrail.inspect.attacks.families.marks import hit, mark
from apitrail.inspect.attacks.signature import Hit
from apitrail.inspect.points.extracting import Reading

FILES_LIMIT = 50
"""Files of one request that are looked at."""
HEAD_LIMIT = 4096
"""Bytes at the beginning of a file that are looked at."""
TAIL_LIMIT = 1024
"""Bytes at the end of a file that are looked at."""
PART_HEADERS = 2000
"""Bytes of the headers of a part that are read."""
BODY_LIMIT = 1 << 20
"""Bytes of a body in which files are looked for."""

_NAME = mark("upload-file-name", "file_upload", "name")
_DOUBLE = mark("upload-double-extension", "file_upload", "name")
_PLACE = mark("upload-place", "file_upload", "path")
_CODE = mark("upload-code", "file_upload", "content")
_PAGE = mark("upload-page", "file_upload", "content")
_DRAWING = mark("upload-drawing-commands", "rce", "picture")
_SLIP = mark("upload-archive-path", "file_upload", "archive")
_PUT = mark("upload-put", "file_upload", "put")

_RUN = r"(?:ph(?:p[3-8s]?|tml|ar|ps|t)|jspx?|jspf|jsw|jsv|aspx?|ashx|asmx|asa|cshtml|vbhtml|cgi|cfmx?|cfc|war|shtml?|stm|hta)"
_RUN_LAST = re.compile(rf"\.{_RUN}[\s.;:%/\\]*(?:::\$data)?$", re.IGNORECASE)
_RUN_INSIDE = re.compile(
    rf"\.{_RUN}(?:[;:%#\x00\s]|\.(?:jpe?g|png|gif|bmp|webp|pdf|txt|ico|zip|svg|xyz|test|blah|\d+)\b)", re.IGNORECASE
)
_SETTINGS = re.compile(
    r"(?:^|[/\\])(?:\.htaccess|\.htpasswd|\.user\.ini|web\.config|php\.ini|authorized_keys|crontab)[\s.]*$", re.IGNORECASE
)
_UP = re.compile(
    r"(?:^|[/\\])\.\.[/\\]|\x00|%00|^/(?:var|etc|usr|root|srv)/|^[a-z]:\\(?:inetpub|xampp|wamp|windows)",
    re.IGNORECASE,
)
_DISPOSITION = re.compile(rb"content-disposition:[^\r\n]{0,600}", re.IGNORECASE)
_FILE_NAME = re.compile(r"filename(\*?)\s{0,4}=\s{0,4}(?:\"((?:[^\"\\]|\\.)*)\"?|([^;\r\n]*))", re.IGNORECASE)
_OPENED = re.compile(
    rb"<\?(?:php\b|=|\s*(?:eval|system|echo|@|\$))|<%@\s*(?:page|import|language|webhandler)|<%[!=]?\s*(?:runtime|eval"
    rb"|execute|response\.|request\.|process|new\s)"
    rb"|<jsp:|<script[^>]{0,80}(?:runat\s*=\s*[\"']?server|language\s*=\s*[\"']?php)|<!--#(?:exec|include)|<cfexecute"
    rb"|__HALT_COMPILER",
    re.IGNORECASE,
)
_RUNNING = re.compile(
    rb"\$_(?:get|post|request|server|cookie|files)|\b(?:system|exec|passthru|shell_exec|eval|assert|popen|proc_open"
    rb"|phpinfo|base64_decode"
    rb"|file_put_contents|move_uploaded_file)\s*\(|runtime\.getruntime|processbuilder|getparameter\s*\("
    rb"|request\.(?:item|form|querystring)"
    rb"|wscript\.shell|process\.start|`[^`]{1,80}`|echo\s",
    re.IGNORECASE,
)
_SCRIPTED = re.compile(
    rb"<script|[\s/]on[a-z]{4,30}\s{0,4}=|javascript:|<foreignobject|<iframe|<!entity[^>]{0,100}system"
    rb"|xlink:href\s*=\s*[\"'](?:data:text|file:)",
    re.IGNORECASE,
)
_COMMANDS = re.compile(
    rb"push\s+graphic-context.{0,1000}?(?:url\(|https?:|msl:|ephemeral:|label:@|\|)|%pipe%|\((?:%pipe%|\|)"
    rb"|mark\s*/OutputFile|\(metadata\s*\(copyright\s*\"\\|<image\s+authenticate"
    rb"|<(?:read|write)\s+filename\s*=\s*[\"'](?:caption:|https?:|info:|inline:)",
    re.IGNORECASE | re.DOTALL,
)
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"RIFF", b"%PDF", b"\xc3\xbf\xc3\x98", b"\xc2\x89PNG")
_BOUNDARY = b"\n--"
_LOCAL_MEMBER = b"PK\x03\x04"


class _File(NamedTuple):
    name: str
    content: bytes
    type: bytes


def look(reading: Reading) -> Iterator[Hit]:
    """Dangerous files in a multipart body, and files put where a server would run them."""
    exchange = reading.exchange
    if exchange.method in ("PUT", "MOVE", "COPY", "PATCH"):
        yield from _put(reading)
    if "multipart" not in reading.request.kind and b"filename" not in exchange.body[:PART_HEADERS]:
        return
    for file in _files(exchange.body[:BODY_LIMIT]):
        yield from _of_file(file)


def _files(body: bytes) -> Iterator[_File]:
    """The files of a multipart body, found by their headers, however broken the rest is."""
    count = 0
    for found in _DISPOSITION.finditer(body):
        named = _FILE_NAME.search(found[0].decode("utf-8", "replace"))
        if not named:
            continue
        count += 1
        if count > FILES_LIMIT:
            return
        name = named[2] if named[2] is not None else named[3]
        if named[1]:
            name = unquote(name.rpartition("'")[2])
        head = re.search(rb"\r?\n\r?\n", body[found.end() : found.end() + PART_HEADERS])
        headers = body[found.end() : found.end() + (head.start() if head else 0)]
        begin = found.end() + head.end() if head else len(body)
        end = body.find(_BOUNDARY, begin)
        content = body[begin : end if end >= 0 else len(body)]
        yield _File(name.strip(), content, headers.lower())


def _of_file(file: _File) -> Iterator[Hit]:
    name, steps = file.name, (file.name[:100] or "file",)
    if _RUN_LAST.search(name) or _SETTINGS.search(name):
        yield hit(_NAME, 0.85, name, "body.multipart", steps)
    elif _RUN_INSIDE.search(name):
        yield hit(_DOUBLE, 0.8, name, "body.multipart", steps)
    if _UP.search(name):
        yield hit(_PLACE, 0.85, name, "body.multipart", steps)
    yield from _of_content(file, steps)


def _of_content(file: _File, steps: tuple[str, ...]) -> Iterator[Hit]:
    """Code where a picture is said to be, pages that run script, commands for what draws pictures."""
    content = file.content
    ends = content[:HEAD_LIMIT] + content[-TAIL_LIMIT:] if len(content) > HEAD_LIMIT else content
    said_picture = (
        b"image/" in file.type
        or content.startswith(_PICTURES)
        or re.search(r"\.(?:jpe?g|png|gif|bmp|webp|ico)$", file.name.lower())
    )
    shown = ends[:500].decode("utf-8", "replace")
    code = _OPENED.search(ends)
    begins = code is not None and not ends[: code.start()].strip(b"\xef\xbb\xbf \t\r\n")
    if code and (said_picture or (begins and _RUNNING.search(ends, code.start(), code.start() + 1000))):
        yield hit(_CODE, 0.9 if said_picture else 0.8, shown, "body.multipart", steps)
    page = b"svg" in file.type or b"<svg" in ends[:1000].lower() or (said_picture and b"<" in ends[:1])
    if page and _SCRIPTED.search(ends):
        yield hit(_PAGE, 0.85, shown, "body.multipart", steps)
    if _COMMANDS.search(ends):
        yield hit(_DRAWING, 0.9, shown, "body.multipart", steps)
    if (content.startswith(_LOCAL_MEMBER) and _slips(content)) or (content[257:262] == b"ustar" and b"../" in content[:100]):
        yield hit(_SLIP, 0.9, "../", "body.multipart", steps)


def _slips(content: bytes) -> bool:
    """Whether an archive has members outside its folder, by the names in its first records."""
    at = 0
    for _ in range(FILES_LIMIT):
        at = content.find(_LOCAL_MEMBER, at)
        if at < 0 or at + 30 > len(content):
            return False
        length = int.from_bytes(content[at + 26 : at + 28], "little")
        name = content[at + 30 : at + 30 + min(length, 500)]
        if b"../" in name or b"..\\" in name or name.startswith(b"/"):
            return True
        at += 30
    return False


def _put(reading: Reading) -> Iterator[Hit]:
    exchange = reading.exchange
    names = [exchange.path, reading.request.headers.get("destination", "")]
    for name in names:
        plain = unquote(name)
        if name and (_RUN_LAST.search(plain) or _SETTINGS.search(plain) or _RUN_INSIDE.search(plain)):
            code = _OPENED.search(exchange.body[:HEAD_LIMIT])
            if not code and re.search(r"urlencoded|json|xml", reading.request.kind):
                return  # a call of a script, not a script
            yield hit(_PUT, 0.9 if code else 0.75, plain, "path")
            return
