"""Mail from files: what is found in them, what is refused, and that nothing comes in twice or goes missing."""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import mail_files
from core.clean import clean_line
from core.errors import NotFound, StoreError
from core.flags import Flag
from core.importing import take_in
from core.mail_files import Found, folder_name, read_files
from core.store import accounts, bodies, doctor, folders, journal, lists, messages
from core.store.database import Database
from core.store.folders import Folder
from tests.core.store.mails import mail
from tests.empty_store import empty_store


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = empty_store(tmp_path / "state" / "correio.db")
    yield database
    database.close()


@pytest.fixture
def inbox(db: Database) -> Folder:
    found = folders.by_role(db, accounts.row_of(db, "10ca1000", local=True), "inbox")
    assert found is not None
    return found


@pytest.fixture
def remote(db: Database) -> Folder:
    return folders.ensure(db, accounts.row_of(db, "5e44e400"), "INBOX", role="inbox")


def letters(count: int) -> list[bytes]:
    return [mail(f"Letter {n}", id=f"{n}@example.org", body=f"Text {n}.") for n in range(count)]


def found_in(path: Path) -> list[Found]:
    return list(read_files(path))


def raws(path: Path) -> list[bytes | None]:
    return [found.raw for found in read_files(path)]


# files --------------------------------------------------------------------


def test_a_single_mail(tmp_path: Path) -> None:
    path = tmp_path / "one.EML"
    path.write_bytes(mail())
    os.utime(path, (1_700_000_000, 1_700_000_000))
    assert found_in(path) == [Found("", mail(), modified=1_700_000_000)]


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as caught:
        found_in(tmp_path / "nothing")
    assert caught.value.id == "no-file"


def test_a_tree_of_files(tmp_path: Path) -> None:
    first, second, third = letters(3)
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "1.eml").write_bytes(first)
    (tmp_path / "a" / "2.eml").write_bytes(second)
    (tmp_path / "a" / "b" / "3.eml").write_bytes(third)
    (tmp_path / "a" / "notes.txt").write_text("no mail")
    (tmp_path / "a" / "._2.eml").write_bytes(b"\0\5\x16\7 what macOS leaves beside files")
    (tmp_path / "link.eml").symlink_to(tmp_path / "1.eml")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe.eml")
    taken = [(found.folder, found.raw) for found in read_files(tmp_path)]
    assert taken == [("", first), ("a", None), ("a", second), ("a", None), ("a/b", third)]


def test_an_unreadable_file_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "1.eml").write_bytes(mail())

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    [found] = found_in(tmp_path)
    assert found.raw is None
    assert found.error is not None
    assert (found.error.id, found.error.values["answer"]) == ("file-unreadable", "Permission denied")


def test_a_maildir_with_flags_and_subfolders(tmp_path: Path) -> None:
    first, second, third, fourth = letters(4)
    for folder in (tmp_path, tmp_path / ".Lists.Linux"):
        for name in ("cur", "new", "tmp"):
            (folder / name).mkdir(parents=True)
    (tmp_path / "cur" / "1:2,FRS").write_bytes(first)
    (tmp_path / "cur" / "2:2,DPTx").write_bytes(second)
    (tmp_path / "new" / "3").write_bytes(third)
    (tmp_path / "tmp" / "half").write_bytes(b"half written")
    (tmp_path / ".Lists.Linux" / "cur" / "4:2,").write_bytes(fourth)
    assert [(found.folder, found.raw, found.flags) for found in read_files(tmp_path)] == [
        ("", first, Flag.FLAGGED | Flag.ANSWERED | Flag.SEEN),
        ("", second, Flag.DRAFT | Flag.FORWARDED),
        ("", third, Flag(0)),
        ("Lists/Linux", fourth, Flag(0)),
    ]


