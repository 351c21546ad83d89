"""The disk fills up while mail is collected and while changes are carried out: said in a sentence, and gone on with later."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.commands.house import House
from tests.servers.comparison import differences
from tests.servers.dovecot import Dovecot
from tests.servers.post import Post
from tests.servers.smtp import SmtpSink
from tests.terminal.program import run_correio, temporary_home

MAIL = (
    b"From: ana@farol.example\r\nTo: me@example.org\r\nSubject: letter %d\r\nMessage-ID: <%d.full@farol.example>\r\n"
    b"Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n\r\n%s\r\n"
)


@pytest.fixture
def letters(dovecot: Dovecot, make_smtp: Callable[..., SmtpSink]) -> Post:
    """A mailbox of its own."""
    return Post.open(dovecot, make_smtp("tls"))


@pytest.fixture
def small(letters: Post) -> Iterator[House]:
    """A home on a disk of 48 megabytes, its account on a server with 60 mails that do not compress."""
    with temporary_home() as path:
        path.mkdir(exist_ok=True)
        mount = ["mount", "-t", "tmpfs", "-o", "size=48m,mode=700", "tmpfs", str(path)]
        if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
            pytest.skip("a small disk can only be mounted by root")
        try:
            mails = (MAIL % (n, n, os.urandom(40_000).hex().encode()) for n in range(60))
            letters.mailbox.fill((raw, (), 1_700_000_000 + n) for n, raw in enumerate(mails))
            letters.add_to(path)
            yield House(path)
        finally:
            subprocess.run(["umount", "-l", str(path)], check=True)


def fill(house: House, left: int) -> Path:
    """Take the room that is left, but for so many bytes."""
    filler = house.path / "filler"
    with filler.open("ab", buffering=0) as file, pytest.raises(OSError, match="No space"):
        while file.write(b"x" * 4096):
            continue
    os.truncate(filler, max(0, filler.stat().st_size - left))
    return filler


def sync(house: House) -> subprocess.CompletedProcess[str]:
    done = run_correio(["sync"], house.path, timeout=120)
    assert "Traceback" not in done.stderr + done.stdout
    return done


def test_full_while_mail_is_collected(small: House, letters: Post) -> None:
    filler = fill(small, 1_500_000)
    done = sync(small)
    assert done.returncode != 0
    assert "disk is full" in done.stderr + done.stdout
    small.run("count", "*")
    filler.unlink()
    assert sync(small).returncode == 0
    small.run("doctor")
    assert differences(small.path, letters.dovecot, letters.mailbox) == []


def test_full_while_changes_are_carried_out(small: House, letters: Post) -> None:
    assert sync(small).returncode == 0
    small.run("flag", "letter")
    small.run("archive", "<3.full@farol.example>")
    with letters.dovecot.client(letters.mailbox) as client:
        for n in range(100, 130):
            client.append("INBOX", MAIL % (n, n, os.urandom(40_000).hex().encode()))
    filler = fill(small, 0)
    done = sync(small)
    assert done.returncode == 0 or "disk is full" in done.stderr + done.stdout
    filler.unlink()
    assert sync(small).returncode == 0
    assert sync(small).returncode == 0
    small.run("doctor")
    assert differences(small.path, letters.dovecot, letters.mailbox) == []
    with letters.dovecot.client(letters.mailbox, "Archive") as client:
        assert len(client.search()) == 1, "moved once"
