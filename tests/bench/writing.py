"""kill -9 while a mail is written: what stood on the screen two seconds before is in the store afterwards."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from core.draft import Draft
from core.paths import find_home
from core.store import drafts
from core.store.database import Database
from tests.bench.figures import Figure, percentile
from tests.bench.homes import offline_account
from tests.terminal.program import begin_correio, correio, environment, processes_of, temporary_home
from tests.terminal.terminal import Terminal

ALLOWED = 2.0
"""Seconds of typing that may be lost."""
BETWEEN = 0.2
"""Seconds from a word on the screen to the next one typed: far less than the pause in which a draft is saved."""
ECHOES = 4
"""A machine that has others to serve may take as much longer as so many of the slowest words took to appear."""


@dataclass(frozen=True, slots=True)
class Written:
    """One kill: how old the oldest lost word was when it struck (0: nothing lost), and what is wrong."""

    lost: float
    complaint: str


def kill_while_writing(kills: int, seed: int = 1, together: int = 2) -> list[Written]:
    """Write so many mails in the composer and kill the program at a random moment of each, `together` at a time."""
    # Spread evenly, so that few of them fall on all kinds of moments.
    seeds = [(number + random.Random(f"{seed}/{number}").random()) / kills for number in range(kills)]
    with temporary_home() as prepared, ThreadPoolExecutor(together) as pool:
        offline_account(prepared)
        return list(pool.map(partial(_one, prepared), range(kills), seeds))


def figures(written: list[Written]) -> list[Figure]:
    """The table."""
    losses = [one.lost for one in written]
    return [
        Figure("kills while writing", len(written), "times"),
        Figure("typing lost, at worst", max(losses, default=0), "s", ALLOWED),
        Figure("typing lost, median", percentile(losses, 0.5) if losses else 0, "s"),
        Figure("drafts gone or damaged", sum(bool(one.complaint) for one in written), "drafts", 0),
    ]


def _one(prepared: Path, number: int, chance: float) -> Written:
    with temporary_home() as home:
        shutil.copytree(prepared, home, dirs_exist_ok=True)
        subject = f"Written{number}"
        command = correio(f"mailto:friend@example.org?subject={subject}")
        with Terminal(command, environment(home), cwd=str(home.parent), begin=begin_correio) as terminal:
            terminal.wait_for(subject)
            words, slowest = _write(terminal, seconds=0.5 + 5 * chance)
            struck = time.monotonic()
            for process in processes_of(home):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            terminal.wait_exit()
        return _judge(home, subject, words, struck, ALLOWED + ECHOES * slowest)


def _write(terminal: Terminal, seconds: float) -> tuple[list[tuple[str, float]], float]:
    """Type word after word, each when the one before is on the screen: [(word, when it was shown)], the longest wait for one."""
    end = time.monotonic() + seconds
    shown: list[tuple[str, float]] = []
    slowest = 0.0
    for word in _words():
        typed = time.monotonic()
        terminal.type(word + " ").wait_for(word)
        shown.append((word, time.monotonic()))
        slowest = max(slowest, shown[-1][1] - typed)
        if time.monotonic() >= end:
            break
        time.sleep(BETWEEN)
    return shown, slowest


def _words() -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield f"w{number:04d}"


def _judge(home: Path, subject: str, words: list[tuple[str, float]], struck: float, allowed: float) -> Written:
    database = Database(find_home({"CORREIO_HOME": str(home)}).database)
    try:
        found = [Draft.from_json(one.data) for one in drafts.all_drafts(database) if one.subject == subject]
    finally:
        database.close()
    body = found[0].body if found else ""
    kept = set(body.split())
    lost = max((struck - moment for word, moment in words if word not in kept), default=0.0)
    complaint = ""
    if len(found) > 1:
        complaint = f"{subject}: {len(found)} drafts"
    elif lost > allowed:
        complaint = f"{subject}: {lost:.1f} s of typing lost, {len(kept)} of {len(words)} words kept"
    return Written(lost, complaint)
