"""A user's Correio with an account on a real Dovecot and an SMTP server, driven by its commands."""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.paths import Home, find_home
from core.store import accounts
from core.store.database import Database
from tests.accounts.engine.listener import Listener
from tests.servers.dovecot import Dovecot
from tests.servers.mailbox import Mailbox
from tests.servers.smtp import SmtpSink
from tests.terminal.program import correio, environment, run_correio

LINES = "\r\n"


def letter(subject: str = "Lunch?", *, id: str = "lunch@farol.example", body: str = "At one?", extra: str = "") -> bytes:
    """A mail from somebody, CRLF line ends."""
    return (
        f"From: Ana Sousa <ana@farol.example>\r\nTo: me@example.org\r\nSubject: {subject}\r\nMessage-ID: <{id}>\r\n{extra}"
        f"Date: Tue, 10 Mar 2026 10:42:00 +0000\r\n\r\n{body}\r\n"
    ).encode()


@dataclass
class House:
    """One CORREIO_HOME."""

    path: Path

    @property
    def home(self) -> Home:
        """Where things are, for looking into them from outside."""
        return find_home(environment(self.path))

    def eventually(self, true: Callable[[], object]) -> None:
        """Wait for something that the engine has yet to do."""
        end = threading.Event()
        for _ in range(1200):
            if true():
                return
            end.wait(0.05)
        raise AssertionError(f"it never came about\n{self.log()}")

    def run(
        self, *words: str, stdin: str | bytes | None = None, status: int = 0, timeout: float = 60, **env: str
    ) -> subprocess.CompletedProcess[str]:
        """A command that must end with that status and without a traceback."""
        done = run_correio(list(words), self.path, stdin, timeout, env)
        assert done.returncode == status, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}{self.log()}"
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def json(self, *words: str, stdin: str | bytes | None = None, status: int = 0) -> Any:
        """What a command says as JSON: one document on one line."""
        said = self.run(*words, "--json", stdin=stdin, status=status).stdout
        assert said.count("\n") == 1, said
        return json.loads(said)

    def start(self, *words: str, stdin: int = subprocess.DEVNULL, **env: str) -> subprocess.Popen[bytes]:
        """A command that goes on by itself, in a session of its own."""
        return subprocess.Popen(
            correio(*words), env=environment(self.path, **env), cwd=self.path.parent, start_new_session=True,
            stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    @contextlib.contextmanager
    def engine(self) -> Iterator[Listener]:
        """A running engine, and a screen that listens to it."""
        self.run("engine", "start")
        try:
            with contextlib.closing(Listener(self.home)) as listener:
                yield listener
        finally:
            self.run("engine", "stop")

    @contextlib.contextmanager
    def store(self) -> Iterator[Database]:
        """The store, seen from outside."""
        with contextlib.closing(Database(self.home.database)) as db:
            yield db

    def ask(self, look: Callable[[Database], Any]) -> Any:
        """One look into the store."""
        with self.store() as db:
            return look(db)

    def log(self) -> str:
        """What the engine and the program have noted."""
        files = sorted(self.home.logs.glob("*.log")) if self.home.logs.is_dir() else []
        return "\n".join(f"{file.name}:\n{file.read_text()}" for file in files)


@dataclass
class PostOffice(House):
    """A home with one IMAP account."""

    dovecot: Dovecot
    mailbox: Mailbox
    smtp: SmtpSink

    def account_words(self, name: str = "work", *, imap_port: int = 0, smtp_port: int = 0) -> list[str]:
        """The command that adds the account."""
        trust = str(self.dovecot.authority.file)
        return [
            "account", "add", "--email", self.mailbox.address, "--name", name, "--keep", "all", "--no-test",
            "--in-host", self.dovecot.host, "--in-port", str(imap_port or self.dovecot.ports.imaps), "--in-security", "tls",
            "--in-user", self.mailbox.user, "--in-trust", trust,
            "--out-host", self.smtp.host, "--out-port", str(smtp_port or self.smtp.port),
            "--out-security", self.smtp.security, "--out-user", self.smtp.user, "--out-trust", trust,
        ]  # fmt: skip

    def add_account(self, *, password: str = "", **more: int) -> None:
        """Add the account with its true password, or another."""
        words = [*self.account_words(**more), "--password-stdin", "--store", "file"]
        self.run(*words, stdin=(password or self.mailbox.password) + "\n")

    def is_well(self) -> bool:
        """Whether a pass has gone well: the engine says so once, and perhaps before anybody listens."""
        [found] = self.ask(accounts.states)
        return bool(found.checked and found.state == "")

    def sync(self) -> Any:
        """A full pass; the account's row of the result."""
        [row] = self.json("sync")
        assert row["error"] is None, row
        return row

    def sync_all(self) -> None:
        """A full pass over all accounts."""
        assert all(row["error"] is None for row in self.json("sync"))

    def sync_with(self, status: int) -> Any:
        """A full pass that ends with that status; the account's row of the result."""
        [row] = self.json("sync", status=status)
        return row

    def server_flags(self, folder: str = "INBOX") -> dict[str, set[str]]:
        """Message-ID → flags, as another mail program sees them on the server."""
        found = {}
        with self.dovecot.client(self.mailbox) as client:
            if not client.folder_exists(folder):
                return {}
            client.select_folder(folder, readonly=True)
            told = client.fetch(client.search(), ["FLAGS", "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"])
            for data in told.values():
                header = (data.get(b"BODY[HEADER.FIELDS (MESSAGE-ID)]") or b"").decode()
                if not header:
                    continue  # NIL: it goes at this moment
                id = header.partition(":")[2].strip().strip("<>")
                found[id] = {flag.decode() for flag in data[b"FLAGS"]} - {"\\Recent"}
        return found
