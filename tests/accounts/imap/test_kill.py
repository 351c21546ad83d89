"""kill -9 in the middle of a pass, again and again, while others change the mailbox (SAFETY R7)."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

from core.store import journal
from core.store.database import Database
from tests.accounts.imap.conftest import Demo
from tests.accounts.imap.two_clients import FLAGS, FOLDERS, OtherProgram, user
from tests.accounts.mail_place import check_counts, differences, letter, open_store
from tests.depth import depth

KILLS = int(os.environ.get("CORREIO_KILLS", "0")) or depth(20, 40)
SEED = int(os.environ.get("CORREIO_SEED", "20240229"))


def killed_at(step: int, store: Path, demo: Demo) -> int:
    """Run a collector and kill it at its n-th step; the steps it came to."""
    command = [sys.executable, "-m", "tests.accounts.imap.collector", str(store), str(demo.server.port), demo.place.user]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3])
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(demo.place.password + "\n")
    process.stdin.flush()
    taken = 0
    for line in process.stdout:
        taken += 1
        if taken >= step or line.startswith("pass"):
            break
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    process.stdin.close()
    assert taken, "the collector ended by itself"
    return taken


def test_killed_again_and_again(make_demo: Callable[..., Demo], tmp_path: Path) -> None:
    rng = random.Random(SEED)
    demo = make_demo()
    other = OtherProgram(demo.place, rng)
    for folder in FOLDERS:
        for _ in range(30):
            demo.place.put(letter(body="y" * rng.randint(0, 5000) + "\r\n"), folder, rng.sample(FLAGS, rng.randint(0, 2)))
    store = tmp_path / "correio.db"
    for _ in range(KILLS):
        killed_at(rng.randint(1, 60), store, demo)
        db = Database(store)
        assert db.value("PRAGMA quick_check") == "ok"
        check_counts(db)
        for _ in range(rng.randint(0, 3)):
            other.act()
        if db.value("SELECT count(*) FROM folder WHERE path IN ('INBOX', 'Archive', 'Lists')") == len(FOLDERS):
            for _ in range(rng.randint(0, 2)):
                user(db, rng)
        db.close()
    other.close()

    db = open_store(tmp_path)
    clock = count(int(time.time()) + 1000, 1000)
    incoming = demo.place.incoming(db, keep="all", clock=lambda: float(next(clock)))
    for _ in range(4):
        incoming.sync()
        incoming.close()
        db.run("UPDATE operation SET not_before = 0")
    assert journal.waiting(db) == 0
    for folder in FOLDERS:
        assert differences(db, folder, demo.place.mails(folder)) == ""
    check_counts(db)
    assert db.value("PRAGMA integrity_check") == "ok"
    db.close()
