"""Every command of the command line: its exit status, its JSON, and that it never asks, hangs or shows a traceback."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import re
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.commands.house import House, letter
from tests.terminal.program import correio, environment, run_correio, run_correio_bytes, temporary_home
from tests.terminal.pty import default_signals
from tui.commands.words import parser

ROW = {"id", "message_id", "thread", "date", "from", "to", "subject", "size", "flags", "tags", "folders", "attachments"}
WITH_FILE = (
    b"From: Jo\xc3\xa3o <joao@farol.example>\r\nTo: me@example.org, b@example.org\r\nSubject: =?utf-8?q?Relat=C3=B3rio?=\r\n"
    b"Message-ID: <file@farol.example>\r\nDate: Wed, 11 Mar 2026 10:42:00 +0000\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n'
    b"Ol\xc3\xa1 \x1b[31m\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Hi</p>\r\n--b\r\n"
    b'Content-Type: application/pdf; name="../../r.pdf"\r\nContent-Disposition: attachment; filename="../../r.pdf"\r\n\r\n'
    b"%PDF\r\n--b--\r\n"
)


@pytest.fixture
def full(house: House, tmp_path: Path) -> House:
    """A home with two mails."""
    (tmp_path / "1.eml").write_bytes(letter())
    (tmp_path / "2.eml").write_bytes(WITH_FILE)
    house.run("import", str(tmp_path), "--into", "Inbox")
    return house


def commands(whole: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The commands that a parser knows."""
    assert whole._subparsers is not None
    return dict(whole._subparsers._group_actions[0].choices or {})  # type: ignore[call-overload]


def test_a_command_is_the_same_without_the_others() -> None:
    for name, declared in commands(parser()).items():
        assert list(alone := commands(parser(name))) == [name]
        assert alone[name].format_help() == declared.format_help()
    assert commands(parser("dance")).keys() == commands(parser()).keys()


def test_every_command_names_a_function_that_is_there() -> None:
    [actions] = [action for action in parser()._actions if hasattr(action, "choices") and isinstance(action.choices, dict)]
    assert actions.choices is not None
    for command in actions.choices.values():
        module, _, name = command.get_default("do").partition(".")
        assert callable(getattr(importlib.import_module(f"tui.commands.{module}"), name))


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["--version"], 0), (["--help"], 0), (["send", "--help"], 0),
        (["nonsense"], 2), (["count"], 2), (["list", "--limit", "x"], 2), (["move", "1"], 2), (["engine", "dance"], 2),
        (["--nonsense"], 2), (["attachment", "1", "x"], 2), (["outbox", "retry"], 2), (["config", "get"], 2),
        (["account", "show"], 2), (["account", "add"], 2), (["show", "words"], 2), (["search", "("], 2), (["count", ""], 2),
        (["account", "add", "--email", "a@b.example", "--in-host", "x", "--no-test"], 2),
        (["account", "remove", "loc"], 2),
        (["show", "999"], 3), (["show", "<none@x>"], 3), (["show", "99999999999999999999999"], 3), (["list", "nowhere"], 3),
        (["attachment", "999", "1"], 3), (["trash", "999"], 3), (["move", "*", "--to", ""], 1), (["outbox", "show", "9"], 3),
        (["outbox", "cancel", "9"], 3), (["account", "show", "nobody"], 3), (["account", "test", "nobody"], 3),
        (["sync", "nobody"], 3), (["import", "nowhere.eml", "--into", "Inbox"], 3),
        (["send", "--to", "a@b.example"], 3), (["send", "--to", "a@b.example", "--attach", "nowhere"], 3),
        (["send", "--to", "a@b.example", "--body-file", "nowhere"], 3), (["config", "get", "no.such"], 3),
        (["send", "--from", "x@y.example", "--to", "a@b.example"], 2),
        (["folders"], 0), (["list"], 0), (["list", "--threads"], 0), (["list", "loc/Inbox"], 0), (["count", "*"], 0),
        (["search", "is:silly"], 2), (["search", "from:"], 2), (["count", "before:soon"], 2), (["search", "a OR"], 2),
        (["search", '"open'], 2),
        (["search", "lunch"], 0), (["search", "nothing"], 0), (["outbox"], 0), (["outbox", "list", "--all"], 0),
        (["flag", "nothing-like-this"], 0), (["undo"], 0), (["doctor"], 0), (["config", "path"], 0), (["config", "check"], 0),
        (["config", "list"], 0), (["config", "get", "ui.keymap"], 0), (["config", "set", "ui.keymap", "mutt"], 0),
        (["config", "set", "ui.keymap", "nonsense"], 3), (["config", "set", "ui.theme", "nonsense"], 3),
        (["config", "set", "ui.reader_width", "99999"], 2), (["completion", "bash"], 0), (["completion", "fish"], 0),
        (["completion", "zsh"], 0),
        (["account", "list"], 0), (["account", "show", "loc"], 0), (["sync"], 0), (["engine", "stop"], 0),
        (["doctor", "--backup", "."], 1), (["mailto:a@b.example"], 2), (["demo"], 2), ([], 2),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else None,
)  # fmt: skip
def test_exit_status(full: House, words: list[str], status: int) -> None:
    done = full.run(*words, status=status)
    if status:
        assert done.stderr.startswith(("correio: ", "usage: "))
        assert done.stderr.rstrip().endswith((".", "]", ")", "'", "D", "t")) or "http" in done.stderr or ":" in done.stderr
        assert re.search(r"[a-z]-[a-z]+ \(", done.stderr) is None, "an id instead of a sentence"


