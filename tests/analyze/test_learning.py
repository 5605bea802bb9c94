"""Templates that are learned: values without a shape become one, parts of an API stay, whatever the traffic is like (D1)."""

from __future__ import annotations

import random
import statistics
import string
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyze.made_apis import APIS, CONSTANT_APIS, VALUES, learned, plain, right, seen, traffic, word
from apitrail.analyze.learning import Seen, learn
from apitrail.inspect.endpoints import template
from apitrail.model.place import NAME, REST, Place, placed
from timing import cost

pytestmark = pytest.mark.rows("D1")

VOLUMES = ((5, 25), (30, 25), (30, 40), (30, 300), (200, 40), (200, 600))
"""Requests of a route in the middle, and values of each place."""


def share(api: str, requests: int, values: int, seed: int = 0) -> float:
    """The share of an API's requests that are put under their route after learning from them."""
    rows = traffic(
        {**APIS, **CONSTANT_APIS}[api], random.Random(f"{api} {requests} {values} {seed}"), requests=requests, values=values
    )
    return right(rows, learned(rows))


def junk(chance: random.Random) -> str:
    """A word as a scanner makes it up."""
    letters = "".join(chance.choices(string.ascii_lowercase, k=chance.randrange(3, 10)))
    return letters + chance.choice(("", "", "", ".php", ".bak", "1", "-x"))


def made_up_paths(count: int, seed: int = 1) -> list[str]:
    """Paths of one to four made-up words."""
    chance = random.Random(seed)
    return ["/" + "/".join(junk(chance) for _ in range(chance.choice((1, 1, 2, 3, 4)))) for _ in range(count)]


SHOP = ("/api/users", "/api/users/42", "/api/orders", "/api/orders/7", "/api/login", "/healthz")


def test_most_requests_are_under_their_route() -> None:
    """Over APIs of many kinds, volumes from few to many and heavy tails, at least 95 of 100 requests get the right template."""
    assert statistics.mean(share(api, *volume) for api in APIS for volume in VOLUMES) >= 0.95


@pytest.mark.parametrize("api", APIS)
def test_no_kind_of_api_is_left_behind(api: str) -> None:
    """With thirty requests a route and more, no API has less than 90 of 100 right, whichever values it drew."""
    assert min(share(api, *volume, seed=seed) for volume in VOLUMES[2:] for seed in range(2)) >= 0.9


@pytest.mark.parametrize("api", CONSTANT_APIS)
def test_parts_of_an_api_stay(api: str) -> None:
    """Calls, resources, sections and services are no values, however many stand at one place and however few requests they have."""
    assert min(share(api, *volume) for volume in ((2, 25), *VOLUMES)) == 1


@pytest.mark.parametrize("constant", ["me", "search", "_bulk", "getAll", "reset-password", ".well-known"])
def test_a_fixed_word_among_values_stays(constant: str) -> None:
    """`/users/me` stays beside learned names, also when it comes for the first time after they were learned."""
    names = [f"/users/{word(random.Random(at))}" for at in range(60)]
    for paths in (names, [*names, f"/users/{constant}"]):
        places = learn(seen(paths), {})
        assert placed(f"/users/{constant}", places) == f"/users/{constant}"
        assert placed(names[0], places) == "/users/{name}"


def test_a_word_that_comes_far_more_often_than_values_stays() -> None:
    """A part of the API that no list of words knows is told by its requests; the most frequent values are not."""
    chance = random.Random(2)
    names = [VALUES["word"](chance) for _ in range(300)]
    rows = Counter(f"/people/{names[min(int(chance.paretovariate(0.8)) - 1, 299)]}" for _ in range(4000))
    assert placed(rows.most_common(1)[0][0], learn([Seen(*row) for row in rows.items()], {})) == "/people/{name}"
    rows = Counter({f"/people/{name}": 1 + at % 3 for at, name in enumerate(names)}) + Counter({"/people/nearby": 900})
    assert placed("/people/nearby", learn([Seen(*row) for row in rows.items()], {})) == "/people/nearby"


def test_names_within_names() -> None:
    """Owners and repositories are two variables, and what follows them are words."""
    rows = traffic(APIS["code hosting"], random.Random(5), requests=60, values=60)
    places = learned(rows)
    assert placed("/repos/acme-corp/the-site/issues/{id}", places) == "/repos/{name}/{name}/issues/{id}"
    assert placed("/repos/acme-corp/the-site/pulls", places) == "/repos/{name}/{name}/pulls"


def test_languages_are_one_variable() -> None:
    """Three languages are enough when the same pages follow them; two letters that go on differently are words."""
    pages = [f"/{language}/{page}" for language in ("en", "de", "fr-ca") for page in ("about", "contact", "docs")]
    assert {placed(page, learn(seen(pages), {})) for page in pages} == {"/{name}/about", "/{name}/contact", "/{name}/docs"}
    others = ["/ab/one", "/cd/two", "/ef/three", "/gh/four"]
    assert learn(seen(others), {}) == {}


