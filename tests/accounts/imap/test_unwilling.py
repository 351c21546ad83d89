"""Mails that a server cannot give: they keep no other mail away, and nothing is taken for gone that was only not told."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from accounts.demo.imap_session import Session
from accounts.imap.account import ImapAccount
from core.errors import CorreioError
from core.settings.schema import Server
from core.store import notices
from core.store.database import Database
from tests.accounts.imap.conftest import Demo
from tests.accounts.mail_place import Place, letter, stored
from tests.servers.dovecot import Dovecot

PLAIN = frozenset({"IMAP4rev1"})
BAD = 30
_NO = b" NO [SERVERBUG] cannot be converted\r\n"


def try_often(incoming: ImapAccount, times: int) -> list[str]:
    """As the engine does: anew after each error; their ids."""
    told = []
    for _ in range(times):
        try:
            incoming.sync()
        except CorreioError as error:
            told.append(error.id)
    return told


def up_to(uid: int, then: Callable[[bytes], bytes]) -> Callable[[Session, str, bytes], bytes | None]:
    """The answers before that mail; `then` makes the rest out of the tag."""
    wanted = re.compile(rb"\* \d+ FETCH \([^\n]*UID %d [^\n]*BODY\[" % uid)

    def change(session: Session, command: str, answer: bytes) -> bytes | None:
        found = wanted.search(answer)
        return answer[: found.start()] + then(answer.splitlines()[-1].split()[0]) if found else None

    return change


def refusing(session: Session, tag: str, name: str, args: object) -> bytes | None:
    """No to every UID FETCH."""
    return tag.encode() + b" NO System error (Failure)\r\n" if name == "UID FETCH" else None


@pytest.mark.parametrize("keep", ["headers", "all"])
def test_a_mail_that_ends_the_answer_with_no(keep: str, make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo()
    demo.loop.call(lambda: [demo.server.account.add("INBOX", letter()) for _ in range(120)])
    demo.server.on_answer = up_to(BAD, lambda tag: tag + _NO)
    incoming = demo.place.incoming(db, keep=keep)
    incoming.sync()
    assert set(stored(db)) == set(range(1, 121)) - {BAD}
    demo.server.on_answer = None
    incoming.sync()
    assert set(stored(db)) == set(range(1, 121))
    incoming.close()


def test_bodies_behind_one_that_is_refused(make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo()
    demo.loop.call(lambda: [demo.server.account.add("INBOX", letter()) for _ in range(60)])
    honest = demo.place.incoming(db, keep="headers")
    honest.sync()
    honest.close()
    demo.server.on_answer = up_to(BAD, lambda tag: tag + _NO)
    incoming = demo.place.incoming(db)
    incoming.sync()
    assert {uid for uid, (digest, _) in stored(db).items() if not digest} == {BAD}
    incoming.close()


@pytest.mark.parametrize(
    "nonsense",
    [b"* %d FETCH (UID %d FLAGS (\\Seen\r\n", b"* %d FETCH (UID %d BODY[HEADER] {3}\r\nFrom: x\r\n"],
    ids=["flags", "size"],
)
def test_a_mail_of_which_the_server_tells_nonsense(nonsense: bytes, make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo()
    demo.loop.call(lambda: [demo.server.account.add("INBOX", letter()) for _ in range(60)])
    demo.server.on_answer = up_to(BAD, lambda tag: nonsense % (BAD, BAD) + tag + b" OK done\r\n")
    incoming = demo.place.incoming(db)
    assert set(try_often(incoming, 4)) == {"answer-senseless"}
    assert set(stored(db)) == set(range(1, 61)) - {BAD}
    incoming.close()


@pytest.mark.parametrize("keep", ["headers", "all", "days:99999"])
@pytest.mark.parametrize("bad", [1, 4, 12])
def test_a_mail_that_dovecot_cannot_read(bad: int, keep: str, dovecot: Dovecot, db: Database) -> None:
    """It says goodbye in the middle of its answer, each time anew."""
    mailbox = dovecot.user()
    server = Server(
        kind="imap", host=dovecot.host, port=dovecot.ports.imaps, user=mailbox.user, trust=str(dovecot.authority.file)
    )
    place = Place(server, mailbox.user, mailbox.password, dovecot.authority.client_context())
    mailbox.fill([(letter(), (), 1_700_000_000 + number) for number in range(12)])
    file = sorted((mailbox.maildir() / "cur").iterdir())[bad - 1]
    mode = file.stat().st_mode
    file.chmod(0)
    now = [1_700_000_000.0]
    incoming = place.incoming(db, keep=keep, clock=lambda: now[0])
    try_often(incoming, 4)
    incoming.sync()
    digests = {uid: digest for uid, (digest, _) in stored(db).items()}
    assert digests.keys() == set(range(1, 13)) - {bad}
    assert keep == "headers" or all(digests.values())
    told = [error.id for _, error in notices.unseen(db)]
    assert told == ["mails-left-behind"]
    file.chmod(mode)
    now[0] += 86_400
    incoming.sync()
    assert stored(db).keys() == set(range(1, 13))
    incoming.close()


def test_flags_that_are_not_told_are_no_mails_that_are_gone(make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo(capabilities=PLAIN)
    demo.loop.call(lambda: [demo.server.account.add("INBOX", letter()) for _ in range(5)])
    incoming = demo.place.incoming(db)
    incoming.sync()
    before = db.read("SELECT id, uid FROM placement ORDER BY uid")
    demo.server.on_command = refusing
    assert incoming.sync().removed == 0
    assert db.read("SELECT id, uid FROM placement ORDER BY uid") == before
    incoming.close()


def test_changes_that_are_not_told_now_are_asked_for_again(make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo()
    demo.loop.call(lambda: [demo.server.account.add("INBOX", letter()) for _ in range(5)])
    incoming = demo.place.incoming(db)
    incoming.sync()
    demo.place.flag(3, "\\Flagged")
    demo.server.on_command = refusing
    incoming.sync()
    demo.server.on_command = None
    incoming.sync()
    assert stored(db) == demo.place.mails()
    incoming.close()


def test_a_server_that_counts_no_changes_and_says_zero(make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo()
    demo.loop.call(lambda: [demo.server.account.add("INBOX", letter()) for _ in range(3)])
    demo.server.on_answer = lambda session, command, answer: re.sub(rb"HIGHESTMODSEQ \d+", b"HIGHESTMODSEQ 0", answer)
    incoming = demo.place.incoming(db)
    incoming.sync()
    demo.place.flag(2, "\\Flagged")
    incoming.sync()
    assert stored(db) == demo.place.mails()
    incoming.close()


def test_nonsense_about_the_quota_ends_no_pass(make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo(capabilities=PLAIN | {"QUOTA"})
    demo.place.put(letter())
    demo.server.on_command = lambda session, tag, name, args: (
        b'* QUOTA "" (STORAGE 10 512\r\n' + tag.encode() + b" OK done\r\n" if name == "GETQUOTAROOT" else None
    )
    incoming = demo.place.incoming(db)
    incoming.sync()
    assert stored(db) == demo.place.mails()
    incoming.close()


@pytest.mark.parametrize("said", [b"%s NO not now\r\n", b"%s BAD what\r\n", b"* ENABLED\r\n%s OK done\r\n"])
def test_qresync_that_the_server_does_not_give_is_not_used(said: bytes, make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo()
    demo.place.put(letter())
    demo.server.on_command = lambda session, tag, name, args: said % tag.encode() if name == "ENABLE" else None
    incoming = demo.place.incoming(db)
    incoming.sync()
    demo.place.flag(1, "\\Flagged")
    incoming.sync()
    assert stored(db) == demo.place.mails()
    incoming.close()


@pytest.mark.parametrize("started", [False, True])
def test_a_server_that_counts_a_mail_which_it_does_not_list(started: bool, make_demo: Callable[..., Demo], db: Database) -> None:
    """Nothing is dropped on its word, but what it lists comes, and flags are seen."""
    demo = make_demo(capabilities=PLAIN)
    demo.loop.call(lambda: [demo.server.account.add("INBOX", letter()) for _ in range(90)])
    incoming = demo.place.incoming(db)
    if started:
        incoming.sync()
        demo.loop.call(lambda: [demo.server.account.add("INBOX", letter()) for _ in range(30)])
    demo.server.on_answer = lambda session, command, answer: answer.replace(b" 3 4 ", b" 4 ") if command == "UID SEARCH" else None
    incoming.sync()
    demo.place.flag(7, "\\Flagged")
    incoming.sync()
    demo.server.on_answer = None
    there = demo.place.mails()
    assert stored(db) == (there if started else {uid: mail for uid, mail in there.items() if uid != 3})
    incoming.close()


def test_esearch_in_small_letters(make_demo: Callable[..., Demo], db: Database) -> None:
    """Words of the protocol may come in any case (RFC 3501 §9)."""
    demo = make_demo()
    demo.loop.call(lambda: [demo.server.account.add("INBOX", letter()) for _ in range(90)])
    demo.server.on_answer = lambda session, command, answer: (
        answer.replace(b"ESEARCH", b"esearch").replace(b" UID ALL ", b" uid all ") if command == "UID SEARCH" else None
    )
    incoming = demo.place.incoming(db)
    incoming.sync()
    assert set(stored(db)) == set(range(1, 91))
    incoming.close()
