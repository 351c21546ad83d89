"""How long until the list can be used: Correio beside a bare Textual program and other mail programs, in turns."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from tests.bench import bare
from tests.bench.figures import Figure, middle
from tests.bench.generator import write_maildir
from tests.bench.homes import cache_folder, filled_home, generated, newest_subject
from tests.bench.timing import memory_mb, shown_after
from tests.terminal.program import ROOT, correio, environment
from tests.terminal.pty import Pty

COLUMNS, ROWS = 120, 40
LARGEST_MAILDIR = 100_000
"""Files that are written for neomutt to be measured beside."""


def measure_start(count: int, rounds: int = 7, command: list[str] | None = None) -> list[Figure]:
    """Start to usable list with `count` mails, bytes of the first paint, memory of the screen's process.

    `command` runs another program than Correio on the same home. Every round starts each program once.
    """
    subject = newest_subject(count)
    with filled_home(count) as home:
        env = environment(home)
        programs: dict[str, tuple[list[str], Callable[[list[str]], bool]]] = {
            "correio": (command or correio(), lambda lines: any(subject in line for line in lines)),
            "bare": ([sys.executable, "-m", "tests.bench.bare"], lambda lines: any(bare.READY in line for line in lines)),
        }
        if shutil.which("neomutt") and count <= LARGEST_MAILDIR:
            programs["neomutt"] = (_neomutt(count), lambda lines: any(subject in line for line in lines))
        times: dict[str, list[float]] = {name: [] for name in programs}
        sizes: list[int] = []
        memory: list[float] = []
        for number in range(rounds + 1):
            for name, (words, visible) in programs.items():
                with Pty(words, env, columns=COLUMNS, rows=ROWS, cwd=str(ROOT)) as terminal:
                    seconds, size = shown_after(terminal, visible)
                    if number == 0:
                        continue  # the first round fills the caches of disk and interpreter
                    times[name].append(seconds)
                    if name == "correio":
                        sizes.append(size)
                        memory.append(memory_mb(terminal.process.pid) or 0.0)
        ours, least = middle(times["correio"]), middle(times["bare"])
        figures = [
            Figure(f"start to list, {count:,} mails", ours, "s", 0.6, least, "bare Textual"),
            Figure("… as a multiple of a bare Textual program", ours / least, "x", 1.6),
            Figure("bytes of the first paint, 120x40", middle(sizes), "bytes", 30_000),
            Figure("memory of the screen", middle(memory), "MB", 60),
        ]
        if "neomutt" in times:
            peer = middle(times["neomutt"])
            figures.append(Figure("start to list, beside neomutt on a Maildir", ours, "s", None, peer, "neomutt"))
        return figures


def _neomutt(count: int) -> list[str]:
    """neomutt with a header cache on the same mails as a Maildir."""
    folder = cache_folder() / f"maildir-{count}"
    if not folder.exists():
        part = folder.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        write_maildir(part, generated(count).mails())
        part.rename(folder)
    config = cache_folder() / f"neomuttrc-{count}"
    cache = cache_folder() / f"neomutt-cache-{count}"
    Path(cache).mkdir(exist_ok=True)
    config.write_text(
        f'set folder="{folder}"\nset spoolfile="{folder}"\nset header_cache="{cache}/"\n'
        "set sort=reverse-date-received\nset mark_old=no\n"
    )
    return ["neomutt", "-n", "-F", str(config)]
