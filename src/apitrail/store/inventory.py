"""The tables of the inventory: what is known of each endpoint of a day, what is usual for it, and what people see of it."""

from __future__ import annotations

from apitrail.model.attack import OF_SPECIFICATIONS

_ADDED_UP = "SimpleAggregateFunction(sumMap, Tuple(Array(String), Array(UInt64)))"
INVENTORY = f"""
CREATE TABLE IF NOT EXISTS inventory (
  day Date,
  host LowCardinality(String),
  method LowCardinality(String),
  endpoint LowCardinality(String),
  requests SimpleAggregateFunction(sum, UInt64),
  start SimpleAggregateFunction(min, DateTime('UTC')),
  end SimpleAggregateFunction(max, DateTime('UTC')),
  durations AggregateFunction(quantilesTDigest(0.5, 0.95), Nullable(Float32)),
  sizes AggregateFunction(quantilesTDigest(0.5, 0.95), Nullable(Float32)),
  timed SimpleAggregateFunction(sum, UInt64),
  sized SimpleAggregateFunction(sum, UInt64),
  seen {_ADDED_UP},
  auth {_ADDED_UP},
  authenticated SimpleAggregateFunction(sum, UInt64),
  media {_ADDED_UP},
  response_media {_ADDED_UP},
  protocols SimpleAggregateFunction(groupUniqArrayArray, Array(String)),
  applications SimpleAggregateFunction(groupUniqArrayArray, Array(String)),
  flows SimpleAggregateFunction(groupUniqArrayArray, Array(String))
) ENGINE = AggregatingMergeTree PARTITION BY day ORDER BY (host, method, endpoint)
"""
"""What is known of each endpoint of a day by its good requests: times and sizes as digests, and how often each descriptor, kind
of authentication and media type was seen."""

GOOD = (
    f"(status = 0 OR status BETWEEN 200 AND 299) AND hasAll({list(OF_SPECIFICATIONS)}, CAST(attack_types, 'Array(String)'))"
    " AND method NOT IN ('HEAD', 'OPTIONS') AND protocol != 'web'"
)
"""Requests that say what an API is: answered well, harmless, and of no file (D2). What is only not as specified is harmless: else
nobody would see what was not specified."""


def _added_up(words: str) -> str:
    """How often each word of a column of lists is there; rows without any cost nothing."""
    return f"sumMapIf((CAST({words}, 'Array(String)'), arrayWithConstant(length({words}), toUInt64(1))), notEmpty({words}))"


def _counted(word: str) -> str:
    return f"sumMapIf(([toString({word})], [toUInt64(1)]), {word} != '')"


INVENTORY_ROLLUP = f"""SELECT day, host, method, endpoint, count() AS requests, min(toDateTime(time, 'UTC')) AS start,
  max(toDateTime(time, 'UTC')) AS end, quantilesTDigestState(0.5, 0.95)(duration_ms) AS durations,
  quantilesTDigestState(0.5, 0.95)(toFloat32(response_bytes)) AS sizes, count(duration_ms) AS timed,
  count(response_bytes) AS sized, {_added_up("described")} AS seen,
  {_added_up("auth")} AS auth, countIf(notEmpty(requests.auth)) AS authenticated,
  {_counted("media")} AS media,
  {_counted("response_media")} AS response_media,
  groupUniqArrayIf(toString(protocol), protocol != '') AS protocols,
  groupUniqArrayIf(toString(application), application != '') AS applications,
  groupUniqArrayArrayIf(CAST(flows, 'Array(String)'), notEmpty(flows)) AS flows
FROM requests WHERE {GOOD} AND {{rows}} GROUP BY day, host, method, endpoint"""

BASELINES = """
CREATE TABLE IF NOT EXISTS baselines (
  host LowCardinality(String), method LowCardinality(String), endpoint LowCardinality(String),
  p50_ms Float32, p95_ms Float32, timed UInt64, p50_bytes Float32, p95_bytes Float32, sized UInt64
) ENGINE = Join(ANY, LEFT, host, method, endpoint) SETTINGS join_any_take_last_row = 1
"""
"""What is usual for each endpoint; as a Join table, so that any expression may look it up for its row."""

ENDPOINTS = """
CREATE TABLE IF NOT EXISTS endpoints (
  run UInt64,
  id String,
  host LowCardinality(String),
  method LowCardinality(String),
  endpoint LowCardinality(String),
  protocol LowCardinality(String),
  applications Array(LowCardinality(String)),
  requests UInt64,
  first_seen DateTime('UTC'),
  last_seen DateTime('UTC'),
  flows Array(LowCardinality(String)),
  auth Array(LowCardinality(String)),
  coverage LowCardinality(String),
  sensitive Array(LowCardinality(String)),
  risk UInt8,
  factors Array(LowCardinality(String)),
  rogue LowCardinality(String),
  changes Array(LowCardinality(String)),
  protection Array(LowCardinality(String)),
  parameters Map(String, DateTime('UTC')),
  p50_ms Nullable(Float32),
  p95_ms Nullable(Float32),
  p50_bytes Nullable(Float32),
  p95_bytes Nullable(Float32)
) ENGINE = MergeTree PARTITION BY run ORDER BY (host, endpoint, method)
SETTINGS allow_suspicious_low_cardinality_types = 1
"""
"""The inventory as people see it, made anew by each analysis under a number of its own; the newest one holds. `parameters`
maps the points that belong to the endpoint to when each was first seen."""

BASELINES_FILL = """
INSERT INTO baselines SELECT host, method, endpoint, if(times >= {least:UInt64}, ifNull(usual[1], 0), 0),
  if(times >= {least:UInt64}, ifNull(usual[2], 0), 0), times, if(weights >= {least:UInt64}, ifNull(large[1], 0), 0),
  if(weights >= {least:UInt64}, ifNull(large[2], 0), 0), weights
FROM (SELECT host, method, endpoint, quantilesTDigestMerge(0.5, 0.95)(durations) AS usual, sum(timed) AS times,
  quantilesTDigestMerge(0.5, 0.95)(sizes) AS large, sum(sized) AS weights FROM inventory GROUP BY host, method, endpoint)"""
"""An endpoint with too few samples has 0 for what would be usual, also one that had enough before."""

MOVES = """
CREATE TABLE IF NOT EXISTS moves (host LowCardinality(String), endpoint LowCardinality(String), moved String)
ENGINE = Join(ANY, LEFT, host, endpoint) SETTINGS join_any_take_last_row = 1
"""
"""Which template stands for which, while stored rows move to one that was learned."""
