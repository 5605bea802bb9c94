"""What the section of abuse shows: bots over time, who they are, what they ask for, and the attacks they make (B7)."""

from __future__ import annotations

import dataclasses
from typing import Any

from apitrail.analyze.bots.normal import SESSIONS_LEAST
from apitrail.configure import bot_verdicts
from apitrail.console import abuse_notes, bars, filters
from apitrail.console.abuse_words import bot_title, detector_title, sure_words
from apitrail.console.links import ABUSE_TABS, ATTACKS, AbuseView, AttackView, View
from apitrail.console.words import Clock, value_title
from apitrail.errors import BadQuestion
from apitrail.explore.attacks import grouping, listing
from apitrail.explore.attacks.asking import Asked
from apitrail.explore.bots import listing as bots
from apitrail.explore.bots import scopes, statistics
from apitrail.explore.bots.listing import Bot
from apitrail.explore.facets import Facet
from apitrail.explore.histogram import closed
from apitrail.explore.together import together
from apitrail.inspect.geo import country_name
from apitrail.model.abuse import BEHAVIOURAL, BOT_TYPES, EXCEPTED, REJECTED
from apitrail.model.fields import Field, field_named
from apitrail.query import text
from apitrail.query.interval import Preset, interval, iso
from apitrail.query.sql import DAY
from apitrail.query.tree import IS, Question, Term
from apitrail.store import Store

PAGE_SIZE = 50
ATTACKS_SHOWN = 20
"""Attacks by bots that are listed; the others are in the section of attacks."""
BECAUSE_SHOWN = 3
"""Detectors that the row of a bot names."""
SCOPES_SHOWN = 5
"""Applications and hosts without enough sessions that are named."""
DAYS = 30
"""Days that are shown when no interval is chosen."""
FIRST = ("bot", "detector", "verdict", "application", "host", "client", "ip")
"""The dropdowns of the row of chips."""
TARGETS = ("application", "host", "client")
"""The fields of bots whose most frequent values are shown, beside addresses, endpoints and detectors."""


def view_of(store: Store, view: AbuseView) -> AbuseView:
    """The view over the last days when it says nothing of time: up to now while traffic comes, else to the newest stored."""
    if view.start or view.end:
        return view
    newest = store.newest()
    fresh = interval("-1d", "").start
    is_fresh = fresh is None or not newest or newest >= fresh
    return dataclasses.replace(view, start=f"-{DAYS}d" if is_fresh else iso(max(newest - DAYS * DAY, 0)))


def question_of(view: AbuseView, clock: Clock) -> Question:
    """The question of a view; BadQuestion when it asks something wrong."""
    if view.tab not in ABUSE_TABS:
        raise BadQuestion(f"there is no tab {view.tab[:40]!r}", suggestion="bots")
    return Question(text.parse(view.q), interval(view.start, view.end, tz=clock.zone))


def content(store: Store, asked: AbuseView, clock: Clock) -> dict[str, Any]:
    """Everything the template needs; BadQuestion when the address asks something wrong."""
    spanned = view_of(store, asked)
    question = question_of(spanned, clock)
    with together() as ask:
        sums = ask.submit(statistics.totals, store, question)
        picture = ask.submit(_picture, store, question, asked, clock)
        kinds = ask.submit(_kinds, store, question, asked)
        left_out = ask.submit(_left_out, store, question, asked)
        lacking = ask.submit(_lacking, store)
        shown = _one_by_one(store, question, asked) if asked.tab else _figures(store, question, asked, spanned)
    return {
        **_frame(asked, clock, question, spanned),
        **picture.result(),
        **shown,
        "sums": sums.result(),
        "left_out": left_out.result(),
        "told": abuse_notes.of_list(store, asked),
        "lacking": lacking.result(),
        "kinds": kinds.result(),
        "empty_store": not sums.result().bots and store.newest() == 0,
        "facet": facet(store, asked, clock) if asked.facet else None,
        "span": closed(store, question.interval),
    }


def refused(asked: AbuseView, clock: Clock, error: BadQuestion) -> dict[str, Any]:
    """The page for a wrong question: what is wrong, and no figures."""
    told: dict[str, Any] = {
        "problem": error,
        "wrong_text": filters.wrong_text(asked.q),
        "sums": None,
        "empty_store": False,
        "histogram": "",
    }
    empty: dict[str, Any] = {"kinds": [], "figures": [], "pairs": [], "precision": [], "attacks": [], "rows": [], "lacking": None}
    told |= {"left_out": [], "told": None}
    asked = asked if asked.tab in ABUSE_TABS else dataclasses.replace(asked, tab="")
    return {**_frame(asked, clock, Question(), asked), **empty, **told, "ticks": [], "found": None}


def facet(store: Store, asked: AbuseView, clock: Clock) -> dict[str, Any]:
    """The content of the open dropdown."""
    question = question_of(view_of(store, asked), clock)
    return filters.facet(store, asked, question, finder=_values, counted="session")


def _values(store: Store, question: Question, field: Field, *, search: str = "", limit: int = filters.MOST_TITLES) -> Facet:
    return statistics.facet(store, question, field.word, search=search, limit=limit)


