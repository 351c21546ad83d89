"""COMPRESS=DEFLATE: fewer bytes, the same mail, and no bombs."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from accounts.imap import deflate
from accounts.imap.account import ImapAccount
from accounts.imap.deflate import Deflate
from accounts.imap.session import Session
from core.errors import NetworkError, ProtocolError
from core.secret import Secret
from core.settings.schema import Server
from core.store.database import Database
from tests.accounts.imap.conftest import place_on
from tests.accounts.mail_place import Place, letter, stored
from tests.servers.dovecot import Dovecot
from tests.servers.scripted import Deed, ScriptedServer, Step


@pytest.fixture
def place(dovecot: Dovecot) -> Place:
    return place_on(dovecot)


@pytest.fixture
def incoming(place: Place, db: Database) -> Iterator[ImapAccount]:
    found = place.incoming(db)
    found.settings = replace(found.settings, compress="always")
    yield found
    found.close()


def test_mail_comes_whole_in_fewer_bytes(place: Place, incoming: ImapAccount, db: Database) -> None:
    for number in range(40):
        place.put(letter(body=f"{number} the same words again\r\n" * 400))
    result = incoming.sync()
    assert stored(db) == place.mails()
    sizes = db.value("SELECT sum(size) FROM message")
    assert result.bytes < sizes / 4


def test_a_large_mail_through_the_deflated_line(place: Place, incoming: ImapAccount, db: Database) -> None:
    body = "".join(f"{number * 7919 % 1000003:x} line of many\r\n" for number in range(120_000))
    place.put(letter(body=body))
    incoming.sync()
    assert stored(db) == place.mails()


def test_news_come_through_the_deflated_line(place: Place, incoming: ImapAccount, db: Database) -> None:
    place.put(letter())
    incoming.sync()
    for _ in range(2):
        deliver = threading.Thread(target=place.put, args=(letter(),))
        deliver.start()
        assert incoming.wait(60) is True
        deliver.join()
        incoming.sync()
    assert stored(db) == place.mails()
    assert len(stored(db)) == 3


def test_within_this_machine_nothing_is_deflated(place: Place, db: Database) -> None:
    place.put(letter(body="the same words again\r\n" * 400))
    incoming = place.incoming(db)
    result = incoming.sync()
    assert result.bytes > db.value("SELECT sum(size) FROM message")
    incoming.close()


# against servers that mean no good ----------------------------------------------------------------------


def session_with(server: ScriptedServer, **more: float) -> Session:
    settings = Server(kind="imap", host="127.0.0.1", port=server.port, security="none", user="maria")
    return Session(settings, compress="always", **more)


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH)


def script(*answers: bytes) -> tuple[Step, ...]:
    """A log-in after which COMPRESS is answered with these bytes."""
    return (
        Step(None, b"* PREAUTH [CAPABILITY IMAP4rev1 COMPRESS=DEFLATE] hello\r\n"),
        Step("CAPABILITY", b"* CAPABILITY IMAP4rev1 COMPRESS=DEFLATE\r\n{tag} OK\r\n"),
        Step("COMPRESS DEFLATE", b"".join(answers), Deed.HANG),
    )


def test_a_server_that_will_not_is_talked_to_plainly() -> None:
    steps = script(b"{tag} NO [COMPRESSIONACTIVE] TLS does it\r\n")[:2]
    last = Step("COMPRESS", b"{tag} NO [COMPRESSIONACTIVE] TLS does it\r\n")
    with ScriptedServer((*steps, last, Step("NOOP", b"{tag} OK\r\n"), Step("LOGOUT", b"{tag} OK\r\n"))) as server:
        session = session_with(server)
        session.open(lambda asked: Secret("x"))
        session.run("NOOP")
        session.close()
        server.check()


def test_a_bomb_is_refused_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    most: list[int] = []
    inflate = Deflate.unpack

    def watched(self: Deflate, data: bytes = b"") -> bytes:
        found = inflate(self, data)
        most.append(len(found))
        return found

    monkeypatch.setattr(Deflate, "unpack", watched)
    bomb = deflated(b'* LIST () "/" ' + b"A" * 60_000_000)
    assert len(bomb) < 100_000
    with ScriptedServer(script(b"{tag} OK deflating\r\n" + bomb)) as server:
        session = session_with(server)
        session.open(lambda asked: Secret("x"))
        with pytest.raises(ProtocolError) as caught:
            session.run("LIST", '""', '"*"')
        assert caught.value.id == "answer-too-large"
        session.close()
    assert max(most) <= deflate.MOST + 300
    assert sum(most) < 10_000_000


@pytest.mark.parametrize("said", [b"\xff\xff\xff\xff not deflate", zlib.compress(b"* OK\r\n", 9, -15)])
def test_nonsense_ends_the_session(said: bytes) -> None:
    with ScriptedServer(script(b"{tag} OK deflating\r\n" + said)) as server:
        session = session_with(server)
        with pytest.raises((ProtocolError, NetworkError)):
            session.open(lambda asked: Secret("x"))
            session.run("NOOP")
        session.close()


def test_pieces_of_any_size_make_the_same_bytes() -> None:
    data = b"".join(b"%d words to deflate " % (number * 7919 % 99991) for number in range(60_000))
    packed = Deflate("x").pack(data)
    for size in (1, 7, 4096, len(packed)):
        other, found = Deflate("x"), bytearray()
        for start in range(0, len(packed), size):
            found += other.unpack(packed[start : start + size])
            while other.waiting:
                found += other.unpack()
        assert bytes(found) == data
