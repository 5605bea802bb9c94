"""The `serve` and `demo` commands: a server over a store, until it is told to stop."""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from apitrail.analyze.keeping import Keeper
from apitrail.configure import session_parameters
from apitrail.configure.opening import open_store
from apitrail.console import templating
from apitrail.explore.discovery.rules import rules
from apitrail.ingest.live import Intake
from apitrail.model.exchange import Exchange
from apitrail.server import create_app
from apitrail.settings import Settings
from apitrail.store import Store

STOP_SECONDS = 3
"""How long answers may still take when the server is told to stop; live pages never end by themselves."""


def serve(settings: Settings) -> None:
    """Serve a store until interrupted."""
    with open_store(settings) as store:
        app = create_app(store, settings)
        keeper = Keeper(store, rules(settings))

        def end() -> None:
            app.state.intake.close()
            keeper.close()

        _run(app, settings, lambda: None, end)


def demo(settings: Settings, *, store: str, seed: int) -> None:
    """Serve the demo: a shop with a week of history and live traffic, in a store that is made for it and thrown away."""
    folder = "" if store else tempfile.mkdtemp(prefix="apitrail-demo-")
    dsn = store or f"chdb://{folder}"
    try:
        with open_store(settings, dsn) as opened:
            _demo(opened, settings, seed)
    finally:
        if folder:
            shutil.rmtree(folder, ignore_errors=True)


def _demo(store: Store, settings: Settings, seed: int) -> None:
    from apitrail.demo import run
    from apitrail.demo.parameters import PARAMETERS

    if not session_parameters.history(store):
        session_parameters.keep(store, PARAMETERS, "demo")
    app = create_app(store, settings)
    keeper = Keeper(store, rules(settings))
    intake: Intake = app.state.intake
    shop = run.start(lambda exchange: _deliver(intake, exchange), now=time.time(), seed=seed)
    history = threading.Thread(target=_history, args=(shop,), daemon=True)

    def begin() -> None:
        shop.live()
        history.start()
        print(f"The shop of the demo answers on {shop.shop_url}", flush=True)

    def end() -> None:
        shop.stop()
        intake.close()
        keeper.close()

    _run(app, settings, begin, end)


def _deliver(intake: Intake, exchange: Exchange) -> None:
    intake.offer(exchange)


def _history(shop: object) -> None:
    started = time.monotonic()
    shop.history()  # type: ignore[attr-defined]
    print(f"A week of history is there ({time.monotonic() - started:.0f} s)", flush=True)


def _run(app: FastAPI, settings: Settings, begin: Callable[[], None], end: Callable[[], None]) -> None:
    host, port = settings.text("host"), settings.number("port")
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
    )
    threading.Thread(target=_announce, args=(server, app, settings, begin), daemon=True).start()
    try:
        server.run()
    finally:
        end()
    if not server.started:
        sys.exit(f"apitrail: cannot listen on {host}:{port}; is it in use? choose another with --port")


def _announce(server: uvicorn.Server, app: FastAPI, settings: Settings, begin: Callable[[], None]) -> None:
    while not server.started:
        if server.should_exit:
            return
        time.sleep(0.05)
    base = settings.text("public_url").rstrip("/") or f"http://{_reachable(settings.text('host'))}:{settings.number('port')}"
    print(f"apitrail console: {base}\nSign in once with: {base}/sign-in?code={app.state.sign_in.new_link()}", flush=True)
    begin()
    templating.prepare()


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 - a name to show
