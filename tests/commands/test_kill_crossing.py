"""Mail on its way from one server to another while the engine is killed again and again: each arrives once."""

from __future__ import annotations

import os
import signal
from collections import Counter
from dataclasses import replace

import pytest

from tests.commands.house import PostOffice, letter

pytestmark = pytest.mark.server
COUNT = 24


def ids(post: PostOffice, folder: str = "INBOX") -> Counter[str]:
    """Message-IDs on the server, each as often as it is there."""
    with post.dovecot.client(post.mailbox) as client:
        client.select_folder(folder, readonly=True)
        there = client.search()
        told = client.fetch(there, ["BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"]) if there else {}
        heads = [data.get(b"BODY[HEADER.FIELDS (MESSAGE-ID)]") for data in told.values()]
        return Counter(head.decode().split("<")[1].split(">")[0] for head in heads if head)  # NIL: it goes at this moment


def test_killed_on_the_way_and_taken_back(post: PostOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    other = replace(post, mailbox=post.dovecot.user())
    words = [*other.account_words("home"), "--password-stdin", "--store", "file"]
    other.run(*words, stdin=other.mailbox.password + "\n")
    for n in range(COUNT):
        post.dovecot.deliver(post.mailbox, letter(f"Letter {n}", id=f"{n}@farol.example", body="x" * 20_000))
    post.run("config", "set", "account.work.keep", "headers")
    post.sync_all()
    every = Counter(f"{n}@farol.example" for n in range(COUNT))
    post.run("move", "in:work/INBOX", "--to", "home/INBOX")
    for arrived in (0, COUNT // 3, COUNT * 2 // 3, COUNT):
        pid = post.json("engine", "start")["pid"]
        post.eventually(lambda enough=arrived: sum(ids(other).values()) >= enough)
        os.kill(pid, signal.SIGKILL)
    post.run("engine", "start")
    post.eventually(lambda: not ids(post) and not post.ask(lambda db: db.value(
        "SELECT count(*) FROM operation WHERE state IN ('queued', 'running')")))  # fmt: skip
    assert ids(other) == every
    assert post.json("undo") == {"undone": "move", "messages": COUNT}
    post.eventually(lambda: not ids(other))
    post.run("engine", "stop")
    post.sync_all()
    assert ids(post) == every
    post.run("doctor", "--deep")
    assert post.run("count", "in:work/INBOX").stdout == f"{COUNT}\n"
