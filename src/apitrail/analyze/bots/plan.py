"""What profiles say, as the engine asks for it: whose sessions are the normal, and how sensitively each type is judged (B5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from apitrail.model.abuse import BOT_TYPES, DISABLED, DOMAIN, SENSITIVITIES, Profile

DEFAULT = Profile(name="default")
"""How bots are searched for where nobody says anything."""

_OWN = "if(application != '', toString(application), toString(host))"
_NUMBER = "indexOf({applications:Array(String)}, toString(application))"
_PROFILE = f"if({_NUMBER} = 0, 1, arrayElement({{profiles:Array(UInt8)}}, {_NUMBER}))"
_SCOPE = f"if(has({{by_domain:Array(UInt8)}}, profile), toString(host), {_OWN})"

KEPT = f"SELECT *, {_PROFILE} AS profile, {_SCOPE} AS scope FROM behaviour FINAL"
"""The features that are kept, each with the number of its profile and its scope; asked with the values of a plan."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The profiles in force, the first of them for all that no other names."""

    profiles: Sequence[Profile] = (DEFAULT,)

    @property
    def values(self) -> dict[str, Any]:
        """What the questions under this plan are bound to."""
        named = [(name, at) for at, profile in enumerate(self.profiles, 1) for name in profile.applications]
        return {
            "applications": [name for name, _ in named],
            "profiles": [at for _, at in named],
            "by_domain": [at for at, profile in enumerate(self.profiles, 1) if profile.analyse_by == DOMAIN],
        }

    def levels(self, bot_type: str) -> list[int]:
        """How sensitively a type is judged under each profile: the place among the sensitivities from 1 on, 0 for not at all."""
        if bot_type not in BOT_TYPES:
            return [SENSITIVITIES.index("normal") + 1] * len(self.profiles)
        rules = (profile.rule(bot_type) for profile in self.profiles)
        return [0 if rule.action == DISABLED else SENSITIVITIES.index(rule.sensitivity) + 1 for rule in rules]
