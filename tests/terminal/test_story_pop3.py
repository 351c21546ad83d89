"""A POP3 account, from `account add` to the screen: collected by command and by the engine, moved, stopped."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.servers.dovecot import Dovecot
from tests.servers.mailbox import Mailbox
from tests.terminal.program import run_correio
from tests.terminal.terminal import Terminal


def test_collected_into_folders_of_this_machine(
    terminal: Callable[..., Terminal], dovecot: Dovecot, mailbox: Mailbox, correio_home: Path
) -> None:
    def run(*words: str, stdin: str = "") -> str:
        done = run_correio(list(words), correio_home, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout

    for number in range(3):
        head = f"From: ana@example.org\r\nSubject: by pop {number}\r\nMessage-ID: <{number}@x>\r\n\r\nHello.\r\n"
        dovecot.deliver(mailbox, head.encode())
    options = ["--in-host", "localhost", "--in-port", str(dovecot.ports.pop3s), "--in-user", mailbox.user]
    trust = ["--in-trust", str(dovecot.authority.file)]
    run("account", "add", "--email", mailbox.address, "--name", "old", "--kind", "pop3", *options, *trust, "--password-stdin",
        stdin=mailbox.password + "\n")  # fmt: skip
    [result] = json.loads(run("sync", "--json"))
    assert (result["new"], result["error"]) == (3, None)
    assert json.loads(run("sync", "--json"))[0]["new"] == 0
    assert {one["path"] for one in json.loads(run("folders", "--json"))} >= {"Inbox", "Sent", "Trash", "Archive"}
    run("archive", 'subject:"by pop 1"')
    screen = terminal(columns=110, rows=24)
    screen.wait_for("by pop 0").wait_for("by pop 2")
    dovecot.deliver(mailbox, b"Subject: a later one\r\nMessage-ID: <later@x>\r\n\r\nHello.\r\n")
    screen.press("$").wait_for("a later one")
    screen.type(":halt").press("enter").press("q").wait_exit()
    assert json.loads(run("list", "old/Archive", "--json"))[0]["subject"] == "by pop 1"
    for path in correio_home.rglob("*"):
        assert not path.is_file() or mailbox.password.encode() not in path.read_bytes(), path
    with dovecot.client(mailbox, "INBOX") as client:
        assert len(client.search()) == 4, "collected mail stays on the server"
