"""The only place that makes addresses of the console: a view is one frozen value, and its address is the view."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode

from apitrail.explore.attacks.grouping import PRESETS, VULNERABILITY
from apitrail.query.text import parse, term_text, without, write

LIST = "/sessions"
ATTACKS = "/attacks"
INCIDENTS = "/incidents"
DISCOVERY = "/discovery"
ABUSE = "/abuse"


@dataclass(frozen=True, slots=True)
class Filtered:
    """What every list under filters shows; each member is a parameter of the address, empty ones are left out.

    `page` names what has the page for itself. `after` is the cursor of the list, `facet` the dropdown that is open, `search` what
    is looked for in it. `tour` is the step of the tour that is told on the page, and in no address that the page leads to.
    """

    page: str = ""
    q: str = ""
    start: str = ""
    end: str = ""
    sort: str = ""
    after: str = ""
    facet: str = ""
    search: str = ""
    tour: str = ""

    @property
    def base(self) -> str:
        """The address of the list without parameters."""
        raise NotImplementedError

    @property
    def closed_members(self) -> dict[str, str]:
        """The members that open something, all empty."""
        raise NotImplementedError

    def url(self, **changes: str) -> str:
        """The address of this view with some members changed."""
        view = dataclasses.replace(self, **changes)
        path = f"{view.base}/{quote(view.page, safe='')}" if view.page else view.base
        params = view.params()
        return f"{path}?{urlencode(params)}" if params else path

    def params(self, *left_out: str) -> dict[str, str]:
        """The parameters of the address, for the hidden fields of a form, without some."""
        named = (
            (field.name, getattr(self, field.name)) for field in dataclasses.fields(self) if field.name not in ("page", *SAID)
        )
        return {NAMES.get(name, name): value for name, value in named if value and name not in left_out}

    def listed(self, **changes: str) -> str:
        """The list from its first page with nothing opened, with some members changed."""
        return self.url(**{**self.closed_members, "page": "", "after": "", "facet": "", "search": "", **changes})

    def asking(self, **changes: str) -> str:
        """The same for another question: another filter, another interval."""
        return self.listed(**changes)

    def spanned(self, start: str, end: str) -> str:
        """The same over another interval."""
        return self.asking(start=start, end=end)

    def with_term(self, word: str, value: str) -> str:
        """The list with only this value of a field."""
        return self.with_values(word, [value])

    def with_values(self, word: str, values: Sequence[str], *, negated: bool = False) -> str:
        """The list with only these values of a field, whatever was asked of it before; with `negated`, without them too."""
        kept = [term.text for term in parse(self.q) if negated or term.word != word]
        return self.asking(q=" ".join(dict.fromkeys([*kept, *values_text(word, values, negated=negated)])))

    def without_term(self, index: int) -> str:
        """The list under one filter less."""
        return self.asking(q=write(without(parse(self.q), index)))


@dataclass(frozen=True, slots=True)
class View(Filtered):
    """Everything a page of sessions shows.

    `open` is the session opened in the list, as ID.DAY; `all` drops the general filters inside the opened session, `order` turns
    its requests round, `rafter` is the cursor of its requests, `tab` is one of TABS, `flagged` leaves of the opened
    session only the requests that show best that it is a bot. `bot` names the bots whose evidence is unfolded, as DAY.TYPE
    with commas; `beside` is the session that another one is compared with, as ID.DAY; `cols` names the columns of the list;
    `world` is set when the map of countries is shown, `path` when that of the opened session is.
    `done` and `held` say what was just done to bots, and are in no address that the page leads to.
    """

    open: str = ""
    day: str = ""
    sq: str = ""
    all: str = ""
    order: str = ""
    rafter: str = ""
    request: str = ""
    tab: str = ""
    flagged: str = ""
    bot: str = ""
    beside: str = ""
    cols: str = ""
    world: str = ""
    path: str = ""
    done: str = ""
    held: str = ""

    @property
    def base(self) -> str:
        """The address of the list without parameters."""
        return LIST

    @property
    def closed_members(self) -> dict[str, str]:
        """The members that open something, all empty."""
        return _CLOSED

    @property
    def is_narrowed(self) -> bool:
        """Whether general filters or an interval are chosen."""
        return bool(self.q or self.start or self.end or self.tab)

    @property
    def general(self) -> str:
        """The general filters with the one that the tab stands for."""
        return _joined(self.q, TABS[self.tab]) if self.tab else self.q

    def without_term(self, index: int) -> str:
        """The list under one filter less; inside a session, the session under one filter less."""
        q = write(without(parse(self.q), index))
        return self.url(q=q, after="", rafter="") if self.page or self.open else self.listed(q=q)

    def with_session_term(self, word: str, value: str, *, negated: bool = False) -> str:
        """The opened session under one more in-session filter; the same filter again takes it away."""
        term = term_text(word, value, negated=negated)
        terms = [one.text for one in parse(self.sq)]
        changed = [one for one in terms if one != term] if term in terms else [*terms, term]
        return self.url(sq=" ".join(changed), rafter="", request="") + self.anchor

    def with_session_values(self, **values: Sequence[str]) -> str:
        """The opened session with only these values of some fields."""
        kept = [one.text for one in parse(self.sq) if one.word not in values]
        terms = [term for word, some in values.items() for term in values_text(word, list(dict.fromkeys(some)), negated=False)]
        return self.url(sq=" ".join([*kept, *terms]), rafter="", request="") + self.anchor

    def without_session_term(self, index: int) -> str:
        """The opened session under one in-session filter less."""
        return self.url(sq=write(without(parse(self.sq), index)), rafter="") + self.anchor

    def sessions_with(self, word: str, value: str) -> str:
        """The sessions with only this value of a field."""
        return self.with_term(word, value)

    def applied(self) -> str:
        """The list with the in-session filters as general ones."""
        return self.listed(q=_joined(self.q, self.sq))

    def opened(self, session: str, day: str) -> str:
        """The list with a session opened in its place."""
        return self.url(**{**_CLOSED, "open": f"{session}.{day}"}) + "#open"

    def closed(self) -> str:
        """The list with nothing opened."""
        return self.url(**_CLOSED)

    def own_page(self, session: str, **changes: str) -> str:
        """A session on a page of its own, under the filters and interval of this view."""
        kept = {"q": self.q, "start": self.start, "end": self.end, "tab": self.tab}
        inner = {"sq": self.sq, "all": self.all, "order": self.order, "request": self.request, "flagged": self.flagged,
                 "path": self.path}  # fmt: skip
        return View(page=session, **{**kept, **inner, **changes}).url()

    def report(self, session: str, day: str) -> str:
        """A session as one page to print, under the same filters and interval."""
        path, _, asked = self.own_page(session, day=day, order="", request="").partition("?")
        return f"{path}/report{'?' if asked else ''}{asked}"

    def compared(self, session: str, day: str, beside: str) -> str:
        """A session beside another one, named as ID.DAY, or beside what is usual when none is named."""
        path, _, asked = View(page=session, day=day, beside=beside).url().partition("?")
        return f"{path}/compare{'?' if asked else ''}{asked}"

    @property
    def anchor(self) -> str:
        """Where the browser scrolls to."""
        return "#open" if self.open else ""

    def file(self, session: str, format: str, start: str, end: str) -> str:  # noqa: A002
        """The download of what is shown of a session."""
        q = "" if self.all else self.general
        params = {"q": q, "sq": self.sq, "from": start, "to": end}
        return f"/api/v1/sessions/{session}/export.{format}?{urlencode({k: v for k, v in params.items() if v})}"


@dataclass(frozen=True, slots=True)
class AttackView(Filtered):
    """Everything a page of attacks or incidents shows.

    `by` is how findings are grouped: a preset or filter words with commas; `tab` is `requests` when the requests of an attack are
    shown, `finding` the one of them that is expanded, `rafter` the cursor of the requests; `world` is set when the map of
    countries is shown, `section` is where the page belongs.
    """

    by: str = ""
    tab: str = ""
    finding: str = ""
    rafter: str = ""
    world: str = ""
    section: str = ATTACKS

    @property
    def base(self) -> str:
        """The address of the list without parameters."""
        return self.section

    @property
    def closed_members(self) -> dict[str, str]:
        """The members that open something, all empty."""
        return {"finding": "", "rafter": "", "tab": ""}

    def params(self, *left_out: str) -> dict[str, str]:
        """The parameters of the address, for the hidden fields of a form, without some."""
        return Filtered.params(self, *left_out, "section")

    def asking(self, **changes: str) -> str:
        """The list, or the attack that is opened, for another question."""
        begun = {"after": "", "rafter": "", "finding": "", "facet": "", "search": ""}
        return self.url(**{**begun, **changes}) if self.page else self.listed(**changes)

    def opened(self, attack: str, **changes: str) -> str:
        """An attack on a page of its own, under the filters and interval of this view."""
        return self.url(**{**self.closed_members, "page": attack, "after": "", "sort": "", "facet": "", "search": "", **changes})

    def sessions(self, *filters: str) -> str:
        """The sessions with what is shown here, and with further filters."""
        return View(q=_joined(self.q, *filters), start=self.start, end=self.end).url()

    def sessions_with(self, word: str, value: str) -> str:
        """The sessions with this value of a field, whatever is asked here."""
        return View(q=term_text(word, value), start=self.start, end=self.end).url()

    def csv(self) -> str:
        """The download of what is shown; incidents are the attacks that worked, by what let them in."""
        path = f"/api/v1{ATTACKS}/{quote(self.page, safe='')}/export.csv" if self.page else f"/api/v1{ATTACKS}.csv"
        worked = self.section == INCIDENTS
        by = ",".join(VULNERABILITY) if worked else self.by
        q = _joined(self.q, "evidence:*") if worked else self.q
        params = {"q": q, "from": self.start, "to": self.end}
        if not self.page:
            params |= {"sort": self.sort, "preset" if by in PRESETS else "group_by": by}
        given = {name: value for name, value in params.items() if value}
        return f"{path}?{urlencode(given)}" if given else path


@dataclass(frozen=True, slots=True)
class AbuseView(Filtered):
    """Everything the page of abuse shows; `tab` is one of ABUSE_TABS, `done` and `held` say what was just done to bots."""

    tab: str = ""
    done: str = ""
    held: str = ""

    @property
    def base(self) -> str:
        """The address of the list without parameters."""
        return ABUSE

    @property
    def closed_members(self) -> dict[str, str]:
        """The members that open something; there are none."""
        return {}

    def spanned(self, start: str, end: str) -> str:
        """The same over another interval; without edges over all time, which the address has to say."""
        return self.asking(start=start or ("" if end else EVER), end=end)

    def with_further(self, *filters: str) -> str:
        """The same under these filters, too."""
        return self.asking(q=_joined(self.q, *filters))

    def bots(self, *filters: str) -> str:
        """The bots one by one, under these filters, too."""
        return self.asking(q=_joined(self.q, *filters), tab="bots", sort="")

    def sessions(self, *filters: str) -> str:
        """The sessions of the bots that are shown, and of these filters."""
        return View(q=_joined(self.q, *filters), start=self.start, end=self.end).url()


@dataclass(frozen=True, slots=True)
class EndpointView(Filtered):
    """Everything a page of the inventory shows.

    `by` is `host` or empty when endpoints stand together by host, `none` when they stand in one list; `tab` is one of
    ENDPOINT_TABS, `request` and `session` name the request that is marked in the pictures.
    """

    by: str = ""
    tab: str = ""
    request: str = ""
    session: str = ""

    @property
    def base(self) -> str:
        """The address of the list without parameters."""
        return DISCOVERY

    @property
    def closed_members(self) -> dict[str, str]:
        """The members that open something, all empty."""
        return {"tab": "", "request": "", "session": ""}

    def asking(self, **changes: str) -> str:
        """The list, or the endpoint that is opened, for another question."""
        return self.url(**{"after": "", "facet": "", "search": "", **changes}) if self.page else self.listed(**changes)

    def opened(self, endpoint_id: str, **changes: str) -> str:
        """An endpoint on a page of its own, from which the list under these filters is one step back."""
        return self.url(**{**self.closed_members, "page": endpoint_id, "after": "", "facet": "", "search": "", **changes})

    def csv(self) -> str:
        """The download of the list."""
        given = {"q": self.q, "from": self.start, "to": self.end, "sort": self.sort}
        given = {name: value for name, value in given.items() if value}
        return f"/api/v1/endpoints.csv?{urlencode(given)}" if given else "/api/v1/endpoints.csv"


def openapi(host: str) -> str:
    """The download of a host's endpoints as an OpenAPI document."""
    return f"/api/v1/endpoints/openapi.json?{urlencode({'host': host})}"


