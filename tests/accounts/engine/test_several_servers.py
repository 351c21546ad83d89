"""Several servers for sending: who is called, in which order, how much each may be given; over restarts."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from accounts.caps import Caps, advice, caps_of, room_for
from accounts.engine.handing_over import hand_over
from accounts.engine.sender import Sender
from accounts.outgoing import SendResult
from core.errors import AuthenticationError, CorreioError, NetworkError, ServerRefused
from core.senders import foreign_sender
from core.settings import Account, Server, Settings
from core.store import handed, outbox
from core.store.database import Database
from tests.accounts.engine.players import Outgoing, Stage, queued

FIRST = Server(id="0000000a", kind="smtp", host="one.example.org", auth=False, per_message=0)
SECOND = Server(id="0000000b", kind="smtp", host="two.example.org", auth=False, per_message=0)
GONE = NetworkError("connection-refused", server="one", answer="")
LATER = SendResult("retry", "one", error=ServerRefused("mail-refused", server="one", answer="later", code=451))
REFUSED = SendResult("failed", "one", error=ServerRefused("mail-refused", server="one", answer="no", code=554))


@pytest.fixture
def db(stage: Stage) -> Iterator[Database]:
    with stage.store() as found:
        yield found


class Post:
    """Players by host."""

    def __init__(self, *servers: Server) -> None:
        self.servers = servers
        self.players = {server.host: Outgoing() for server in servers}

    def way(self, account: Account) -> Outgoing:
        assert account.outgoing is not None
        return self.players[account.outgoing.host]

    def send(self, db: Database, id: int, stage: Stage) -> tuple[str, CorreioError | None]:
        row = outbox.get(db, id)
        assert outbox.trying(db, id, self.servers[0].shown)
        return hand_over(db, row, stage.settings.accounts[0], self.way, threading.Event(), self.servers)


@pytest.mark.parametrize(
    ("answer", "state", "called"),
    [(GONE, "sent", 2), (LATER, "sent", 2), (REFUSED, "failed", 1),
     (AuthenticationError("login-refused", server="one", user="me", answer=""), "waiting", 1),
     (SendResult("uncertain", "one", error=GONE), "uncertain", 1)],
)  # fmt: skip
def test_the_next_server_is_called(
    stage: Stage, db: Database, answer: SendResult | CorreioError, state: str, called: int
) -> None:
    post = Post(FIRST, SECOND)
    id = queued(db, "bob@example.net")
    post.players[FIRST.host].answers = [answer]
    found, _ = post.send(db, id, stage)
    assert found == state
    assert (len(post.players[SECOND.host].sent) == 1) == (called == 2)
    assert outbox.get(db, id).server == (SECOND.host if called == 2 else FIRST.host)


def test_when_none_takes_it_the_first_one_counts(stage: Stage, db: Database) -> None:
    post = Post(FIRST, SECOND)
    id = queued(db, "bob@example.net")
    post.players[FIRST.host].answers = [LATER]
    post.players[SECOND.host].answers = [GONE]
    state, error = post.send(db, id, stage)
    assert state == "waiting"
    assert error is not None and error.id == "mail-refused"
    assert outbox.get(db, id).state == "waiting"


def test_who_sends_for_whom() -> None:
    account = Account(name="me", kind="local", outgoing=FIRST)
    mine = replace(SECOND, senders="shop@example.org, @example.com", account=account.id)
    other = replace(SECOND, id="0000000c", account="ffffffff")
    off = replace(SECOND, id="0000000d", active=False)
    settings = Settings(accounts=(account,), outgoing=(mine, other, off))
    assert settings.ways_out(account, "me@example.org") == (FIRST, mine)
    assert settings.ways_out(account, "Shop@example.org") == (mine, FIRST)
    assert settings.ways_out(account, "x@EXAMPLE.com") == (mine, FIRST)
    assert settings.ways_out(account, "x@notexample.com") == (FIRST, mine)


def test_recipients_above_the_cap_of_a_mail_come_in_the_next_turn(stage: Stage, db: Database) -> None:
    post = Post(replace(FIRST, per_message=2))
    id = queued(db, *(f"r{n}@example.net" for n in range(5)))
    states = [post.send(db, id, stage)[0] for _ in range(3)]
    assert states == ["queued", "queued", "sent"]
    assert [len(to) for _, _, to in post.players[FIRST.host].sent] == [2, 2, 1]
    assert len(outbox.get(db, id).answers) == 5
    assert db.value("SELECT count(*) FROM operation") == 1, "one copy in Sent"


def test_refused_recipients_do_not_keep_the_others_waiting(stage: Stage, db: Database) -> None:
    post = Post(replace(FIRST, per_message=1))
    id = queued(db, "bad@example.net", "good@example.net")
    no = ServerRefused("recipients-refused", server="one", answer="no", code=550)
    post.players[FIRST.host].answers = [SendResult("failed", "one", refused={"bad@example.net": (550, "no")}, error=no)]
    assert post.send(db, id, stage)[0] == "queued"
    assert post.send(db, id, stage)[0] == "sent"
    assert outbox.get(db, id).answers == {"bad@example.net": (550, "no"), "good@example.net": (250, "ok")}


def test_a_cap_makes_the_queue_wait_and_says_until_when(stage: Stage, db: Database) -> None:
    capped = replace(FIRST, per_hour=2, per_day=0)
    post = Post(capped)
    sender = Sender(stage.store, lambda db, row: stage.settings.accounts[0], post.way, ways_out=lambda a, s: (capped,))
    ids = [queued(db, f"r{n}@example.net") for n in range(3)]
    now = int(time.time())
    sender.send_due(db, outbox.get(db, ids[0]).account)
    rows = [outbox.get(db, id) for id in ids]
    assert [row.state for row in rows] == ["sent", "sent", "waiting"]
    why = rows[2].reason
    assert why is not None and (why.id, why.values["limit"], why.values["window"]) == ("cap-reached", 2, "hour")
    assert now + 3600 <= rows[2].not_before <= now + 3700
    assert rows[2].attempts == 0
    assert not outbox.due(db, now + 60), "it is not looked at again and again"
    assert outbox.hurry(db) == 0
    # After a restart: the count is on the disk.
    with stage.store() as again:
        assert room_for(again, capped, now).count == 0
        assert room_for(again, capped, now + 3700).count == 2
    with db.write():
        db.run("UPDATE handed SET made = made - 3601")
        db.run("UPDATE outbox SET not_before = 0")
    sender.send_due(db, rows[2].account)
    assert outbox.get(db, ids[2]).state == "sent"


def test_caps_by_the_day_and_week_and_a_clock_set_back(db: Database) -> None:
    server = replace(FIRST, per_hour=0, per_day=10, per_week=15)
    now = 1_800_000_000
    with db.write():
        for days in (6, 3, 0):
            handed.note(db, 1, server.id, 5, now - days * 86_400)
    full = room_for(db, server, now)
    assert full.count == 0 and full.why is not None
    assert (full.why.values["window"], full.until) == ("week", now - 6 * 86_400 + 604_801)
    assert room_for(db, server, now + 86_400 + 2).count == 5
    assert room_for(db, server, now - 90 * 86_400).count == 10, "what lies far ahead was noted by a wrong clock"


def test_mail_waits_for_a_cap_through_the_whole_engine_turn(stage: Stage, db: Database) -> None:
    """What waits for a cap is not due, so that the engine does not look at it over and over."""
    capped = replace(FIRST, per_hour=1, per_day=0)
    post = Post(capped)
    sender = Sender(stage.store, lambda db, row: stage.settings.accounts[0], post.way, ways_out=lambda a, s: (capped,))
    for n in range(2):
        queued(db, f"r{n}@example.net")
    row = outbox.rows(db)[0].account
    sender.send_due(db, row)
    now = int(time.time())
    assert outbox.accounts_due(db, now + 1) == []
    assert (outbox.next_due(db) or 0) > now + 3000
    # The clock was set back by a year: it does not wait for a year.
    assert outbox.accounts_due(db, now - 365 * 86_400) == [row]


def test_what_is_known_of_providers() -> None:
    gmail = Server(kind="smtp", host="smtp.gmail.com")
    assert caps_of(gmail) == Caps(0, 500, 0, 100, "Google")
    assert caps_of(replace(gmail, per_day=0)).day == 0
    assert caps_of(Server(kind="smtp", host="smtp.example.org")) == Caps()
    said = advice(gmail, 200)
    assert said is not None and (said.id, said.values["limit"]) == ("bulk-over-free-provider", 500)
    assert advice(gmail, 3) is None and advice(FIRST, 5000) is None


def test_the_words(tmp_path: Path) -> None:
    from tui.sentences import sentence

    words = sentence(CorreioError("cap-reached", server="x", limit=500, window="day", until=1_800_000_000))
    assert "500" in words and "2027-01-15" in words


def test_a_sender_of_another_domain_is_pointed_out() -> None:
    gmail = Server(kind="smtp", host="smtp.gmail.com", user="me@gmail.com")
    account = Account(name="me", kind="local", email="me@gmail.com", outgoing=gmail)
    settings = Settings(accounts=(account,))
    doubt = foreign_sender(settings, account, "boss@example.org")
    assert doubt is not None and doubt.id == "from-not-of-server"
    assert foreign_sender(settings, account, "Me@Gmail.com") is None
    named = replace(account, outgoing=replace(gmail, senders="@example.org"))
    assert foreign_sender(settings, named, "boss@example.org") is None
    assert foreign_sender(settings, replace(account, outgoing=replace(gmail, auth=False)), "boss@example.org") is None
