"""What counts in the inventory, as the settings say (D2, D5, D9)."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import NamedTuple

from apitrail.explore.discovery.risk import MANY, WEIGHTS
from apitrail.settings import Settings


class Rules(NamedTuple):
    """The thresholds of the inventory.

    A host with fewer than `little` good requests shows every endpoint; on others an endpoint appears with `requests` good ones
    that came over `seconds` or more. `share` is the share of the requests from which a parameter belongs to an endpoint. Hosts
    that fit one of `left_out` have no inventory. What was not used for `unused` days is told to be unused, after `removed` days
    it goes.
    """

    little: int = 1000
    requests: int = 5
    seconds: int = 60
    share: float = 0.01
    left_out: tuple[str, ...] = ("localhost", "localhost:*", "127.*", "[[]::1]*")
    unused: int = 7
    removed: int = 30
    weights: Mapping[str, int] = MappingProxyType(dict(WEIGHTS))
    many: int = MANY

    def leaves_out(self, host: str) -> bool:
        """Whether a host has no inventory."""
        return any(fnmatchcase(host.lower(), pattern) for pattern in self.left_out)

    def is_stable(self, requests: int, seconds: float, of_host: int) -> bool:
        """Whether an endpoint was seen enough to appear."""
        return of_host < self.little or (requests >= self.requests and seconds >= self.seconds)


def rules(settings: Settings) -> Rules:
    """The rules of some settings."""
    return Rules(
        little=settings.number("discovery_little"),
        requests=settings.number("discovery_requests"),
        seconds=settings.number("discovery_seconds"),
        share=settings.number("discovery_parameter_percent") / 100,
        left_out=tuple(settings.text("discovery_left_out").replace("[", "[[]").lower().split()),
        unused=settings.number("discovery_unused_days"),
        removed=settings.number("discovery_removed_days"),
        weights={name: settings.number(f"risk_{name}") for name in WEIGHTS},
        many=settings.number("risk_many"),
    )


USUAL = Rules()
"""The rules that hold unless the settings say otherwise."""
