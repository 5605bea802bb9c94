"""Reading a log: lines per second beside GoAccess on the same file, in turns, and the memory of a long run."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from traffic import combined_log

APITRAIL = Path(__file__).parent.parent / ".venv/bin/apitrail"


def beside_goaccess(folder: Path, lines: int, rounds: int) -> list[str]:
    """Both read the same log, in turns; medians and the ratio pair by pair."""
    log = combined_log(folder / f"combined-{lines}.log", lines)
    if not shutil.which("goaccess"):
        return [f"ingest {lines:,} lines: {lines / _apitrail(log)[0]:,.0f} lines/s (GoAccess is not installed: no ratio)"]
    pairs = [(_apitrail(log)[0], _goaccess(log)) for _ in range(rounds)]
    ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(their / our for our, their in pairs)
    return [
        f"ingest {lines:,} lines   apitrail {lines / ours:9,.0f} lines/s   GoAccess {lines / theirs:9,.0f} lines/s"
        f"   ratio {ratio:.2f} (to reach 1.5)"
    ]


def memory(folder: Path, lines: int) -> list[str]:
    """The largest sum of the resident memory of all processes of one ingest, in thirds of its time."""
    log = combined_log(folder / f"combined-{lines}.log", lines)
    seconds, samples = _apitrail(log)
    third = max(1, len(samples) // 3)
    peaks = [max(samples[at : at + third], default=0) / 1e6 for at in range(0, third * 3, third)]
    text = ", ".join(f"{peak:,.0f} MB" for peak in peaks)
    return [f"memory of {lines:,} lines   {text} in the three thirds (to stay below 1,000 MB)   {lines / seconds:,.0f} lines/s"]


def _apitrail(log: Path) -> tuple[float, list[int]]:
    """Seconds of one ingest into a new store, and samples of the memory of its processes in bytes."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(APITRAIL), "ingest", "--store", f"chdb://{folder}/store", str(log)]
        started = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        samples: list[int] = []
        watch = threading.Thread(target=_watch, args=(process, samples))
        watch.start()
        code = process.wait()
        seconds = time.monotonic() - started
        watch.join()
    if code:
        raise SystemExit(f"apitrail ingest ended with {code}")
    return seconds, samples


def _watch(process: subprocess.Popen[bytes], samples: list[int]) -> None:
    while process.poll() is None:
        samples.append(_family_memory(process.pid))
        time.sleep(0.2)


def _family_memory(root: int) -> int:
    """Private and shared memory of a process and its children, shared pages counted in shares."""
    total, parents = 0, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    for pid in parents:
        at = pid
        while at in parents and at != root:
            at = parents[at]
        if at == root:
            total += _proportional(pid)
    return total


def _proportional(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def _goaccess(log: Path) -> float:
    out = Path(tempfile.gettempdir()) / f"goaccess-{os.getpid()}.json"
    command = ["goaccess", str(log), "--log-format=COMBINED", "--no-progress", "-o", str(out)]
    started = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    out.unlink(missing_ok=True)
    return time.monotonic() - started
