"""The tables, as an ordered list of forward migrations; a store of an older version is brought up to the newest when opened.

`requests` holds one row an exchange, sorted by session so that a session of any size reads as one range. `sessions`,
`minutes`, `actors`, `findings` and `inventory` are filled from it by the engine's own materialized views. `records` is the
append-only log in which settings, tokens, marks and migrations live: newest wins, and every change is at once its own audit
entry.
"""

from __future__ import annotations

from typing import NamedTuple

from apitrail.store.inventory import BASELINES, ENDPOINTS, INVENTORY, INVENTORY_ROLLUP, MOVES


class Migration(NamedTuple):
    """One step forward; `statements` may run twice without harm."""

    number: int
    title: str
    statements: tuple[str, ...]


RECORDS = """
CREATE TABLE IF NOT EXISTS records (
  kind LowCardinality(String), key String, value String, author String, time DateTime64(6, 'UTC')
) ENGINE = MergeTree ORDER BY (kind, key, time)
"""

REQUESTS = """
CREATE TABLE IF NOT EXISTS requests (
  day Date,
  time DateTime64(6, 'UTC') CODEC(Delta, LZ4),
  session_id UInt128,
  request_id String CODEC(LZ4),
  application LowCardinality(String),
  host LowCardinality(String),
  method LowCardinality(String),
  path String CODEC(ZSTD(1)),
  query String CODEC(ZSTD(1)),
  endpoint LowCardinality(String),
  protocol LowCardinality(String),
  status UInt16,
  duration_ms Nullable(Float32),
  request_bytes Nullable(UInt64),
  response_bytes Nullable(UInt64),
  ip LowCardinality(String),
  country LowCardinality(String),
  network LowCardinality(String),
  network_kind LowCardinality(String),
  user LowCardinality(String),
  role LowCardinality(String),
  user_agent LowCardinality(String),
  client LowCardinality(String),
  client_kind LowCardinality(String),
  referer String CODEC(ZSTD(1)),
  fingerprint LowCardinality(String),
  session_key LowCardinality(String),
  session_value LowCardinality(String),
  attack_types Array(LowCardinality(String)),
  verdicts String CODEC(ZSTD(1)),
  blocked UInt8,
  flows Array(LowCardinality(String)),
  context Map(LowCardinality(String), String),
  source LowCardinality(String),
  INDEX by_time time TYPE minmax GRANULARITY 1,
  INDEX by_request request_id TYPE bloom_filter(0.01) GRANULARITY 4
) ENGINE = MergeTree PARTITION BY day ORDER BY (session_id, time, request_id)
SETTINGS allow_suspicious_low_cardinality_types = 1
"""

SESSIONS = """
CREATE TABLE IF NOT EXISTS sessions (
  day Date,
  session_id UInt128,
  start SimpleAggregateFunction(min, DateTime64(6, 'UTC')),
  end SimpleAggregateFunction(max, DateTime64(6, 'UTC')),
  requests SimpleAggregateFunction(sum, UInt64),
  attacks SimpleAggregateFunction(sum, UInt64),
  blocked SimpleAggregateFunction(sum, UInt64),
  users SimpleAggregateFunction(groupUniqArrayArray, Array(String)),
  keyed SimpleAggregateFunction(max, UInt8)
) ENGINE = AggregatingMergeTree PARTITION BY day ORDER BY session_id
SETTINGS index_granularity = 1024
"""
"""`keyed` says that some request was grouped by more than its client. Few rows a mark, so that some sessions are soon found."""

MINUTES = """
CREATE TABLE IF NOT EXISTS minutes (
  day Date,
  minute DateTime('UTC'),
  requests SimpleAggregateFunction(sum, UInt64),
  attacks SimpleAggregateFunction(sum, UInt64)
) ENGINE = AggregatingMergeTree PARTITION BY day ORDER BY minute
"""

