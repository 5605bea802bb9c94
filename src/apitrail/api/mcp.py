"""The addresses under /api/v1/settings/mcp-servers: the MCP servers there are, and where each says session, user and role."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from apitrail.access.roles import ADMIN, VIEWER
from apitrail.api.asking import ThePerson, TheStore, at_least, json, only_known, shows, takes
from apitrail.api.body import read_body
from apitrail.configure import session_parameters
from apitrail.errors import BadQuestion
from apitrail.explore.mcp_servers import McpServers, list_servers
from apitrail.model.parameters import McpServer

ADDRESS = "/settings/mcp-servers"
BODY_LIMIT = 1 << 20
"""Bytes of a body that holds the settings of one MCP server."""

router = APIRouter(dependencies=[Depends(only_known)])


@router.get(ADDRESS, dependencies=[Depends(at_least(VIEWER))], responses=shows(McpServers))
def list_mcp_servers(store: TheStore) -> Response:
    """Every MCP server seen in the traffic or configured, with its settings."""
    return json(list_servers(store))


@router.put(ADDRESS, dependencies=[Depends(at_least(ADMIN))], responses=shows(McpServer), openapi_extra=takes(McpServer))
async def put_mcp_server(request: Request, store: TheStore, person: ThePerson) -> Response:
    """Other settings of one MCP server for new traffic; without any point they are as elsewhere."""
    wanted = _decoded(await read_body(request, BODY_LIMIT))
    kept = await run_in_threadpool(session_parameters.keep_server, store, wanted, person.name)
    request.app.state.intake.recipes.refresh()
    return json(kept)


def _decoded(body: bytes) -> McpServer:
    try:
        return msgspec.json.decode(body, type=McpServer)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise BadQuestion(f"the body is not the settings of an MCP server: {error}") from None
