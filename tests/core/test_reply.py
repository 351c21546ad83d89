"""Answers, forwarded and redirected mails: to whom, from whom, in which thread, with what in them."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.address import Address
from core.compose import build
from core.draft import ANSWERED, FORWARDED, Answers, ComposeError, Draft
from core.forward import forward, forward_attached, forward_subject
from core.message import Message, read_message
from core.quoting import quoted, readable_text, signed, signed_anew, without_signature
from core.redirect import redirect, without_fields
from core.reply import ALL, LIST, SENDER, Style, identity_for, reply, reply_references, reply_subject
from core.server_draft import edit_as_new
from core.settings.schema import Identity
from tests.depth import examples

NOW = datetime(2024, 5, 3, 14, 5, 6, tzinfo=UTC)
ME = Identity(id="00000001", account="aaaaaaaa", address="me@example.org", name="Ana", signature="Ana\nLisboa")
WORK = Identity(id="00000002", account="aaaaaaaa", address="ana@work.example")
BOTH = (ME, WORK)


def mail(body: str = "Hello\n", **fields: str) -> Message:
    lines = {
        "From": "João <joao@example.com>", "To": "me@example.org", "Subject": "Dinner", "Message-ID": "<2@example.com>",
        "Date": "Fri, 03 May 2024 14:05:06 +0200", **{name.replace("_", "-"): value for name, value in fields.items()},
    }  # fmt: skip
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    return read_message((head + "\r\n" + body.replace("\n", "\r\n")).encode())


def addrs(addresses: tuple[Address, ...]) -> list[str]:
    return [one.addr for one in addresses]


def people(message: Message, mode: str) -> tuple[list[str], list[str]]:
    draft = reply(message, BOTH, mode)
    return addrs(draft.to), addrs(draft.cc)


# ---------------------------------------------------------------- to whom


@pytest.mark.parametrize(
    ("fields", "mode", "to", "cc"),
    [
        ({}, SENDER, ["joao@example.com"], []),
        ({"Reply_To": "r@example.com"}, SENDER, ["r@example.com"], []),
        ({"Reply_To": "r@example.com"}, ALL, ["r@example.com"], []),
        ({"From": "", "Sender": "s@example.com"}, SENDER, ["s@example.com"], []),
        ({"To": "me@example.org, b@x.org", "Cc": "c@x.org, ana@work.example"}, SENDER, ["joao@example.com"], []),
        ({"To": "me@example.org, b@x.org", "Cc": "c@x.org, ana@work.example"}, ALL, ["joao@example.com"], ["b@x.org", "c@x.org"]),
        ({"To": "ME+news@Example.ORG, b@x.org", "Cc": "b@X.org"}, ALL, ["joao@example.com"], ["b@x.org"]),
        ({"To": "undisclosed-recipients:;"}, ALL, ["joao@example.com"], []),
        ({"From": "me@example.org", "To": "b@x.org", "Cc": "c@x.org, me@example.org"}, SENDER, ["b@x.org"], []),
        ({"From": "me@example.org", "To": "b@x.org", "Cc": "c@x.org, me@example.org"}, ALL, ["b@x.org"], ["c@x.org"]),
        ({"From": "me@example.org", "To": "me@example.org"}, SENDER, ["me@example.org"], []),
        ({"From": "me@example.org", "To": "me@example.org"}, ALL, ["me@example.org"], []),
        ({"Cc": "joao@example.com, broken@, half"}, ALL, ["joao@example.com"], []),
        ({"Mail_Followup_To": "evil@example.net", "Return_Path": "<evil@example.net>"}, ALL, ["joao@example.com"], []),
        ({"Errors_To": "evil@example.net", "Sender": "evil@example.net"}, SENDER, ["joao@example.com"], []),
    ],
)  # fmt: skip
def test_to_whom(fields: dict[str, str], mode: str, to: list[str], cc: list[str]) -> None:
    assert people(mail(**fields), mode) == (to, cc)


def test_to_the_list() -> None:
    message = mail(To="talk@lists.example", List_Post="<mailto:talk@lists.example?subject=x>")
    assert people(message, LIST) == (["talk@lists.example"], [])


@pytest.mark.parametrize("post", ["", "NO"])
def test_no_list_to_answer(post: str) -> None:
    with pytest.raises(ComposeError) as caught:
        reply(mail(List_Post=post), BOTH, LIST)
    assert caught.value.id == "no-list"


@pytest.mark.parametrize(
    ("fields", "identity"),
    [
        ({"To": "ana@work.example"}, WORK),
        ({"To": "Ana+shop@WORK.example"}, WORK),
        ({"To": "list@x.org", "Cc": "ana@work.example"}, WORK),
        ({"To": "list@x.org", "Delivered_To": "ana@work.example"}, WORK),
        ({"To": "list@x.org", "X_Original_To": "<ana+x@work.example>"}, WORK),
        ({"To": "me+x@example.org, ana@work.example"}, WORK),
        ({"To": "list@x.org"}, ME),
        ({"From": "ana@work.example", "To": "x@x.org", "Cc": "me@example.org"}, WORK),
        ({"From": "ana@work.example", "To": "me@example.org"}, ME),
    ],
)
def test_the_identity_that_the_mail_came_to(fields: dict[str, str], identity: Identity) -> None:
    assert identity_for(mail(**fields), BOTH) == identity
    draft = reply(mail(**fields), BOTH)
    assert draft.identity == identity.id
    asked = next((value for value in fields.values() if "+" in value and "," not in value), identity.address)
    assert draft.from_ == Address(identity.name, asked.strip("<>")) or asked.casefold() == "ana+shop@work.example"


def test_an_answer_comes_from_the_very_address_that_was_written_to() -> None:
    others = "*@zoe.example, old@example.com"
    shop = Identity(id="00000003", account="aaaaaaaa", address="zoe@example.net", name="Zoë", aliases=others)
    everyone = (*BOTH, shop)
    for to in ("zoe+shop@example.net", "anything@zoe.example", "old@example.com", "Old+x@example.com"):
        draft = reply(mail(To=to), everyone)
        assert (draft.identity, draft.from_) == (shop.id, Address("Zoë", to))
    assert reply(mail(To="ZOE@example.net"), everyone).from_.addr == "zoe@example.net"
    assert reply(mail(To="zoe@another.example"), everyone).identity == ME.id
    draft = reply(mail(To="x@x.org", Cc="new@zoe.example, zoe@example.net, ana@work.example, r@x.org"), everyone, ALL)
    assert draft.from_.addr == "zoe@example.net", "an address of its own comes before a whole domain"
    assert [one.addr for one in draft.to + draft.cc][1:] == ["x@x.org", "r@x.org"], "and all of one's own are left out"


def test_the_default_identity_and_none() -> None:
    message = mail(To="list@x.org")
    assert identity_for(message, BOTH, WORK.id) == WORK
    assert identity_for(message, ()) is None
    assert reply(message, ()).from_.addr == ""


# ---------------------------------------------------------------- subject and thread


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Dinner", "Re: Dinner"),
        ("Re: Dinner", "Re: Dinner"),
        ("RE: re: Re[2]: Dinner", "Re: Dinner"),
        ("AW: Dinner", "Re: Dinner"),
        ("Antw: RES: SV: Dinner", "Re: Dinner"),
        ("Re：Dinner", "Re: Dinner"),
        ("Re (3): Dinner", "Re: Dinner"),
        ("回复: 晚饭", "Re: 晚饭"),
        ("Fwd: Dinner", "Re: Fwd: Dinner"),
        ("[list] Re: Dinner", "Re: [list] Dinner"),
        ("Re: [list] Dinner", "Re: [list] Dinner"),
        ("Reverse: Dinner", "Re: Reverse: Dinner"),
        ("", "Re:"),
    ],
)
def test_the_subject_of_an_answer(subject: str, expected: str) -> None:
    assert reply_subject(subject) == expected
    assert reply_subject(expected) == expected


@pytest.mark.parametrize(
    ("subject", "expected"),
    [("Dinner", "Fwd: Dinner"), ("FW: WG: Dinner", "Fwd: Dinner"), ("Re: Dinner", "Fwd: Re: Dinner"), ("Tr : x", "Fwd: x")],
)
def test_the_subject_of_a_forwarded_mail(subject: str, expected: str) -> None:
    assert forward_subject(subject) == expected


@pytest.mark.parametrize(
    ("fields", "references"),
    [
        ({}, ("2@example.com",)),
        ({"References": "<0@x> <1@x>", "In_Reply_To": "<1@x>"}, ("0@x", "1@x", "2@example.com")),
        ({"In_Reply_To": "<1@x>"}, ("1@x", "2@example.com")),
        ({"References": "<0@x> <2@example.com>"}, ("0@x", "2@example.com")),
        ({"Message_ID": "", "References": "<0@x>"}, ("0@x",)),
    ],
)
def test_references(fields: dict[str, str], references: tuple[str, ...]) -> None:
    assert reply_references(mail(**fields).envelope) == references


def test_an_answer_knows_what_it_answers() -> None:
    draft = reply(mail(), BOTH, row=77)
    assert draft.answers == Answers(77, "2@example.com", ANSWERED)
    assert draft.in_reply_to == "2@example.com"
    headers = email.message_from_bytes(build(draft, ME, now=NOW).wire)
    assert (headers["In-Reply-To"], headers["References"]) == ("<2@example.com>", "<2@example.com>")


# ---------------------------------------------------------------- text


def test_the_text_of_an_answer() -> None:
    message = mail("Shall we?\n\n> I am hungry\n\n-- \nJoão\n")
    assert reply(message, BOTH, style=Style("On {date}, {name} <{address}> wrote:")).body == (
        "On 2024-05-03 14:05, João <joao@example.com> wrote:\n> Shall we?\n>\n>> I am hungry\n\n\n-- \nAna\nLisboa\n"
    )
    assert reply(message, BOTH, style=Style("{name}:", above=True, signature=False)).body == (
        "\n\nJoão:\n> Shall we?\n>\n>> I am hungry\n"
    )
    assert reply(message, BOTH, style=Style(quote=False, signature=False)).body == "\n"
    assert reply(message, BOTH, style=Style("", signature=False), text="only\nthis").body == "> only\n> this\n\n"


def test_a_pattern_fills_in_nothing_else() -> None:
    assert reply(mail(), (), style=Style("{name.__class__} {x} {}")).body.startswith("{name.__class__} {x} {}\n")


def test_flowed_paragraphs_are_quoted_whole() -> None:
    message = mail("one two \nthree\n> deep \n> er\n", Content_Type="text/plain; format=flowed")
    assert readable_text(message) == "one two three\n> deep er"


def test_html_is_quoted_as_text() -> None:
    message = mail("<p>Olá <b>Ana</b></p><script>x</script>", Content_Type="text/html; charset=utf-8")
    body = reply(message, ()).body
    assert "> Olá" in body
    assert "<b>" not in body
    assert "script" not in body


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\n-- \nsig", "a"),
        ("-- \nsig", ""),
        ("a\n-- \nsig\n> quoted below", "a\n-- \nsig\n> quoted below"),
        ("a --\nb", "a --\nb"),
    ],
)
def test_signatures_are_not_quoted(text: str, expected: str) -> None:
    assert without_signature(text) == expected


def test_another_signature() -> None:
    body = signed("Hi\n", "Ana")
    assert body == "Hi\n\n-- \nAna\n"
    assert signed_anew(body, "Ana", "A. Sousa") == "Hi\n\n-- \nA. Sousa\n"
    assert signed_anew(body, "Ana", "") == "Hi\n"
    assert signed_anew(body + "more", "Ana", "x") == body + "more"
    assert signed_anew("Hi\n", "", "Ana") == "Hi\n"


@settings(max_examples=examples(200), deadline=None)
@given(st.text(alphabet="ab >-\n", max_size=200))
def test_every_quoted_line_has_its_mark(text: str) -> None:
    assert all(line.startswith(">") for line in quoted(text).split("\n"))


@settings(max_examples=examples(150), deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["From", "To", "Cc", "Reply-To", "Subject", "Message-ID", "References", "In-Reply-To", "Date"]),
            st.text(alphabet=st.characters(exclude_characters="\r\n"), max_size=80)
            | st.sampled_from(["=?utf-8?q?a=0D=0ABcc:_x@evil.example?= <a@b>", "<a\x00b@c>", "\"a\\\r\n\tb\" <x@y>", "<" * 300]),
        ),
        max_size=8,
    ),
    st.sampled_from([SENDER, ALL]),
)  # fmt: skip
def test_an_answer_to_anything_is_a_proper_mail(fields: list[tuple[str, str]], mode: str) -> None:
    raw = "".join(f"{name}: {value}\r\n" for name, value in fields).encode("utf-8", "surrogatepass") + b"\r\nText\r\n"
    draft = reply(read_message(raw), BOTH, mode)
    try:
        built = build(draft, ME, now=NOW)
    except ComposeError as error:
        assert error.id in ("no-recipients", "address-invalid")
    else:
        assert not any("evil" in to for to in built.recipients)


# ---------------------------------------------------------------- forwarding

TWO_PARTS = (
    b"From: =?utf-8?q?Jo=C3=A3o?= <joao@example.com>\r\nTo: me@example.org\r\nBcc: secret@example.net\r\nSubject: Plans\r\n"
    b'Message-ID: <9@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nOl\xc3\xa1\r\n"
    b'--b\r\nContent-Type: text/csv; charset=iso-8859-1; name="a.csv"\r\nContent-Disposition: attachment; filename="a.csv"\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\n4Tti\r\n"
    b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninside\r\n"
    b"--b--\r\n"
)


def test_forwarding_inline_keeps_text_and_files() -> None:
    draft = forward(read_message(TWO_PARTS), BOTH, row=5)
    assert draft.subject == "Fwd: Plans"
    assert draft.answers == Answers(5, "9@example.com", FORWARDED)
    assert (draft.in_reply_to, draft.references, draft.to) == ("", (), ())
    assert "From: João <joao@example.com>\nSubject: Plans\nTo: me@example.org\n\nOlá\n" in draft.body
    assert "secret" not in draft.body
    assert draft.body.endswith("-- \nAna\nLisboa\n")
    table, inner = draft.attachments
    assert (table.name, table.type, table.charset, table.data) == ("a.csv", "text/csv", "iso-8859-1", b"\xe1;b")
    assert inner.type == "message/rfc822"
    assert (inner.data or b"").startswith(b"Subject: inner\r\n\r\ninside")
    built = build(Draft(**{**_fields(draft), "to": (Address("", "x@y.org"),)}), ME, now=NOW)
    parts = list(email.message_from_bytes(built.wire, policy=email.policy.default).iter_attachments())
    assert [part.get_content_type() for part in parts] == ["text/csv", "message/rfc822"]


def _fields(draft: Draft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in Draft.__dataclass_fields__}


def test_forwarding_as_attachment_keeps_the_bytes_but_for_bcc() -> None:
    draft = forward_attached([read_message(TWO_PARTS)], BOTH, row=5)
    [file] = draft.attachments
    assert (file.name, file.type) == ("Plans.eml", "message/rfc822")
    assert file.data == TWO_PARTS.replace(b"Bcc: secret@example.net\r\n", b"")
    assert draft.answers == Answers(5, "9@example.com", FORWARDED)
    assert forward_attached([read_message(TWO_PARTS)] * 2, BOTH).answers is None


@pytest.mark.parametrize("subject", ["../../etc/passwd", "a\tb:c*?", "", ". ."])
def test_names_of_forwarded_mails(subject: str) -> None:
    [file] = forward_attached([mail(Subject=subject)], BOTH).attachments
    assert not set(file.name) & set('/\\:*?"<>|\t')
    assert file.name.endswith(".eml")
    assert not file.name.startswith(".")


# ---------------------------------------------------------------- redirecting


def test_redirecting_changes_nothing_below_the_new_fields() -> None:
    built = redirect(TWO_PARTS, ME, [Address("Zé", "ze@example.net")], now=NOW, bcc=[Address("", "b@x.org")], message_id="r@x")
    original = TWO_PARTS.replace(b"Bcc: secret@example.net\r\n", b"")
    assert built.wire.endswith(original)
    added = built.wire[: -len(original)].decode().split("\r\n")
    assert added == [
        "Resent-Date: Fri, 03 May 2024 14:05:06 +0000",
        "Resent-From: Ana <me@example.org>",
        "Resent-To: =?utf-8?b?WsOp?= <ze@example.net>",
        "Resent-Message-ID: <r@x>",
        "",
    ]
    assert built.recipients == ("ze@example.net", "b@x.org")
    assert built.sender == "me@example.org"
    assert b"b@x.org" not in built.wire
    assert b"Resent-Bcc: b@x.org\r\n" in built.sent_copy


@pytest.mark.parametrize(
    ("raw", "rest"),
    [
        (b"From x@y Fri May  3\nSubject: a\n\nb\n", b"Subject: a\r\n\r\nb\r\n"),
        (b" folded\r\nSubject: a\r\n\r\nb", b"Subject: a\r\n\r\nb\r\n"),
        (b"Return-Path: <x@y>\r\nA: b\r\nBcc: x,\r\n y\r\n\r\nc\r\n", b"A: b\r\n\r\nc\r\n"),
        (b"A: b\r\nBCC : x\r\n\r\n\r\nc\r\n", b"A: b\r\n\r\n\r\nc\r\n"),
        (b"\r\nonly text\r\n", b"\r\nonly text\r\n"),
        (b"A: b", b"A: b\r\n"),
    ],
)
def test_redirecting_odd_mails(raw: bytes, rest: bytes) -> None:
    built = redirect(raw, ME, [Address("", "ze@example.net")], now=NOW, message_id="r@x")
    assert built.wire.partition(b"Resent-Message-ID: <r@x>\r\n")[2] == rest


def test_what_cannot_be_redirected() -> None:
    with pytest.raises(ComposeError) as caught:
        redirect(b"A: b\r\n\r\n" + b"x" * 1500, ME, [Address("", "z@x.org")], now=NOW)
    assert caught.value.id == "redirect-unfit"
    with pytest.raises(ComposeError):
        redirect(b"A: b\r\n\r\nx", ME, [], now=NOW)
    with pytest.raises(ComposeError):
        redirect(b"A: b\r\n\r\nx", ME, [Address("", "z@x.org\r\nBcc: y")], now=NOW)


def test_taking_fields_out_touches_nothing_else() -> None:
    assert without_fields(b"A: 1\nB: 2\n 3\nC: 4\n\nB: 5\n", ("b",)) == b"A: 1\nC: 4\n\nB: 5\n"
    assert without_fields(b"B: 2\r\n\r\nx", ("b",)) == b"\r\nx"
    assert without_fields(b"A: 1\rB: 2\r\n\r\nx", ("b",)) == b"A: 1\rB: 2\r\n\r\nx"


@settings(max_examples=examples(200), deadline=None)
@given(st.binary(max_size=300))
def test_taking_out_fields_that_are_not_there_changes_nothing(raw: bytes) -> None:
    assert without_fields(raw, ("no-such-field",)) == raw


# ---------------------------------------------------------------- edit as new


def test_edit_as_new() -> None:
    mine = read_message(TWO_PARTS.replace(b"=?utf-8?q?Jo=C3=A3o?= <joao@example.com>", b"Ana S. <ana@work.example>"))
    draft = edit_as_new(mine, BOTH)
    assert (draft.identity, draft.from_) == (WORK.id, Address("Ana S.", "ana@work.example"))
    assert (addrs(draft.to), addrs(draft.bcc)) == (["me@example.org"], ["secret@example.net"])
    assert (draft.subject, draft.body, draft.answers) == ("Plans", "Olá\n", None)
    assert draft.attachments[0].name == "a.csv"
    theirs = edit_as_new(mail(References="<1@x>", Reply_To="r@x.org"), BOTH)
    assert (theirs.identity, theirs.from_.addr, theirs.references, theirs.reply_to) == (ME.id, ME.address, (), ())
