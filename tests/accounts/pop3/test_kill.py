"""kill -9 while mail is collected and deleted on the server: none twice, none missed (SAFETY R9)."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

from core.store.database import Database
from tests.accounts.mail_place import check_counts, letter, open_store
from tests.accounts.pop3 import conftest
from tests.accounts.pop3.conftest import Drop, digest, drop_on, kept
from tests.depth import depth
from tests.servers.dovecot import Dovecot


def killed_at(step: int, store: Path, drop: Drop) -> None:
    """Run a collector and kill it at its n-th commit."""
    assert drop.pop3 is not None
    where = (str(store), str(drop.pop3.port), drop.user, drop.pop3.trust)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.accounts.pop3.collector", *where],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3],
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(drop.password + "\n")
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


def test_killed_again_and_again(dovecot: Dovecot, tmp_path: Path) -> None:
    rng = random.Random(20261122)
    drop = drop_on(dovecot)
    store = tmp_path / "correio.db"
    open_store(tmp_path).close()
    sent: Counter[str] = Counter()
    for _ in range(depth(5, 15)):
        raws = [letter(body="y" * rng.randint(0, 30_000) + "\r\n") for _ in range(40)]
        with drop.client() as client:
            for raw in raws:
                client.append("INBOX", raw)
        sent.update(map(digest, raws))
        killed_at(rng.randint(1, 4), store, drop)
        db = Database(store)
        assert db.value("PRAGMA quick_check") == "ok"
        here = kept(db)
        assert not here - sent and max(here.values(), default=1) == 1
        db.close()
    db = open_store(tmp_path)
    assert drop.pop3 is not None
    incoming = conftest.account_on(db, drop.pop3, drop.password, leave=False)
    incoming.sync()
    incoming.sync()
    assert kept(db) == sent
    assert drop.mails() == {}
    check_counts(db)
    db.close()
