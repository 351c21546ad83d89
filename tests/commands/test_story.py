"""From an account to mail that is read, answered and put away, on real servers, with an engine and without."""

from __future__ import annotations

from datetime import datetime

import pytest

from core.store import outbox
from tests.commands.house import PostOffice, letter

pytestmark = pytest.mark.server


def test_mail_that_arrives_is_listed_while_the_engine_waits(post: PostOffice) -> None:
    with post.engine() as engine:
        engine.until(post.is_well)
        post.dovecot.deliver(post.mailbox, letter())
        engine.until(lambda: post.ask(lambda db: db.value("SELECT count(*) FROM message")), "no mail came")
        [row] = post.json("list")
    assert (row["message_id"], row["subject"], row["from"]) == ("lunch@farol.example", "Lunch?", "Ana Sousa <ana@farol.example>")
    assert (row["flags"], row["tags"], row["folders"], row["attachments"]) == ([], [], ["INBOX"], False)
    assert datetime.fromisoformat(row["date"]).tzinfo is not None
    assert set(row) == {
        "id", "message_id", "thread", "date", "from", "to", "subject", "size", "flags", "tags", "folders", "attachments",
    }  # fmt: skip


@pytest.mark.parametrize("engine", [True, False], ids=["with an engine", "without"])
def test_sync_brings_and_sends(post: PostOffice, engine: bool) -> None:
    post.dovecot.deliver(post.mailbox, letter())
    if engine:
        post.run("engine", "start")
    post.run("send", "--to", "bob@example.net", "--subject", "Hello", stdin="Hello Bob.\n")
    row = post.sync()
    assert set(row) == {"account", "new", "changed", "removed", "sent", "bytes", "seconds", "error"}
    assert row["account"] == "work"
    assert post.run("count", "*").stdout == "2\n" if engine else post.run("count", "subject:lunch").stdout == "1\n"
    [delivery] = post.smtp.wait_for(1)
    assert delivery.recipients == ("bob@example.net",)
    assert b"Hello Bob." in delivery.raw
    assert [row["state"] for row in post.json("outbox", "--all")] == ["sent"]
    assert post.json("outbox") == []
    post.sync()
    assert len(post.server_flags("Sent")) == 1


def test_sending_leaves_a_copy_in_sent_and_a_mark_on_what_it_answers(post: PostOffice) -> None:
    post.dovecot.deliver(post.mailbox, letter())
    post.sync()
    answer = (
        f"From: {post.mailbox.address}\r\nTo: Ana <ana@farol.example>\r\nBcc: secret@example.net\r\nSubject: Re: Lunch?\r\n"
        "In-Reply-To: <lunch@farol.example>\r\nReferences: <lunch@farol.example>\r\n\r\nYes.\r\n"
    )
    with post.engine() as engine:
        said = post.json("send", "-t", "--wait", stdin=answer)
        assert (said["state"], set(said)) == ("sent", {"id", "message_id", "state"})
        engine.until(lambda: post.server_flags("Sent"), "no copy in Sent")
        engine.until(lambda: "\\Answered" in post.server_flags()["lunch@farol.example"], "not marked as answered")
    [delivery] = post.smtp.deliveries
    assert set(delivery.recipients) == {"ana@farol.example", "secret@example.net"}
    assert delivery.tls
    assert b"secret@example.net" not in delivery.raw
    assert post.server_flags("Sent") == {said["message_id"]: {"\\Seen"}}
    with post.dovecot.client(post.mailbox, "Sent") as client:
        [copy] = client.fetch(client.search(), ["BODY.PEEK[]"]).values()
    assert b"secret@example.net" in copy[b"BODY[]"], "the writer's copy says whom it went to"
    assert post.json("list", "Sent")[0]["message_id"] == said["message_id"]


def test_a_forwarded_mail_is_marked_as_forwarded(post: PostOffice) -> None:
    post.dovecot.deliver(post.mailbox, letter())
    post.sync()
    forwarded = (
        f"From: {post.mailbox.address}\r\nTo: bob@example.net\r\nSubject: Fwd: Lunch?\r\n"
        "X-Forwarded-Message-Id: <lunch@farol.example>\r\n\r\nLook.\r\n"
    )
    post.run("send", "-t", "--wait", stdin=forwarded)
    post.sync()
    assert "$Forwarded" in post.server_flags()["lunch@farol.example"]


