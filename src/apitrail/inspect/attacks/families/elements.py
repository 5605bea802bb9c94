"""Elements and styles that load or run something without a handler, and signs of markup in odd spellings."""

from __future__ import annotations

import re

from apitrail.inspect.attacks.families.html_tokens import Tag, script_scheme, tag
from apitrail.inspect.attacks.families.script_code import mentioned, prose, runs
from apitrail.inspect.attacks.signature import Signature
from apitrail.inspect.attacks.values import Value

_C = r"(?:/\*[^*]*\*/|\\|\x00)*"


def _loads(found: Tag, text: str) -> float:
    """A frame or an object: with an address of script or data, with a document, or from elsewhere."""
    attributes = found.attributes
    if "<" in attributes.get("srcdoc", "") or "%3c" in attributes.get("srcdoc", "").lower():
        return 0.9
    address = next(
        (
            attributes[name]
            for name in ("src", "data", "code", "codebase", "archive", "classid", "dynsrc", "movie")
            if attributes.get(name)
        ),
        "",
    )
    if script_scheme(address) or address.lower().startswith("data:text/html"):
        return 0.95
    if not address:
        return 0.75 if found.name == "applet" else 0.0
    return 0.5 if "/embed" in address or len(text) > 1500 else 0.75


def _points_elsewhere(found: Tag, text: str) -> float:
    """A base address, a refresh, a style sheet or import of a whole page."""
    attributes = found.attributes
    if found.name == "base":
        return 0.8 if "href" in attributes else 0.0
    if found.name == "meta":
        kind = attributes.get("http-equiv", "").lower()
        return {"refresh": 0.85, "set-cookie": 0.85, "link": 0.8}.get(kind, 0.8 if "utf-7" in str(attributes).lower() else 0.0)
    if script_scheme(attributes.get("href", "")):
        return 0.95
    if "import" in attributes.get("rel", "").lower():
        return 0.85
    of_a_page = re.search(r"<(?:head|title|meta|html)\b", text[:4000], re.IGNORECASE)
    return 0.75 if "stylesheet" in attributes.get("rel", "").lower() and not of_a_page and len(text) < 400 else 0.0


def _animates(found: Tag, _text: str) -> float:
    """A vector image that sets an address or a handler while it plays, or uses what another document defines."""
    attributes = found.attributes
    target = attributes.get("attributename", "").lower()
    if target.endswith("href") or target.startswith("on") or "html" in target:
        return 0.85
    if found.name == "use":
        address = attributes.get("href", attributes.get("xlink:href", ""))
        return 0.8 if address.lower().startswith("data:") else 0.0
    if found.name == "handler":
        return 0.8 if any("event" in name for name in attributes) else 0.0
    return 0.8 if "implementation" in attributes and "namespace" in attributes else 0.0


_ELEMENTS = {
    **dict.fromkeys(("iframe", "frame", "embed", "object", "applet", "portal", "bgsound"), _loads),
    **dict.fromkeys(("base", "meta", "link"), _points_elsewhere),
    **dict.fromkeys(("animate", "set", "animatetransform", "animatemotion", "use", "handler", "import"), _animates),
}


def _element(value: Value, start: int, end: int) -> float:
    """An element that loads or sends without any handler."""
    text = value.text
    found = tag(text.replace("<?", "< ", 1) if text[start + 1 : start + 2] == "?" else text, start)
    if not found or found.name not in _ELEMENTS or mentioned(text, start, end):
        return 0.0
    sure = _ELEMENTS[found.name](found, text)
    return min(sure, 0.6) if sure < 0.9 and prose(text, start, end) else sure


def _style(value: Value, start: int, end: int) -> float:
    """A style that runs script or loads a binding."""
    text = value.text
    if mentioned(text, start, end) or prose(text, start, end):
        return 0.0
    before = re.sub(r"/\*.{0,40}?\*/|\\", "", text[max(0, start - 80) : start])
    word = text[start:end].lower()
    if word[0] == "e":
        return 0.85 if re.search(r":[^\w\n]{0,6}$", before) and runs(text[end : end + 200]) else 0.0
    return 0.85 if "binding" in word or re.search(r"style|[;{\"']\s*$", before, re.IGNORECASE) or not before.strip() else 0.5


def _escaped_style(value: Value, start: int, end: int) -> float:
    """A style that hides with escapes what it would run."""
    piece = value.text[start : end + 600]
    plain = re.sub(r"/\*.{0,40}?\*/|\\(?![0-9a-fA-F])", "", _CSS_ESCAPE.sub(_css_character, piece))
    return 0.85 if _ACTIVE_STYLE.search(plain) and not mentioned(value.text, start, end) else 0.0


