"""THE CATALOGUE OF FEATURES: what is measured of each session, in three steps that the engine takes in one question.

`ROW` says of each request what it is, `SUMS` adds up the requests of a session within a day, and `FEATURES` are made of these.
What depends on order looks at the first `TRAIL` requests, so that a session of any length takes the same room. A feature is a
number; NULL where a session does not show it. `AROUND` are features that other sessions show: of the same address, or of the
same client.
"""

from __future__ import annotations

from dataclasses import dataclass

from apitrail.model import pace

TRAIL = 200
"""Requests of a session, the first ones, whose order is looked at."""
STEPS = 64
"""Calls of a session whose order is compared with that of others."""
PACED = 30
"""Requests in a row from which the highest rate is told; a page and its calls come together and are no rate."""
GAPS_LEAST = 10
"""Pauses from which their regularity is told."""
SHORT = 2
"""Requests of a session that is short."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One figure of a session: its name, how the engine works it out, its unit, and one sentence for people."""

    name: str
    sql: str
    unit: str
    help: str


_FILE = r"(?i)\.(css|m?js|map|png|jpe?g|gif|svg|ico|webp|avif|bmp|woff2?|ttf|otf|eot)$"
_API = r"(?i)^/([^/]*/)?(api|rest|rpc|graphql|gql|mcp|v[0-9]+)(/|$)"
_NO_PAGE = (
    r"(?i)(^|/)(health[a-z]*|livez|readyz|ping|status|heartbeat|feed|rss|atom)/?$|\.(xml|rss|atom|json|txt|ics|csv|pdf|zip|gz)$"
)
_LOGIN = r"(?i)(log|sign)[_-]?[io]n|auth|token|session|passw|otp|mfa|2fa"
_NO_LOGIN = r"(?i)(log|sign)[_-]?(out|off)|refresh|revoke|introspect|regist|forg[eo]t|reset"
_NAMED = r"^request\.(body|query).*(user|login|mail|account|name|phone)"
_SCANNER = r"^(sqlmap|Nikto|Nuclei|masscan|ZGrab|Nmap|ffuf|feroxbuster|Gobuster|DirBuster|Wfuzz|WPScan|Arachni)( |$)"
_EVERGREEN = r"^(?:Chrome|Chrome Mobile|Edge|Edge Mobile|Firefox|Firefox Mobile|Opera) ([0-9]+)"
_OBJECT = r"[/=]([0-9]{1,9})(?:[/?&]|$)"
_PAGING = r"(?i)(^|&)(page|p|per_?page|page_?size|size|limit|offset|skip|start|from|count|top|first|last)=[^&]*"
_SHOWN = "endpoints WHERE run = (SELECT max(run) FROM endpoints)"


def _text(pattern: str) -> str:
    return "'" + pattern.replace("\\", "\\\\").replace("'", "\\'") + "'"


ROW = {
    "file": f"match(path, {_text(_FILE)})",
    "icon": "match(path, '/(favicon|apple-touch-icon)[^/]*$')",
    "robots": "path = '/robots.txt'",
    "page": "NOT file AND NOT icon AND NOT robots AND method IN ('GET', 'HEAD') AND (startsWith(response_media, 'text/html')"
    f" OR (response_media = '' AND NOT hasAny(auth, ['bearer', 'jwt', 'api_key', 'mtls', 'aws_signature']) AND protocol IN ('', 'rest', 'web') AND NOT match(path, {_text(_API)}) AND NOT match(path, {_text(_NO_PAGE)})))",
    "login": f"method = 'POST' AND has(flows, 'Auth') AND match(endpoint, {_text(_LOGIN)}) AND NOT match(endpoint, {_text(_NO_LOGIN)})",
    "refused": "login AND status IN (400, 401, 403, 404, 422, 423, 429)",
    "shown_again": "login AND status = 200 AND (response_media = '' OR startsWith(response_media, 'text/html'))",
    "name": "if(login, arrayFirst((value, point) -> match(point, "
    + _text(_NAMED)
    + "), mapValues(observed), mapKeys(observed)), 0)",
    "network_of": "if(position(ip, ':') > 0, arrayStringConcat(arraySlice(splitByChar(':', toString(ip)), 1, 2), ':'),"
    " substringIndex(toString(ip), '.', 2))",
    "step": "toUInt32(cityHash64(method, endpoint))",
    "target": "toUInt32(cityHash64(path, query))",
    "place": "toUInt32(cityHash64(path))",
    "from_place": "if(referer = '', 0, toUInt32(cityHash64(if(path(referer) = '', '/', path(referer)))))",
    "object": f"toUInt32OrZero(extract(concat(path, '?', replaceRegexpAll(query, {_text(_PAGING)}, '')), {_text(_OBJECT)}))",
    "public": f"(host, method, endpoint) IN (SELECT host, method, endpoint FROM {_SHOWN} AND empty(endpoints.auth)"
    f" AND host IN (SELECT host FROM {_SHOWN} AND notEmpty(endpoints.auth)))",
    "depth": "toUInt8(least(countSubstrings(path, '/'), 255))",
}
"""What a request is, by its own row."""

