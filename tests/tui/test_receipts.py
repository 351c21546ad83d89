"""A read receipt is a quiet question; the answer is one key and a choice."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from msgspec.structs import replace

from accounts.engine.handing_over import hand_over
from accounts.smtp import SmtpOutgoing
from core.secret import Secret
from core.settings import Server
from core.store import outbox
from tests.servers.smtp import SmtpSink
from tests.tui.office import Clerk, Office, mail, work

ANA = "Ana Sousa <ana@example.net>"
TO = {"Disposition_Notification_To": ANA, "Return_Path": "<ana@example.net>"}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_the_question_and_one_answer(office: Office, smtp: SmtpSink) -> None:
    office.put(mail(1, "Lunch", **TO), mail(2, "Dinner", **TO))

    async def script(clerk: Clerk) -> None:
        await clerk.press("enter")
        assert "ana@example.net would like to know that you have read this · M answers" in clerk.text
        assert outbox.rows(office.db) == []
        await clerk.press("M")
        assert "Send a receipt" in clerk.text
        await clerk.press("escape")
        assert outbox.rows(office.db) == []
        await clerk.press("M", "enter")
        assert "u takes it back" in clerk.footer
        assert "would like to know" not in clerk.text
        await clerk.press("M")
        assert "asks for no receipt" in clerk.footer

    work(office.app(), script)
    [row] = outbox.rows(office.db)
    server = Server(kind="smtp", host=smtp.host, port=smtp.port, security="starttls", user=smtp.user)
    server = replace(server, trust=f"sha256:{smtp.certificate.fingerprint}")
    account = replace(office.account, outgoing=server)
    state, why = hand_over(office.db, row, account, lambda one: SmtpOutgoing(server, Secret(smtp.password)), threading.Event())
    assert (state, why) == ("sent", None)
    [delivery] = smtp.wait_for(1)
    assert (delivery.sender, delivery.recipients) == ("<>", ("ana@example.net",))
    assert b"\r\nSubject: Read: Dinner\r\n" in delivery.raw
    assert office.db.value("SELECT total FROM folder WHERE role = 'sent'") == 0


def test_always_and_never(office: Office) -> None:
    joao = {"Disposition_Notification_To": "joao@example.net", "Return_Path": "<joao@example.net>"}
    for number, fields in ((1, TO), (2, TO), (3, joao), (4, joao)):
        office.put(mail(number, sender=fields["Disposition_Notification_To"], **fields))

    async def script(clerk: Clerk) -> None:
        await clerk.press("enter", "M")
        await clerk.type("never")
        await clerk.press("enter")
        assert "joao@example.net gets no receipts" in clerk.footer
        await clerk.press("J")
        assert "Mail 3" in clerk.text and "would like to know" not in clerk.text
        await clerk.press("J", "M")
        await clerk.type("always")
        await clerk.press("enter", "J")
        await clerk.until(lambda: len(outbox.rows(office.db)) == 2)
        assert "would like to know" not in clerk.text

    work(office.app(), script)
    assert [row.subject for row in outbox.rows(office.db)] == ["Read: Mail 2", "Read: Mail 1"]
    assert b"MDN-sent-automatically" in outbox.wire(office.db, outbox.rows(office.db)[1].id)


def test_another_return_path_is_named(office: Office) -> None:
    office.settings(lambda old: replace(old, compose=replace(old.compose, receipts="always")))
    office.put(mail(1, **{**TO, "Return_Path": "<spy@elsewhere.example>"}))

    async def script(clerk: Clerk) -> None:
        await clerk.press("enter")
        words = " ".join(clerk.text.replace("▎", " ").split())
        assert "to ana@example.net is asked for, but the message came from spy@elsewhere.example" in words
        await clerk.press("M")
        assert "Always" not in clerk.text

    work(office.app(), script)
    assert outbox.rows(office.db) == []
