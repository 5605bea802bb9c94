"""Simulated visitors of a shop, people and bots with evasions: who of them is found, and who is taken for one wrongly.

People have think times with heavy tails; bots have jitter, rotation and mimicry. `python bench/actors.py` prints the table;
`--without NAME` leaves a detector out, `--each` says what every detector adds.
"""

from __future__ import annotations

import argparse
import dataclasses
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from apitrail.analyze.bots import judging, normal, running
from apitrail.analyze.bots.catalogue import Detector, detectors
from apitrail.analyze.bots.features import COLUMNS
from apitrail.analyze.bots.plan import Plan
from apitrail.analyze.running import SAMPLES_LEAST
from apitrail.analyze.templates import learn_templates
from apitrail.configure.recipes import recipe
from apitrail.inspect.rows import Inspector
from apitrail.model.abuse import BOT_TYPES
from apitrail.model.exchange import Exchange
from apitrail.store import Store

SITE, API = "www.shop.example", "api.shop.example"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36"
NEW_BROWSERS = tuple(CHROME.format(version) for version in (146, 147, 148))
OLD_BROWSER = CHROME.format(88)
APP = "ShopApp/5.12.1 (Pixel 9; Android 16)"
SECOND, HOUR, DAY = 1_000_000, 3_600_000_000, 86_400_000_000
FILES = ("/static/app.js", "/static/site.css", "/static/logo.svg", "/static/font.woff2")
PRODUCTS, ORDERS = 600, 4000
BATCH = 20_000
PLAN = Plan()
BOT, HONEST = True, False


class Kind(NamedTuple):
    """A kind of visitor: whether it is a bot, how it hides, how many there are, and what one of them does."""

    name: str
    bot: bool
    evasion: str
    count: int
    act: Callable[[Visitor], None]


@dataclasses.dataclass
class Visitor:
    """One visitor: where it is, what it looks like, what time it has, and what it sent."""

    chance: random.Random
    name: str
    now: int
    ip: str
    agent: str
    cookie: str = ""
    bearer: str = ""
    key: str = ""
    referer: bool = True
    sent: list[Exchange] = dataclasses.field(default_factory=list)
    last_page: str = ""

    def ask(self, host: str, target: str, *, method: str = "GET", status: int = 200, ms: float = 30, size: int = 2000,
            body: bytes = b"", kind: str = "application/json", weight: int = 0, referer: str | None = None) -> None:  # fmt: skip
        """Send one request and take the answer."""
        path, _, query = target.partition("?")
        headers = [("host", host), ("user-agent", self.agent)] if self.agent else [("host", host)]
        came_from = (self.last_page if self.referer else "") if referer is None else referer
        headers += [("referer", f"https://{SITE}{came_from}")] if came_from else []
        headers += [("cookie", f"sid={self.cookie}")] if self.cookie else []
        headers += [("authorization", f"Bearer {self.bearer}")] if self.bearer else []
        headers += [("x-api-key", self.key)] if self.key else []
        headers += [("content-type", "application/json")] if body else []
        self.sent.append(
            Exchange(
                id=f"{self.name}-{len(self.sent)}",
                time=self.now,
                method=method,
                path=path,
                query=query,
                host=host,
                client_ip=self.ip,
                headers=tuple(headers),
                body=body,
                status=status,
                duration_ms=round(ms * self.chance.lognormvariate(0, 0.3), 1),
                request_bytes=weight or 500 + len(body),
                response_bytes=int(size * self.chance.uniform(0.7, 1.3)),
                response_headers=(("content-type", kind),),
            )
        )

    def page(self, target: str, *, files: bool = True) -> None:
        """Open a page of the site, with its files unless they are there already."""
        self.ask(SITE, target, kind="text/html; charset=utf-8", size=14_000)
        if self.referer:
            self.last_page = target
        if files:
            for file in FILES:
                self.now += self.chance.randrange(20_000, 200_000)
                self.ask(SITE, file, kind="text/css", size=30_000)

    def log_in(self, name: str, *, good: bool) -> None:
        """Try to log in."""
        body = msgspec.json.encode({"email": f"{name}@mail.example", "password": "x"})
        self.ask(API, "/api/v1/login", method="POST", status=200 if good else 401, body=body, ms=120, size=300)

    def think(self, seconds: float = 6) -> None:
        """Pause as people do: mostly short, at times very long."""
        self.now += int(min(self.chance.lognormvariate(0, 1.1) * seconds, 1800) * SECOND)

    def pause(self, seconds: float, jitter: float = 0.02) -> None:
        """Pause as programs do."""
        self.now += int(seconds * (1 + self.chance.uniform(-jitter, jitter)) * SECOND)

    def move(self) -> None:
        """Come from somewhere else."""
        self.ip = address(self.chance)

    def renew(self) -> None:
        """Begin a new session."""
        self.cookie = f"{self.chance.getrandbits(64):016x}"


