"""APIs of many kinds with made-up values, for the learner of templates: routes as their documentation writes them, and traffic."""

from __future__ import annotations

import random
import re
import uuid
from collections.abc import Callable, Iterable

from apitrail.analyze.learning import Seen, learn
from apitrail.inspect.endpoints import template
from apitrail.model.place import Place, placed


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SYLLABLES = _words("ba ro mi ken lu tar so vin del ra jo han ni co pe ter ma ri an na el is tom as ki wo fre da gu sta bel lin "
              "mor ven tal ger hol dus rik pan")  # fmt: skip
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"

Chance = random.Random


def word(chance: Chance) -> str:
    """A word that nobody knows: `tarken`."""
    return "".join(chance.choice(_SYLLABLES) for _ in range(chance.choice((2, 2, 3))))


def _name(chance: Chance) -> str:
    first = word(chance)
    return chance.choice((first, first, f"{first}{chance.randrange(99)}", f"{first}.{word(chance)}", f"{first}-{word(chance)}"))


def _slug(chance: Chance) -> str:
    return "-".join(word(chance) for _ in range(chance.choice((2, 3, 4))))


def _title(chance: Chance) -> str:
    return "_".join(word(chance).title() for _ in range(chance.choice((1, 2, 3))))


def _opaque(length: int, prefix: str = "") -> Callable[[Chance], str]:
    return lambda chance: prefix + "".join(chance.choices(_ALPHABET, k=length))


VALUES: dict[str, Callable[[Chance], str]] = {
    "word": word,
    "name": _name,
    "slug": _slug,
    "title": _title,
    "camel": lambda chance: word(chance) + word(chance).title(),
    "n": lambda chance: str(chance.randrange(1, 10 ** chance.choice((2, 4, 6)))),
    "hex": lambda chance: f"{chance.getrandbits(96):024x}",
    "digest": lambda chance: f"sha256:{chance.getrandbits(256):064x}",
    "uuid": lambda chance: str(uuid.UUID(int=chance.getrandbits(128), version=4)),
    "cus": _opaque(14, "cus_"),
    "ch": _opaque(24, "ch_"),
    "base62": _opaque(22),
    "short": _opaque(9),
    "issue": lambda chance: f"{word(chance)[:4].upper()}-{chance.randrange(1, 9000)}",
    "project": lambda chance: word(chance)[:4].upper(),
    "currency": lambda chance: word(chance)[:3].upper(),
    "semver": lambda chance: f"{chance.randrange(9)}.{chance.randrange(20)}.{chance.randrange(30)}",
    "date": lambda chance: f"20{chance.randrange(20, 27)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}",
    "index": lambda chance: f"{word(chance)}-20{chance.randrange(20, 27)}.{chance.randrange(1, 13):02}",
    "lang": lambda chance: chance.choice(("en", "de", "fr", "es", "it", "pt-br")),
    "email": lambda chance: f"{word(chance)}@{word(chance)}.example",
}
"""Each kind of value with how one is made."""

_CALLS = "list info create archive invite setTopic postMessage delete update open close history"
_PLURALS = _words("accounts invoices payments customers suppliers contracts employees departments projects tasks tickets comments "
            "documents folders permissions roles groups teams calendars meetings rooms assets licenses vendors quotes leads deals "
            "campaigns surveys forms reports dashboards widgets alerts rules policies audits sessions devices locations")  # fmt: skip

