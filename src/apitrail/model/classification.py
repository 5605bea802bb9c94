"""What an attack is in the lists of others: its weakness (CWE), its class in OWASP's list for APIs, its pattern (CAPEC) (A1.2).

Sources: CWE 4.16 (https://cwe.mitre.org), CAPEC 3.9 (https://capec.mitre.org), OWASP API Security Top 10 2023
(https://owasp.org/API-Security/editions/2023/en/0x11-t10/). OWASP's list has no class of its own for injection since 2023;
it stands under security misconfiguration here. Where CAPEC has no pattern that fits, there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Classification(NamedTuple):
    """The numbers of a type of attack: `cwe` and `capec` in MITRE's lists, `owasp` as in `API8:2023`."""

    cwe: int
    owasp: str
    capec: int | None


OWASP_TITLES: Mapping[str, str] = MappingProxyType(
    {
        "API1:2023": "Broken Object Level Authorization",
        "API2:2023": "Broken Authentication",
        "API3:2023": "Broken Object Property Level Authorization",
        "API4:2023": "Unrestricted Resource Consumption",
        "API5:2023": "Broken Function Level Authorization",
        "API6:2023": "Unrestricted Access to Sensitive Business Flows",
        "API7:2023": "Server Side Request Forgery",
        "API8:2023": "Security Misconfiguration",
        "API9:2023": "Improper Inventory Management",
        "API10:2023": "Unsafe Consumption of APIs",
    }
)
"""The classes of the OWASP API Security Top 10 of 2023 by their codes."""

CWE_TITLES: Mapping[int, str] = MappingProxyType(
    {
        20: "Improper Input Validation",
        22: "Path Traversal",
        36: "Absolute Path Traversal",
        73: "External Control of File Name or Path",
        78: "OS Command Injection",
        79: "Cross-site Scripting",
        89: "SQL Injection",
        90: "LDAP Injection",
        91: "XML Injection",
        93: "CRLF Injection",
        94: "Code Injection",
        97: "Server-Side Includes Within a Web Page",
        98: "PHP Remote File Inclusion",
        112: "Missing XML Validation",
        113: "HTTP Request/Response Splitting",
        115: "Misinterpretation of Input",
        158: "Improper Neutralization of Null Byte",
        200: "Exposure of Sensitive Information to an Unauthorized Actor",
        234: "Failure to Handle Missing Parameter",
        285: "Improper Authorization",
        287: "Improper Authentication",
        288: "Authentication Bypass Using an Alternate Path or Channel",
        290: "Authentication Bypass by Spoofing",
        306: "Missing Authentication for Critical Function",
        307: "Improper Restriction of Excessive Authentication Attempts",
        347: "Improper Verification of Cryptographic Signature",
        400: "Uncontrolled Resource Consumption",
        407: "Inefficient Algorithmic Complexity",
        409: "Improper Handling of Highly Compressed Data",
        425: "Direct Request (Forced Browsing)",
        434: "Unrestricted Upload of File with Dangerous Type",
        444: "HTTP Request/Response Smuggling",
        489: "Active Debug Code",
        502: "Deserialization of Untrusted Data",
        530: "Exposure of Backup File to an Unauthorized Control Sphere",
        538: "Insertion of Sensitive Information into Externally-Accessible File or Directory",
        601: "Open Redirect",
        611: "Improper Restriction of XML External Entity Reference",
        639: "Authorization Bypass Through User-Controlled Key",
        643: "XPath Injection",
        647: "Use of Non-Canonical URL Paths for Authorization Decisions",
        652: "XQuery Injection",
        674: "Uncontrolled Recursion",
        770: "Allocation of Resources Without Limits or Throttling",
        776: "XML Entity Expansion",
        799: "Improper Control of Interaction Frequency",
        915: "Improperly Controlled Modification of Dynamically-Determined Object Attributes",
        917: "Expression Language Injection",
        918: "Server-Side Request Forgery",
        943: "Improper Neutralization of Special Elements in Data Query Logic",
        1059: "Insufficient Technical Documentation",
        1236: "CSV Injection",
        1321: "Prototype Pollution",
        1336: "Improper Neutralization of Special Elements Used in a Template Engine",
        1392: "Use of Default Credentials",
        1395: "Dependency on Vulnerable Third-Party Component",
        1427: "Improper Neutralization of Input Used for LLM Prompting",
    }
)
"""The weaknesses of the tables below by their numbers, as people know them."""

