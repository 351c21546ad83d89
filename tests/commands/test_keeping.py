"""Snooze, mute and moves between accounts from the command line, over real servers and with no screen open."""

from __future__ import annotations

import pytest

from tests.commands.house import House, PostOffice, letter

pytestmark = pytest.mark.server


def test_a_snoozed_message_comes_back_with_no_screen_open(post: PostOffice) -> None:
    post.dovecot.deliver(post.mailbox, letter())
    post.dovecot.deliver(post.mailbox, letter("Other", id="other@farol.example"))
    post.run("sync")
    post.run("read", "*")
    with post.engine() as engine:
        said = post.json("snooze", "<lunch@farol.example>", "--until", "2h")
        assert said["messages"] == 1
        engine.until(lambda: set(post.server_flags("Snoozed")) == {"lunch@farol.example"}, "not in Snoozed")
        [row] = post.json("snoozed")
        assert (row["message_id"], row["until"]) == ("lunch@farol.example", said["until"])
        with post.store() as db, db.write():
            db.run("UPDATE schedule SET due = 1")
        post.run("flag", "<other@farol.example>")  # and the engine is told to look
        engine.until(lambda: "lunch@farol.example" in post.server_flags(), "it did not come back")
        engine.until(lambda: post.server_flags()["lunch@farol.example"] == set(), "not unread")
        assert post.json("list")[0]["message_id"] == "lunch@farol.example"
    post.sync()
    assert post.json("list")[0]["message_id"] == "lunch@farol.example", "still on top"


@pytest.mark.parametrize("engine", [True, False], ids=["with an engine", "without"])
def test_to_this_machine_and_back(post: PostOffice, engine: bool) -> None:
    post.run("account", "add", "--kind", "local", "--email", "me@example.org", "--name", "loc")
    post.dovecot.deliver(post.mailbox, letter())
    post.sync_all()
    post.run("tag", "<lunch@farol.example>", "--tag", "kept")
    if engine:
        post.run("engine", "start")
    post.run("move", "<lunch@farol.example>", "--to", "loc/Archive")
    post.sync_all()
    post.eventually(lambda: not post.server_flags())
    assert post.run("show", "<lunch@farol.example>", "--raw").stdout == letter().decode()
    post.run("move", "<lunch@farol.example>", "--to", "work/Projects")
    post.sync_all()
    post.eventually(lambda: post.server_flags("Projects") == {"lunch@farol.example": {"kept"}})
    assert post.json("undo") == {"undone": "move", "messages": 1}
    post.sync_all()
    post.eventually(lambda: not post.server_flags("Projects"))
    assert [row["folders"] for row in post.json("search", "subject:lunch")] == [["Archive"]]
    if engine:
        post.run("engine", "stop")


def test_muted_from_the_command_line(post: PostOffice) -> None:
    post.dovecot.deliver(post.mailbox, letter())
    post.sync()
    assert post.json("mute", "<lunch@farol.example>") == {"threads": 1}
    answer = letter("Re: Lunch?", id="re@farol.example", extra="In-Reply-To: <lunch@farol.example>\r\n")
    post.dovecot.deliver(post.mailbox, answer)
    post.sync()
    assert post.run("count", "is:unread").stdout == "0\n"
    post.sync()
    assert post.server_flags()["re@farol.example"] == {"\\Seen"}


def test_a_time_that_is_none(house: House) -> None:
    said = house.run("snooze", "*", "--until", "whenever", status=2)
    assert "whenever" in said.stderr


def test_a_folder_is_renamed_and_goes_to_another_account(post: PostOffice) -> None:
    post.run("account", "add", "--kind", "local", "--email", "me@example.org", "--name", "loc")
    post.dovecot.deliver(post.mailbox, letter())
    post.sync_all()
    post.run("move", "<lunch@farol.example>", "--to", "Projects/2026")
    post.sync_all()
    account = next(row["account"] for row in post.json("folders") if row["path"] == "Projects/2026")
    said = post.json("folders", "move", "Projects/2026", "--to", "Years/2026")
    assert said["path"] == "Years/2026" and said["account"] == account
    post.sync_all()
    assert set(post.server_flags("Years/2026")) == {"lunch@farol.example"}
    post.run("folders", "move", f"{account}/Years/2026", "--to", "loc/Old")
    post.sync_all()
    assert [row["folders"] for row in post.json("search", "subject:lunch")] == [["Old"]]
    assert not {"Projects/2026", "Years/2026"} & {row["path"] for row in post.json("folders")}
    assert post.run("folders", "move", "Old", status=2).stderr.count("correio folders move") == 1
