"""How bots, detectors and what they saw are said in the console."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from apitrail.analyze.bots.catalogue import Detector, detectors
from apitrail.analyze.bots.features import AROUND, FEATURES
from apitrail.model import attack
from apitrail.model.abuse import (
    BEHAVIOURAL,
    BOT_TITLES,
    CONFIRMED,
    DENYLIST_BOTH,
    DENYLIST_IP,
    DENYLIST_SESSION,
    DISABLED,
    EXCEPTED,
    NORMAL,
    PARANOID,
    REGISTER,
    REJECTED,
    SAFE,
)

SURE = ((0.9, "almost certain"), (0.75, "very likely"), (0.55, "likely"))
"""From which confidence on a word holds; below them all it is possible."""
VERDICTS: Mapping[str, str] = {CONFIRMED: "Confirmed", REJECTED: "Rejected", EXCEPTED: "Excepted"}
ACTION_TITLES: Mapping[str, str] = {
    DISABLED: "Disabled: not searched for",
    REGISTER: "Register",
    DENYLIST_IP: "Register, denylist the addresses",
    DENYLIST_SESSION: "Register, denylist the session",
    DENYLIST_BOTH: "Register, denylist both",
}
SENSITIVITY_TITLES: Mapping[str, str] = {PARANOID: "Paranoid", NORMAL: "Normal", SAFE: "Safe mode"}

TYPE_TITLES: Mapping[str, str] = {**BOT_TITLES, **{code: attack.title(code) for code in BEHAVIOURAL}}
"""The types of bots, and of attacks that behaviour shows, for which there are exceptions."""

_UNITS = {feature.name: feature.unit for feature in (*FEATURES, *AROUND)}
_DECIMALS = ((100, 0), (10, 1))
"""Above which a number has so many decimals; two below all."""


@lru_cache(maxsize=1)
def catalogue() -> Mapping[str, Detector]:
    """The detectors by name."""
    return {one.name: one for one in detectors()}


def detector_title(name: str) -> str:
    """A detector by its title; one that is not known any more by its name."""
    known = catalogue().get(name)
    return known.title if known else name


def bot_title(code: str) -> str:
    """A type of bot in words."""
    return BOT_TITLES.get(code, code)


def verdict_title(mark: str) -> str:
    """What became of a verdict, in words."""
    return VERDICTS.get(mark, mark)


def sure_words(confidence: float) -> str:
    """A confidence in words."""
    return next((words for least, words in SURE if confidence >= least), "possible")


def unit_of(detector: str) -> str:
    """The unit of what a detector looks at."""
    known = catalogue().get(detector)
    return _UNITS.get(known.feature, "") if known else ""


def measured(value: float | None, unit: str, *, named: bool = True) -> str:
    """A figure with its unit: 12.5 calls a minute, 34 %, 1.2 MB; a dash when it is not known.

    Without `named` the name of what is counted is left out, as it stands elsewhere.
    """
    if value is None:
        return "–"
    if unit in _SAID:
        return _SAID[unit](value)
    words = "" if not named else _singular(unit) if value == 1 else unit
    return f"{_plain(value)} {words}".rstrip()


def multiplier(times: float, direction: str) -> str:
    """How many times a value is off: 12 times above, 3.4 times below."""
    many = f"{_plain(times)}×" if times < _MOST else f">{_plain(_MOST)}×"
    return f"{many} {'below' if direction == 'low' else 'above'}"


_MOST = 999
"""Times from which only that it is more is said."""


def span(milliseconds: float) -> str:
    """A span of time in the unit that suits it: 40 ms, 12 s, 3 min, 2.5 h."""
    for unit, word in ((3_600_000, "h"), (60_000, "min"), (1000, "s")):
        if milliseconds >= unit:
            return f"{milliseconds / unit:.3g} {word}"
    return f"{milliseconds:.3g} ms"


def _plain(value: float) -> str:
    if value == int(value):
        return f"{value:,.0f}"
    digits = next((digits for least, digits in _DECIMALS if value >= least), 2)
    return f"{value:,.{digits}f}".rstrip("0").rstrip(".") if digits else f"{value:,.0f}"


def _singular(unit: str) -> str:
    first, space, rest = unit.partition(" ")
    return f"{first.removesuffix('s')}{space}{rest}"


def _bytes(value: float) -> str:
    for limit, letter in ((1e9, "GB"), (1e6, "MB"), (1e3, "KB")):
        if value >= limit:
            return f"{value / limit:.3g} {letter}"
    return f"{value:.0f} B"


_SAID: Mapping[str, Callable[[float], str]] = {
    "share": lambda value: f"{100 * value:.0f} %" if value >= 0.01 or not value else f"{100 * value:.2g} %",
    "bytes": _bytes,
    "ratio": _plain,
    "version": lambda value: f"version {value:.0f}",
    "seconds": lambda value: span(1000 * value),
}
"""The units that are not said behind a number."""

TITLES: Mapping[str, Callable[[str], str]] = {"bot": bot_title, "detector": detector_title, "verdict": verdict_title}
"""The fields of bots whose values are shown by a title."""
