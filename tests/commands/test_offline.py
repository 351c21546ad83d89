"""Offline by choice: all but collecting and sending works, it survives a restart, and nothing is lost or done twice."""

from __future__ import annotations

import pytest

from tests.commands.house import PostOffice, letter

pytestmark = pytest.mark.server


@pytest.mark.parametrize("engine", [True, False], ids=["with an engine", "without"])
def test_a_day_offline(post: PostOffice, engine: bool) -> None:
    post.dovecot.deliver(post.mailbox, letter())
    post.sync()
    if engine:
        post.run("engine", "start")
    assert post.json("offline") == {"offline": True, "accounts": []}
    post.dovecot.deliver(post.mailbox, letter("Later", id="later@farol.example"))
    post.run("flag", "<lunch@farol.example>")
    post.run("archive", "<lunch@farol.example>")
    said = post.run("send", "--wait", "--to", "bob@example.net", "--subject", "Hello", stdin="Hello Bob.\n", status=5)
    assert "Offline by choice" in said.stderr
    assert [row["message_id"] for row in post.json("list", "Archive")] == ["lunch@farol.example"]
    if engine:
        post.run("engine", "stop")
        post.run("engine", "start")
        status = post.json("engine", "status")
        assert (status["accounts"]["work"]["offline"], status["accounts"]["work"]["state"]) == (True, "offline")
        assert status["waiting"] == 2
    row = post.sync_with(5)
    assert "online" in row["error"] and row["new"] == row["sent"] == 0
    [account] = post.json("account", "list")
    assert (account["state"], account["offline"], account["pending"]) == ("offline", True, 2)
    assert "offline by choice" in post.run("account", "list").stdout
    [mail] = post.json("outbox")
    assert mail["state"] == "waiting" and "Offline" in mail["reason"]
    assert not post.smtp.deliveries
    assert post.server_flags()["lunch@farol.example"] == set()

    assert post.json("online", "work") == {"offline": False, "accounts": ["work"]}
    post.sync()
    assert set(post.server_flags()) == {"later@farol.example"}
    assert post.server_flags("Archive") == {"lunch@farol.example": {"\\Flagged"}}
    [delivery] = post.smtp.wait_for(1)
    assert b"Hello Bob." in delivery.raw
    if engine:
        post.run("engine", "stop")
    assert len(post.smtp.deliveries) == 1