def test_a_folder_or_account_that_is_not_there_is_told(full: House) -> None:
    for words, told in (
        (["search", "in:nosuch"], "There is no folder nosuch."),
        (["count", "lunch OR -in:Nosuch/2025"], "There is no folder Nosuch/2025."),
        (["count", "in:nobody/trash"], "There is no folder nobody/trash."),
        (["search", "lunch", "(account:nobody", "OR", "x)"], "There is no account nobody."),
        (["trash", "lunch -in:nosuch"], "There is no folder nosuch."),
    ):
        assert full.run(*words, status=3).stderr == f"correio: {told}\n"
    assert full.run("count", "lunch in:inbox account:LOC -in:junk -in:loc/templates").stdout == "1\n"


def test_what_settings_and_an_empty_list_of_accounts_say() -> None:
    with temporary_home() as home:
        done = run_correio(["account", "list"], home)
        assert (done.returncode, done.stdout) == (0, "") and "account add" in done.stderr
        done = run_correio(["account", "list", "--json"], home)
        assert (done.stdout.strip(), done.stderr) == ("[]", "")
        shown = run_correio(["config", "list"], home).stdout
        rows = json.loads(run_correio(["config", "list", "--json"], home).stdout)
    assert "ui.threads = true\n" in shown and "True" not in shown and "compose.width = 72\n" in shown
    defaults = {row["key"]: row["default"] for row in rows}
    assert defaults["sync.idle"] == "true" and defaults["ui.theme"] == ""


def test_what_is_wrong_with_a_setting_is_told_without_the_file(house: House) -> None:
    def said(key: str, value: str, status: int = 2) -> str:
        return house.run("config", "set", key, value, status=status).stderr.strip().removeprefix("correio: ")

    assert said("ui.themes", "x", 3) == "There is no setting ui.themes. Did you mean ui.theme?"
    with house.home.settings_file.open("a") as file:
        file.write('\n[[proxy]]\nname = "office"\nhost = "127.0.0.1"\n')
        file.write('\n[[outgoing]]\nid = "0a1b2c3d"\nkind = "smtp"\nhost = "127.0.0.1"\nauth = false\n')
    wanted = "proxy.office.kind cannot be “command”. proxy.office.command is missing: set that first."
    assert said("proxy.office.kind", "command") == wanted
    wanted = "outgoing.0a1b2c3d.proxy cannot be “nowhere”. There is no nowhere."
    assert said("outgoing.0a1b2c3d.proxy", "nowhere") == wanted
    house.run("config", "set", "proxy.office.command", "nc %h %p")
    house.run("config", "set", "proxy.office.kind", "command")
    house.run("config", "set", "outgoing.0a1b2c3d.proxy", "office")
    wanted = "proxy.office.name cannot be “home”. outgoing[1].proxy names office."
    assert said("proxy.office.name", "home") == wanted


