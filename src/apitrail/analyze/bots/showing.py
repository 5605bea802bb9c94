"""Which requests of a session show a bot or an attack best, by its type."""

from __future__ import annotations

from apitrail.analyze.bots.features import ROW
from apitrail.model.abuse import BEHAVIOURAL, BOT_TYPES
from apitrail.model.classification import classify
from apitrail.store.behaviour import Shown

_WRONG = "notEmpty(attack_types) OR status BETWEEN 400 AND 499"
_TRIED = "refused OR shown_again"
_MISSED = "status IN (400, 404, 405, 410) AND NOT file AND NOT icon AND NOT robots"

SHOWN = Shown(
    expressions={name: ROW[name] for name in ("file", "icon", "robots", "login", "refused", "shown_again", "object")},
    best={
        "brute": _TRIED,
        "credential_stuffing": _TRIED,
        "account_takeover": _TRIED,
        "dirbust": _MISSED,
        "bola": "object != 0",
        "enum": "query != '' OR object != 0",
        "suspicious_api_activity": _WRONG,
        "security_crawler": _WRONG,
        "scraping": "NOT file",
        "resource_consumption": "NOT file",
    },
    alone=BEHAVIOURAL,
    codes={kind: (found.cwe, found.owasp) for kind in (*BEHAVIOURAL, *BOT_TYPES) if (found := classify(kind))},
)
"""Log-ins that failed, paths that are not there, objects and queries that are tried; bots show also in their first requests."""
