"""An engine with nothing to do: what it takes of the processor, and whether descriptors, threads and memory stay as they are."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.figures import Figure
from tests.servers.authority import Authority
from tests.servers.dovecot import Dovecot
from tests.servers.post import Post
from tests.servers.smtp import SmtpSink
from tests.terminal.program import run_correio, temporary_home

ACCOUNTS = 3
MAILS = 20
SETTLING = 30.0
"""Seconds after the first pass that do not count: what was fetched is put in order."""
GROWTH = 5.0
"""MB that may be added while nothing happens; 50 in eight hours with five accounts at work."""
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Vitals:
    """A process at a moment."""

    cpu: float
    """Seconds of the processor so far."""
    descriptors: int
    threads: int
    memory: float
    """MB resident."""
    wakeups: int
    """How often it has given the processor away of its own will: as often it was woken."""


def vitals(pid: int) -> Vitals:
    """What /proc tells of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
    switches = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            lines = (task / "status").read_text().splitlines()
            switches += sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches"))
    return Vitals(
        (int(fields[11]) + int(fields[12])) / _TICKS, sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir()), int(status["Threads"]),
        int(status["VmRSS"].split()[0]) / 1024, switches,
    )  # fmt: skip


@contextlib.contextmanager
def idle_engine() -> Iterator[int]:
    """An engine whose accounts on Dovecot listen for news (IDLE), all of their mail here; its process id."""
    with contextlib.ExitStack() as running:
        authority = Authority(Path(running.enter_context(tempfile.TemporaryDirectory())))
        dovecot = running.enter_context(Dovecot(authority))
        home = running.enter_context(temporary_home())
        for n in range(ACCOUNTS):
            smtp = running.enter_context(SmtpSink(authority, "tls"))
            post = Post.open(dovecot, smtp)
            for mail in range(MAILS):
                dovecot.receive(post.mailbox, f"Subject: mail {mail}\r\nMessage-ID: <{n}.{mail}@x>\r\n\r\nHello.\r\n".encode())
            post.add_to(home, name=f"account {n}")
        _said(home, "engine", "start")
        pid = int(json.loads(_said(home, "engine", "status", "--json"))["pid"])
        _said(home, "sync")
        yield pid
        _said(home, "engine", "stop")


def _said(home: Path, *words: str) -> str:
    done = run_correio(words, home, timeout=300)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: status {done.returncode}\n{done.stderr}{done.stdout}")
    return done.stdout


def measure_idling(minutes: float) -> list[Figure]:
    """Leave it alone for so long."""
    with idle_engine() as pid:
        time.sleep(SETTLING)
        first = vitals(pid)
        begin = time.monotonic()
        while (left := minutes * 60 - (time.monotonic() - begin)) > 0:
            time.sleep(min(60.0, left))
            now = vitals(pid)
            print(
                f"  {(time.monotonic() - begin) / 60:5.1f} min: {now.cpu - first.cpu:.2f} s of the processor,"
                f" {now.wakeups - first.wakeups} times woken, {now.descriptors} descriptors, {now.threads} threads,"
                f" {now.memory:.1f} MB", flush=True,
            )  # fmt: skip
        last = vitals(pid)
        passed = (time.monotonic() - begin) / 60
    return [
        Figure(f"processor, {ACCOUNTS} accounts", (last.cpu - first.cpu) / passed, "s/min", 0.1),
        Figure("woken", (last.wakeups - first.wakeups) / passed, "times/min"),
        Figure("descriptors, more than at the beginning", last.descriptors - first.descriptors, "", 0),
        Figure("threads, more than at the beginning", last.threads - first.threads, "", 0),
        Figure("memory, more than at the beginning", last.memory - first.memory, "MB", GROWTH),
        Figure("memory in the end", last.memory, "MB"),
    ]