def address(chance: random.Random) -> str:
    """An address anywhere."""
    return f"{chance.randrange(20, 220)}.{chance.randrange(256)}.{chance.randrange(256)}.{chance.randrange(1, 255)}"


# --- people and programs with a right to be here ------------------------------------------------------------------


def shopper(v: Visitor, *, cached: bool = False) -> None:
    """Looks around, searches, sometimes logs in and buys."""
    v.page("/", files=not cached)
    for _ in range(v.chance.randrange(1, 9)):
        v.think()
        what = v.chance.random()
        if what < 0.25:
            v.page(f"/category/{v.chance.choice(('tents', 'lamps', 'shoes'))}", files=not cached and v.chance.random() < 0.5)
        elif what < 0.75:
            product = v.chance.randrange(PRODUCTS)
            v.page(f"/product/{product}", files=not cached and v.chance.random() < 0.5)
            v.ask(API, f"/api/v1/products/{product}/reviews")
        elif what < 0.9:
            v.ask(API, f"/api/v1/search?q={v.chance.choice(('tent', 'lamp', 'pan', 'kite'))}")
        else:
            v.page("/", files=False)
    if v.chance.random() < 0.4:
        v.think()
        name = f"user{v.chance.randrange(3000)}"
        for _ in range(v.chance.choice((0, 0, 0, 0, 1, 2))):
            v.log_in(name, good=False)
            v.think()
        v.log_in(name, good=True)
        v.think(10)
        v.ask(API, "/api/v1/cart/items", method="POST", body=b'{"product":7}')
        v.think()
        v.ask(API, "/api/v1/checkout", method="POST", body=b'{"pay":"card"}', ms=300)


def returning(v: Visitor) -> None:
    """Has all files already."""
    shopper(v, cached=True)


def private(v: Visitor) -> None:
    """Sends no referer."""
    v.referer = False
    shopper(v)


def app_user(v: Visitor) -> None:
    """Uses the app with a token, and changes the network on the way."""
    v.agent = APP
    v.log_in(f"user{v.chance.randrange(3000)}", good=True)
    v.cookie, v.bearer = "", f"{v.chance.getrandbits(128):032x}"
    for _ in range(v.chance.randrange(4, 40)):
        v.think(5)
        v.ask(
            API,
            v.chance.choice(
                ("/api/v1/home", f"/api/v1/products/{v.chance.randrange(PRODUCTS)}", "/api/v1/cart", "/api/v1/offers")
            ),
        )
        if v.chance.random() < 0.04:
            v.move()


def forgetful(v: Visitor, tries: int = 4) -> None:
    """Tries some old passwords, then remembers."""
    v.page("/login")
    for _ in range(tries):
        v.think()
        v.log_in("user7", good=False)
    v.log_in("user7", good=True)
    for _ in range(6):
        v.think()
        v.ask(API, v.chance.choice(("/api/v1/orders", "/api/v1/me", f"/api/v1/orders/{v.chance.randrange(ORDERS)}")))


def colleague(v: Visitor) -> None:
    """One of an office behind one address: works through orders for hours."""
    v.ip, v.agent = "80.187.96.14", NEW_BROWSERS[1]
    v.log_in(f"staff{v.chance.randrange(20)}", good=True)
    for _ in range(v.chance.randrange(40, 160)):
        v.think(20)
        order, user = v.chance.randrange(ORDERS), v.chance.randrange(3000)
        v.ask(
            API,
            v.chance.choice(
                (f"/api/v1/orders/{order}", "/api/v1/orders?page=1", f"/api/v1/users/{user}", "/api/v1/admin/reports")
            ),
        )


def open_tab(v: Visitor) -> None:
    """Leaves a page open that looks for news every ten seconds."""
    shopper(v)
    for _ in range(500):
        v.pause(10)
        v.ask(API, "/api/v1/notifications", size=60)


def monitor(v: Visitor) -> None:
    """A probe: one address, at exact times."""
    v.agent, v.cookie = "uptime-probe/2.0", ""
    for _ in range(250):
        v.ask(API, "/health", size=20, ms=2)
        v.pause(300, 0)


