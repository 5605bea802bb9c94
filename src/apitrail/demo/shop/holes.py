"""The holes that are left open on purpose. Each behaves like the real thing over harmless make-believe.

No file is read, no address is fetched and no command is run: what comes out is written down in `scenery`.
"""

from __future__ import annotations

import posixpath
import re
from typing import Any

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse, PlainTextResponse
from pydantic import BaseModel, Field

from apitrail.demo.shop.access import Somebody
from apitrail.demo.shop.scenery import COMMANDS, FAKE_FILES, FAKE_NETWORK
from apitrail.demo.shop.state import ShopHere

FILE_ROOT = "/srv/shop/files"
SUM = re.compile(r"\{\{\s*(\d{1,6})\s*([*+-])\s*(\d{1,6})\s*\}\}|\$\{\s*(\d{1,6})\s*([*+-])\s*(\d{1,6})\s*\}")
SIGNS = {"*": int.__mul__, "+": int.__add__, "-": int.__sub__}
NEXT_COMMAND = re.compile(r"[;|&\n`]+|\$\(")

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
    """HOLE (template injection): sums in double braces are worked out."""
    await shop.work(20)
    return {"preview": SUM.sub(_worked_out, card.text)}


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
    first, *further = (part.strip(" )'\"") for part in NEXT_COMMAND.split(host))
    answer = f"PING {first} 56(84) bytes of data.\n64 bytes from {first}: icmp_seq=1 ttl=64 time=0.042 ms\n"
    return PlainTextResponse(answer + "".join(COMMANDS.get(command, "") for command in further))


def _worked_out(found: re.Match[str]) -> str:
    left, sign, right = (group for group in found.groups() if group is not None)
    return str(SIGNS[sign](int(left), int(right)))