BATCHES = """
CREATE TABLE IF NOT EXISTS batches (
  token String, state Enum8('begun' = 1, 'done' = 2), days Array(Date), time DateTime64(6, 'UTC')
) ENGINE = MergeTree ORDER BY (token, time)
"""

SESSIONS_ROLLUP = """SELECT day, session_id, min(time) AS start, max(time) AS end, count() AS requests,
  countIf(notEmpty(attack_types)) AS attacks, sum(blocked) AS blocked,
  groupUniqArrayIf(toString(user), user != '') AS users, max(NOT startsWith(session_key, 'client.')) AS keyed
FROM requests WHERE {rows} GROUP BY day, session_id"""

MINUTES_ROLLUP = """SELECT day, toStartOfMinute(toDateTime(time, 'UTC')) AS minute, count() AS requests,
  countIf(notEmpty(attack_types)) AS attacks
FROM requests WHERE {rows} GROUP BY day, minute"""

ACTORS = """
CREATE TABLE IF NOT EXISTS actors (
  day Date,
  actor UInt64,
  session_id UInt128,
  start SimpleAggregateFunction(min, DateTime('UTC'))
) ENGINE = AggregatingMergeTree PARTITION BY day ORDER BY (actor, session_id)
"""

ACTOR = {
    "user": "if(user = '', 0, sipHash64('user', user))",
    "fingerprint": "if(fingerprint = '', 0, sipHash64('fingerprint', fingerprint))",
    "client": "if(ip = '' OR user_agent = '', 0, sipHash64('client', ip, user_agent))",
}
"""What tells an actor, each kind with the hash that stands for its value in `actors`; 0 when a request has none."""

ACTORS_ROLLUP = f"""SELECT day, arrayJoin(arrayFilter(x -> x != 0, [{", ".join(ACTOR.values())}])) AS actor, session_id,
  min(toDateTime(time, 'UTC')) AS start
FROM requests WHERE {{rows}} GROUP BY day, actor, session_id"""

OF_THE_REQUEST = (
    ("time", "DateTime64(6, 'UTC') CODEC(Delta, LZ4)"),
    ("session_id", "UInt128"),
    ("request_id", "String CODEC(LZ4)"),
    *((name, "LowCardinality(String)") for name in ("application", "host", "method")),
    *((name, "String CODEC(ZSTD(1))") for name in ("path", "query")),
    *((name, "LowCardinality(String)") for name in ("endpoint", "protocol", "mcp_server")),
    *((name, "Array(LowCardinality(String))") for name in ("rpc_methods", "primitives", "roles", "flows", "overlimit")),
    ("status", "UInt16"),
    ("duration_ms", "Nullable(Float32)"),
    *((name, "Nullable(UInt64)") for name in ("request_bytes", "response_bytes")),
    *((name, "LowCardinality(String)") for name in (
        "ip", "country", "network", "network_kind", "user", "user_agent", "client", "client_kind", "fingerprint", "session_key",
        "source",
    )),
    ("referer", "String CODEC(ZSTD(1))"),
    ("blocked", "UInt8"),
)  # fmt: skip
"""What a finding says of its request, so that every filter holds for findings as it is."""

_FINDING = f"""day Date,
  finding UInt64,
  attack_types Array(LowCardinality(String)),
  type LowCardinality(String),
  subtype LowCardinality(String),
  point LowCardinality(String),
  payload String CODEC(ZSTD(1)),
  rule LowCardinality(String),
  message LowCardinality(String),
  engine LowCardinality(String),
  confidence Float32,
  cwe UInt16,
  owasp LowCardinality(String),
  evidence LowCardinality(String),
  shown String CODEC(ZSTD(1)),
  shown_at LowCardinality(String),
  {", ".join(f"{name} {kind}" for name, kind in OF_THE_REQUEST)}"""

