"""The benchmarks: `make bench`, or parts of them with `make bench ARGS="ingest --lines 1000000"`."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import actors
import analysis
import answers
import detection
import fuzz_detection
import points

import ingest

PARTS = ("start", "ingest", "points", "detection", "bots", "analysis", "memory", "answers")
SEARCHES = ("fuzz",)
"""What runs only when it is asked for."""


def start() -> list[str]:
    """How long `apitrail --help` takes."""
    seconds = []
    for _ in range(7):
        before = time.perf_counter()
        subprocess.run([str(ingest.APITRAIL), "--help"], check=True, capture_output=True)
        seconds.append(time.perf_counter() - before)
    return [f"apitrail --help   {statistics.median(seconds):.2f} s (to stay below 0.3 s)"]


def main() -> None:
    """Run the parts that are asked for, all by default, and print one line for each figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, *SEARCHES, []], default=list(PARTS))
    parser.add_argument("--folder", type=Path, default=Path(__file__).parent.parent / "build/bench")
    parser.add_argument("--lines", type=int, default=1_000_000, help="lines of the log that is read beside GoAccess")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory-lines", type=int, default=10_000_000)
    parser.add_argument("--sizes", default="1,5,20", help="sizes of the stores in millions of requests")
    parser.add_argument("--minutes", type=float, default=10, help="how long `fuzz` searches")
    parser.add_argument("--seed", type=int, default=1, help="where `fuzz` begins")
    parser.add_argument("--replay", type=Path, help="an exchange that `fuzz` wrote down, to be run again")
    given = parser.parse_args()
    print(f"{os.cpu_count()} cores")
    steps = {
        "start": start,
        "ingest": lambda: ingest.beside_goaccess(given.folder, given.lines, given.rounds),
        "points": points.main,
        "detection": detection.main,
        "bots": lambda: actors.report(given.seed),
        "analysis": analysis.table,
        "fuzz": lambda: (
            fuzz_detection.replay(given.replay)
            if given.replay
            else fuzz_detection.main(given.folder / "fuzz", given.minutes, given.seed)
        ),
        "memory": lambda: ingest.memory(given.folder, given.memory_lines),
        "answers": lambda: answers.table([int(float(size) * 1e6) for size in given.sizes.split(",")]),
    }
    for part in given.parts or PARTS:
        for line in steps[part]():
            print(line, flush=True)


if __name__ == "__main__":
    main()
