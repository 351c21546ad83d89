"""Templates: kept as mails, filled, put into messages; the words an answer begins with; plus-addresses; memory of senders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from core import templates
from core.address import Address
from core.arrival import arrive_mail
from core.compose import build
from core.draft import Answers, Attachment, Draft, Options
from core.errors import NotFound, UsageError
from core.letter_words import USUAL, attribution_in, forward_words
from core.message import read_message
from core.operations import undo
from core.placeholders import filled, has_placeholders, parted, values_for
from core.plus_addresses import plus_address, used
from core.reading import open_body
from core.sending import own_address, queue, send_now
from core.server_draft import edit_as_new, from_bytes, to_bytes
from core.settings import Account, Identity, Settings
from core.signatures import has_signature, put_at_end, re_signed, taken_out
from core.store import accounts, folders, outbox, sender_choices
from core.store.database import Database
from tests.depth import examples
from tests.empty_store import empty_store

UID = "5e44e400"
ME = Identity(id="1d000001", account=UID, address="me@example.org", name="Me", signature="Me\nLisboa")
SETTINGS = Settings(accounts=(Account(id=UID, name="work", email="me@example.org", kind="local"),), identities=(ME,))
ANA = Address("Ana Sousa", "ana@example.net")
CLOCK = {"date": "3 May 2026", "weekday": "Sun"}
NOW = datetime(2026, 5, 3, 14, 5, 6, tzinfo=UTC)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = empty_store(tmp_path / "state" / "correio.db")
    yield database
    database.close()


def test_a_template_is_kept_and_never_changed_by_use(db: Database) -> None:
    file = Attachment("price.pdf", "application/pdf", data=b"%PDF-1")
    draft = Draft(
        identity=ME.id, to=(ANA,), bcc=(Address("", "b@example.net"),), subject="Offer",
        body="Hi {first_name}\n\n-- \nMe\nLisboa\n", attachments=(file,),
        options=Options(priority="high", receipt=True, delivery="all", no_reply=True, card=True),
        in_reply_to="1@x", answers=Answers(7, "1@x"), send_at=99,
    )  # fmt: skip
    message = templates.keep(db, SETTINGS, draft, "The offer\r\nBcc: x@example.org")
    [kept] = templates.templates(db)
    assert kept.name == "The offer Bcc: x@example.org" and kept.subject == "Offer"
    folder = folders.get(db, kept.folder)
    assert (folder.role, folder.path) == ("templates", "Templates")
    opened = templates.open_template(db, SETTINGS, templates.find(db, "THE OFFER bcc: x@example.org"))
    assert opened.body == "Hi {first_name}\n" and opened.bcc == draft.bcc and opened.options == draft.options
    assert [(one.name, one.data) for one in opened.attachments] == [("price.pdf", b"%PDF-1")]
    assert (opened.in_reply_to, opened.answers, opened.send_at) == ("", None, 0)
    raw = open_body(db, message).raw
    begun = templates.begin(opened, ME, (Address("Rui", "rui@example.net"),))
    assert begun.body == draft.body and [one.addr for one in begun.to] == ["rui@example.net", ANA.addr]
    assert open_body(db, message).raw == raw
    again = templates.keep(db, SETTINGS, opened, "Another", instead=kept)
    assert [(one.name, one.message) for one in templates.templates(db)] == [("Another", again)]
    templates.remove(db, templates.find(db, str(again)))
    with pytest.raises(NotFound) as caught:
        templates.find(db, "Another")
    assert caught.value.id == "no-template"
    assert undo(db) is not None and [one.name for one in templates.templates(db)] == ["Another"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Ana Sousa", ("Ana", "Sousa")), ("Sousa, Ana Maria", ("Ana", "Sousa")), ("Dr. Ana de Sousa", ("Ana", "de Sousa")),
        ("Ana", ("Ana", "")), ("", ("", "")), ("ana@example.net", ("", "")), ("Dr.", ("Dr.", "")),
        ('"Ana Sousa"', ("Ana", "Sousa")),
    ],
)  # fmt: skip
def test_given_and_family_names(name: str, words: tuple[str, str]) -> None:
    assert parted(name) == words


def test_placeholders() -> None:
    draft = Draft(
        to=(ANA,), subject="{name}: {subject}",
        body="{first_name} {last_name} <{address}> {date} {weekday} {my_name} {nobody} {time|soon} { date }",
    )  # fmt: skip
    done = filled(draft, values_for(draft, ME, CLOCK, "Lunch\r\nBcc: x"))
    assert done.subject == "Ana Sousa: Lunch Bcc: x"
    assert done.body == "Ana Sousa <ana@example.net> 3 May 2026 Sun Me {nobody} soon { date }"
    alone = Draft(body="Hi {first_name|friend}, {my_address}")
    assert has_placeholders(alone)
    assert filled(alone, values_for(alone, ME, CLOCK)).body == "Hi {first_name|friend}, me@example.org"
    unnamed = Draft(to=(Address("", "x@example.net"),), body="Hi {first_name|friend}{last_name}")
    assert filled(unnamed, values_for(unnamed, ME, CLOCK)).body == "Hi friend"
    seen = filled(unnamed, values_for(unnamed, ME, CLOCK), seen=True)
    assert seen.body == "Hi friend{last_name}" and has_placeholders(seen), "whoever sends it sees what is missing"
    known = values_for(unnamed, ME, CLOCK, known={"x@example.net": "Xi Yu"}.__getitem__)
    assert filled(unnamed, known, seen=True).body == "Hi XiYu"


@settings(max_examples=examples(100), deadline=None)
@given(name=st.text(max_size=40), subject=st.text(max_size=40), template=st.text(max_size=40))
def test_no_placeholder_brings_in_a_header(name: str, subject: str, template: str) -> None:
    draft = Draft(to=(Address(f"{name}\r\nBcc: e@example.net", "a@example.net"),), subject=f"{{name}}{{subject}}{template}")
    done = filled(draft, values_for(draft, ME, CLOCK, f"{subject}\r\n\r\nBody"))
    built = build(done, ME, now=NOW)
    assert built.recipients == ("a@example.net",) and read_message(built.wire).envelope.bcc == ()
    assert not set(done.subject) & set("\r\n\0")


def test_where_a_templates_text_goes() -> None:
    template = Draft(subject="T", body="Text\n", cc=(ANA,), attachments=(Attachment("a", data=b""),))
    signed = "\n\n-- \nMe\n"
    assert templates.merged(Draft(body=signed), template).body == "Text\n\n\n-- \nMe\n"
    below = Draft(body="A wrote:\n> Hi\n\n\n-- \nMe\n", subject="Re: Hi", answers=Answers(1, ""), cc=(ANA,))
    done = templates.merged(below, template)
    assert done.body == "A wrote:\n> Hi\n\nText\n\n-- \nMe\n" and done.subject == "Re: Hi" and done.cc == (ANA,)
    above = Draft(body="\n\nA wrote:\n> Hi\n", answers=Answers(1, ""))
    assert templates.merged(above, template).body == "Text\n\n\nA wrote:\n> Hi\n"
    assert len(templates.merged(done, template).attachments) == 1


# ---------------------------------------------------------------- signatures


def test_signatures_are_put_in_and_taken_out() -> None:
    body = put_at_end("Hi", "Me\n")
    assert body == "Hi\n\n-- \nMe\n" and has_signature(body, "Me") and taken_out(body, "Me") == "Hi\n"
    assert taken_out("Me\n> -- \n> Me\n", "Me") == "Me\n> -- \n> Me\n", "only what stands there as it was put in"
    quoted_below = "Hi\n\n-- \nMe\n\n> old\n"
    assert taken_out(quoted_below, "Me") == "Hi\n\n> old\n"
    other = replace(ME, signature="Work", id="1d000002")
    assert re_signed(Draft(body=body), replace(ME, signature="Me"), other) == "Hi\n\n-- \nWork\n"
    assert re_signed(Draft(body="Hi\n\n-- \nmine\n"), ME, other) == "Hi\n\n-- \nmine\n", "what was changed by hand stays"
    assert re_signed(Draft(body="Hi\n"), replace(ME, signature=""), other) == "Hi\n\n-- \nWork\n"
    assert re_signed(Draft(body="Hi\n"), ME, other) == "Hi\n", "it was taken out by hand"
    assert re_signed(Draft(body=body), replace(ME, signature="Me"), replace(other, signature_place="none")) == "Hi\n"


# ---------------------------------------------------------------- words, drafts, memory


def test_the_words_of_an_answer_follow_the_language() -> None:
    assert attribution_in(USUAL, "pt_BR.UTF-8") == "Em {date}, {name} escreveu:"
    assert attribution_in(USUAL, "C") == attribution_in(USUAL, "") == USUAL
    assert attribution_in("{name}:", "de") == "{name}:"
    assert forward_words("fr").subject == "Objet" and forward_words("xx").subject == "Subject"


def test_what_is_settled_survives_the_drafts_folder() -> None:
    identity = replace(ME, on_behalf_of="The Boss <boss@example.net>")
    draft = Draft(
        identity=ME.id, from_=Address("Me", "me@example.org"), to=(ANA,), body="Hi\n", send_at=1_900_000_000,
        options=Options(delivery="trouble", no_reply=True, card=False),
    )  # fmt: skip
    raw = to_bytes(draft, identity, now=NOW)
    back = from_bytes(raw, (identity,))
    assert (back.options, back.send_at, back.from_) == (draft.options, draft.send_at, draft.from_)
    stranger = edit_as_new(read_message(raw.replace(b"me@example.org", b"spy@example.net")), (identity,))
    assert stranger.options.card is None and stranger.send_at == 0 and not stranger.options.delivery, "not for anybody to settle"


def test_a_mail_that_goes_later_is_sent_now(db: Database) -> None:
    row = queue(db, SETTINGS, Draft(identity=ME.id, to=(ANA,), body="Hi\n", send_at=4_000_000_000))
    assert (row.state, row.not_before) == ("waiting", 4_000_000_000) and b"2096" in outbox.wire(db, row.id)
    before = outbox.wire(db, row.id)
    assert send_now(db, row.id)
    [now] = outbox.rows(db)
    after = outbox.wire(db, row.id)
    assert (now.id, now.state, now.message_id) == (row.id, "queued", row.message_id)
    assert b"2096" not in after, "under the date of today"
    changed = [(old, new) for old, new in zip(before.split(b"\r\n"), after.split(b"\r\n"), strict=True) if old != new]
    assert [new.partition(b":")[0] for _, new in changed] == [b"Date"], "and nothing else changes"
    assert sender_choices.last(db, (Address("", "nobody@example.net"), Address("", "ANA@example.net"))) == ME.id


def test_the_server_is_chosen_by_ones_own_address(db: Database) -> None:
    identity = replace(ME, on_behalf_of="Boss <boss@example.net>", return_path="back@example.com")
    row = queue(db, replace(SETTINGS, identities=(identity,)), Draft(to=(ANA,), body="Hi\n"))
    assert row.sender == "back@example.com" and own_address(db, row) == "me@example.org"
    assert own_address(db, queue(db, SETTINGS, Draft(to=(ANA,)))) == "me@example.org"


def test_plus_addresses(db: Database) -> None:
    account = accounts.row_of(db, UID, local=True)
    inbox = folders.ensure(db, account, "Inbox", role="inbox").id
    head = "From: Shop <s@shop.example>\r\nDate: Tue, 10 Mar 2026 10:0{n}:00 +0000\r\nSubject: x\r\nMessage-ID: <{n}@x>\r\n"
    lines = (
        "To: me+shop@example.org", "To: x@x.org\r\nDelivered-To: ME+Shop@example.org", "To: you+shop@example.org",
        "To: me@example.org",
    )  # fmt: skip
    with db.write():
        for n, line in enumerate(lines):
            arrive_mail(db, inbox, account, f"{head.format(n=n)}{line}\r\n\r\nx\r\n".encode())
    [one] = used(db, (ME,))
    assert (one.address, one.count, one.sender) == ("me+shop@example.org", 2, "Shop")
    assert plus_address(ME, "Book Club") == "me+book-club@example.org"
    assert plus_address(replace(ME, address="me+x@example.org"), "book-club") == "me+book-club@example.org"
    for wrong in ("", "a@b", "ü", "x" * 50, "a\r\nb:c"):
        with pytest.raises(UsageError):
            plus_address(ME, wrong)
