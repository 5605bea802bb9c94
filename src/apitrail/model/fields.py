"""THE FIELD CATALOGUE: every field of a request, declared once.

Filter words, dropdowns, columns of CSV and console, API members, masking and the reference page derive from this table. A
field's `sql` is an expression over one row of `requests`.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from apitrail.errors import BadQuestion
from apitrail.model import pace
from apitrail.model.closed import values_of

TEXT = "text"
NUMBER = "number"
ADDRESS = "address"
TIME = "time"
ID = "id"
YES_NO = "yes or no"
WORDS = "words"

REQUEST = "request"
SESSION = "session"
FINDING = "finding"
METRIC = "metric"
ENDPOINT = "endpoint"
BOT = "bot"


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its filter word, its title for people, what kind of value it has, and how the store says it.

    `scope` is `session` when a filter chooses whole sessions in which some request has the value, `request` when it chooses
    the requests themselves, `finding` when it chooses what was found in them, `metric` when it chooses attacks by what they add up
    to, `endpoint` when it chooses endpoints, and requests by the endpoint they went to, `bot` when it chooses bots, and the requests of
    their session that day. `facet` fields have a dropdown with counts; `statistic` ones stand in a session's statistics.
    """

    word: str
    title: str
    kind: str
    sql: str
    help: str
    unit: str = ""
    scope: str = REQUEST
    facet: bool = False
    statistic: bool = False
    example: str = ""

    @property
    def numeric(self) -> bool:
        """Whether the field is compared as a number."""
        return self.kind == NUMBER

    @property
    def values(self) -> tuple[str, ...]:
        """The only values that it can have; none when it may have any."""
        return values_of(self.word)


