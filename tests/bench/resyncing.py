"""Looking again at a server whose mail is here, from a thousand mails to a million: it must not grow with them.

A real Dovecot with mails of a line each, packed in a few files: a million of them take some minutes to bring there and as many
to fetch the headers of, and 1 GB of disk. What a pass costs depends on how many mails there are, not on how long they are.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import formatdate
from pathlib import Path

from tests.bench.figures import Figure
from tests.bench.homes import must
from tests.bench.syncing import Times, all_came
from tests.servers.authority import Authority
from tests.servers.dovecot import Dovecot
from tests.servers.dovecot_options import Options
from tests.servers.post import Post
from tests.servers.smtp import SmtpSink
from tests.terminal.program import temporary_home

NEW, CHANGED = 100, 1_000
_BEGIN = 1_600_000_000
_THREAD = 4
"""Mails of a conversation."""
Light = tuple[bytes, bool, int]


def measure_resync(count: int, rounds: int = 3) -> list[Figure]:
    """Passes over the headers of `count` mails, in a command and in the engine: nothing new; new mails and changed flags."""
    alone, alone_told, idle, told = Times(), Times(), Times(), Times()
    with _light_office(count) as post, temporary_home() as home:
        post.add_to(home, keep="headers")
        must(["sync"], home)
        all_came(home, count)
        for number in range(rounds):
            alone.sync(home)
            _change(post, count + number * NEW, "\\Flagged", number)
            alone_told.sync(home)
        must(["config", "set", "sync.idle", "no"], home)  # or it would begin while the changes are still being made
        must(["engine", "start"], home)
        must(["sync"], home)  # its first pass, over a line that it has just opened
        for number in range(rounds):
            idle.sync(home)
            _change(post, count + (rounds + number) * NEW, "\\Answered", number)
            told.sync(home)
        must(["engine", "stop"], home)
        all_came(home, count + 2 * rounds * NEW)
        for flag in ("flagged", "answered"):
            if (known := int(must(["count", f"is:{flag}"], home))) != CHANGED * (rounds % 2):
                raise AssertionError(f"{known} mails are {flag}")
    size = f"{count:,} mails"
    changes = f"{NEW} new, {CHANGED:,} flags changed, {size}, the pass itself"
    return [
        idle.pass_itself(f"nothing new, {size}, the pass itself in the running engine", 0.15),
        alone.pass_itself(f"nothing new, {size}, the pass itself in a command", None),
        told.pass_itself(f"{changes} in the running engine", 0.3),
        alone_told.pass_itself(f"{changes} in a command", None),
    ]


def light_mails(first: int, count: int) -> Iterator[Light]:
    """Mails of a line each, in conversations, a minute apart, the oldest first: raw bytes, whether read, time in Unix seconds."""
    for number in range(first, first + count):
        start = number - number % _THREAD
        answer = f"In-Reply-To: <{start}@light.example>\r\n" if number != start else ""
        raw = (
            f"From: Person {number % 997} <person{number % 997}@example.org>\r\nTo: me@example.org\r\n"
            f"Subject: {'Re: ' * bool(answer)}Light mail {start}\r\nDate: {formatdate(_BEGIN + 60 * number)}\r\n"
            f"Message-ID: <{number}@light.example>\r\n{answer}\r\nA line.\r\n"
        )
        yield raw.encode(), number % 10 > 0, _BEGIN + 60 * number


@contextlib.contextmanager
def _light_office(count: int) -> Iterator[Post]:
    """Servers with `count` light mails in INBOX."""
    with contextlib.ExitStack() as running:
        authority = Authority(Path(running.enter_context(tempfile.TemporaryDirectory())))
        dovecot = running.enter_context(Dovecot(authority, options=Options(packed=True)))
        post = Post.open(dovecot, running.enter_context(SmtpSink(authority, "tls")))
        dovecot.load(post.mailbox, light_mails(0, count))
        with dovecot.client(post.mailbox) as client:
            if client.select_folder("INBOX")[b"EXISTS"] != count:
                raise AssertionError("Dovecot does not show every mail")
        yield post


def _change(post: Post, first: int, flag: str, number: int) -> None:
    """New mails in INBOX from another program, which puts a flag on the oldest, and takes it away the next time."""
    mails = [
        {"msg": raw, "flags": (), "date": datetime.fromtimestamp(received, UTC)} for raw, _, received in light_mails(first, NEW)
    ]
    with post.dovecot.client(post.mailbox, "INBOX") as client:
        client.multiappend("INBOX", mails)
        (client.remove_flags if number % 2 else client.add_flags)(f"1:{CHANGED}", [flag], silent=True)