def test_json_of_lists(full: House) -> None:
    rows = full.json("list")
    assert [row["message_id"] for row in rows] == ["file@farol.example", "lunch@farol.example"]
    for row in rows:
        assert set(row) == ROW
        assert datetime.fromisoformat(row["date"]).utcoffset() is not None
    assert (rows[0]["from"], rows[0]["subject"], rows[0]["attachments"]) == ("João <joao@farol.example>", "Relatório", True)
    assert full.json("list", "--limit", "1") == rows[:1]
    assert full.json("list", "--limit", "0") == rows
    assert full.json("search", "lunch") == rows[1:]
    assert full.json("search", "nothing") == []
    assert set(full.json("list", "--threads")[0]) == ROW
    assert full.json("count", "*") == 2
    folder = next(row for row in full.json("folders") if row["role"] == "inbox")
    assert {**folder, "id": 0} == {"id": 0, "account": "loc", "path": "Inbox", "role": "inbox", "total": 2, "unread": 2}


def test_json_of_the_rest(full: House) -> None:
    assert full.json("flag", "*") == {"messages": 2}
    assert full.json("undo") == {"undone": "flag", "messages": 2}
    full.run("read", "subject:lunch")
    assert full.run("undo").stdout == "As it was before: 1 message\n"
    assert full.json("outbox") == []
    assert full.json("sync") == []
    assert full.json("engine", "stop") == {"stopped": False}
    assert full.json("config", "get", "ui.reader_width") == 80
    [account] = full.json("account", "list")
    assert (account["name"], account["kind"], account["state"], account["error"]) == ("loc", "local", "", None)
    assert full.json("account", "show", "loc")["name"] == "loc"
    assert all(finding["count"] == 0 for finding in full.json("doctor"))


def test_ids_and_message_ids(full: House) -> None:
    [row] = full.json("search", "lunch")
    for word in (str(row["id"]), "<lunch@farol.example>"):
        assert full.run("show", word, "--text").stdout == "At one?\n"
    assert full.run("flag", str(row["id"]), "<lunch@farol.example>", "subject:lunch", "--json").stdout == '{"messages": 1}\n'


def test_a_message_that_no_folder_shows_is_not_found(full: House) -> None:
    [row] = full.json("search", "lunch")
    with full.store() as db, db.write():
        db.run("UPDATE placement SET hidden = 1 WHERE message = ?", (row["id"],))
    for words in (["show"], ["trash"], ["archive"], ["flag"], ["attachment"]):
        more = ["1"] if words == ["attachment"] else []
        full.run(*words, str(row["id"]), *more, status=3)
    assert full.run("count", "*").stdout == "1\n"


def test_showing_a_message(full: House) -> None:
    assert run_correio_bytes(["show", "<file@farol.example>", "--raw"], full.path).stdout == WITH_FILE
    shown = full.run("show", "<file@farol.example>").stdout
    assert "From: João <joao@farol.example>" in shown
    assert "Olá ␛[31m" in shown
    assert "\x1b" not in shown
    assert "Subject: Relatório" in shown
    assert "[1] " in shown
    assert "\x1b" not in full.run("show", "<file@farol.example>", "--text", "--width", "30").stdout
    assert full.run("show", "<file@farol.example>", "--html").stdout == "<p>Hi</p>\n"
    assert "Subject: =?utf-8?q?Relat=C3=B3rio?=" in full.run("show", "<file@farol.example>", "--headers").stdout


def test_saving_an_attachment(full: House, tmp_path: Path) -> None:
    assert run_correio_bytes(["attachment", "<file@farol.example>", "1"], full.path).stdout.strip() == b"%PDF"
    place = tmp_path / "out"
    place.mkdir()
    first = Path(full.json("attachment", "<file@farol.example>", "1", "-o", str(place))["file"])
    second = Path(full.json("attachment", "<file@farol.example>", "1", "-o", str(place))["file"])
    assert {first.parent, second.parent} == {place}
    assert first != second
    assert "r.pdf" in first.name
    full.run("attachment", "<file@farol.example>", "2", status=3)
    full.run("attachment", "<file@farol.example>", "1", "-o", str(tmp_path / "no" / "where" / "x"), status=1)


