"""SEARCH: each key, joined keys, sets, charsets, ESEARCH."""

from __future__ import annotations

import imaplib
from datetime import UTC, datetime

import pytest

from tests.accounts.demo.conftest import Running

MAILS = (
    (b"From: ana@farol.example\r\nTo: maria@correio.example\r\nSubject: =?utf-8?q?Mar=C3=A9?=\r\n"
     b"Date: Fri, 01 Mar 2024 10:00:00 +0000\r\nX-Tide: spring\r\n\r\nhello sea\r\n", "\\Seen", 1),
    (b"From: sam@farol.example\r\nCc: ana@farol.example\r\nSubject: plain\r\nDate: Sat, 02 Mar 2024 10:00:00 +0000\r\n"
     b"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\ncaf=E9\r\n",
     "\\Flagged todo", 2),
    (b"From: joao@familia.example\r\nBcc: secret@x.example\r\nSubject: long\r\n"
     b"Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8gYmFzZTY0\r\n" + b"\r\n" * 500, "\\Answered \\Draft", 10),
    (b"Subject: deleted\r\n\r\nx\r\n", "\\Deleted \\Seen", 20),
)  # fmt: skip


@pytest.fixture
def mail(imap: Running) -> imaplib.IMAP4:
    def fill() -> None:
        box = imap.server.account.boxes["INBOX"]
        box.expunge(list(box.mails.values()))
        for raw, flags, day in MAILS:
            imap.server.account.add("INBOX", raw, flags.split(), datetime(2024, 3, day, 12, tzinfo=UTC))

    imap.loop.call(fill)
    client = imap.plain()
    client.select()
    return client


KEYS = {
    "ALL": "1 2 3 4",
    "SEEN": "1 4",
    "UNSEEN": "2 3",
    "FLAGGED": "2",
    "UNFLAGGED UNDELETED": "1 3",
    "ANSWERED DRAFT": "3",
    "DELETED": "4",
    "KEYWORD ToDo": "2",
    "UNKEYWORD todo": "1 3 4",
    "KEYWORD never": "",
    "RECENT": "1 2 3 4",
    "NEW": "2 3",
    "OLD": "",
    "FROM farol": "1 2",
    "TO maria": "1",
    "CC ana": "2",
    "BCC SECRET": "3",
    "SUBJECT PLAIN": "2",
    "HEADER X-Tide spring": "1",
    'HEADER X-Tide ""': "1",
    "BODY base64": "3",
    "BODY plain": "",
    "TEXT plain": "2",
    "TEXT sea": "1",
    "LARGER 900": "3",
    "SMALLER 50": "4",
    "SINCE 2-Mar-2024": "2 3 4",
    "BEFORE 2-Mar-2024": "1",
    "ON 10-Mar-2024": "3",
    "SENTON 1-Mar-2024": "1",
    "SENTSINCE 2-Mar-2024": "2",
    "YOUNGER 60": "",
    "OLDER 60": "1 2 3 4",
    "NOT SEEN": "2 3",
    "OR FLAGGED (ANSWERED DRAFT)": "2 3",
    "OR OR SEEN FLAGGED NOT SUBJECT long": "1 2 4",
    "2:3 UNSEEN": "2 3",
    "3:*": "3 4",
    "9": "",
    "UID 5": "2",
    "UID 6:*": "3 4",
    "UID 99:*": "4",
    "(SEEN SUBJECT deleted)": "4",
}


@pytest.mark.parametrize("keys", KEYS)
def test_keys(mail: imaplib.IMAP4, keys: str) -> None:
    assert mail.search(None, keys)[1] == [KEYS[keys].encode()]


@pytest.mark.parametrize("text", ["maré", "MARÉ", "Maré"])
def test_text_is_decoded_and_folded(mail: imaplib.IMAP4, text: str) -> None:
    mail.literal = text.encode()
    assert mail.search("UTF-8", "SUBJECT")[1] == [b"1"]
    mail.literal = "CAFÉ".encode()
    assert mail.search("UTF-8", "BODY")[1] == [b"2"]


def test_unknown_charset_is_refused(mail: imaplib.IMAP4) -> None:
    kind, lines = mail.search("KLINGON", "SUBJECT", "x")
    assert kind == "NO"
    assert b"BADCHARSET" in lines[0]


NONSENSE = ("", "NONSENSE", "OR SEEN", "SUBJECT", "SINCE 31-Foo-2024", "SINCE 31-Jun-2024", "LARGER x", "NOT", "UID x")


@pytest.mark.parametrize("keys", NONSENSE)
def test_nonsense_is_bad(mail: imaplib.IMAP4, keys: str) -> None:
    with pytest.raises(imaplib.IMAP4.error, match="BAD"):
        mail.search(None, keys)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("RETURN (MIN MAX COUNT) SEEN", "UID MIN 4 MAX 7 COUNT 2"),
        ("RETURN () UNSEEN", "UID ALL 5:6"),
        ("RETURN (ALL) 1,3:4", "UID ALL 4,6:7"),
        ("RETURN (COUNT ALL) KEYWORD never", "UID COUNT 0"),
    ],
)
def test_esearch(mail: imaplib.IMAP4, asked: str, expected: str) -> None:
    kind, _ = mail._simple_command("UID", "SEARCH", asked)  # type: ignore[attr-defined]
    assert kind == "OK"
    (line,) = mail.response("ESEARCH")[1]
    assert line is not None
    assert line.partition(b") ")[2].decode() == expected
