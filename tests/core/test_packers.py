"""Mails packed in a process beside: as they are packed here, whatever happens to that process."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import zstandard

from core import importing, packers
from core.arrival import Arrival, arrive
from core.importing import take_in
from core.mail_files import Found
from core.packers import Packers
from core.packing_worker import deliver
from core.parcel import Parcel, pack_mails
from core.side_process import SideProcess
from core.store import accounts, bodies, compression, doctor, folders
from core.store.database import Database
from core.store.placements import Place
from tests.core.packing_hazard import ENDS, STALLS
from tests.core.store.mails import mail
from tests.core.store.test_compression import letters

ROOT = Path(__file__).parents[2]


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "state" / "correio.db")
    yield database
    database.close()


@pytest.fixture
def beside() -> Iterator[Packers]:
    """Packers whose process is ended after the test."""
    found = Packers()
    yield found
    found.close()


def plain(parcels: list[Parcel]) -> bytes:
    """All that is in them."""
    return msgspec.msgpack.encode(deliver(parcels))


def test_they_pack_as_we_do(db: Database, beside: Packers) -> None:
    packer = compression.packer(db)
    batches = [[(raw, None) for raw in letters(150, seed)] for seed in (1, 2, 3)]
    batches.append([(mail("large", body="x" * 200_000), 7), (mail("small"), None)])
    given = [beside.give(batch, packer) for batch in batches]
    for batch, packed in zip(batches, given, strict=True):
        assert plain(packed.take()) == plain(pack_mails(batch, packer))


def test_they_use_the_newest_dictionary(db: Database, beside: Packers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "ENOUGH", 320)
    monkeypatch.setattr(compression, "SIZE", 16 * 1024)
    monkeypatch.setattr(compression, "_TRIED", 30)
    row = accounts.row_of(db, "10ca1000", local=True)
    inbox = folders.by_role(db, row, "inbox")
    assert inbox is not None
    ids = []
    for seed in range(4):
        raws = letters(200, seed)
        parcels = beside.give([(raw, None) for raw in raws], compression.packer(db)).take()
        with db.write():
            ids += arrive(db, row, [Arrival(parcel, Place(inbox.id)) for parcel in parcels])
    assert {number for (number,) in db.read("SELECT dictionary FROM block")} == {0, 1}
    assert [bodies.raw(db, id) for id in ids] == [raw for seed in range(4) for raw in letters(200, seed)]


def test_two_stores_have_dictionaries_of_their_own(db: Database, beside: Packers) -> None:
    first, second = (
        compression.Packer(1, zstandard.ZstdCompressor(dict_data=zstandard.ZstdCompressionDict(made)), 1 << 23, made)
        for made in (b"words of one store " * 20, b"sentences of another " * 20)
    )
    batch = [(raw, None) for raw in letters(5)]
    for packer in (first, second, first):
        assert plain(beside.give(batch, packer).take()) == plain(pack_mails(batch, packer))


@pytest.mark.parametrize("sign", [ENDS, STALLS])
def test_a_mail_that_ends_or_stalls_its_reader_is_kept_unread(db: Database, sign: bytes) -> None:
    beside = Packers(seconds=0.5, alone=0.5) if sign == STALLS else Packers()
    beside.side = SideProcess("tests.core.packing_hazard", 1 << 26)
    bad = mail("Bad", id="bad@x", body="words of the bad one").replace(b"Subject:", sign + b"\r\nSubject:")
    raws = [mail("Good", id="1@x", body="words of the first"), bad, mail("Good", id="2@x", body="words of the last")]
    packer = compression.packer(db)
    parcels = beside.give([(raw, None) for raw in raws], packer).take()
    after = beside.give([(raws[0], None)], packer).take()
    beside.close()
    assert [parcel.subject for parcel in parcels] == ["Good", "Bad", "Good"]
    here = pack_mails([(raw, None) for raw in raws], packer)
    assert [parcel.hash for parcel in parcels] == [parcel.hash for parcel in here]
    if sign == ENDS:  # on a busy machine a good one may be late as well
        assert ["words" in parcel.texts[-1] for parcel in parcels] == [True, False, True]
        assert plain(after) == plain(here[:1])
    assert "words" not in parcels[1].texts[-1]
    row = accounts.row_of(db, "10ca1000", local=True)
    with db.write():
        ids = arrive(db, row, [Arrival(parcel) for parcel in parcels])
    assert [bodies.raw(db, id) for id in ids] == raws


def test_without_a_process_they_are_packed_here(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    packer = compression.packer(db)
    batch = [(raw, None) for raw in letters(20)]
    assert plain(Packers().give(batch, packer).take()) == plain(pack_mails(batch, packer))


def test_the_process_ends_when_there_is_nothing_to_do(db: Database) -> None:
    beside = Packers(idle=0.01)
    packer = compression.packer(db)
    batch = [(raw, None) for raw in letters(20)]
    for _ in range(2):
        given = beside.give(batch, packer)
        thread, process = beside._thread, beside.side
        assert len(given.take()) == 20
        if thread is not None:
            thread.join()
        assert process.process is None and beside._thread is None


def test_the_process_ends_with_us(tmp_path: Path) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from pathlib import Path\nfrom core.packers import Packers\nfrom core.store import compression\n"
        "from core.store.database import Database\n"
        f"db = Database(Path({str(tmp_path)!r}) / 'correio.db')\nbeside = Packers()\n"
        "beside.give([(b'Subject: a\\r\\n\\r\\nb', None)], compression.packer(db)).take()\n"
        "print(beside.side.process.pid, flush=True)\nsys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as us:
        assert us.stdout is not None
        process = os.pidfd_open(int(us.stdout.readline()))
        us.kill()
    try:
        poll = select.poll()
        poll.register(process, select.POLLIN)
        assert poll.poll(60_000), "the process that packs is still there"
    finally:
        os.close(process)


def test_an_import_is_the_same_with_them(db: Database, beside: Packers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "MANY", 40)
    monkeypatch.setattr(packers, "MANY", 40)
    monkeypatch.setattr(importing, "GATHERED", 60)
    monkeypatch.setattr(packers, "packers", lambda: beside)
    row = accounts.row_of(db, "10ca1000", local=True)
    inbox = folders.by_role(db, row, "inbox")
    assert inbox is not None
    raws = letters(200)
    done = take_in(db, inbox, [Found("", raw) for raw in [*raws, *raws[:50]]])
    assert (done.imported, done.duplicates) == (200, 50)
    assert beside.side.process is not None
    assert db.value("SELECT count(*) FROM block") > 0
    again = take_in(db, inbox, [Found("", raw) for raw in raws])
    assert (again.imported, again.duplicates) == (0, 200)
    stored = {bodies.raw(db, id) for (id,) in db.read("SELECT message FROM placement WHERE folder = ?", (inbox.id,))}
    assert stored == set(raws)
    assert all(finding.count == 0 for finding in doctor.examine(db, deep=True))
