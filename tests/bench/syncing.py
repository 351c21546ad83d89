"""Mail from a real Dovecot into the store: the first time, with nothing new, and after changes; mbsync beside it."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.figures import Figure, middle, percentile
from tests.bench.generator import Correspondence
from tests.bench.homes import SEED, must, newest_subject
from tests.bench.timing import press_and_watch, shown_after
from tests.servers.authority import Authority
from tests.servers.comparison import differences
from tests.servers.dovecot import Dovecot
from tests.servers.post import Post
from tests.servers.smtp import SmtpSink
from tests.terminal.program import ROOT, correio, environment, temporary_home
from tests.terminal.pty import Pty


@contextlib.contextmanager
def post_office(count: int) -> Iterator[Post]:
    """Servers with `count` generated mails in INBOX."""
    with contextlib.ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        authority = Authority(folder)
        dovecot = running.enter_context(Dovecot(authority))
        smtp = running.enter_context(SmtpSink(authority, "tls"))
        post = Post.open(dovecot, smtp)
        post.mailbox.fill(mail.placed for mail in Correspondence(SEED, count=count).mails())
        with dovecot.client(post.mailbox, "INBOX") as client:
            if len(client.search()) != count:
                raise AssertionError("Dovecot does not show every mail")
        yield post


@dataclass(slots=True)
class Times:
    """Seconds of one kind of pass: of the whole command, of the pass inside it, and of mbsync."""

    command: list[float] = field(default_factory=list)
    inside: list[float] = field(default_factory=list)
    peer: list[float] = field(default_factory=list)

    def sync(self, home: Path) -> None:
        """Run one pass and note its times."""
        begin = time.monotonic()
        rows = json.loads(must(["sync", "--json"], home))
        self.command.append(time.monotonic() - begin)
        self.inside.append(sum(row["seconds"] for row in rows))

    def mbsync(self, config: Path | None) -> None:
        """The same by mbsync, where it is installed."""
        if config is not None:
            begin = time.monotonic()
            subprocess.run(["mbsync", "-q", "-c", str(config), "c"], check=True, capture_output=True, timeout=3600)
            self.peer.append(time.monotonic() - begin)

    def figure(self, name: str, goal: float | None, *, inside: bool) -> Figure:
        """The median in seconds, beside mbsync's."""
        peer = middle(self.peer) if self.peer else None
        return Figure(name, middle(self.inside if inside else self.command), "s", goal, peer, "mbsync")


def measure_sync(count: int, rounds: int = 3) -> list[Figure]:
    """First full download, nothing new, and 100 new mails with 1,000 changed flags."""
    first, idle, changed = Times(), Times(), Times()
    for _ in range(rounds):
        with post_office(count) as post, temporary_home() as home, tempfile.TemporaryDirectory() as folder:
            post.add_to(home)
            config = _mbsync(post, Path(folder)) if shutil.which("mbsync") else None
            first.sync(home)
            first.mbsync(config)
            known = int(must(["count", "*"], home))
            if known != count:
                raise AssertionError(f"{known} of {count} mails came")
            idle.sync(home)
            idle.mbsync(config)
            _change(post)
            changed.sync(home)
            changed.mbsync(config)
            if found := differences(home, post.dovecot, post.mailbox):
                raise AssertionError("store and server differ: " + "; ".join(found[:5]))
    peer = count / middle(first.peer) if first.peer else None
    rate = count / middle(first.command)
    return [
        Figure(f"first download of {count:,}, stored, searchable", rate, "mails/s", 3000, peer, "mbsync", least=True),
        idle.figure("nothing new, the pass itself", 0.15, inside=True),
        idle.figure("nothing new, the whole command", None, inside=False),
        changed.figure("100 new, 1,000 flags changed, the pass itself", 0.3, inside=True),
        changed.figure("100 new, 1,000 flags changed, the whole command", None, inside=False),
    ]


def measure_screen(count: int, presses: int = 100) -> list[Figure]:
    """The screen over a new account of `count` mails: the first screenful, and cursor keys while the rest comes."""
    with post_office(count) as post, temporary_home() as home:
        post.add_to(home)
        subject = newest_subject(count)
        with Pty(correio(), environment(home), columns=120, rows=40, cwd=str(ROOT)) as terminal:
            seconds, _ = shown_after(terminal, lambda lines: any(subject in line for line in lines))
            answers = [press_and_watch(terminal, "j") for _ in range(presses)]
            known = int(must(["count", "*"], home))
        times = [1000 * answer.last for answer in answers]
        return [
            Figure(f"start to first screenful, {count:,} mails on the server", seconds, "s"),
            Figure("cursor key while the engine collects, median", middle(times), "ms", 4),
            Figure("cursor key while the engine collects, p95", percentile(times, 0.95), "ms", 12),
            Figure("mails there at the end of it", known, "mails"),
        ]


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
