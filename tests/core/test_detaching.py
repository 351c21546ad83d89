"""Attachments taken out of a stored mail: a note stays, everything else stays as it was, and undo brings it back."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import operations
from core.arrival import arrive_mail
from core.detaching import FIELD, detach, seals, without
from core.errors import NotFound
from core.flags import Flag
from core.message import attachments, bodies, part_text, read_message
from core.store import accounts, comments, folders, journal, messages, notices, placements
from core.store import bodies as stored
from core.store.database import Database
from tests.empty_store import empty_store

MAIL = b"""From: Ana <ana@farol.example>\r
Subject: Plans\r
Message-ID: <plans@farol.example>\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=b\r
\r
preamble\r
--b\r
Content-Type: text/plain\r
\r
The plans.\r
--b\r
Content-Type: application/pdf; name=a.pdf\r
Content-Disposition: attachment; filename=a.pdf\r
Content-Transfer-Encoding: base64\r
\r
JVBERi0xLjQ=\r
--b\r
Content-Type: image/png; name=b.png\r
Content-Transfer-Encoding: base64\r
\r
iVBORw0KGgo=\r
--b--\r
epilogue\r
"""


def test_a_note_stands_in_its_place_and_nothing_else_changes() -> None:
    new = without(MAIL, {"2": "Deleted: a.pdf\n--b--\nwith ☃"})
    message = read_message(new)
    assert [part.type for part in message.parts] == ["multipart/mixed", "text/plain", "text/plain", "image/png"]
    assert part_text(message, "2").splitlines() == ["Deleted: a.pdf", " --b--", "with ☃"]
    assert [part.section for part in attachments(message.parts)] == ["3"]
    assert [part.section for part in bodies(message.parts)] == ["1", "2"], "the note is read with the text"
    assert FIELD.encode() + b": application/pdf; size=12" in new
    assert new.startswith(MAIL[: MAIL.index(b"--b\r\nContent-Type: application/pdf")]) and new.endswith(
        MAIL[MAIL.index(b"--b\r\nContent-Type: image/png") :]
    )
    both = read_message(without(MAIL, {"3": "no b", "2": "no a"}))
    assert not attachments(both.parts) and part_text(both, "3").strip() == "no b"
    assert without(without(MAIL, {"2": "x"}), {"3": "y"}) == without(MAIL, {"2": "x", "3": "y"})


def test_a_mail_that_is_nothing_but_a_file() -> None:
    raw = (
        b"Subject: scan\nContent-Type: application/pdf;\n name=scan.pdf\nContent-Transfer-Encoding: base64\n"
        b"MIME-Version: 1.0\nX-After: kept\n\nJVBERi0xLjQ=\n"
    )
    new = without(raw, {"1": "Deleted: scan.pdf"})
    message = read_message(new)
    assert message.envelope.subject == "scan" and message.headers.get("X-After") == "kept"
    assert [part.type for part in message.parts] == ["text/plain"] and b"\r" not in new and b"scan.pdf\nContent-Tr" not in new
    assert part_text(message, "1").strip() == "Deleted: scan.pdf"


def test_the_size_always_differs() -> None:
    """A mail is known by its header and size."""
    for length in range(300):
        assert len(without(MAIL, {"2": "x" * length})) != len(MAIL)


def test_what_is_not_there() -> None:
    with pytest.raises(NotFound):
        without(MAIL, {"7": "x"})


def test_what_a_signature_seals() -> None:
    signed = MAIL.replace(b"multipart/mixed; boundary=b", b"multipart/signed; boundary=s").replace(
        b"preamble\r\n", b"--s\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    )
    parts = read_message(signed).parts
    assert seals(parts, attachments(parts)[0].section)
    assert not seals(read_message(MAIL).parts, "2")


@pytest.fixture
def db(tmp_path: Path) -> Database:
    return empty_store(tmp_path / "correio.db")


def stored_mail(db: Database, *, local: bool) -> tuple[int, int]:
    account = accounts.row_of(db, "0123abcd", local=local)
    with db.write():
        folder = folders.ensure(db, account, "INBOX")
        message = arrive_mail(
            db, folder.id, account, MAIL, uid=7, flags=Flag.SEEN | Flag.FLAGGED, keywords=("todo",), internal=1_600_000_000
        )
    return folder.id, message


def shown(db: Database, folder: int) -> list[tuple[int, bytes | None]]:
    rows = db.read("SELECT message FROM placement WHERE folder = ? AND hidden = 0", (folder,))
    return [(row[0], stored.raw(db, row[0])) for row in rows]


@pytest.mark.parametrize("local", [True, False])
def test_here_at_once_and_taken_back(db: Database, local: bool) -> None:
    folder, message = stored_mail(db, local=local)
    comments.put(db, message, "for the tax")
    step, made = detach(db, folder, message, {"2": "Deleted: a.pdf"})
    assert step and shown(db, folder) == [(made, without(MAIL, {"2": "Deleted: a.pdf"}))]
    (place,) = placements.of_message(db, made, folder)
    assert place.flags == Flag.SEEN | Flag.FLAGGED and messages.get(db, made).received == 1_600_000_000
    assert db.read("SELECT name FROM keyword WHERE placement = ?", (place.id,)) == [("todo",)]
    assert comments.of(db, made) == "for the tax"
    assert journal.waiting(db) == (0 if local else 1)
    undone = operations.undo(db)
    assert undone is not None and undone.kind == "detach"
    assert shown(db, folder) == [(message, MAIL)]


def test_taken_back_when_the_server_has_it(db: Database) -> None:
    folder, message = stored_mail(db, local=False)
    _, made = detach(db, folder, message, {"2": "x"})
    append, leave = journal.ready(db, 1)[0], journal.pending(db, 1)[1]
    assert [one.kind for one in journal.ready(db, 1)] == ["append"], "the old mail stays until the new one is there"
    journal.done(db, append, {made: 8})
    assert [one.kind for one in journal.ready(db, 1)] == ["expunge"]
    journal.done(db, leave)
    operations.undo(db)
    assert shown(db, folder) == [(message, MAIL)]
    assert [one.kind for one in journal.ready(db, 1)] == ["append", "tag"], "and the other way round"


def test_refused_the_old_mail_stays(db: Database) -> None:
    folder, message = stored_mail(db, local=False)
    detach(db, folder, message, {"2": "x"})
    journal.refused(db, journal.pending(db, 1)[0], NotFound("no-folder", what="folder", name="INBOX"))
    assert shown(db, folder) == [(message, MAIL)] and journal.waiting(db) == 0
    assert [error.id for _, error in notices.unseen(db)] == ["refused-detach"]


def test_a_mail_that_is_not_here(db: Database) -> None:
    folder, message = stored_mail(db, local=False)
    db.run("UPDATE message SET raw = NULL, body = 0 WHERE id = ?", (message,))
    with pytest.raises(NotFound):
        detach(db, folder, message, {"2": "x"})