def test_an_mbox(tmp_path: Path) -> None:
    first = mail(body="Hello\r\n\r\n>From the desk\r\n>>From afar").replace(b"\r\n", b"\n")
    second = mail("Second", id="b@x").replace(b"\r\n", b"\n")
    path = tmp_path / "box"
    quoted = first.replace(b"\n>From", b"\n>>From").replace(b"\n>>From afar", b"\n>>>From afar")
    path.write_bytes(b"From ana Tue Mar 10\n" + quoted + b"\nFrom bob Tue Mar 10\nStatus: RO\nX-Status: AF\n" + second)
    assert [(found.raw, found.flags) for found in read_files(path)] == [
        (first, Flag(0)),
        (b"Status: RO\nX-Status: AF\n" + second, Flag.SEEN | Flag.ANSWERED | Flag.FLAGGED),
    ]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_from_line_needs_a_blank_one_before_it(tmp_path: Path, end: bytes) -> None:
    text = end.join([b"Subject: x", b"", b"a", b"From here on", b"", b"From nowhere", b"Subject: y", b"", b"b", b""])
    (tmp_path / "box").write_bytes(b"From me" + end + text)
    assert raws(tmp_path / "box") == [
        end.join([b"Subject: x", b"", b"a", b"From here on", b""]),
        end.join([b"Subject: y", b"", b"b", b""]),
    ]


@pytest.mark.parametrize("data", [b"", b"\0\1\2", b"not a mailbox\n", b"Fro"])
def test_a_file_that_is_no_mailbox(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "file").write_bytes(data)
    assert raws(tmp_path / "file") == [None]


def test_a_mail_in_an_mbox_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one is found all the same, also where lines are longer than what is read at once."""
    monkeypatch.setattr(mail_files, "LARGEST", 5_000)
    monkeypatch.setattr(mail_files, "CHUNK", 64)
    long = b"Subject: large\n\n" + b"x" * 3_000 + b"\n" + b"y" * 3_000 + b"\n"
    (tmp_path / "box").write_bytes(b"From me " + b"m" * 200 + b"\n" + long + b"\nFrom you\nSubject: small\n\nhi\n")
    large, small = found_in(tmp_path / "box")
    assert large.raw is None
    assert large.error is not None
    assert large.error.id == "mail-file-too-large"
    assert small.raw == b"Subject: small\n\nhi\n"


# archives -----------------------------------------------------------------


def archive(path: Path, entries: dict[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", kind) as made:
        for name, data in entries.items():
            made.writestr(name, data)
    return path


def test_an_archive(tmp_path: Path) -> None:
    first, second = letters(2)
    path = archive(tmp_path / "all.zip", {"a.eml": first, "lists/b.eml": second, "lists/": b"", "readme.txt": b"x"})
    assert [(found.folder, found.raw) for found in read_files(path)] == [("", first), ("lists", second), ("", None)]


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("../../etc/x.eml", "etc"),
        ("/abs/x.eml", "abs"),
        ("..\\..\\windows\\x.eml", "windows"),
        ("a/./../b/x.eml", "a/b"),
        ("C:\\mail\\x.eml", "C:/mail"),
        ("a//b/x.eml", "a/b"),
        ("bell\x07\x1b[31m/x.eml", "bell␇␛[31m"),
        ("\u202egnp/x.eml", "gnp"),
        ("/".join(["deep"] * 60) + "/x.eml", "/".join(["deep"] * 20)),
        ("n" * 300 + "/x.eml", "n" * 200),
    ],
)
def test_names_in_archives_lead_nowhere(tmp_path: Path, name: str, folder: str) -> None:
    [found] = found_in(archive(tmp_path / "slip.zip", {name: mail()}))
    assert (found.folder, found.raw) == (folder, mail())


@given(st.lists(st.text(max_size=30), max_size=8))
def test_any_folder_name_is_tame(parts: list[str]) -> None:
    names = folder_name(parts).split("/")
    assert not {".", ".."} & set(names)
    assert all(clean_line(name) == name for name in names)


def test_a_bomb_that_declares_its_size(tmp_path: Path) -> None:
    path = archive(tmp_path / "bomb.zip", {"x.eml": b"Subject: x\r\n\r\n" + b"\0" * (64 * 1024 * 1024), "y.eml": mail()})
    bomb, rest = found_in(path)
    assert bomb.raw is None
    assert bomb.error is not None
    assert bomb.error.id == "mail-file-too-large"
    assert rest.raw == mail()


def test_a_bomb_that_lies_about_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The directory says 100 bytes; what comes out is checked against what was promised."""
    data = b"Subject: x\r\n\r\n" + b"A" * 200_000
    path = archive(tmp_path / "lie.zip", {"x.eml": data})
    raw = bytearray(path.read_bytes())
    at = raw.rindex(b"PK\x01\x02")
    raw[at + 24 : at + 28] = struct.pack("<I", 100)
    path.write_bytes(raw)
    [found] = found_in(path)
    assert found.raw is None
    assert found.error is not None
    assert found.error.id == "file-unreadable"


