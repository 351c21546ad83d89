"""What can be read of a damaged file goes into a new one, and the rest is met again."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from core import operations
from core.arrival import arrive_header, arrive_mail
from core.errors import StoreError
from core.flags import Flag
from core.store import accounts, bodies, doctor, folders, lost_schema, outbox, search
from core.store.database import Database
from core.store.rescue import rescue
from tests.core.store.mails import mail

PAGE = 4096
ROOT = Path(__file__).parents[3]


def filled(path: Path, count: int = 120) -> list[int]:
    """A store with local mail; the messages."""
    with contextlib.closing(Database(path)) as db:
        row = accounts.row_of(db, "10ca1000", local=True)
        inbox = folders.by_role(db, row, "inbox")
        assert inbox is not None
        chance = random.Random(4)
        ids = []
        for n in range(count):
            words = " ".join(f"{chance.randrange(1 << 32):x}" for _ in range(200))
            with db.write():
                ids.append(arrive_mail(db, inbox.id, row, mail(id=f"{n}@x", subject=f"Letter {n}", body=f"word{n} {words}")))
        operations.set_flag(db, [(inbox.id, id) for id in ids[:10]], Flag.FLAGGED, True)
        outbox.queue(
            db, account=row, message_id="o@x", sender="a@b.example", recipients=["c@d.example"], subject="Out", shown="c",
            wire=b"wire", copy=b"copy", not_before=0,
        )  # fmt: skip
        db.read("PRAGMA wal_checkpoint(TRUNCATE)")
    return ids


def damage(path: Path, *pages: int) -> None:
    with path.open("r+b") as file:
        for page in pages:
            file.seek(page * PAGE)
            file.write(b"\xa5" * PAGE)


def well(db: Database) -> bool:
    return all(finding.count == 0 for finding in doctor.examine(db, deep=True))


@pytest.mark.parametrize("seed", range(6))
def test_holes_in_the_file(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "correio.db"
    ids = filled(path)
    pages = path.stat().st_size // PAGE
    damage(path, *random.Random(seed).sample(range(pages // 3, pages), 4))
    saved = rescue(path)
    assert saved.aside.exists() and not (tmp_path / "rescued.db").exists()
    with contextlib.closing(Database(path)) as db:
        assert well(db)
        whole = [id for id in ids if bodies.raw(db, id)]
        assert saved.rows["message"] >= len(ids) - 4 * 15, "a page has 13 messages: no others are lost with it"
        assert len(whole) >= len(ids) // (4 if "message" in saved.damaged else 2), saved
        assert [row.subject for row in outbox.rows(db)] == ["Out"] or "outbox" in saved.damaged
        found = search.find(db, search_for(ids.index(whole[0])), limit=10)
        assert found == [whole[0]]


def test_the_first_page_of_the_messages_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "correio.db"
    ids = filled(path)
    with contextlib.closing(apsw.Connection(str(path))) as raw:
        pages = raw.execute("SELECT pageno FROM dbstat WHERE name = 'message' AND pagetype = 'leaf' ORDER BY path").fetchall()
    assert len(pages) > 4
    damage(path, pages[0][0] - 1)
    saved = rescue(path)
    assert saved.damaged == ["message"]
    with contextlib.closing(Database(path)) as db:
        assert well(db)
        assert all(bodies.raw(db, id) for id in ids), "the indexes know which they were"
        assert [row[0] for row in db.read("SELECT subject FROM message ORDER BY id")] == [f"Letter {n}" for n in range(len(ids))]


@pytest.mark.parametrize("table", ["account", "folder", "message", "placement"])
def test_the_root_of_a_table_is_lost(tmp_path: Path, table: str) -> None:
    """Its indexes still say what stood in it: mail that no server has is in its folders as before."""
    path = tmp_path / "correio.db"
    ids = filled(path, 60)
    looks = "SELECT f.path, f.role, m.id, m.name, m.subject, m.date, m.thread, m.body, m.snippet, p.flags"
    sql = f"{looks} FROM placement p JOIN message m ON m.id = p.message JOIN folder f ON f.id = p.folder ORDER BY m.id"
    with contextlib.closing(Database(path)) as db:
        before = db.read(sql)
        root = int(db.value("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)))
    assert len(before) == len(ids)
    damage(path, root - 1)
    saved = rescue(path)
    assert saved.damaged == [table]
    with contextlib.closing(Database(path)) as db:
        assert well(db)
        assert db.read(sql) == before
        assert all(bodies.raw(db, id) for id in ids)
        assert db.read("SELECT uid, local FROM account") == [("10ca1000", 1)]
        assert search.find(db, search_for(7), limit=10) == [ids[7]]


def pages_of_the_list(path: Path) -> list[int]:
    """The pages below the first one on which the store says what tables it has."""
    with contextlib.closing(apsw.Connection(str(path))) as raw:
        return [page for (page,) in raw.execute("SELECT pageno FROM dbstat WHERE name = 'sqlite_schema' AND pageno > 1")]


def rescue_all(path: Path, ids: list[int]) -> None:
    """Rescue a store of which nothing is lost."""
    saved = rescue(path)
    assert saved.damaged == [] and saved.rows["message"] == saved.rows["placement"] == len(ids)
    with contextlib.closing(Database(path)) as db:
        assert well(db) and all(bodies.raw(db, id) for id in ids)
        assert [row.subject for row in outbox.rows(db)] == ["Out"]
        assert search.find(db, search_for(7), limit=10) == [ids[7]]


@pytest.mark.parametrize("which", range(0, 8, 2))
def test_a_part_of_the_list_of_tables_is_lost(tmp_path: Path, which: int) -> None:
    """Nothing is lost with it, though tables that were made since have moved it about in the file."""
    path = tmp_path / "correio.db"
    ids = filled(path, 30)
    with contextlib.closing(apsw.Connection(str(path))) as raw:
        before = pages_of_the_list(path)
        for n in range(12):
            raw.execute(f"CREATE TABLE later_{n} (id INTEGER PRIMARY KEY, text TEXT)")
        assert pages_of_the_list(path) != before
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    there = pages_of_the_list(path)
    damage(path, there[which % len(there)] - 1)
    rescue_all(path, ids)
    assert not [*tmp_path.glob("rescue*")]


@pytest.mark.parametrize("logged", [False, True])
@pytest.mark.parametrize("garbage", [b"\xa5" * PAGE, bytes(512)], ids=["page", "sector"])
def test_the_first_page_of_the_file_is_lost(tmp_path: Path, garbage: bytes, logged: bool) -> None:
    """Nothing is lost with it, nor what stands in the write-ahead log only."""
    path, log = tmp_path / "correio.db", tmp_path / "correio.db-wal"
    ids = filled(path, 30)
    if logged:
        with contextlib.closing(Database(path)) as db:
            operations.set_flag(db, [(1, ids[20])], Flag.FLAGGED, True)
            there = path.read_bytes(), log.read_bytes()
        path.write_bytes(there[0])
        log.write_bytes(there[1])
    with path.open("r+b") as file:
        file.write(garbage)
    rescue_all(path, ids)
    with contextlib.closing(Database(path)) as db:
        flagged = db.read("SELECT message FROM placement WHERE flags & ?", (Flag.FLAGGED,))
        assert {id for (id,) in flagged} == {*ids[:10], *([ids[20]] if logged else [])}
    assert not [*tmp_path.glob("rescue*")]


@pytest.mark.parametrize("change", ["PRAGMA user_version = 77", "elsewhere"])
def test_the_list_of_another_schema_is_not_put_in_its_place(tmp_path: Path, change: str) -> None:
    path, fresh = tmp_path / "correio.db", tmp_path / "fresh.db"
    if change == "elsewhere":
        with contextlib.closing(apsw.Connection(str(path))) as raw, contextlib.closing(Database(fresh)) as new:
            raw.execute("PRAGMA auto_vacuum = INCREMENTAL")
            tables = new.read("SELECT sql FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 AND name NOT LIKE 'sqlite%'")
            for (sql,) in reversed(tables):
                raw.execute(sql)
            raw.execute(f"PRAGMA user_version = {new.value('PRAGMA user_version')}")
    else:
        filled(path, 3)
        with contextlib.closing(apsw.Connection(str(path))) as raw:
            raw.execute(change)
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    damage(path, pages_of_the_list(path)[0] - 1)
    assert lost_schema.is_lost(path)
    with contextlib.closing(apsw.Connection(str(path))) as old, contextlib.closing(Database(fresh)) as new:
        assert not lost_schema.put_back(old, new, fresh, tmp_path / "copy.db")


def search_for(n: int):  # type: ignore[no-untyped-def]
    from core.query.parse import parse

    return parse(f"word{n}")


def test_a_sound_file_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "correio.db"
    ids = filled(path, 30)
    with contextlib.closing(Database(path)) as db:
        with db.write():
            db.run("UPDATE message SET stored = 1000")  # from then on pruning counts, not from the making of a new index
        tables = ("message", "placement", "operation", "outbox", "account")
        before = {table: db.read(f"SELECT * FROM {table}") for table in tables}
    saved = rescue(path)
    assert saved.damaged == []
    with contextlib.closing(Database(path)) as db:
        assert well(db) and len(ids) == 30
        assert {table: db.read(f"SELECT * FROM {table}") for table in before} == before


def test_not_while_another_process_has_it_open(tmp_path: Path) -> None:
    path = tmp_path / "correio.db"
    filled(path, 3)
    script = (
        "import sys; from pathlib import Path; from core.store.database import Database\n"
        "db = Database(Path(sys.argv[1])); db.read('SELECT id FROM message'); print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as other:  # fmt: skip
        assert other.stdout is not None and other.stdout.readline() == b"open\n"
        with pytest.raises(StoreError) as caught:
            rescue(path)
        assert caught.value.id == "store-in-use" and not list(tmp_path.glob("damaged-*"))
        other.communicate(timeout=60)
    assert rescue(path).damaged == []


def test_cut_off_before_the_new_file_is_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a store under its name at every moment: with none, the next start would make an empty one."""
    path = tmp_path / "correio.db"
    filled(path, 3)
    replace = os.replace

    def cut(source: Path, target: Path) -> None:
        assert path.stat().st_size > PAGE
        replace(source, target)

    monkeypatch.setattr(os, "replace", cut)
    monkeypatch.setattr(os, "rename", cut)
    saved = rescue(path)
    assert saved.aside.stat().st_size > PAGE
    with contextlib.closing(Database(path)) as db:
        assert db.value("SELECT count(*) FROM message") == 3


