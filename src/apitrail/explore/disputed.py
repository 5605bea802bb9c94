"""Whether people said anything of what was found: while nobody did, it stands, and is read without asking what was said."""

from __future__ import annotations

from apitrail.model.abuse import REJECTED
from apitrail.model.finding import FALSE_POSITIVE
from apitrail.store import Store

_SAID = (
    f"SELECT count() AS n FROM records WHERE kind = 'mark' AND value = '{FALSE_POSITIVE}'"
    f" OR kind = 'verdict' AND position(value, '{REJECTED}') > 0"
)


def is_disputed(store: Store) -> bool:
    """Whether somebody ever marked a finding as a false positive or rejected a bot, even if that was taken back."""
    return bool(store.rows(_SAID)[0]["n"])


def is_judged(store: Store) -> bool:
    """Whether somebody ever gave a verdict on a bot, even if that was taken back."""
    return bool(store.rows("SELECT count() AS n FROM records WHERE kind = 'verdict'")[0]["n"])
