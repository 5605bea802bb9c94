"""What an AI agent can do and read in the shop."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from apitrail.demo.shop.scenery import FAKE_FILES
from apitrail.demo.shop.state import Shop


class Refused(Exception):
    """The arguments do not fit; its message says why."""


def _schema(**properties: str) -> dict[str, Any]:
    return {"type": "object", "properties": {name: {"type": kind} for name, kind in properties.items()}}


TOOLS: tuple[dict[str, Any], ...] = (
    {"name": "search_products", "description": "Find products by words.", "inputSchema": _schema(query="string")},
    {"name": "get_product", "description": "All about one product.", "inputSchema": _schema(product_id="integer")},
    {"name": "order_status", "description": "How far an order is.", "inputSchema": _schema(order_id="integer")},
    {"name": "summarise_reviews", "description": "Reviews in short.", "inputSchema": _schema(product_id="integer")},
)
RESOURCES: tuple[dict[str, Any], ...] = (
    {"uri": "shop://terms", "name": "Terms of sale", "mimeType": "text/plain"},
    {"uri": "shop://catalogue", "name": "The catalogue", "mimeType": "application/json"},
)
PROMPTS: tuple[dict[str, Any], ...] = (
    {"name": "gift_idea", "description": "Find a gift.", "arguments": [{"name": "person", "required": True}]},
    {"name": "compare", "description": "Compare two products.", "arguments": [{"name": "a"}, {"name": "b"}]},
)


def call_tool(shop: Shop, params: dict[str, Any]) -> dict[str, Any]:
    """The result of `tools/call`."""
    arguments = params.get("arguments")
    known = arguments if isinstance(arguments, dict) else {}
    name = params.get("name")
    tools: dict[Any, Callable[[], Any]] = {
        "search_products": lambda: _search(shop, str(known.get("query", ""))),
        "get_product": lambda: _product(shop, known.get("product_id")),
        "order_status": lambda: _order(shop, known.get("order_id")),
        "summarise_reviews": lambda: _product(shop, known.get("product_id"))["reviews"],
    }
    if name not in tools:
        raise Refused(f"unknown tool: {name}")
    return {"content": [{"type": "text", "text": json.dumps(tools[name]())}], "isError": False}


def read_resource(shop: Shop, params: dict[str, Any]) -> dict[str, Any]:
    """The result of `resources/read`."""
    uri = params.get("uri")
    texts: dict[Any, Callable[[], str]] = {
        "shop://terms": lambda: FAKE_FILES["/srv/shop/files/terms.txt"],
        "shop://catalogue": lambda: json.dumps([item.card() for item in shop.products.values()]),
    }
    if uri not in texts:
        raise Refused(f"unknown resource: {uri}")
    return {"contents": [{"uri": uri, "mimeType": "text/plain", "text": texts[uri]()}]}


def get_prompt(shop: Shop, params: dict[str, Any]) -> dict[str, Any]:
    """The result of `prompts/get`."""
    name, arguments = params.get("name"), params.get("arguments") or {}
    if name not in {prompt["name"] for prompt in PROMPTS}:
        raise Refused(f"unknown prompt: {name}")
    text = f"{name}: {json.dumps(arguments)}. Use the tools of the shop and answer in one paragraph."
    return {"messages": [{"role": "user", "content": {"type": "text", "text": text}}]}


def _search(shop: Shop, words: str) -> list[dict[str, object]]:
    return [item.card() for item in shop.products.values() if words.lower() in item.name.lower()][:10]


def _product(shop: Shop, number: Any) -> dict[str, object]:
    if number not in shop.products:
        raise Refused(f"no product {number}")
    return shop.products[number].page() | {"reviews": shop.products[number].reviews}


def _order(shop: Shop, number: Any) -> dict[str, object]:
    if number not in shop.orders:
        raise Refused(f"no order {number}")
    return {"id": number, "status": shop.orders[number].status}
