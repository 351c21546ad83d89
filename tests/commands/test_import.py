"""`correio import`: what it says, and that a kill in the middle costs nothing."""

from __future__ import annotations

import mailbox
import signal
import zipfile
from pathlib import Path

import pytest

from tests.commands.house import House, PostOffice, letter
from tests.terminal.program import run_correio_bytes


def letters(count: int) -> list[bytes]:
    return [letter(f"Letter {n}", id=f"{n}@farol.example", body=f"Text {n}. " * 200) for n in range(count)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with four mails in it and one other file."""
    place = tmp_path / "mail"
    (place / "lists").mkdir(parents=True)
    for n, raw in enumerate(letters(4)):
        (place / ("lists" if n > 1 else ".") / f"{n}.eml").write_bytes(raw)
    (place / "notes.txt").write_text("no mail")
    return place


def test_a_folder_with_subfolders(house: House, folder: Path) -> None:
    assert house.json("import", str(folder), "--into", "loc/Inbox") == {
        "imported": 4, "skipped": 1, "duplicates": 0, "failed": 0,
    }  # fmt: skip
    totals = {row["path"]: row["total"] for row in house.json("folders") if row["total"]}
    assert totals == {"Inbox": 2, "Inbox/lists": 2}
    assert house.json("import", str(folder), "--into", "loc/Inbox")["duplicates"] == 4
    [row] = house.json("search", "subject:letter", "in:Inbox/lists", "Text", "3")
    raw = run_correio_bytes(["show", str(row["id"]), "--raw"], house.path).stdout
    assert raw == letters(4)[3]
    assert house.run("count", "*").stdout == "4\n"
    assert house.json("undo") == {"undone": None, "messages": 0}


def test_every_kind_at_once_into_a_new_folder(house: House, tmp_path: Path) -> None:
    raws = letters(4)
    (tmp_path / "one.eml").write_bytes(raws[0])
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("../evil/x.eml", raws[1])
    box = mailbox.mbox(tmp_path / "box")
    box.add(raws[2])
    box.close()
    maildir = mailbox.Maildir(tmp_path / "maildir")
    kept = mailbox.MaildirMessage(raws[3])
    kept.set_subdir("cur")
    kept.set_flags("FS")
    maildir.add(kept)
    paths = [str(tmp_path / name) for name in ("one.eml", "all.zip", "box", "maildir")]
    done = house.json("import", *paths, "--into", "Old mail")
    assert done == {"imported": 4, "skipped": 0, "duplicates": 0, "failed": 0}
    assert {row["path"] for row in house.json("folders") if row["total"]} == {"Old mail", "Old mail/evil"}
    flags = {row["subject"]: row["flags"] for row in house.json("search", "letter")}
    assert flags["Letter 3"] == ["\\Seen", "\\Flagged"]
    assert not (tmp_path.parent / "evil").exists()


def test_what_cannot_be_read_is_said(house: House, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.eml", b"\0" * (64 * 1024 * 1024))
        archive.writestr("y.eml", letter())
    done = house.run("import", str(tmp_path / "bomb.zip"), "--into", "Inbox", status=1)
    assert "x.eml" in done.stderr
    assert house.run("count", "*").stdout == "1\n"


def test_a_path_that_is_not_there_imports_nothing(house: House, folder: Path) -> None:
    said = house.run("import", str(folder), str(folder / "gone"), "--into", "Inbox", status=3).stderr
    assert "gone" in said
    assert house.run("count", "*").stdout == "0\n"


def test_killed_in_the_middle_and_run_again(house: House, tmp_path: Path) -> None:
    raws = letters(2_000)
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for n, raw in enumerate(raws):
            archive.writestr(f"{n}.eml", raw)
    words = ["import", str(tmp_path / "all.zip"), "--into", "Inbox"]
    before = 0
    for _ in range(3):
        command = house.start(*words)
        with house.store() as db:
            # The store itself says that some have come in; there is no other word from a killed process.
            while command.poll() is None and db.value("SELECT count(*) FROM placement") <= before:
                continue
            command.send_signal(signal.SIGKILL)
            command.communicate()
            before = db.value("SELECT count(*) FROM placement")
        assert before <= len(raws)
    done = house.json(*words)
    assert done == {"imported": 2_000 - before, "skipped": 0, "duplicates": before, "failed": 0}
    assert house.run("count", "*").stdout == "2000\n"
    house.run("doctor")
    with house.store() as db:
        assert db.value("SELECT count(*) FROM message") == 2_000


@pytest.mark.server
def test_into_a_mailbox_on_a_server(post: PostOffice, folder: Path) -> None:
    post.sync()
    assert post.json("import", str(folder), "--into", "work/Old")["imported"] == 4
    post.sync()
    assert len(post.server_flags("Old")) == 2
    assert len(post.server_flags("Old/lists")) == 2
    with post.dovecot.client(post.mailbox, "Old") as client:
        told = client.fetch(client.search(), ["BODY.PEEK[]"])
    assert sorted(data[b"BODY[]"] for data in told.values()) == sorted(letters(2))
    post.sync()
    assert post.json("import", str(folder), "--into", "work/Old")["duplicates"] == 4
    assert post.sync()["new"] == 0
    assert post.run("count", "*").stdout == "4\n"
