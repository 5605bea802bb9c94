"""What the lists of attacks and incidents show: filters, figures that drill down, the groups (A2.1, A2.2, A3.2)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from apitrail.configure import marks
from apitrail.console import charts, filters
from apitrail.console.links import ATTACKS, AttackView, endpoint_page
from apitrail.console.words import Clock, outcome, value_title
from apitrail.errors import BadQuestion
from apitrail.explore import facets
from apitrail.explore.attacks import grouping, incidents, listing, statistics
from apitrail.explore.attacks.asking import Asked
from apitrail.explore.attacks.statistics import Slice
from apitrail.explore.discovery import naming
from apitrail.explore.histogram import closed
from apitrail.explore.pulses import Pulse
from apitrail.explore.together import together
from apitrail.model.fields import field_named
from apitrail.model.finding import FALSE_POSITIVE
from apitrail.query import text
from apitrail.query.interval import interval, iso
from apitrail.query.text import term
from apitrail.query.tree import Question
from apitrail.store import Store

PAGE_SIZE = 50
FIRST = ("attack", "host", "endpoint", "point", "ip", "country", "user", "status", "blocked")
"""The dropdowns that stand in the row; the others are under More."""
FIGURES = ("attack", "ip", "host", "status", "endpoint", "signature")
"""The attributes whose most frequent values are shown."""
GROUPINGS = {
    "default": "Type, point and host",
    "type": "Type",
    "ip": "Type and address",
    "user": "Type and user",
    "endpoint": "Type and endpoint",
    "session": "Type and session",
    "none": "Nothing: every finding",
}
"""The presets of grouping with their titles."""


def question_of(view: AttackView, clock: Clock) -> Question:
    """The question of a view."""
    return Question(text.parse(view.q), interval(view.start, view.end, tz=clock.zone))


def words_of(by: str) -> tuple[str, ...]:
    """The filter words of a grouping, which is a preset or words with commas."""
    return grouping.chosen("", by) if by in grouping.PRESETS else grouping.chosen(by, "")


def content(store: Store, view: AttackView, clock: Clock) -> dict[str, Any]:
    """Everything the template of a list needs; BadQuestion when the address asks something wrong."""
    question = question_of(view, clock)
    incidents_only = view.section != ATTACKS
    asked = Asked(question, incidents=incidents_only, group_by=() if incidents_only else words_of(view.by))
    with together() as ask:
        drawn = ask.submit(picture, store, asked, view, clock)
        counted = ask.submit(figures, store, asked, FIGURES, view.with_term)
        sums = ask.submit(statistics.totals, store, asked, ("requests", "sessions", "ips"))
        hidden = ask.submit(_hidden, store, asked)
        found = _found(store, asked, view)
        attacks = [attack_of(item) for item in found.items]
        pulses = ask.submit(statistics.pulses, store, asked, [attack.id for attack in attacks])
        known = endpoint_links(store, attacks)
    return {
        **_frame(store, view, clock, question),
        **drawn.result(),
        "found": found,
        "rows": [_row(item, view, known, pulses.result()) for item in found.items],
        "figures": counted.result(),
        "sums": sums.result(),
        "hidden_marks": hidden.result(),
        "empty_store": not found.total and store.newest() == 0,
        "facet": facet(store, view, clock) if view.facet else None,
        "world": filters.world_of(store, question, view, finder=partial(facets.facet, attacks=True), noun="malicious request")
        if view.world
        else None,
        "span": closed(store, question.interval),
    }


def _hidden(store: Store, asked: Asked) -> int:
    """How many findings are not shown because they are marked as false positives."""
    if asked.asks_for_marks or not marks.any_marks(store):
        return 0
    marked = (*asked.question.terms, term("mark", [FALSE_POSITIVE]))
    shown = dataclasses.replace(asked, question=dataclasses.replace(asked.question, terms=marked))
    return int(statistics.totals(store, shown, ("findings",))["findings"])


def _found(store: Store, asked: Asked, view: AttackView) -> Any:
    sort = view.sort or listing.ORDER
    if view.section == ATTACKS:
        grouped = words_of(view.by)
        return listing.list_attacks(store, asked, group_by=grouped, sort=sort, limit=PAGE_SIZE, cursor=view.after)
    return incidents.list_incidents(store, asked, sort=sort, limit=PAGE_SIZE, cursor=view.after)


def refused(store: Store, view: AttackView, clock: Clock, error: BadQuestion) -> dict[str, Any]:
    """The list for a wrong question: what is wrong, and no rows."""
    empty: dict[str, Any] = {
        "found": None,
        "rows": [],
        "histogram": "",
        "ticks": [],
        "figures": [],
        "sums": {},
        "world": None,
        "hidden_marks": 0,
    }
    told = {"problem": error, "wrong_text": filters.wrong_text(view.q)}
    return {**_frame(store, view, clock, Question()), **empty, **told, "empty_store": False}


def _frame(store: Store, view: AttackView, clock: Clock, question: Question) -> dict[str, Any]:
    return {
        **filters.frame(view, clock, question, FIRST, hidden=("finding",)),
        "groupings": GROUPINGS if view.section == ATTACKS else {},
        "grouped_by": view.by or "default",
        "chosen_words": view.by.split(",") if view.by and view.by not in grouping.PRESETS else (),
        "groupable": [field_named(word) for word in grouping.groupable()],
        "views": filters.saved(store, view),
        "view_query": view.url(after="").partition("?")[2],
    }


def facet(store: Store, view: AttackView, clock: Clock) -> dict[str, Any]:
    """The content of the open dropdown."""
    return filters.facet(store, view, question_of(view, clock), finder=partial(facets.facet, attacks=True))


def picture(store: Store, asked: Asked, view: AttackView, clock: Clock) -> dict[str, Any]:
    """Malicious requests over time, those that worked in the colour of harm; every bar narrows the interval."""
    data = statistics.timeline(store, asked)
    drawn = charts.histogram(
        data,
        lambda low, high: view.spanned(iso(low), iso(high)),
        clock,
        within=asked.question.interval,
        words=("malicious request", "that worked"),
    )
    return {"histogram": drawn, "ticks": charts.ticks(data, clock)}


def figures(store: Store, asked: Asked, words: Sequence[str], link: Callable[[str, str], str]) -> list[dict[str, Any]]:
    """The most frequent values of some attributes, each a bar that leads to what it counts."""
    found = statistics.tops(store, asked, words)
    return [
        {"title": field_named(word).title, "word": word, "rows": [_figure(word, one, slices[0], link) for one in slices]}
        for word, slices in found.items()
        if slices
    ]


def _figure(word: str, one: Slice, most: Slice, link: Callable[[str, str], str]) -> dict[str, Any]:
    value = one.value or ""
    tone = outcome(int(value)) if word == "status" else ""
    return {
        "title": value_title(word, value),
        "amount": int(one.amount),
        "share": one.amount / most.amount if most.amount else 0,
        "tone": tone,
        "url": link(word, value),
    }


def attack_of(item: Any) -> listing.Attack:
    """An attack, or the attack of an incident."""
    found: listing.Attack = item.attack if isinstance(item, incidents.Incident) else item
    return found


def endpoint_links(store: Store, attacks: Sequence[listing.Attack]) -> dict[tuple[str, str], str]:
    """The pages of the endpoints that attacks on one host went to, by host and template; only of those in the inventory."""
    places = {
        (host, endpoint): attack
        for attack in attacks
        if len(attack.hosts) == 1
        for host in attack.hosts
        for endpoint in attack.endpoints
    }
    found = naming.named(store, places)
    return {
        place: endpoint_page(next((one.id for one in some if one.method in places[place].methods), some[0].id))
        for place, some in found.items()
    }


def _row(
    item: Any, view: AttackView, known: Mapping[tuple[str, str], str], pulses: Mapping[str, Pulse]
) -> dict[str, Any]:  # fmt: skip
    attack = attack_of(item)
    return {
        "incident": item if isinstance(item, incidents.Incident) else None,
        "attack": attack,
        "pulse": pulses.get(attack.id) if attack.requests > 1 else None,
        "url": view.opened(item.id),
        "requests_url": view.opened(item.id, tab="requests"),
        "sessions_url": view.sessions(*(term.text for term in grouping.terms(item.id))),
        "type": next(iter(attack.attack_types), ""),
        "place": next(iter(attack.points), ""),
        "endpoint_url": known.get((next(iter(attack.hosts), ""), next(iter(attack.endpoints), "")), ""),
    }
