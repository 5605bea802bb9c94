"""The detectors, each a small file that carries its own proof: what is looked at, from when on it speaks, and for which bot
types.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

import msgspec

from apitrail.analyze.bots.features import AROUND, FEATURES
from apitrail.model.abuse import BEHAVIOURAL, BOT_TYPES

CONFIDENCE = {"paranoid": 0.4, "normal": 0.55, "safe": 0.75}
"""The confidence from which a session is told to be a bot, by sensitivity."""
VOTES_LEAST = 6
"""Votes of which the confidence is a share at least: where fewer are possible, as many count, so that one weak detector
convicts nobody."""


class Times(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many times the normal is too much, by sensitivity."""

    paranoid: float
    normal: float
    safe: float


class Send(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Some requests of a made-up session: `repeat` times one like it, `every` so many seconds.

    In the texts `{n}` is the number of the request, `{x}` that number in letters, `{r}` a number by chance, `{third}` a third
    of it. `jitter` is the share of the pause that chance adds or takes; `human` pauses have a heavy tail instead.
    """

    request: str
    repeat: int = 1
    every: float = 1
    jitter: float = 0
    human: bool = False
    status: int = 200
    agent: str = ""
    referer: str = ""
    session: str = ""
    ip: str = ""
    name: str = ""
    key: bool = False
    bytes: int = 900
    sent: int = 400
    ms: float = 20


class Proof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A made-up session on which a detector speaks or stays silent, alone or with a `crowd` of others on the same host."""

    send: list[Send]
    crowd: bool = False


class Detector(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One detector: it votes when its feature is so many `times` the normal, above or below it as `direction` says.

    The normal is a quantile of what sessions of the same scope show (`learned`), and never less than `floor`, which is also the
    normal where too little is known; with `needs_normal` nothing is said then. `when` is a condition of the engine on the
    session. With `silence_counts` its votes are possible ones also where it does not give them: what it looks at is in every
    session of a bot of these types. A detector that stands for an `attack` finds it by itself, from `attack_times` the normal on,
    else from where it votes at normal sensitivity, and where
    `attack_when` holds as well.
    """

    name: str = ""
    title: str
    feature: str
    direction: str = "high"
    floor: float
    learned: float | None = None
    needs_normal: bool = False
    silence_counts: bool = False
    times: Times
    when: str = "1"
    types: dict[str, int]
    attack: str = ""
    attack_times: float = 0
    attack_when: str = "1"
    why: str
    wrong: str
    fires: list[Proof]
    silent: list[Proof]


@lru_cache(maxsize=1)
def detectors() -> tuple[Detector, ...]:
    """Every detector, by name. ValueError for a file that names a feature, bot type or attack that there is not."""
    folder = resources.files("apitrail.analyze.bots") / "detectors"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return tuple(_checked(file.name.removesuffix(".toml"), file.read_bytes()) for file in files)


def _checked(name: str, text: bytes) -> Detector:
    read = msgspec.structs.replace(msgspec.toml.decode(text, type=Detector), name=name)
    known = (
        (read.feature, {feature.name for feature in (*FEATURES, *AROUND)}),
        (read.direction, {"high", "low"}),
        *((kind, set(BOT_TYPES)) for kind in read.types),
        (read.attack, {"", *BEHAVIOURAL}),
    )
    for word, words in known:
        if word not in words:
            raise ValueError(f"detector {name}: there is no {word!r}")
    return read