APIS: dict[str, tuple[str, ...]] = {
    name: tuple(routes.split())
    for name, routes in {
        "code hosting": "/repos/{name}/{slug} /repos/{name}/{slug}/issues /repos/{name}/{slug}/issues/{n} /repos/{name}/{slug}/pulls"
        " /repos/{name}/{slug}/branches/{word}/protection /repos/{name}/{slug}/releases/latest /repos/{name}/{slug}/git/refs"
        " /repos/{name}/{slug}/commits/{hex} /repos/{name}/{slug}/labels/{word} /users/{name} /users/{name}/repos"
        " /users/{name}/followers /orgs/{word}/members/{name} /orgs/{word} /orgs/{word}/teams/{slug} /search/repositories"
        " /search/users /search/code /user /user/repos /user/emails /user/starred/{name}/{slug} /rate_limit /gists/{hex} /gists/public"
        " /emojis /meta /notifications /licenses/{word}",
        "chat": " ".join(
            f"/api/{noun}.{verb}" for noun in _words("chat users channels files conversations") for verb in _CALLS.split()
        ),
        "payments": "/v1/customers /v1/customers/{cus} /v1/customers/{cus}/sources /v1/charges /v1/charges/{ch} /v1/charges/{ch}/capture"
        " /v1/charges/search /v1/balance /v1/balance/history /v1/refunds /v1/events /v1/coupons/{word} /v1/plans/{slug}"
        " /v1/invoices/upcoming /v1/payment_intents/{ch}/confirm /v1/payment_methods /v1/accounts/{cus}/persons",
        "shop": "/api/v1/products /api/v1/products/{slug} /api/v1/products/{slug}/reviews /api/v1/products/search /api/v1/categories"
        " /api/v1/categories/{word} /api/v1/categories/{word}/products /api/v1/cart /api/v1/cart/items /api/v1/cart/items/{n}"
        " /api/v1/checkout /api/v1/checkout/shipping /api/v1/checkout/payment /api/v1/orders /api/v1/orders/{n} /api/v1/orders/{n}/track"
        " /api/v1/me /api/v1/me/addresses /api/v1/login /api/v1/logout /api/v1/coupons/{word} /api/v1/brands/{word}",
        "shop files": "/admin/api/2024-01/products.json /admin/api/2024-01/products/{n}.json /admin/api/2024-01/products/count.json"
        " /admin/api/2024-01/orders.json /admin/api/2024-01/orders/{n}.json /admin/api/2024-01/orders/{n}/close.json"
        " /admin/api/2024-01/themes/{n}/assets.json /admin/api/2024-01/shop.json /collections/{slug} /collections/{slug}/products/{slug}"
        " /products/{slug} /products/{slug}.json /cart.js /cart/add.js /pages/{slug} /blogs/{word}/{slug}",
        "forty resources": " ".join(f"/api/{noun} /api/{noun}/{{n}} /api/{noun}/export" for noun in _PLURALS),
        "wiki": "/wiki/{title} /w/index /w/api /api/rest_v1/page/summary/{title} /api/rest_v1/page/html/{title}"
        " /api/rest_v1/page/related/{title} /api/rest_v1/feed/featured /{lang}/help",
        "blog": "/posts/{slug} /posts/{slug}/comments /tags/{word} /tags/{word}/posts /authors/{name} /{lang}/about /{lang}/contact"
        " /{lang}/docs/{word} /feed /sitemap",
        "cluster": "/api/v1/namespaces/{word}/pods /api/v1/namespaces/{word}/pods/{slug} /api/v1/namespaces/{word}/pods/{slug}/log"
        " /api/v1/namespaces/{word}/services/{word} /api/v1/namespaces/{word}/configmaps/{slug} /api/v1/nodes/{slug} /api/v1/nodes"
        " /api/v1/namespaces /api/v1/pods /apis/apps/v1/namespaces/{word}/deployments/{slug}"
        " /apis/apps/v1/namespaces/{word}/deployments/{slug}/scale /apis/batch/v1/namespaces/{word}/jobs/{slug} /healthz /version",
        "tickets": "/rest/api/3/issue/{issue} /rest/api/3/issue/{issue}/comment /rest/api/3/issue/{issue}/comment/{n}"
        " /rest/api/3/issue/{issue}/transitions /rest/api/3/project/{project} /rest/api/3/project/{project}/versions"
        " /rest/api/3/project/search /rest/api/3/search /rest/api/3/myself /rest/api/3/field /rest/api/3/user/search"
        " /rest/agile/1.0/board/{n}/sprint /rest/api/3/filter/{n} /browse/{issue}",
        "packages": "/{name} /{name}/{semver} /{name}/latest /-/v1/search /-/ping /-/package/{name}/dist-tags /-/npm/v1/security/audits"
        " /-/user/token",
        "music": "/v1/albums/{base62} /v1/albums/{base62}/tracks /v1/artists/{base62} /v1/artists/{base62}/top-tracks /v1/me /v1/me/player"
        " /v1/me/player/play /v1/me/player/pause /v1/me/tracks /v1/users/{name} /v1/users/{name}/playlists"
        " /v1/browse/categories/{word}/playlists /v1/browse/new-releases /v1/playlists/{base62}/tracks /v1/search /v1/markets",
        "search": "/{index}/_search /{index}/_doc/{base62} /{index}/_count /{index}/_mapping /{index}/_bulk /_cat/indices /_cat/nodes"
        " /_cluster/health /_cluster/settings /_bulk /_msearch /_nodes/stats /_aliases",
        "builds": "/job/{slug}/build /job/{slug}/{n}/console /job/{slug}/{n}/api/json /job/{slug}/lastBuild/api/json /job/{slug}/api/json"
        " /job/{slug}/config.xml /view/{word} /view/{word}/api/json /queue/api/json /computer/api/json /crumbIssuer/api/json /me/configure",
        "sign-in": "/realms/{word}/protocol/openid-connect/token /realms/{word}/protocol/openid-connect/auth"
        " /realms/{word}/protocol/openid-connect/userinfo /realms/{word}/.well-known/openid-configuration /realms/{word}/account"
        " /admin/realms /admin/realms/{word} /admin/realms/{word}/users /admin/realms/{word}/users/{uuid}"
        " /admin/realms/{word}/users/{uuid}/role-mappings /admin/realms/{word}/users/count /admin/realms/{word}/clients/{uuid}",
        "dashboards": "/api/dashboards/uid/{short} /api/dashboards/home /api/dashboards/db /api/dashboards/uid/{short}/versions"
        " /api/datasources /api/datasources/{n} /api/datasources/name/{slug} /api/org/users /api/orgs/{n}/users /api/search /api/health"
        " /api/folders/{short} /api/annotations/{n} /api/user/preferences /api/teams/{n}/members /d/{short}/{slug} /login /api/ds/query",
        "images": "/v2/{word}/{slug}/manifests/{semver} /v2/{word}/{slug}/manifests/{digest} /v2/{word}/{slug}/blobs/{digest}"
        " /v2/{word}/{slug}/blobs/uploads/{uuid} /v2/{word}/{slug}/tags/list /v2/_catalog /v2/ /token",
        "forum": "/r/{word} /r/{word}/hot /r/{word}/new /r/{word}/top /r/{word}/comments/{short}/{title} /user/{name}/about"
        " /user/{name}/comments /user/{name}/submitted /api/v1/me /api/v1/me/prefs /api/vote /api/comment /subreddits/popular",
        "files": "/files/{word}/{slug} /files/{word}/{slug}/versions/{n} /buckets/{slug} /buckets/{slug}/objects/{title} /upload"
        " /download/{hex}",
        "profiles": "/u/{name} /u/{name}/posts /u/{name}/posts/{n} /room/{word} /room/{word}/messages /room/{word}/members/{name}"
        " /explore /inbox /settings/privacy /settings/security /settings/billing /settings/account",
        "rates": "/v6/latest/{currency} /v6/pair/{currency}/{currency} /v6/history/{currency}/{n}/{n} /v6/codes /v6/quota /rates/{date}",
        "services": "/orders/v2/orders/{uuid} /orders/v2/orders/{uuid}/lines /customers/v1/customers/{uuid} /customers/v1/by-email/{email}"
        " /stock/v1/warehouses/{word}/items/{n} /stock/v1/warehouses/{word} /pricing/v3/quote /pricing/v3/rules/{camel} /health/live"
        " /health/ready /metrics",
    }.items()
}  # fmt: skip
"""Each API with its routes; what stands in braces is a kind of value."""

