"""kill -9 while mail is collected and while it is sent: in the end nothing is lost, nothing is twice, nothing differs."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any

from tests.bench.figures import Figure
from tests.bench.generator import Correspondence
from tests.bench.homes import must
from tests.bench.syncing import post_office
from tests.servers.comparison import differences
from tests.servers.post import Post
from tests.servers.smtp import CUT_AFTER_DOT, CUT_BEFORE_DATA, CUT_BEFORE_DOT, STALL
from tests.terminal.program import begin_command, processes_of, run_correio, temporary_home

ANSWERS = ("",) * 6 + ("451 4.3.0 later", "554 5.6.0 not this")
"""To the mail itself; mostly it is taken."""
STEPS = ("connect", "AUTH", "MAIL", "RCPT", "DATA", "line", "accepted", "QUIT")
"""What the server sees of a mail; each a moment to strike."""
LONGEST = 8.0
"""Seconds for a pass to come to its step."""
FINAL = ("sent", "failed", "cancelled", "uncertain")


@dataclass(slots=True)
class Damage:
    """What the kills did; every list should be empty."""

    kills: int = 0
    unsound: list[str] = field(default_factory=list)
    """What `doctor` said after a kill."""
    different: list[str] = field(default_factory=list)
    """Where store and server differ in the end."""
    lost: list[str] = field(default_factory=list)
    """Queued mails that neither arrived nor are in the outbox."""
    twice: list[str] = field(default_factory=list)
    """Mails the server accepted more than once without anybody asking."""
    wrong: list[str] = field(default_factory=list)
    """Mails whose state in the outbox is not what happened."""
    hidden: list[str] = field(default_factory=list)
    """Uncertain mails that the outbox does not show, or without saying why."""
    struck: Counter[str] = field(default_factory=Counter)
    """Where the kills fell while mail was sent: at a step of the server's, or just somewhere."""
    states: Counter[str] = field(default_factory=Counter)
    """What became of the mails in the end."""
    restart: float = 0.0
    """The slowest command after a kill that only looks something up, in seconds."""
    examination: float = 0.0
    """The slowest `doctor`, which reads all of the store, in seconds."""

    @property
    def complaints(self) -> list[str]:
        """All of it in one list."""
        return [*self.unsound, *self.different, *self.lost, *self.twice, *self.wrong, *self.hidden]


def kill_while_syncing(kills: int, seed: int = 1, mails: int = 1_000) -> Damage:
    """Sync, kill at a random moment while another client changes the mailbox, again and again; then compare.

    A pass that ends before its kill is tried again, at most four times as often as `kills`.
    """
    rng = random.Random(seed)
    damage = Damage()
    with post_office(mails) as post, temporary_home() as home:
        post.add_to(home)
        fresh = Correspondence(seed + 100, count=kills * 12, years=0.01).mails()
        span = 4.0
        for number in range(kills * 4):
            if damage.kills == kills:
                break
            begin = time.monotonic()
            arriving = [mail.raw for mail, _ in zip(fresh, range(3), strict=False)]
            # Meanwhile: the pass sees the mailbox change under its hands.
            other = threading.Thread(target=_change, args=(post, random.Random(rng.random()), arriving))
            other.start()
            killed = _run_and_kill(["sync"], home, rng.random() * span)
            other.join()
            damage.kills += killed
            if not killed:
                # The pass came to its end before: from now on strike earlier.
                span = max(0.3, (time.monotonic() - begin) * 1.1)
            if number % 5 == 4:
                _examine(home, damage)
        _settle(home)
        damage.different = differences(home, post.dovecot, post.mailbox)
        _examine(home, damage)
    return damage


def kill_while_sending(kills: int, seed: int = 1) -> Damage:
    """Queue mails and kill the sender, half the times at a step of the server's or a moment after it, else somewhere.

    The server cuts the line now and then before or after the final dot, never answers it, says "later" (4xx), or refuses (5xx).
    """
    rng = random.Random(seed)
    damage = Damage()
    with post_office(0) as post, temporary_home() as home:
        post.add_to(home)
        queued: dict[str, int] = {}
        for number in range(kills * 4):
            if damage.kills == kills:
                break
            if rng.random() < 0.3:
                post.smtp.plan.cuts.append(rng.choice((CUT_BEFORE_DATA, CUT_BEFORE_DOT, CUT_AFTER_DOT, STALL)))
            post.smtp.plan.data_answer = rng.choice(ANSWERS)
            queued.update(_queue(home, number))
            step = rng.choice(STEPS) if rng.random() < 0.5 else ""
            where = _strike(post, home, step, rng.random() * (0.03 if rng.random() < 0.5 else 0)) if step else ""
            if not step and _run_and_kill(["sync"], home, rng.random() * 1.5):
                where = "somewhere"
            damage.kills += bool(where)
            damage.struck.update([where] if where else [])
        post.smtp.plan.cuts.clear()
        post.smtp.plan.data_answer = ""
        _settle(home, within=90 + kills, hurry=True)
        _judge(home, post, queued, damage)
        _examine(home, damage)
    return damage


def figures_syncing(sync: Damage) -> list[Figure]:
    """The table of the trial while mail is collected; every goal is nothing at all."""
    return [
        Figure("kills while syncing", sync.kills, "times"),
        Figure("differences to the server afterwards", len(sync.different), "mails", 0),
        *_soundness(sync),
    ]


