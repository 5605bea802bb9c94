"""API tokens: random, shown once, stored as a hash only."""

from __future__ import annotations

import hashlib
import secrets
import time
from typing import Any

import msgspec

from apitrail.access.roles import Person, check_role
from apitrail.errors import BadQuestion, NotFound
from apitrail.store import Store

PREFIX = "at_"
FRESH_SECONDS = 2.0
"""How long the list of tokens is remembered before the store is asked again."""


class Token(msgspec.Struct, frozen=True):
    """A token as it is listed: everything but the token itself. `created` in seconds since 1970."""

    id: str
    name: str
    role: str
    created: float
    digest: str = ""


class Tokens:
    """The tokens of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, Token] = {}
        self._read_at = -FRESH_SECONDS

    def create(self, name: str, role: str, *, author: str) -> tuple[str, Token]:
        """A new token in the clear, this once, and its entry."""
        if not name.strip() or len(name) > 100:
            raise BadQuestion("a token needs a name of 1 to 100 characters")
        secret = PREFIX + secrets.token_urlsafe(32)
        token = Token(secrets.token_hex(6), name.strip(), check_role(role), round(time.time(), 3), digest(secret))
        self._store.records.append("token", token.id, msgspec.json.encode(token).decode(), author)
        self._read_at = -FRESH_SECONDS
        return secret, token

    def all(self) -> list[Token]:
        """Every token that is valid, oldest first, without the digests."""
        found = (msgspec.json.decode(record.value, type=Token) for record in self._store.records.current("token").values())
        return sorted((msgspec.structs.replace(token, digest="") for token in found), key=lambda token: token.created)

    def revoke(self, token_id: str, *, author: str) -> None:
        """Make a token invalid from now on; NotFound when there is none of that id."""
        if token_id not in self._store.records.current("token"):
            raise NotFound(f"there is no token {token_id[:40]!r}")
        self._store.records.append("token", token_id, "", author)
        self._read_at = -FRESH_SECONDS

    def person(self, secret: str) -> Person | None:
        """Who a token belongs to; None when it is not valid."""
        token = self._current().get(digest(secret))
        return Person(token.name, token.role, token=token.id) if token else None

    def holds(self, person: Person) -> bool:
        """Whether what let somebody in is still valid; a sign-in link is, once it was used."""
        return not person.token or any(token.id == person.token for token in self._current().values())

    def _current(self) -> dict[str, Token]:
        """The valid tokens by digest, as they were at most FRESH_SECONDS ago."""
        if time.monotonic() - self._read_at > FRESH_SECONDS:
            found = self._store.records.current("token").values()
            self._known = {token.digest: token for token in (msgspec.json.decode(record.value, type=Token) for record in found)}
            self._read_at = time.monotonic()
        return self._known


class LocalTokens:
    """The tokens of a store opened here, for the command line."""

    def __init__(self, store: Store) -> None:
        self._tokens = Tokens(store)

    def create_token(self, name: str, role: str) -> dict[str, Any]:
        """A new token with its secret."""
        secret, token = self._tokens.create(name, role, author="command line")
        return {**shown(token), "token": secret}

    def list_tokens(self) -> list[Token]:
        """Every valid token."""
        return self._tokens.all()

    def revoke_token(self, token_id: str) -> None:
        """Make a token invalid."""
        self._tokens.revoke(token_id, author="command line")


def shown(token: Token) -> dict[str, Any]:
    """A token as it may be shown."""
    return {"id": token.id, "name": token.name, "role": token.role, "created": token.created}


def digest(secret: str) -> str:
    """The stored form of a token; a plain hash is enough, because a token has 256 random bits."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