_NOUNS = _words("user order cart item stock price report invoice shipment address coupon review rating ticket agent")
_VERBS = _words("ping echo quote charge refund settle capture void authorise reconcile notify publish subscribe poll commit rollback lock "
          "unlock reserve release allocate assign approve reject escalate archive restore purge index rank score classify translate "
          "summarise transcribe synthesize render convert resize crop rotate merge split compress encrypt decrypt sign hash encode "
          "decode parse format draw paint speak listen")  # fmt: skip
_SERVICES = {"identity": "users roles tokens", "catalog": "products brands", "basket": "baskets", "ordering": "orders cards",
             "payment": "charges", "shipping": "labels", "search": "queries", "media": "images videos", "notify": "emails",
             "pricing": "rules", "tax": "rates", "fraud": "checks", "loyalty": "points", "returns": "requests"}  # fmt: skip

CONSTANT_APIS: dict[str, tuple[str, ...]] = {
    "calls by verb and noun": tuple(f"/api/{verb}{noun.title()}" for verb in _words("get set list send") for noun in _NOUNS),
    "calls by noun and verb": tuple(f"/rpc/{noun}{verb}" for noun in _NOUNS for verb in _words("create fetch remove sync audit")),
    "sixty calls": tuple(f"/service/{verb}" for verb in _VERBS),
    "resources in the singular": tuple(f"/api/{noun}/{rest}" for noun in _NOUNS for rest in ("list", "detail", "history", "{n}")),
    "sections": tuple(
        f"/admin/{noun}{rest}"
        for noun in _words("users orders products customers discounts reports themes apps billing plans staff locations taxes")
        for rest in ("", "/edit")
    ),
    "settings": tuple(
        f"/settings/{noun}"
        for noun in _words(
            "privacy security billing account notifications emails appearance language sessions apps integrations keys"
        )
    ),
    "reports": tuple(f"/reports/{noun}" for noun in _words("sales/daily inventory/daily traffic/weekly revenue/monthly {n}")),
    "many services": tuple(
        f"/{service}/api/v1/{noun}{rest}"
        for service, nouns in _SERVICES.items()
        for noun in nouns.split()
        for rest in ("", "/{uuid}")
    ),
    "parts of a user": tuple(
        f"/users/{{n}}/{part}"
        for part in _words(
            "posts comments likes followers following groups photos albums videos events messages friends settings activity "
            "badges bookmarks orders invoices addresses cards devices sessions"
        )
    ),
    "parts of a project": tuple(
        f"/v1/projects/{{uuid}}/{part}{rest}"
        for part in _words(
            "environments deployments branches builds logs members invites variables secrets domains hooks integrations alerts "
            "incidents runs pipelines releases flags"
        )
        for rest in ("", "/{uuid}")
    ),
    "pages": tuple(
        f"/{room}/{page}"
        for room in ("Home", "Account")
        for page in _words("Login Register Logout Manage Index About Contact Privacy Confirm Forgot Reset External")
    ),
}
"""APIs in which nothing varies but what has a shape."""

