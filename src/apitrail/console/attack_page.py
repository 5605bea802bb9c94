"""What the page of one attack or incident shows: an overview, and its requests (A2.3, A3.2)."""

from __future__ import annotations

import dataclasses
from typing import Any

from apitrail.console import attacks_page, filters, links, request_card
from apitrail.console.links import ATTACKS, AbuseView, AttackView
from apitrail.console.words import Clock, cwe_title, evidence_title, mark_title, owasp_title
from apitrail.explore import requests
from apitrail.explore.answers import Page
from apitrail.explore.attacks import grouping, incidents, opening
from apitrail.explore.attacks.asking import Asked
from apitrail.explore.attacks.listing import Attack
from apitrail.explore.attacks.opening import AttackRequest
from apitrail.explore.histogram import closed
from apitrail.model.abuse import BEHAVIOURAL, BOT_TYPES
from apitrail.store import Store

PAGE_SIZE = 50
ENDPOINTS_SHOWN = 5
FIGURES = ("host", "ip", "status", "endpoint", "user", "country", "signature", "subtype")
"""The attributes whose most frequent values are shown."""


def content(store: Store, view: AttackView, clock: Clock) -> dict[str, Any]:
    """Everything the template needs; NotFound when nothing of it is stored, BadQuestion when the address asks something wrong."""
    question = attacks_page.question_of(view, clock)
    asked = Asked(question, view.page, incidents=view.section != ATTACKS)
    incident = incidents.open_incident(store, asked) if asked.incidents else None
    attack = incident.attack if incident else opening.open_attack(store, asked)
    filter_of_it = [term.text for term in grouping.terms(view.page)]
    return {
        **filters.frame(view, clock, question, ()),
        "more_facets": (),
        **attacks_page.picture(store, asked, view, clock),
        **(_requests(store, asked, view) if view.tab == "requests" else _overview(store, asked, view)),
        "attack": attack,
        "incident": incident,
        "evidence": evidence_title(incident.kind) if incident else "",
        "mark": mark_title(attack.mark),
        "sessions_url": view.sessions(*filter_of_it, *(("evidence:*",) if incident else ())),
        "cwes": [cwe_title(number) for number in attack.cwes if number != "0"],
        "owasp": [owasp_title(code) for code in attack.owasp],
        "endpoints": _endpoints(store, attack),
        "back": view.url(),
        **_of_behaviour(attack, filter_of_it),
        "span": closed(store, question.interval),
    }


def _of_behaviour(attack: Attack, filters_of_it: list[str]) -> dict[str, Any]:
    """Whether behaviour shows the attack, not what stands in a request, and the way to the bots that make it."""
    code = next(iter(attack.attack_types), "")
    own = [one for one in filters_of_it if not one.startswith(("attack:", "signature:"))]
    bots_url = AbuseView(start=links.EVER).bots(f"bot:{code}", *own) if code in BOT_TYPES else ""
    return {"behavioural": code in BEHAVIOURAL, "bots_url": bots_url}


def _endpoints(store: Store, attack: Attack) -> list[dict[str, str]]:
    """The endpoints of an attack, the most frequent, each with the address of its page when the inventory has it."""
    known = attacks_page.endpoint_links(store, [attack])
    host = next(iter(attack.hosts), "")
    return [{"name": name, "url": known.get((host, name), "")} for name in list(attack.endpoints)[:ENDPOINTS_SHOWN]]


def _overview(store: Store, asked: Asked, view: AttackView) -> dict[str, Any]:
    among_requests = dataclasses.replace(view, tab="requests")
    return {
        "figures": attacks_page.figures(store, asked, FIGURES, among_requests.with_term),
        "newest": opening.list_findings(store, asked, limit=1).items[0],
    }


def _requests(store: Store, asked: Asked, view: AttackView) -> dict[str, Any]:
    page = opening.list_findings(store, asked, limit=PAGE_SIZE, cursor=view.rafter)
    return {"page": page, "rows": [_row(store, one, view) for one in page.items], **_pages(page, view)}


def _pages(page: Page, view: AttackView) -> dict[str, str]:
    return {
        "next_page": view.url(rafter=page.next_cursor, finding="") if page.next_cursor else "",
        "first_page": view.url(rafter="", finding="") if view.rafter else "",
    }


def _row(store: Store, one: AttackRequest, view: AttackView) -> dict[str, Any]:
    full = requests.one_request(store, one.request_id, one.session_id) if one.finding == view.finding else None
    anchor = f"#f-{one.finding}"
    session = f"session:{one.session_id}"
    return {
        "one": one,
        "expanded": full is not None,
        "toggle": view.url(finding="" if full else one.finding) + anchor,
        "mark": mark_title(one.mark),
        "investigate": links.one_request(one.session_id, one.time[:10], one.request_id),
        "in_session": AttackView(q=session).url(),
        "not_in_session": AttackView(q=f"-{session}").url(),
        "only_session": view.with_term("session", one.session_id),
        "session_url": links.View(page=one.session_id).url(),
        "card": request_card.card(full, back=view.url() + anchor, store=store) if full else None,
    }
