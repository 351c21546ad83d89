"""One message to many on real servers, and what became of each: accepted, refused, reported as not delivered."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from tests.commands.house import PostOffice
from tests.core.test_picture_privacy import PHOTOS
from tests.core.test_reports import DSN
from tests.servers.smtp import Delivery

pytestmark = pytest.mark.server

TABLE = "Name;E-Mail\nAna;ana@example.org\nBob;bob@example.net\nZoë;zoe@example.com\n;\n"


def test_to_many_and_what_became_of_it(post: PostOffice) -> None:
    table = post.path.parent / "people.csv"
    table.write_bytes(TABLE.encode("cp1252"))
    words = ["merge", "--csv", str(table), "--subject", "For {name}"]
    shown = post.json(*words, "--dry-run", stdin="Dear {name|you},\nhello.\n", status=0)
    assert [(row["to"], row["subject"], row["trouble"]) for row in shown] == [
        ("Ana <ana@example.org>", "For Ana", []), ("Bob <bob@example.net>", "For Bob", []),
        ("Zoë <zoe@example.com>", "For Zoë", []),
    ]  # fmt: skip
    assert "There is no column town." in post.run(*words, stdin="{town}", status=1).stderr
    assert post.json("outbox") == []
    said = post.json(*words, "--yes", stdin="Dear {name|you},\nhello.\n")
    assert (said["queued"], said["left_out"]) == (3, 0)
    post.json("outbox", "pause", str(said["batch"]))
    assert post.sync()["sent"] == 0
    post.json("outbox", "resume", str(said["batch"]))
    post.smtp.plan.refusals["bob@example.net"] = "550 5.1.1 no such user"
    assert post.json("sync", status=1)[0]["sent"] == 2
    assert sorted(one.recipients for one in post.smtp.deliveries) == [("ana@example.org",), ("zoe@example.com",)]
    rows = {row["to"]: row for row in post.json("outbox", "--all")}
    assert {to: row["state"] for to, row in rows.items()} == {"Ana": "sent", "Bob": "failed", "Zoë": "sent"}
    ana = rows["Ana"]
    report = DSN.format(id=ana["message_id"].strip("<>"), envelope="x", action="failed", status="5.1.1", final="ana@example.org",
                        original="", n=1)  # fmt: skip
    post.dovecot.deliver(post.mailbox, report.replace("\n", "\r\n").encode())
    post.sync()
    events = post.json("outbox", "show", str(ana["id"]))["events"]
    told = [(one["kind"], one["by"]) for one in events if one["kind"] != "accepted"]
    assert told == [("failed", "MAILER-DAEMON@mx.example.net")]
    assert [row["id"] for row in post.json("outbox", "failed")] == [ana["id"]]
    [batch] = post.json("outbox", "batches")
    assert (batch["sent"], batch["failed"], batch["undelivered"], batch["waiting"]) == (2, 1, 1, 0)
    assert "not delivered, says MAILER-DAEMON@mx.example.net" in post.run("outbox", "show", str(ana["id"])).stdout


def photo_in(mails: Iterable[Delivery]) -> bytes:
    """The attached photo, b"" where there is none."""
    parts = [part for one in mails for part in message_from_bytes(one.raw, policy=default).walk()]
    return b"".join(part.get_payload(decode=True) for part in parts if part.get_filename() == "photo.jpg")


def test_sms_and_fax_among_the_recipients(post: PostOffice) -> None:
    """One by mail, one through a command, and the mail for the others."""
    faxed = post.path.parent / "faxed"
    config = Path(post.run("config", "path").stdout.strip())
    config.write_text(
        config.read_text() + '\n[[gateway]]\nid = "5a500001"\nname = "s"\naddress = "{number}@sms.example.com"\n'
        f'[[gateway]]\nid = "fa000001"\nname = "f"\nkind = "fax"\ncommand = "tee {faxed}-{{number}}"\n'
    )
    words = ["send", "--to", "ana@example.org", "--to", "+32475123456@SMS", "--cc", "32475999@FAX", "--subject", "Lunch"]
    photo = post.path.parent / "photo.jpg"
    photo.write_bytes(PHOTOS["jpeg"])
    said = post.run(*words, "--attach", str(photo), stdin="At one?\n")
    assert "photo.jpg: sent without place, time and camera" in said.stderr, "as nobody can be asked"
    assert post.sync()["sent"] == 3
    assert "32475123456@sms.example.com" in {one.recipients[0] for one in post.smtp.deliveries}
    assert photo_in(post.smtp.deliveries) not in (b"", PHOTOS["jpeg"])
    post.run("send", "--to", "ana@example.org", "--attach", str(photo), "--photo-data", "keep", "--wait", stdin="As it is.\n")
    assert photo_in(post.smtp.deliveries[-1:]) == PHOTOS["jpeg"] == photo.read_bytes()
    assert Path(f"{faxed}-32475999").read_text() == "At one?"
    assert {row["state"] for row in post.json("outbox", "--all")} == {"sent"}


def test_a_file_as_a_link(post: PostOffice) -> None:
    """Through a command of one's own; taken back by another."""
    shelf = post.path.parent / "shelf"
    shelf.mkdir()
    script = post.path.parent / "share.py"
    script.write_text(
        "import sys, os, shutil, secrets\nverb, what, *name = sys.argv[1:]\n"
        f"shelf = {str(shelf)!r}\n"
        "if verb == 'up':\n    token = secrets.token_hex(4)\n    shutil.copy(what, os.path.join(shelf, token))\n"
        "    print('https://files.example.org/' + token)\n"
        "else:\n    os.remove(os.path.join(shelf, what.rpartition('/')[2]))\n"
    )
    run = f"{sys.executable} -S {script}"
    post.run("config", "set", "links.command", f"{run} up {{file}} {{name}}")
    post.run("config", "set", "links.withdraw", f"{run} down {{url}}")
    plan = post.path.parent / "plan.pdf"
    plan.write_bytes(b"%PDF")
    post.run("send", "--to", "ana@example.org", "--to", "bob@example.net", "--link", str(plan), stdin="Here.\n")
    assert post.sync()["sent"] == 2
    first, second = post.smtp.deliveries
    assert {first.recipients, second.recipients} == {("ana@example.org",), ("bob@example.net",)}
    links = post.json("links")
    assert len(links) == 2 == len(list(shelf.iterdir()))
    for one in links:
        assert [one["url"].encode() in mail.raw for mail in (first, second)].count(True) == 1, "nobody sees another's link"
    post.run("links", "withdraw", str(links[0]["id"]))
    assert len(list(shelf.iterdir())) == 1 and len(post.json("links")) == 1
