"""How fast mail becomes searchable, and how much room it takes: `correio import` of an mbox file."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from tests.bench.figures import Figure, middle
from tests.bench.generator import write_maildir
from tests.bench.homes import FOLDER, generated, mbox, must, new_account
from tests.terminal.program import temporary_home


def measure_import(count: int, rounds: int = 3) -> list[Figure]:
    """Mails a second into the store with body and index, the store's share of the mail's size; notmuch beside it."""
    file = mbox(count)
    rates, shares, peers = [], [], []
    for _ in range(rounds):
        with temporary_home() as home:
            new_account(home)
            begin = time.monotonic()
            must(["import", str(file), "--into", FOLDER], home)
            rates.append(count / (time.monotonic() - begin))
            known = int(must(["count", "*"], home))
            if known != count:
                raise AssertionError(f"{known} of {count} mails are in the store")
            store = sum(path.stat().st_size for path in (home / "state").rglob("*") if path.is_file())
            shares.append(100 * store / file.stat().st_size)
        if shutil.which("notmuch"):
            peers.append(_notmuch(count))
    peer = middle(peers) if peers else None
    return [
        Figure(f"import of {count:,} mails, searchable", middle(rates), "mails/s", 3000, peer, "notmuch", least=True),
        Figure("store and index, of the mail's size", middle(shares), "%", 60),
    ]


def _notmuch(count: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        write_maildir(Path(folder, "mail"), generated(count).mails())
        config = Path(folder, "config")
        config.write_text(f"[database]\npath={folder}/mail\n[user]\nname=me\nprimary_email=me@example.org\n[new]\ntags=new\n")
        begin = time.monotonic()
        subprocess.run(["notmuch", f"--config={config}", "new", "--quiet"], check=True, capture_output=True, timeout=7200)
        return count / (time.monotonic() - begin)
