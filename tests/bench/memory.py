"""Memory at its highest while a large mailbox is collected for the first time: the engine, and what packs mail beside it."""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path

from core.paths import find_home
from core.store.database import Database
from tests.bench.figures import Figure
from tests.bench.homes import must
from tests.bench.syncing import post_office
from tests.terminal.program import temporary_home

LOOK = 0.2
"""Seconds between two looks; the system itself keeps the highest value of each process."""
PATIENCE = 3600.0


def measure_memory(count: int) -> list[Figure]:
    """Collect `count` mails in an engine that nobody looks at, until every body is here."""
    with post_office(count) as post, temporary_home() as home:
        post.add_to(home)
        must(["engine", "start"], home)
        engine = int(json.loads(must(["engine", "status", "--json"], home))["pid"])
        begin = time.monotonic()
        peaks = _watch(home, engine, count, begin + PATIENCE)
        seconds = time.monotonic() - begin
        must(["engine", "stop"], home)
    beside = [peak for process, peak in peaks.items() if process != engine]
    return [
        Figure(f"memory of the engine at most, {count:,} mails collected", peaks[engine], "MB", 80),
        Figure("memory of the process beside it at most", max(beside, default=0.0), "MB", 80),
        Figure("from its start until every body was here", seconds, "s"),
    ]


def _watch(home: Path, engine: int, count: int, end: float) -> dict[int, float]:
    """Process → MB resident at most, of the engine and what it starts, until all mail is there. RuntimeError when it never is."""
    peaks: dict[int, float] = {}
    store = Database(find_home({"CORREIO_HOME": str(home)}).database, readonly=True)
    try:
        known = 0
        while known < count:
            if time.monotonic() > end:
                raise RuntimeError(f"{known} of {count} mails came")
            for process in (engine, *children(engine)):
                peaks[process] = max(peaks.get(process, 0.0), peak_mb(process))
            time.sleep(LOOK)
            known = int(store.value("SELECT count(*) FROM message WHERE body = 2"))
    finally:
        store.close()
    return peaks


def children(process: int) -> list[int]:
    """Processes that a process has started (Linux)."""
    found: list[int] = []
    for task in Path(f"/proc/{process}/task").glob("*"):
        with contextlib.suppress(OSError):
            found += [int(word) for word in (task / "children").read_text().split()]
    return found


def peak_mb(process: int) -> float:
    """MB resident at most so far (Linux); 0 for a process that has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), 0.0)