_KIND = re.compile(r"\{([^}]*)\}")


def traffic(routes: Iterable[str], chance: Chance, *, requests: float, values: int) -> list[tuple[str, str]]:
    """Pairs of route and path: `requests` a route in the middle, some routes far more often; `values` of each kind at one place.

    Half of the values are drawn evenly, half with a heavy tail. Values at one place stand there in all routes.
    """
    pools: dict[tuple[str, str, int], str] = {}

    def one(kind: str, before: str) -> str:
        tail = min(int(chance.paretovariate(0.8)) - 1, values - 1)
        at = before, kind, tail if chance.random() < 0.5 else chance.randrange(values)
        if at not in pools:
            pools[at] = VALUES[kind](chance)
        return pools[at]

    def made(route: str) -> str:
        first, *rest = route.split("{")
        for piece in rest:
            kind, _, after = piece.partition("}")
            first += one(kind, first) + after
        return first

    often = [(route, max(3, int(requests * chance.lognormvariate(0, 1)))) for route in routes]
    return [(route, made(route)) for route, times in often for _ in range(times)]


def seen(paths: Iterable[str]) -> list[Seen]:
    """What the inventory says of requests with these paths."""
    counts: dict[str, int] = {}
    for path in paths:
        counts[path] = counts.get(path, 0) + 1
    shapes: dict[str, int] = {}
    for path, count in counts.items():
        shape = template(path)
        shapes[shape] = shapes.get(shape, 0) + count
    return [Seen(shape, count) for shape, count in shapes.items()]


def plain(endpoint: str) -> str:
    """A template without the names of its variables, which is what counts."""
    return _KIND.sub("{}", endpoint)


def right(rows: list[tuple[str, str]], places: dict[str, Place]) -> float:
    """The share of requests whose path is put under its route."""
    return sum(plain(placed(template(path), places)) == plain(route) for route, path in rows) / len(rows)


def learned(rows: list[tuple[str, str]]) -> dict[str, Place]:
    """What is learned from traffic alone."""
    return dict(learn(seen(path for _, path in rows), {}))