FINDINGS = f"""
CREATE TABLE IF NOT EXISTS findings ({_FINDING}) ENGINE = MergeTree PARTITION BY day ORDER BY (time, request_id)
SETTINGS allow_suspicious_low_cardinality_types = 1
"""
"""One row a finding. `finding` is a hash of request, type and point: what a person marks. `attack_types` has its one type;
`evidence` is what kind of thing in the response shows that it worked, `shown` the words and `shown_at` where they stand."""

FINDING_ID = "sipHash64(request_id, JSONExtractString(said, 'type'), JSONExtractString(said, 'point'))"
"""The id of a finding `said` in the JSON of its request's verdicts."""

FINDINGS_ROLLUP = f"""SELECT day, {FINDING_ID} AS finding,
  [JSONExtractString(said, 'type')] AS attack_types, JSONExtractString(said, 'type') AS type,
  JSONExtractString(said, 'subtype') AS subtype, JSONExtractString(said, 'point') AS point,
  JSONExtractString(said, 'payload') AS payload, JSONExtractString(said, 'rule') AS rule,
  JSONExtractString(said, 'message') AS message,
  if(JSONHas(said, 'engine'), JSONExtractString(said, 'engine'), 'apitrail') AS engine,
  if(JSONHas(said, 'confidence'), JSONExtractFloat(said, 'confidence'), 1) AS confidence,
  JSONExtractUInt(said, 'cwe') AS cwe, JSONExtractString(said, 'owasp') AS owasp,
  JSONExtractString(said, 'evidence', 'kind') AS evidence, JSONExtractString(said, 'evidence', 'text') AS shown,
  JSONExtractString(said, 'evidence', 'point') AS shown_at,
  {", ".join(name for name, _ in OF_THE_REQUEST)}
FROM requests ARRAY JOIN JSONExtractArrayRaw(verdicts) AS said WHERE verdicts != '' AND {{rows}}"""

_VERDICT = """day Date,
  session_id UInt128,
  bot_type LowCardinality(String),
  confidence Float32,
  scope LowCardinality(String),
  application LowCardinality(String),
  host LowCardinality(String),
  client LowCardinality(String),
  ips Array(String),
  start DateTime64(6, 'UTC'),
  end DateTime64(6, 'UTC'),
  requests UInt64,
  detectors String CODEC(ZSTD(1)),
  voted Array(LowCardinality(String))"""

JUDGED = f"""
CREATE TABLE IF NOT EXISTS judged ({_VERDICT}) ENGINE = MergeTree ORDER BY (day, session_id, bot_type)
SETTINGS allow_suspicious_low_cardinality_types = 1
"""
"""What an analysis works with: verdicts before anybody's exceptions."""

BOTS = f"""
CREATE TABLE IF NOT EXISTS bots (run UInt64, {_VERDICT}, exception LowCardinality(String))
ENGINE = MergeTree PARTITION BY run ORDER BY (day, session_id, bot_type)
SETTINGS allow_suspicious_low_cardinality_types = 1
"""
"""The session parts in which an analysis found a bot or an attack that behaviour shows, a row for each type; the newest run
holds. `scope` is whose traffic is the normal that they left, `detectors` a JSON list of what each detector saw, `voted` has
the names of those that spoke, `exception` says what holds for it in spite of them."""

BEHAVIOURAL = f"""
CREATE TABLE IF NOT EXISTS behavioural ({_FINDING}, digest UInt64, alone UInt8)
ENGINE = MergeTree PARTITION BY day ORDER BY (session_id, request_id)
SETTINGS allow_suspicious_low_cardinality_types = 1
"""
"""One row for each request that shows a bot or an attack best which behaviour shows, as findings have it. A day is replaced as a
whole: `digest` stands for the verdicts of which it was made. `alone` says that nothing else was found in the request."""

_ROLLUPS = {
    "sessions": SESSIONS_ROLLUP,
    "minutes": MINUTES_ROLLUP,
    "actors": ACTORS_ROLLUP,
    "findings": FINDINGS_ROLLUP,
    "inventory": INVENTORY_ROLLUP,
}
ROLLUPS = tuple(_ROLLUPS)
"""The tables that are filled by a materialized view."""


