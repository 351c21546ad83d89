"""Answers that bring less than was asked for, or that come in several pieces: nothing short is kept as the whole."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from core.errors import CorreioError
from core.store import bodies, messages
from core.store.database import Database
from tests.accounts.imap.conftest import Demo
from tests.accounts.mail_place import letter, message_at, stored

_PIECE = re.compile(rb"(BODY\[[^\]]*\]<\d+>) \{(\d+)\}\r\n")
_WHOLE = re.compile(rb"BODY\[(HEADER|)\](<0>)? \{(\d+)\}\r\n")
LONG = "lorem ipsum xylophone\r\n" * 30_000


def test_flags_that_are_told_before_the_structure_do_not_hide_it(make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo()
    uid = demo.place.put(letter("long", body=LONG))
    incoming = demo.place.incoming(db, keep="headers")
    incoming.sync()
    demo.server.on_answer = lambda session, command, answer: (
        b"* 1 FETCH (UID %d FLAGS (\\Flagged))\r\n" % uid + answer if b"BODYSTRUCTURE" in answer else None
    )
    incoming.fetch(message_at(db, uid))
    assert bodies.part(db, message_at(db, uid), "1") == LONG.encode()
    incoming.close()


@pytest.mark.parametrize("section", ["", "*"])
def test_a_server_that_gives_pieces_shorter_than_asked_for(section: str, make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo()
    uid = demo.place.put(letter("long", body=LONG))
    incoming = demo.place.incoming(db, keep="headers")
    incoming.sync()

    def shorten(session: object, command: str, answer: bytes) -> bytes | None:
        found = _PIECE.search(answer)
        if found is None or int(found[2]) <= 100_000:
            return None
        end = found.end() + int(found[2])
        return answer[: found.start()] + found[1] + b" {100000}\r\n" + answer[found.end() : found.end() + 100_000] + answer[end:]

    demo.server.on_answer = shorten
    message = message_at(db, uid)
    incoming.fetch(message, section)
    if section:
        assert stored(db) == demo.place.mails()
    else:
        assert bodies.part(db, message, "1") == LONG.encode()
    incoming.close()


@pytest.mark.parametrize("keep", ["headers", "all"])
def test_a_mail_that_the_server_cannot_give_now_is_no_empty_mail(keep: str, make_demo: Callable[..., Demo], db: Database) -> None:
    """NIL is what servers say of a mail that is just going, or that they cannot read."""
    demo = make_demo()
    uid = demo.place.put(letter("still there"))
    demo.place.put(letter())

    def withhold(session: object, command: str, answer: bytes) -> bytes | None:
        found = _WHOLE.search(answer) if b"UID %d " % uid in answer else None
        if found is None:
            return None
        end = found.end() + int(found[3])
        return answer[: found.start()] + b"BODY[%s]%s NIL" % (found[1], found[2] or b"") + answer[end:]

    demo.server.on_answer = withhold
    incoming = demo.place.incoming(db, keep=keep)
    incoming.sync()
    assert db.value("SELECT count(*) FROM message") == 1
    demo.server.on_answer = None
    incoming.sync()
    message = message_at(db, uid)
    assert messages.get(db, message).subject == "still there"
    demo.server.on_answer = withhold
    if keep == "headers":
        with pytest.raises(CorreioError) as caught:
            incoming.fetch(message)
        assert caught.value.id == "message-gone"
    demo.server.on_answer = None
    assert message_at(db, uid) == message
    incoming.fetch(message)
    assert bodies.raw(db, message) is not None
    incoming.close()