def test_shapes_that_values_have_by_chance_are_one() -> None:
    """Of random digits and letters some are digits alone: all become one variable, and a date beside them stays another."""
    chance = random.Random(4)
    values = [f"{chance.getrandbits(48):012x}" for _ in range(200)] + [f"{chance.randrange(10**12):012}" for _ in range(20)]
    paths = [f"/codes/{value}" for value in values] + ["/codes/2024-05-01"]
    assert len({placed(template(path), learn(seen(paths), {})) for path in paths}) == 2


def test_the_format_at_the_end_of_a_value_stays() -> None:
    """`/products/blue-shirt.json` and `/products/blue-shirt` are two endpoints."""
    chance = random.Random(6)
    slugs = [VALUES["slug"](chance) for _ in range(60)]
    places = learn(seen([f"/products/{slug}{end}" for slug in slugs for end in ("", ".json")]), {})
    assert placed(f"/products/{slugs[0]}.json", places) == "/products/{name}.json"
    assert placed(f"/products/{slugs[0]}", places) == "/products/{name}"


@pytest.mark.parametrize("api", APIS)
def test_learning_again_changes_nothing(api: str) -> None:
    """What was learned stays as it is: over the same traffic, over traffic that moved to it, and in any order of the rows."""
    rows = seen(path for _, path in traffic(APIS[api], random.Random(api), requests=40, values=40))
    places = learn(rows, {})
    assert learn(rows, places) == places
    assert learn([Seen(placed(row.endpoint, places), row.requests) for row in rows], places) == places
    for seed in range(3):
        random.Random(seed).shuffle(rows)
        assert learn(rows, {}) == places


def test_more_traffic_never_unlearns() -> None:
    """With all that comes later, places that were learned stay what they are, and templates do not change again."""
    places: dict[str, Place] = {}
    rows: list[Seen] = []
    for seed, api in enumerate(APIS):
        rows += seen(path for _, path in traffic(APIS[api], random.Random(seed), requests=30, values=40))
        later = learn(rows, places)
        assert {prefix: later[prefix] for prefix in places} == places
        places = dict(later)


def test_a_route_that_answers_everything_becomes_one_template() -> None:
    """100,000 made-up paths that were answered well end as one template, and the real API beside them stays."""
    rows = [*seen(made_up_paths(100_000)), *(Seen(template(path), 40) for path in SHOP)]
    places = learn(rows, {})
    found = Counter(placed(row.endpoint, places) for row in rows)
    assert set(found) == {f"/{REST}", *(template(path) for path in SHOP)}


def test_made_up_paths_beside_an_api_leave_it() -> None:
    """Made-up paths under a prefix, in any number, change nothing of what is learned elsewhere."""
    rows = traffic(APIS["shop"], random.Random(7), requests=60, values=40)
    noise = [f"/pages{path}" for path in made_up_paths(20_000)]
    with_noise = learn(seen([*(path for _, path in rows), *noise]), {})
    assert right(rows, dict(with_noise)) == right(rows, learned(rows))
    assert len({placed(template(path), with_noise) for path in noise}) == 1


def test_apis_that_share_a_host_stay_apart() -> None:
    """Single requests to the documented routes of many APIs, all on one host, are no values of anything."""
    routes = [f"/{name.replace(' ', '')}{route}" for name, some in APIS.items() for route in some]
    chance = random.Random(8)
    rows = [row for route in routes for row in traffic([route], chance, requests=1, values=3)[:1]]
    assert right(rows, learned(rows)) >= right(rows, {}) - 0.01


def test_bounded_time() -> None:
    """Learning from 100,000 templates takes less than five seconds of an ordinary machine."""
    rows = seen(made_up_paths(100_000, seed=3))
    assert cost(lambda: learn(rows, {}), below=5) < 5


_TEMPLATES = st.lists(
    st.lists(st.sampled_from(("users", "me", "{id}", "{name}", "v1", "", "de", "en", "fr", "a-b", "X", "café", "{path}")) | st.text(max_size=5)),
    max_size=40,
).map(lambda paths: ["/" + "/".join(path) for path in paths])  # fmt: skip


@given(_TEMPLATES, st.integers(1, 100))
def test_whatever_was_seen_is_learned_from(endpoints: list[str], requests: int) -> None:
    """No path makes the learner fail, its order does not matter, and a template that was placed is placed where it is."""
    rows = [Seen(endpoint, requests) for endpoint in endpoints]
    places = learn(rows, {})
    assert learn(rows[::-1], {}) == places
    for endpoint in endpoints:
        once = placed(endpoint, places)
        assert placed(once, places) == once


def test_an_operation_stays_behind_its_path() -> None:
    """What is learned of paths leaves the operation behind the mark as it is."""
    places = {"/u": Place(NAME), "/x": Place(REST)}
    assert placed("/u/ann#query a/b", places) == "/u/{name}#query a/b"
    assert placed("/x/y/z#login", places) == "/x/{path}#login"
    assert plain("/u/{name}") == "/u/{}"
