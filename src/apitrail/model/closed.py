"""The values of fields that can have no others, so that a filter with a wrong one is refused: it could never find anything."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

from apitrail.model.abuse import BOT_TYPES, CONFIRMED, EXCEPTED, REJECTED
from apitrail.model.finding import FALSE_POSITIVE, TRUE_POSITIVE

VALUES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "protocol": ("rest", "graphql", "grpc", "soap", "json-rpc", "mcp", "websocket", "web"),
        "flow": ("AI/LLM", "Acc create", "Acc mgmt", "Admin", "Auth", "Billing", "SMS GW"),
        "overlimit": ("values", "value length", "decodings", "depth", "body size", "decompression", "places"),
        "evidence": (
            "file_contents", "file_error", "exposed_page", "database_rows", "database_error", "delay", "command_output",
            "shell_error", "script_in_page", "cloud_metadata", "internal_service", "template_result", "template_objects",
            "entity_expanded", "stack_trace", "object_error", "redirect", "header_injected", "prompt_text", "schema",
            "stored_file", "token_accepted", "member_set",
        ),
        "mark": (FALSE_POSITIVE, TRUE_POSITIVE),
        "risk_factor": ("vulnerability", "sensitive_data", "many_parameters", "objects", "upload"),
        "rogue": ("shadow", "zombie"),
        "auth": ("bearer", "jwt", "basic", "digest", "api_key", "cookie", "mtls", "aws_signature"),
        "coverage": ("consistent", "partial", "missing"),
        "change": ("new", "changed", "unused"),
        "protection": ("authentication", "specification", "enforcement"),
        "bot": BOT_TYPES,
        "verdict": (CONFIRMED, REJECTED, EXCEPTED),
    }
)  # fmt: skip
"""By filter word. Kinds of sensitive data and types of attack are not among them: people and other engines bring their own."""


def values_of(word: str) -> tuple[str, ...]:
    """The only values that the field of a filter word can have; none when it may have any."""
    return _detectors() if word == "detector" else VALUES.get(word, ())


@cache
def _detectors() -> tuple[str, ...]:
    """The detectors of bots, by the names of their files."""
    folder = resources.files("apitrail") / "analyze" / "bots" / "detectors"
    return tuple(sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml")))
