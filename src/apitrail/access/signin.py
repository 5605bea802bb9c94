"""Cookie sessions for the console: a one-time link or a token opens one, a signed cookie carries it."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time

from itsdangerous import BadSignature, URLSafeTimedSerializer

from apitrail.access.roles import ADMIN, Person
from apitrail.store import Store

COOKIE = "apitrail_session"
"""How the name of the cookie begins; what follows tells the store, since browsers share cookies between all ports of a host."""
LINK_SECONDS = 24 * 3600
"""How long a sign-in link that nobody used stays valid."""


class SignIn:
    """Makes sign-in links and the cookies they are exchanged for."""

    def __init__(self, store: Store, *, hours: int = 12) -> None:
        secret = _secret(store)
        self._cookies = URLSafeTimedSerializer(secret, salt="console")
        self.cookie_name = f"{COOKIE}_{hashlib.blake2b(secret.encode(), digest_size=4, person=b'cookie name').hexdigest()}"
        self._seconds = hours * 3600
        self._links: dict[str, float] = {}
        self._lock = threading.Lock()

    def new_link(self) -> str:
        """The code of a new link; it opens one session of an administrator, once."""
        code = secrets.token_urlsafe(24)
        with self._lock:
            self._links[code] = time.monotonic() + LINK_SECONDS
        return code

    def redeem(self, code: str) -> Person | None:
        """The administrator that a link stands for, the first time; None after that or when it is unknown."""
        with self._lock:
            until = self._links.pop(code, 0.0)
        return Person("sign-in link", ADMIN) if time.monotonic() < until else None

    def cookie(self, person: Person) -> str:
        """The signed cookie of a new session, with a CSRF token of its own."""
        return self._cookies.dumps([person.name, person.role, secrets.token_urlsafe(16), person.token])

    @property
    def seconds(self) -> int:
        """How long a session lasts."""
        return self._seconds

    def person(self, cookie: str) -> Person | None:
        """Who a cookie belongs to; None when it is forged, damaged or too old."""
        try:
            name, role, csrf, token = self._cookies.loads(cookie, max_age=self._seconds)
        except (BadSignature, ValueError, TypeError):
            return None
        return Person(name, role, csrf, token)


def _secret(store: Store) -> str:
    known = store.records.current("secret").get("cookie")
    if known is None:
        store.records.append("secret", "cookie", secrets.token_hex(32), "apitrail")
        known = store.records.current("secret")["cookie"]
    return known.value
