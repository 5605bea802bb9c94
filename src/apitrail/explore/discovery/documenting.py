"""The inventory as documents: OpenAPI 3.1 of a host, and CSV (D10)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from apitrail.errors import NotFound
from apitrail.explore.discovery.listing import ORDER, Endpoint, every_endpoint
from apitrail.explore.discovery.openapi import DocumentedEndpoint, DocumentedParameter, document
from apitrail.explore.discovery.opening import OpenedEndpoint, open_listed
from apitrail.explore.discovery.rules import USUAL, Rules
from apitrail.explore.tables import csv_table
from apitrail.query.text import term
from apitrail.query.tree import Question
from apitrail.store import Store

LIST_COLUMNS = tuple(Endpoint.__struct_fields__)


def document_of(store: Store, host: str, rules: Rules = USUAL) -> dict[str, Any]:
    """The endpoints of a host as an OpenAPI 3.1 document; NotFound when the inventory has none of it."""
    found = [open_listed(store, one, rules) for one in every_endpoint(store, Question((term("host", [host]),)), sort="endpoint")]
    if not found:
        raise NotFound(f"the inventory has no endpoint of the host {host[:100]!r}")
    return document(host, [_documented(one) for one in found])


def csv(store: Store, question: Question, *, sort: str = ORDER) -> Iterator[str]:
    """All endpoints under a question as CSV with a head, safe for spreadsheets."""
    found = every_endpoint(store, question, sort=sort)
    return csv_table(LIST_COLUMNS, ([getattr(one, name) for name in LIST_COLUMNS] for one in found))


def _documented(endpoint: OpenedEndpoint) -> DocumentedEndpoint:
    numbers: dict[str, float | None] = {
        "requests": endpoint.requests, "p50_ms": endpoint.p50_ms, "p95_ms": endpoint.p95_ms,
        "p50_bytes": endpoint.p50_bytes, "p95_bytes": endpoint.p95_bytes,
    }  # fmt: skip
    return DocumentedEndpoint(
        method=endpoint.method,
        endpoint=endpoint.endpoint,
        parameters=tuple(DocumentedParameter(one.point, one.type, one.required, one.sensitive) for one in endpoint.members),
        media=tuple(endpoint.media),
        response_media=tuple(endpoint.response_media),
        auth=tuple(endpoint.auth),
        auth_optional=endpoint.auth_coverage != "consistent",
        statuses=tuple(int(status) for status in endpoint.statuses if status != "0"),
        rogue=endpoint.rogue,
        risk=endpoint.risk,
        risk_factors=tuple(endpoint.risk_factors),
        flows=tuple(endpoint.flows),
        numbers={name: number for name, number in numbers.items() if number is not None},
    )
