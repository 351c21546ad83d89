"""Into the outbox: built once, fixed on disk; and what follows once a mail was accepted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from core import sending
from core.address import Address
from core.arrival import arrive_mail
from core.draft import FORWARDED, Answers, Draft
from core.errors import CorreioError, NotFound
from core.flags import Flag
from core.sending import file_sent, queue, recover, tell_unsent
from core.settings import Account, Identity, Settings
from core.store import accounts, correspondents, folders, messages, notices, outbox
from core.store.database import Database
from tests.core.store.mails import mail
from tests.depth import examples
from tests.empty_store import empty_store

UID = "5e44e400"
SETTINGS = Settings(
    accounts=(Account(id=UID, name="work", email="me@example.org"),),
    identities=(Identity(id="1d000001", account=UID, address="me@example.org", name="Me"),),
)
DRAFT = Draft(
    to=(Address("Ana", "ana@example.org"),), bcc=(Address("", "secret@example.org"),), subject="Lunch", body="At one?\n"
)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = empty_store(tmp_path / "state" / "correio.db")
    yield database
    database.close()


def test_bytes_and_id_are_fixed_when_it_is_queued(db: Database) -> None:
    row = queue(db, SETTINGS, DRAFT)
    wire, copy = outbox.wire(db, row.id), outbox.copy(db, row.id)
    assert message_from_bytes(wire)["Message-ID"] == message_from_bytes(copy)["Message-ID"] == f"<{row.message_id}>"
    assert message_from_bytes(wire)["Date"] == message_from_bytes(copy)["Date"]
    assert b"secret@example.org" not in wire
    assert b"secret@example.org" in copy
    assert (row.sender, set(row.recipients)) == ("me@example.org", {"ana@example.org", "secret@example.org"})
    assert (row.state, row.attempts, row.copied) == ("queued", 0, False)
    assert Draft.from_json(row.draft) == DRAFT


def test_a_time_before_which_it_does_not_go(db: Database) -> None:
    later = int(time.time()) + 600
    row = queue(db, SETTINGS, DRAFT, not_before=later)
    assert (row.state, row.not_before) == ("waiting", later)
    assert outbox.due(db, later - 1) == []
    assert [found.id for found in outbox.due(db, later)] == [row.id]
    assert outbox.next_due(db) == later
    assert outbox.next_due(db, [row.account]) is None
    assert outbox.accounts_due(db, later) == [row.account]


def test_the_time_to_take_it_back_begins_when_it_stands_there(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large mail takes a while to build: the seconds were over before anybody was told of them."""
    begin = int(time.time())
    clock, build = SimpleNamespace(time=lambda: begin), sending.built_for

    def slow(*asked: Any) -> Any:
        clock.time = lambda: begin + 30
        return build(*asked)

    monkeypatch.setattr(sending, "time", clock)
    monkeypatch.setattr(sending, "built_for", slow)
    row = queue(db, SETTINGS, DRAFT, wait=10)
    assert (row.state, row.not_before) == ("waiting", begin + 40)


def test_without_a_sender(db: Database) -> None:
    with pytest.raises(NotFound) as caught:
        queue(db, Settings(), DRAFT)
    assert caught.value.id == "no-identity"


@pytest.mark.parametrize("how", ["answered", FORWARDED])
@pytest.mark.parametrize("known", ["by its row", "by its Message-ID", "not at all"])
def test_what_it_answers_is_marked_once_it_is_sent(db: Database, how: str, known: str) -> None:
    account = accounts.row_of(db, UID)
    inbox = folders.ensure(db, account, "INBOX", role="inbox").id
    with db.write():
        answered = arrive_mail(db, inbox, account, mail(), uid=1)
    named = Answers(answered if known == "by its row" else 0, "" if known == "not at all" else "a@example.org", how)
    row = queue(db, SETTINGS, replace(DRAFT, answers=named))
    assert not messages.flags_of(db, answered)
    file_sent(db, row, SETTINGS.accounts[0])
    wanted = Flag.FORWARDED if how == FORWARDED else Flag.ANSWERED
    assert messages.flags_of(db, answered) == (Flag(0) if known == "not at all" else wanted)


def test_what_it_answers_may_have_gone(db: Database) -> None:
    row = queue(db, SETTINGS, replace(DRAFT, answers=Answers(12345, "gone@example.org")))
    file_sent(db, row, SETTINGS.accounts[0])
    assert outbox.get(db, row.id).copied


def test_the_copy_is_filed_once(db: Database) -> None:
    row = queue(db, SETTINGS, DRAFT)
    file_sent(db, row, SETTINGS.accounts[0])
    file_sent(db, outbox.get(db, row.id), SETTINGS.accounts[0])
    sent = folders.by_role(db, row.account, "sent")
    assert sent is not None
    assert (sent.total, sent.unread) == (1, 0)


def test_people_one_writes_to_are_remembered(db: Database) -> None:
    file_sent(db, queue(db, SETTINGS, DRAFT), SETTINGS.accounts[0])
    assert correspondents.complete(db, "ana") == [Address("Ana", "ana@example.org")]
    assert correspondents.complete(db, "secret") == [Address("", "secret@example.org")]