def endpoint_page(endpoint_id: str, **members: str) -> str:
    """The page of an endpoint; `members` are those of `EndpointView`."""
    return EndpointView(page=endpoint_id, **members).url()


def requests_of(host: str, method: str, endpoint: str, *further: str) -> str:
    """The filter that chooses the requests to an endpoint, with further ones."""
    values = (("host", host), ("method", method), ("endpoint", endpoint))
    return " ".join((*(term_text(word, value) for word, value in values), *further))


def one_request(session: str, day: str, request: str) -> str:
    """The list of sessions with one session opened, of which one request is shown."""
    return (
        View(q=f"session:{session} {term_text('request', request)}", open=f"{session}.{day}", request=request).url()
        + f"#r-{quote(request)}"
    )


def request_in_session(session: str, request: str) -> str:
    """The page of a whole session, at one request of it that is shown."""
    return f"{View(page=session, request=request).url()}#r-{quote(request)}"


def saying(address: str, **members: str) -> str:
    """A local address with some parameters changed; empty ones are left out."""
    whole, sign, anchor = address.partition("#")
    path, _, asked = whole.partition("?")
    kept = [(name, value) for name, value in parse_qsl(asked, keep_blank_values=True) if name not in members]
    params = urlencode([*kept, *((name, value) for name, value in members.items() if value)])
    return f"{path}{'?' if params else ''}{params}{sign}{anchor}"


