"""A real Dovecot (IMAP, POP3, ManageSieve) in a temporary folder, on free loopback ports.

It runs as `dovecot -F -c` with a generated configuration, as root (mail then belongs to `nobody`) or as a
normal user. The server is ready when its own log says so; nothing here waits for a time to pass.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import imaplib
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from itertools import count, islice
from pathlib import Path
from typing import Self

from imapclient import IMAPClient

from tests.scratch import short_folder
from tests.servers import dovecot24_conf, dovecot_conf
from tests.servers.authority import Authority
from tests.servers.client import MailClient
from tests.servers.dovecot_options import Options, Ports
from tests.servers.mailbox import Mailbox
from tests.servers.service_user import service_users

START_SECONDS = 30.0
STOP_SECONDS = 3.0
AT_ONCE = 10_000
"""Mails of one import into a packed server: what it costs grows faster than they do."""
_users = count(1)


def find_dovecot() -> str | None:
    """The dovecot program, also where sbin is not on a user's PATH; None when it is not installed."""
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin"))
    return shutil.which("dovecot", path=path)


@functools.cache
def version_of(program: str) -> tuple[int, int]:
    """Major and minor version of the dovecot program."""
    command = [program, "--version"]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout
    found = re.match(r"(\d+)\.(\d+)", said)
    if found is None:
        raise DovecotFailed(f"dovecot --version says {said!r}")
    return int(found[1]), int(found[2])


