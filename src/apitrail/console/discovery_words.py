"""How the inventory of endpoints is said in the console: risk, rogue marks, authentication, kinds of data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from apitrail.explore.discovery.facets import LEVELS
from apitrail.explore.discovery.risk import OBJECTS, PARAMETERS, SENSITIVE, UPLOAD, VULNERABILITY, Factor, level

LEVEL_TITLES = {"high": "High", "medium": "Medium", "low": "Low"}
LEVEL_TONES = {"high": "bad", "medium": "warn", "low": "ok"}
"""The colour of each level of risk."""
FACTORS = {
    VULNERABILITY: "Active vulnerability", SENSITIVE: "Sensitive data", PARAMETERS: "Many parameters", OBJECTS: "Accepts objects",
    UPLOAD: "File upload",
}  # fmt: skip
ROGUE_WHY = {
    "shadow": "It is in the traffic, but in none of the specifications that are in force for its host.",
    "zombie": "An earlier version of a specification has it. The current one has not, or has it as deprecated; it still answers.",
}
CHANGES_WHY = {
    "new": "First seen within the last seven days.",
    "changed": "It got a parameter within the last seven days.",
    "unused": "No request for seven days. After thirty it leaves the inventory.",
}
TONES: Mapping[str, Mapping[str, str]] = MappingProxyType({
    "risk": {LEVELS[name]: tone for name, tone in LEVEL_TONES.items()},
    "rogue": {"zombie": "bad", "shadow": "warn"},
    "coverage": {"missing": "warn", "consistent": "ok"},
})  # fmt: skip
"""The colour of the values of some fields."""

_KINDS = {
    "api_key": "API key", "aws_signature": "AWS signature", "bearer": "Bearer token", "card": "Card number",
    "email": "E-mail address", "iban": "IBAN", "ip": "IP address", "jwt": "JWT", "mac": "MAC address",
    "mtls": "Client certificate", "person_name": "Name of a person",
}  # fmt: skip
_PROTOCOLS = {
    "rest": "REST", "graphql": "GraphQL", "grpc": "gRPC", "soap": "SOAP", "json-rpc": "JSON-RPC", "mcp": "MCP",
    "websocket": "WebSocket", "web": "Web",
}  # fmt: skip


def kind_title(kind: str) -> str:
    """A kind of sensitive data or of authentication in words."""
    return _KINDS.get(kind) or _said(kind)


def risk_title(chosen: str) -> str:
    """A level of risk by the filter value that chooses it."""
    return next(
        (f"{LEVEL_TITLES[name]}, {value.replace('..', ' to ')}" for name, value in LEVELS.items() if value == chosen), chosen
    )


def risk_tone(number: int) -> str:
    """The colour of a risk: bad, warn or ok."""
    return LEVEL_TONES[level(number)]


def factor_title(factor: str) -> str:
    """What makes an endpoint risky, in words."""
    return FACTORS.get(factor) or _said(factor)


def factor_why(factor: Factor, kinds: Iterable[str]) -> str:
    """Why a factor holds; `kinds` are the kinds of sensitive data, which are said by their titles."""
    if factor.name != SENSITIVE:
        return factor.why
    return f"Sensitive data goes in or out: {', '.join(lower_first(kind_title(kind)) for kind in sorted(set(kinds)))}."


def lower_first(text: str) -> str:
    """A title in the middle of a sentence; abbreviations stay as they are."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def protocol_title(protocol: str) -> str:
    """A protocol as people write it."""
    return _PROTOCOLS.get(protocol, protocol)


def _said(word: str) -> str:
    return word.replace("_", " ").capitalize()


TITLES: Mapping[str, Callable[[str], str]] = MappingProxyType({
    "risk": risk_title, "rogue": _said, "coverage": _said, "change": _said, "protection": _said, "auth": kind_title,
    "sensitive": kind_title, "protocol": protocol_title, "risk_factor": factor_title,
})  # fmt: skip
"""The fields of endpoints whose values are shown by a title."""