SAID = ("done", "held", "tour")
"""The members that say what was just done, or what a page means: no page leads to an address with them."""
TABS = {"": "", "mcp": "protocol:mcp"}
"""The tabs of the list, each with the filter that it stands for."""
ABUSE_TABS = {"": "Statistics", "bots": "Bots one by one"}
"""The tabs of the section of abuse with their titles."""
EVER = "1970-01-01"
"""From when on everything is shown in a section that shows the last days by itself."""
ENDPOINT_TABS = {"": "Overview", "parameters": "Parameters", "performance": "Performance", "traffic": "Traffic"}
"""The tabs of an endpoint's page with their titles."""
NAMES = {"start": "from", "end": "to"}
_CLOSED = {"open": "", "day": "", "sq": "", "all": "", "order": "", "rafter": "", "request": "", "flagged": "", "bot": "",
           "path": ""}  # fmt: skip


def values_text(word: str, values: Sequence[str], *, negated: bool) -> list[str]:
    """The one term for some values, or none when there are no values."""
    alternatives = ",".join(term_text(word, value).partition(":")[2] for value in values)
    return [f"{'-' if negated else ''}{word}:{alternatives}"] if values else []


def _joined(*filters: str) -> str:
    """Filters together, each term once."""
    return " ".join(dict.fromkeys(term.text for text in filters for term in parse(text)))
