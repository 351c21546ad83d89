"""BODYSTRUCTURE gives the sections that reading the whole mail gives, and the parts fetched by them the same bytes."""

from __future__ import annotations

import base64
import random
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from accounts.imap.structure import parts_of
from accounts.imap.tokens import parse
from accounts.imap.wire import shown
from core import message as mail
from core.errors import NotFound, ProtocolError
from core.flags import Mark
from core.part import Part
from core.store import bodies, messages
from core.store.database import Database
from core.structure import MOST_DEEP, MOST_PARTS
from tests.accounts.imap.conftest import Demo, place_on
from tests.accounts.mail_place import Place, letter, message_at
from tests.servers.dovecot import Dovecot

HEAD = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: parts\r\nMIME-Version: 1.0\r\n"


def multipart(kind: str, *parts: bytes, boundary: str = "") -> bytes:
    name = (boundary or f"=_{kind}_{len(parts)}_{sum(map(len, parts))}").encode()
    inside = b"".join(b"--%s\r\n%s\r\n" % (name, part) for part in parts)
    return b'Content-Type: multipart/%s; boundary="%s"\r\n\r\n%s--%s--\r\n' % (kind.encode(), name, inside, name)


TEXT = b"Content-Type: text/plain; charset=UTF-8\r\n\r\nHello.\r\n"
HTML = b"Content-Type: text/html; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>Hello=\r\n.\r\n"
IMAGE = (
    b"Content-Type: image/png; name=x.png\r\nContent-ID: <pic@x>\r\nContent-Disposition: inline; filename=x.png\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n"
)
FILE = (
    b"Content-Type: application/pdf\r\nContent-Disposition: attachment;\r\n filename*0*=UTF-8''Rechnung%20M;\r\n"
    b" filename*1*=%C3%A4rz.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n"
)
WORDS = b'Content-Type: application/zip; name="=?utf-8?q?Gr=C3=BC=C3=9Fe=2Ezip?="\r\n\r\nPK\r\n'
ENCLOSED = b"Content-Type: message/rfc822\r\n\r\n" + HEAD + multipart("alternative", TEXT, HTML)
ENCLOSED_PLAIN = b"Content-Type: message/rfc822\r\nContent-Disposition: attachment; filename=a.eml\r\n\r\n" + HEAD + TEXT
SIGNATURE = b"Content-Type: application/pgp-signature\r\n\r\n-----BEGIN PGP SIGNATURE-----\r\n"

MAILS = {
    "plain": HEAD + TEXT,
    "no MIME at all": b"From: a@b.example\r\n\r\nHello.\r\n",
    "html": HEAD + HTML,
    "file alone": HEAD + FILE,
    "alternative": HEAD + multipart("alternative", TEXT, HTML),
    "mixed": HEAD + multipart("mixed", TEXT, FILE, IMAGE, WORDS),
    "deep": HEAD + multipart("mixed", multipart("related", multipart("alternative", TEXT, HTML), IMAGE), FILE),
    "enclosed": HEAD + multipart("mixed", TEXT, ENCLOSED, ENCLOSED_PLAIN, FILE),
    "enclosed alone": HEAD + ENCLOSED,
    "enclosed in enclosed": HEAD + b"Content-Type: message/rfc822\r\n\r\n" + HEAD + multipart("mixed", ENCLOSED, TEXT),
    "digest": HEAD + multipart("digest", b"\r\n" + HEAD + TEXT, b"\r\n" + HEAD + HTML),
    "signed": HEAD + multipart("signed", multipart("mixed", TEXT, FILE), SIGNATURE),
}


def shape(parts: tuple[Part, ...]) -> list[tuple[str, ...]]:
    return [(p.section, p.parent, p.type, p.name, p.disposition, p.content_id, p.charset, p.encoding) for p in parts]


@pytest.mark.parametrize("name", MAILS)
@pytest.mark.parametrize("kind", ["dovecot", "demo"])
def test_same_parts_as_the_whole_mail(name: str, kind: str, request: pytest.FixtureRequest, db: Database) -> None:
    raw = MAILS[name]
    place = place_on(request.getfixturevalue("dovecot")) if kind == "dovecot" else request.getfixturevalue("make_demo")().place
    uid = place.put(raw)
    whole = mail.read_message(raw)
    incoming = place.incoming(db, keep="headers")
    incoming.sync()
    message = message_at(db, uid)
    for part in whole.parts:
        if not part.is_multipart:
            incoming.fetch(message, part.section)
    found = bodies.structure(db, message)
    assert shape(found) == shape(whole.parts)
    for part in whole.parts:
        if not part.is_multipart:
            data = bodies.part(db, message, part.section)
            assert data is not None
            assert data.rstrip(b"\r\n") == mail.part_encoded(whole, part.section).rstrip(b"\r\n")
    incoming.close()


def big_mail(rng: random.Random, *, signed: bool = False) -> bytes:
    picture = base64.encodebytes(rng.randbytes(600_000)).replace(b"\n", b"\r\n")
    image = IMAGE.replace(b"iVBORw0KGgo=\r\n", picture)
    body = multipart("mixed", TEXT, image, FILE)
    return HEAD + (multipart("signed", body, SIGNATURE) if signed else body)


