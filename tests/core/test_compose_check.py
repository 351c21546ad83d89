"""The proofreading stops whatever is not exactly the mail that was meant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.address import Address
from core.compose import Built, build
from core.draft import Attachment, ComposeError, Draft
from core.proofreading import check
from core.settings.schema import Identity

NOW = datetime(2024, 5, 3, 14, 5, 6, tzinfo=UTC)
ANA = Identity(id="0a1b2c3d", account="aaaaaaaa", address="ana@example.org", name="Ana")
DRAFT = Draft(
    to=(Address("João Nunes", "joao@example.com"),),
    bcc=(Address("", "secret@example.net"),),
    subject="Olá",
    body="Text\n",
    in_reply_to="1@x",
    references=("0@x", "1@x"),
    attachments=(
        Attachment("a.bin", data=b"abc" * 30),
        Attachment("m.eml", "message/rfc822", data=b"S: x\r\n\r\ny\r\n"),
    ),
)
BUILT = build(DRAFT, ANA, now=NOW)


def both(old: bytes, new: bytes) -> Callable[[Built], Built]:
    def change(built: Built) -> Built:
        assert old in built.wire
        return replace(built, wire=built.wire.replace(old, new, 1), sent_copy=built.sent_copy.replace(old, new, 1))

    return change


def test_what_was_built_passes() -> None:
    check(BUILT, DRAFT, ANA)


@pytest.mark.parametrize(
    "change",
    [
        both(b"Subject: ", b"Bcc: evil@example.net\r\nSubject: "),
        both(b"Subject: ", b"X-Other: 1\r\nSubject: "),
        both(b"Subject: ", b"Subject: x\r\nSubject: "),
        both(b"Subject: ", b"no field\r\nSubject: "),
        both(b"Subject: ", b"Subject: more "),
        both(b"joao@example.com", b"joao@example.com, evil@example.net"),
        both(b"From: Ana <ana@example.org>", b"From: Ana <other@example.org>"),
        both(b"In-Reply-To: <1@x>", b"In-Reply-To: <2@x>"),
        both(b"References: <0@x>\r\n <1@x>", b"References: <1@x>"),
        both(b"Message-ID: <", b"Message-ID: <x"),
        both(b"MIME-Version: 1.0\r\n", b""),
        both(b"Text\r\n", b"Text\n"),
        both(b"Text\r\n", b"Te\rxt\r\n"),
        both(b"Text\r\n", b"Te\0xt\r\n"),
        both(b"Text\r\n", b"Text" + b"x" * 1000 + b"\r\n"),
        both(b"Text\r\n", b"Other\r\n"),
        both(b"YWJj", b"YWJk"),
        both(b'filename="a.bin"', b'filename="b.bin"'),
        both(b"S: x\r\n\r\ny\r\n", b"S: z\r\n\r\ny\r\n"),
        both(b"multipart/mixed", b"multipart/other"),
        lambda built: replace(built, wire=built.sent_copy),
        lambda built: replace(built, sent_copy=built.wire),
        lambda built: replace(built, sent_copy=built.sent_copy + b"more\r\n"),
        lambda built: replace(built, recipients=built.recipients[:1]),
        lambda built: replace(built, recipients=(*built.recipients, "evil@example.net")),
        lambda built: replace(built, sender="other@example.org"),
    ],
)
def test_what_was_changed_is_stopped(change: Callable[[Built], Built]) -> None:
    with pytest.raises(ComposeError) as caught:
        check(change(BUILT), DRAFT, ANA)
    assert caught.value.id == "mail-malformed"
    assert caught.value.values["what"]


@pytest.mark.parametrize(
    "draft",
    [
        replace(DRAFT, subject="Other"),
        replace(DRAFT, body="Other"),
        replace(DRAFT, bcc=()),
        replace(DRAFT, cc=(Address("", "c@x.org"),)),
        replace(DRAFT, reply_to=(Address("", "c@x.org"),)),
        replace(DRAFT, attachments=DRAFT.attachments[:1]),
        replace(DRAFT, attachments=()),
        replace(DRAFT, attachments=DRAFT.attachments[::-1]),
    ],
)
def test_another_draft_is_noticed(draft: Draft) -> None:
    with pytest.raises(ComposeError):
        check(BUILT, draft, ANA)