def test_words_for_the_user(db: Database) -> None:
    row = queue(db, SETTINGS, DRAFT)
    for state, id in (("waiting", "sending-waits"), ("sending", ""), ("uncertain", "sent-perhaps")):
        outbox.sending(db, row.id) if state == "sending" else outbox.finish(db, row.id, state)
        tell_unsent(db, row, CorreioError("connection-refused", server="x"))
        if id:
            assert notices.unseen(db)[-1][1].id == id
    assert notices.unseen(db)[-1][1].values["why"]["id"] == "connection-refused"


class Outbox(RuleBasedStateMachine):
    """Whatever the user, the sender and the power supply do in whatever order: no state is left but by its doors."""

    def __init__(self) -> None:
        super().__init__()
        import tempfile

        self._folder = tempfile.TemporaryDirectory()
        self.db = Database(Path(self._folder.name) / "correio.db")
        self.handed_over: dict[int, int] = {}
        """How often each mail has begun to go out."""
        self.allowed: dict[int, int] = {}
        """How often it may have: once, and once more for each time the user or a clear answer allowed it."""
        self.states: dict[int, str] = {}

    def teardown(self) -> None:
        self.db.close()
        self._folder.cleanup()

    @rule(later=st.booleans())
    def write(self, later: bool) -> None:
        id = queue(self.db, SETTINGS, DRAFT, not_before=int(time.time()) + 900 if later else 0).id
        self.handed_over[id] = 0
        self.allowed[id] = 1

    def _one(self, data: st.DataObject) -> int:
        return data.draw(st.sampled_from(sorted(self.handed_over)))

    @precondition(lambda self: self.handed_over)
    @rule(data=st.data(), end=st.sampled_from(["sent", "failed", "waiting", "uncertain", "kill", "kill before"]))
    def send(self, data: st.DataObject, end: str) -> None:
        id = self._one(data)
        if id not in [row.id for row in outbox.due(self.db, int(time.time()))] or not outbox.trying(self.db, id, "mx"):
            return
        if end == "kill before":
            recover(self.db)
            return
        assert outbox.sending(self.db, id)
        self.handed_over[id] += 1
        if end == "kill":
            recover(self.db)
            assert outbox.get(self.db, id).state == "uncertain"
            return
        outbox.finish(self.db, id, end, not_before=0)
        if end == "waiting":  # the server said no: it has not got it
            self.allowed[id] += 1

    @precondition(lambda self: self.handed_over)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        outbox.cancel(self.db, self._one(data))

    @precondition(lambda self: self.handed_over)
    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        id = self._one(data)
        final = outbox.get(self.db, id).state in ("failed", "uncertain")
        if outbox.retry(self.db, id) and final:
            self.allowed[id] += 1

    @precondition(lambda self: self.handed_over)
    @rule(data=st.data())
    def arrived(self, data: st.DataObject) -> None:
        outbox.arrived(self.db, self._one(data))

    @invariant()
    def nothing_is_lost_or_twice(self) -> None:
        rows = {row.id: row for row in outbox.rows(self.db, all=True)}
        assert rows.keys() == self.handed_over.keys()
        for id, row in rows.items():
            assert row.state in outbox.STATES
            assert row.state != "sending"
            assert self.handed_over[id] <= self.allowed[id]
            if self.states.get(id) in ("sent", "cancelled"):
                assert row.state == self.states[id], "final is final"
        self.states = {id: row.state for id, row in rows.items()}


TestOutbox = Outbox.TestCase
TestOutbox.settings = hypothesis_settings(max_examples=examples(25), stateful_step_count=25, deadline=None)


@pytest.mark.parametrize(("code", "state", "left"), [(450, "queued", ("late@example.org",)), (550, "sent", None)])
def test_arrived_is_said_of_those_who_were_not_refused(db: Database, code: int, state: str, left: tuple[str, ...] | None) -> None:
    row = queue(db, SETTINGS, replace(DRAFT, cc=(Address("", "late@example.org"),)))
    outbox.sending(db, row.id)
    outbox.finish(db, row.id, "uncertain", reason=CorreioError("no-reply-after-data"), answers={"late@example.org": (code, "no")})
    assert outbox.arrived(db, row.id)
    found = outbox.get(db, row.id)
    assert (found.state, found.reason, found.recipients) == (state, None, left or row.recipients)
    assert [one.id for one in outbox.troubled(db)] == ([] if left else [row.id]), "who was refused is not forgotten"
    assert not outbox.arrived(db, row.id)


@pytest.mark.parametrize("end", ["cut", "crash"])
def test_arrived_counts_the_last_try_alone(db: Database, end: str) -> None:
    """Who was put off before has it now; for whom it did not go yet, it goes."""
    row = queue(db, SETTINGS, replace(DRAFT, cc=(Address("", "late@example.org"), Address("", "next@example.org"))))
    first, *_ = row.recipients
    outbox.finish(
        db, row.id, "waiting", answers={first: (250, "ok"), "late@example.org": (450, "wait")},
        still=("late@example.org", "next@example.org"),
    )  # fmt: skip
    assert outbox.sending(db, row.id, ("next@example.org",))
    if end == "cut":
        outbox.finish(db, row.id, "uncertain", reason=CorreioError("no-reply-after-data"))
    else:
        outbox.interrupted(db)
    assert outbox.arrived(db, row.id)
    found = outbox.get(db, row.id)
    assert (found.state, found.recipients) == ("queued", ("next@example.org",))
