"""Names that nobody knows, a resolver that hangs, another network: the other accounts go on, and it is tried at once."""

from __future__ import annotations

import itertools
import queue
import socket
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from msgspec import structs

from accounts.deadline import Deadline
from accounts.demo.imap_session import Session
from accounts.dial import Addresses, Endpoint, resolve, system_addresses
from accounts.engine import pause as pause_module
from accounts.engine import sender as sender_module
from accounts.engine import worker as worker_module
from accounts.engine.news import News
from accounts.engine.pause import Pause, whereabouts
from accounts.engine.sender import Sender
from accounts.engine.worker import Worker
from accounts.imap.account import ImapAccount
from accounts.incoming import Incoming, Report
from accounts.outgoing import SendResult
from core.errors import CorreioError, NetworkError
from core.secret import Secret
from core.settings import Account
from core.store import accounts, outbox
from core.store.database import Database
from tests.accounts.engine.players import PATIENCE, Stage, account, queued, settings
from tests.accounts.imap.conftest import Demo
from tests.accounts.mail_place import letter
from tui.sentences import sentence

HERE, THERE = ("10.0.0.7", ""), ("192.168.1.9", "")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Places:
    """Where the machine is, look by look; the last place stays."""

    def __init__(self, *places: tuple[str, ...], at_look: Callable[[], None] = lambda: None) -> None:
        self.places = list(places)
        self.looks = 0
        self.at_look = at_look

    def __call__(self) -> tuple[str, ...]:
        self.looks += 1
        self.at_look()
        return self.places.pop(0) if len(self.places) > 1 else self.places[0]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pause_module, "LOOK", 0.001)


def test_another_network_ends_a_pause() -> None:
    for before, after in ((HERE, THERE), (("", ""), HERE), (HERE, ("10.0.0.7", "2001:db8::7"))):
        places = Places(before, before, after)
        pause = Pause(places)
        assert pause.wait(PATIENCE) and pause.moved
        assert places.looks == 3


def test_what_changed_while_it_was_tried_ends_the_pause_after_it() -> None:
    places = Places(HERE, THERE)
    pause = Pause(places)
    pause.begin()
    assert pause.wait(PATIENCE) and pause.moved
    assert places.looks == 2
    pause.set()
    assert pause.wait(PATIENCE) and not pause.moved, "once"


def test_a_machine_that_has_slept_ends_a_pause() -> None:
    wall = Clock()
    places = Places(HERE)
    places.at_look = lambda: setattr(wall, "now", 3600.0 if places.looks > 2 else 0.0)
    pause = Pause(places, steady=lambda: 0.0, wall=wall)
    assert pause.wait(60) and pause.moved


def test_a_pause_without_news_lasts() -> None:
    steady = Clock()
    places = Places(HERE, at_look=lambda: setattr(steady, "now", steady.now + 2))
    pause = Pause(places, steady=steady, wall=steady)
    assert not pause.wait(60) and not pause.moved
    assert places.looks == 30


def test_whoever_asks_ends_it() -> None:
    pause = Pause(Places(HERE))
    pause.set()
    assert pause.wait(PATIENCE) and pause.wait() and not pause.moved
    pause.clear()
    assert not pause.is_set()
    assert len(whereabouts()) == 2


class Net:
    """A network whose names can be lost: refused, or never answered."""

    def __init__(self) -> None:
        self.back = threading.Event()
        self.asked: queue.SimpleQueue[int] = queue.SimpleQueue()

    def refuses(self, host: str, port: int) -> Addresses:
        self.asked.put(port)
        if not self.back.is_set():
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return system_addresses("127.0.0.1", port)

    def hangs(self, host: str, port: int) -> Addresses:
        self.asked.put(port)
        self.back.wait()
        return system_addresses("127.0.0.1", port)

    def here(self) -> tuple[str, ...]:
        return HERE if self.back.is_set() else ("", "")


@pytest.mark.parametrize("way", ["refuses", "hangs"])
def test_other_accounts_go_on_while_names_are_lost(
    way: str, stage: Stage, make_demo: Callable[..., Demo], monkeypatch: pytest.MonkeyPatch
) -> None:
    net = Net()
    demos = {"aaaa0000": make_demo(), "bbbb0000": make_demo()}
    for demo in demos.values():
        demo.place.put(letter())
    stage.settings = settings(
        *(
            Account(id=uid, name=uid, email="a@x.example", incoming=structs.replace(demo.place.settings, host="mail.x.example"))
            for uid, demo in demos.items()
        )
    )
    states: queue.SimpleQueue[tuple[str, str, CorreioError | None]] = queue.SimpleQueue()

    def incoming(account: Account, db: Database, row: int, report: Report) -> Incoming:
        secret = Secret(demos[account.id].place.password)
        resolver = getattr(net, way) if account.id == "bbbb0000" else lambda host, port: system_addresses("127.0.0.1", port)
        patience = 2.0 if account.id == "bbbb0000" and way == "hangs" and not net.back.is_set() else 60.0
        return ImapAccount(account, lambda server: secret, db, row, report, resolver=resolver, patience=patience)

    means = stage.means()
    monkeypatch.setattr(Stage, "means", lambda self: replace(means, incoming=incoming))
    monkeypatch.setattr(News, "state", lambda self, uid, state, error: states.put((uid, state, error)))
    monkeypatch.setattr(worker_module, "Pause", lambda: Pause(net.here))
    monkeypatch.setattr(worker_module.random, "uniform", lambda least, most: 60.0)  # every pause is a minute
    with stage.engine():
        seen: dict[str, tuple[str, CorreioError | None]] = {}
        while len(seen) < 2:
            uid, state, error = states.get(timeout=PATIENCE)
            seen[uid] = (state, error)
        assert seen["aaaa0000"] == ("", None), "this one has its mail"
        state, error = seen["bbbb0000"]
        assert state == "offline" and error is not None
        assert error.id == ("unknown-host" if way == "refuses" else "names-unanswered")
        assert "mail.x.example" in sentence(error)
        assert net.asked.qsize() == 1
        net.back.set()
        while (found := states.get(timeout=PATIENCE))[:2] != ("bbbb0000", ""):
            assert found[0] == "aaaa0000", "at once, and it works"


