"""The shop for AI agents: the Model Context Protocol over streamable HTTP, with sessions.

Written out here rather than taken from the `mcp` package, whose sessions run on real time and random ids; the tests
drive it with that package's client.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from apitrail.demo.shop.state import Shop, ShopHere
from apitrail.demo.shop.toolbox import PROMPTS, RESOURCES, TOOLS, Refused, call_tool, get_prompt, read_resource

PROTOCOLS = ("2025-11-25", "2025-06-18", "2025-03-26")
INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32600, -32601, -32602

router = APIRouter()
Handler = Callable[[Shop, dict[str, Any]], dict[str, Any]]


@router.post("/mcp")
async def message(request: Request, shop: ShopHere) -> Response:
    """One JSON-RPC message from an agent."""
    try:
        call = await request.json()
    except ValueError:
        return _failure(None, -32700, "parse error", 400)
    if not isinstance(call, dict) or call.get("jsonrpc") != "2.0" or not isinstance(call.get("method"), str):
        return _failure(None, INVALID_REQUEST, "not a JSON-RPC 2.0 request", 400)
    if call["method"] == "initialize":
        return await _initialize(shop, call)
    if request.headers.get("mcp-session-id", "") not in shop.visits:
        return _failure(call.get("id"), INVALID_REQUEST, "unknown session", 404)
    return await _answer(shop, call)


@router.get("/mcp")
async def stream() -> Response:
    """This server has nothing to say unasked."""
    return Response(status_code=405, headers={"Allow": "POST, DELETE"})


@router.delete("/mcp", status_code=204)
async def leave(request: Request, shop: ShopHere) -> None:
    """End the session."""
    await shop.work(3)
    shop.visits.pop(request.headers.get("mcp-session-id", ""), None)


async def _initialize(shop: Shop, call: dict[str, Any]) -> Response:
    await shop.work(15)
    wanted = _params(call).get("protocolVersion")
    result: dict[str, Any] = {
        "protocolVersion": wanted if wanted in PROTOCOLS else PROTOCOLS[0],
        "capabilities": {"tools": {}, "resources": {}, "prompts": {}},
        "serverInfo": {"name": "shop-assistant", "version": "1.4.0"},
    }
    return _success(call.get("id"), result, {"Mcp-Session-Id": shop.open_visit().id})


async def _answer(shop: Shop, call: dict[str, Any]) -> Response:
    if "id" not in call:
        return Response(status_code=202)
    handler = METHODS.get(call["method"])
    if handler is None:
        return _failure(call["id"], METHOD_NOT_FOUND, f"no method {call['method']}")
    await shop.work(55 if call["method"] == "tools/call" else 8)
    try:
        return _success(call["id"], handler(shop, _params(call)))
    except Refused as refusal:
        return _failure(call["id"], INVALID_PARAMS, str(refusal))


METHODS: dict[str, Handler] = {
    "ping": lambda shop, params: {},
    "tools/list": lambda shop, params: {"tools": list(TOOLS)},
    "tools/call": call_tool,
    "resources/list": lambda shop, params: {"resources": list(RESOURCES)},
    "resources/read": read_resource,
    "prompts/list": lambda shop, params: {"prompts": list(PROMPTS)},
    "prompts/get": get_prompt,
}


def _params(call: dict[str, Any]) -> dict[str, Any]:
    params = call.get("params")
    return params if isinstance(params, dict) else {}


def _success(call_id: Any, result: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"jsonrpc": "2.0", "id": call_id, "result": result}, headers=headers)


def _failure(call_id: Any, code: int, reason: str, status: int = 200) -> Response:
    return JSONResponse({"jsonrpc": "2.0", "id": call_id, "error": {"code": code, "message": reason}}, status)
