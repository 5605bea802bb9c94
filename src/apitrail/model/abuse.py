"""The words of API abuse: types of bots, sensitivities, what is done about bots, what people say of verdicts (B1, B4 to B6)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

BOT_TITLES: Mapping[str, str] = MappingProxyType(
    {
        "suspicious_api_activity": "Suspicious API activity",
        "account_takeover": "Account takeover",
        "security_crawler": "Security crawler",
        "scraping": "Scraping",
        "resource_consumption": "Unrestricted resource consumption",
    }
)
"""The types of bots: their codes, which never change, and their titles for people."""
BOT_TYPES = tuple(BOT_TITLES)
BEHAVIOURAL = ("brute", "dirbust", "bola", "enum", "credential_stuffing")
"""Types of attack that only behaviour shows (A1.3)."""

PARANOID, NORMAL, SAFE = "paranoid", "normal", "safe"
SENSITIVITIES = (PARANOID, NORMAL, SAFE)
DISABLED, REGISTER = "disabled", "register"
DENYLIST_IP, DENYLIST_SESSION, DENYLIST_BOTH = "denylist_ip", "denylist_session", "denylist_both"
ACTIONS = (DISABLED, REGISTER, DENYLIST_IP, DENYLIST_SESSION, DENYLIST_BOTH)
"""What is done about a bot: nothing, it is told, or it is told and its addresses, its session or both go on a list."""
APPLICATION, DOMAIN = "application", "domain"
"""Whose sessions are the normal: those of the same application, as far as a source names one, or of the same host."""

CONFIRMED, REJECTED, EXCEPTED = "confirmed", "rejected", "excepted"
"""What became of a verdict: a person confirmed or rejected it, or an exception holds for it."""


class TypeRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a profile says of one type of bot: what is done, for how many hours (0 is for ever), and how sensitively."""

    action: str = REGISTER
    hours: int = 24
    sensitivity: str = NORMAL


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How bots are searched for in some applications; without any, in all that no other profile names.

    `analyse_by` is `application` or `domain`; a type that `types` leaves out is registered at normal sensitivity.
    """

    name: str
    applications: tuple[str, ...] = ()
    analyse_by: str = APPLICATION
    types: dict[str, TypeRule] = {}

    def rule(self, bot_type: str) -> TypeRule:
        """What holds for a type."""
        return self.types.get(bot_type, TypeRule())


class AbuseException(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Sessions that are no bots, whatever the detectors say: those of which most requests are as the filter `q` asks.

    It holds for the types named, else for all, until `until` (ISO 8601, empty for ever), while it is enabled.
    """

    q: str
    bot_types: tuple[str, ...] = ()
    until: str = ""
    reason: str = ""
    enabled: bool = True
