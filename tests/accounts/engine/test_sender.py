"""Sending: every end a mail can come to, and that nothing goes out twice."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from accounts.engine import handing_over
from accounts.engine import sender as sender_module
from accounts.engine.sender import Sender, Sent
from accounts.outgoing import SendResult
from core.errors import (
    AuthenticationError,
    CorreioError,
    CryptoError,
    NetworkError,
    PasswordNeeded,
    ProtocolError,
    ServerRefused,
    StoreError,
    TLSError,
)
from core.flags import Flag
from core.sending import recover, resolve_uncertain
from core.settings import Account
from core.store import accounts, folders, journal, notices, outbox
from core.store.database import Database
from tests.accounts.engine.players import PATIENCE, UID, Outgoing, Stage, accepted, account, queued

NO = {"bob@example.net": (550, "no such user")}
LATER = {"bob@example.net": (450, "later")}


@dataclass
class Bench:
    """A sender with a player for the way out."""

    stage: Stage
    accounts: dict[str, Account] = field(default_factory=lambda: {UID: account()})
    ways: dict[str, Outgoing] = field(default_factory=dict)
    told: queue.SimpleQueue[tuple[int, str, str]] = field(default_factory=queue.SimpleQueue)

    def __post_init__(self) -> None:
        self.sender = Sender(self.stage.store, self._account_of, lambda a: self.way(a.id), self._tell)

    def way(self, uid: str = UID) -> Outgoing:
        return self.ways.setdefault(uid, Outgoing())

    def _account_of(self, db: Database, row: int) -> Account | None:
        return self.accounts.get(accounts.uid_of(db, row))

    def _tell(self, id: int, state: str, account: Account | None, error: CorreioError | None) -> None:
        self.told.put((id, state, error.id if error else ""))

    def send(self, db: Database) -> Sent:
        """One pass in this thread."""
        return self.sender.send_due(db, accounts.row_of(db, UID))

    def told_of(self, state: str) -> tuple[int, str, str]:
        """The next word about a mail in that state."""
        while True:
            found = self.told.get(timeout=PATIENCE)
            if found[1] == state:
                return found


@pytest.fixture
def bench(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(handing_over, "REWRITE", 0.01)
    monkeypatch.setattr(sender_module, "TROUBLED", 0.01)
    made = Bench(stage)
    yield made
    made.sender.stop()


@pytest.fixture
def db(stage: Stage) -> Iterator[Database]:
    with stage.store() as db:
        yield db


def told(db: Database) -> list[str]:
    return [error.id for _, error in notices.unseen(db)]


def test_an_accepted_mail(bench: Bench, db: Database) -> None:
    id = queued(db, "bob@example.net", "eve@example.net")
    assert bench.send(db) == Sent({1: 1})
    row = outbox.get(db, id)
    assert (row.state, row.reason, row.attempts, row.server) == ("sent", None, 1, "smtp.example.org")
    assert row.answers == {"bob@example.net": (250, "ok"), "eve@example.net": (250, "ok")}
    assert bench.way().sent == [(outbox.wire(db, id), "me@example.org", ("bob@example.net", "eve@example.net"))]
    [copy] = journal.pending(db, row.account)
    assert (copy.kind, copy.actor, copy.args) == ("append", "sync", {"flags": Flag.SEEN})
    assert bench.send(db) == Sent({1: 0})
    assert len(bench.way().sent) == 1


REFUSED_LOGIN = AuthenticationError("login-refused", server="x", user="me", answer="")
NEEDED = PasswordNeeded("password-needed", credential="work", server="x", answer="")


@pytest.mark.parametrize(
    ("answer", "state", "pause", "notice"),
    [
        (NetworkError("connection-refused", server="x", answer=""), "waiting", 1, []),
        (TLSError("certificate-name", server="x", answer=""), "waiting", 1, ["sending-waits"]),
        (ProtocolError("not-smtp", server="x", answer=""), "waiting", 1, ["sending-waits"]),
        (CryptoError("gpg-refused", answer=""), "waiting", 3600, ["sending-waits"]),
        (NEEDED, "waiting", 3600, []),
        (REFUSED_LOGIN, "waiting", 3600, []),
        (ServerRefused("greeting-refused", server="x", answer="", code=554), "failed", 0, ["not-sent"]),
        (CorreioError("mail-malformed", what="x"), "failed", 0, ["not-sent"]),
        (SendResult("retry", "x", refused=LATER, error=ServerRefused("recipients-refused", server="x", answer="", code=450)),
         "waiting", 60, []),
        (SendResult("failed", "x", refused=NO, error=ServerRefused("recipients-refused", server="x", answer="", code=550)),
         "failed", 0, ["not-sent"]),
        (SendResult("uncertain", "x", error=NetworkError("no-reply-after-data", server="x")), "uncertain", 0, ["sent-perhaps"]),
        (ZeroDivisionError("ours, after it had begun"), "uncertain", 0, ["sent-perhaps"]),
    ],
    ids=lambda value: getattr(value, "id", getattr(value, "state", "")) or type(value).__name__,
)  # fmt: skip
def test_how_a_try_ends(
    bench: Bench, db: Database, answer: SendResult | Exception, state: str, pause: int, notice: list[str]
) -> None:
    id = queued(db, "bob@example.net")
    bench.way().answers = [answer]
    now = int(time.time())
    sent = bench.send(db)
    row = outbox.get(db, id)
    assert (row.state, row.attempts) == (state, 1)
    assert row.reason is not None
    assert sent.errors[row.account].id == row.reason.id
    assert told(db) == notice
    if pause:
        assert now + pause - 1 <= row.not_before <= time.time() + pause
    else:
        assert bench.send(db) == Sent({row.account: 0}), "it is not tried again by itself"
    assert not journal.pending(db, row.account)


def test_pauses_grow(bench: Bench, db: Database) -> None:
    id = queued(db, "bob@example.net")
    bench.way().answers = [NetworkError("connection-refused", server="x", answer="") for _ in range(9)]
    pauses = []
    for _ in range(9):
        with db.write():
            db.run("UPDATE outbox SET not_before = 0")
        before = int(time.time())
        bench.send(db)
        pauses.append((outbox.get(db, id).not_before, before, time.time()))
    for (until, before, after), pause in zip(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60], strict=True):
        assert before + pause - 1 <= until <= after + pause + 1
    assert told(db) == []


def test_the_user_hears_of_a_certificate_once(bench: Bench, db: Database) -> None:
    queued(db, "bob@example.net")
    bench.way().answers = [TLSError("certificate-name", server="x", answer="") for _ in range(3)]
    for _ in range(3):
        outbox.hurry(db)
        bench.send(db)
    assert told(db) == ["sending-waits"]


def test_a_server_that_keeps_asking_for_patience(bench: Bench, db: Database) -> None:
    id = queued(db, "bob@example.net")
    refusal = SendResult("retry", "x", refused=LATER, error=ServerRefused("recipients-refused", server="x", answer="", code=450))
    bench.way().answers = [refusal] * 3
    bench.send(db)
    with db.write():
        db.run("UPDATE outbox SET not_before = 0, made = made - ?", (handing_over.GIVE_UP + 1,))
    bench.send(db)
    assert outbox.get(db, id).state == "failed"
    assert told(db) == ["not-sent"]


def test_some_are_refused(bench: Bench, db: Database) -> None:
    id = queued(db, "ann@x.net", "bob@example.net", "eve@x.net")
    refused = {"bob@example.net": (450, "later"), "eve@x.net": (550, "never")}
    bench.way().answers = [SendResult("sent", "x", ("ann@x.net",), refused, "ok", 250), accepted("bob@example.net")]
    bench.send(db)
    row = outbox.get(db, id)
    assert (row.state, row.recipients, row.copied) == ("waiting", ("bob@example.net",), True)
    assert row.reason is not None
    assert row.reason.id == "some-put-off"
    assert told(db) == [], "not before the last is through"
    outbox.retry(db, id)
    bench.send(db)
    row = outbox.get(db, id)
    assert row.state == "sent"
    assert {to: code for to, (code, _) in row.answers.items()} == {"ann@x.net": 250, "bob@example.net": 250, "eve@x.net": 550}
    assert told(db) == ["some-refused"]
    assert len(journal.pending(db, row.account)) == 1, "one copy in Sent"
    assert [to for _, _, to in bench.way().sent] == [("ann@x.net", "bob@example.net", "eve@x.net"), ("bob@example.net",)]


@pytest.mark.parametrize("changed", ["gone", "no way out"])
def test_an_account_that_cannot_send(bench: Bench, db: Database, changed: str) -> None:
    id = queued(db, "bob@example.net")
    bench.accounts = {} if changed == "gone" else {UID: account(outgoing=None)}
    bench.send(db)
    assert outbox.get(db, id).state == "failed"
    assert told(db) == ["not-sent"]


@pytest.mark.parametrize("rule", ["server", "local", "none", "provider"])
def test_where_the_copy_goes(bench: Bench, db: Database, rule: str) -> None:
    bench.accounts = {UID: account(sent_copy=rule)}
    id = queued(db, "bob@example.net")
    bench.send(db)
    row = outbox.get(db, id)
    assert row.copied
    pending = journal.pending(db, row.account)
    assert [operation.kind for operation in pending] == (["append"] if rule == "server" else [])
    counts = {folder.account: folder.total for folder in folders.with_role(db, "sent")}
    here = accounts.row_of(db, "local", local=True) if rule == "local" else row.account
    assert counts.get(here, 0) == (1 if rule in ("server", "local") else 0)


# taking back --------------------------------------------------------------


def test_a_mail_taken_back_before_its_time(bench: Bench, db: Database) -> None:
    id = queued(db, "bob@example.net", not_before=int(time.time()) + 600)
    assert bench.send(db) == Sent({1: 0})
    assert outbox.cancel(db, id) is not None
    with db.write():
        db.run("UPDATE outbox SET not_before = 0")
    assert bench.send(db) == Sent({1: 0})
    assert not bench.way().sent


def test_a_mail_taken_back_while_the_server_is_called(bench: Bench, stage: Stage, db: Database) -> None:
    """Up to the moment when the first byte goes out."""
    id = queued(db, "bob@example.net")

    def call_and_cancel(account: Account) -> Outgoing:
        with stage.store() as other:
            assert outbox.cancel(other, id) is not None
        return bench.way()

    bench.sender._outgoing_for = call_and_cancel
    assert bench.send(db) == Sent({1: 0})
    assert outbox.get(db, id).state == "cancelled"
    assert not bench.way().sent


def test_too_late_to_take_back(bench: Bench, stage: Stage, db: Database) -> None:
    id = queued(db, "bob@example.net")

    def try_to_cancel() -> SendResult:
        with stage.store() as other:
            assert outbox.get(other, id).state == "sending"
            assert outbox.cancel(other, id) is None
        return accepted("bob@example.net")

    bench.way().answers = [try_to_cancel]
    bench.send(db)
    assert outbox.get(db, id).state == "sent"


# nobody knows -------------------------------------------------------------


def test_what_was_going_out_is_of_unknown_end(db: Database) -> None:
    queued(db, "a@x.net", subject="called only")
    id = queued(db, "b@x.net", subject="going out")
    for each in (1, 2):
        outbox.trying(db, each, "x")
    outbox.sending(db, id)
    assert recover(db) == 1
    assert [row.state for row in outbox.rows(db)] == ["queued", "uncertain"]
    assert told(db) == ["sent-perhaps"]
    assert recover(db) == 0


def test_it_arrived_says_the_user(bench: Bench, db: Database) -> None:
    id = queued(db, "bob@example.net")
    bench.way().answers = [SendResult("uncertain", "x", error=NetworkError("no-reply-after-data", server="x"))]
    bench.send(db)
    assert outbox.arrived(db, id)
    assert not outbox.arrived(db, id)
    bench.sender.start()
    waited: queue.SimpleQueue[Sent] = queue.SimpleQueue()
    bench.sender.ask(waited.put)
    assert waited.get(timeout=PATIENCE) == Sent()
    assert outbox.get(db, id).copied
    assert [operation.kind for operation in journal.pending(db, 1)] == ["append"]
    assert len(bench.way().sent) == 1


def test_a_copy_without_number_proves_nothing(bench: Bench, db: Database) -> None:
    """Our own copy, which waits to be appended."""
    from core.arrival import arrive_mail

    id = queued(db, "bob@example.net")
    bench.way().answers = [SendResult("uncertain", "x", error=NetworkError("no-reply-after-data", server="x"))]
    bench.send(db)
    sent = folders.ensure(db, 1, "Sent", role="sent").id
    with db.write():
        arrive_mail(db, sent, 1, outbox.copy(db, id))
    assert resolve_uncertain(db) == 0
    with db.write():
        db.run("UPDATE placement SET uid = 9")
    assert resolve_uncertain(db) == 1
    assert outbox.get(db, id).state == "sent"
    assert not journal.pending(db, 1)


# trouble with the store ---------------------------------------------------


def test_a_full_disk_before_the_first_byte(bench: Bench, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    id = queued(db, "bob@example.net")
    sending = outbox.sending

    def full(*words: object) -> bool:
        monkeypatch.setattr(outbox, "sending", sending)
        raise StoreError("disk-full", file="", answer="")

    monkeypatch.setattr(outbox, "sending", full)
    bench.send(db)
    assert outbox.get(db, id).state == "waiting"
    assert not bench.way().sent
    outbox.hurry(db)
    bench.send(db)
    assert outbox.get(db, id).state == "sent"


def test_a_full_disk_after_the_server_accepted(bench: Bench, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the server said is kept in memory until there is room."""
    id = queued(db, "bob@example.net")
    tries = iter([StoreError("disk-full", file="", answer=""), StoreError("store-busy", file="", answer="")])
    finish = outbox.finish

    def full(*words: object, **more: object) -> None:
        if (error := next(tries, None)) is not None:
            raise error
        finish(*words, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(outbox, "finish", full)
    bench.send(db)
    row = outbox.get(db, id)
    assert (row.state, row.copied) == ("sent", True)
    assert len(bench.way().sent) == 1


def test_state_and_copy_are_written_together(bench: Bench, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    id = queued(db, "bob@example.net")
    real = handing_over.file_sent
    calls = []

    def fail_once(*words: object) -> None:
        calls.append(words)
        if len(calls) == 1:
            raise StoreError("disk-full", file="", answer="")
        real(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(handing_over, "file_sent", fail_once)
    bench.send(db)
    assert (outbox.get(db, id).state, len(calls)) == ("sent", 2)
    assert len(journal.pending(db, 1)) == 1


# the loop -----------------------------------------------------------------


def test_it_sends_what_falls_due(bench: Bench, stage: Stage) -> None:
    bench.sender.start()
    with stage.store() as db:
        later = queued(db, "bob@example.net", subject="later", not_before=int(time.time()) + 3600)
        bench.sender.wake()
        now = queued(db, "bob@example.net", subject="now")
        bench.sender.wake()
        assert bench.told_of("sent")[0] == now
        due = int(time.time()) + 2
        with db.write():
            db.run("UPDATE outbox SET not_before = ? WHERE id = ?", (due, later))
        bench.sender.wake()
    assert bench.told_of("sent")[0] == later and time.time() >= due


def test_a_slow_server_holds_up_nobody_else(bench: Bench, stage: Stage) -> None:
    other = "45670123"
    bench.accounts[other] = account(other)
    go_on = threading.Event()
    inside = threading.Event()

    def slow() -> SendResult:
        inside.set()
        assert go_on.wait(PATIENCE)
        return accepted("bob@example.net")

    bench.way().answers = [slow]
    bench.sender.start()
    with stage.store() as db:
        held = queued(db, "bob@example.net", subject="held")
        bench.sender.wake()
        assert inside.wait(PATIENCE)
        free = queued(db, "bob@example.net", subject="free", uid=other)
    bench.sender.wake()
    assert bench.told_of("sent")[0] == free
    go_on.set()
    assert bench.told_of("sent")[0] == held


def test_a_pass_that_was_asked_for_is_answered_when_all_are_through(bench: Bench, stage: Stage) -> None:
    other = "45670123"
    bench.accounts[other] = account(other)
    refused = SendResult("failed", "x", refused=NO, error=ServerRefused("recipients-refused", server="x", answer="", code=550))
    bench.way(other).answers = [refused]
    with stage.store() as db:
        for n in range(3):
            queued(db, "bob@example.net", subject=f"{n}")
        queued(db, "bob@example.net", subject="refused", uid=other)
        rows = [accounts.row_of(db, uid) for uid in (UID, other)]
    answers: queue.SimpleQueue[Sent] = queue.SimpleQueue()
    bench.sender.ask(answers.put)
    bench.sender.ask(answers.put)
    bench.sender.start()
    for _ in range(2):
        sent = answers.get(timeout=PATIENCE)
        assert sent.accepted == {rows[0]: 3, rows[1]: 0}
        assert {row: error.id for row, error in sent.errors.items()} == {rows[1]: "recipients-refused"}
    bench.sender.ask(answers.put)
    assert answers.get(timeout=PATIENCE) == Sent()


def test_a_store_that_cannot_be_read_for_a_while(bench: Bench, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    with stage.store() as db:
        id = queued(db, "bob@example.net")
    real: Callable[[Database, int], list[int]] = outbox.accounts_due
    failures = iter([StoreError("store-busy", file="", answer=""), ZeroDivisionError()])

    def due(db: Database, now: int) -> list[int]:
        if (error := next(failures, None)) is not None:
            raise error
        return real(db, now)

    monkeypatch.setattr(outbox, "accounts_due", due)
    bench.sender.start()
    assert bench.told_of("sent")[0] == id


def test_a_clock_that_was_set_back(bench: Bench, db: Database) -> None:
    """A pause of a minute must not become one of a day; a time that the user chose is kept."""
    queued(db, "bob@example.net", subject="retried")
    bench.way().answers = [NetworkError("connection-refused", server="x", answer="")]
    bench.send(db)
    with db.write():
        db.run("UPDATE outbox SET not_before = not_before + 86400")
    queued(db, "bob@example.net", subject="chosen", not_before=int(time.time()) + 86_400)
    assert [row.subject for row in outbox.due(db, int(time.time()))] == ["retried"]
