"""Drafts: as JSON in the store, as mails on the server, as text in an editor."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.address import Address
from core.draft import ANSWERED, FORWARDED, Answers, Attachment, ComposeError, Draft, Options
from core.editor_text import from_editor_text, read_field, to_editor_text
from core.header import read_headers
from core.server_draft import FIELD, from_bytes, to_bytes
from core.settings.schema import Identity
from tests.depth import examples

NOW = datetime(2024, 5, 3, 14, 5, 6, tzinfo=UTC)
ME = Identity(id="0a1b2c3d", account="aaaaaaaa", address="ana@example.org", name="Ana")
FULL = Draft(
    identity="0a1b2c3d",
    from_=Address("Ana", "ana@example.org"),
    to=(Address("João", "joao@example.com"), Address("", "b@x.org")),
    cc=(Address("Sousa, R.", "r@x.org"),),
    bcc=(Address("", "secret@x.org"),),
    reply_to=(Address("", "answers@x.org"),),
    subject="Olá [/x] Ω",
    body="Linha um\n\n> citação\n\n-- \nAna\n",
    attachments=(Attachment("a.bin", "application/octet-stream", data=bytes(range(256))),),
    in_reply_to="1@x",
    references=("0@x", "1@x"),
    answers=Answers(12, "1@x", FORWARDED),
    options=Options(priority="high", receipt=True),
    typed=(("to", "mar"),),
)

_TEXT = st.text(max_size=40)
_PEOPLE = st.lists(st.builds(Address, _TEXT, _TEXT), max_size=3).map(tuple)
_DRAFTS = st.builds(
    Draft,
    identity=_TEXT, from_=st.builds(Address, _TEXT, _TEXT), to=_PEOPLE, cc=_PEOPLE, bcc=_PEOPLE, reply_to=_PEOPLE,
    subject=_TEXT, body=_TEXT, in_reply_to=_TEXT, references=st.lists(_TEXT, max_size=3).map(tuple),
    attachments=st.lists(
        st.builds(Attachment, _TEXT, _TEXT, _TEXT, st.none() | st.binary(max_size=20), _TEXT), max_size=2
    ).map(tuple),
    answers=st.none() | st.builds(Answers, st.integers(0, 2**40), _TEXT, st.sampled_from([ANSWERED, FORWARDED])),
    options=st.builds(Options, st.booleans(), st.sampled_from(["", "high", "low"]), st.booleans()),
    typed=st.lists(st.tuples(st.sampled_from(["to", "cc"]), _TEXT), max_size=2).map(tuple),
)  # fmt: skip


# ---------------------------------------------------------------- JSON


@settings(max_examples=examples(200), deadline=None)
@given(_DRAFTS)
def test_json_gives_back_the_draft(draft: Draft) -> None:
    blobs: dict[str, bytes] = {}
    assert Draft.from_json(draft.to_json()) == draft
    assert Draft.from_json(draft.to_json(blobs=blobs), blobs=blobs) == draft


def test_files_can_be_kept_apart() -> None:
    blobs: dict[str, bytes] = {}
    text = FULL.to_json(blobs=blobs)
    assert list(blobs.values()) == [bytes(range(256))]
    assert len(text) < 1000
    with pytest.raises(ComposeError) as caught:
        Draft.from_json(text)
    assert (caught.value.id, caught.value.values["name"]) == ("draft-blob-missing", "a.bin")


def test_a_draft_of_a_later_version_is_still_read() -> None:
    data = json.loads(FULL.to_json()) | {"later": {"x": 1}}
    assert Draft.from_json(json.dumps(data)) == FULL


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"identity": 1, "to": 5}', '{"identity": "x", "to": [[1]]}'])
def test_what_is_no_draft(text: str) -> None:
    with pytest.raises(ComposeError) as caught:
        Draft.from_json(text)
    assert caught.value.id == "draft-unreadable"


def test_an_untouched_draft_is_empty() -> None:
    assert Draft(identity="x", body="\n\n").empty
    assert not Draft(typed=(("to", "m"),)).empty
    assert not Draft(subject="x").empty


# ---------------------------------------------------------------- on the server


def test_the_copy_on_the_server_gives_back_the_draft() -> None:
    back = from_bytes(to_bytes(FULL, ME, now=NOW), (ME,))
    assert back.answers == Answers(0, "1@x", FORWARDED)
    assert replace(back, answers=FULL.answers) == replace(
        FULL, attachments=(replace(FULL.attachments[0], type="application/octet-stream"),)
    )


def test_the_copy_is_an_ordinary_mail_with_one_field_of_ours() -> None:
    raw = to_bytes(FULL, ME, now=NOW, message_id="d@x")
    headers = read_headers(raw)
    assert [name for name, _ in headers.items() if name.startswith("X-") and name != "X-Priority"] == [FIELD]
    assert headers.get("Bcc") == "secret@x.org"
    assert headers.get("Message-ID") == "<d@x>"


def test_half_an_address_is_kept() -> None:
    draft = Draft(to=(Address("", "joh"), Address("Rita", "rita@x.org")), cc=(Address("Someone", ""),), typed=(("bcc", "ma,"),))
    back = from_bytes(to_bytes(draft, ME, now=NOW), (ME,))
    assert back.to == (Address("Rita", "rita@x.org"),)
    assert dict(back.typed) == {"to": "joh", "cc": "Someone", "bcc": "ma,"}


@pytest.mark.parametrize("body", ["", "\n\nOn Monday, Zé wrote:\n> x\n", "one\n\n\n", "> " + "long " * 60 + "line\n"])
@pytest.mark.parametrize("flowed", [True, False])
def test_the_text_of_the_copy_keeps_its_empty_lines(body: str, flowed: bool) -> None:
    draft = Draft(body=body.replace(" \n", "\n"), options=Options(flowed=flowed))
    back = from_bytes(to_bytes(draft, ME, now=NOW), (ME,))
    assert (back.body, back.options.flowed) == (draft.body, flowed)


@settings(max_examples=examples(200), deadline=None)
@given(_DRAFTS)
def test_any_draft_can_be_filed(draft: Draft) -> None:
    draft = replace(draft, attachments=())
    raw = to_bytes(draft, ME, now=NOW)
    names = [name for name, _ in read_headers(raw).items()]
    assert len(names) == len(set(names))
    back = from_bytes(raw, (ME,))
    assert back.options == draft.options
    assert len(back.to) <= len(draft.to)


def test_a_draft_of_another_program() -> None:
    raw = (
        b"From: Ana <ana+x@example.org>\r\nTo: b@x.org\r\nBcc: c@x.org\r\nSubject: half\r\nX-Forwarded-Message-Id: <f@x>\r\n"
        b"X-Priority: 5\r\nContent-Type: text/html\r\n\r\n<p>one</p>"
    )
    back = from_bytes(raw, (ME,))
    assert (back.identity, back.subject, back.body.strip()) == (ME.id, "half", "one")
    assert back.answers == Answers(0, "f@x", FORWARDED)
    assert back.options.priority == "low"
    assert from_bytes(b"In-Reply-To: <a@x>\r\n\r\n", (ME,)).answers == Answers(0, "a@x", ANSWERED)


@settings(max_examples=examples(150), deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_can_be_taken_up(raw: bytes) -> None:
    assert isinstance(from_bytes(raw, (ME,)), Draft)


# ---------------------------------------------------------------- in an editor


def test_the_editor_sees_the_fields_and_the_text() -> None:
    assert to_editor_text(FULL) == (
        "From: Ana <ana@example.org>\n"
        "To: João <joao@example.com>, b@x.org, mar\n"
        'Cc: "Sousa, R." <r@x.org>\n'
        "Bcc: secret@x.org\n"
        "Reply-To: answers@x.org\n"
        "Subject: Olá [/x] Ω\n"
        "\n"
        "Linha um\n\n> citação\n\n-- \nAna\n"
    )
    assert to_editor_text(Draft(from_=FULL.from_)) == "From: Ana <ana@example.org>\nTo:\nCc:\nBcc:\nReply-To:\nSubject:\n\n"


def test_unchanged_text_gives_back_the_draft() -> None:
    assert from_editor_text(to_editor_text(FULL), FULL) == FULL


@pytest.mark.parametrize(
    ("text", "to", "subject", "body"),
    [
        ("to: a@x.org\nSUBJECT : Hi\n\nText", ["a@x.org"], "Hi", "Text"),
        ("\ufeffTo: a@x.org,\r\n b@x.org\r\nSubject: Hi\r\n\r\nText\r\n", ["a@x.org", "b@x.org"], "Hi", "Text\n"),
        ("To: a@x.org; b@x.org\nText without an empty line", ["a@x.org", "b@x.org"], "", "Text without an empty line"),
        ("To: a@x.org\nTo: b@x.org\n\n\nText", ["a@x.org", "b@x.org"], "", "\nText"),
        ("To: a@x.org\nSubject: x\n   \nText", ["a@x.org"], "x", "Text"),
        ("To: a@x.org\nX-Evil: 1\nBcc:\nSubject: x\n\nSubject: y", ["a@x.org"], "x", "Subject: y"),
    ],
)
def test_tolerance(text: str, to: list[str], subject: str, body: str) -> None:
    draft = from_editor_text(text, FULL)
    assert ([one.addr for one in draft.to], draft.subject, draft.body) == (to, subject, body)
    assert draft.bcc == ()
    assert draft.from_ == FULL.from_
    assert draft.attachments == FULL.attachments


@pytest.mark.parametrize("text", ["Dear Ana,\n\nTo: be or not", "Note: this is text\n\nmore", "", "\n\nText"])
def test_without_fields_all_is_text(text: str) -> None:
    draft = from_editor_text(text, FULL)
    assert draft == replace(FULL, body=text)


def test_half_an_address_typed() -> None:
    whole, half = read_field("Ana <a@x.org>, mar, Rita Sousa")
    assert whole == (Address("Ana", "a@x.org"),)
    assert half == "mar, Rita Sousa"
    draft = from_editor_text(f"To: Ana <a@x.org>, {half}\n\n", Draft())
    assert draft.typed == (("to", "mar, Rita Sousa"),)


@settings(max_examples=examples(200), deadline=None)
@given(st.text(max_size=200))
def test_any_text_can_come_back(text: str) -> None:
    draft = from_editor_text(text, FULL)
    assert "\n" not in draft.subject
    assert draft.attachments == FULL.attachments