def prober(v: Visitor) -> None:
    """A probe that says what it is: a page of the site, each minute."""
    v.agent, v.cookie = "Uptime-Kuma/1.23.16", ""
    for _ in range(250):
        v.ask(SITE, "/health", size=15, ms=2)
        v.pause(60, 0)


def feed_reader(v: Visitor) -> None:
    """A program that looks for news every quarter of an hour."""
    v.agent, v.cookie = "FreshRSS/1.26.0 (Linux; https://freshrss.org)", ""
    for _ in range(40):
        v.ask(SITE, "/feed/", size=20_000)
        v.pause(900, 0.02)


def integration(v: Visitor) -> None:
    """A partner's program with a key: pages through the catalogue, sets stock."""
    v.agent, v.cookie, v.key = "okhttp/4.12.0", "", f"sk_live_{v.chance.getrandbits(64):016x}"
    for number in range(300):
        v.ask(API, f"/api/v1/products?page={number % 30}&per_page=100", size=60_000)
        v.ask(API, f"/api/v1/products/{v.chance.randrange(PRODUCTS)}/stock", method="PUT", body=b'{"stock":4}')
        v.pause(60)


# --- bots ---------------------------------------------------------------------------------------------------------


def stuffer(v: Visitor, *, pause: float = 1, jitter: float = 0.02, tries: int = 150, each: int = 1000, agent: str = "") -> None:
    """Tries a list of accounts; new address and session after `each`."""
    v.agent = agent or v.agent
    for number in range(tries):
        if number % each == 0:
            v.move()
            v.renew()
        v.log_in(f"leak{v.chance.randrange(100_000)}", good=v.chance.random() < 0.01)
        v.pause(pause, jitter)


def brute(v: Visitor, *, pause: float = 1.5, tries: int = 100) -> None:
    """Tries passwords of one account."""
    for _ in range(tries):
        v.log_in("victim", good=False)
        v.pause(pause, 0.3)


def scraper(
    v: Visitor,
    *,
    pause: float = 12,
    jitter: float = 0.02,
    each: int = 10_000,
    addresses: int = 10_000,
    human: bool = False,
    files: bool = False,
    referer: bool = False,
    pages: bool = True,
    count: int = 250,
) -> None:
    """Copies the catalogue in an order by chance."""
    v.referer = referer
    for number, product in enumerate(v.chance.sample(range(PRODUCTS), count)):
        if number and number % each == 0:
            v.renew()
        if number and number % addresses == 0:
            v.move()
        if pages:
            v.page(f"/product/{product}", files=files)
        else:
            v.ask(API, f"/api/v1/products/{product}")
        v.think(pause / 1.8) if human else v.pause(pause, jitter)


def crawler(v: Visitor, *, robots: bool = True, referer: bool = False) -> None:
    """Collects all pages."""
    v.referer = referer
    if robots:
        v.ask(SITE, "/robots.txt", kind="text/plain", size=300)
    for target in (
        "/",
        "/category/tents",
        "/category/lamps",
        "/category/shoes",
        "/about",
        "/terms",
        *(f"/product/{n}" for n in range(40)),
    ):
        v.page(target, files=False)
        v.think(3)


def enumerator(v: Visitor, *, order: bool = True, pause: float = 1, jitter: float = 0.3, human: bool = False) -> None:
    """Tries the numbers of orders with one account."""
    v.log_in("mule", good=True)
    first = v.chance.randrange(2000)
    for number in range(150):
        wanted = first + number if order else v.chance.randrange(20 * ORDERS)
        status = 200 if wanted < ORDERS else 404
        v.ask(API, f"/api/v1/orders/{wanted}", status=v.chance.choice((status, 403)), referer="")
        v.think(pause) if human else v.pause(pause, jitter)


def hog(v: Visitor, *, kind: str) -> None:
    """Wastes what the server has."""
    for number in range(200):
        if kind == "pages":
            v.ask(API, f"/api/v1/products?page={number % 3}&per_page=1000", size=900_000, ms=200)
            v.pause(0.2, 0.5)
        elif kind == "uploads":
            v.ask(API, "/api/v1/reviews", method="POST", body=b"{}", weight=4_000_000, status=201)
            v.pause(2, 0.5)
        else:
            v.ask(API, f"/api/v1/search?q={'%25' * 20}{number}", ms=4000, size=100)
            v.pause(0.5, 0.5)


