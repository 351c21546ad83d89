"""`correio search --server`: mail of which only the headers are here is found by its text."""

from __future__ import annotations

import pytest

from tests.commands.house import PostOffice, letter

pytestmark = pytest.mark.server


@pytest.mark.parametrize("engine", [True, False], ids=["with an engine", "without"])
def test_text_that_only_the_server_has(post: PostOffice, engine: bool) -> None:
    post.run("config", "set", "account.work.keep", "headers")
    for number in range(3):
        post.dovecot.deliver(post.mailbox, letter(f"Lunch {number}", id=f"{number}@farol.example"))
    post.sync()
    post.run("flag", "<1@farol.example>")
    if engine:
        post.run("engine", "start")
    assert post.json("search", "at one?") == []
    assert [row["subject"] for row in post.json("search", "--server", "at one?")] == ["Lunch 2", "Lunch 1", "Lunch 0"]
    assert [row["subject"] for row in post.json("search", "--server", "at one? has:attachment")] == []
    assert [row["subject"] for row in post.json("search", "--server", "at one? in:inbox is:flagged")] == ["Lunch 1"]
    assert len(post.json("search", "--server", "--limit", "2", "one")) == 2
    if engine:
        post.run("engine", "stop")


def test_a_server_that_cannot_be_asked_is_told(post: PostOffice) -> None:
    post.run("config", "set", "account.work.keep", "headers")
    post.dovecot.deliver(post.mailbox, letter())
    post.sync()
    post.run("config", "set", "account.work.incoming.port", "1")
    said = post.run("search", "--server", "lunch", status=5)
    assert "Lunch?" in said.stdout and "work" in said.stderr
