"""Bad days: a full disk, a broken store or settings file, folders that cannot be written. A sentence, and nothing lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.arrival import arrive_mail
from core.store import accounts, folders, outbox
from tests.commands.house import House, letter
from tests.terminal.program import temporary_home


def letters(folder: Path, count: int, size: int) -> Path:
    folder.mkdir()
    for n in range(count):
        (folder / f"{n}.eml").write_bytes(letter(f"Letter {n}", id=f"{n}@farol.example", body=os.urandom(size // 2).hex()))
    return folder


# a full disk --------------------------------------------------------------


@pytest.fixture
def small() -> Iterator[House]:
    """A home with a local account on a disk of 48 megabytes: large enough for a reserve."""
    with temporary_home() as path:
        path.mkdir(exist_ok=True)
        mount = ["mount", "-t", "tmpfs", "-o", "size=48m,mode=700", "tmpfs", str(path)]
        if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
            pytest.skip("a small disk can only be mounted by root")
        try:
            house = House(path)
            house.run("account", "add", "--kind", "local", "--email", "me@example.org", "--name", "loc")
            yield house
        finally:
            subprocess.run(["umount", "-l", str(path)], check=True)


def fill(house: House, left: int = 0) -> Path:
    """Take the room that is left, but for so many bytes."""
    filler = house.path / "filler"
    handle = os.open(filler, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    with pytest.raises(OSError, match="No space"):
        while os.write(handle, b"x" * 4096):
            continue
    os.truncate(filler, filler.stat().st_size - left)
    os.close(handle)
    return filler


def no_reserve(house: House) -> None:
    """As after a while with a full disk."""
    (house.home.state / "reserve").unlink()
    fill(house, 200_000)


def test_an_import_that_does_not_fit(small: House, tmp_path: Path) -> None:
    source = letters(tmp_path / "mail", 400, 60_000)
    filler = fill(small, 8_000_000)
    done = small.run("import", str(source), "--into", "Inbox", status=1)
    assert "disk is full" in done.stderr
    there = int(small.run("count", "*").stdout)
    assert 0 < there < 400
    small.run("doctor")
    assert small.run("import", str(source), "--into", "Inbox", status=1).stderr.count("\n") == 1
    filler.unlink()
    again = small.json("import", str(source), "--into", "Inbox")
    assert again["imported"] + again["duplicates"] == 400
    assert again["duplicates"] >= there
    assert small.run("count", "*").stdout == "400\n"
    small.run("doctor")


def test_reading_goes_on_and_changes_are_kept(small: House, tmp_path: Path) -> None:
    small.run("import", str(letters(tmp_path / "mail", 3, 2_000)), "--into", "Inbox")
    fill(small)
    assert len(small.json("list")) == 3
    small.run("show", "<1@farol.example>", "--text")
    small.run("flag", "<1@farol.example>")  # by the reserve
    assert [row["subject"] for row in small.json("search", "is:flagged")] == ["Letter 1"]


def test_a_mail_is_queued_or_it_is_said_that_it_was_not(small: House) -> None:
    servers = ["--in-host", "127.0.0.1", "--in-port", "1", "--out-host", "127.0.0.1", "--out-port", "1"]
    words = ["account", "add", "--email", "me@example.org", "--name", "away", "--no-test", "--store", "file", *servers]
    small.run(*words, "--password-stdin", stdin="secret\n")
    filler = fill(small)
    from tests.terminal.program import run_correio

    queued = 0
    for n in range(40):
        command = ["send", "--to", "bob@example.net", "--subject", f"{n}"]
        done = run_correio(command, small.path, os.urandom(30_000).hex())
        assert "Traceback" not in done.stderr
        if done.returncode == 0:
            queued += 1
        else:
            assert (done.returncode, "disk is full" in done.stderr) == (1, True)
            break
    assert [row["subject"] for row in small.json("outbox")] == [f"{n}" for n in range(queued)]
    filler.unlink()
    small.run("send", "--to", "bob@example.net", "--subject", "with room", stdin="x")
    assert len(small.json("outbox")) == queued + 1
    for row in small.json("outbox"):
        assert small.ask(lambda db, id=row["id"]: outbox.wire(db, id)).endswith(b"\r\n")


def test_an_attachment_that_does_not_fit(small: House, tmp_path: Path) -> None:
    head = b'\r\nMIME-Version: 1.0\r\nContent-Type: application/x\r\nContent-Disposition: attachment; filename="big.bin"\r\n\r\n'
    raw = letter().replace(b"\r\n\r\nAt one?", head + os.urandom(400_000).hex().encode())
    (tmp_path / "big.eml").write_bytes(raw)
    small.run("import", str(tmp_path / "big.eml"), "--into", "Inbox")
    place = small.path / "saved"
    place.mkdir()
    fill(small)
    no_reserve(small)
    done = small.run("attachment", "<lunch@farol.example>", "1", "-o", str(place), status=1)
    assert "big.bin" in done.stderr
    assert list(place.iterdir()) == [], "no half file, under whatever name"


def test_the_engine_waits_for_room(small: House) -> None:
    """It starts on a full disk and ends on one; nobody can do without it for want of a log."""
    fill(small)
    small.run("engine", "start")
    assert small.json("engine", "status")["running"]
    assert small.json("engine", "start")["pid"]
    small.run("engine", "stop")


# a broken store -----------------------------------------------------------


@pytest.mark.parametrize("words", [["count", "*"], ["list"], ["sync"], ["flag", "1"], ["doctor"], ["engine", "start"]])
def test_a_file_that_is_no_database(house: House, words: list[str]) -> None:
    house.home.database.write_bytes(b"this is no database, and never was one" * 500)
    for left in house.home.database.parent.glob("correio.db-*"):
        left.unlink()
    done = house.run(*words, status=5 if words[0] == "engine" else 1)
    assert str(house.home.database if words[0] != "engine" else house.home.logs) in done.stderr


def test_a_damaged_database(house: House, tmp_path: Path) -> None:
    house.run("import", str(letters(tmp_path / "mail", 50, 10_000)), "--into", "Inbox")
    with house.store() as db:
        db.read("PRAGMA wal_checkpoint(TRUNCATE)")
    size = house.home.database.stat().st_size
    with house.home.database.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(os.urandom(size - 4096 * 4))
    for words in (["list"], ["count", "letter"], ["show", "<1@farol.example>"], ["doctor"]):
        from tests.terminal.program import run_correio

        done = run_correio(words, house.path)
        assert "Traceback" not in done.stderr
        assert done.returncode in (0, 1, 3)
        assert done.returncode == 0 or done.stderr.startswith("correio: ") or words == ["doctor"]


def test_a_database_of_a_later_correio(house: House) -> None:
    with house.store() as db:
        db.read("PRAGMA user_version=9999")
    for words in (["count", "*"], ["doctor"], ["sync"]):
        done = house.run(*words, status=1)
        assert "newer" in done.stderr
        assert str(house.home.database) in done.stderr
    with pytest.raises(AssertionError):
        house.run("engine", "start")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_home_that_cannot_be_written(house: House) -> None:
    house.home.state.chmod(0o500)
    try:
        assert str(house.home.database) in house.run("count", "*", status=1).stderr
    finally:
        house.home.state.chmod(0o700)


# a broken settings file ---------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[ui\nkeymap = 'x'\n", 1),
        ("[ui]\nmouse = true\nkeymop = 'x'\n", 3),
        ("[ui]\n\nmouse = 'perhaps'\n", 3),
        ("[[account]]\nname = 'x'\nkind = 'carrier pigeon'\n", 3),
        ("[[account]]\nname = 'x'\n[account.incoming]\nhost = 'y'\nkind = 'imap'\npassword = 'secret'\n", 6),
    ],
)
@pytest.mark.parametrize("words", [["list"], ["sync"], ["config", "check"], ["send", "--to", "a@b.example"], ["account", "list"]])
def test_the_line_is_named(house: House, words: list[str], text: str, line: int) -> None:
    house.home.settings_file.write_text(text)
    said = house.run(*words, status=1).stderr
    assert said.startswith(f"correio: {house.home.settings_file}, line {line}:")
    assert "secret" not in said.replace("password", "")
    assert house.home.settings_file.read_text() == text


@pytest.mark.parametrize(("key", "known"), [("theme", "night, "), ("keymap", "default, mutt")])
def test_the_line_of_a_look_that_is_not_there(house: House, key: str, known: str) -> None:
    house.home.settings_file.write_text(f"# mine\n[ui]\nreader_width = 80\n{key} = 'nonsense'\n")
    said = house.run("config", "check", status=1).stderr
    assert said.startswith(f"correio: {house.home.settings_file}, line 4: ui.{key} cannot be nonsense. It can be: ")
    assert known in said


def test_settings_that_are_no_text(house: House) -> None:
    house.home.settings_file.write_bytes(b"\xff\xfe\0")
    assert str(house.home.settings_file) in house.run("account", "list", status=1).stderr
    house.home.settings_file.unlink()
    house.home.settings_file.mkdir()
    assert str(house.home.settings_file) in house.run("account", "list", status=1).stderr


def test_a_store_without_its_settings(house: House, tmp_path: Path) -> None:
    """The file was removed: what is here can still be read."""
    house.run("import", str(letters(tmp_path / "mail", 2, 2_000)), "--into", "Inbox")
    house.home.settings_file.unlink()
    assert house.run("count", "*").stdout == "2\n"
    assert len(house.json("search", "letter")) == 2
    assert {row["total"] for row in house.json("folders")} == {0, 2}


def test_folders_that_vanish_are_made_again(house: House) -> None:
    shutil.rmtree(house.path / "state")
    shutil.rmtree(house.path / "logs", ignore_errors=True)
    assert house.run("count", "*").stdout == "0\n"
    house.run("engine", "start")
    house.run("engine", "stop")


def test_a_clock_that_goes_back(house: House) -> None:
    """Mail from the future, as it then seems, is listed and changed like any other."""
    with house.store() as db:
        row = accounts.row_of(db, next(state.uid for state in accounts.states(db)), local=True)
        inbox = folders.by_role(db, row, "inbox")
        assert inbox is not None
        with db.write():
            arrive_mail(db, inbox.id, row, letter(), internal=2_000_000_000)
            db.run("UPDATE placement SET received = 4000000000")
    assert len(house.json("list")) == 1
    house.run("trash", "*")
    house.run("undo")
    assert len(house.json("list")) == 1


def test_home_in_a_folder_with_odd_characters() -> None:
    with temporary_home() as path:
        odd = Path(tempfile.mkdtemp(prefix="ho me-é-", dir=path.parent))
        house = House(odd)
        house.run("account", "add", "--kind", "local", "--email", "me@example.org", "--name", "loc")
        house.run("engine", "start")
        assert house.json("engine", "status")["running"]
        house.run("engine", "stop")
