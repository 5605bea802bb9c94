"""Verdicts: what each detector sees in a session, how the votes of a bot type add up, which attacks behaviour shows (B4, A1.3).

A detector works where its feature can be told and its condition holds; then it has its weight of votes to give in each of its bot
types, and gives them when the feature is so many times the normal. The confidence in a bot type is the votes given of those
possible. Most detectors see what some bots do, and what they do not see says nothing; the votes of the others are possible
wherever they work. An attack is found by one detector alone; how sure that is grows from a half with how far it is off.
"""

from __future__ import annotations

from apitrail.analyze.bots import normal
from apitrail.analyze.bots.catalogue import CONFIDENCE, VOTES_LEAST, Detector
from apitrail.analyze.bots.features import AROUND
from apitrail.analyze.bots.plan import KEPT, Plan
from apitrail.model.abuse import BEHAVIOURAL, BOT_TYPES, SENSITIVITIES

MULTIPLIER_MOST = 1000
"""How many times the normal is told at most; a value of nothing is as far below it."""

COLUMNS = (
    "day", "session_id", "bot_type", "confidence", "scope", "application", "host", "client", "ips", "start", "end", "requests",
    "detectors", "voted",
)  # fmt: skip
"""What a verdict has; the type of an attack stands where that of a bot does."""

VALUES = {**normal.KNOWN, **{feature.name: feature.sql for feature in AROUND}}
"""Every feature with the engine's expression over a row of `behaviour` beside its row of `around`."""

_OF_SESSION = "day, session_id, profile, scope, application, host, client, ips, start, end, requests"
_SEEN = (
    "Tuple(name String, value Float32, normal Float32, multiplier Float32, because Array(String), times Array(Float32),"
    " attack_times Float32)"
)
_TOLD = "Array(Tuple(name String, value Float32, normal Float32, multiplier Float32, vote Bool, because Array(String)))"


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


def _figures(detector: Detector) -> str:
    """Columns of one detector: whether it works in a session, what it sees, what is normal, and how many times that."""
    name = detector.name
    return (
        f"{_works(detector)} AS works_{name}, toFloat32(ifNull({VALUES[detector.feature]}, 0)) AS value_{name},"
        f" toFloat32({_learned(detector)}) AS normal_{name}, toFloat32({_multiplier(detector)}) AS times_{name},"
        f" if(ifNull({detector.attack_when}, 0), {detector.attack_times or detector.times.normal}, inf) AS attack_{name}"
    )


def _looks(detector: Detector) -> str:
    """Whether a detector works in a session, and all it sees there."""
    name = detector.name
    because = "moved" if detector.feature == "distance" else "CAST([], 'Array(String)')"
    times = f"[{', '.join(str(getattr(detector.times, level)) for level in SENSITIVITIES)}]"
    return f"(works_{name}, ('{name}', value_{name}, normal_{name}, times_{name}, {because}, {times}, attack_{name}))"


def seen(detectors: tuple[Detector, ...], worth: str = "1") -> str:
    """The question for what every detector that works sees in each session, a row a session part, under a plan's values.

    `worth` is a condition on their figures. Asked with `join_use_nulls`.
    """
    return (
        f"SELECT {_OF_SESSION}, CAST(arrayMap(one -> one.2, arrayFilter(one -> one.1,"
        f" [{', '.join(map(_looks, detectors))}])), 'Array({_SEEN})') AS every"
        f" FROM (SELECT {_OF_SESSION}, moved, {', '.join(map(_figures, detectors))}"
        f" FROM ({KEPT}) AS b LEFT JOIN around USING (day, session_id)"
        f" LEFT JOIN ({normal.normals(detectors, VALUES)}) AS n USING (scope)) WHERE {worth}"
    )


def _worth(detectors: tuple[Detector, ...], plan: Plan) -> str:
    """The condition on sessions in which enough is seen for any verdict: few, told by plain figures.

    Sensitivities count as the highest that any type has under the plan.
    """
    highest = min((level for kind in BOT_TYPES for level in plan.levels(kind) if level), default=len(SENSITIVITIES))
    level = SENSITIVITIES[highest - 1]
    votes = ", ".join(f"works_{one.name} * (times_{one.name} >= toFloat32({getattr(one.times, level)}))" for one in detectors)
    gained = ", ".join(
        f"arrayDotProduct({'votes' if at else f'[{votes}] AS votes'}, {[one.types.get(kind, 0) for one in detectors]})"
        for at, kind in enumerate(BOT_TYPES)
    )
    attacks = ", ".join(f"works_{one.name} * (times_{one.name} >= attack_{one.name})" for one in detectors if one.attack)
    return f"(arrayMax([{gained}]) >= {CONFIDENCE[level] * VOTES_LEAST}) + arrayMax([{attacks}]) > 0"


def verdicts(detectors: tuple[Detector, ...], plan: Plan) -> str:
    """The question for the verdicts, a row for each session part and type with enough confidence, under the plan's values."""
    steady = ", ".join(f"'{one.name}'" for one in detectors if one.silence_counts)
    kinds = [_kind(plan, kind, {one.name: one.types[kind] for one in detectors if kind in one.types}) for kind in BOT_TYPES]
    kinds += [_kind(plan, kind, {one.name: 1 for one in detectors if one.attack == kind}) for kind in BEHAVIOURAL]
    least = f"[{', '.join(str(CONFIDENCE[level]) for level in SENSITIVITIES)}]"
    looked = (
        "arrayMap(one -> (one.name, one.value, one.normal, one.multiplier,"
        " one.multiplier >= if(by_itself, one.attack_times, one.times[level]), one.because),"
        " arrayFilter(one -> mapContains(weights, one.name), every))"
    )
    judged = (
        f"WITH [{steady}] AS steady SELECT {_OF_SESSION}, arrayJoin([{', '.join(kinds)}]) AS kind, kind.1 AS bot_type,"
        f" kind.2 AS weights, kind.3[profile] AS level, has({list(BEHAVIOURAL)}, bot_type) AS by_itself,"
        f" CAST({looked}, '{_TOLD}') AS looked,"
        " arraySum(one -> weights[one.name] * (one.vote OR has(steady, one.name)), looked) AS possible,"
        " arraySum(one -> weights[one.name] * one.vote, looked) AS gained,"
        " arrayMax(one -> if(one.vote, 1 - 0.5 * arrayFirst(some -> some.name = one.name, every).attack_times"
        " / greatest(one.multiplier, 1), 0), looked) AS off,"
        f" toFloat32(if(by_itself, off, gained / greatest(possible, {VOTES_LEAST}))) AS confidence"
        f" FROM ({seen(detectors, _worth(detectors, plan))}) WHERE level > 0"
        f" AND gained > 0 AND (by_itself OR confidence >= {least}[level])"
    )
    return (
        "SELECT day, session_id, bot_type, confidence, scope, application, host, client, ips, start, end, requests,"
        " toJSONString(arraySort(one -> (NOT one.vote, one.name), looked)) AS detectors,"
        " arraySort(arrayMap(one -> one.name, arrayFilter(one -> one.vote, looked))) AS voted"
        f" FROM ({judged}) SETTINGS join_use_nulls = 1"
    )


def _kind(plan: Plan, name: str, weights: dict[str, int]) -> str:
    """A type with the votes of its detectors, and how sensitively it is judged under each profile."""
    pairs = ", ".join(f"'{detector}', {weight}" for detector, weight in weights.items())
    return f"('{name}', map({pairs}), {plan.levels(name)})"
