"""Building mails: the bytes, the envelope, and that no field can bring in a header or a recipient."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime
from email.utils import getaddresses
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.address import Address
from core.compose import Built, build, file_name, new_message_id, wire_address, wire_text
from core.draft import Attachment, ComposeError, Draft, Options
from core.encoded_word import one_line
from core.header import read_headers
from core.settings.schema import Identity
from core.words import decode_words
from tests.depth import examples

NOW = datetime(2024, 5, 3, 14, 5, 6, tzinfo=UTC)
ANA = Identity(id="0a1b2c3d", account="aaaaaaaa", address="ana@example.org", name="Ana Sousa")
JOAO = Address("João Nunes", "joao@example.com")


def made(**fields: Any) -> Built:
    return build(Draft(**{"to": (JOAO,), **fields}), ANA, now=NOW)


def parsed(data: bytes) -> Any:
    return email.message_from_bytes(data, policy=email.policy.default)


def names(data: bytes) -> list[str]:
    return [name.lower() for name, _ in read_headers(data).items()]


def test_a_plain_mail() -> None:
    built = build(Draft(to=(JOAO,), subject="Olá", body="Até já.\n"), ANA, now=NOW, message_id="fixed@example.org")
    mail = parsed(built.wire)
    assert built.sender == "ana@example.org"
    assert built.recipients == ("joao@example.com",)
    assert built.message_id == "fixed@example.org"
    assert mail["From"] == "Ana Sousa <ana@example.org>"
    assert mail["To"] == "João Nunes <joao@example.com>"
    assert mail["Subject"] == "Olá"
    assert mail["Date"] == "Fri, 03 May 2024 14:05:06 +0000"
    assert mail["Message-ID"] == "<fixed@example.org>"
    assert mail.get_content_type() == "text/plain"
    assert mail["Content-Type"].params == {"charset": "utf-8", "format": "flowed"}
    assert mail.get_content() == "Até já.\r\n"
    assert built.wire == built.sent_copy


def test_ascii_text_is_seven_bits_and_us_ascii() -> None:
    mail = parsed(made(body="Hello").wire)
    assert (mail["Content-Transfer-Encoding"], mail["Content-Type"].params["charset"]) == ("7bit", "us-ascii")


def test_the_shorter_encoding_is_taken() -> None:
    assert parsed(made(body="Um café, por favor. " * 20).wire)["Content-Transfer-Encoding"] == "quoted-printable"
    assert parsed(made(body="Привет, как дела? " * 20).wire)["Content-Transfer-Encoding"] == "base64"


def test_bcc_stands_in_the_sent_copy_only() -> None:
    built = made(cc=(Address("", "c@example.net"),), bcc=(Address("Segredo", "secret@example.net"),))
    assert built.recipients == ("joao@example.com", "c@example.net", "secret@example.net")
    assert b"secret" not in built.wire
    assert parsed(built.sent_copy)["Bcc"] == "Segredo <secret@example.net>"
    assert built.sent_copy.replace(b"Bcc: Segredo <secret@example.net>\r\n", b"") == built.wire


def test_bcc_alone_is_enough() -> None:
    built = build(Draft(bcc=(Address("", "secret@example.net"),)), ANA, now=NOW)
    assert built.recipients == ("secret@example.net",)
    assert parsed(built.wire)["To"] == "undisclosed-recipients:;"
    assert b"secret" not in built.wire


def test_cc_alone_needs_no_to() -> None:
    assert "to" not in names(build(Draft(cc=(JOAO,)), ANA, now=NOW).wire)


def test_a_recipient_named_twice_gets_one_mail() -> None:
    assert made(cc=(JOAO,), bcc=(Address("x", "joao@example.com"),)).recipients == ("joao@example.com",)


def test_nobody_to_send_to() -> None:
    with pytest.raises(ComposeError) as caught:
        build(Draft(subject="x"), ANA, now=NOW)
    assert caught.value.id == "no-recipients"


@pytest.mark.parametrize(
    "addr",
    ["", "joao", "@example.org", "a@", "a b@example.org", "a@b c", "a@-x.org", "a@exa_\u2028.org", "a,b@x.org",
     "a@x.org>\r\nRCPT TO:<b@x.org", "\ud800@x.org", "a@x..org", "x" * 250 + "@example.org", "a\u202eb@x.org"],
)  # fmt: skip
def test_what_no_server_could_take_is_refused(addr: str) -> None:
    with pytest.raises(ComposeError) as caught:
        made(to=(Address("", addr),))
    assert caught.value.id == "address-invalid"


def test_half_an_address_is_refused_and_named() -> None:
    with pytest.raises(ComposeError) as caught:
        made(typed=(("cc", "joh"),))
    assert caught.value.values == {"field": "cc", "address": "joh"}


@pytest.mark.parametrize(
    ("addr", "wire"),
    [
        ("ana@Café.example", "ana@xn--caf-dma.example"),
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
        ("дима@example.org", "дима@example.org"),
        ('"a b"@example.org', '"a b"@example.org'),
        ("a@[192.0.2.1]", "a@[192.0.2.1]"),
        ("a+tag@localhost", "a+tag@localhost"),
    ],
)
def test_addresses_on_the_wire(addr: str, wire: str) -> None:
    assert wire_address(Address("", addr)) == wire


def test_an_international_local_part_stands_in_utf8() -> None:
    built = made(to=(Address("Дима", "дима@почта.example"),))
    assert built.recipients == ("дима@xn--80a1acny.example",)
    assert "<дима@xn--80a1acny.example>".encode() in built.wire


def test_the_message_id_tells_nothing_but_the_domain() -> None:
    first, second = new_message_id("a@example.org"), new_message_id("a@example.org")
    assert first != second
    assert first.endswith("@example.org")
    assert new_message_id("a@[192.0.2.1]").endswith("@localhost")


def test_threading_headers() -> None:
    built = made(in_reply_to="b@x", references=("a@x", "b@x"))
    headers = read_headers(built.wire)
    assert headers.get("In-Reply-To") == "<b@x>"
    assert headers.get("References") == "<a@x> <b@x>"


def test_long_references_keep_the_first_and_the_newest_whole() -> None:
    ids = tuple(f"{'x' * 200}.{number}@example.org" for number in range(200))
    references = read_headers(made(references=ids).wire).get("References").split()
    assert len(references) == 50
    assert references[0] == f"<{ids[0]}>"
    assert references[1:] == [f"<{one}>" for one in ids[-49:]]


def test_wishes_and_identity_fields() -> None:
    me = Identity(id="0a1b2c3d", account="aaaaaaaa", address="a@x.org", organisation="Ação", reply_to="r@x.org")
    draft = Draft(to=(JOAO,), options=Options(priority="high", receipt=True))
    mail = parsed(build(draft, me, now=NOW).wire)
    assert (mail["Importance"], mail["X-Priority"]) == ("high", "1 (Highest)")
    assert b"Disposition-Notification-To: a@x.org\r\n" in build(draft, me, now=NOW).wire
    assert mail["Reply-To"] == "r@x.org"
    assert mail["Organization"] == "Ação"


def test_attachments_come_out_byte_for_byte(tmp_path: Path) -> None:
    file = tmp_path / "Relatório final — versão 3.pdf"
    file.write_bytes(bytes(range(256)) * 50)
    text = b"linha\r\noutra\nfim"
    built = made(
        body="Segue.",
        attachments=(
            Attachment(file.name, path=str(file)),
            Attachment("../../etc/a\r\nb.txt", data=text),
            Attachment("", type="text/html\r\nX-Bad: 1", data=b"<p>"),
        ),
    )
    mail = parsed(built.wire)
    first, second, third = mail.iter_attachments()
    assert (first.get_filename(), first.get_content_type()) == (file.name, "application/pdf")
    assert first.get_content() == file.read_bytes()
    assert (second.get_filename(), second.get_content_type()) == ("a b.txt", "text/plain")
    assert second.get_payload(decode=True) == text
    assert (third.get_filename(), third.get_content_type()) == ("attachment", "application/octet-stream")
    assert mail.get_body().get_content() == "Segue.\r\n"
    assert max(map(len, built.wire.split(b"\r\n"))) <= 78


def test_a_mail_is_attached_unchanged() -> None:
    inner = b"Subject: =?utf-8?q?caf=C3=A9?=\r\n  folded\r\nX-Y:no blank\r\n\r\nh\xe9llo  \r\n.\r\nno end"
    built = made(attachments=(Attachment("mail.eml", "message/rfc822", data=inner),))
    assert inner in built.wire
    part = next(parsed(built.wire).iter_attachments())
    assert (part.get_content_type(), part["Content-Transfer-Encoding"]) == ("message/rfc822", "8bit")


@pytest.mark.parametrize("inner", [b"S: x\r\n\r\n" + b"y" * 2000, b"S: x\r\n\r\na\0b", b"S: x\r\n\r\na\rb"])
def test_a_mail_that_no_server_carries_is_attached_as_a_file(inner: bytes) -> None:
    part = next(parsed(made(attachments=(Attachment("m.eml", "message/rfc822", data=inner),)).wire).iter_attachments())
    assert part.get_content_type() == "application/octet-stream"
    assert part.get_content() == inner


def test_an_attachment_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(ComposeError) as caught:
        made(attachments=(Attachment("x", path=str(tmp_path / "gone")),))
    assert caught.value.id == "attachment-unreadable"
    assert caught.value.values["path"].endswith("gone")


def test_many_recipients_stay_fast_and_short() -> None:
    everyone = tuple(Address(f"Zoë {number}", f"z{number}@example.org") for number in range(5000))
    built = made(to=everyone)
    assert len(built.recipients) == 5000
    assert max(map(len, built.wire.split(b"\r\n"))) <= 78


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("/etc/passwd", "passwd"),
        ("..\\..\\x.exe", "x.exe"),
        ("..", "attachment"),
        ("a\0b", "a b"),
        ("-rf", "-rf"),
        ("", "attachment"),
    ],
)
def test_file_names_lose_their_folders(name: str, safe: str) -> None:
    assert file_name(name) == safe


_HOSTILE = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="\r\n\t \0:=?<>@,;\"'\\utf-8bq_.é字🎉\u2028\x85\ud800Bcc", max_size=60),
    st.sampled_from(["x\r\nBcc: evil@example.net", "=?utf-8?q?a=0D=0ABcc:_evil@example.net?=", "a\n\nbody", "=?x?=", "a" * 3000]),
)  # fmt: skip
_LOCALS = st.text(alphabet="abcXYZ019!#$%&'*+/=?^_`{|}~-é字", min_size=1, max_size=40)
_ADDRESSES = st.builds(Address, _HOSTILE, st.builds("{}@{}".format, _LOCALS, st.sampled_from(["example.org", "bücher.example"])))


@settings(max_examples=examples(300), deadline=None)
@given(
    subject=_HOSTILE,
    body=_HOSTILE,
    to=st.lists(_ADDRESSES, max_size=4),
    bcc=st.lists(_ADDRESSES, min_size=1, max_size=3),
    sender=_ADDRESSES,
    reply_to=st.lists(_ADDRESSES, max_size=2),
    replied=_HOSTILE,
    references=st.lists(_HOSTILE, max_size=4),
    file=st.none() | st.tuples(_HOSTILE, _HOSTILE, st.binary(max_size=200), _HOSTILE),
    flowed=st.booleans(),
)
def test_no_field_brings_in_a_header_or_a_recipient(
    subject: str, body: str, to: list[Address], bcc: list[Address], sender: Address, reply_to: list[Address],
    replied: str, references: list[str], file: tuple[str, str, bytes, str] | None, flowed: bool,
) -> None:  # fmt: skip
    files = (Attachment(file[0], file[1], data=file[2], charset=file[3]),) if file else ()
    draft = Draft(
        from_=sender, to=tuple(to), bcc=tuple(bcc), reply_to=tuple(reply_to), subject=subject, body=body,
        in_reply_to=replied, references=tuple(references), attachments=files, options=Options(flowed=flowed),
    )  # fmt: skip
    built = build(draft, ANA, now=NOW)
    allowed = {
        "date", "from", "reply-to", "to", "subject", "message-id", "in-reply-to", "references",
        "mime-version", "content-type", "content-transfer-encoding",
    }  # fmt: skip
    assert set(names(built.wire)) <= allowed
    assert len(names(built.wire)) == len(set(names(built.wire)))
    assert names(built.sent_copy).count("bcc") == 1
    for data in (built.wire, built.sent_copy):
        bare = data.replace(b"\r\n", b"")
        assert not set(b"\r\n\0") & set(bare)
        assert max(map(len, data.split(b"\r\n"))) <= 998
    assert set(built.recipients) == {wire_address(one) for one in (*to, *bcc)}
    headers = read_headers(built.wire)
    written = [wire_address(one) for one in to]
    assert [addr for _, addr in getaddresses(headers.all("To")) if addr] == written
    assert decode_words(headers.get("Subject")) == decode_words(one_line(subject)) or "=?" in subject


@settings(max_examples=examples(300), deadline=None)
@given(st.text(max_size=400))
def test_the_text_comes_back(text: str) -> None:
    draft = Draft(to=(JOAO,), body=text)
    mail = email.message_from_bytes(build(draft, ANA, now=NOW).wire)
    data = mail.get_payload(decode=True)
    assert isinstance(data, bytes)
    assert data.decode("utf-8").replace("\r\n", "\n").removesuffix("\n") == wire_text(draft).removesuffix("\n")
