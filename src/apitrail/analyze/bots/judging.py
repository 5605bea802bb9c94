"""Verdicts: what each detector sees in a session, and how the votes of a bot type add up (B4).

A detector works where its feature can be told and its condition holds; then it has its weight of votes to give in each of its bot
types, and gives them when the feature is so many times the normal. The confidence in a bot type is the votes given of those
possible. Most detectors see what some bots do, and what they do not see says nothing; the votes of the others are possible
wherever they work.
"""

from __future__ import annotations

from apitrail.analyze.bots import normal
from apitrail.analyze.bots.catalogue import BOT_TYPES, CONFIDENCE, VOTES_LEAST, Detector
from apitrail.analyze.bots.features import AROUND

MULTIPLIER_MOST = 1000
"""How many times the normal is told at most; a value of nothing is as far below it."""

COLUMNS = ("day", "session_id", "bot_type", "confidence", "scope", "ips", "start", "end", "requests", "detectors")
"""What a verdict has."""

VALUES = {**normal.KNOWN, **{feature.name: feature.sql for feature in AROUND}}
"""Every feature with the engine's expression over a row of `behaviour` beside its row of `around`."""

_SEEN = "Tuple(name String, value Float32, normal Float32, multiplier Float32, vote Bool, because Array(String))"


def _learned(detector: Detector) -> str:
    floor = f"toFloat32({detector.floor})"
    return floor if detector.learned is None else f"greatest({floor}, ifNull(n_{detector.name}, 0))"


def _works(detector: Detector) -> str:
    conditions = [f"({VALUES[detector.feature]}) IS NOT NULL", f"ifNull({detector.when}, 0)"]
    if detector.needs_normal and detector.learned is not None:
        least = detector.floor if detector.direction == "low" else 0
        conditions.append(f"ifNull(n_{detector.name} >= {least}, 0)")
    return " AND ".join(conditions)


def _multiplier(detector: Detector) -> str:
    value = f"ifNull({VALUES[detector.feature]}, 0)"
    parts = (value, _learned(detector)) if detector.direction == "high" else (_learned(detector), value)
    return f"least({MULTIPLIER_MOST}, {parts[0]} / greatest({parts[1]}, 0.000001))"


def _because(detector: Detector) -> str:
    return "moved" if detector.feature == "distance" else "CAST([], 'Array(String)')"


def seen(detectors: tuple[Detector, ...], sensitivity: str = "normal") -> str:
    """The question for what every detector that works sees in each session, a row a session part."""
    each = ", ".join(
        f"({_works(one)}, ('{one.name}', toFloat32(ifNull({VALUES[one.feature]}, 0)), toFloat32({_learned(one)}),"
        f" toFloat32({_multiplier(one)}), {_multiplier(one)} >= {getattr(one.times, sensitivity)}, {_because(one)}))"
        for one in detectors
    )
    return (
        "SELECT day, session_id, scope, ips, start, end, requests,"
        f" CAST(arrayMap(one -> one.2, arrayFilter(one -> one.1, [{each}])), 'Array({_SEEN})') AS every"
        " FROM (SELECT * FROM behaviour FINAL) AS b LEFT JOIN around USING (day, session_id)"
        f" LEFT JOIN ({normal.normals(detectors, VALUES)}) AS n USING (scope)"
    )


def verdicts(detectors: tuple[Detector, ...], sensitivity: str = "normal") -> str:
    """The question for the verdicts, a row for each session part and bot type with enough confidence."""
    least = CONFIDENCE[sensitivity]
    types = ", ".join(f"('{kind}', {_weights(detectors, kind)})" for kind in BOT_TYPES)
    steady = ", ".join(f"'{one.name}'" for one in detectors if one.silence_counts)
    judged = (
        f"WITH [{steady}] AS steady SELECT *, arrayJoin([{types}]) AS type, type.1 AS bot_type, type.2 AS weights,"
        " arrayFilter(one -> mapContains(weights, one.name), every) AS looked,"
        " arraySum(arrayMap(one -> weights[one.name] * (one.vote OR has(steady, one.name)), looked)) AS possible,"
        " arraySum(arrayMap(one -> weights[one.name] * one.vote, looked)) AS gained,"
        f" toFloat32(gained / greatest(possible, {VOTES_LEAST})) AS confidence"
        f" FROM ({seen(detectors, sensitivity)}) WHERE arrayExists(one -> one.vote, every)"
    )
    return (
        "SELECT day, session_id, bot_type, confidence, scope, ips, start, end, requests,"
        " toJSONString(arraySort(one -> (NOT one.vote, one.name), looked)) AS detectors"
        f" FROM ({judged}) WHERE confidence >= {least} SETTINGS join_use_nulls = 1"
    )


def _weights(detectors: tuple[Detector, ...], kind: str) -> str:
    pairs = ", ".join(f"'{one.name}', {one.types[kind]}" for one in detectors if kind in one.types)
    return f"map({pairs})"
