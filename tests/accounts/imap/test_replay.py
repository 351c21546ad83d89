"""The journal carried out over lines that drop at any moment, on servers that can much or little (SAFETY R12)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from accounts.demo.imap_server import CAPABILITIES
from accounts.imap.account import ImapAccount
from core import operations
from core.arrival import keep_mail
from core.detaching import detach, without
from core.errors import NetworkError, ProtocolError
from core.flags import Flag
from core.store import journal
from core.store.database import Database
from tests.accounts.imap.conftest import Demo
from tests.accounts.mail_place import check_counts, folder_id, letter, message_at, open_store, stored

SERVERS = {
    "whole": CAPABILITIES,
    "no MOVE": CAPABILITIES - {"MOVE"},
    "no UIDPLUS": CAPABILITIES - {"UIDPLUS"},
    "neither": CAPABILITIES - {"UIDPLUS", "MOVE"},
    "bare": frozenset(("IMAP4rev1",)),
}
BEFORE_WORK = ("CAPABILITY", "LOGIN", "AUTHENTICATE", "ENABLE", "ID", "NOOP", "LOGOUT")


class Cutter:
    """Cuts the line at the n-th command after login: before it is carried out, or after that but before the answer."""

    def __init__(self, demo: Demo, place: int, after: bool) -> None:
        self.left = place
        self.after = after
        self.done = False
        demo.server.on_command = lambda session, tag, name, args: self.meet(session, name, before=True)
        demo.server.on_answer = lambda session, name, answer: self.meet(session, name, before=False)

    def meet(self, session: object, name: str, *, before: bool) -> bytes | None:
        if self.done or name in BEFORE_WORK:
            return None
        if before:
            self.left -= 1
        if self.left == 0 and before != self.after:
            self.done = True
            session.cut()  # type: ignore[attr-defined]
            return b""
        return None


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_100_000.0

    def __call__(self) -> float:
        return self.now


def replay_to_the_end(incoming: ImapAccount, db: Database, clock: Clock) -> None:
    """As the engine does it: again and again, until nothing waits."""
    for _ in range(20):
        try:
            incoming.replay()
        except NetworkError:
            clock.now += 120
        if not journal.waiting(db):
            return
    raise AssertionError(f"still waiting: {db.read('SELECT kind, state, attempts, reason FROM operation')}")


def bodies_in(demo: Demo, folder: str) -> Counter[bytes]:
    return demo.loop.call(lambda: Counter(mail.raw for mail in demo.server.account.boxes[folder].mails.values()))


def with_file() -> bytes:
    """A mail with a file."""
    head, body = letter().split(b"Content-Type: text/plain; charset=utf-8\r\n\r\n")
    file = b"Content-Type: application/pdf; name=a.pdf\r\nContent-Disposition: attachment\r\n\r\n%PDF and more\r\n"
    kind = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    return head + kind + b"--b\r\n\r\n" + body + b"\r\n--b\r\n" + file + b"--b--\r\n"


def _flags_of(demo: Demo, raw: bytes) -> set[bytes]:
    mails = demo.server.account.boxes["INBOX"].mails.values()
    return demo.loop.call(lambda: {name.encode() for mail in mails if mail.raw == raw for name in mail.flags})


def perform(db: Database, kind: str, uids: list[int], new: bytes) -> None:
    """Three mails of the Inbox are changed here."""
    inbox, archive = folder_id(db), folder_id(db, "Archive")
    places = [(inbox, message_at(db, uid)) for uid in uids]
    if kind == "move":
        operations.move(db, places, archive)
    elif kind == "copy":
        operations.copy(db, places, archive)
    elif kind == "expunge":
        operations.expunge(db, places)
    elif kind == "append":
        with db.write():
            message = keep_mail(db, 1, new)
        operations.append(db, archive, message, Flag.SEEN)
    elif kind == "detach":
        for _, message in places:
            detach(db, inbox, message, {"2": "Deleted: a file"})
    elif kind == "flag":
        operations.set_flag(db, places, Flag.FLAGGED, True)
    elif kind == "create":
        operations.create_folder(db, 1, "Neu")


@pytest.mark.parametrize(
    ("can", "kind"),
    [
        *((can, "move") for can in SERVERS),
        *((can, kind) for can in ("whole", "no UIDPLUS") for kind in ("copy", "expunge", "append", "detach")),
        *(("whole", kind) for kind in ("flag", "create")),  # where extensions make no difference
    ],
)
def test_cut_at_every_step(can: str, kind: str, make_demo: Callable[..., Demo], tmp_path: Path) -> None:
    for after in (False, True):
        for place in range(1, 30):
            demo = make_demo(capabilities=SERVERS[can])
            folder = tmp_path / f"{place}-{after}"
            folder.mkdir()
            db = open_store(folder)
            if not _one_cut(demo, db, kind, place, after):
                db.close()
                break
            db.close()
        else:
            raise AssertionError("the replay never came to its end without a cut")


def _one_cut(demo: Demo, db: Database, kind: str, place: int, after: bool) -> bool:
    """Do an operation with one cut, compare; whether it came to that cut."""
    clock = Clock()
    mails = [with_file() if kind == "detach" else letter() for _ in range(5)]
    uids = [demo.place.put(raw) for raw in mails]
    other = letter("of another program")
    demo.place.put(other, flags=["\\Deleted"])
    old, new = letter("in the archive"), letter("new")
    demo.place.put(old, "Archive")
    incoming = demo.place.incoming(db, keep="all", clock=clock)
    incoming.sync()
    perform(db, kind, uids[:3], new)
    cutter = Cutter(demo, place, after)
    replay_to_the_end(incoming, db, clock)
    demo.server.on_command = demo.server.on_answer = None

    inbox, archive = bodies_in(demo, "INBOX"), bodies_in(demo, "Archive")
    assert inbox[other] == 1, "what another program had marked is gone"
    shown = Counter(raw for raw in [*mails, other])
    if kind == "move":
        assert archive == Counter([old, *mails[:3]])
    elif kind == "copy":
        assert archive == Counter([old, *mails[:3]])
        assert inbox == shown
    elif kind == "append":
        assert archive == Counter([old, new])
    elif kind == "detach":
        left = [raw for raw in inbox if b"\\Deleted" not in _flags_of(demo, raw)]
        assert Counter(left) == Counter([*(without(raw, {"2": "Deleted: a file"}) for raw in mails[:3]), *mails[3:]])
    else:
        assert archive == Counter([old])
    incoming.sync()
    _same_as_server(demo, db)
    check_counts(db)
    incoming.close()
    return cutter.done


def _same_as_server(demo: Demo, db: Database) -> None:
    """Shown is what the server has, but for own mails that it could not expunge yet."""
    for path in ("INBOX", "Archive"):
        there = demo.place.mails(path)
        here = stored(db, path)
        hidden = {uid for uid, (_, flags) in there.items() if "\\deleted" in flags and uid not in here}
        assert here == {uid: mail for uid, mail in there.items() if uid not in hidden}
        waiting = db.read("SELECT uid FROM placement WHERE hidden = 1 AND folder = ? AND uid IS NOT NULL", (folder_id(db, path),))
        assert {row[0] for row in waiting} == hidden


def test_others_marks_hold_back_our_expunge_until_they_are_gone(make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo(capabilities=SERVERS["neither"])
    ours, theirs = demo.place.put(letter()), demo.place.put(letter(), flags=["\\Deleted"])
    demo.place.put(letter(), "Archive")
    incoming = demo.place.incoming(db)
    incoming.sync()
    operations.move(db, [(folder_id(db), message_at(db, ours))], folder_id(db, "Archive"))
    incoming.sync()
    assert set(demo.place.mails()) == {ours, theirs}
    assert set(stored(db)) == {theirs}
    incoming.sync()
    assert set(stored(db)) == {theirs}
    demo.place.flag(theirs, "\\Deleted", on=False)
    incoming.sync()
    assert set(demo.place.mails()) == {theirs}
    incoming.sync()
    assert stored(db) == demo.place.mails()
    assert db.value("SELECT count(*) FROM placement WHERE hidden = 1") == 0
    incoming.close()


def test_a_mail_that_somebody_unmarks_is_shown_again(make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo(capabilities=SERVERS["neither"])
    ours = demo.place.put(letter())
    demo.place.put(letter(), flags=["\\Deleted"])
    incoming = demo.place.incoming(db)
    incoming.sync()
    operations.expunge(db, [(folder_id(db), message_at(db, ours))])
    incoming.sync()
    assert ours not in stored(db)
    demo.place.flag(ours, "\\Deleted", on=False)
    incoming.sync()
    assert stored(db) == demo.place.mails()
    incoming.close()


def test_undone_before_its_turn(make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo()
    uid = demo.place.put(letter())
    incoming = demo.place.incoming(db)
    incoming.sync()
    operations.set_flag(db, [(folder_id(db), message_at(db, uid))], Flag.SEEN, True)
    operations.undo(db)
    assert incoming.replay() == 0
    assert demo.place.mails()[uid][1] == frozenset()
    incoming.close()


def test_a_server_without_keywords_leaves_tags_here(make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo(keywords=False)
    uid = demo.place.put(letter())
    incoming = demo.place.incoming(db)
    incoming.sync()
    spot = [(folder_id(db), message_at(db, uid))]
    operations.set_tag(db, spot, "todo", True)
    operations.set_flag(db, spot, Flag.FORWARDED, True)
    operations.set_flag(db, spot, Flag.SEEN, True)
    incoming.sync()
    demo.place.flag(uid, "\\Flagged")
    incoming.sync()
    incoming.sync()
    assert demo.place.mails()[uid][1] == {"\\seen", "\\flagged"}
    assert stored(db)[uid][1] == {"\\seen", "\\flagged", "$forwarded", "todo"}
    assert db.value("SELECT keywords FROM folder WHERE id = ?", (folder_id(db),)) == 0
    incoming.close()


@pytest.mark.parametrize(("answer", "state"), [(b"NO [OVERQUOTA] full", "failed"), (b"NO [UNAVAILABLE] later", "queued")])
def test_a_refusal_for_good_and_one_for_now(answer: bytes, state: str, make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo()
    uid = demo.place.put(letter())
    demo.place.put(letter(), "Archive")
    clock = Clock()
    incoming = demo.place.incoming(db, clock=clock)
    incoming.sync()
    operations.copy(db, [(folder_id(db), message_at(db, uid))], folder_id(db, "Archive"))
    demo.server.on_command = lambda session, tag, name, args: (
        f"{tag} ".encode() + answer + b"\r\n" if name == "UID COPY" else None
    )
    incoming.replay()
    assert db.value("SELECT state FROM operation") == state
    assert len(stored(db, "Archive")) == (1 if state == "failed" else 2)
    demo.server.on_command = None
    assert incoming.replay() == 0
    clock.now += 100
    incoming.sync()
    assert stored(db, "Archive") == demo.place.mails("Archive")
    assert len(stored(db, "Archive")) == (1 if state == "failed" else 2)
    incoming.close()


def test_what_the_server_does_not_understand_ends_after_some_tries(make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo()
    uid = demo.place.put(letter())
    clock = Clock()
    incoming = demo.place.incoming(db, clock=clock)
    incoming.sync()
    operations.set_flag(db, [(folder_id(db), message_at(db, uid))], Flag.SEEN, True)
    demo.server.on_command = lambda session, tag, name, args: f"{tag} BAD what?\r\n".encode() if name == "UID STORE" else None
    for _ in range(12):
        incoming.replay() if not journal.waiting(db) else _try(incoming)
        clock.now += 100
    assert db.value("SELECT state FROM operation") == "failed"
    assert stored(db)[uid][1] == frozenset()
    incoming.close()


@pytest.mark.parametrize("answer", ["NO [UNAVAILABLE] later", "BAD what?"])
def test_a_line_that_often_drops_does_not_use_up_the_tries(answer: str, make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo()
    uid = demo.place.put(letter())
    clock = Clock()
    incoming = demo.place.incoming(db, clock=clock)
    incoming.sync()
    operations.set_flag(db, [(folder_id(db), message_at(db, uid))], Flag.SEEN, True)

    def cut(session: object, tag: str, name: str, args: object) -> bytes | None:
        if name == "UID STORE":
            session.cut()  # type: ignore[attr-defined]
            return b""
        return None

    demo.server.on_command = cut
    for _ in range(15):
        with pytest.raises(NetworkError):
            incoming.replay()
        clock.now += 100
    demo.server.on_command = lambda session, tag, name, args: f"{tag} {answer}\r\n".encode() if name == "UID STORE" else None
    for _ in range(3):
        with suppress(ProtocolError):
            incoming.replay()
        clock.now += 100
    demo.server.on_command = None
    incoming.sync()
    assert db.value("SELECT state FROM operation") == "done"
    assert demo.place.mails()[uid][1] == {"\\seen"}
    incoming.close()


def _try(incoming: ImapAccount) -> None:
    with pytest.raises(ProtocolError):
        incoming.replay()