_CSS_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})\s?")
_ACTIVE_STYLE = re.compile(
    r"expression\s{0,5}\(|url\s{0,5}\(\s{0,5}[\"']?\s{0,5}(?:java|vb)script|-moz-binding|"
    r"behaviou?r\s{0,5}:|javascript:",
    re.IGNORECASE,
)


def _css_character(found: re.Match[str]) -> str:
    number = int(found[1], 16)
    return chr(number) if 0 < number < 0x110000 else ""


def _odd_charset(value: Value, start: int, end: int) -> float:
    """Angle brackets of another charset around a tag."""
    return 0.85 if re.search(r"script|on[a-z]{3,}\s*[=+]|svg|img|iframe", value.text[start : end + 100], re.IGNORECASE) else 0.0


def _spaced(word: str, between: str) -> str:
    return between.join(word)


SIGNATURES: tuple[Signature, ...] = (
    Signature(
        "xss-element",
        "xss",
        "element",
        r"<[\x00-\x20?]{0,3}(?:[\w-]{1,20}:)?(?:iframe|frame|embed|object|applet|portal|bgsound|base|"
        r"meta|link|animate|set|animatetransform|animatemotion|use|handler|import)[\x00-\x20/\"']",
        check=_element,
        fires=(
            "<iframe srcdoc='<b onload>'>",
            '"><iframe src=//e.example/x>',
            '<object data="jav&#x61;script:x()">',
            "<base href=//e.example/>",
            "<meta http-equiv=refresh content='0;url=//e.example'>",
            "<svg><animate xlink:href=#a attributeName=href to=javascript:x() /><a id=a>",
            "<embed/src=//e.example/x.swf>",
        ),
        silent=(
            '<meta charset="utf-8"><link rel="icon" href="/a.png">',
            "<object> in XML Schema and <set name='x'/>",
            '<iframe src="https://video.example/embed/42" width="560"></iframe>',
            '<html><head><link rel="stylesheet" href="https://cdn.example/a.css"></head><body><p>Hello</p></body></html>',
        ),
    ),
    Signature(
        "xss-style",
        "xss",
        "style",
        r"(?:" + _spaced("expression", _C) + _C + r"\s*\(|-moz-binding\s*:|behaviou?r"
        r"\s*:\s*url\s*\(|@im\\?port\s*(?:url\s*\(\s*)?[\"']?\s*(?:https?:|//|data:|javascript|\\))",
        check=_style,
        fires=(
            '<p style="width:expression(alert(1))">',
            "style=x:e/**/xpression(top.x())",
            "<style>@import'//e.example/x.css';</style>",
            "-moz-binding:url(//e.example/x.xml#a)",
        ),
        silent=(
            "the regular expression (see below) matches",
            "@import 'theme.css';",
            "an expression(a, b) of two columns is what the planner will use for the index",
        ),
    ),
    Signature(
        "xss-style-escaped",
        "xss",
        "style",
        r"style[\s\x00]*=[^<>]*\\|style\s*=[^<>]*/\*",
        check=_escaped_style,
        fires=(
            '<div style="x:\\65xpression(top.x())">',
            "<b style=-\\moz-bi\\nding:url(//e.example/x)>",
            "<p style='background:u\\72l(java\\73 cript:x())'>",
        ),
        silent=("<p style='color:red' title='a\\b'>", "<i style=\"content:'\\201C'\">"),
    ),
    Signature(
        "xss-data-island",
        "xss",
        "element",
        r"\bdataformatas\s*=\s*[\"']?html|urn:schemas-microsoft-com:time\b",
        0.8,
        fires=("<span datasrc=#x datafld=y dataformatas=html>", '<x xmlns:t="urn:schemas-microsoft-com:time">'),
        silent=('xmlns:v="urn:schemas-microsoft-com:vml"', "data format as html"),
    ),
    Signature(
        "xss-padded-entity",
        "xss",
        "encoding",
        r"&#(?:00+(?:60|62|34|39)|x0+(?:3c|3e|22|27))(?:[^0-9a-f]|$)",
        0.75,
        fires=("&#x00003c;", "&#0000060svg", "&#X003E"),
        silent=("it&#039;s", "a &#x3C; b", "&#034;quoted&#034;", "&#000038;"),
    ),
    Signature(
        "xss-odd-charset",
        "xss",
        "charset",
        r"\+?ADw-|\xc2\xbc\s?/?[a-z]{1,10}",
        check=_odd_charset,
        fires=("+ADw-script+AD4-alert(1)+ADw-/script+AD4-", "\xbcscript\xbealert(1)\xbc/script\xbe"),
        silent=("\xbc cup of sugar", "ROADw-12"),
    ),
)