def figures_sending(send: Damage) -> list[Figure]:
    """The same of the trial while mail is sent."""
    return [
        Figure("kills while sending", send.kills, "times"),
        Figure("queued mails lost", len(send.lost), "mails", 0),
        Figure("mails sent twice unasked", len(send.twice), "mails", 0),
        Figure("outbox rows that say what did not happen", len(send.wrong), "rows", 0),
        Figure("uncertain mails shown as such", send.states["uncertain"], "mails"),
        Figure("… and not shown, or without a reason", len(send.hidden), "mails", 0),
        *_soundness(send),
    ]


def _soundness(damage: Damage) -> list[Figure]:
    return [
        Figure("unsound databases", len(damage.unsound), "times", 0),
        Figure("slowest start after a kill", damage.restart, "s", 3),
        Figure("… and doctor, which reads everything", damage.examination, "s"),
    ]


def _run_and_kill(words: Sequence[str], home: Path, delay: float) -> bool:
    """Start a command and everything it starts, kill all of it after `delay` seconds; whether it still ran."""
    process = begin_command(words, home)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(delay)
    ran = process.poll() is None
    _kill_all(home)
    process.wait()
    return ran


def _kill_all(home: Path) -> None:
    for process in processes_of(home):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def _queue(home: Path, number: int) -> dict[str, int]:
    """Queue a mail: its Message-ID and number, when the command has said so."""
    done = run_correio(
        ["send", "--to", f"friend{number}@example.org", "--subject", f"mail {number}", "--json"],
        home, stdin=f"This is mail {number}.\n",
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"correio send: status {done.returncode}\n{done.stderr}")
    return {_bare(_json(done.stdout)["message_id"]): number}


def _strike(post: Post, home: Path, step: str, after: float) -> str:
    """Sync, and kill so many seconds after the server was at a step, at 0 before it answers; the step, '' if it never was."""
    struck = threading.Event()
    timers: list[threading.Timer] = []

    def kill() -> None:
        _kill_all(home)
        struck.set()

    def seen(name: str) -> None:
        if name != step or struck.is_set() or timers:
            return
        if after:
            timers.append(threading.Timer(after, kill))
            timers[0].start()
        else:
            kill()

    post.smtp.at_step = seen
    try:
        _run_and_kill(["sync"], home, LONGEST)
    finally:
        post.smtp.at_step = lambda name: None
        for timer in timers:
            timer.join()
    return step if struck.is_set() else ""


def _change(post: Post, rng: random.Random, fresh: Sequence[bytes]) -> None:
    """What another mail program may do: new mail, flags, keywords, a deletion, a move."""
    with post.dovecot.client(post.mailbox, "INBOX") as client:
        for raw in fresh:
            client.append("INBOX", raw)
        uids = client.search()
        if len(uids) < 20:
            return
        picked = rng.sample(uids, 12)
        client.add_flags(picked[:4], ["\\Seen", "$Label1"])
        client.remove_flags(picked[4:8], ["\\Seen"])
        client.delete_messages(picked[8:9])
        client.uid_expunge(picked[8:9])
        client.move(picked[9:11], "Archive")
        client.copy(picked[11:], "Trash")


def _settle(home: Path, within: float = 120, *, hurry: bool = False) -> None:
    """Sync until a pass says that nothing is left to do; RuntimeError when none does. `hurry`: what a server put off is
    tried again at once."""
    end = time.monotonic() + within
    while True:
        done = run_correio(["sync", "--json"], home, timeout=600)
        rows = _json(done.stdout) if done.returncode == 0 else []
        quiet = rows and all(not row["error"] and not row["new"] and not row["changed"] for row in rows)
        waiting = [row for row in _json(must(["outbox", "--json"], home)) if row["state"] in ("queued", "waiting", "sending")]
        if quiet and not waiting:
            return
        for row in waiting if hurry else ():
            run_correio(["outbox", "retry", str(row["id"])], home)
        if time.monotonic() > end:
            raise RuntimeError(f"never settled: status {done.returncode} {done.stdout}{done.stderr}{waiting}")
        time.sleep(0.5)


def _judge(home: Path, post: Post, queued: dict[str, int], damage: Damage) -> None:
    arrived = Counter(_bare(str(message_from_bytes(mail.raw)["Message-ID"])) for mail in post.smtp.deliveries)
    rows = _json(must(["outbox", "list", "--all", "--json"], home))
    states = {_bare(row["message_id"]): row["state"] for row in rows}
    shown = {_bare(row["message_id"]): row for row in _json(must(["outbox", "--json"], home))}
    damage.states.update(states[one] for one in queued if one in states)
    for message_id, number in queued.items():
        state, copies = states.get(message_id, ""), arrived[message_id]
        if copies > 1:
            damage.twice.append(f"mail {number}: {copies} times")
        if not copies and state not in FINAL:
            damage.lost.append(f"mail {number}: not arrived, state {state or 'unknown'!r}")
        if (state == "sent" and not copies) or (state in ("failed", "cancelled") and copies):
            damage.wrong.append(f"mail {number}: {state}, arrived {copies} times")
        if state == "uncertain" and not shown.get(message_id, {}).get("reason"):
            damage.hidden.append(f"mail {number}: uncertain, and nobody is told")


def _examine(home: Path, damage: Damage) -> None:
    begin = time.monotonic()
    must(["count", "is:unread"], home)
    started = time.monotonic()
    done = run_correio(["doctor"], home, timeout=300)
    damage.restart = max(damage.restart, started - begin)
    damage.examination = max(damage.examination, time.monotonic() - started)
    if done.returncode:
        damage.unsound.append(f"doctor: {done.stdout}{done.stderr}")


def _bare(message_id: str) -> str:
    return message_id.strip().strip("<>")


def _json(text: str) -> Any:
    return json.loads(text)
