"""Every bad habit of a server, on a first pass and on a later one, and every command in every manner."""

from __future__ import annotations

import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from tests.accounts.imap.conftest import Demo
from tests.accounts.imap.test_habits import KEPT_HERE
from tests.accounts.imap.visits import afterwards, visit
from tests.accounts.mail_place import open_store
from tests.bench.figures import Figure
from tests.servers.hostile import COMMANDS, HABITS, MANNERS, PASSWORD, Habit, manner

BOUND = 30.0
"""Seconds for a visit, with commands that give up after less than half of one."""


def measure_hostility() -> list[Figure]:
    """All of them; each that Correio does not take well is printed."""
    met = wrong = silent = 0
    slowest = (0.0, "")
    for name, habit, started in _all():
        demo = Demo(password=PASSWORD.decode())
        begin = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            db = open_store(Path(folder))
            try:
                found = visit(demo, db, habit, started=started)
                slowest = max(slowest, (time.monotonic() - begin, name))
                met += bool(found.met)
                silent += bool(found.met) and not found.told
                afterwards(demo, db, found, flags=name not in KEPT_HERE)
            except Exception:  # noqa: BLE001 - whatever it is, it is the finding
                wrong += 1
                print(f"  {name}, {'later' if started else 'first'} pass\n{traceback.format_exc(limit=-4)}", flush=True)
            db.close()
        demo.loop.stop()
    return [
        Figure("visits to servers with bad habits", met, "visits"),
        Figure("of them without a word, for all was well in spite of it", silent, "visits"),
        Figure("Python errors, secrets said, mail lost, never the same again", wrong, "visits", 0),
        Figure(f"the longest visit ({slowest[1]})", slowest[0], "s", BOUND),
    ]


def _all() -> Iterator[tuple[str, Habit, bool]]:
    for started in (False, True):
        for name, habit in HABITS.items():
            yield name, habit, started
    for command in COMMANDS:
        for name in MANNERS:
            yield f"{command}: {name}", manner(command, name), True
