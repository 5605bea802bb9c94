"""What a signature is: a pattern that finds a place, a check that knows whether it is an attack, and its own proof."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from apitrail.inspect.attacks.values import Value

Check = Callable[[Value, int, int], float]
"""How sure a check is, 0 to 1, that the value attacks where the pattern matched: from `start` to `end` of `value.text`."""


class Signature(NamedTuple):
    """One way to attack.

    `pattern` is a regular expression of the engine that looks for all of them at once: no look-around, no back-references,
    any letter case; the dot does not match line ends. `sure` is how sure a match makes (0 to 1); with a `check`,
    that says it instead.
    `fires` are texts in which it must be found, `silent` ordinary texts in which it must not.
    """

    rule: str
    type: str
    subtype: str
    pattern: str
    sure: float = 0.0
    check: Check | None = None
    fires: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()


class Hit(NamedTuple):
    """A signature that fits a value: from where to where, and how sure it is."""

    signature: Signature
    value: Value
    start: int
    end: int
    sure: float
