"""An engine in bad weather, at random: callers who vanish and talk nonsense, settings that change under it, kill -9 between
what is due and what is done. In the end nothing is lost, nothing is twice, and nothing is held open that was not before."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from accounts.engine.client import EngineClient
from accounts.engine.lock import EngineLock
from accounts.engine.protocol import VERSION
from core import operations, snooze
from core.errors import CorreioError
from core.flags import Flag
from core.settings.file import load, save
from core.store import journal, outbox, schedule
from tests.commands.house import PostOffice, letter
from tests.depth import depth
from tests.servers.comparison import differences

NONSENSE = (
    b"", b"\n", b"\x00\xff\n", b"[" * 5000 + b"\n", b'{"hello": 1}', b'{"hello": 1}\n{"id": 1}\n', b"7\n", b"x" * 70_000,
    b'{"hello": 1, "role": 9}\n{"do": ["x"], "id": {}}\n', b'{"hello": 0, "role": "screen"}\n{"id": 1, "do": "fetch"}\nnull\n',
)  # fmt: skip
REQUESTS = (
    {"do": "status"}, {"do": "look"}, {"do": "sync", "accounts": None}, {"do": "sync", "accounts": ["nobody"]}, {"do": "halt"},
    {"do": "reload"}, {"do": "fetch", "message": -1}, {"do": "fetch", "message": 5}, {"do": "search", "folder": 1},
    {"do": "busy", "uid": "x", "spans": [[0, 60]]}, {"do": "keep-event", "entry": 5}, {"do": "subscriptions", "account": 3},
    {"do": "access", "folder": 99}, {"do": "give-up"}, {"do": "leave-list", "message": 1}, {"do": "forget"},
    {"do": "password", "credential": "none", "password": "x"},
)  # fmt: skip


class Weather:
    """What happens to one engine, by the dice."""

    def __init__(self, post: PostOffice, dice: random.Random) -> None:
        self.post = post
        self.dice = dice
        self.open: list[socket.socket] = []
        self.delivered = 0
        self.queued: set[str] = set()
        self.snoozed: set[int] = set()
        self.log: list[str] = []
        self.home = post.home
        self.deeds: list[Callable[[], None]] = [
            self.vanish, self.vanish, self.vanish, self.babble, self.stay, self.deliver, self.deliver, self.send, self.send,
            self.snooze, self.snooze, self.flag, self.flag, self.kill, self.stop, self.sweep, self.rename, self.rest, self.second,
        ]  # fmt: skip

    def begin(self) -> None:
        self.post.run("engine", "start")

    def client(self) -> EngineClient | None:
        with contextlib.suppress(CorreioError):
            return EngineClient(self.home, role=self.dice.choice(("screen", "command")))
        return None

    def knock(self) -> socket.socket:
        sock = socket.socket(socket.AF_UNIX)
        with contextlib.suppress(OSError):
            sock.connect(str(self.home.socket))
        return sock

    def vanish(self) -> None:
        """Ask several things, and go without hearing the answers."""
        with self.knock() as sock, contextlib.suppress(OSError):
            sock.sendall(json.dumps({"hello": VERSION, "role": self.dice.choice(("screen", "command"))}).encode() + b"\n")
            for number in range(self.dice.randrange(8)):
                sock.sendall(json.dumps({"id": number, **self.dice.choice(REQUESTS)}).encode() + b"\n")
            if self.dice.random() < 0.3:
                sock.shutdown(socket.SHUT_WR)
                sock.recv(100)

    def babble(self) -> None:
        with self.knock() as sock, contextlib.suppress(OSError):
            sock.sendall(self.dice.choice(NONSENSE))

    def stay(self) -> None:
        """Say nothing, for as long as it takes."""
        self.open.append(self.knock())

    def deliver(self) -> None:
        self.delivered += 1
        self.post.dovecot.deliver(self.post.mailbox, letter(f"Mail {self.delivered}", id=f"{self.delivered}@x"))

    def send(self) -> None:
        name = f"out {len(self.queued)}"
        self.queued.add(name)
        later = ("--at", "1h") if self.dice.random() < 0.4 else ()
        self.post.run("send", "--to", "bob@example.net", "--subject", name, *later, stdin="x")
        if later:
            with self.post.store() as db, db.write():
                db.run("UPDATE outbox SET not_before = unixepoch() + 2 WHERE subject = ?", (name,))
            self._look()

    def _places(self) -> list[tuple[int, int]]:
        found = self.post.ask(
            lambda db: db.read(
                "SELECT p.folder, p.message FROM placement p JOIN folder f ON f.id = p.folder"
                " WHERE f.role = 'inbox' AND p.hidden = 0 AND f.account = 1 AND p.uid IS NOT NULL"
            )
        )
        return [(folder, message) for folder, message in found]

    def snooze(self) -> None:
        if places := self._places():
            place = self.dice.choice(places)
            with self.post.store() as db:
                snooze.snooze(db, [place], int(time.time()) + self.dice.randrange(1, 5))
            self.snoozed.add(place[1])
            self._look()

    def flag(self) -> None:
        if places := self._places():
            with self.post.store() as db:
                operations.set_flag(db, [self.dice.choice(places)], Flag.FLAGGED, self.dice.random() < 0.6)
            self._look()

    def _look(self) -> None:
        if (client := self.client()) is not None:
            client.tell("look")
            client.close()

    def kill(self) -> None:
        pid = EngineLock(self.home.lock).holder()
        if pid:
            os.kill(pid, signal.SIGKILL)
            self.post.eventually(lambda: EngineLock(self.home.lock).holder() is None)
        self.begin()

    def stop(self) -> None:
        if not self.home.socket.exists():
            self.kill()
        self.post.run("engine", "stop")
        if self.dice.random() < 0.8:
            self.begin()

    def sweep(self) -> None:
        """Somebody tidies up below /tmp."""
        self.home.socket.unlink(missing_ok=True)

    def rename(self) -> None:
        name = f"name {self.dice.random()}"
        save(self.home.settings_file, lambda old: replace(old, accounts=(replace(old.accounts[0], name=name), *old.accounts[1:])))
        self._reload()

    def rest(self) -> None:
        def turned(old):  # type: ignore[no-untyped-def]
            first = old.accounts[0]
            return replace(old, accounts=(replace(first, offline=not first.offline), *old.accounts[1:]))

        save(self.home.settings_file, turned)
        self._reload()

    def second(self) -> None:
        """An account comes, or goes."""
        settings = load(self.home.settings_file)
        if len(settings.accounts) > 1:
            self.post.run("account", "remove", "other", "--yes")
        else:
            words = ("--in-host", "127.0.0.1", "--in-port", "1", "--out-host", "127.0.0.1", "--out-port", "1", "--store", "ask")
            self.post.run(
                "account", "add", "--email", "o@x.org", "--name", "other", "--no-test", *words, "--password-stdin", stdin="x\n"
            )

    def _reload(self) -> None:
        if self.dice.random() < 0.7 and (client := self.client()) is not None:
            client.tell("reload")
            client.close()

    def kick(self) -> None:
        """The server hangs up; the engine may be back at once, so nobody waits for it to be gone."""
        with contextlib.suppress(subprocess.CalledProcessError):
            self.post.dovecot.doveadm("kick", self.post.mailbox.user)

    def clear_settings(self) -> None:
        """Settings as at the beginning, and no callers."""
        for sock in self.open:
            sock.close()
        if len(load(self.home.settings_file).accounts) > 1:
            self.second()
        save(self.home.settings_file, lambda old: replace(old, accounts=(replace(old.accounts[0], offline=False),)))

    def clear_up(self) -> None:
        """As at the beginning, with an engine that nobody has called before."""
        self.clear_settings()
        self.stop()
        self.begin()


@pytest.mark.server
@pytest.mark.parametrize("seed", range(depth(1, 12)))
def test_bad_weather(post: PostOffice, seed: int) -> None:
    dice = random.Random(seed)
    weather = Weather(post, dice)
    for _ in range(3):
        weather.deliver()
    weather.begin()
    post.eventually(post.is_well)
    for _ in range(45):
        deed = dice.choice(weather.deeds)
        weather.log.append(deed.__name__)
        deed()
    weather.clear_up()
    db = post.ask
    post.eventually(lambda: not db(lambda db: journal.waiting(db)) and not db(lambda db: schedule.of_kind(db, "wake")))
    post.eventually(lambda: not db(lambda db: [row for row in outbox.rows(db) if row.state in ("queued", "waiting", "sending")]))
    post.eventually(lambda: not differences(post.path, post.dovecot, post.mailbox))
    sent = [
        next(line for line in one.raw.decode().split("\r\n") if line.startswith("Subject: "))[9:] for one in post.smtp.deliveries
    ]
    uncertain = {row.subject for row in db(outbox.rows) if row.state == "uncertain"}
    assert len(sent) == len(set(sent)), (seed, weather.log)
    assert weather.queued == set(sent) | uncertain, (seed, weather.log)
    inbox = post.server_flags()
    assert set(inbox) == {f"{n}@x" for n in range(1, weather.delivered + 1)}, (seed, weather.log)
    assert "mistake" not in post.log() and "Traceback" not in post.log(), (seed, post.log())
    post.run("engine", "stop")


@pytest.mark.server
@pytest.mark.parametrize("seed", range(depth(1, 6)))
def test_nothing_stays_open(post: PostOffice, seed: int) -> None:
    weather = Weather(post, random.Random(seed))
    weather.deliver()
    weather.begin()
    post.eventually(lambda: post.is_well() and _shown(post) == 1)
    process = EngineLock(post.home.lock).holder()
    post.eventually(lambda: _listens(process))
    threads, held = _held(process, post.home.database)
    deeds = [
        weather.vanish,
        weather.vanish,
        weather.babble,
        weather.stay,
        weather.rename,
        weather.second,
        weather.kick,
        weather.send,
    ]
    for _ in range(60):
        weather.dice.choice(deeds)()
    weather.clear_settings()
    weather.deliver()
    post.eventually(lambda: _shown(post) == 2)

    def is_back() -> bool:
        now = _held(process, post.home.database)
        return now[0] <= threads and now[1] <= held

    post.eventually(is_back)
    post.run("engine", "stop")


def _shown(post: PostOffice) -> int:
    return int(
        post.ask(lambda db: db.value("SELECT count(*) FROM placement p JOIN folder f ON f.id = p.folder WHERE f.role = 'inbox'"))
    )


def _listens(process: int | None) -> bool:
    """Whether an account has nothing to do but to wait for news (which takes a descriptor more than work does)."""
    return "anon_inode:[eventpoll]" in _open(process)


def _held(process: int | None, files: Path) -> tuple[int, int]:
    """Threads and descriptors of a process, but for those of the database: SQLite keeps some to use them again."""
    threads = len(list(Path(f"/proc/{process}/task").iterdir()))
    return threads, sum(not one.startswith(str(files)) for one in _open(process))


def _open(process: int | None) -> list[str]:
    found = []
    for one in Path(f"/proc/{process}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found.append(str(one.readlink()))
    return found