CATALOGUE = (
    Field("session", "Session", ID, "session_id", "The session's id: 32 hex digits, a keyed hash of the grouping value.",
          example="9d71154dadd331c8e0f1a2b3c4d5e6f7"),
    Field("request", "Request", ID, "request_id", "The request's id, as the source gave it or as derived from its place in the log.",
          example="b1946ac92492d2347c6235b4"),
    Field("application", "Application", TEXT, "application", "The application that the source names.", facet=True, example="shop"),
    Field("host", "API host", TEXT, "host", "The host the request was sent to, lower case.", facet=True, statistic=True,
          example="*.shop.example"),
    Field("method", "Method", TEXT, "method", "The HTTP method.", facet=True, statistic=True, example="POST"),
    Field("endpoint", "Endpoint", TEXT, "endpoint", "The path with its variable segments named by their kind, such as /users/{id}.",
          facet=True, statistic=True, example="/api/v1/orders/{id}"),
    Field("path", "Path", TEXT, "path", "The path as it was sent, without the query.", example="/v1/*"),
    Field("query", "Query string", TEXT, "query", "The query string as it was sent, secrets masked.", example="*page=*"),
    Field("status", "Response code", NUMBER, "status", "The HTTP status of the response; 5xx stands for 500 to 599.", facet=True,
          statistic=True, example="5xx"),
    Field("duration_ms", "Time", NUMBER, "round(toFloat64(duration_ms), 3)", "How long the response took.", unit="ms", example=">500"),
    Field("request_bytes", "Request size", NUMBER, "request_bytes", "The size of the request.", unit="bytes", example=">10000"),
    Field("response_bytes", "Size", NUMBER, "response_bytes", "The size of the response.", unit="bytes", example=">1000000"),
    Field("duration_ratio", "Time ratio", NUMBER, pace.DURATION_RATIO, "How many times the usual time of its endpoint a request took.",
          unit="times the usual", example=">5"),
    Field("size_ratio", "Size ratio", NUMBER, pace.SIZE_RATIO, "How many times the usual size of its endpoint an answer has.",
          unit="times the usual", example=">5"),
    Field("slow", "Slow", YES_NO, pace.SLOW, "Whether a request took well more time than is usual for its endpoint.", facet=True,
          example="true"),
    Field("large", "Large", YES_NO, pace.LARGE, "Whether an answer is well larger than is usual for its endpoint.", facet=True,
          example="true"),
    Field("ip", "Client IP", ADDRESS, "ip", "The client's address; a network in CIDR form chooses all addresses in it.", facet=True,
          statistic=True, example="203.0.113.0/24"),
    Field("country", "Location", TEXT, "country", "The country of the client's address, two letters.", facet=True, statistic=True,
          example="DE"),
    Field("network", "Network", TEXT, "network", "Who runs the client's network.", facet=True, example="Hetzner*"),
    Field("network_kind", "Network type", TEXT, "network_kind", "What the client's network is for: cloud, hosting, vpn, tor, cdn ...",
          facet=True, example="hosting"),
    Field("user", "User", TEXT, "user", "The user of the session; chooses whole sessions.", scope=SESSION, facet=True, statistic=True,
          example="bob"),
    Field("role", "Role", WORDS, "roles", "A role of the session's user; chooses whole sessions.", scope=SESSION, facet=True,
          statistic=True, example="admin"),
    Field("user_agent", "User agent", TEXT, "user_agent", "The user agent as it was sent.", example="*python*"),
    Field("client", "Client", TEXT, "client", "The program that the user agent names, with its main version.", facet=True,
          statistic=True, example="Chrome*"),
    Field("client_kind", "Client type", TEXT, "client_kind", "What sort of program that is: browser, mobile app, tool, bot, library ...",
          facet=True, example="bot"),
    Field("protocol", "Protocol", TEXT, "protocol", "The API protocol: rest, graphql, grpc, soap, json-rpc, mcp, websocket or web.",
          facet=True, statistic=True, example="graphql"),
    Field("mcp_server", "MCP server", TEXT, "mcp_server", "The MCP server, as host and path.", facet=True, statistic=True,
          example="tools.example.com/mcp"),
    Field("rpc_method", "Method of MCP", WORDS, "rpc_methods", "A JSON-RPC method that was called on an MCP server.", facet=True,
          statistic=True, example="tools/call"),
    Field("primitive", "Primitive", WORDS, "primitives", "The tool, resource or prompt that was asked for.", facet=True, statistic=True,
          example="search_products"),
    Field("referer", "Referer", TEXT, "referer", "The page the request says it came from, secrets masked.", example="*google*"),
    Field("fingerprint", "Fingerprint", TEXT, "fingerprint", "The client's TLS fingerprint (JA3 or JA4).", example="t13d*"),
    Field("attack", "Attack", WORDS, "attack_types", "A type of attack found in the request, by its code; * is any.", facet=True,
          statistic=True, example="sqli"),
    Field("blocked", "Blocked", YES_NO, "blocked", "Whether the request was blocked.", facet=True, statistic=True, example="true"),
    Field("flow", "Business flow", WORDS, "flows", "A sensitive business flow that the endpoint belongs to.", facet=True, statistic=True,
          example="Auth"),
    Field("session_key", "Grouping key", TEXT, "session_key", "The grouping key that gave the request its session.", facet=True,
          example="request.cookie.*"),
    Field("source", "Source", TEXT, "source", "Which file, node or sensor saw the request.", facet=True, example="node-1"),
    Field("overlimit", "Processing overlimit", WORDS, "overlimit", "A limit at which the search for attacks stopped looking further.",
          example="values"),
    Field("subtype", "Subtype", TEXT, "subtype", "The subtype of an attack.", scope=FINDING, facet=True, example="union"),
    Field("point", "Point", TEXT, "point", "The point of the request at which an attack stands.", scope=FINDING, facet=True,
          example="request.query.id"),
    Field("payload", "Payload", TEXT, "payload", "The payload of an attack, secrets masked.", scope=FINDING, facet=True,
          example="*union*select*"),
    Field("signature", "Signature", TEXT, "rule", "The signature, or the rule of another engine, that found an attack.", scope=FINDING,
          facet=True, example="sql-union"),
    Field("engine", "Engine", TEXT, "engine", "Who found an attack: apitrail, or the firewall whose audit log was read.", scope=FINDING,
          facet=True, example="modsecurity"),
    Field("confidence", "Confidence", NUMBER, "round(toFloat64(confidence), 3)", "How sure it is that an attack is one, 0 to 1.",
          scope=FINDING, example=">0.9"),
    Field("cwe", "CWE", NUMBER, "cwe", "The weakness that an attack aims at, by its number in MITRE's list.", scope=FINDING, facet=True,
          example="89"),
    Field("owasp", "OWASP API class", TEXT, "owasp", "The class of the OWASP API Security Top 10 that an attack belongs to.",
          scope=FINDING, facet=True, example="API8*"),
    Field("evidence", "Evidence", TEXT, "evidence", "What kind of thing in the response shows that an attack worked; * is any.",
          scope=FINDING, facet=True, example="*"),
    Field("mark", "Mark", TEXT, "mark", "What a person said of an attack: false_positive or true_positive.", scope=FINDING, facet=True,
          example="false_positive"),
    Field("finding", "Finding", ID, "lower(hex(finding))", "The id of one attack in one request: 16 hex digits.", scope=FINDING,
          example="9d71154dadd331c8"),
    Field("endpoint_id", "Endpoint's id", TEXT, "lower(hex(sipHash64(host, method, endpoint)))",
          "The id of an endpoint of the inventory: 16 hex digits.", scope=ENDPOINT, example="9d71154dadd331c8"),
    Field("risk", "Risk", NUMBER, "risk", "The risk of the endpoint, 1 to 10: the highest weight among the factors that hold.",
          scope=ENDPOINT, example=">=8"),
    Field("risk_factor", "Risk factor", WORDS, "factors", "What makes an endpoint risky.", scope=ENDPOINT,
          example="sensitive_data"),
    Field("rogue", "Rogue", TEXT, "rogue", "Whether the endpoint is in no specification (shadow), or only in an earlier one (zombie).",
          scope=ENDPOINT, example="shadow"),
    Field("auth", "Authentication", WORDS, "auth", "A kind of authentication that requests to the endpoint carry.", scope=ENDPOINT,
          example="bearer"),
    Field("coverage", "Authentication coverage", TEXT, "coverage",
          "How many of the requests to the endpoint are authenticated: consistent (95 % or more), partial or missing.", scope=ENDPOINT,
          example="missing"),
    Field("sensitive", "Sensitive data", WORDS, "sensitive", "A kind of sensitive data that the endpoint takes or gives; * is any.",
          scope=ENDPOINT, example="card"),
    Field("change", "Change", WORDS, "changes", "Whether the endpoint is new, changed or unused in the last seven days.",
          scope=ENDPOINT, example="new"),
    Field("protection", "Protection", WORDS, "protection", "By what the endpoint is covered.", scope=ENDPOINT,
          example="authentication"),
    Field("bot", "Bot type", TEXT, "bot_type", "The type of a bot, of which a session is one; * is any.", scope=BOT,
          example="scraping"),
    Field("bot_confidence", "Confidence in a bot", NUMBER, "round(toFloat64(confidence), 3)", "How sure it is that a session is a bot, 0 to 1.",
          scope=BOT, example=">0.9"),
    Field("detector", "Detector", WORDS, "voted", "The detectors that spoke against a bot.", scope=BOT, example="request_interval"),
    Field("verdict", "Verdict", TEXT, "mark", "What became of the verdict on a bot: confirmed, rejected, excepted.", scope=BOT,
          example="confirmed"),
    Field("requests", "Requests", NUMBER, "requests", "How many requests an attack or an endpoint has.", scope=METRIC, example=">100"),
    Field("sessions", "Sessions", NUMBER, "sessions", "How many sessions an attack has.", scope=METRIC, example=">1"),
    Field("users", "Users", NUMBER, "users", "How many users an attack has.", scope=METRIC, example=">1"),
    Field("ips", "Addresses", NUMBER, "ips", "How many client addresses an attack comes from.", scope=METRIC, example=">10"),
    Field("payloads", "Payloads", NUMBER, "payloads", "How many different payloads an attack has.", scope=METRIC, example=">20"),
)  # fmt: skip

BY_WORD: Mapping[str, Field] = MappingProxyType({field.word: field for field in CATALOGUE})
OTHER_NAMES: Mapping[str, str] = MappingProxyType(
    {
        **{field.title.lower().replace(" ", "_"): field.word for field in reversed(CATALOGUE)},
        "address": "ip",
        "remote_addr": "ip",
        "status_code": "status",
        "url": "path",
        "uri": "path",
        "bytes": "response_bytes",
        "latency": "duration_ms",
        "username": "user",
    }
)
"""What a field is called elsewhere, by its title or in logs, -> its filter word. No filter takes these: they are told as meant."""


def field_named(word: str, *, position: int | None = None) -> Field:
    """The field of a filter word; BadQuestion with the nearest word when there is none."""
    found = BY_WORD.get(word.lower())
    if found:
        return found
    meant = OTHER_NAMES.get(word.lower()) or next(iter(difflib.get_close_matches(word.lower(), BY_WORD, 1, 0.5)), None)
    hint = f"; did you mean {meant!r}?" if meant else "; see the list of fields"
    raise BadQuestion(f"there is no field {word[:60]!r}{hint}", position=position, suggestion=meant)
