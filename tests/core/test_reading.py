"""A stored message opened for reading: whole, or as far as its parts are here."""

from __future__ import annotations

import base64
import quopri
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.arrival import arrive_header, arrive_mail
from core.errors import NotFound
from core.header import header_block
from core.message import read_message
from core.reading import Body, open_body
from core.store import accounts, bodies, folders
from core.store.database import Database
from tests.empty_store import empty_store

WORDS = "1 =3D 2, café =41, aGVsbG8=\n"
"""Text that looks encoded although it is not: decoded a second time it would become something else."""
HTML = "<p>1 =3D 2 &amp; café</p>"
FILE = bytes(range(256))


def entity(kind: str, data: bytes, encoding: str, more: str = "") -> bytes:
    encode = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring, "8bit": bytes}[encoding]
    return f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n{more}\r\n".encode() + encode(data)


def mail(encoding: str) -> bytes:
    parts = [
        entity("text/plain; charset=utf-8; format=flowed", WORDS.encode(), encoding),
        entity("text/html; charset=utf-8", HTML.encode(), encoding),
        entity("application/x; name=f.bin", FILE, "base64", "Content-Disposition: attachment; filename=f.bin\r\n"),
    ]
    return (
        b"From: Ana <ana@example.org>\r\nSubject: =?utf-8?q?Ol=C3=A1?=\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        + b"".join(b"--b\r\n" + part + b"\r\n" for part in parts)
        + b"--b--\r\n"
    )


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = empty_store(tmp_path / "state" / "correio.db")
    yield database
    database.close()


@pytest.fixture
def inbox(db: Database) -> int:
    return folders.ensure(db, accounts.row_of(db, "5e44e400"), "INBOX", role="inbox").id


def whole(db: Database, inbox: int, raw: bytes) -> Body:
    with db.write():
        return open_body(db, arrive_mail(db, inbox, 1, raw, uid=1))


def in_parts(db: Database, inbox: int, raw: bytes, sections: tuple[str, ...]) -> Body:
    """As a server gives a mail of which only some parts are wanted."""
    message = read_message(raw)
    with db.write():
        id = arrive_header(db, inbox, 1, header_block(raw), len(raw), uid=1)
        bodies.put_structure(db, id, message.parts)
        for section in sections:
            place = message.places[section]
            bodies.put_part(db, id, section, raw[place.body : place.end])
    return open_body(db, id)


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit"])
@pytest.mark.parametrize("here", ["whole", "in parts"])
def test_texts_are_decoded_once(db: Database, inbox: int, encoding: str, here: str) -> None:
    raw = mail(encoding)
    body = whole(db, inbox, raw) if here == "whole" else in_parts(db, inbox, raw, ("1", "2", "3"))
    assert body.text(body.text_part).strip() == WORDS.strip()
    assert body.html().strip() == HTML
    [file] = body.attachments
    assert (file.name, body.data(file)) == ("f.bin", FILE)
    assert WORDS.split()[0] in "\n".join(line.text for line in body.page(60).lines)
    assert body.envelope.subject == "Olá"


def test_what_is_still_on_the_server(db: Database, inbox: int) -> None:
    body = in_parts(db, inbox, mail("base64"), ("1",))
    assert [body.has(part) for part in body.parts if not part.is_multipart] == [True, False, False]
    assert not body.here
    assert body.text(body.text_part).strip() == WORDS.strip()
    with pytest.raises(NotFound) as caught:
        body.data(body.attachments[0])
    assert caught.value.id == "part-not-here"


def test_only_the_header_is_here(db: Database, inbox: int) -> None:
    raw = mail("8bit")
    with db.write():
        body = open_body(db, arrive_header(db, inbox, 1, header_block(raw), len(raw), uid=1))
    assert (body.parts, body.here, body.text_part, body.html(), body.attachments) == ((), False, None, "", ())
    assert body.page(80).lines == ()
    assert body.envelope.subject == "Olá"


def test_html_only(db: Database, inbox: int) -> None:
    body = whole(db, inbox, b"Subject: x\r\nMIME-Version: 1.0\r\n" + entity("text/html", b"<h1>Title</h1><p>Text", "8bit"))
    assert [line.text for line in body.page(40).lines if line.text][-1] == "Text"
    assert body.here


def test_no_message(db: Database) -> None:
    with pytest.raises(NotFound):
        open_body(db, 12345)
