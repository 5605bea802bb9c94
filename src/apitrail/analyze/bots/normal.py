"""What is normal: robust figures of the sessions of an application or host, and how a session stands to others (B3).

A scope is the application that the source names, else the host; always the host where a profile says so. Its normal is learned
from the sessions that are kept, of all days, by quantiles, which a few odd sessions do not move. With fewer than `SESSIONS_LEAST`
of them nothing is learned.
"""

from __future__ import annotations

from apitrail.analyze.bots.catalogue import Detector
from apitrail.analyze.bots.features import FEATURES, SHORT
from apitrail.analyze.bots.plan import KEPT

SESSIONS_LEAST = 20
"""Sessions that show a feature, from which its normal is learned."""
SAMPLE = 20_000
"""Sessions of a scope, chosen by their hash, from which the normal is learned."""
FAILING_MOST = 4
"""Log-ins of a session that did nothing but fail, as a list that is tried from many addresses makes them."""
DISTANCE = {
    "rate": 1, "uniqueness": -1, "targets_an_endpoint": 1, "scope_width": 1, "response_volume": 1, "calls": 1, "error_share": 1,
    "missing": 1, "files_a_page": -1, "referred": -1, "followed": -1, "interval_spread": -1,
}  # fmt: skip
"""The learned model: for each feature how many usual spreads it is from the median, to the side on which bots are, in the mean.
1 is above."""
FAR = 5.0
"""Spreads at most that one feature counts, so that none decides alone."""
MOVED = 3
"""Features that are named as those that moved the model most."""
SPREAD_LEAST = 0.3
"""The spread that is taken where sessions hardly differ, in natural logarithms."""
PAIRS_LEAST = 5
"""Steps of a session from which the surprise of its order is told."""

_SAMPLED = f"SELECT * FROM ({KEPT}) ORDER BY cityHash64(session_id, day) LIMIT {SAMPLE} BY scope"
_PAIRS = "arrayZip(arrayPopBack(steps), arrayPopFront(steps))"
_IDLE = f"(logins BETWEEN 1 AND {FAILING_MOST} AND logins = f_calls AND ifNull(f_failed_logins, 0) >= logins)"

AROUND = {
    "surprise": "Nullable(Float32)",
    "distance": "Nullable(Float32)",
    "moved": "Array(String)",
    "newest_version": "Nullable(Float32)",
    "address_short": "Nullable(UInt32)",
    "address_failed": "Nullable(Float32)",
    "address_missing": "Nullable(Float32)",
    "address_days": "Nullable(UInt32)",
    "alike_failing": "Nullable(UInt32)",
    "short": "UInt8",
    "idle_login": "UInt8",
}
"""The columns of `around` beside day and session: what other sessions say of one."""

_SURPRISE = f"""SELECT day, session_id,
  avg(-log2((greatest(ifNull(seen, 0), 1) - 0.5) / (greatest(ifNull(begun, 0), 1) - 1 + 0.5 * kinds)))
  AS surprise
FROM (SELECT day, session_id, scope, arrayJoin({_PAIRS}) AS pair FROM ({KEPT}) WHERE length(steps) > {PAIRS_LEAST}) AS walked
LEFT JOIN (
  SELECT scope, pair, seen, sum(seen) OVER (PARTITION BY scope, pair.1) AS begun,
    least(uniq(pair.2) OVER (PARTITION BY scope), 1000) AS kinds
  FROM (SELECT scope, arrayJoin(arrayDistinct({_PAIRS})) AS pair, count() AS seen FROM ({_SAMPLED}) GROUP BY scope, pair)
) AS usual USING (scope, pair) GROUP BY day, session_id"""
"""The mean surprise of a session's steps; of each pair of steps one session less is counted, which is the session itself."""

_ADDRESSES = f"""SELECT day, ips[1] AS address, sum(ifNull(f_failed_logins, 0)) AS failed, sum(logins) AS tried,
  sum(f_missing) AS address_missing FROM ({KEPT}) GROUP BY day, address"""
_ROTATING = f"""SELECT day, ips[1] AS address, program, countIf(requests <= {SHORT}) AS short_ones, count() AS every_one
FROM ({KEPT}) GROUP BY day, address, program"""
_DAYS = f"SELECT ips[1] AS address, uniqExact(day) AS days FROM ({KEPT}) WHERE f_failed_logins >= 2 GROUP BY address"
_ALIKE = f"""SELECT day, scope, program, countIf({_IDLE}) AS failing, countIf(logins > 0) AS trying FROM ({KEPT})
GROUP BY day, scope, program"""


def around() -> str:
    """The question for what other sessions say of each, a row each."""
    middles = ", ".join(f"quantilesExact(0.25, 0.5, 0.75)(log1p(f_{name})) AS m_{name}" for name in DISTANCE)
    spreads = ", ".join(
        f"least({FAR}, greatest(0, {sign} * (log1p(f_{name}) - m_{name}[2])"
        f" / greatest({SPREAD_LEAST}, m_{name}[3] - m_{name}[1])))"
        for name, sign in DISTANCE.items()
    )
    names = ", ".join(f"'{name}'" for name in DISTANCE)
    moving = f"arrayFilter(one -> one.1 >= 1, arrayMap((far, name) -> (ifNull(far, 0), name), away, [{names}]))"
    return f"""SELECT day, session_id, surprise,
  [{spreads}] AS away,
  if(known >= {SESSIONS_LEAST}, arrayReduce('avg', away), NULL) AS distance,
  arraySlice(arrayMap(one -> one.2, arrayReverseSort({moving})), 1, {MOVED}) AS moved,
  if(versions >= {SESSIONS_LEAST}, newest, NULL) AS newest_version,
  if(short_ones >= 0.8 * every_one, short_ones, 0) AS address_short,
  if(failed >= 0.6 * tried, failed, 0) AS address_failed,
  address_missing,
  days AS address_days,
  if(failing >= 0.5 * trying, failing, 0) AS alike_failing,
  requests <= {SHORT} AS short,
  {_IDLE} AS idle_login
FROM (SELECT *, ips[1] AS address FROM ({KEPT})) AS b
LEFT JOIN ({_SURPRISE}) AS s USING (day, session_id)
LEFT JOIN (SELECT scope, count() AS known, count(f_version) AS versions, quantileExact(0.75)(f_version) AS newest, {middles}
  FROM ({_SAMPLED}) GROUP BY scope) AS n USING (scope)
LEFT JOIN ({_ADDRESSES}) AS a USING (day, address)
LEFT JOIN ({_ROTATING}) AS r USING (day, address, program)
LEFT JOIN ({_DAYS}) AS d USING (address)
LEFT JOIN ({_ALIKE}) AS l USING (day, scope, program)
SETTINGS join_use_nulls = 1"""


def normals(detectors: tuple[Detector, ...], values: dict[str, str]) -> str:
    """The question for the normals of each scope: `samples`, and `n_` with the name of each detector that learns.

    `values` has the engine's expression for the value of each feature.
    """
    learned = [
        f"if(count({values[one.feature]}) >= {SESSIONS_LEAST}, quantileExact({one.learned})({values[one.feature]}), NULL)"
        f" AS n_{one.name}"
        for one in detectors
        if one.learned is not None
    ]
    return (
        f"SELECT {', '.join(('scope', 'count() AS samples', *learned))} FROM (SELECT * FROM ({_SAMPLED}) AS b"
        " LEFT JOIN around USING (day, session_id)) GROUP BY scope"
    )


KNOWN = {feature.name: f"f_{feature.name}" for feature in FEATURES}
"""Features of the session itself, with their columns."""