@pytest.mark.parametrize("fault", ["damaged", "cut", "encrypted", "method"])
def test_an_archive_that_cannot_be_read(tmp_path: Path, fault: str) -> None:
    data = bytes(zlib.crc32(bytes([n & 255])) & 255 for n in range(5_000))
    path = archive(tmp_path / "bad.zip", {"x.eml": data, "y.eml": mail()})
    raw = bytearray(path.read_bytes())
    directory = raw.index(b"PK\x01\x02")
    if fault == "damaged":
        raw[60] ^= 255
    elif fault == "cut":
        del raw[directory + 10 :]
    elif fault == "encrypted":
        raw[6] |= 1
        raw[directory + 8] |= 1
    else:
        raw[8:10] = raw[directory + 10 : directory + 12] = struct.pack("<H", 97)
    path.write_bytes(raw)
    found = found_in(path)
    if fault == "cut":
        assert [one.raw for one in found] == [None], "no archive any more"
        return
    assert [one.error.id if one.error else "" for one in found] == ["file-unreadable", ""]
    assert found[1].raw == mail()


# into the store -----------------------------------------------------------


def test_the_bytes_come_in_as_they_are(db: Database, inbox: Folder) -> None:
    odd = [mail(), b"no header at all", b"", b"Subject: caf\xe9\n\n\xff\xfe\0", mail(body="x" * 100_000)]
    done = take_in(db, inbox, [Found("", raw) for raw in odd])
    assert (done.imported, done.skipped, done.duplicates, done.failed) == (5, 0, 0, 0)
    kept = sorted(bodies.raw(db, id) or b"" for (id,) in db.read("SELECT message FROM placement"))
    assert kept == sorted(odd)
    assert all(finding.count == 0 for finding in doctor.examine(db))


def test_a_second_import_changes_nothing(db: Database, inbox: Folder) -> None:
    files = [Found("", raw, Flag.SEEN) for raw in letters(250)]
    assert take_in(db, inbox, files).imported == 250
    before = db.version(), folders.get(db, inbox.id)
    again = take_in(db, inbox, files)
    assert (again.imported, again.duplicates) == (0, 250)
    assert (db.version(), folders.get(db, inbox.id)) == before


def test_a_mail_that_is_there_twice_comes_in_once(db: Database, inbox: Folder) -> None:
    done = take_in(db, inbox, [Found("", mail()), Found("", mail()), Found("other", mail())])
    assert (done.imported, done.duplicates) == (2, 1)
    assert db.value("SELECT count(*) FROM message") == 1
    assert db.value("SELECT count(*) FROM placement") == 2


def test_mails_that_only_look_alike_are_both_kept(db: Database, inbox: Folder) -> None:
    """Same header, same size, other text."""
    done = take_in(db, inbox, [Found("", mail(body="Yes.")), Found("", mail(body="No!!"))])
    assert (done.imported, done.duplicates) == (2, 0)
    found = {bodies.raw(db, id) for (id,) in db.read("SELECT id FROM message")}
    assert found == {mail(body="Yes."), mail(body="No!!")}
    again = take_in(db, inbox, [Found("", mail(body="No!!")), Found("", mail(body="Yes."))])
    assert (again.imported, again.duplicates) == (0, 2)


