"""Homes filled with generated mail, made once and kept for the next measurement."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from core.arrival import Arrival, arrive
from core.flags import from_imap
from core.parcel import beside, pack_mails
from core.paths import find_home
from core.settings.file import load
from core.store import accounts, compression, folders, room
from core.store.database import Database
from core.store.migrations import STEPS
from core.store.placements import Place
from core.store.turns import Turns
from tests.bench.generator import Correspondence, write_mbox
from tests.terminal.program import ROOT, run_correio, temporary_home

ACCOUNT = "bench"
FOLDER = f"{ACCOUNT}/Inbox"
SEED = 1
_open_homes: dict[int, Path] = {}


def cache_folder() -> Path:
    """Where prepared homes are kept: CORREIO_BENCH_CACHE, else below the temporary folder."""
    given = os.environ.get("CORREIO_BENCH_CACHE")
    folder = Path(given) if given else Path(tempfile.gettempdir()) / f"correio-bench-{os.getuid()}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def generated(count: int) -> Correspondence:
    """The mailbox that all homes of that size hold."""
    return Correspondence(SEED, count=count)


def newest_subject(count: int) -> str:
    """How the subject at the top of the list begins, without "Re:"."""
    note = _newest_note(count)
    if not note.exists():
        for mail in generated(count).mails():
            subject = mail.subject
        note.write_text(subject)
    return note.read_text().removeprefix("Re: ")[:14]


def _newest_note(count: int) -> Path:
    return cache_folder() / f"newest-{count}.txt"


def mbox(count: int) -> Path:
    """The generated mails as an mbox file, from the cache."""
    file = cache_folder() / f"mails-{count}.mbox"
    if not file.exists():
        part = file.with_suffix(".part")
        write_mbox(part, generated(count).mails())
        part.replace(file)
    return file


@contextlib.contextmanager
def filled_home(count: int) -> Iterator[Path]:
    """A CORREIO_HOME whose Inbox holds `count` mails: a copy, to be changed as one likes.

    Inside another one of that size it is the same copy: with a million mails making one takes its time.
    """
    if count in _open_homes:
        yield _open_homes[count]
        return
    kept = prepared(count)
    with temporary_home() as home:
        shutil.rmtree(home)
        shutil.copytree(kept, home, symlinks=True)
        _open_homes[count] = home
        try:
            yield home
        finally:
            del _open_homes[count]


def new_account(home: Path) -> None:
    """A local account named as ACCOUNT, made by the command line. Raises RuntimeError with what it said."""
    command = ["account", "add", "--email", "me@example.org", "--name", ACCOUNT, "--kind", "local", "--no-test"]
    must(command, home)


def offline_account(home: Path) -> None:
    """An IMAP and SMTP account whose servers do not answer: for writing without a line."""
    command = ["account", "add", "--email", "me@example.org", "--name", ACCOUNT, "--kind", "imap", "--no-test"]
    for way, port in (("in", "9993"), ("out", "9465")):
        command += [f"--{way}-host", "127.0.0.1", f"--{way}-port", port, f"--{way}-security", "tls"]
    must([*command, "--password-stdin", "--store", "file"], home, stdin="secret\n")


def must(command: list[str], home: Path, timeout: float = 3600, stdin: str | None = None) -> str:
    """Run a command of Correio that may not fail; what it printed. Raises RuntimeError with what it said."""
    done = run_correio(command, home, stdin=stdin, timeout=timeout)
    if done.returncode:
        raise RuntimeError(f"correio {' '.join(command)}: status {done.returncode}\n{done.stderr}{done.stdout}")
    return done.stdout


def fill(home: Path, mails: Correspondence) -> str:
    """Put mails into the Inbox of ACCOUNT as the engine would: packed, then written in batches; the last one's subject."""
    places = find_home({"CORREIO_HOME": str(home)})
    uid = next(account.id for account in load(places.settings_file).accounts if account.name == ACCOUNT)
    database = Database(places.database)
    try:
        account = accounts.row_of(database, uid, local=True)
        inbox = folders.by_role(database, account, "inbox")
        if inbox is None:
            raise AssertionError("no Inbox")
        turns = Turns(database, 0.5)
        arriving = mails.mails()
        subject, known = "", 0
        while some := list(islice(arriving, 500)):
            packer = compression.packer(database)
            subject, known = some[-1].subject, known + len(some)
            arrivals = [
                Arrival(parcel, Place(inbox.id, None, from_imap(mail.flags)[0]), mail.received)
                for mail, parcel in zip(some, pack_mails([(mail.raw, None) for mail in some], packer), strict=True)
            ]
            turns.write(arrivals, lambda few: arrive(database, account, few), lambda one, other: beside(one.parcel, other.parcel))
            if known % 50_000 == 0:
                print(f"  … {known:,}", flush=True)
        for _ in room.merge_index(database):
            continue
        database.checkpoint()
        return subject
    finally:
        database.close()


def prepared(count: int) -> Path:
    """The kept home with so many mails, which nobody changes; made if it is not there."""
    # Another schema, another home.
    schema = hashlib.sha256((ROOT / "core" / "store" / "schema.sql").read_bytes()).hexdigest()[:8]
    place = cache_folder() / f"home-{count}-{schema}-{max(STEPS)}"
    if place.exists():
        return place
    print(f"  preparing a home with {count:,} mails …", flush=True)
    with temporary_home() as home:
        new_account(home)
        begin = time.monotonic()
        _newest_note(count).write_text(fill(home, generated(count)))
        print(f"  … in {time.monotonic() - begin:.1f} s", flush=True)
        part = place.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        shutil.move(home, part)
        part.rename(place)
    return place
