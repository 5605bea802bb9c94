"""Who is asking, and the ways to say so: log-in by cookie or bearer token, refresh, log-out, the own profile."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from pydantic import BaseModel, Field

from apitrail.demo.shop import tokens
from apitrail.demo.shop.people import Person
from apitrail.demo.shop.state import API_KEYS, Shop, ShopHere, address_of

ACCESS_SECONDS = 900

v1 = APIRouter(prefix="/api/v1")
v2 = APIRouter(prefix="/api/v2")


class Credentials(BaseModel):
    """What somebody logs in with."""

    email: str = Field(max_length=200)
    password: str = Field(max_length=200)


class RefreshToken(BaseModel):
    """What an app trades for a new access token."""

    refresh_token: str = Field(max_length=200)


class ProfileChange(BaseModel):
    """What somebody may change about the own account."""

    city: str | None = Field(None, max_length=100)
    newsletter: bool | None = None


async def whoever(request: Request, shop: ShopHere) -> Person | None:
    """The person behind a request, by bearer token or by cookie."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        claims = tokens.verify(token, shop.clock.now())
        return shop.by_id.get(int(claims["sub"])) if claims else None
    visit = shop.visit(request)
    return visit.person if visit else None


async def somebody(person: Annotated[Person | None, Depends(whoever)]) -> Person:
    """The person behind a request, who has to be known."""
    if person is None:
        raise HTTPException(401, "authentication required", {"WWW-Authenticate": "Bearer"})
    return person


async def machine(request: Request) -> str:
    """The partner system behind an API key."""
    name = API_KEYS.get(request.headers.get("x-api-key", ""))
    if name is None:
        raise HTTPException(401, "a valid X-API-Key is required")
    return name


Whoever = Annotated[Person | None, Depends(whoever)]
Somebody = Annotated[Person, Depends(somebody)]
Machine = Annotated[str, Depends(machine)]


@v1.post("/login")
async def log_in(credentials: Credentials, request: Request, response: Response, shop: ShopHere) -> dict[str, Any]:
    """Log a browser in; the answer sets the cookie."""
    person = await _checked(shop, credentials, request)
    visit = shop.visit(request) or shop.open_visit()
    visit.person = person
    response.set_cookie("sessionid", visit.id, domain="shop.example", httponly=True, secure=True, samesite="lax")
    return {"user": person.public(), "csrf_token": shop.token(16)}


@v1.post("/logout", status_code=204)
async def log_out(request: Request, shop: ShopHere) -> None:
    """End the browser session."""
    await shop.work(12)
    visit = shop.visit(request)
    if visit:
        visit.person = None


@v2.post("/auth/token")
async def issue_token(credentials: Credentials, request: Request, shop: ShopHere) -> dict[str, Any]:
    """Log an app in; it gets a short-lived access token and one to refresh it with."""
    return _grant(shop, await _checked(shop, credentials, request), shop.token(16))


@v2.post("/auth/refresh")
async def refresh(trade: RefreshToken, shop: ShopHere) -> dict[str, Any]:
    """A new access token of the same session."""
    await shop.work(25)
    known = shop.refreshers.pop(trade.refresh_token, None)
    if known is None:
        raise HTTPException(401, "unknown refresh token")
    return _grant(shop, *known)


@v1.get("/me")
@v2.get("/me")
async def profile(person: Somebody, shop: ShopHere) -> dict[str, Any]:
    """The own account."""
    await shop.work(18)
    return person.public()


@v1.patch("/me")
@v2.patch("/me")
async def change_profile(change: ProfileChange, person: Somebody, shop: ShopHere) -> dict[str, Any]:
    """Change the own account; the demo only says what it would look like."""
    await shop.work(35)
    return person.public() | change.model_dump(exclude_none=True)


async def _checked(shop: Shop, credentials: Credentials, request: Request) -> Person:
    ip = address_of(request)
    if shop.too_many_failures(ip):
        await shop.work(4)
        raise HTTPException(429, "too many failed log-ins, try again later", {"Retry-After": "60"})
    await shop.work(120)
    person = shop.by_email.get(credentials.email)
    if person is None or person.password != credentials.password:
        shop.count_failure(ip)
        raise HTTPException(401, "wrong email or password")
    return person


def _grant(shop: Shop, person: Person, sid: str) -> dict[str, Any]:
    issued = int(shop.clock.now())
    claims = {"sub": str(person.id), "sid": sid, "role": person.role, "iat": issued, "exp": issued + ACCESS_SECONDS}
    renewal = shop.token(40)
    shop.remember_refresh(renewal, person, sid)
    return {
        "access_token": tokens.sign({"iss": "https://api.shop.example", "email": person.email, **claims}),
        "token_type": "Bearer",
        "expires_in": ACCESS_SECONDS,
        "refresh_token": renewal,
    }