def scanner(v: Visitor, *, pause: float = 0.3) -> None:
    """Guesses paths."""
    for number in range(60):
        word = v.chance.choice(("backup", "old", "admin", "test", "db", "cgi"))
        v.ask(SITE, f"/{word}{number}/index.php", status=404, kind="text/html", referer="")
        v.pause(pause, 0.5)


def _with(act: Callable[..., None], **how: object) -> Callable[[Visitor], None]:
    return lambda v: act(v, **how)


KINDS: Sequence[Kind] = (
    Kind("shopper", HONEST, "", 260, shopper),
    Kind("returning shopper", HONEST, "files cached", 40, returning),
    Kind("private shopper", HONEST, "no referer", 20, private),
    Kind("app user", HONEST, "", 80, app_user),
    Kind("forgetful", HONEST, "four wrong passwords", 10, forgetful),
    Kind("forgetful", HONEST, "eight wrong passwords", 6, _with(forgetful, tries=8)),
    Kind("office", HONEST, "one address", 20, colleague),
    Kind("open tab", HONEST, "looks for news", 6, open_tab),
    Kind("monitor", HONEST, "exact times", 2, monitor),
    Kind("monitor", HONEST, "says what it is", 2, prober),
    Kind("feed reader", HONEST, "says what it is", 2, feed_reader),
    Kind("integration", HONEST, "API key", 3, integration),
    Kind("credential stuffer", BOT, "none", 3, stuffer),
    Kind("credential stuffer", BOT, "3 tries an address, old browser", 2, _with(stuffer, each=3, agent=OLD_BROWSER, jitter=0.6)),
    Kind("credential stuffer", BOT, "3 tries an address, new browser", 2, _with(stuffer, each=3, jitter=0.6, pause=20)),
    Kind(
        "credential stuffer", BOT, "1 try an address, slow", 2, _with(stuffer, each=1, agent=OLD_BROWSER, jitter=0.8, pause=300)
    ),
    Kind("brute forcer", BOT, "none", 4, brute),
    Kind("brute forcer", BOT, "slow", 4, _with(brute, pause=240, tries=60)),
    Kind("scraper of pages", BOT, "slow and steady", 4, scraper),
    Kind("scraper of pages", BOT, "pauses of people", 4, _with(scraper, human=True)),
    Kind("scraper of pages", BOT, "fetches files, referer", 4, _with(scraper, files=True, referer=True)),
    Kind("scraper of pages", BOT, "5 pages a session", 2, _with(scraper, each=5)),
    Kind("scraper of pages", BOT, "1 page a session", 2, _with(scraper, each=1)),
    Kind("scraper of pages", BOT, "new address every 20", 2, _with(scraper, addresses=20, jitter=0.5)),
    Kind("scraper of an API", BOT, "slow and steady", 4, _with(scraper, pages=False)),
    Kind("scraper of an API", BOT, "half the pause by chance", 4, _with(scraper, pages=False, jitter=0.5)),
    Kind("scraper of an API", BOT, "pauses of people", 4, _with(scraper, pages=False, human=True)),
    Kind("crawler", BOT, "asks for robots.txt", 4, crawler),
    Kind("crawler", BOT, "no robots.txt, referer", 4, _with(crawler, robots=False, referer=True)),
    Kind("enumerator", BOT, "none", 4, enumerator),
    Kind("enumerator", BOT, "pauses of people", 4, _with(enumerator, human=True, pause=8)),
    Kind("enumerator", BOT, "numbers by chance", 4, _with(enumerator, order=False)),
    Kind("resource hog", BOT, "large pages", 3, _with(hog, kind="pages")),
    Kind("resource hog", BOT, "large uploads", 3, _with(hog, kind="uploads")),
    Kind("resource hog", BOT, "costly searches", 3, _with(hog, kind="searches")),
    Kind("path scanner", BOT, "none", 3, scanner),
    Kind("path scanner", BOT, "slow", 3, _with(scanner, pause=40)),
)


def everybody(seed: int, start: int) -> Iterator[tuple[Kind, Visitor]]:
    """All visitors of a day."""
    for kind in KINDS:
        for number in range(kind.count):
            chance = random.Random(f"{seed}-{kind.name}-{kind.evasion}-{number}")
            name = f"{kind.name}-{kind.evasion}-{number}"
            visitor = Visitor(chance, name, start + chance.randrange(2 * HOUR), address(chance), chance.choice(NEW_BROWSERS))
            visitor.renew()
            kind.act(visitor)
            yield kind, visitor


