"""How long the analysis across exchanges takes: of a busy hour, of one more minute, and of sessions of extreme sizes."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import traffic
from apitrail.analyze.running import analyze
from apitrail.store import Store

REQUESTS, SESSIONS = 700_000, 120_000
"""A busy hour."""
MANY = 1_000_000


def table() -> Iterator[str]:
    """The figures, each case in a process of its own, so that what it takes of memory is its own."""
    for case in CASES:
        done = subprocess.run([sys.executable, __file__, case], check=True, capture_output=True, text=True)
        yield done.stdout.strip()


def _busy(store: Store) -> str:
    traffic.fill_hour(store, REQUESTS, SESSIONS)
    whole = analyze(store).seconds
    traffic.fill_hour(store, REQUESTS // 60, SESSIONS, first=REQUESTS)
    minute = analyze(store).seconds
    return (
        f"analysis of an hour of {REQUESTS:,} requests, {SESSIONS:,} sessions   {whole:.1f} s (to stay below 20 s);"
        f" with one more minute {minute:.1f} s (below 2 s)"
    )


def _short(store: Store) -> str:
    traffic.fill_hour(store, MANY, MANY * 100)
    return f"analysis of {MANY:,} sessions of a request each   {analyze(store).seconds:.1f} s"


def _long(store: Store) -> str:
    traffic.fill_hour(store, MANY, 0)
    return f"analysis of one session of {MANY:,} requests   {analyze(store).seconds:.1f} s"


CASES = {"busy": _busy, "short": _short, "long": _long}


def main() -> None:
    """Run one case."""
    with tempfile.TemporaryDirectory() as folder, Store(f"chdb://{folder}/store", retention_days=0) as store:
        said = CASES[sys.argv[1]](store)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{said}; at most {most:,.0f} MB")


if __name__ == "__main__":
    main()