@pytest.mark.parametrize("away", [True, False], ids=["cut off", "asked for patience"])
def test_mail_that_waits_for_its_server_goes_out_in_another_network(
    away: bool, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = itertools.count()
    monkeypatch.setattr(sender_module, "Pause", lambda: Pause(lambda: (str(next(places)),)))  # another one at every look
    put_off = SendResult("retry", "mx:25", refused={"bob@example.net": (450, "later")})
    stage.settings, told = settings(account(incoming=None)), queue.SimpleQueue[tuple[int, str]]()
    stage.outgoing.answers = [NetworkError("unknown-host", server="x", answer="") if away else put_off]
    sender = Sender(
        stage.store, lambda db, row: stage.settings.accounts[0], lambda account: stage.outgoing,
        lambda id, state, account, error: told.put((id, state)),
    )  # fmt: skip
    with stage.store() as db:
        later = queued(db, "bob@example.net", subject="later", not_before=int(time.time()) + 600)
        id = queued(db, "bob@example.net")
        sender.start()
        try:
            assert [told.get(timeout=PATIENCE) for _ in range(2)] == [(id, "sending"), (id, "waiting")]
            if away:
                assert [told.get(timeout=PATIENCE) for _ in range(2)] == [(id, "sending"), (id, "sent")]
            else:
                asked = threading.Event()
                sender.ask(lambda sent: asked.set())
                assert asked.wait(PATIENCE) and outbox.get(db, id).state == "waiting", "a server's wish counts anywhere"
            assert outbox.get(db, later).state == "waiting", "the user's too"
        finally:
            sender.stop()


def test_a_resolver_that_hangs_is_asked_once_at_a_time() -> None:
    net = Net()
    endpoint = Endpoint("mail.x.example", 143)
    for _ in range(3):
        with pytest.raises(NetworkError) as caught:
            resolve(endpoint, Deadline(0.01, lambda: 0.0), net.hangs)  # however late it is asked
        assert caught.value.id == "names-unanswered"
    assert net.asked.qsize() == 1
    net.back.set()
    assert resolve(endpoint, Deadline(PATIENCE), net.hangs)


def test_a_server_that_makes_no_sense_after_each_pass_is_asked_less_and_less(
    stage: Stage, make_demo: Callable[..., Demo], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pause grows to a minute though every pass went well, until a connection has served for a minute."""
    demo = make_demo()
    demo.place.put(letter())
    steady, pauses, rounds = Clock(), list[float](), queue.SimpleQueue[float]()

    def senseless(session: Session, tag: str, name: str, args: object) -> Awaitable[bytes] | None:
        async def said() -> bytes:
            steady.now += 61.0 if len(pauses) == 8 else 0.5
            return b"* 99999999999999999999999 EXISTS\r\n"

        return said() if name == "IDLE" else None

    class Noted(Pause):
        def wait(self, seconds: float | None = None, *, looking: bool = True) -> bool:
            assert seconds is not None
            pauses.append(seconds)
            rounds.put(seconds)
            return False

    demo.server.on_command = senseless
    row = account(incoming=demo.place.settings)
    with stage.store() as db:
        id = accounts.row_of(db, row.id)
    monkeypatch.setattr(worker_module, "Pause", Noted)
    monkeypatch.setattr(worker_module.random, "uniform", lambda least, most: 1.0)
    states: queue.SimpleQueue[str] = queue.SimpleQueue()
    worker = Worker(
        id, stage.store, lambda db: ImapAccount(row, lambda server: Secret(demo.place.password), db, id, lambda *told: None),
        passed=lambda db: None, tell_state=lambda state, error: states.put(state), steady=steady,
    )  # fmt: skip
    worker.start()
    seen = [rounds.get(timeout=PATIENCE) for _ in range(10)]
    worker.stop()
    worker.join(PATIENCE)
    assert seen == [1, 2, 4, 8, 16, 32, 60, 60, 1, 2]
    assert {states.get(timeout=PATIENCE) for _ in range(4)} == {"", "error"}
