"""kill -9 at every step of sending: no queued mail is lost, none goes out twice unless somebody says so."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections import Counter
from email import message_from_bytes

import pytest

from core.store import doctor, messages, notices, outbox
from tests.commands.house import PostOffice, letter
from tests.servers.smtp import CUT_AFTER_DOT, CUT_BEFORE_DATA, CUT_BEFORE_DOT
from tests.terminal.program import begin_command

pytestmark = pytest.mark.server

HARMLESS = ("connect", "AUTH", "MAIL", "RCPT", "DATA")
"""Nothing of the mail has gone out yet."""
UNKNOWN = ("line", "accepted", "QUIT")
"""Correio has begun to send the mail, and has not noted an answer."""


def kill_at(post: PostOffice, step: str, *words: str) -> None:
    """Run a command and kill it when the server is at a step, before the server answers."""
    struck = []
    begun = threading.Event()
    if step == "line":
        post.smtp.plan.cuts.append(CUT_BEFORE_DOT)

    def strike(name: str) -> None:
        if name == step and not struck:
            struck.append(name)
            assert begun.wait(60)
            os.kill(command.pid, signal.SIGKILL)

    post.smtp.at_step = strike
    command = begin_command(words, post.path)
    begun.set()
    status = command.wait(60)
    post.smtp.at_step = lambda name: None
    assert (struck, status) == ([step], -signal.SIGKILL), post.log()


def delivered(post: PostOffice) -> Counter[str]:
    """Message-ID → how often the server has accepted it."""
    return Counter(str(message_from_bytes(one.raw)["Message-ID"]).strip("<>") for one in post.smtp.deliveries)


def test_killed_at_every_step(post: PostOffice) -> None:
    """At each of them once as a command and once as the engine; what earlier rounds left is sent along, each for itself."""
    rng = random.Random(8)
    moments = [(step, command) for command in ("sync", "engine run") for step in HARMLESS + UNKNOWN]
    rng.shuffle(moments)
    queued: dict[str, str] = {}
    wires: dict[str, bytes] = {}
    for number, (step, command) in enumerate(moments):
        said = post.json("send", "--to", f"friend{number}@example.net", "--subject", f"{number} {step}", stdin="x\n" * 50)
        id, row = said["message_id"], said["id"]
        queued[id] = step
        wires[id] = post.ask(lambda db, row=row: outbox.wire(db, row))
        kill_at(post, step, *command.split())
        assert all(finding.count == 0 for finding in post.ask(doctor.examine))
    post.sync()
    states = {row["message_id"]: row["state"] for row in post.json("outbox", "--all")}
    counts = delivered(post)
    assert states.keys() == queued.keys()
    assert max(counts.values()) == 1, "sent twice"
    for id in queued:
        assert states[id] in ("sent", "uncertain")
        assert states[id] == "uncertain" or counts[id] == 1, "lost"
    unknown = [id for id, state in states.items() if state == "uncertain"]
    assert len(unknown) == sum(step in UNKNOWN for step, _ in moments), "each kill in the middle leaves one mail, no more"
    for one in post.smtp.deliveries:
        assert one.raw == wires[str(message_from_bytes(one.raw)["Message-ID"]).strip("<>")]


@pytest.mark.parametrize("step", ["connect", "DATA"])
def test_killed_before_the_mail_goes_out(post: PostOffice, step: str) -> None:
    kill_at(post, step, "send", "--to", "bob@example.net", "--wait")
    [row] = post.json("outbox")
    assert row["state"] == "queued"
    assert post.sync()["sent"] == 1
    assert delivered(post) == {row["message_id"]: 1}


@pytest.mark.parametrize("step", UNKNOWN)
def test_killed_while_it_goes_out(post: PostOffice, step: str) -> None:
    kill_at(post, step, "send", "--to", "bob@example.net", "--subject", "Perhaps", "--wait")
    [row] = post.json("outbox")
    assert row["state"] == "sending"
    assert post.sync()["sent"] == 0
    [row] = post.json("outbox")
    assert row["state"] == "uncertain"
    assert row["reason"]
    [(_, notice)] = post.ask(notices.unseen)
    assert notice.id == "sent-perhaps"
    before = delivered(post)[row["message_id"]]
    assert before == (0 if step == "line" else 1)
    post.run("outbox", "cancel", str(row["id"]), status=1)
    if before:
        assert post.json("outbox", "arrived", str(row["id"]))["state"] == "sent"
    else:
        assert post.json("outbox", "retry", str(row["id"]))["state"] == "queued"
    assert post.sync()["sent"] == 1 - before
    assert delivered(post) == {row["message_id"]: 1}
    with post.engine() as engine:
        engine.until(lambda: row["message_id"] in post.server_flags("Sent"), "no copy in Sent")


def test_a_copy_that_the_server_files_settles_it(post: PostOffice) -> None:
    """Some providers file what they accept: then nobody need ask the user."""
    post.dovecot.deliver(post.mailbox, letter())
    post.sync()
    answer = f"From: {post.mailbox.address}\r\nTo: bob@example.net\r\nIn-Reply-To: <lunch@farol.example>\r\n\r\nYes.\r\n"
    post.smtp.plan.cuts.append(CUT_AFTER_DOT)
    said = post.json("send", "-t", "--wait", stdin=answer, status=5)
    assert said["state"] == "uncertain"
    post.dovecot.deliver(post.mailbox, post.smtp.deliveries[0].raw, "Sent", ["\\Seen"])
    post.sync()
    assert post.json("outbox") == []
    assert [row["state"] for row in post.json("outbox", "--all")] == ["sent"]
    post.sync()
    with post.dovecot.client(post.mailbox, "Sent") as client:
        assert len(client.search()) == 1, "no second copy"
    assert "\\Answered" in post.server_flags()["lunch@farol.example"]


def test_an_own_copy_settles_nothing(post: PostOffice) -> None:
    """One recipient was served and the copy filed; when the line breaks at the second, it is unknown for that one."""
    post.smtp.plan.refusals["late@example.net"] = "450 4.2.0 later"
    said = post.json("send", "--to", "bob@example.net", "--to", "late@example.net", "--wait", stdin="x", status=1)
    assert said["state"] == "waiting"
    post.sync()
    assert said["message_id"] in post.server_flags("Sent")
    post.smtp.plan.refusals.clear()
    post.smtp.plan.cuts.append(CUT_BEFORE_DOT)
    post.run("outbox", "retry", str(said["id"]))
    post.sync_with(status=5)
    assert [row["state"] for row in post.json("outbox")] == ["uncertain"]
    post.sync()
    assert [row["state"] for row in post.json("outbox")] == ["uncertain"]
    post.run("outbox", "retry", str(said["id"]))
    post.sync()
    assert [set(one.recipients) for one in post.smtp.deliveries] == [{"bob@example.net"}, {"late@example.net"}]
    assert len(post.server_flags("Sent")) == 1


@pytest.mark.parametrize(
    ("cut", "state", "status"),
    [(CUT_BEFORE_DATA, "waiting", 5), (CUT_BEFORE_DOT, "uncertain", 5), (CUT_AFTER_DOT, "uncertain", 5)],
)
def test_a_line_that_breaks(post: PostOffice, cut: str, state: str, status: int) -> None:
    post.smtp.plan.cuts.append(cut)
    said = post.json("send", "--to", "bob@example.net", "--wait", stdin="x", status=status)
    assert said["state"] == state
    if state == "waiting":
        assert post.sync()["sent"] == 1
    else:
        assert post.sync()["sent"] == 0
    assert sum(delivered(post).values()) == (0 if cut == CUT_BEFORE_DOT else 1)


def test_what_the_server_says_for_now_and_for_good(post: PostOffice) -> None:
    post.smtp.plan.data_answer = "451 4.7.1 greylisted, come back"
    later = post.json("send", "--to", "bob@example.net", "--subject", "Later", "--wait", stdin="x", status=1)
    assert later["state"] == "waiting"
    assert post.sync()["sent"] == 0, "the server asked for patience"
    assert post.smtp.seen["DATA"] == 1
    [row] = post.json("outbox")
    assert "greylisted" in row["reason"]
    post.smtp.plan.data_answer = "554 5.7.1 looks like spam"
    never = post.json("send", "--to", "bob@example.net", "--subject", "Never", "--wait", stdin="x", status=1)
    assert never["state"] == "failed"
    assert "looks like spam" in {row["id"]: row["reason"] for row in post.json("outbox")}[never["id"]]
    [(_, notice)] = post.ask(notices.unseen)
    assert (notice.id, notice.values["subject"]) == ("not-sent", "Never")
    post.smtp.plan.data_answer = ""
    for said in (later, never):
        post.run("outbox", "retry", str(said["id"]))
    assert post.sync()["sent"] == 2
    assert delivered(post) == {later["message_id"]: 1, never["message_id"]: 1}


def test_recipients_are_told_apart(post: PostOffice) -> None:
    post.smtp.plan.refusals.update({"gone@example.net": "550 5.1.1 no such user", "late@example.net": "450 4.2.0 later"})
    to = ["--to", "bob@example.net", "--cc", "gone@example.net", "--bcc", "late@example.net"]
    said = post.json("send", *to, "--subject", "Three", "--wait", stdin="x", status=1)
    assert said["state"] == "waiting"
    row = post.ask(lambda db: outbox.get(db, said["id"]))
    assert row.recipients == ("late@example.net",)
    assert {to: code for to, (code, _) in row.answers.items()} == {
        "bob@example.net": 250, "gone@example.net": 550, "late@example.net": 450,
    }  # fmt: skip
    del post.smtp.plan.refusals["late@example.net"]
    post.run("outbox", "retry", str(said["id"]))
    assert post.sync()["sent"] == 1
    assert [one.recipients for one in post.smtp.deliveries] == [("bob@example.net",), ("late@example.net",)]
    assert post.smtp.deliveries[0].raw == post.smtp.deliveries[1].raw
    [(_, notice)] = post.ask(notices.unseen)
    assert (notice.id, notice.values["recipients"]) == ("some-refused", "gone@example.net")
    post.sync()
    assert len(post.server_flags("Sent")) == 1
    assert post.ask(lambda db: len(messages.by_message_id(db, said["message_id"]))) == 1


def test_nobody_is_accepted(post: PostOffice) -> None:
    post.smtp.plan.refusals["gone@example.net"] = "550 5.1.1 no such user"
    said = post.json("send", "--to", "gone@example.net", "--wait", stdin="x", status=1)
    assert said["state"] == "failed"
    post.sync()
    assert not post.server_flags("Sent")
    assert not post.smtp.deliveries
