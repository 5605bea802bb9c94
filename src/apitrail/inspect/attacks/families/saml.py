"""SAML assertions that say one thing to who checks the signature and another to who reads the name (CWE-347)."""

from __future__ import annotations

from apitrail.inspect.attacks.signature import Signature

SIGNATURES: tuple[Signature, ...] = (
    Signature(
        "saml-comment", "auth", "saml-comment",
        r"<(?:\w+:)?(?:NameID|AttributeValue)\b[^>\x00]*>[^<\x00]*<!--", 0.9,
        fires=("<saml:NameID Format='x'>admin@a.example<!---->.b.example</saml:NameID>", "<NameID>root<!-- x -->.a</NameID>"),
        silent=("<saml:NameID>bob@a.example</saml:NameID>", "<!-- NameID -->"),
    ),
    Signature(
        "saml-wrapped", "auth", "saml-wrapping",
        r"<(?:\w+:)?(?:Extensions|Object)\b[^>\x00]*>\s*<(?:\w+:)?(?:Assertion|Response)\b"
        r"|<(?:\w+:)?StatusDetail\b[^>\x00]*>\s*<(?:\w+:)?Assertion\b"
        r"|<(?:\w+:)?Assertion\b[^>\x00]*>\s*<(?:\w+:)?Assertion\b",
        0.9,
        fires=(
            '<samlp:Extensions><saml:Assertion ID="a">', '<ds:Object><samlp:Response ID="x">',
            '<saml:Assertion ID="evil"><saml:Assertion ID="signed">',
        ),
        silent=('<samlp:Response><saml:Assertion ID="a"><saml:Issuer>', "<ds:Object Id='x'><data/>"),
    ),
    Signature(
        "saml-transform", "rce", "xslt",
        r"<(?:\w+:)?Transform\b[^>\x00]*REC-xslt-19991116[^>\x00]*>\s*<(?:\w+:)?stylesheet", 0.9,
        fires=(
            '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"><xsl:stylesheet version="1.0">',
            "<Transform Algorithm='http://www.w3.org/TR/1999/REC-xslt-19991116'>\n<stylesheet>",
        ),
        silent=('<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>', "<Transform>"),
    ),
)  # fmt: skip
