"""Answers that bring less than was asked for, or that come in several pieces: nothing short is kept as the whole."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from accounts.imap import mail_commands, wholes
from core.errors import CorreioError, ProtocolError
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


_LATER = re.compile(rb"BODY\[\](<[1-9]\d*>) \{\d+\}\r\n")
ENDS = {
    "NIL": b"NIL)\r\n%s OK done\r\n", "nothing": b'"")\r\n%s OK done\r\n',
    "NIL and NO": b"NIL)\r\n%s NO [EXPUNGEISSUED] gone\r\n",
}  # fmt: skip


@pytest.mark.parametrize("end", ENDS)
def test_a_mail_that_goes_while_it_is_fetched_is_not_kept_in_part(end: str, make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo()
    uid = demo.place.put(letter("long", body=LONG))
    incoming = demo.place.incoming(db, keep="headers")
    incoming.sync()

    def expunge(session: object, command: str, answer: bytes) -> bytes | None:
        found = _LATER.search(answer)
        if found is None:
            return None
        return answer[: found.start()] + b"BODY[]" + found[1] + b" " + ENDS[end] % answer.splitlines()[-1].split()[0]

    demo.server.on_answer = expunge
    message = message_at(db, uid)
    with pytest.raises(CorreioError) as caught:
        incoming.fetch(message, "*")
    assert caught.value.id == "message-gone"
    assert bodies.raw(db, message) is None
    demo.server.on_answer = None
    incoming.fetch(message, "*")
    assert stored(db) == demo.place.mails()
    incoming.close()


def test_a_text_that_the_server_cannot_give_now_is_no_empty_text(make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo()
    uid = demo.place.put(letter("long", body=LONG))
    incoming = demo.place.incoming(db, keep="headers")
    incoming.sync()

    def withhold(session: object, command: str, answer: bytes) -> bytes | None:
        at = answer.find(b"BODY[1]")
        return answer[:at] + b"BODY[1]<0> NIL)\r\n" + answer.splitlines()[-1].split()[0] + b" OK done\r\n" if at > 0 else None

    demo.server.on_answer = withhold
    message = message_at(db, uid)
    with pytest.raises(CorreioError):
        incoming.fetch(message)
    assert bodies.part(db, message, "1") is None
    demo.server.on_answer = None
    incoming.fetch(message)
    assert bodies.part(db, message, "1") == LONG.encode()
    incoming.close()


STRUCTURES = {
    "quotes within a name": b'%s("text" "plain" ("name" "foo"bar.txt") NIL NIL "7bit" 10 1))\r\n%s OK done\r\n',
    "NIL": b"%sNIL)\r\n%s OK done\r\n",
    "no": b"%.0s%s NO cannot\r\n",
}


@pytest.mark.parametrize("how", STRUCTURES)
def test_a_mail_whose_structure_is_not_told_can_be_read(how: str, make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo()
    uid = demo.place.put(letter("long", body=LONG))
    incoming = demo.place.incoming(db, keep="headers")
    incoming.sync()

    def spoil(session: object, command: str, answer: bytes) -> bytes | None:
        start, name, _ = answer.partition(b"BODYSTRUCTURE ")
        return STRUCTURES[how] % (start + name, answer.splitlines()[-1].split()[0]) if name else None

    demo.server.on_answer = spoil
    incoming.fetch(message_at(db, uid))
    assert stored(db) == demo.place.mails()
    incoming.close()


@pytest.mark.parametrize("how", ["BAD", "nonsense"])
@pytest.mark.parametrize(("keep", "lines"), [("days:99999", 60_000), ("all", 450_000)])
def test_a_large_mail_that_ends_the_pass_keeps_no_older_one_away(
    how: str, keep: str, lines: int, make_demo: Callable[..., Demo], db: Database
) -> None:
    demo = make_demo()
    older = demo.place.put(letter("older", body="lorem ipsum xylophone\r\n" * 60_000))
    demo.place.put(letter("long", body="lorem ipsum xylophone\r\n" * lines))

    def spoil(session: object, command: str, answer: bytes) -> bytes | None:
        if b"* 2 FETCH" not in answer or b"BODYSTRUCTURE" not in answer:
            return None
        tag = answer.splitlines()[-1].split()[0]
        return b"* 2 FETCH (UID 2 X ( BODYSTRUCTURE\r\n" + tag + b" OK\r\n" if how == "nonsense" else tag + b" BAD error\r\n"

    demo.server.on_answer = spoil
    incoming = demo.place.incoming(db, keep=keep, clock=lambda: 1_700_000_000.0)
    for _ in range(3):
        try:
            incoming.sync()
        except CorreioError as error:
            assert error.id in ("command-refused", "answer-senseless")
    assert db.value("SELECT body FROM message WHERE id = ?", (message_at(db, older),))
    incoming.close()


def all_at_once(demo: Demo, uid: int, raw: bytes) -> Callable[[object, str, bytes], bytes | None]:
    """Whatever part of its bytes is asked for, the mail comes whole (`BODY[]<0.9>` is not known)."""
    part = re.compile(rb"(BODY\[\]<\d+>) \{(\d+)\}\r\n")

    def change(session: object, command: str, answer: bytes) -> bytes | None:
        found = part.search(answer)
        if found is None or b"UID %d " % uid not in answer:
            return None
        rest = answer[found.end() + int(found[2]) :]
        return answer[: found.start()] + found[1] + b" {%d}\r\n" % len(raw) + raw + rest

    return change


def test_a_server_that_gives_the_whole_for_every_piece(make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo()
    raw = letter("long", body=LONG)
    uid = demo.place.put(raw)
    incoming = demo.place.incoming(db, keep="headers")
    incoming.sync()
    demo.server.on_answer = all_at_once(demo, uid, raw)
    incoming.fetch(message_at(db, uid), "*")
    demo.server.on_answer = None
    assert stored(db) == demo.place.mails()
    incoming.close()


def test_wholes_that_are_larger_than_asked_for_come_as_headers(
    make_demo: Callable[..., Demo], db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_commands, "SPARE", 100_000)
    monkeypatch.setattr(wholes, "EXPECTED", 1024)
    demo = make_demo()
    raw = letter("long", body=LONG)
    uid = demo.place.put(raw)
    demo.place.put(letter("older"))
    demo.server.on_answer = all_at_once(demo, uid, raw)
    incoming = demo.place.incoming(db, keep="all")
    demo.loop.call(lambda: [demo.server.account.add("INBOX", letter()) for _ in range(60)])
    with pytest.raises(ProtocolError) as caught:
        incoming.sync()
    assert caught.value.id == "answer-too-large"
    incoming.sync()
    assert len(stored(db)) == 62
    incoming.close()