def test_of_a_large_mail_only_what_is_read_comes(make_demo: Callable[..., Demo], db: Database) -> None:
    place = make_demo().place
    raw = big_mail(random.Random(1))
    uid = place.put(raw)
    incoming = place.incoming(db, keep="headers")
    incoming.sync()
    message = message_at(db, uid)
    incoming.fetch(message)
    assert messages.get(db, message).body == 1
    assert bodies.part(db, message, "1") == b"Hello.\r\n" or bodies.part(db, message, "1") == b"Hello."
    assert bodies.part(db, message, "2") is None
    assert messages.get(db, message).marks & Mark.ATTACHMENT
    place.progress.clear()
    incoming.fetch(message, "2")
    whole = mail.read_message(raw)
    assert bodies.part(db, message, "2") == mail.part_encoded(whole, "2")
    steps = [(step.done, step.total) for step in place.progress if step.what == "fetch"]
    assert len(steps) >= 3 and steps[0][0] == 0 and steps == sorted(steps) and steps[-1][0] == steps[-1][1]
    incoming.fetch(message, "*")
    assert bodies.raw(db, message) == raw
    with pytest.raises(NotFound):
        incoming.fetch(10**15)
    incoming.close()


def test_signed_mail_comes_whole(make_demo: Callable[..., Demo], db: Database) -> None:
    place = make_demo().place
    raw = big_mail(random.Random(2), signed=True)
    uid = place.put(raw)
    incoming = place.incoming(db, keep="headers")
    incoming.sync()
    incoming.fetch(message_at(db, uid))
    assert bodies.raw(db, message_at(db, uid)) == raw
    incoming.close()


def test_a_pass_leaves_large_attachments_there(make_demo: Callable[..., Demo], db: Database) -> None:
    place = make_demo().place
    raw = HEAD + multipart("mixed", TEXT, FILE.replace(b"JVBERi0=\r\n", b"QUJD\r\n" * 250_000))
    large, small = place.put(raw), place.put(letter())
    incoming = place.incoming(db, keep="days:30", clock=lambda: 1_700_000_000.0)
    incoming.sync()
    assert messages.get(db, message_at(db, large)).body == 1
    assert messages.get(db, message_at(db, small)).body == 2
    assert bodies.part(db, message_at(db, large), "2") is None
    again = place.incoming(db, keep="all")
    again.sync()
    assert bodies.raw(db, message_at(db, large)) == raw
    for one in (incoming, again):
        one.close()


def test_opening_what_is_gone(make_demo: Callable[..., Demo], db: Database) -> None:
    place = make_demo().place
    uid = place.put(letter())
    incoming = place.incoming(db, keep="headers")
    incoming.sync()
    message = message_at(db, uid)
    place.delete(uid)
    for section in ("", "1", "*"):
        with pytest.raises(NotFound) as caught:
            incoming.fetch(message, section)
        assert caught.value.id == "message-gone"
    incoming.close()


@pytest.mark.parametrize(
    "text",
    [
        b"()", b"NIL", b'("text")', b'("text" "plain" NIL NIL NIL "7bit" 5 1', b"(" * 300 + b")" * 300, b'(() ())',
        b'("TEXT" "PLAIN" ("CHARSET") NIL NIL "7BIT" "x" NIL)', b'((NIL NIL) "mixed" (NIL) ("attachment" NIL))',
        b'("message" "rfc822" NIL NIL NIL "7bit" 3 NIL NIL 5)', b'("a/b" "c\x1b[2J" ("name" "\x1b]0;x\x07"))',
        b'(("text" "plain") ' * 60 + b'"mixed"' + b")" * 60,
    ],
)  # fmt: skip
def test_senseless_structures(text: bytes) -> None:
    try:
        tokens = parse([text], "server")
    except ProtocolError:
        return
    for part in parts_of(tokens[0]):
        assert "\x1b" not in part.type + part.name
    assert len(parts_of(tokens[0])) <= MOST_PARTS


def test_thousands_of_levels_and_parts() -> None:
    deep = b"(" * 1500 + b'"text" "plain" NIL NIL NIL "7bit" 1 1' + b") " * 1499 + b")"
    assert len(parts_of(parse([deep], "server")[0])) <= MOST_DEEP + 2
    wide = b"(" + b'("text" "plain" NIL NIL NIL "7bit" 1 1)' * 5000 + b' "mixed")'
    assert len(parts_of(parse([wide], "server")[0])) == MOST_PARTS
    with pytest.raises(ProtocolError):
        parse([b"(" * 100_000 + b")" * 100_000], "server")
    assert shown(b"\xff" * 1000)


def test_the_corpus(corpora: Path, dovecot: Dovecot, db: Database) -> None:
    """Real and odd mails: wherever both readers see the same tree of types, sections are the same."""
    with tarfile.open(corpora / "mails.tar.xz") as archive:
        files = [one for one in archive if one.isfile() and 0 < one.size < 200_000]
        raws = [archive.extractfile(one).read() for one in files[::12]]  # type: ignore[union-attr]
    place: Place = place_on(dovecot)
    kept = {}
    with place.client() as client:
        for raw in raws:
            raw = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
            if b"\0" in raw:
                continue
            client.append("INBOX", raw)
        client.select_folder("INBOX")
        for uid, data in client.fetch(client.search(), ["BODY.PEEK[]"]).items():
            kept[uid] = data[b"BODY[]"]
    incoming = place.incoming(db, keep="headers")
    incoming.sync()
    same = 0
    for uid, raw in kept.items():
        message = message_at(db, uid)
        incoming.fetch(message, "1")
        found = bodies.structure(db, message)
        whole = mail.read_message(raw).parts
        if [p.type for p in found] == [p.type for p in whole]:
            assert [(p.section, p.parent) for p in found] == [(p.section, p.parent) for p in whole], uid
            same += 1
    assert same > len(kept) * 0.85
    incoming.close()
