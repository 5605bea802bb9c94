"""What the browser tests share: real servers over filled stores, one browser, pages that are watched."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from console.patience import be_patient
from console.serving import (
    CHROMIUM,
    CHROMIUM_FLAGS,
    DESK,
    PHONE,
    Look,
    Opener,
    Server,
    Watch,
    besiege,
    crowd,
    explore,
    fill,
    kept_page,
    leave,
    rob,
    serve,
    stop,
)


@pytest.fixture(scope="session")
def young(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose store is empty at first; tests of live traffic send some."""
    server = serve(tmp_path_factory.mktemp("young"))
    yield server
    stop(server)


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose store stays empty."""
    server = serve(tmp_path_factory.mktemp("empty"))
    yield server
    stop(server)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory, empty: Server, young: Server) -> Iterator[Server]:
    """A server over the traffic of `console.shop`; the other two start meanwhile."""
    folder = tmp_path_factory.mktemp("filled")
    fill(folder)
    server = serve(folder)
    yield server
    stop(server)


@pytest.fixture(scope="session")
def besieged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over the attacks of `console.siege`."""
    folder = tmp_path_factory.mktemp("besieged")
    besiege(folder)
    server = serve(folder)
    yield server
    stop(server)


@pytest.fixture(scope="session")
def explored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over the API of `console.inventory`, which analyses every second."""
    folder = tmp_path_factory.mktemp("explored")
    explore(folder)
    server = serve(folder, hasty=True)
    yield server
    stop(server)


@pytest.fixture(scope="session")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over an inventory of thousands of endpoints, some of them with hostile names."""
    folder = tmp_path_factory.mktemp("crowded")
    crowd(folder)
    server = serve(folder)
    yield server
    stop(server)


@pytest.fixture(scope="session")
def robbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over the bots of `console.rogues`, which analyses again soon after a change."""
    folder = tmp_path_factory.mktemp("robbed")
    rob(folder)
    server = serve(folder, hasty=True)
    yield server
    stop(server)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The one browser of all tests."""
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        be_patient(patch)
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def watching() -> Watch:
    """What is seen on all pages, test by test."""
    return Watch()


@pytest.fixture
def watch(watching: Watch) -> Iterator[Watch]:
    """Fails the test when one of its pages ran foreign script, broke the content policy, or got a server error."""
    watching.forget()
    yield watching
    assert watching.unexpected() == []


@pytest.fixture
def open_page(browser: Browser, filled: Server, watch: Watch) -> Iterator[Opener]:
    """Opens watched pages, signed in, at a size, in a colour scheme; one of each kind is kept for the next test."""
    used: list[Page] = []

    def make(server: Server = filled, size: tuple[int, int] = DESK, scheme: str = "light", *, script: bool = True) -> Page:
        page = kept_page(browser, server, watch, Look(size, scheme, script))
        if page in used:
            page = watch.over(page.context.new_page())
        used.append(page)
        return page

    yield make
    for page in used:
        leave(page)


@pytest.fixture
def page(open_page: Opener) -> Page:
    """A page of the filled server, as wide as a desk."""
    return open_page()


@pytest.fixture(params=[DESK, PHONE], ids=["1440", "390"])
def sized(request: pytest.FixtureRequest, open_page: Opener) -> Page:
    """A page of the filled server, as wide as a desk and as a phone."""
    return open_page(size=request.param)
