"""Mail from a real Dovecot into the store: the first time, with nothing new, and after changes; mbsync beside it."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.figures import Figure, middle
from tests.bench.generator import Correspondence, Generated
from tests.bench.homes import must
from tests.servers.authority import Authority
from tests.servers.dovecot import Dovecot
from tests.servers.mailbox import Mailbox
from tests.servers.smtp import SmtpSink
from tests.terminal.program import run_correio, temporary_home


@dataclass(frozen=True, slots=True)
class Post:
    """A Dovecot with one filled mailbox, and an SMTP server."""

    dovecot: Dovecot
    mailbox: Mailbox
    smtp: SmtpSink
    mails: tuple[Generated, ...]


@contextlib.contextmanager
def post_office(count: int) -> Iterator[Post]:
    """Servers with `count` generated mails in INBOX."""
    with contextlib.ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        authority = Authority(folder)
        dovecot = running.enter_context(Dovecot(authority))
        smtp = running.enter_context(SmtpSink(authority, "tls"))
        mailbox = dovecot.user()
        mails = tuple(Correspondence(2, count=count).mails())
        mailbox.fill(mail.placed for mail in mails)
        with dovecot.client(mailbox, "INBOX") as client:
            if len(client.search()) != count:
                raise AssertionError("Dovecot does not show every mail")
        yield Post(dovecot, mailbox, smtp, mails)


def add_account(home: Path, post: Post, keep: str = "all", name: str = "work") -> None:
    """Add the mailbox as an IMAP account, by the command line. Raises RuntimeError with what it said."""
    trust = str(post.dovecot.authority.file)
    command = ["account", "add", "--email", post.mailbox.address, "--name", name, "--kind", "imap", "--keep", keep]
    command += ["--in-host", post.dovecot.host, "--in-port", str(post.dovecot.ports.imaps), "--in-security", "tls"]
    command += ["--in-user", post.mailbox.user, "--in-trust", trust]
    command += ["--out-host", post.smtp.host, "--out-port", str(post.smtp.port), "--out-security", post.smtp.security]
    command += ["--out-user", post.smtp.user, "--out-trust", trust]
    # One line on standard input serves both servers.
    post.smtp.password = post.mailbox.password
    must([*command, "--password-stdin", "--store", "file", "--no-test"], home, stdin=post.mailbox.password + "\n")


def measure_sync(count: int, rounds: int = 3) -> list[Figure]:
    """First full download, nothing new, and 100 new mails with 1,000 changed flags, as commands."""
    first, idle, changed, peer_first, peer_idle = [], [], [], [], []
    for _ in range(rounds):
        with post_office(count) as post, temporary_home() as home, tempfile.TemporaryDirectory() as folder:
            add_account(home, post)
            first.append(count / _timed_sync(home))
            known = int(must(["count", "*"], home))
            if known != count:
                raise AssertionError(f"{known} of {count} mails came")
            idle.append(_timed_sync(home))
            config = _mbsync(post, Path(folder)) if shutil.which("mbsync") else None
            if config is not None:
                peer_first.append(count / _timed_mbsync(config))
                peer_idle.append(_timed_mbsync(config))
            _change(post)
            changed.append(_timed_sync(home))
    return [
        Figure(
            f"first download of {count:,} mails, stored and searchable", middle(first), "mails/s", 3000,
            middle(peer_first) if peer_first else None, "mbsync", least=True,
        ),
        Figure(
            "nothing new, as a command", middle(idle), "s", None, middle(peer_idle) if peer_idle else None, "mbsync"
        ),
        Figure("100 new and 1,000 flags changed, as a command", middle(changed), "s"),
    ]  # fmt: skip


def _timed_sync(home: Path) -> float:
    begin = time.monotonic()
    done = run_correio(["sync"], home, timeout=3600)
    if done.returncode:
        raise RuntimeError(f"correio sync: status {done.returncode}\n{done.stderr}{done.stdout}")
    return time.monotonic() - begin


def _change(post: Post) -> None:
    fresh = Correspondence(3, count=100, years=0.01).mails()
    post.mailbox.fill(mail.placed for mail in fresh)
    with post.dovecot.client(post.mailbox, "INBOX") as client:
        uids = client.search()[:1000]
        client.add_flags(uids, ["\\Flagged"], silent=True)


def _mbsync(post: Post, folder: Path) -> Path:
    config = folder / "mbsyncrc"
    (folder / "mail").mkdir()
    config.write_text(
        f"IMAPAccount a\nHost {post.dovecot.host}\nPort {post.dovecot.ports.imaps}\nUser {post.mailbox.user}\n"
        f"Pass {post.mailbox.password}\nSSLType IMAPS\nCertificateFile {post.dovecot.authority.file}\n\n"
        f"IMAPStore far\nAccount a\n\nMaildirStore near\nPath {folder}/mail/\nInbox {folder}/mail/INBOX\n\n"
        f"Channel c\nFar :far:\nNear :near:\nPatterns INBOX\nCreate Near\nSyncState *\n"
    )
    return config


def _timed_mbsync(config: Path) -> float:
    begin = time.monotonic()
    subprocess.run(["mbsync", "-q", "-c", str(config), "c"], check=True, capture_output=True, timeout=3600)
    return time.monotonic() - begin