_TYPES: Mapping[str, Classification] = MappingProxyType(
    {
        "sqli": Classification(89, "API8:2023", 66),
        "nosqli": Classification(943, "API8:2023", 676),
        "xss": Classification(79, "API8:2023", 63),
        "rce": Classification(78, "API8:2023", 88),
        "ptrav": Classification(22, "API8:2023", 126),
        "lfi": Classification(73, "API8:2023", 252),
        "rfi": Classification(98, "API8:2023", 193),
        "xxe": Classification(611, "API8:2023", 221),
        "ssrf": Classification(918, "API7:2023", 664),
        "ssti": Classification(1336, "API8:2023", 242),
        "ssi": Classification(97, "API8:2023", 101),
        "ldapi": Classification(90, "API8:2023", 136),
        "mail_injection": Classification(93, "API8:2023", 134),
        "crlf": Classification(93, "API8:2023", 34),
        "redir": Classification(601, "API8:2023", None),
        "scanner": Classification(200, "API8:2023", 310),
        "mass_assignment": Classification(915, "API3:2023", None),
        "data_bomb": Classification(400, "API4:2023", 130),
        "invalid_xml": Classification(112, "API8:2023", 28),
        "prompt_injection": Classification(1427, "API8:2023", None),
        "prompt_retrieval": Classification(200, "API8:2023", None),
        "graphql": Classification(770, "API4:2023", 130),
        "deserialize": Classification(502, "API8:2023", 586),
        "file_upload": Classification(434, "API8:2023", 17),
        "auth": Classification(287, "API2:2023", 115),
        "cve": Classification(1395, "API8:2023", 310),
        "brute": Classification(307, "API2:2023", 112),
        "dirbust": Classification(425, "API9:2023", 87),
        "bola": Classification(639, "API1:2023", None),
        "enum": Classification(799, "API6:2023", 112),
        "credential_stuffing": Classification(307, "API2:2023", 600),
        "suspicious_api_activity": Classification(799, "API6:2023", None),
        "account_takeover": Classification(307, "API2:2023", 112),
        "security_crawler": Classification(425, "API9:2023", 87),
        "scraping": Classification(799, "API6:2023", None),
        "resource_consumption": Classification(770, "API4:2023", 130),
        "undefined_endpoint": Classification(1059, "API9:2023", None),
        "undefined_parameter": Classification(20, "API8:2023", 137),
        "invalid_parameter": Classification(20, "API8:2023", 153),
        "missing_parameter": Classification(234, "API8:2023", 153),
        "missing_auth": Classification(306, "API2:2023", 115),
    }
)
"""What a type is when its subtype does not say it better."""

_SQL_BLIND = Classification(89, "API8:2023", 7)
_CODE = Classification(94, "API8:2023", 242)
_EXPRESSION = Classification(917, "API8:2023", 242)
_SPLITTING = Classification(113, "API8:2023", 34)
_SIGNATURE = Classification(347, "API2:2023", 196)
_POLLUTION = Classification(1321, "API8:2023", 77)
_DEEP = Classification(674, "API4:2023", 230)
_ENTITIES = Classification(776, "API4:2023", 197)
_COMPRESSED = Classification(409, "API4:2023", 130)
_OFTEN = Classification(799, "API4:2023", 125)
_ATTRIBUTE = Classification(79, "API8:2023", 243)
_OTHER_SYNTAX = Classification(79, "API8:2023", 199)