def _frame(asked: AbuseView, clock: Clock, question: Question, spanned: AbuseView) -> dict[str, Any]:
    last = Preset(f"Last {DAYS} days", f"-{DAYS}d")
    frame = filters.frame(asked, clock, question, FIRST)
    if spanned is not asked:
        frame["interval_words"] = last.title
    words = {**frame, "presets": (*frame["presets"], last), "more_facets": ()}
    tabs = [
        {"name": name, "title": title, "url": asked.asking(tab=name, sort=""), "current": name == asked.tab}
        for name, title in ABUSE_TABS.items()
    ]
    return {**words, "tabs": tabs, "sort": asked.sort or bots.ORDER}


def _picture(store: Store, question: Question, view: AbuseView, clock: Clock) -> dict[str, Any]:
    """Bots over time; each part of a bar narrows type and interval."""
    data = statistics.timeline(store, question)

    def link(low: int, high: int, kind: str) -> str:
        asked = dataclasses.replace(view, start=iso(low), end=iso(high), sort="", after="", facet="", search="")
        return asked.with_term("bot", kind) if kind else asked.url()

    return {"histogram": bars.stacked(data, link, clock, within=question.interval), "ticks": _ticks(data, clock)}


def _ticks(data: statistics.Timeline, clock: Clock, count: int = 5) -> list[str]:
    marks = [data.start + (data.end - data.start) * at // (count - 1) for at in range(count)] if data.steps else []
    return [f"{clock.micro(mark):%H:%M}" if data.step < DAY // 12 else f"{clock.micro(mark):%-d %b}" for mark in marks]


def _kinds(store: Store, question: Question, view: AbuseView) -> list[dict[str, Any]]:
    """Every type of bot, also those without any."""
    found = {kind.bot_type: kind for kind in statistics.kinds(store, question)}
    return [_kind(found.get(code) or statistics.Kind(code, 0, 0, 0, 0), view) for code in BOT_TYPES]


def _kind(kind: statistics.Kind, view: AbuseView) -> dict[str, Any]:
    code = kind.bot_type
    return {
        "kind": kind,
        "title": bot_title(code),
        "sure": sure_words(kind.confidence),
        "url": view.with_term("bot", code),
        "bots_url": dataclasses.replace(view, tab="bots", sort="").with_term("bot", code),
        "sessions_url": view.sessions(f"bot:{code}"),
        "chosen": code in _chosen(view),
    }


def _chosen(view: AbuseView) -> list[str]:
    """The types that the filters ask for, when they do."""
    terms = [term for term in text.parse(view.q) if isinstance(term, Term) and term.word == "bot" and not term.negated]
    return [str(match.value) for term in terms for match in term.matches if match.sign == IS]


def _figures(store: Store, question: Question, view: AbuseView, spanned: AbuseView) -> dict[str, Any]:
    """The statistics, and the attacks that bots make."""
    with together() as ask:
        attacks = ask.submit(_attacks, store, question, view, spanned)
        pairs = ask.submit(_pairs, store, question, view)
        precision = ask.submit(_precision, store, view)
        figures = _blocks(store, question, view)
    return {
        "figures": figures,
        "pairs": pairs.result(),
        "precision": precision.result(),
        "attacks": attacks.result(),
        "attacks_url": _attack_view(view, spanned).url(),
        "rows": [],
        "found": None,
    }


def _blocks(store: Store, question: Question, view: AbuseView) -> list[dict[str, Any]]:
    """Top attackers, top targets, and which detectors spoke, each value a bar that leads to the bots it counts."""
    words = (*TARGETS, "detector")
    with together() as ask:
        targets = ask.submit(_targets, store, question, view)
        tops = ask.submit(statistics.tops, store, question, words)
        found = statistics.attackers(store, question)
    attackers = [
        ("ip", one.ip, f"{one.ip}{f' · {country_name(one.country) or one.country}' if one.country else ''}", one.sessions)
        for one in found
    ]
    blocks = [("Top attackers", "sessions", attackers)]
    for word, values in tops.result().items():
        title = "Because of" if word == "detector" else field_named(word).title
        blocks.append((title, "sessions", [(word, one.value, value_title(word, one.value), one.requests) for one in values]))
    shown = [
        {"title": title, "counted": counted, "rows": [_figure(row, rows[0][3], view) for row in rows]}
        for title, counted, rows in blocks
        if rows
    ]
    return [*shown[:1], *targets.result(), *shown[1:]]


def _targets(store: Store, question: Question, view: AbuseView) -> list[dict[str, Any]]:
    """The endpoints that bots ask for most, with their hosts where there are several."""
    found = statistics.targets(store, question)
    several = len({one.host for one in found}) > 1
    rows = [
        {
            "title": f"{one.endpoint} on {one.host}" if several else one.endpoint,
            "amount": one.requests,
            "share": one.requests / found[0].requests,
            "tone": "",
            "url": view.with_further(*(text.term_text(word, value) for word, value in _words(one) if value)),
        }
        for one in found
    ]
    return [{"title": "Top targets", "counted": "requests", "rows": rows}] if rows else []


def _words(one: statistics.Target) -> tuple[tuple[str, str], ...]:
    return ("host", one.host), ("endpoint", one.endpoint)


def _figure(row: tuple[str, str, str, int], most: int, view: AbuseView) -> dict[str, Any]:
    word, value, title, amount = row
    return {"title": title, "amount": amount, "share": amount / most, "tone": "", "url": view.with_term(word, value)}


def _pairs(store: Store, question: Question, view: AbuseView) -> list[dict[str, Any]]:
    """Detectors that spoke together; each pair leads to the bots of which both did."""
    found = statistics.pairs(store, question)
    return [
        {
            "titles": (detector_title(pair.one), detector_title(pair.other)),
            "parts": pair.parts,
            "share": pair.parts / found[0].parts,
            "url": view.with_further(f"detector:{pair.one}", f"detector:{pair.other}"),
        }
        for pair in found
    ]


def _precision(store: Store, view: AbuseView) -> list[dict[str, Any]]:
    """How often detectors were right by what people said, each number a way to what they said it of."""
    return [
        {
            "one": one,
            "title": detector_title(one.name),
            "confirmed_url": view.bots(f"detector:{one.name}", "verdict:confirmed"),
            "rejected_url": view.bots(f"detector:{one.name}", "verdict:rejected"),
        }
        for one in bot_verdicts.precision(store)
    ]


def _attack_view(view: AbuseView, spanned: AbuseView) -> AttackView:
    """What bots do, in the section of attacks."""
    types = _chosen(view) or [*BOT_TYPES, *BEHAVIOURAL]
    terms = (*text.parse(view.q), text.term("attack", types))
    return AttackView(q=text.write(terms), start=spanned.start, end=spanned.end, section=ATTACKS)


def _attacks(store: Store, question: Question, view: AbuseView, spanned: AbuseView) -> list[dict[str, Any]]:
    """The attacks that bots make, the one that was seen last first."""
    listed = _attack_view(view, spanned)
    asked = Asked(dataclasses.replace(question, terms=text.parse(listed.q)))
    found = listing.list_attacks(store, asked, limit=ATTACKS_SHOWN).items
    return [_attack(one, view, spanned) for one in found]


def _attack(one: listing.Attack, view: AbuseView, spanned: AbuseView) -> dict[str, Any]:
    code = next(iter(one.attack_types), "")
    own = [term.text for term in grouping.terms(one.id) if term.word != "attack"]
    plain = AttackView(q=view.q, start=spanned.start, end=spanned.end)
    word = f"bot:{code}" if code in BOT_TYPES else f"attack:{code}"
    return {
        "attack": one,
        "url": plain.opened(one.id),
        "sessions_url": View(q=text.write(text.parse(" ".join((word, *own)))), start=spanned.start, end=spanned.end).url(),
        "bots_url": view.bots(f"bot:{code}", *own) if code in BOT_TYPES else "",
        "sure": sure_words(one.confidence),
    }


def _one_by_one(store: Store, question: Question, view: AbuseView) -> dict[str, Any]:
    """The bots themselves, a page of them, each with the way to its session."""
    found = bots.list_bots(store, question, sort=view.sort or bots.ORDER, limit=PAGE_SIZE, cursor=view.after)
    said = bot_verdicts.marks(store) if any(one.mark for one in found.items) else {}
    empty: dict[str, Any] = {"figures": [], "pairs": [], "precision": [], "attacks": []}
    return {**empty, "found": found, "rows": [_row(one, said) for one in found.items]}


def _row(bot: Bot, said: dict[str, bot_verdicts.Verdict]) -> dict[str, Any]:
    voted = [one for one in bot.detectors if one.vote]
    strongest = sorted(voted, key=lambda one: -one.multiplier)
    return {
        "bot": bot,
        "title": bot_title(bot.bot_type),
        "sure": sure_words(bot.confidence),
        "because": [detector_title(one.name) for one in strongest[:BECAUSE_SHOWN]],
        "more": max(0, len(voted) - BECAUSE_SHOWN),
        "url": View(page=bot.session_id, day=bot.day, bot=abuse_notes.key(bot)).url(),
        "said": said.get(bot.id),
    }


def _left_out(store: Store, question: Question, view: AbuseView) -> list[dict[str, str]]:
    """How many bots are not shown because they are excepted or rejected, each a way to them."""
    found = statistics.left_out(store, question)
    counted = ((found.excepted, EXCEPTED), (found.rejected, REJECTED))
    return [{"words": f"{many:,} {mark}", "url": view.bots(f"verdict:{mark}")} for many, mark in counted if many]


def _lacking(store: Store) -> dict[str, Any] | None:
    """Where too few sessions are kept to say what is normal; None when there are enough everywhere."""
    known = scopes.scopes(store)
    few = [scope for scope in known if scope.sessions < SESSIONS_LEAST]
    if not few:
        return None
    return {
        "scopes": few[:SCOPES_SHOWN],
        "more": len(few) - len(few[:SCOPES_SHOWN]),
        "all": len(few) == len(known),
        "least": SESSIONS_LEAST,
    }