def fill(store: Store, seed: int) -> dict[str, Kind]:
    """Store a day of traffic; which kind each request is of, by its id."""
    start = int(time.time()) * SECOND // DAY * DAY - DAY
    inspector, kinds = Inspector(recipe(store)), {}
    waiting: list[Exchange] = []
    for kind, visitor in everybody(seed, start):
        kinds[visitor.name] = kind
        waiting += visitor.sent
        if len(waiting) > BATCH:
            store.write(inspector.rows(waiting))
            waiting = []
    store.write(inspector.rows(waiting))
    return kinds


def judge(store: Store, using: tuple[Detector, ...]) -> set[tuple[object, bytes]]:
    """The session parts that some detectors find to be bots."""
    found = store.rows(
        f"SELECT DISTINCT day, session_id FROM ({judging.verdicts(using, PLAN)}) WHERE bot_type IN {BOT_TYPES}", PLAN.values
    )
    return {(row["day"], row["session_id"]) for row in found}


def voted(store: Store, using: tuple[Detector, ...], name: str) -> set[tuple[object, bytes]]:
    """The session parts in which a detector votes."""
    found = store.rows(
        f"SELECT day, session_id FROM ({judging.seen(using)} SETTINGS join_use_nulls = 1)"
        " WHERE arrayExists(one -> one.multiplier >= one.times[2] AND one.name = {name:String}, every)",
        {"name": name, **PLAN.values},
    )
    return {(row["day"], row["session_id"]) for row in found}


def table(store: Store, kinds: dict[str, Kind], flagged: set[tuple[object, bytes]]) -> dict[Kind, tuple[int, int, int, int]]:
    """By kind: visitors found, visitors, sessions found, sessions."""
    rows = store.rows("SELECT day, session_id, any(request_id) AS id FROM requests GROUP BY day, session_id")
    seen: dict[Kind, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        name = row["id"].rpartition("-")[0]
        seen[kinds[name]][name].append((row["day"], row["session_id"]) in flagged)
    return {
        kind: (
            sum(any(one) for one in people.values()),
            len(people),
            sum(map(sum, people.values())),
            sum(map(len, people.values())),
        )
        for kind, people in seen.items()
    }


def rates(found: dict[Kind, tuple[int, int, int, int]]) -> tuple[float, float]:
    """The share of bots that were found, and of others that were taken for bots."""
    bots = [one for kind, one in found.items() if kind.bot]
    others = [one for kind, one in found.items() if not kind.bot]
    return sum(one[0] for one in bots) / sum(one[1] for one in bots), sum(one[0] for one in others) / sum(
        one[1] for one in others
    )


def report(seed: int = 1, *, without: str = "", each: bool = False) -> Iterator[str]:
    """The table of all kinds, and what every detector adds when that is asked for."""
    using = tuple(one for one in detectors() if one.name != without)
    with tempfile.TemporaryDirectory() as folder, Store(f"chdb://{Path(folder) / 'store'}", retention_days=0) as store:
        kinds = fill(store, seed)
        learn_templates(store)
        store.learn_baselines(SAMPLES_LEAST)
        store.prepare_behaviour(COLUMNS, normal.AROUND)
        running.measure(store)
        store.replace_around(normal.AROUND, normal.around(), PLAN.values)
        found = table(store, kinds, judge(store, using))
        for kind in KINDS:
            people, of_people, parts, of_parts = found[kind]
            said = f"{'bot' if kind.bot else 'ok ':4}{kind.name:20}{kind.evasion:34}"
            yield f"{said}{people:4} of {of_people:<5}sessions {parts:5} of {of_parts}"
        yield "found {:.3f} of bots, {:.4f} of others taken for bots".format(*rates(found))
        for one in using if each else ():
            less = rates(table(store, kinds, judge(store, tuple(other for other in using if other != one))))
            votes = rates(table(store, kinds, voted(store, using, one.name)))
            yield (
                f"without {one.name:28} found {less[0]:.3f} false {less[1]:.4f}"
                f"   its vote: {votes[0]:.3f} of bots, {votes[1]:.4f} of others"
            )


def main() -> None:
    """Simulate, judge, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without", default="", help="a detector that is left out")
    parser.add_argument("--each", action="store_true", help="say what every detector adds")
    given = parser.parse_args()
    for line in report(given.seed, without=given.without, each=given.each):
        print(line, flush=True)


if __name__ == "__main__":
    main()
