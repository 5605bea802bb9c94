"""What the inventory says of the endpoint of an expanded request (D11, S4.6)."""

from __future__ import annotations

from typing import Any

from apitrail.console import discovery_page, links
from apitrail.console.discovery_words import risk_tone
from apitrail.console.words import value_title
from apitrail.explore.answers import Request
from apitrail.explore.discovery.opening import endpoint_of
from apitrail.store import Store


def insights(store: Store, request: Request) -> dict[str, Any] | None:
    """The endpoint with its risk, marks, protection and flows, and the way to its page; None when it is not in the inventory."""
    endpoint = endpoint_of(store, request.host, request.method, request.endpoint)
    if endpoint is None:
        return None
    marked = {"request": request.request_id, "session": request.session_id}
    return {
        "endpoint": endpoint,
        "tone": risk_tone(endpoint.risk),
        "risk_words": discovery_page.risk_words(endpoint),
        "marks": discovery_page.marks(endpoint),
        "protection": [value_title("protection", name) for name in endpoint.protection],
        "url": links.endpoint_page(endpoint.id, **marked),
    }