def test_folders_of_files_become_subfolders(db: Database, inbox: Folder) -> None:
    first, second, third = letters(3)
    take_in(db, inbox, [Found("", first), Found("lists", second), Found("lists/linux", third)])
    counts = {folder.path: folder.total for folder in folders.all_folders(db) if folder.total}
    assert counts == {"Inbox": 1, "Inbox/lists": 1, "Inbox/lists/linux": 1}


def test_a_folder_name_with_the_servers_delimiter(db: Database) -> None:
    row = accounts.row_of(db, "5e44e400")
    target = folders.ensure(db, row, "INBOX", delimiter=".", role="inbox")
    take_in(db, target, [Found("v1.2/notes", mail())])
    assert [folder.path for folder in folders.below(db, target)] == ["INBOX.v1_2.notes"]


def test_the_files_time_counts_where_the_mail_tells_none(db: Database, inbox: Folder) -> None:
    take_in(db, inbox, [Found("", b"Subject: no date\n\nx", modified=1_600_000_000), Found("", mail(), modified=1_600_000_000)])
    received = dict(db.read("SELECT subject, received FROM message"))
    assert received == {"no date": 1_600_000_000, "Release on Friday?": 1_773_139_320}


def test_they_are_listed_newest_first(db: Database, inbox: Folder) -> None:
    dates = [f"Tue, {day:02} Mar 2026 10:42:00 +0000" for day in (3, 24, 10, 17)]
    take_in(db, inbox, [Found("", mail(f"day {n}", id=f"{n}@x", date=date)) for n, date in enumerate(dates)])
    rows = lists.MessageList(db, [inbox.id]).page(None, 10)
    assert [row.subject for row in rows] == ["day 1", "day 3", "day 2", "day 0"]
    assert sorted((row.message for row in rows), reverse=True) == [row.message for row in rows]


def test_into_an_account_with_a_server_they_are_appended_later(db: Database, remote: Folder) -> None:
    raws = letters(30)
    files = [Found("", raw, Flag.SEEN if n % 2 else Flag(0)) for n, raw in enumerate(raws)]
    assert take_in(db, remote, files).imported == 30
    waiting = journal.pending(db, remote.account)
    assert {(one.kind, one.target, one.actor) for one in waiting} == {("append", remote.id, "import")}
    assert sum(len(one.messages) for one in waiting) == 30
    assert folders.get(db, remote.id).total == 30
    assert folders.get(db, remote.id).unread == 15
    again = take_in(db, remote, files)
    assert (again.imported, again.duplicates) == (0, 30)
    assert journal.pending(db, remote.account) == waiting


def test_undo_does_not_take_an_import_back(db: Database, remote: Folder) -> None:
    from core import operations

    take_in(db, remote, [Found("", raw) for raw in letters(3)])
    assert operations.undo(db) is None


def test_what_could_not_be_read_is_counted(db: Database, inbox: Folder, tmp_path: Path) -> None:
    path = archive(tmp_path / "x.zip", {"a.eml": mail(), "b.txt": b"x", "c.eml": b"\0" * (64 * 1024 * 1024)})
    done = take_in(db, inbox, read_files(path))
    assert (done.imported, done.skipped, done.failed) == (1, 1, 1)
    assert [error.id for error in done.errors] == ["mail-file-too-large"]


def test_progress_is_reported(db: Database, inbox: Folder) -> None:
    seen: list[int] = []
    take_in(db, inbox, [Found("", raw) for raw in letters(450)], lambda done: seen.append(done.imported))
    assert seen == [100, 200, 300, 400, 450]


def test_an_import_that_breaks_off_goes_on(db: Database, inbox: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [Found("", raw) for raw in letters(300)]

    def failing() -> Iterator[Found]:
        yield from files[:250]
        raise StoreError("disk-full", file="", answer="")

    with pytest.raises(StoreError):
        take_in(db, inbox, failing())
    assert folders.get(db, inbox.id).total == 200
    done = take_in(db, inbox, files)
    assert (done.imported, done.duplicates) == (100, 200)
    assert len(set(messages.by_message_id(db, "7@example.org"))) == 1
