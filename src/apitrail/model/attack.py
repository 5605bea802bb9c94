"""The types of attack: their codes, which never change, and their titles for people (A1.2, A1.3, B1)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from apitrail.model.abuse import BOT_TITLES

TITLES: Mapping[str, str] = MappingProxyType(
    {
        "sqli": "SQL injection",
        "nosqli": "NoSQL injection",
        "xss": "Cross-site scripting",
        "rce": "Remote code execution",
        "ptrav": "Path traversal",
        "lfi": "Local file inclusion",
        "rfi": "Remote file inclusion",
        "xxe": "XML external entity",
        "ssrf": "Server-side request forgery",
        "ssti": "Template injection",
        "ssi": "Server-side include",
        "ldapi": "LDAP injection",
        "mail_injection": "Mail injection",
        "crlf": "CRLF injection",
        "redir": "Open redirect",
        "scanner": "Scanner",
        "mass_assignment": "Mass assignment",
        "data_bomb": "Data bomb",
        "invalid_xml": "Invalid XML",
        "prompt_injection": "Prompt injection",
        "prompt_retrieval": "Prompt retrieval",
        "graphql": "GraphQL attack",
        "deserialize": "Unsafe deserialization",
        "file_upload": "Malicious upload",
        "auth": "Authentication attack",
        "cve": "Known exploit",
        "brute": "Brute force",
        "dirbust": "Forced browsing",
        "bola": "Broken object level authorization",
        "enum": "Enumeration",
        "credential_stuffing": "Credential stuffing",
        "undefined_endpoint": "Undefined endpoint",
        "undefined_parameter": "Undefined parameter",
        "invalid_parameter": "Invalid parameter",
        "missing_parameter": "Missing parameter",
        "missing_auth": "Missing authentication",
        **BOT_TITLES,
    }
)


def title(code: str) -> str:
    """The title of a type of attack; a code that is not known stays as it is."""
    return TITLES.get(code, code)


OF_SPECIFICATIONS = ("undefined_endpoint", "undefined_parameter", "invalid_parameter", "missing_parameter", "missing_auth")
"""Types that say how a request differs from what is specified; what it does may be harmless all the same."""