def _end_with_the_tests() -> None:
    """In the child: SIGTERM when the tests are killed, so that no server stays behind (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


class DovecotFailed(RuntimeError):
    """Dovecot did not start; the text is its log."""


class Dovecot:
    """One running Dovecot.

    Args:
        authority: signs the server's certificate.
        names: the names in the certificate, localhost and 127.0.0.1 by default.
        options: what differs from an ordinary server (capability, plain text log-in, quota …).
    """

    def __init__(self, authority: Authority, *names: str, options: Options | None = None) -> None:
        program = find_dovecot()
        if program is None:
            raise DovecotFailed("dovecot is not installed")
        self.authority = authority
        self.options = options or Options()
        self.host = "127.0.0.2" if self.options.guarded else "localhost"
        self.certificate = authority.certificate(*(names or (self.host, "127.0.0.1")))
        self.folder = short_folder("dovecot-")
        self.folder.chmod(0o755)
        self.service, self.owner = service_users()
        self.log: list[str] = []
        self.users: dict[str, Mailbox] = {}
        """Everybody made by `user`, by name."""
        self.ports = Ports.free()
        self._program = program
        self._news = threading.Condition()
        self._process: subprocess.Popen[str] | None = None
        self._prepare()
        self.start()

    # ------------------------------------------------------------------ life

    def start(self) -> None:
        """Start the server and return once it listens; raises DovecotFailed with the log otherwise."""
        for _ in range(5):
            begin = len(self.log)
            if self._launch(begin):
                return
            if not any("Address already in use" in line for line in self.log[begin:]):
                break
            self.ports = Ports.free()
        raise DovecotFailed("\n".join(self.log))

    def stop(self) -> None:
        """Stop the server; every connection is closed. The mail stays, `start` brings it back."""
        if self._process is None:
            return
        for step in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, step)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
        self._reader.join()
        self._process = None

    def restart(self) -> None:
        """Stop and start on the same ports."""
        self.stop()
        self.start()

    def close(self) -> None:
        """Stop and remove everything."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        self.close()

    # ------------------------------------------------------------------ users and mail

    def user(self, name: str = "") -> Mailbox:
        """A fresh empty mailbox; each call makes another one."""
        name = name or f"user{next(_users)}"
        mailbox = Mailbox(name, f"secret-{name}", self.folder / "homes" / name, self.owner)
        self.set_password(mailbox, mailbox.password)
        self.users[name] = mailbox
        return mailbox

    def set_password(self, mailbox: Mailbox, password: str) -> None:
        """Change what the server accepts, and return once it does."""
        file = self.folder / "passwords" / mailbox.user
        known = file.exists()
        new = file.with_suffix(".new")
        new.write_text(f"{mailbox.user}:{{PLAIN}}{password}\n")
        new.chmod(0o644)
        new.replace(file)
        end = time.monotonic() + 60
        # Dovecot looks at the file anew at most once a second.
        while known and not self._accepts(mailbox.user, password):
            if time.monotonic() > end:
                raise TimeoutError(f"the new password of {mailbox.user} is not accepted")

    @contextlib.contextmanager
    def client(self, mailbox: Mailbox, folder: str | None = None) -> Iterator[IMAPClient]:
        """Another mail program at the same mailbox: an IMAPClient over TLS, logged in, `folder` selected."""
        client = MailClient(self.host, self.ports.imaps, self.authority.client_context())
        try:
            client.login(mailbox.user, mailbox.password)
            if folder is not None:
                client.select_folder(folder)
            yield client
        finally:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                client.logout()

    def deliver(
        self,
        mailbox: Mailbox,
        raw: bytes,
        folder: str = "INBOX",
        flags: Iterable[str] = (),
        date: int | None = None,
    ) -> int:
        """APPEND one mail (the folder is made when missing) and return its UID; `date` is in Unix seconds."""
        import datetime

        when = None if date is None else datetime.datetime.fromtimestamp(date, datetime.UTC)
        with self.client(mailbox) as client:
            if folder != "INBOX" and not client.folder_exists(folder):
                client.create_folder(folder)
            client.append(folder, raw, list(flags), when)
            client.select_folder(folder, readonly=True)
            return max(int(uid) for uid in client.search())

    def load(self, mailbox: Mailbox, mails: Iterable[tuple[bytes, bool, int]]) -> None:
        """Put mails (raw bytes, whether read, INTERNALDATE in Unix seconds) into the INBOX of a `packed` server, some thousand a
        second. No line of theirs may begin with "From "."""
        mailbox.home.mkdir(mode=0o700)
        source = mailbox.home / "source"
        source.touch()
        if os.geteuid() == 0:
            for path in (mailbox.home, source):
                os.chown(path, self.owner.uid, self.owner.gid)
        coming = iter(mails)
        while some := list(islice(coming, AT_ONCE)):
            with source.open("wb") as file:
                for raw, read, received in some:
                    # Dovecot's own header of mboxes, which it takes out again.
                    head, blank, text = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
                    date = time.strftime("%a %b %d %H:%M:%S %Y", time.gmtime(received)).encode()
                    file.write(b"From sender@example.org " + date + b"\n" + head + b"\nStatus: RO" * read + blank + text + b"\n")
            location = f"mbox:{mailbox.home}/none:INBOX={source}:INDEX=MEMORY"
            self.doveadm("import", "-u", mailbox.user, location, "", "ALL", timeout=600)
        source.unlink()

    def receive(self, mailbox: Mailbox, raw: bytes, sender: str = "sender@example.org") -> None:
        """Deliver as a mail server does, through the user's Sieve script (dovecot-lda)."""
        command = [str(self._library("dovecot-lda")), "-c", str(self._conf), "-d", mailbox.user, "-f", sender]
        subprocess.run(command, input=raw, check=True, capture_output=True, timeout=30)

    def kick(self, mailbox: Mailbox) -> None:
        """Cut every connection of the user, as an administrator does, and return when they are gone."""
        self.doveadm("kick", mailbox.user)
        end = time.monotonic() + 60
        while mailbox.user in self.doveadm("who", mailbox.user).split():
            if time.monotonic() > end:
                raise TimeoutError(f"{mailbox.user} is still connected")

    def doveadm(self, *args: str, timeout: float = 30) -> str:
        """Run doveadm on this server and return what it prints; raises CalledProcessError."""
        program = Path(self._program).with_name("doveadm")
        if not program.exists():
            program = Path(shutil.which("doveadm") or "/usr/bin/doveadm")
        command = [str(program), "-c", str(self._conf), *args]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=timeout).stdout

    def wait_for_log(self, words: str, timeout: float = 30) -> str:
        """Block until a log line holds the words and return it; raises TimeoutError."""
        found = self._wait(words, 0, timeout)
        if found is None:
            raise TimeoutError(f"{words!r} never came:\n" + "\n".join(self.log))
        return found

    # ------------------------------------------------------------------ inside

    @property
    def _conf(self) -> Path:
        return self.folder / "dovecot.conf"

    def _accepts(self, user: str, password: str) -> bool:
        try:
            self.doveadm("auth", "test", user, password)
        except subprocess.CalledProcessError:
            return False
        return True

    def _prepare(self) -> None:
        for name in ("run", "homes", "passwords"):
            (self.folder / name).mkdir(mode=0o755)
        if os.geteuid() == 0:
            os.chown(self.folder / "homes", self.owner.uid, self.owner.gid)

    def _launch(self, begin: int) -> bool:
        parts = (self.folder, self.ports, self.certificate, self.service, self.owner, self.options)
        language = dovecot_conf if version_of(self._program) < (2, 4) else dovecot24_conf
        self._conf.write_text(language.render(*parts))
        self._process = subprocess.Popen(
            [self._program, "-F", "-c", str(self._conf)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=_end_with_the_tests,
        )
        self._reader = threading.Thread(target=self._read_log, args=(self._process,), daemon=True)
        self._reader.start()
        if self._wait("starting up for", begin, START_SECONDS) is not None:
            return True
        self.stop()
        return False

    def _read_log(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            with self._news:
                self.log.append(line.rstrip("\n"))
                self._news.notify_all()
        process.wait()
        with self._news:
            self._news.notify_all()

    def _wait(self, words: str, begin: int, timeout: float) -> str | None:
        end = time.monotonic() + timeout
        with self._news:
            while True:
                for line in self.log[begin:]:
                    if words in line:
                        return line
                left = end - time.monotonic()
                if left <= 0 or self._process is None or self._process.returncode is not None:
                    return None
                self._news.wait(left)

    def _library(self, name: str) -> Path:
        for folder in ("/usr/lib/dovecot", "/usr/libexec/dovecot", "/opt/homebrew/libexec/dovecot"):
            if (path := Path(folder, name)).exists():
                return path
        raise DovecotFailed(f"{name} is not installed")