SUMS = {
    "applications": "topK(10, 3, 'counts')(toString(application))",
    "hosts": "topK(10, 3, 'counts')(toString(host))",
    "clients": "topK(10, 3, 'counts')(toString(client))",
    "start": "min(time)",
    "end": "max(time)",
    "requests": "count()",
    "called": "sum(cityHash64(endpoint))",
    "attacked": "countIf(notEmpty(attack_types))",
    "ips": f"arraySort(groupUniqArray({TRAIL})(toString(ip)))",
    "networks": "uniq(network_of)",
    "program": "min(cityHash64(user_agent, fingerprint))",
    "agents": "countIf(user_agent != '')",
    "bad_agents": "countIf(client_kind IN ('tool', 'library', 'bot'))",
    "scanners": f"countIf(match(client, {_text(_SCANNER)}))",
    "version": f"max(toFloat32OrNull(extract(client, {_text(_EVERGREEN)})))",
    "with_key": "countIf(has(auth, 'api_key') OR has(auth, 'mtls') OR has(auth, 'aws_signature'))",
    "files": "countIf(file AND NOT icon)",
    "pages": "countIf(page)",
    "referred": "countIf(referer != '' AND NOT icon AND (file OR page))",
    "asked_robots": "countIf(robots)",
    "heads": "countIf(method = 'HEAD')",
    "different_pages": "uniqIf(target, page)",
    "kinds_of_pages": "uniqIf(step, page)",
    "objects_asked": "countIf(object != 0)",
    "objects_named": "uniqIf(object, object != 0)",
    "objects_gone": "uniqIf(object, object != 0 AND status IN (404, 410))",
    "limited": "countIf(status = 429)",
    "public_objects": "countIf(object != 0 AND public)",
    "endpoints": "uniqIf(step, NOT file)",
    "targets": "uniqIf(target, NOT file)",
    "queries": "uniqIf(query, query != '' AND NOT file)",
    "asked": "countIf(query != '' AND NOT file)",
    "missing": "uniqIf(if(status = 404, target, place), status IN (400, 404, 405, 410) AND NOT file AND NOT icon AND NOT robots)",
    "errors": "countIf(status BETWEEN 400 AND 499 AND status NOT IN (401, 429) AND NOT file AND NOT robots)",
    "denied": "countIf(status IN (401, 403))",
    "calls": "countIf(NOT file)",
    "logins": "countIf(login)",
    "refusals": "countIf(refused)",
    "forms": "countIf(shown_again)",
    "names": "uniqIf(name, name != 0 AND (refused OR shown_again))",
    "flowing": "countIf(notEmpty(flows))",
    "received": "sum(request_bytes)",
    "largest": "max(request_bytes)",
    "sent": "sum(response_bytes)",
    "timed": "count(duration_ms)",
    "slow": f"countIf({pace.SLOW})",
    "trail": f"groupArraySorted({TRAIL})((toUnixTimestamp64Milli(time), step, target, place, from_place, object, depth,"
    " multiIf(file, 2, page, 1, 0)))",
}
"""What the requests of a session add up to. `trail` has the first ones in order, each as (milliseconds, step, target, place,
place it came from, object, depth, 0 for a call, 1 for a page, 2 for a file)."""