def rollup(table: str, rows: str = "1") -> str:
    """The question that fills a table, over all requests or some; also used to mend a day after a crash."""
    return _ROLLUPS[table].replace("{rows}", rows)


def _view(table: str) -> str:
    return f"CREATE MATERIALIZED VIEW IF NOT EXISTS {table}_view TO {table} AS {rollup(table)}"


CONTEXT = """
ALTER TABLE requests
  ADD COLUMN IF NOT EXISTS roles Array(LowCardinality(String)) AFTER user,
  ADD COLUMN IF NOT EXISTS observed Map(LowCardinality(String), UInt64) CODEC(ZSTD(1)) AFTER context,
  ADD COLUMN IF NOT EXISTS mcp_server LowCardinality(String) AFTER protocol,
  ADD COLUMN IF NOT EXISTS rpc_methods Array(LowCardinality(String)) AFTER mcp_server,
  ADD COLUMN IF NOT EXISTS primitives Array(LowCardinality(String)) AFTER rpc_methods,
  ADD COLUMN IF NOT EXISTS arguments String CODEC(ZSTD(1)) AFTER primitives,
  DROP COLUMN IF EXISTS role
"""

RELATED = (
    "DROP VIEW IF EXISTS sessions_view",
    "DROP TABLE IF EXISTS sessions",
    "DROP VIEW IF EXISTS actors_view",
    "DROP TABLE IF EXISTS actors",
    SESSIONS,
    ACTORS,
    _view("sessions"),
    _view("actors"),
    f"INSERT INTO sessions {rollup('sessions')}",
    f"INSERT INTO actors {rollup('actors')}",
)
"""Rollups that are made anew from the requests."""

ATTACKS = (
    """ALTER TABLE requests
  ADD COLUMN IF NOT EXISTS content String CODEC(ZSTD(3)) AFTER verdicts,
  ADD COLUMN IF NOT EXISTS overlimit Array(LowCardinality(String)) AFTER content""",
    "DROP VIEW IF EXISTS findings_view",
    "DROP TABLE IF EXISTS findings",
    FINDINGS,
    _view("findings"),
    f"INSERT INTO findings {rollup('findings')}",
)

DISCOVERY = (
    """ALTER TABLE requests
  ADD COLUMN IF NOT EXISTS described Array(LowCardinality(String)) AFTER observed,
  ADD COLUMN IF NOT EXISTS auth Array(LowCardinality(String)) AFTER described,
  ADD COLUMN IF NOT EXISTS media LowCardinality(String) AFTER auth,
  ADD COLUMN IF NOT EXISTS response_media LowCardinality(String) AFTER media""",
    BASELINES,
    MOVES,
    ENDPOINTS,
    "DROP VIEW IF EXISTS inventory_view",
    "DROP TABLE IF EXISTS inventory",
    INVENTORY,
    _view("inventory"),
    f"INSERT INTO inventory {rollup('inventory')}",
)

MIGRATIONS = (
    Migration(
        1,
        "requests, their rollups, and the log of records",
        (RECORDS, REQUESTS, SESSIONS, MINUTES, BATCHES, _view("sessions"), _view("minutes")),
    ),
    Migration(2, "roles, observed values, and what a call to an MCP server says", (CONTEXT,)),
    Migration(3, "the users of each session, and the sessions of each user, fingerprint and client", RELATED),
    Migration(4, "what was found in the requests, with the full content of those", ATTACKS),
    Migration(5, "the endpoints, what is known of them, and what is usual for each", DISCOVERY),
    Migration(6, "the bots that were found, by session", (BOTS,)),
    Migration(
        7,
        "attacks that behaviour shows, and what people except",
        ("DROP TABLE IF EXISTS bots", BOTS, JUDGED, BEHAVIOURAL, "CREATE TABLE IF NOT EXISTS behavioural_made AS behavioural"),
    ),
)
