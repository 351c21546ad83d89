"""Over a hundred bad habits of a server: a sentence in bounded time, never a Python error, no secret, nothing lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.store.database import Database
from tests.accounts.imap.conftest import Demo
from tests.accounts.imap.visits import afterwards, visit
from tests.servers.hostile import COMMANDS, GREETING, HABITS, MANNERS, PASSWORD, manner

FIRST_PASS = tuple(name for name, habit in HABITS.items() if {GREETING, "LOGIN"} & {*habit.commands})
KEPT_HERE = ("select: no PERMANENTFLAGS",)
"""What a server keeps no flags for is kept on this machine, also when it thinks better of it."""


@pytest.mark.parametrize("name", HABITS)
def test_a_bad_habit(name: str, make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo(password=PASSWORD.decode())
    found = visit(demo, db, HABITS[name], started=name not in FIRST_PASS)
    assert found.met, "the habit was never met"
    afterwards(demo, db, found, flags=name not in KEPT_HERE)


PAIRS = [(command, name) for place, command in enumerate(COMMANDS) for name in list(MANNERS)[place % 4 :: 4]]
"""A quarter of all pairs; `python -m tests.bench hostile` tries every one."""


@pytest.mark.parametrize(("command", "name"), PAIRS)
def test_every_command_in_every_manner(command: str, name: str, make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo(password=PASSWORD.decode())
    found = visit(demo, db, manner(command, name), started=True)
    afterwards(demo, db, found)
