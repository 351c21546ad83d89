"""A mail that is too large to be held in memory."""

from __future__ import annotations

import base64
import hashlib
import random
import tracemalloc

import pytest

from core.errors import CorreioError, NetworkError
from core.query.parse import parse
from core.store import bodies, messages, search
from core.store.database import Database
from tests.accounts.imap.conftest import place_on
from tests.accounts.mail_place import Place, letter, message_at
from tests.servers.dovecot import Dovecot

MEGABYTES = 20


@pytest.fixture
def place(dovecot: Dovecot) -> Place:
    return place_on(dovecot)


def huge(megabytes: int = MEGABYTES) -> bytes:
    """A mail with a text and an attachment that does not compress."""
    data = base64.encodebytes(random.Random(7).randbytes(megabytes * 1024 * 1024 * 3 // 4)).replace(b"\n", b"\r\n")
    head, _, _ = letter("the holidays").partition(b"Content-Type:")
    return b"".join(
        (
            head, b'Content-Type: multipart/mixed; boundary="cut"\r\n\r\n--cut\r\nContent-Type: text/plain\r\n\r\n',
            b"All pictures of the xylophone.\r\n--cut\r\nContent-Type: image/x-raw; name=\"beach.raw\"\r\n",
            b"Content-Disposition: attachment; filename=\"beach.raw\"\r\nContent-Transfer-Encoding: base64\r\n\r\n",
            data, b"--cut--\r\n",
        )
    )  # fmt: skip


def test_it_comes_whole_and_little_of_it_is_held(place: Place, db: Database) -> None:
    raw = huge()
    place.put(raw)
    digest, size = hashlib.sha256(raw).digest(), len(raw)
    del raw
    incoming = place.incoming(db, keep="headers")
    incoming.sync()
    message = message_at(db, 1)
    tracemalloc.start()
    incoming.fetch(message, "*")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * 1024 * 1024
    assert messages.get(db, message).body == 2
    stream = bodies.stream(db, message)
    assert stream is not None
    assert hashlib.file_digest(stream, "sha256").digest() == digest  # type: ignore[arg-type]
    assert search.find(db, parse("xylophone")) == [message]
    assert search.find(db, parse("attachment:beach")) == [message]
    assert db.value("SELECT size FROM raw") == size
    assert db.value("SELECT count(*) FROM raw_unfinished") == 0
    incoming.close()


def test_a_line_that_drops_in_the_middle_leaves_nothing(place: Place, db: Database) -> None:
    place.put(huge(12))
    incoming = place.incoming(db, keep="headers")
    incoming.sync()
    message = message_at(db, 1)
    told = [0]

    def report(progress: object) -> None:
        told[0] += 1
        if told[0] == 20:
            incoming.cancel()

    incoming._work.report = report  # type: ignore[union-attr]
    with pytest.raises(CorreioError) as caught:
        incoming.fetch(message, "*")
    assert isinstance(caught.value, NetworkError)
    assert db.value("SELECT count(*) FROM raw_chunk") == 0
    assert messages.get(db, message).body == 1
    again = place.incoming(db, keep="headers")
    again.fetch(message, "*")
    assert messages.get(db, message).body == 2
    again.close()
    incoming.close()


def test_a_part_that_is_given_up_between_two_pieces(place: Place, db: Database) -> None:
    place.put(huge(2))
    incoming = place.incoming(db, keep="headers")
    incoming.sync()
    message = message_at(db, 1)
    incoming.fetch(message)
    place.progress.clear()
    incoming.wanted = lambda: False
    with pytest.raises(CorreioError) as caught:
        incoming.fetch(message, "2")
    told = [one.done for one in place.progress if one.what == "fetch"]
    assert caught.value.id == "given-up" and bodies.part(db, message, "2") is None and 0 < told[-1] < 1_000_000
    incoming.wanted = lambda: True
    place.progress.clear()
    incoming.fetch(message, "2")
    assert bodies.part(db, message, "2") is not None
    assert "connect" not in {one.what for one in place.progress}, "the line is as it was"
    assert [one.done for one in place.progress if one.what == "fetch"][-1] > 2_000_000
