"""The rows of the specification: number, what a user can do in a few words, and the pages of the console where it is done."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """A row: its number, what somebody can do, the addresses in the console where it is seen, and why it is not there yet."""

    id: str
    what: str
    pages: tuple[str, ...] = ()
    not_yet: str = ""


SESSION, SESSIONS = "/sessions/{id}", "/sessions"
PARAMETERS, SPECIFICATIONS = "/settings/session-parameters", "/settings/specifications"
ATTACK, ATTACKS, INCIDENT, INCIDENTS = "/attacks/{id}", "/attacks", "/incidents/{id}", "/incidents"
ENDPOINT, DISCOVERY = "/discovery/{id}", "/discovery"
MCP, MCP_SERVERS, RULES = "/sessions?tab=mcp", "/settings/mcp-servers", "/settings/ignore-rules"
ABUSE, PROFILES, EXCEPTIONS, DENYLISTS = "/abuse", "/settings/abuse", "/settings/exceptions", "/settings/denylists"

SECTIONS = {
    "S": "Sessions",
    "A": "Attacks and incidents",
    "D": "API discovery",
    "B": "API abuse",
    "L": "Live traffic, blocking, agents",
}
"""The first letter of a number, and what these rows are about."""

ROWS = (
    Row("S1.1", "An exchange is in one session; equal values of grouping keys are one, wherever they stand", (SESSIONS,)),
    Row("S1.2", "Own grouping keys in an order, tried one by one, before the built-in ones", (PARAMETERS,)),
    Row("S1.3", "A key is any point of an exchange, decoded as far as its value needs", (PARAMETERS,)),
    Row("S1.4", "Built-in keys: cookies, headers, stable claims of tokens, fingerprint, address", (PARAMETERS,)),
    Row("S1.5", "The id of a session is a keyed hash; each request shows its key and the masked value", (SESSION,)),
    Row("S1.6", "Parts at UTC midnight with a link each; retention; clocks that are wrong", (SESSIONS, SESSION)),
    Row("S1.7", "Recommended grouping keys with reason and numbers, accepted one or all", (PARAMETERS,)),
    Row("S1.8", "A preview shows, while one types, which key matches and what it extracts", (PARAMETERS,)),
    Row("S2.1", "Up to 20 context parameters with name, type, hash and grouping; the 21st is refused", (PARAMETERS,)),
    Row("S2.2", "Only what was chosen is stored, hashed where that is wanted", (SESSION,)),
    Row("S2.3", "Users and roles of a session, several of them, and filters by them", (SESSIONS, SESSION)),
    Row("S2.4", "Secrets are masked wherever they are shown or exported", (SESSION,)),
    Row("S3.1", "The list: newest first, sorted, with all that a session is", (SESSIONS,)),
    Row("S3.2", "Filters as dropdowns with counts, search, several values and exclusion; chips", (SESSIONS,)),
    Row("S3.3", "The number of sessions, exact and compact", (SESSIONS,)),
    Row("S3.4", "Presets, from and to in the viewer's zone; sessions, requests and counts of the interval alone", (SESSIONS,)),
    Row("S3.5", "A histogram of requests and attacks; a bar or a drag narrows the interval", (SESSIONS,)),
    Row("S4.1", "A session opens under its row, and has an address of its own", (SESSIONS, SESSION)),
    Row("S4.2", "Statistics with count and percent, each a filter inside the session", (SESSION,)),
    Row("S4.3", "A session shares the filters of the list, drops them, or gives its own back", (SESSIONS, SESSION)),
    Row("S4.4", "Requests in time order, reversible, paged", (SESSION,)),
    Row("S4.5", "A timeline: one mark a request, or bars; each leads to its requests", (SESSION,)),
    Row("S4.6", "A request opens in place: lines, attacks, client, answer, parameters, evidence, copies", (SESSION,)),
    Row("S4.7", "Related sessions, the one before and the one after", (SESSION,)),
    Row("S5.1", "Time and size beside what is usual for the endpoint; marks, order, filters", (SESSION,)),
    Row("S6.1", "A link reproduces the view exactly", (SESSIONS, SESSION)),
    Row("S6.2", "Downloads have the requests shown, all of them, as CSV, HAR and JSON", (SESSION,)),
    Row("S7.1", "From a malicious request of an attack to its session, at first with it alone", (ATTACK, SESSIONS)),
    Row("S7.2", "From a malicious request of a session to its attack, to a mark, to a rule", (SESSION, ATTACK)),
    Row("S7.3", "From an endpoint to the sessions with requests to it", (ENDPOINT, SESSIONS)),
    Row("S8.1", "MCP sessions in their own tab, with methods, primitives, arguments; settings of servers", (MCP, MCP_SERVERS)),
    Row("A1.1", "Every value of a request is looked at, decoded; a finding names point and payload"),
    Row("A1.2", "Types of attacks, each with subtype and classification"),
    Row("A1.3", "Attacks that only behaviour shows, and requests that break a specification"),
    Row("A1.4", "Verdicts of other engines are taken over"),
    Row("A1.5", "Measured on labelled traffic"),
    Row("A2.1", "Malicious requests grouped to attacks, with all that they add up to", (ATTACKS,)),
    Row("A2.2", "Filters by attributes and metrics, figures that drill down, saved views, CSV", (ATTACKS,)),
    Row("A2.3", "An attack: overview, requests, and the menu of each session", (ATTACK,)),
    Row("A2.4", "Marks on one or several, and ignore rules for new traffic", (ATTACKS, RULES)),
    Row("A2.5", "The aggregation API: query, statistics, mark, schema"),
    Row("A3.1", "An incident: an attack whose response shows that it worked, with the evidence", (INCIDENTS, INCIDENT)),
    Row("A3.2", "Incidents listed and opened as attacks are; a vulnerability closes and reopens", (INCIDENTS, INCIDENT)),
    Row("D1", "The inventory from traffic: hosts, methods, templates, operations; learned variables", (DISCOVERY,)),
    Row("D2", "Noise is left out, by thresholds that are settings"),
    Row("D3", "An endpoint: parameters with types and presence, authentication, times, sizes", (ENDPOINT,)),
    Row("D4", "Sensitive data by patterns and context; values are never stored", (DISCOVERY, ENDPOINT)),
    Row("D5", "A risk from 1 to 10, each factor explained", (DISCOVERY, ENDPOINT)),
    Row("D6", "Specifications: shadow, zombie and orphan", (DISCOVERY, SPECIFICATIONS)),
    Row("D7", "By what an endpoint is covered", (DISCOVERY, ENDPOINT)),
    Row("D8", "Sensitive business flows, by words and by hand", (DISCOVERY, ENDPOINT)),
    Row("D9", "What is new, changed or unused", (DISCOVERY,)),
    Row("D10", "The inventory as OpenAPI and as CSV", (DISCOVERY,)),
    Row("D11", "What is known of its endpoint stands in each request, with the way there and back", (SESSION, ENDPOINT)),
    Row("B1", "Five types of bots", (ABUSE,)),
    Row("B2", "Detectors, each with value, normal and how many times it is off", (SESSION,)),
    Row("B3", "Normal values are learned; too little data is said", (ABUSE,)),
    Row("B4", "Confidence by votes, and how sensitively a type is judged", (ABUSE, PROFILES)),
    Row("B5", "Profiles, exceptions and denylists, each with its history", (PROFILES, EXCEPTIONS, DENYLISTS)),
    Row("B6", "A bot attack over its sessions, evidence in each, verdicts, exceptions", (ABUSE, SESSION)),
    Row("B7", "Bots in figures, every bar a way down", (ABUSE,)),
    Row("B8", "Verified crawlers are no attacks"),
    Row("L1", "Sources: log files, recordings, audit logs, records, HTTP, middleware"),
    Row("L2", "Blocking by the lists", not_yet="lists are kept, nothing is blocked by them"),
    Row("L3", "An MCP server that answers agents", not_yet="later"),
    Row("L4", "Notifications", not_yet="later"),
)  # fmt: skip
"""Every row, in the order of the specification."""
