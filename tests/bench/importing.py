"""How fast mail becomes searchable, and how much room it takes: `correio import` of an mbox file."""

from __future__ import annotations

import os
import tarfile
import tempfile
from pathlib import Path

from tests.bench.figures import Figure, middle
from tests.bench.generator import write_maildir
from tests.bench.homes import FOLDER, generated, mbox, must, new_account
from tests.bench.spending import Spent, is_there, spend, spend_correio
from tests.terminal.program import temporary_home


def measure_import(count: int, rounds: int = 3) -> list[Figure]:
    """Mails a second into the store with body and index, the store's share of the mail's size; notmuch beside it."""
    file = mbox(count)
    runs: list[Spent] = []
    peers: list[Spent] = []
    shares = []
    for _ in range(rounds):
        with temporary_home() as home:
            new_account(home)
            runs.append(spend_correio(["import", str(file), "--into", FOLDER], home))
            known = int(must(["count", "*"], home))
            if known != count:
                raise AssertionError(f"{known} of {count} mails are in the store")
            shares.append(100 * _store(home) / file.stat().st_size)
        if is_there("notmuch"):
            peers.append(_notmuch(count))
    rate = middle([count / run.seconds for run in runs])
    cost = middle([1000 * run.cpu / count for run in runs])
    peer = middle([count / run.seconds for run in peers]) if peers else None
    peer_cost = middle([1000 * run.cpu / count for run in peers]) if peers else None
    average = file.stat().st_size / count
    return [
        Figure(f"import of {count:,} mails, searchable", rate, "mails/s", 3000, peer, "notmuch", least=True),
        Figure("… processor time of a mail", cost, "ms", None, peer_cost, "notmuch"),
        Figure("… memory at most", middle([run.memory for run in runs]), "MB", 80),
        Figure(f"store and index, of the mail's size ({average / 1000:.1f} KB)", middle(shares), "%", _share(average)),
        *_real_mail(),
    ]


def _store(home: Path) -> int:
    """Bytes of store and index; the reserve for a full disk beside them has the same size everywhere."""
    return sum(path.stat().st_size for path in (home / "state").glob("correio.db*"))


def _real_mail() -> list[Figure]:
    """The same share for list mail that people wrote, where the corpora are: what is generated is alike in its own way."""
    corpora = os.environ.get("CORREIO_CORPORA")
    archive = Path(corpora or "", "list-5000.tar.gz")
    if corpora is None or not archive.exists():
        return []
    with tempfile.TemporaryDirectory() as folder, temporary_home() as home, tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
        sizes = [path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()]
        new_account(home)
        must(["import", folder, "--into", FOLDER], home)
        average = sum(sizes) / len(sizes)
        share = 100 * _store(home) / sum(sizes)
        return [Figure(f"store and index of real list mail ({average / 1000:.1f} KB)", share, "%", _share(average))]


def _share(average: float) -> float:
    """The goal in %: small mails have more rows and words for their size."""
    return 60 if average >= 15_000 else 70 if average <= 10_000 else 70 - 10 * (average - 10_000) / 5_000


def _notmuch(count: int) -> Spent:
    with tempfile.TemporaryDirectory() as folder:
        write_maildir(Path(folder, "mail"), generated(count).mails())
        config = Path(folder, "config")
        config.write_text(f"[database]\npath={folder}/mail\n[user]\nname=me\nprimary_email=me@example.org\n[new]\ntags=new\n")
        return spend(["notmuch", f"--config={config}", "new", "--quiet"])
