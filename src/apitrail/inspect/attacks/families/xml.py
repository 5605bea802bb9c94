"""XML that makes its reader fetch or expand things, or that no reader takes."""

from __future__ import annotations

import re
from xml.parsers import expat

from apitrail.inspect.attacks.families.wording import prose
from apitrail.inspect.attacks.signature import Check, Signature
from apitrail.inspect.attacks.values import Value

READABLE = 8192
"""Characters of an XML body up to which it is read to see whether it is well-formed."""

_HARMLESS_TYPE = re.compile(
    r"<!DOCTYPE\s+(?:html\b[^>\[]*>|\w+\s+PUBLIC\s+\"-//(?:W3C|OASIS|Sun|Apple)[^>\[]*>|[\w:.-]+\s*>)", re.IGNORECASE
)
_ENTITIES = re.compile(r"<!ENTITY\s", re.IGNORECASE)


def _type(value: Value, start: int, _end: int) -> float:
    """A document type that declares or fetches."""
    text = value.text
    if _HARMLESS_TYPE.match(text, start):
        return 0.0
    rest = text[start : start + 2000]
    strong = re.search(r"<!ENTITY|\bSYSTEM\s*[\"']|\bPUBLIC\s*[\"']|<!ELEMENT|<!ATTLIST|\[\s*%", rest, re.IGNORECASE)
    if not strong:
        return 0.0
    return 0.95 if not prose(text[:start]) else 0.3


def _spoken(sure: float) -> Check:
    def check(value: Value, start: int, _end: int) -> float:
        return 0.3 if prose(value.text[:start]) or "```" in value.text else sure

    return check


def _broken(value: Value, start: int, _end: int) -> float:
    """A body that says it is XML and is not."""
    text = value.text
    if (
        start
        or value.place != "body"
        or value.decoders
        or len(text) > READABLE
        or "<!" in text.replace("<![CDATA[", "").replace("<!--", "")
    ):
        return 0.0
    reader = expat.ParserCreate()
    try:
        reader.Parse(re.sub(r"^\s*<\?xml[^>]*\?>", "", text).encode("utf-8", "replace"), True)  # noqa: FBT003 - takes no name
    except expat.ExpatError:
        return 0.75
    return 0.0


SIGNATURES: tuple[Signature, ...] = (
    Signature(
        "xml-document-type", "xxe", "doctype", r"<!DOCTYPE\s", check=_type,
        fires=('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        "<!DOCTYPE a SYSTEM 'http://a.example/x.dtd'>", '<!DOCTYPE r [<!ENTITY % p "x"> %p;]>'),
        silent=("<!DOCTYPE html><html></html>",
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "http://www.w3.org/TR/xhtml1.dtd">'),
    ),
    Signature(
        "xml-entity", "xxe", "entity", r"<!ENTITY\s+(?:%\s*)?[\w:.-]+\s+(?:SYSTEM|PUBLIC|[\"'])", check=_spoken(0.9),
        fires=('<!ENTITY x SYSTEM "robots.txt">', "<!ENTITY % x SYSTEM 'http://a.example'>", '<!ENTITY a "aaaa">'),
        silent=("<!-- ENTITY -->", "an ENTITY x"),
    ),
    Signature(
        "xml-expansion", "data_bomb", "entity-expansion",
        r"<!ENTITY\s+(?:%\s*)?[\w:.-]+\s+[\"'](?:[^\"'<>&%\x00]*[&%][\w:.-]+;){2,}",
        check=_spoken(0.9),
        fires=('<!ENTITY b "&a;&a;&a;&a;">', "<!ENTITY % b '%a;%a;'>"), silent=('<!ENTITY b "&a;">', '<!ENTITY b "a&amp;b">'),
    ),
    Signature(
        "yaml-expansion", "data_bomb", "entity-expansion", r"&\w+\s*\[\s*(?:\*\w+\s*,\s*){4,}\*\w+"
            r"|:\s*&\w+\s*(?:\n\s*-\s*\*\w+){5,}",
        check=_spoken(0.85),
        fires=("b: &b [*a,*a,*a,*a,*a,*a]", "c: &c [ *b, *b, *b, *b, *b ]"), silent=("b: &b [*a, *c]", "*a, *b, *c, *d, *e"),
    ),
    Signature(
        "xml-stylesheet-link", "xxe", "stylesheet", r"<\?xml-stylesheet\s[^>\x00]*href\s*=\s*[\"'](?:https?:|ftps?:"
            r"|file:|data:|//)",
        check=_spoken(0.8),
        fires=('<?xml-stylesheet type="text/xsl" href="http://h.example/x.xsl"?><a/>', "<?xml-stylesheet href='file:///a'?>"),
        silent=('<?xml-stylesheet type="text/xsl" href="/feed.xsl"?>', "xml-stylesheet href"),
    ),
    Signature(
        "xml-include", "xxe", "xinclude", r"<\w{0,10}:?include\s[^>]*href\s*=|http://www\.w3\.org/2001/XInclude",
        check=_spoken(0.85),
        fires=('<xi:include parse="text" href="file:///etc/passwd"/>', '<a xmlns:xi="http://www.w3.org/2001/XInclude">'),
        silent=("include href", "<included>"),
    ),
    Signature(
        "xml-stylesheet-code", "xxe", "xslt",
        r"php:function\s*\(|<msxsl:script|\bselect\s*=\s*[\"'](?:document|unparsed-text|system-property)\s*\("
        r"|xmlns:\w+\s*=\s*[\"'](?:http://xml\.apache\.org/xalan|http://php\.net/xsl)",
        check=_spoken(0.85),
        fires=("<xsl:value-of select=\"php:function('system','id')\"/>",
        "<xsl:copy-of select=\"document('http://a.example')\"/>"), silent=("select = x", "a php: function (x)"),
    ),
    Signature(
        "xml-broken", "invalid_xml", "not-well-formed", r"^<\?xml\s", check=_broken,
        silent=("<?xml version='1.0'?><a/>", "<?xml version='1.0'?><a>1</a>"),
    ),
)  # fmt: skip
