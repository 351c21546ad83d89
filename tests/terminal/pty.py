"""A program on a pseudo-terminal: what is typed goes in, every byte that comes out is kept with its moment."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, Self

from tests.terminal.keys import key_bytes

TIMEOUT = 60.0
TERMINAL = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
LOOK = 0.1
"""Seconds after which something that is awaited is looked at again although nothing was written: it may not be on the screen."""
FOCUS = b"\x1b[I"
"""What a terminal says when its window comes to the front; a program that has the focus has nothing to do."""


class Process(Protocol):
    """What a terminal has to know of its program, as `subprocess.Popen` has it."""

    pid: int

    def poll(self) -> int | None:
        """Its status, None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Its status at its end; negative for a signal. Raises TimeoutExpired."""

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""


Begin = Callable[[list[str], int, dict[str, str], str | None], Process]
"""(command, terminal, environment, folder) → the program that runs there."""


def begin_anew(command: list[str], slave: int, env: dict[str, str], cwd: str | None) -> subprocess.Popen[bytes]:
    """A program in a session of its own on the terminal."""
    return subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=env, cwd=cwd, start_new_session=True,
        preexec_fn=_sit_at_terminal,
    )  # fmt: skip


class Pty:
    """Runs `command` on a terminal of `columns` x `rows`.

    A thread reads everything the program writes as it comes, so the program never waits for whoever looks on.

    Args:
        command: argument vector; nothing passes a shell.
        env: the whole environment of the program; TERM and COLORTERM are given where it has none.
        begin: how the program is started.
    """

    def __init__(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        *,
        columns: int = 80,
        rows: int = 24,
        cwd: str | None = None,
        begin: Begin = begin_anew,
    ) -> None:
        self.columns, self.rows = columns, rows
        self.raw = bytearray()
        """Every byte the program wrote."""
        self.chunks: list[tuple[float, int]] = []
        """(monotonic seconds, bytes) of every read."""
        self._news = threading.Condition()
        self._ended = False
        self._counted = 0
        self._escaped = False
        self._stop = os.pipe()
        self._master, slave = os.openpty()
        self._size(columns, rows)
        self.started = time.monotonic()
        try:
            self.process = begin(list(command), slave, {**TERMINAL, **env}, cwd)
        finally:
            os.close(slave)
        self._reader = threading.Thread(target=self._read, name="terminal", daemon=True)
        self._reader.start()

    def type(self, text: str) -> Self:
        """Type the text as it is."""
        return self.write(text.encode())

    def press(self, *names: str) -> Self:
        """Press named keys one after the other: "enter", "ctrl+d", "j", "shift+up" …"""
        for name in names:
            self.write(key_bytes(name))
            self._escaped = name == "escape"
        return self

    def write(self, data: bytes) -> Self:
        """Send raw bytes to the program's standard input."""
        if self._escaped and not data.startswith(b"\x1b"):
            data = FOCUS + data  # a program that is late would read both at once: Alt with the key
        self._escaped = False
        view = memoryview(data)
        while view:
            view = view[os.write(self._master, view) :]
        return self

    # ------------------------------------------------------------------ bytes

    def wait_output(self, after: int, timeout: float = TIMEOUT) -> Self:
        """Block until more than `after` bytes were written since the start."""
        if not self._wait(lambda: len(self.raw) > after or self._ended, timeout):
            raise AssertionError(self.complaint(f"nothing written after byte {after}"))
        return self

    def wait_quiet(self, seconds: float = 0.3, timeout: float = TIMEOUT) -> Self:
        """Block until nothing was written for so many seconds; for measuring, not for tests that judge."""
        end = time.monotonic() + timeout
        with self._news:
            while not self._ended:
                last = self.chunks[-1][0] if self.chunks else self.started
                left = last + seconds - time.monotonic()
                if left <= 0:
                    return self
                if time.monotonic() > end:
                    raise AssertionError(self.complaint("never quiet"))
                self._news.wait(left)
        return self

    def bytes_written(self) -> int:
        """How many bytes the program wrote since the last `reset_bytes`, or the start."""
        with self._news:
            return len(self.raw) - self._counted

    def reset_bytes(self) -> int:
        """Begin counting anew; returns the position in `raw`."""
        with self._news:
            self._counted = len(self.raw)
            return self._counted

    # ------------------------------------------------------------------ window and process

    def resize(self, columns: int, rows: int) -> Self:
        """Change the window's size; the program gets SIGWINCH from the kernel."""
        self.columns, self.rows = columns, rows
        self._size(columns, rows)
        return self

    def hang_up(self) -> None:
        """Take the terminal away as a lost SSH line does: the kernel sends SIGHUP, reading and writing fail."""
        os.write(self._stop[1], b"x")
        self._reader.join()
        os.close(self._master)
        self._master = -1

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send a signal to the program itself, not to its children."""
        self.process.send_signal(number)

    def wait_exit(self, timeout: float = TIMEOUT) -> int:
        """Block until the program ended and return its status (negative: the signal)."""
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(self.complaint("the program did not end")) from None
        self._reader.join(timeout)
        return status

    def close(self) -> None:
        """Kill the program if it still runs, and free the terminal."""
        with contextlib.suppress(ProcessLookupError):
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._reader.join(5)
        for one in (self._master, *self._stop):
            with contextlib.suppress(OSError):
                os.close(one)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        self.close()

    def complaint(self, what: str) -> str:
        """A sentence for a failure: what went wrong, and how the program is."""
        if self._ended:
            # Its terminal is closed: its status follows at once.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(5)
        status = self.process.poll()
        state = "running" if status is None else f"ended with status {status}"
        return f"{what}; the program is {state} and wrote {len(self.raw)} bytes"

    # ------------------------------------------------------------------ inside

    def _take(self, data: bytes) -> None:
        """What the program wrote, in the reader's thread and with the lock held."""
        self.raw += data
        self.chunks.append((time.monotonic(), len(data)))

    def _size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _wait(self, done: Callable[[], bool], timeout: float) -> bool:
        end = time.monotonic() + timeout
        with self._news:
            while not done():
                left = end - time.monotonic()
                if left <= 0:
                    return False
                self._news.wait(min(left, LOOK))
            return True

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._master, 65536) if self._readable() else b""
            except OSError:
                data = b""
            with self._news:
                if data:
                    self._take(data)
                self._ended = not data
                self._news.notify_all()
                if self._ended:
                    return

    def _readable(self) -> bool:
        ready, _, _ = select.select([self._master, self._stop[0]], [], [])
        return self._stop[0] not in ready


def default_signals() -> None:
    """In a new process, before the program: tests that are run in the background hand on that Ctrl-C and SIGHUP are ignored."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


def _sit_at_terminal() -> None:
    default_signals()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
