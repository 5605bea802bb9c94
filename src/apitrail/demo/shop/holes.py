"""The holes that are left open on purpose. Each behaves like the real thing over harmless make-believe.

No file is read, no address is fetched and no command is run: what comes out is written down in `scenery`.
"""

from __future__ import annotations

import posixpath
import re
from typing import Any

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from pydantic import BaseModel, Field

from apitrail.demo.shop.access import Somebody
from apitrail.demo.shop.scenery import COMMANDS, FAKE_FILES, FAKE_NETWORK, TEMPLATE_OBJECTS
from apitrail.demo.shop.state import Shop, ShopHere

FILE_ROOT = "/srv/shop/files"
SUM = re.compile(r"\{\{\s*(\d{1,6})\s*([*+-])\s*(\d{1,6})\s*\}\}|\$\{\s*(\d{1,6})\s*([*+-])\s*(\d{1,6})\s*\}")
SIGNS = {"*": int.__mul__, "+": int.__add__, "-": int.__sub__}
OBJECT = re.compile(r"\{\{\s*([^{}]{1,80}?)\s*\}\}")
NEXT_COMMAND = re.compile(r"[;|&\n`]+|\$\(")
ARITHMETIC = re.compile(r"\$\(\(\s*(\d{1,6})\s*([*+-])\s*(\d{1,6})\s*\)\)")
WAIT = re.compile(r"sleep (\d{1,2})")
LONGEST_WAIT = 10
"""Seconds that a command may make the shop wait."""
HEADER_LINE = re.compile(r"([A-Za-z][A-Za-z0-9-]{0,60}):[ \t]*([\x20-\x7e]{0,300})")

pages = APIRouter()
v1 = APIRouter(prefix="/api/v1")
office = APIRouter(prefix="/api/v1")


class Card(BaseModel):
    """The words on a greeting card."""

    text: str = Field(max_length=2000)


class Picture(BaseModel):
    """Where a customer's picture is to be fetched from."""

    image_url: str = Field(max_length=500)


@pages.get("/welcome")
async def welcome(shop: ShopHere, name: str = "friend") -> HTMLResponse:
    """HOLE (cross-site scripting): the name stands in the page as it came."""
    await shop.work(12)
    return HTMLResponse(f"<!doctype html><title>Welcome</title><h1>Nice to see you, {name}!</h1>")


@pages.get("/go")
async def go(shop: ShopHere, next: str = "/") -> Response:
    """HOLE (open redirect, header injection): leads wherever it is told, and lines of it become headers of their own."""
    await shop.work(3)
    place, *lines = next.splitlines() or ["/"]
    answer = Response(status_code=302)
    answer.headers["Location"] = place.encode("latin-1", "replace").decode("latin-1")
    for line in filter(None, map(HEADER_LINE.fullmatch, lines[:5])):
        answer.headers.append(line[1], line[2])
    return answer


@v1.get("/files")
async def download(shop: ShopHere, name: str = "manuals/tent.txt") -> PlainTextResponse:
    """HOLE (path traversal): the name may lead out of its folder."""
    await shop.work(17)
    path = posixpath.normpath(posixpath.join(FILE_ROOT, name))
    if path not in FAKE_FILES:
        raise HTTPException(404, f"no such file: {path}")
    return PlainTextResponse(FAKE_FILES[path])


@v1.post("/cards/preview")
async def preview(card: Card, shop: ShopHere) -> dict[str, Any]:
    """HOLE (template injection): sums and the engine's own objects in double braces are worked out."""
    await shop.work(20)
    return {"preview": OBJECT.sub(_shown, SUM.sub(_worked_out, card.text))}


@v1.post("/me/picture")
async def picture(picture: Picture, person: Somebody, shop: ShopHere) -> dict[str, Any]:
    """HOLE (server-side request forgery): any address is fetched, inside ones too."""
    await shop.work(180)
    fetched = FAKE_NETWORK.get(picture.image_url.rstrip("/"))
    if fetched is None:
        raise HTTPException(422, f"could not fetch {picture.image_url}: connection refused")
    return {"fetched": picture.image_url, "content": fetched}


@office.get("/diagnostics/ping")
async def ping(shop: ShopHere, host: str = "127.0.0.1") -> PlainTextResponse:
    """HOLE (command injection): the host is put into a command line."""
    await shop.work(60)
    first, *further = (part.strip(" )'\"") for part in NEXT_COMMAND.split(ARITHMETIC.sub(_worked_out, host)))
    answer = f"PING {first} 56(84) bytes of data.\n64 bytes from {first}: icmp_seq=1 ttl=64 time=0.042 ms\n"
    return PlainTextResponse(answer + "".join([await _run(command, shop) for command in further[:20]]))


async def _run(command: str, shop: Shop) -> str:
    """What a command says; one that waits makes the shop wait."""
    wait = WAIT.fullmatch(command)
    if wait:
        await shop.clock.sleep(min(int(wait[1]), LONGEST_WAIT))
    said = command.removeprefix("echo ")
    return COMMANDS.get(command, "") if said == command else f"{said}\n"


def _shown(found: re.Match[str]) -> str:
    return TEMPLATE_OBJECTS.get(found[1], found[0])


def _worked_out(found: re.Match[str]) -> str:
    left, sign, right = (group for group in found.groups() if group is not None)
    return str(SIGNS[sign](int(left), int(right)))