TRAILS = {
    **{name: f"arraySort(one -> (-toInt64(one.2), one.1), {name}s)[1].1" for name in ("application", "host", "client")},
    "walk": "arrayFilter(one -> one.8 < 2, trail)",
    "web": "arrayFilter(one -> one.8 > 0, trail)",
    "places": "arrayMap(one -> one.4, web)",
    "times": "arrayMap(one -> one.1, walk)",
    "gaps": "arrayMap((later, earlier) -> later - earlier, arrayPopFront(times), arrayPopBack(times))",
    "quantiles": "arrayReduce('quantilesExactInclusive(0.1, 0.5, 0.9)', gaps)",
    "dash": f"arrayMin(arrayMap((later, earlier) -> later - earlier, arraySlice(times, {PACED}),"
    f" arraySlice(times, 1, greatest(length(times), {PACED - 1}) - {PACED - 1})))",
    "objects": "arrayFilter(number -> number > 0, arrayMap(one -> one.6, walk))",
    "strides": "arrayMap((later, earlier) -> toInt64(later) - toInt64(earlier), arrayPopFront(objects), arrayPopBack(objects))",
    "depths": "arrayMap(one -> one.7, arrayFilter(one -> one.8 = 1, trail))",
    "descents": "arrayCount((later, earlier) -> later < earlier, arrayPopFront(depths), arrayPopBack(depths))",
    "steps": f"arraySlice(arrayMap(one -> one.2, walk), 1, {STEPS})",
}
"""What there was most of, the first by name of equals, and what the order of the first requests shows."""

FEATURES = (
    Feature("bad_agent", "if(agents = 0, NULL, bad_agents / requests)", "share",
            "Requests whose user agent names a tool, a library or a bot."),
    Feature("scanner", "if(agents = 0, NULL, scanners / requests)", "share",
            "Requests whose user agent names a program that searches for weaknesses."),
    Feature("version", "version", "version", "The main version of a browser that updates itself."),
    Feature("failed_logins", "if(logins + denied = 0, NULL, refusals + if(forms > 1, forms - 1, 0)"
            " + if(logins = 0 AND denied >= calls / 2, denied, 0))", "requests",
            "Log-ins that were refused, or whose form came back, and requests that met a closed door again and again."),
    Feature("login_share", "if(logins = 0, NULL, logins / calls)", "share", "Log-ins among the calls."),
    Feature("names_tried", "if(names = 0, NULL, names)", "names", "Different user names with which a log-in failed."),
    Feature("uniqueness", "if(calls < 20, NULL, endpoints / calls)", "share", "Different endpoints among the calls."),
    Feature("flow_share", "if(calls < 10, NULL, flowing / calls)", "share", "Calls of sensitive business flows."),
    Feature("rate", f"if(length(times) < {PACED}, NULL, greatest({60_000 * PACED} / greatest(dash, 100),"
            " calls / greatest((toUnixTimestamp(end) - toUnixTimestamp(start)) / 60, 1)))", "calls a minute",
            f"The highest rate that {PACED} calls in a row had, or the whole session."),
    Feature("interval_spread", f"if(length(gaps) < {GAPS_LEAST} OR targets < 5 OR quantiles[2] < 500, NULL,"
            " (quantiles[3] - quantiles[1]) / quantiles[2])", "ratio",
            "How much the pauses between calls differ: the span of most of them by their median."),
    Feature("targets_an_endpoint", "if(calls < 20, NULL, targets / endpoints)", "targets",
            "Different paths and queries for each endpoint."),
    Feature("queries", "if(asked < 10, NULL, queries)", "queries", "Different query strings."),
    Feature("strides", f"if(length(strides) < {GAPS_LEAST} OR arrayUniq(objects) < {GAPS_LEAST}, NULL, arrayCount(one -> one BETWEEN 1 AND 3 OR one BETWEEN -3 AND -1, strides)"
            " / length(strides))", "share", "Object numbers that follow closely on the one before."),
    Feature("scope_width", "endpoints", "endpoints", "Different endpoints that were called."),
    Feature("networks", "networks", "networks", "Different networks, by the first half of the address, that the session came from."),
    Feature("slow_share", "if(timed < 10, NULL, slow / timed)", "share", "Requests that took well more than is usual for their endpoint."),
    Feature("largest_request", "largest", "bytes", "The largest request."),
    Feature("response_volume", "sent", "bytes", "All that was answered."),
    Feature("request_volume", "received", "bytes", "All that was sent."),
    Feature("calls", "calls", "calls", "Requests that are for no file."),
    Feature("files_a_page", "if(pages < 3 AND different_pages < 2, NULL, files / kinds_of_pages)", "files", "Scripts, styles and images for each kind of page."),
    Feature("referred", "if(files + pages < 3 AND different_pages < 2, NULL, referred / (files + pages))", "share",
            "Pages and files that were asked for with a referer."),
    Feature("followed", "if(length(web) < 3 OR referred = 0, NULL, arrayCount(one -> one.5 != 0 AND has(places, one.5), web) / (length(web) - 1))", "share",
            "Pages and files whose referer was visited in the same session."),
    Feature("robots", "if(asked_robots = 0, NULL, asked_robots)", "requests", "Requests for robots.txt."),
    Feature("heads", "if(heads = 0, NULL, heads / requests)", "share", "Requests that want nothing but the head of an answer."),
    Feature("missing", "missing", "targets", "Different paths, with their queries, that do not exist."),
    Feature("error_share", "if(calls < 5, NULL, errors / calls)", "share", "Calls that were refused as wrong or not there."),
    Feature("new_pages", "if(pages < 8, NULL, different_pages / pages)", "share", "Pages that were visited once only."),
    Feature("descents", "if(length(depths) < 10 OR arrayUniq(depths) < 3, NULL, descents / (length(depths) - 1))", "share",
            "Steps from a deeper page to one that is less deep."),
    Feature("guessed_objects", "if(objects_named = 0, NULL, if(2 * objects_gone < objects_named, 0, objects_gone))", "objects",
            "Different object numbers that do not exist, where these are half of the numbers or more."),
    Feature("limited", "if(limited = 0, NULL, limited)", "requests", "Requests that were answered 429: too many."),
    Feature("attack_share", "if(attacked = 0, NULL, attacked / requests)", "share", "Requests with attacks in them."),
    Feature("public_share", "if(objects_asked = 0, NULL, public_objects / objects_asked)", "share",
            "Objects that were asked for where nobody has to say who they are, on a host where elsewhere people do."),
    Feature("by_right", "with_key / requests", "share", "Requests with an API key, a certificate or a signature, as programs have them."),
)  # fmt: skip

