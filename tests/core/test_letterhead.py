"""What a sender adds to its mail, what it enforces, my card; and that none of it brings in a header."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from core.address import Address
from core.business_card import read_cards
from core.compose import Built, build
from core.draft import MARKDOWN, ComposeError, Draft, Options
from core.header import read_headers
from core.letterhead import begun, dressed, is_locked
from core.own_card import made_card, own_card, public
from core.sending import as_sent
from core.settings import Account, Settings, checks
from core.settings.schema import Contacts, Identity
from core.settings.writing import written
from tests.depth import examples
from tests.pictures import png

NOW = datetime(2024, 5, 3, 14, 5, 6, tzinfo=UTC)
UID = "aaaaaaaa"
ANA = Identity(id="0a1b2c3d", account=UID, address="ana@example.org", name="Ana Sousa")
JOAO = Address("João", "joao@example.com")
ACCOUNT = Account(id=UID, name="a", kind="local", email="ana@example.org")


def parsed(built: Built) -> Any:
    return email.message_from_bytes(built.wire, policy=email.policy.default)


def sent(identity: Identity, account: Account = ACCOUNT, **fields: Any) -> Built:
    all = Settings(accounts=(account,), identities=(identity,))
    draft = Draft(**{"identity": identity.id, "to": (JOAO,), "body": "Hello\n", **fields})
    return build(as_sent(all, draft), identity, now=NOW)


def test_on_behalf_of_somebody() -> None:
    built = sent(replace(ANA, on_behalf_of="Café Zoë <zoe@example.net>", return_path="back@example.org", organisation="Café"))
    mail = parsed(built)
    assert (mail["From"], mail["Sender"]) == ("Café Zoë <zoe@example.net>", "Ana Sousa <ana@example.org>")
    assert built.sender == "back@example.org" and built.message_id.endswith("@example.org") and mail["Organization"] == "Café"
    alone = parsed(sent(replace(ANA, on_behalf_of="Me <ANA@example.org>")))
    assert alone["Sender"] is None and alone["From"] == "Ana Sousa <ana@example.org>"


def test_receipts_go_where_the_sender_says() -> None:
    identity = replace(ANA, receipts=True, receipt_to="seen@example.org")
    draft = begun(Draft(to=(JOAO,)), identity)
    assert parsed(sent(identity, options=draft.options))["Disposition-Notification-To"] == "seen@example.org"
    assert parsed(sent(identity))["Disposition-Notification-To"] is None, "the mail says otherwise"
    assert parsed(sent(ANA, options=Options(receipt=True)))["Disposition-Notification-To"] == "ana@example.org"


def test_the_footer_stands_below_the_signature() -> None:
    identity = replace(ANA, footer=True, footer_text="Example, Lda.\r\nRua 1\n")
    assert dressed(Draft(body="Hi\n\n-- \nAna\n"), identity).body == "Hi\n\n-- \nAna\n\nExample, Lda.\nRua 1\n"
    assert dressed(Draft(body=""), identity).body == "Example, Lda.\nRua 1\n"
    assert dressed(Draft(body="Hi"), replace(identity, footer=False)).body == "Hi"
    assert parsed(sent(identity)).get_content() == "Hello\r\n\r\nExample, Lda.\r\nRua 1\r\n"


def test_what_is_enforced_cannot_be_changed() -> None:
    identity = replace(ANA, enforce=True, reply_to="desk@example.org", receipts=True, aliases="info@example.org")
    mail = parsed(sent(
        identity, from_=Address("The Boss", "boss@example.com"), reply_to=(Address("", "me@home.example"),),
        options=Options(receipt=False, card=True),
    ))  # fmt: skip
    assert mail["From"] == "Ana Sousa <ana@example.org>" and mail["Reply-To"] == "desk@example.org"
    assert mail["Disposition-Notification-To"] == "ana@example.org" and not list(mail.iter_attachments())
    assert parsed(sent(identity, from_=Address("X", "ana+shop@example.org")))["From"] == "Ana Sousa <ana+shop@example.org>"
    assert parsed(sent(identity, from_=Address("X", "info@example.org")))["From"] == "Ana Sousa <info@example.org>"
    assert is_locked(identity, "from") and not is_locked(identity, "subject") and not is_locked(ANA, "from")


def test_no_answer_is_needed() -> None:
    once = sent(ANA, subject="Parking", options=Options(no_reply=True))
    assert parsed(once)["Subject"] == "Parking (no reply needed)"
    again = sent(ANA, subject="Parking (No reply needed)", options=Options(no_reply=True))
    assert parsed(again)["Subject"] == "Parking (No reply needed)"


def test_a_blind_copy_for_the_archive() -> None:
    account = replace(ACCOUNT, sent_bcc="Archive@example.org")
    built = sent(ANA, account)
    assert built.recipients == ("joao@example.com", "Archive@example.org") and b"rchive@" not in built.wire
    known = sent(ANA, account, cc=(Address("", "archive@example.org"),))
    assert known.recipients == ("joao@example.com", "archive@example.org")


# ---------------------------------------------------------------- my card


def test_a_card_is_made_of_the_sender() -> None:
    identity = replace(ANA, name="Ana; Sousa, Zé", organisation="A very long name of a café " * 4)
    (card,) = read_cards(made_card(identity).decode())
    assert card.name == "Ana; Sousa, Zé" and [line.text for line in card.lines if line.kind == "mail"] == ["ana@example.org"]
    assert max(map(len, made_card(identity).split(b"\r\n"))) <= 75


def test_the_card_goes_without_notes_and_tags(tmp_path: Path) -> None:
    raw = (
        b"BEGIN:VCARD\nVERSION:4.0\nFN:Ana\nNOTE:secret one\n continued secret\nitem1.NOTE;LANGUAGE=en:secret two\n"
        b"CATEGORIES:secret\nEMAIL;TYPE=work:Ana@Example.org\nNOTE;ENCODING=QUOTED-PRINTABLE:a=\nTEL:secret three\n"
        b"X-THING:secret\nTEL:+351 1\nEND:VCARD\n"
    )
    public_card = b"BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ana\r\nEMAIL;TYPE=work:Ana@Example.org\r\nTEL:+351 1\r\nEND:VCARD\r\n"
    assert public(raw) == public_card and public(b"no card") == b""
    (tmp_path / "me.vcf").write_bytes(raw)
    (tmp_path / "other.vcf").write_bytes(raw.replace(b"Ana@", b"Other@").replace(b"FN:Ana", b"FN:Other"))
    for contacts in (Contacts(folder=str(tmp_path)), Contacts(own_card=str(tmp_path / "me.vcf"))):
        assert own_card(Settings(contacts=contacts), ANA).data == public_card
    assert own_card(Settings(contacts=Contacts(folder=str(tmp_path / "none"))), ANA).data == made_card(ANA)


def test_the_card_is_attached_unless_the_mail_says_no() -> None:
    identity = replace(ANA, card=True)
    for who, options, wanted in (
        (identity, Options(), 1), (identity, Options(card=False), 0), (ANA, Options(card=True), 1), (ANA, Options(), 0),
    ):  # fmt: skip
        files = list(parsed(sent(who, options=options)).iter_attachments())
        assert [(one.get_filename(), one.get_content_type()) for one in files] == [("card.vcf", "text/vcard")] * wanted


# ---------------------------------------------------------------- nothing gets in


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("on_behalf_of", "two@example.org, three@example.org"), ("on_behalf_of", "x\r\nBcc: y@example.org"),
        ("on_behalf_of", "nobody"), ("return_path", "a b@example.org"), ("receipt_to", "x@example.org\nTo: y@example.org"),
        ("aliases", "*"), ("aliases", "a@example.org, nobody"), ("signature", "x" * 16_385), ("footer_text", "\x1b[31m"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(field: str, value: str) -> None:
    names = {
        "on_behalf_of": checks.mailbox_or_nothing, "return_path": checks.address_or_nothing,
        "receipt_to": checks.address_or_nothing, "aliases": checks.address_patterns,
        "signature": checks.signature, "footer_text": checks.signature,
    }  # fmt: skip
    assert names[field](value)


_HOSTILE = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["x\r\nBcc: evil@example.net", "=?utf-8?q?a=0D=0ABcc:_e@example.net?=", "a\n\nb", "e" * 2000]),
)


@settings(max_examples=examples(150), deadline=None)
@given(
    name=_HOSTILE, organisation=_HOSTILE, on_behalf_of=_HOSTILE, reply_to=_HOSTILE, return_path=_HOSTILE, receipt_to=_HOSTILE,
    footer_text=_HOSTILE, word=_HOSTILE,
)  # fmt: skip
def test_no_value_of_a_sender_brings_in_a_header(word: str, **values: str) -> None:
    """The settings' checks aside: a file edited by hand is read by them, but nothing relies on it."""
    identity = replace(ANA, footer=True, receipts=True, card=True, **values)
    all = Settings(accounts=(ACCOUNT,), identities=(identity,))
    all = replace(all, compose=replace(all.compose, no_reply_word=word))
    draft = Draft(identity=identity.id, to=(JOAO,), options=Options(no_reply=True, receipt=True))
    try:
        built = build(as_sent(all, draft), identity, now=NOW)
    except ComposeError as error:
        assert error.id in ("address-invalid", "mail-malformed")
        return
    allowed = {
        "date", "from", "sender", "reply-to", "to", "subject", "message-id", "organization", "disposition-notification-to",
        "mime-version", "content-type", "content-transfer-encoding",
    }  # fmt: skip
    names = [field.lower() for field, _ in read_headers(built.wire).items()]
    assert set(names) <= allowed and len(names) == len(set(names))
    assert built.recipients == ("joao@example.com",)
    assert not set(b"\r\n\0") & set(built.wire.replace(b"\r\n", b""))


