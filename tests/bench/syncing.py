"""Mail from a real Dovecot into the store: the first time, with nothing new, and after changes; mbsync beside it."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.figures import Figure, middle, percentile
from tests.bench.generator import Correspondence
from tests.bench.homes import SEED, must, newest_subject
from tests.bench.spending import Spent, is_there, spend, spend_correio
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
    """One kind of pass, again and again: Correio's runs, the seconds of the pass inside them, and mbsync's runs."""

    runs: list[Spent] = field(default_factory=list)
    inside: list[float] = field(default_factory=list)
    peers: list[Spent] = field(default_factory=list)

    def sync(self, home: Path) -> None:
        """Run one pass."""
        self.runs.append(spend_correio(["sync", "--json"], home))
        self.inside.append(sum(row["seconds"] for row in json.loads(self.runs[-1].out)))

    def mbsync(self, config: Path | None) -> None:
        """The same by mbsync, where it is installed."""
        if config is not None:
            self.peers.append(spend(["mbsync", "-q", "-c", str(config), "c"]))

    def pass_itself(self, name: str, goal: float | None) -> Figure:
        """The median of the pass inside a running program, in seconds, beside the whole of mbsync."""
        return Figure(name, middle(self.inside), "s", goal, *self._peer([run.seconds for run in self.peers]))

    def command(self, name: str) -> list[Figure]:
        """The median of the whole command, by the clock and by the processor."""
        return [
            Figure(name, self.seconds, "s", None, *self._peer([run.seconds for run in self.peers])),
            Figure("… processor time", middle([run.cpu for run in self.runs]), "s", None,
                   *self._peer([run.cpu for run in self.peers])),
        ]  # fmt: skip

    def rate(self, name: str, count: int, goal: float) -> list[Figure]:
        """Mails a second of the whole command, processor time of a mail, memory."""
        costs = [1000 * run.cpu / count for run in self.runs]
        return [
            Figure(name, count / self.seconds, "mails/s", goal,
                   *self._peer([count / run.seconds for run in self.peers]), least=True),
            Figure("… processor time of a mail", middle(costs), "ms", None,
                   *self._peer([1000 * run.cpu / count for run in self.peers])),
            Figure("… memory at most", middle([run.memory for run in self.runs]), "MB", 80),
        ]  # fmt: skip

    @property
    def seconds(self) -> float:
        """The median of the whole command."""
        return middle([run.seconds for run in self.runs])

    def _peer(self, values: list[float]) -> tuple[float | None, str]:
        return (middle(values) if values else None), "mbsync"


def measure_sync(count: int, rounds: int = 3) -> list[Figure]:
    """First full download, nothing new, 100 new mails with 1,000 changed flags, and headers alone."""
    first, idle, changed, headers, running, told = Times(), Times(), Times(), Times(), Times(), Times()
    for _ in range(rounds):
        with post_office(count) as post, temporary_home() as home, tempfile.TemporaryDirectory() as folder:
            post.add_to(home)
            config = mbsync_config(post, Path(folder), post.dovecot.ports.imaps) if is_there("mbsync") else None
            first.sync(home)
            first.mbsync(config)
            all_came(home, count)
            idle.sync(home)
            idle.mbsync(config)
            with temporary_home() as other:
                post.add_to(other, keep="headers")
                headers.sync(other)
                all_came(other, count)
            must(["config", "set", "sync.idle", "no"], home)  # or it would begin while the changes are still being made
            must(["engine", "start"], home)
            must(["sync"], home)  # its first pass, over a line that it has just opened
            running.sync(home)
            _change(post, 4, "\\Answered")
            told.sync(home)
            told.mbsync(config)
            must(["engine", "stop"], home)
            _change(post, 3, "\\Flagged")
            changed.sync(home)
            changed.mbsync(config)
            if found := differences(home, post.dovecot, post.mailbox):
                raise AssertionError("store and server differ: " + "; ".join(found[:5]))
    return [
        *first.rate(f"first download of {count:,}, stored, searchable", count, 3000),
        *headers.rate(f"headers of {count:,}, stored, searchable", count, 10_000),
        running.pass_itself("nothing new, the pass itself in the running engine", 0.15),
        idle.pass_itself("nothing new, the pass itself in a command", 0.15),
        *idle.command("nothing new, the whole command"),
        told.pass_itself("100 new, 1,000 flags changed, the pass itself in the running engine", 0.3),
        changed.pass_itself("100 new, 1,000 flags changed, the pass itself in a command", None),
        *changed.command("100 new, 1,000 flags changed, the whole command"),
    ]


def all_came(home: Path, count: int) -> None:
    """Raises AssertionError unless the store has so many mails."""
    known = int(must(["count", "*"], home))
    if known != count:
        raise AssertionError(f"{known} of {count} mails came")


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


def _change(post: Post, seed: int, flag: str) -> None:
    fresh = Correspondence(seed, count=100, years=0.01).mails()
    post.mailbox.fill(mail.placed for mail in fresh)
    with post.dovecot.client(post.mailbox, "INBOX") as client:
        uids = client.search()[:1000]
        client.add_flags(uids, [flag], silent=True)


def mbsync_config(post: Post, folder: Path, port: int) -> Path:
    """Have mbsync fetch the mailbox into a Maildir in `folder`: its configuration."""
    config = folder / "mbsyncrc"
    (folder / "mail").mkdir()
    config.write_text(
        f"IMAPAccount a\nHost {post.dovecot.host}\nPort {port}\nUser {post.mailbox.user}\n"
        f"Pass {post.mailbox.password}\nSSLType IMAPS\nCertificateFile {post.dovecot.authority.file}\n\n"
        f"IMAPStore far\nAccount a\n\nMaildirStore near\nPath {folder}/mail/\nInbox {folder}/mail/INBOX\n\n"
        f"Channel c\nFar :far:\nNear :near:\nPatterns INBOX\nCreate Near\nSyncState *\n"
    )
    return config