AROUND = (
    Feature("address_short", "toFloat32(address_short)", "sessions", f"Sessions of the same program at the same address with {SHORT} requests at most."),
    Feature("address_failed", "toFloat32(address_failed)", "log-ins", "Failed log-ins of the same address that day."),
    Feature("address_missing", "toFloat32(address_missing)", "targets", "What does not exist and was asked for from the same address that day."),
    Feature("address_days", "toFloat32(address_days)", "days", "Days on which log-ins of the same address failed."),
    Feature("alike_failing", "toFloat32(alike_failing)", "sessions",
            "Sessions of the same program on the same day that did nothing but fail to log in once to four times."),
    Feature("versions_behind", "newest_version - f_version", "versions", "How far the browser is behind those of most others."),
    Feature("surprise", "surprise", "bits", "How unlikely each call is after the one before, by the sessions of others."),
    Feature("distance", "distance", "spreads", "How far the session is from others in all its figures together."),
)  # fmt: skip
"""What is worked out when verdicts are made, from several sessions."""

KEPT = {
    "application": "LowCardinality(String)",
    "host": "LowCardinality(String)",
    "client": "LowCardinality(String)",
    "start": "DateTime64(6, 'UTC')",
    "end": "DateTime64(6, 'UTC')",
    "requests": "UInt64",
    "called": "UInt64",
    "attacked": "UInt64",
    "ips": "Array(String)",
    "program": "UInt64",
    "logins": "UInt64",
    "steps": "Array(UInt32)",
}
"""What is kept of a session beside its features: column -> type."""

COLUMNS = {**KEPT, **{f"f_{feature.name}": "Nullable(Float32)" for feature in FEATURES}}
"""The columns of `behaviour` beside day, session and version."""


def measured(rows: str) -> str:
    """The question for the features of all session parts that have requests under a condition, a row each."""
    row = ", ".join(f"({sql}) AS {name}" for name, sql in ROW.items())
    sums = ", ".join(f"{sql} AS {name}" for name, sql in SUMS.items())
    trails = ", ".join(f"{sql} AS {name}" for name, sql in TRAILS.items())
    features = ", ".join(f"CAST({feature.sql}, 'Nullable(Float32)') AS f_{feature.name}" for feature in FEATURES)
    kept = ", ".join(KEPT)
    inner = f"SELECT *, {row} FROM requests WHERE {rows}"
    return (
        f"WITH {trails} SELECT day, session_id, {kept}, {features}"
        f" FROM (SELECT day, session_id, {sums} FROM ({inner}) GROUP BY day, session_id)"
    )