def test_listing_and_deleting_attachments(full: House) -> None:
    [row] = full.json("attachment", "<file@farol.example>")
    assert row == {"number": 1, "name": row["name"], "type": "application/pdf", "size": row["size"], "here": True, "problems": []}
    assert "r.pdf" in full.run("attachment", "<file@farol.example>").stdout
    assert "--yes" in full.run("attachment", "<file@farol.example>", "1", "--delete", status=2).stderr
    assert full.json("attachment", "<file@farol.example>", "1", "--delete", "--yes") == {"deleted": 1}
    assert full.json("attachment", "<file@farol.example>") == []
    assert "An attachment was deleted from this message." in full.run("show", "<file@farol.example>", "--raw").stdout
    full.run("attachment", "<file@farol.example>", "--delete", "--yes", status=3)
    assert full.json("undo")["undone"] == "detach"
    assert len(full.json("attachment", "<file@farol.example>")) == 1


# streams ------------------------------------------------------------------


def start(house: House, words: list[str], **streams: Any) -> subprocess.Popen[bytes]:
    words = correio(*words)
    return subprocess.Popen(words, env=environment(house.path), cwd=house.path.parent, preexec_fn=default_signals, **streams)


@pytest.mark.parametrize("closed", ["0", "1", "2", "0 1 2"])
@pytest.mark.parametrize("words", ["count '*'", "flag '*'", "send --to a@b.example", "account remove loc", "list nowhere"])
def test_closed_streams(full: House, closed: str, words: str) -> None:
    """As some cron jobs and services start programs."""
    shut = " ".join(f"{number}>&-" for number in closed.split())
    command = " ".join(f"'{word}'" for word in correio()) + f" {words} {shut}"
    done = subprocess.run(
        ["sh", "-c", command], env=environment(full.path), cwd=full.path.parent, capture_output=True, timeout=60, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == {"coun": 0, "flag": 0, "send": 3, "acco": 2, "list": 3}[words[:4]], done.stderr
    assert b"Traceback" not in done.stderr
    assert not [one for one in (full.path / "logs").glob("*") if "Traceback" in one.read_text()]


def test_a_reader_who_has_seen_enough(full: House) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = start(full, ["list", "--json"], stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    _, err = command.communicate(timeout=60)
    assert (command.returncode, err) == (0, b"")


def test_a_full_device_for_the_output(full: House) -> None:
    with open("/dev/full", "wb") as device:  # noqa: PTH123
        command = start(full, ["list", "--json"], stdout=device, stderr=subprocess.PIPE)
    _, err = command.communicate(timeout=60)
    assert command.returncode == 1
    assert err.startswith(b"correio: ")
    assert b"Traceback" not in err


def test_a_terminal_that_cannot_spell_it(full: House) -> None:
    done = full.run("list", PYTHONIOENCODING="ascii", LC_ALL="C", PYTHONUTF8="0")
    assert "Relat\\xf3rio" in done.stdout
    assert json.loads(full.run("list", "--json", PYTHONIOENCODING="ascii").stdout.replace("\\x", "\\u00"))


def test_control_c(full: House) -> None:
    import signal

    command = start(full, ["send", "--to", "a@b.example"], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    # It reads the standard input by now when its folders are made; before that Ctrl-C ends Python itself.
    assert command.stdin is not None
    command.stdin.write(b"x" * 200_000)
    command.stdin.flush()
    command.send_signal(signal.SIGINT)
    _, err = command.communicate(timeout=60)
    assert command.returncode == 130
    assert b"Traceback" not in err


def test_a_mistake_of_ours_is_a_sentence(full: House) -> None:
    with full.store() as db, db.write():
        db.run("UPDATE message SET marks = 'nonsense'")
    done = full.run("list", status=1)
    log = full.home.logs / "correio.log"
    assert str(log) in done.stderr
    assert "Traceback" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0
    shown = run_correio_bytes(["list", "--debug"], full.path)
    assert b"Traceback" in shown.stderr


# what is loaded -----------------------------------------------------------


LIGHT = {
    "--version": {"argparse"},
    "count *": {"core.query", "core.store.search"},
    "flag *": {"core.operations"},
    "engine status": {"accounts.engine.lock"},
}
HEAVY = ("textual", "rich", "accounts.discovery", "accounts.probe", "imapclient", "aiosmtplib", "cryptography", "dns", "asyncio")


@pytest.mark.parametrize("words", LIGHT)
def test_a_command_loads_what_it_needs(full: House, words: str) -> None:
    done = full.run(*words.split(), status=3 if "status" in words else 0, PYTHONPROFILEIMPORTTIME="1")
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert LIGHT[words] <= loaded
    heavy = {name for name in loaded if name.startswith(HEAVY)}
    assert not heavy
