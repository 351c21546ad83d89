"""Phones among the recipients: what is a phone, what it is sent and what it costs; and the command that sends it."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace as with_values
from email import message_from_bytes
from pathlib import Path

import pytest
from msgspec.structs import replace

from accounts.command_gateway import CommandGateway
from accounts.engine.handing_over import hand_over
from accounts.engine.sender import Sender
from accounts.outgoing import Outgoing
from core.address import Address, parse_addresses
from core.draft import MARKDOWN, Attachment, ComposeError, Draft, Options
from core.drafting import take_back
from core.errors import NetworkError
from core.gateways import bill, pieces
from core.phone import Phone, phone_of, sms_length
from core.sending import queue
from core.settings import Settings
from core.settings.file import load
from core.settings.gateway import Gateway
from core.store import outbox
from core.store.database import Database
from tests.core.test_sending import SETTINGS
from tests.empty_store import empty_store

PHONE = Address("", "32475123456@SMS")
BYMAIL = Gateway(
    id="5a500001", name="smsgate", address="{number}@sms.example.com", price="0.07", currency="EUR", signature="+32 2 1"
)
DRAFT = Draft(
    to=(Address("Ana", "ana@example.org"), PHONE), bcc=(Address("", "+32475999@fax"),), subject="Lunch",
    body="At one?\n\n-- \nMe Myself\n", attachments=(Attachment("menu.txt", data=b"Soup"),),
)  # fmt: skip


def with_gateways(*gateways: Gateway) -> Settings:
    return replace(SETTINGS, gateways=gateways)


def script(tmp_path: Path, body: str) -> str:
    """A command that does this with its words (`words`) and standard input (`text`), in the folder `here`."""
    file = tmp_path / "gateway.py"
    file.write_text(f"import os, sys, pathlib\nwords, here = sys.argv[1:], pathlib.Path({str(tmp_path)!r})\n"
                    f"text = sys.stdin.read()\n{body}\n")  # fmt: skip
    return f"{sys.executable} -S {file} {{number}} {{plus_number}} {{files}}"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = empty_store(tmp_path / "state" / "correio.db")
    yield database
    database.close()


@pytest.mark.parametrize(
    ("addr", "wanted"),
    [
        ("32475123456@SMS", Phone("32475123456", "sms")), ("+32475123456@sms", Phone("32475123456", "sms", True)),
        ("+32475-12.34@FaX", Phone("324751234", "fax", True)), ("bob@sms", None), ("32475123456@sms.example.com", None),
        ("12@sms", None), ("++32475@sms", None),
    ],
)  # fmt: skip
def test_what_is_a_phone(addr: str, wanted: Phone | None) -> None:
    assert phone_of(parse_addresses(addr)[0]) == wanted


@pytest.mark.parametrize(
    ("text", "letters", "parts", "unicode"),
    [("a" * 160, 160, 1, False), ("a" * 161, 161, 2, False), ("€" * 80, 160, 1, False), ("ç" + "a" * 69, 70, 1, True),
     ("☃" * 71, 71, 2, True), ("😀" * 35, 70, 1, True), ("é", 1, 1, False), ("", 0, 1, False)],
)  # fmt: skip
def test_how_long_an_sms_is(text: str, letters: int, parts: int, unicode: bool) -> None:
    found = sms_length(text)
    assert (found.letters, found.parts, found.unicode) == (letters, parts, unicode)


def test_a_message_with_both_kinds_is_split(db: Database, tmp_path: Path) -> None:
    fax = Gateway(id="fa000001", name="faxer", kind="fax", command=script(tmp_path, ""), price="0.1", currency="EUR")
    settings = with_gateways(BYMAIL, fax)
    row = queue(db, settings, DRAFT)
    mail, sms, sheet = outbox.rows(db)
    assert mail.id == row.id
    assert [one.recipients for one in (mail, sms, sheet)] == [
        ("ana@example.org",), ("32475123456@sms.example.com",), ("32475999@fax",),
    ]  # fmt: skip
    assert [one.way for one in (mail, sms, sheet)] == ["", "", "fa000001"]
    text = message_from_bytes(outbox.wire(db, sms.id))
    assert not text.is_multipart() and text.get_payload() == "At one?\r\n+32 2 1\r\n"
    assert b"menu.txt" in outbox.wire(db, mail.id) and b"menu.txt" in outbox.wire(db, sheet.id)
    assert b"@SMS" not in outbox.wire(db, mail.id), "phones are nobody else's affair"
    found = bill(settings, DRAFT)
    assert found is not None
    assert (found.sms, found.faxes, found.parts, found.cost, found.files_left_out) == (1, 1, 1, "0.17 EUR", True)
    taken = take_back(db, settings, sms.id)
    assert taken is not None and taken.draft is not None
    assert {one.addr for one in taken.draft.recipients} == {one.addr for one in DRAFT.recipients}
    assert {one.state for one in outbox.rows(db, all=True)} == {"cancelled"}


def test_a_fax_by_mail_has_the_text_as_its_first_page(db: Database) -> None:
    by_mail = Gateway(id="fa000001", name="faxer", kind="fax", address="{number}@fax.example.com")
    rich = with_values(DRAFT, to=(), body="**At** one?\n", options=Options(format=MARKDOWN))
    for draft in (rich, with_values(rich, body="\n")):
        row = queue(db, with_gateways(by_mail), draft)
        assert (row.recipients, row.way) == (("32475999@fax.example.com",), "")
        parts = [one for one in message_from_bytes(outbox.wire(db, row.id)).walk() if not one.is_multipart()]
        text, *files = [(one.get_content_type(), one.get_filename(), one.get_payload(decode=True)) for one in parts]
        assert text[0] == "text/plain" and not (text[2] or b"").strip(), "it is on the page, not said twice"
        names = [name for _type, name, _data in files]
        assert names == (["page.pdf", "menu.txt"] if draft is rich else ["menu.txt"])
        assert draft is not rich or (files[0][0] == "application/pdf" and files[0][2].startswith(b"%PDF-"))
    taken = take_back(db, with_gateways(by_mail), row.id)
    assert taken is not None and taken.draft is not None and len(taken.draft.attachments) == 1, "as it was written"


def test_only_what_has_not_gone_is_taken_back(db: Database) -> None:
    settings = with_gateways(BYMAIL)
    mail = queue(db, settings, with_values(DRAFT, bcc=()))
    outbox.sending(db, mail.id)
    outbox.finish(db, mail.id, "sent", answers={"ana@example.org": (250, "ok")})
    taken = take_back(db, settings, outbox.rows(db)[0].id)
    assert taken is not None and taken.draft is not None
    assert taken.draft.recipients == (PHONE,)


@pytest.mark.parametrize(
    ("change", "id"),
    [({"body": "\n-- \nMe\n", "subject": ""}, "sms-empty"), ({"body": "a" * 2000}, "sms-too-long"),
     ({"to": (Address("", "1234567@fax"),)}, "no-gateway")],
)  # fmt: skip
def test_what_cannot_go(change: dict[str, object], id: str) -> None:
    draft = with_values(DRAFT, bcc=(), **change)  # type: ignore[arg-type]
    with pytest.raises(ComposeError) as caught:
        pieces(with_gateways(replace(BYMAIL, signature="")), draft)
    assert caught.value.id == id


def test_the_settings_keep_gateways(tmp_path: Path) -> None:
    file = tmp_path / "correio.toml"
    file.write_text('[[gateway]]\nid = "5a500001"\nname = "x"\naddress = "{number}@sms.example.com"\n')
    assert load(file).gateways == (Gateway(id="5a500001", name="x", address="{number}@sms.example.com"),)


def sent(db: Database, settings: Settings, gateway: Gateway, draft: Draft) -> outbox.Outgoing:
    """A message to a phone through the command, as the engine does it."""
    row = queue(db, settings, draft)
    account = settings.accounts[0]
    state, _ = hand_over(db, row, account, _no_server, threading.Event(), None, lambda: CommandGateway(gateway))
    assert outbox.get(db, row.id).state == state
    return outbox.get(db, row.id)


def _no_server(account: object) -> Outgoing:
    raise AssertionError("no mail server is called")


def test_a_cap_of_a_gateway_makes_messages_wait(db: Database, tmp_path: Path) -> None:
    gateway = Gateway(id="5a500002", name="texter", command=script(tmp_path, "print('ok')"), per_hour=2, per_day=5)
    settings = with_gateways(gateway)
    phones = tuple(Address("", f"3247512345{n}@SMS") for n in range(3))
    queue(db, settings, with_values(DRAFT, to=phones, bcc=()))
    sender = Sender(
        lambda: nullcontext(db), lambda db, row: settings.accounts[0], _no_server, gateway_for=lambda id: CommandGateway(gateway),
        gateway_of=settings.gateway,
    )  # fmt: skip
    sender.send_due(db, outbox.rows(db)[0].account)
    rows = outbox.rows(db, all=True)
    assert [row.state for row in rows] == ["sent", "sent", "waiting"]
    why = rows[2].reason
    assert why is not None
    assert (why.id, why.values["server"], why.values["limit"], why.values["window"]) == ("cap-reached", "texter", 2, "hour")


FAX = Draft(to=(Address("", "+32475123456@fax"),), subject="Plan", body="First page\n",
            attachments=(Attachment("../a plan.txt", data=b"the plan\r\n"),))  # fmt: skip


def test_the_command_gets_number_text_and_files(db: Database, tmp_path: Path) -> None:
    body = (
        "(here / 'out').write_text('|'.join([words[0], words[1], text, pathlib.Path(words[2]).read_text(),"
        " pathlib.Path(words[2]).name]))\nprint('job 7')"
    )
    gateway = Gateway(id="fa000001", name="faxer", kind="fax", command=script(tmp_path, body))
    row = sent(db, with_gateways(gateway), gateway, FAX)
    assert (row.state, row.answers) == ("sent", {"32475123456@fax": (250, "job 7")})
    assert (tmp_path / "out").read_text() == "32475123456|+32475123456|First page|the plan\n|1-a_plan.txt"


@pytest.mark.parametrize(
    ("body", "state"),
    [("sys.exit('no credit left')", "failed"), ("print('busy'); sys.exit(75)", "waiting"),
     (f"os.kill(os.getpid(), {int(signal.SIGKILL)})", "uncertain")],
)  # fmt: skip
def test_how_the_command_ends(db: Database, tmp_path: Path, body: str, state: str) -> None:
    gateway = Gateway(id="fa000001", name="faxer", kind="fax", command=script(tmp_path, body))
    row = sent(db, with_gateways(gateway), gateway, FAX)
    assert row.state == state
    assert row.reason is not None
    if state == "failed":
        assert row.reason.values["answer"] == "no credit left"


def test_a_command_that_is_not_there(db: Database) -> None:
    gateway = Gateway(id="fa000001", name="faxer", kind="fax", command="/nowhere/faxer {number}")
    row = sent(db, with_gateways(gateway), gateway, FAX)
    assert row.state == "failed" and row.reason is not None
    assert "No such file" in row.reason.values["answer"]


def test_given_up_while_it_runs(db: Database, tmp_path: Path) -> None:
    pipe = tmp_path / "begun"
    os.mkfifo(pipe)
    body = f"open({str(pipe)!r}, 'w').close()\nimport signal\nsignal.pause()"
    gateway = CommandGateway(Gateway(id="fa000001", name="faxer", kind="fax", command=script(tmp_path, body)))
    row = queue(db, with_gateways(gateway._gateway), FAX)

    def give_up() -> None:
        pipe.open().close()
        gateway.cancel()

    thread = threading.Thread(target=give_up)
    thread.start()
    result = gateway.send(outbox.wire(db, row.id), row.sender, row.recipients, 60)
    thread.join()
    assert result.state == "uncertain"


def test_cancelled_before_it_begins(db: Database, tmp_path: Path) -> None:
    gateway = Gateway(id="fa000001", name="faxer", kind="fax", command=script(tmp_path, "(here / 'out').touch()"))
    row = queue(db, with_gateways(gateway), FAX)
    with pytest.raises(NetworkError):
        CommandGateway(gateway).send(outbox.wire(db, row.id), row.sender, row.recipients, 60, lambda: False)
    assert not (tmp_path / "out").exists()