@pytest.mark.parametrize("engine", [True, False], ids=["with an engine", "without"])
def test_changes_reach_the_server_and_undo_takes_them_back(post: PostOffice, engine: bool) -> None:
    for n in range(4):
        post.dovecot.deliver(post.mailbox, letter(f"Mail {n}", id=f"{n}@farol.example"))
    post.sync()
    if engine:
        post.run("engine", "start")
    assert post.json("flag", "<0@farol.example>") == {"messages": 1}
    assert post.json("read", "subject:mail") == {"messages": 4}
    post.run("unread", "<3@farol.example>")
    post.run("tag", "<0@farol.example>", "--tag", "urgent")
    post.run("trash", "<1@farol.example>")
    post.run("archive", "<2@farol.example>")
    post.run("move", "<3@farol.example>", "--to", "work/Projects")
    post.run("copy", "<0@farol.example>", "--to", "Projects")
    post.sync()
    assert post.server_flags() == {"0@farol.example": {"\\Flagged", "\\Seen", "urgent"}}
    assert set(post.server_flags("Trash")) == {"1@farol.example"}
    assert set(post.server_flags("Archive")) == {"2@farol.example"}
    assert post.server_flags("Projects") == {"3@farol.example": set(), "0@farol.example": {"\\Flagged", "\\Seen", "urgent"}}
    kinds = [post.json("undo")["undone"] for _ in range(4)]
    assert kinds == ["copy", "move", "move", "move"]
    post.sync()
    assert set(post.server_flags()) == {f"{n}@farol.example" for n in range(4)}
    assert not post.server_flags("Trash")
    assert not post.server_flags("Archive")
    assert not post.server_flags("Projects")
    post.run("untag", "<0@farol.example>", "--tag", "urgent")
    post.run("unflag", "<0@farol.example>")
    post.sync()
    assert post.server_flags()["0@farol.example"] == {"\\Seen"}


def test_a_message_in_two_folders_is_moved_from_where_it_is_not_going(post: PostOffice) -> None:
    post.dovecot.deliver(post.mailbox, letter())
    post.sync()
    post.run("copy", "<lunch@farol.example>", "--to", "Archive")
    post.run("archive", "<lunch@farol.example>")
    post.run("archive", "<lunch@farol.example>")
    post.sync()
    assert not post.server_flags()
    assert set(post.server_flags("Archive")) == {"lunch@farol.example"}


def test_changes_of_others_and_bodies_come_down(post: PostOffice) -> None:
    uid = post.dovecot.deliver(post.mailbox, letter(body="The word is saudade."))
    post.dovecot.deliver(post.mailbox, letter("Another", id="other@farol.example"))
    post.sync()
    with post.dovecot.client(post.mailbox, "INBOX") as client:
        client.add_flags([uid], ["\\Flagged"])
    row = post.sync()
    assert row["changed"] == 1
    assert {row["message_id"] for row in post.json("search", "is:flagged")} == {"lunch@farol.example"}
    assert [found["message_id"] for found in post.json("search", "saudade")] == ["lunch@farol.example"]
    assert post.run("show", "<lunch@farol.example>", "--raw").stdout == letter(body="The word is saudade.").decode()
    with post.dovecot.client(post.mailbox, "INBOX") as client:
        client.delete_messages([uid])
        client.expunge()
    assert post.sync()["removed"] == 1
    assert [row["message_id"] for row in post.json("list")] == ["other@farol.example"]


def test_mail_waits_for_its_time_and_can_be_taken_back(post: PostOffice) -> None:
    said = post.json("send", "--to", "bob@example.net", "--subject", "Later", "--at", "2h", stdin="x")
    assert said["state"] == "waiting"
    assert post.sync()["sent"] == 0
    assert post.smtp.seen["connect"] == 0, "SMTP is contacted only when something waits"
    [row] = post.json("outbox")
    assert set(row) == {"id", "message_id", "state", "reason", "to", "subject", "not_before", "server", "attempts"}
    assert (row["state"], row["reason"], row["attempts"], row["to"]) == ("waiting", None, 0, "bob@example.net")
    assert "20" in row["not_before"]
    shown = post.run("outbox", "show", str(row["id"])).stdout
    assert f"Message-ID: <{row['message_id']}>" in shown
    assert post.json("outbox", "cancel", str(row["id"]))["state"] == "cancelled"
    post.run("outbox", "cancel", str(row["id"]), status=1)
    assert post.json("outbox") == []
    post.sync()
    assert not post.smtp.deliveries


def test_a_mail_that_is_hurried_goes_before_its_time(post: PostOffice) -> None:
    said = post.json("send", "--to", "bob@example.net", "--at", "tomorrow", stdin="x")
    assert post.json("outbox", "retry", str(said["id"]))["state"] == "queued"
    assert post.sync()["sent"] == 1


def test_the_mail_goes_to_the_server_of_its_identity_with_fixed_bytes(post: PostOffice) -> None:
    said = post.json("send", "--to", "bob@example.net", "--subject", "Fixed", stdin=".\nFrom me\n")
    wire = post.ask(lambda db: outbox.wire(db, said["id"]))
    post.sync()
    [delivery] = post.smtp.wait_for(1)
    assert delivery.raw == wire
    assert f"<{said['message_id']}>".encode() in wire
