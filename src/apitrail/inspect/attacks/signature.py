"""What a signature is: a pattern that finds a place, a check that knows whether it is an attack, and its own proof."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from apitrail.inspect.attacks.values import Value

Check = Callable[[Value, int, int], float]
"""How sure a check is, 0 to 1, that the value attacks where the pattern matched: from `start` to `end` of `value.text`."""
NOWHERE = -1.0
"""What a check says when the value as a whole shows that it attacks at no other place either, so that none is asked about."""


LINES_READ = 4000
"""Characters of a text in which its lines are counted."""


class Signature(NamedTuple):
    """One way to attack.

    `pattern` is a regular expression of the engine that looks for all of them at once: no look-around, no back-references,
    any letter case; the dot does not match line ends. `sure` is how sure a match makes (0 to 1); with a `check`,
    that says it instead.
    `most_lines` are the line ends that a text has at most in which it is looked for, as far as `LINES_READ`; more are a script
    or a document that somebody stores.
    `absent` says that it counts only where the server has not what was asked for, or its answer is not known, and no page led
    there: a path of a product that an owner may have.
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
    most_lines: int | None = None
    absent: bool = False


class Hit(NamedTuple):
    """A signature that fits a value: from where to where, and how sure it is."""

    signature: Signature
    value: Value
    start: int
    end: int
    sure: float