_SUBTYPES: Mapping[str, Mapping[str, Classification]] = MappingProxyType(
    {
        "sqli": {
            **dict.fromkeys(("tautology", "time", "blind"), _SQL_BLIND),
            "xpath": Classification(643, "API8:2023", 83),
        },
        "xss": {
            **dict.fromkeys(("breakout", "handler", "attribute"), _ATTRIBUTE),
            **dict.fromkeys(("charset", "encoding"), _OTHER_SYNTAX),
            "url": Classification(79, "API8:2023", 244),
        },
        "rce": {
            **dict.fromkeys(("code", "dotnet", "groovy", "java", "lua", "nodejs", "php", "python", "ruby", "xslt"), _CODE),
            **dict.fromkeys(("el", "jndi", "log4j"), _EXPRESSION),
            **dict.fromkeys(("jdbc", "jmx"), Classification(502, "API8:2023", 586)),
            "prototype-reference": _POLLUTION,
            "spreadsheet": Classification(1236, "API8:2023", None),
        },
        "lfi": {
            "absolute": Classification(36, "API8:2023", 597),
            "null-byte": Classification(158, "API8:2023", 52),
            "wrapper": Classification(98, "API8:2023", 252),
        },
        "nosqli": {
            "xpath": Classification(643, "API8:2023", 83),
            "xquery": Classification(652, "API8:2023", 84),
        },
        "mail_injection": {"imap": Classification(93, "API8:2023", 183)},
        "mass_assignment": {"prototype-pollution": _POLLUTION},
        "xxe": {"xslt": Classification(91, "API8:2023", 250)},
        "crlf": {
            **dict.fromkeys(("header", "response-splitting"), _SPLITTING),
            "smuggling": Classification(444, "API8:2023", 33),
        },
        "scanner": {
            "backup": Classification(530, "API8:2023", 87),
            "dot-file": Classification(538, "API8:2023", 87),
            "path-confusion": Classification(647, "API5:2023", None),
        },
        "data_bomb": {
            **dict.fromkeys(("xml", "entities", "entity-expansion"), _ENTITIES),
            **dict.fromkeys(("compression", "archive", "gzip", "zip"), _COMPRESSED),
            **dict.fromkeys(("depth", "nesting", "json"), _DEEP),
            **dict.fromkeys(("hash-collision", "collisions"), Classification(407, "API4:2023", 130)),
        },
        "graphql": {
            "introspection": Classification(200, "API8:2023", 116),
            "debug": Classification(489, "API8:2023", 116),
            **dict.fromkeys(("depth", "fragments"), _DEEP),
            **dict.fromkeys(("aliases", "batching"), _OFTEN),
        },
        "file_upload": {
            **dict.fromkeys(("script-name", "name", "content"), Classification(434, "API8:2023", 650)),
            **dict.fromkeys(("archive", "path"), Classification(22, "API8:2023", 126)),
        },
        "auth": {
            **dict.fromkeys(("jwt", "jwt-none", "none", "saml-wrapping"), _SIGNATURE),
            "saml-comment": Classification(115, "API2:2023", 115),
            "default-credentials": Classification(1392, "API2:2023", 70),
            "spoofed-address": Classification(290, "API2:2023", 22),
        },
        "cve": {
            "expression": _EXPRESSION,
            "middleware": Classification(285, "API5:2023", 115),
            "path-confusion": Classification(647, "API5:2023", None),
            "path-override": Classification(288, "API5:2023", 115),
            "prototype-pollution": _POLLUTION,
        },
    }
)
"""What a subtype is when it is something else than its type."""


def classify(type: str, subtype: str = "") -> Classification | None:  # noqa: A002 - the word of a finding
    """The numbers of a type of attack (a code of `attack.TITLES`) and its subtype; None when the type is not known."""
    return _SUBTYPES.get(type, {}).get(subtype) or _TYPES.get(type)