def test_a_sender_survives_the_file() -> None:
    identity = replace(
        ANA, default=True, aliases="*@ana.example", on_behalf_of="Zoë <zoe@example.net>", signature="a\nb", enforce=True,
        signature_rich="**a** ![](logo.png)", signature_place="cursor", footer=True, footer_text="x\ny", logo="~/logo.png",
        card=True, language="pt", receipts=True, receipt_to="r@example.org", return_path="p@example.org",
    )  # fmt: skip
    from core.settings.reading import read

    new = Settings(accounts=(ACCOUNT,), identities=(identity,))
    assert read(written("", Settings(), new)) == new


def test_the_logo_stands_above_rich_text_and_nowhere_else(tmp_path: Path) -> None:
    logo = tmp_path / "our logo.png"
    logo.write_bytes(png(8, 8))
    identity = replace(ANA, organisation="Azul [SA]", logo=str(logo))
    mail = parsed(sent(identity, body="Hello *you*", options=Options(format=MARKDOWN)))
    text, page = mail.get_body(("plain",)).get_content(), mail.get_body(("html",)).get_content()
    assert text.startswith("[Azul SA]") and "Hello" in text
    [image] = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert f'src="cid:{image["Content-ID"].strip("<>")}"' in page and page.index("cid:") < page.index("Hello")
    plain = parsed(sent(identity, body="Hello"))
    assert plain.get_content_type() == "text/plain" and plain.get_content().strip() == "Hello"
