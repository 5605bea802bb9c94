"""JSON audit logs of web application firewalls with the Core Rule Set: ModSecurity 3 and 2, Coraza."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from apitrail.errors import RejectedLine
from apitrail.model.exchange import Exchange, Verdict, header
from apitrail.sources import jsonlog, slots
from apitrail.sources.addresses import host_of
from apitrail.sources.contract import LineFormat
from apitrail.sources.headerless import headerless
from apitrail.sources.verdicts import Match, verdict

_REFUSED = 403
_NAMES = jsonlog.Names.of({
    "request": "request.request_line",
    "method": "request.method",
    "target": "request.uri",
    "version": "request.protocol request.http_version",
    "client_ip": "transaction.client_ip transaction.remote_address client_ip",
    "time": "transaction.unix_timestamp transaction.timestamp transaction.time_stamp transaction.time",
    "status": "response.http_code response.status",
})  # fmt: skip
_FIELD = re.compile(r'\[(id|msg|data|tag) "((?:[^"\\]|\\.){0,2000})"\]')

Message = Mapping[str, Any]


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _parse(line: str) -> Exchange:
    record = jsonlog.decode(line)
    transaction = _table(record.get("transaction"))
    if not transaction:
        raise RejectedLine("no transaction in it")
    # ModSecurity 3 and Coraza keep request and response inside the transaction, ModSecurity 2 beside it.
    request = _table(transaction.get("request") or record.get("request"))
    response = _table(transaction.get("response") or record.get("response"))
    values = _NAMES.read({"transaction": transaction, "request": request, "response": response})
    exchange = slots.exchange(values, jsonlog.headers_of(request.get("headers")), jsonlog.headers_of(response.get("headers")))
    exchange.host = exchange.host or host_of(header(exchange.headers, "host"))
    exchange.body = _text(request.get("body"))
    exchange.response_body = _text(response.get("body"))
    exchange.verdicts = tuple(_verdicts(record, exchange.query))
    exchange.blocked = _blocked(record, exchange)
    return exchange


def _text(body: object) -> bytes:
    lines = body if isinstance(body, list) else [body]
    return "".join(part for part in lines if isinstance(part, str)).encode("utf-8", "surrogatepass")


def _verdicts(record: Message, query: str) -> Iterator[Verdict]:
    seen = set()
    for match in _matches(record):
        found = verdict(match, query)
        if found and (found.rule, found.point) not in seen:
            seen.add((found.rule, found.point))
            yield found


def _matches(record: Message) -> Iterator[Match]:
    transaction = _table(record.get("transaction"))
    audit = _table(record.get("audit_data"))
    for messages in (transaction.get("messages"), record.get("messages"), audit.get("messages")):
        for message in messages if isinstance(messages, list) else ():
            yield _match_of_text(message) if isinstance(message, str) else _match(_table(message))


def _match(message: Message) -> Match:
    details = _table(message.get("details") or message.get("data"))
    tags = details.get("tags")
    return Match(
        str(details.get("ruleId") or details.get("id") or ""),
        str(details.get("msg") or message.get("message") or ""),
        [str(tag) for tag in tags] if isinstance(tags, list) else [],
        str(details.get("data") or ""),
        str(details.get("match") or message.get("error_message") or ""),
    )


def _match_of_text(message: str) -> Match:
    fields = _FIELD.findall(message)
    one = dict(fields)
    tags = [value for name, value in fields if name == "tag"]
    return Match(one.get("id", ""), one.get("msg", ""), tags, one.get("data", ""), message)


def _blocked(record: Message, exchange: Exchange) -> bool:
    transaction = _table(record.get("transaction"))
    if isinstance(transaction.get("is_interrupted"), bool):
        return bool(transaction["is_interrupted"])
    action = _table(_table(record.get("audit_data")).get("action"))
    if action:
        return bool(action.get("intercepted"))
    engine = str(_table(transaction.get("producer")).get("secrules_engine", "Enabled"))
    return exchange.status == _REFUSED and bool(transaction.get("messages")) and engine in {"Enabled", "On"}


def _recognise(line: str) -> float:
    record = jsonlog.members(line) if '"transaction"' in line else {}
    transaction = _table(record.get("transaction"))
    return 0.95 if transaction and ("request" in transaction or "request" in record) else 0.0


MODSECURITY = LineFormat(
    name="modsecurity",
    title="ModSecurity or Coraza audit log, JSON",
    samples=(
        '{"transaction":{"client_ip":"198.51.100.7","time_stamp":"Fri Oct 10 11:55:36 2025","request":{"method":"GET",'
        '"http_version":1.1,"uri":"/?q=1","headers":{"Host":"a.example"},"body":""},"response":{"http_code":403,'
        '"headers":{},"body":""},"producer":{"secrules_engine":"Enabled"},"messages":[{"message":"SQL Injection",'
        '"details":{"ruleId":"942100","data":"Matched Data: s&1 found within ARGS:q: 1","tags":["attack-sqli"]}}]}}',
        '{"transaction":{"timestamp":"2025/10/10 11:55:36","unix_timestamp":1760097336000000000,'
        '"client_ip":"198.51.100.7","request":{"method":"POST","protocol":"HTTP/1.1","uri":"/run","headers":{"host":["a.example"]},"body":"x"},'
        '"response":{"status":403,"headers":{},"body":""},"is_interrupted":true},'
        '"messages":[{"message":"Remote Command Execution","data":{"id":932100,"tags":["attack-rce"]}}]}',
    ),
    recognise=_recognise,
    start=headerless(_parse),
)