def test_nothing_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "correio.db"
    filled(path, 5)
    path.write_bytes(b"no database at all" * 1000)
    for end in ("-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    saved = rescue(path)
    assert saved.rows.get("message", 0) == 0 and saved.aside.read_bytes().startswith(b"no database")
    with contextlib.closing(Database(path)) as db:
        assert well(db)


def test_a_broken_index_of_a_table_costs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "correio.db"
    ids = filled(path, 40)
    with contextlib.closing(Database(path)) as db:
        root = int(db.value("SELECT rootpage FROM sqlite_schema WHERE name = 'message_size'"))
    damage(path, root - 1)
    with contextlib.closing(Database(path)) as db:
        assert not well(db)
        with pytest.raises(StoreError):
            doctor.repair(db)
    rescue(path)
    with contextlib.closing(Database(path)) as db:
        assert well(db)
        assert all(bodies.raw(db, id) for id in ids)


def test_bytes_that_cannot_be_unpacked_are_fetched_again(tmp_path: Path) -> None:
    """A server has them still. What only this machine has stays as it is, and is told."""
    with contextlib.closing(Database(tmp_path / "correio.db")) as db:
        here, there = accounts.row_of(db, "10ca1000", local=True), accounts.row_of(db, "5e44e400")
        drawer = folders.by_role(db, here, "inbox")
        assert drawer is not None
        inbox = folders.ensure(db, there, "INBOX", role="inbox")
        large = "x" * 70 + "\r\n"
        with db.write():
            mine = arrive_mail(db, drawer.id, here, mail(id="1@x"))
            theirs = arrive_mail(db, inbox.id, there, mail(id="2@x"), uid=1)
            huge = arrive_mail(db, inbox.id, there, mail(id="3@x", body=large * 130_000), uid=2)
            sound = arrive_mail(db, inbox.id, there, mail(id="4@x"), uid=3)
            db.run("UPDATE raw SET data = x'00' WHERE id IN (SELECT raw FROM message WHERE id IN (?, ?))", (mine, theirs))
            db.run("UPDATE raw_chunk SET data = x'00' WHERE n = 0")
        found = {finding.id: finding.count for finding in doctor.examine(db, deep=True)}
        assert found["bodies-unreadable"] == 3
        doctor.repair(db, deep=True)
        assert [(id, body) for id, body in db.read("SELECT id, body FROM message ORDER BY id")] == [
            (mine, 2), (theirs, 0), (huge, 0), (sound, 2)
        ]  # fmt: skip
        assert bodies.raw(db, theirs) is None and bodies.raw(db, sound)
        assert [(finding.id, finding.count) for finding in doctor.examine(db, deep=True) if finding.count] == [
            ("bodies-unreadable", 1)
        ]


@pytest.mark.parametrize("where", ["raw", "header"])
def test_the_dictionary_is_lost(tmp_path: Path, where: str) -> None:
    """What was compressed with it cannot be read; the rest is saved, and a search finds it."""
    path = tmp_path / "correio.db"
    with contextlib.closing(Database(path)) as db:
        row = accounts.row_of(db, "5e44e400")
        inbox = folders.ensure(db, row, "INBOX", role="inbox")
        with db.write():
            if where == "raw":
                lost = arrive_mail(db, inbox.id, row, mail(id="1@x"), uid=1)
            else:
                lost = arrive_header(db, inbox.id, row, mail(id="1@x"), 500, uid=1)
            found = arrive_mail(db, inbox.id, row, mail(id="2@x", body="word7"), uid=2)
            db.run(f"UPDATE {where} SET dictionary = 5 WHERE rowid IN (SELECT min(rowid) FROM {where})")
    rescue(path)
    with contextlib.closing(Database(path)) as db:
        assert db.read("SELECT message FROM placement ORDER BY uid")[-1] == (found,)
        assert search.find(db, search_for(7), limit=10) == [found]
        assert bodies.raw(db, lost) is None


def test_the_disk_is_full_meanwhile(tmp_path: Path) -> None:
    """The damaged store stays where it is, and what was made of it so far does not keep the disk full."""
    path = tmp_path / "correio.db"
    filled(path, 120)
    with contextlib.closing(Database(path)) as db:
        root = int(db.value("SELECT rootpage FROM sqlite_schema WHERE name = 'message_size'"))
    damage(path, root - 1)
    before = path.read_bytes()
    script = (
        "import resource, signal, sys; from pathlib import Path; from core.errors import StoreError\n"
        "from core.store.rescue import rescue; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({len(before) // 2}, {len(before) // 2}))\n"
        "try:\n    rescue(Path(sys.argv[1]))\nexcept StoreError as error:\n    print(error.id)\n"
    )
    told = subprocess.run([sys.executable, "-c", script, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    assert told.stdout.strip()
    assert path.read_bytes() == before and not [*tmp_path.glob("rescue*")] and not [*tmp_path.glob("damaged*")]
    assert rescue(path).rows["message"] == 120
