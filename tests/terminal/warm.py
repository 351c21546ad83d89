"""Commands of Correio that begin in a loaded process (`tests.terminal.nursery`), for the length of a test run."""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.scratch import short_folder
from tests.terminal.nursery import ROOT, ask, told

_FIXED = ("PYTHON", "LANG", "LC_", "LD_", "TERM", "COLOR", "NO_COLOR", "TEXTUAL", "RICH")
"""How the variables begin that Python, the C library or a library of the screen may read when they are loaded."""


class Begun:
    """A command that a nursery forked; it is waited for, and signalled, as a `subprocess.Popen` is."""

    def __init__(self, line: socket.socket, words: Sequence[str], home: str) -> None:
        self.args = list(words)
        self.home = home
        """Its CORREIO_HOME."""
        self.returncode: int | None = None
        self._line = line
        self.pid = told(line)

    def poll(self) -> int | None:
        """Its status, None while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its status at its end; negative for a signal. Raises TimeoutExpired."""
        if self.returncode is None:
            self._line.settimeout(timeout)
            try:
                self.returncode = told(self._line)
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired(self.args, timeout or 0) from None
            self._line.close()
        return self.returncode

    def runs(self) -> bool:
        """Whether it runs, for any thread to ask: nothing is taken from the line."""
        return self.returncode is None and Path(f"/proc/{self.pid}").exists()

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


class WarmStart:
    """Begins commands in one loaded process, which is started at the first of them.

    Args:
        environment: what that process has for its own, and what the commands have in common.
        screen: whether the screen's libraries are loaded too.
    """

    def __init__(self, environment: Mapping[str, str], *, screen: bool = False) -> None:
        self._environment = dict(environment)
        self._more = ["screen"] if screen else []
        self._begun: list[Begun] = []
        self._folder = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def fits(self, env: Mapping[str, str]) -> bool:
        """Whether a command with that environment would find in a fresh process what it finds here."""
        names = {name for name in (*env, *self._environment) if name.startswith(_FIXED)}
        return all(env.get(name) == self._environment.get(name) for name in names)

    def begin(self, words: Sequence[str], streams: list[int], cwd: str, env: Mapping[str, str], *, alone: bool) -> Begun:
        """Begin a command with these three streams; `alone` on a terminal, which is its standard input."""
        line = ask(self._socket(), streams, list(words), cwd, dict(env), alone=alone)
        begun = Begun(line, words, env["CORREIO_HOME"])
        with self._lock:
            self._begun = [*(one for one in self._begun if one.runs()), begun]
        return begun

    def run(
        self, words: Sequence[str], stdin: bytes, timeout: float, cwd: Path, env: Mapping[str, str]
    ) -> subprocess.CompletedProcess[bytes]:
        """As `subprocess.run` with captured output. Raises TimeoutExpired, and the command is killed."""
        pipes = [os.pipe() for _ in range(3)]
        (reads, stdin_end), (out, writes), (err, complains) = pipes
        try:
            command = self.begin(words, [reads, writes, complains], str(cwd), env, alone=False)
        except BaseException:
            for one in (stdin_end, out, err):
                os.close(one)
            raise
        finally:
            for one in (reads, writes, complains):
                os.close(one)
        end = time.monotonic() + timeout
        try:
            taken = _exchange(stdin_end, stdin, (out, err), end)
            status = command.wait(max(0, end - time.monotonic()))
        except (TimeoutError, subprocess.TimeoutExpired):
            command.send_signal(signal.SIGKILL)
            raise subprocess.TimeoutExpired(command.args, timeout) from None
        return subprocess.CompletedProcess(command.args, status, *taken)

    def processes_of(self, home: Path) -> list[int]:
        """Process ids of the commands that run with this CORREIO_HOME."""
        return [one.pid for one in self._begun if one.home == str(home) and one.runs()]

    def close(self) -> None:
        """End the loaded process."""
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait()
            self._process = None
            shutil.rmtree(self._folder, ignore_errors=True)

    def _socket(self) -> str:
        with self._lock:
            if self._process is None:
                self._start()
        return f"{self._folder}/door"

    def _start(self) -> None:
        self._folder = str(short_folder("cor-"))
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tests.terminal.nursery", f"{self._folder}/door", *self._more],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=self._environment, cwd=ROOT,
        )  # fmt: skip
        assert self._process.stdout is not None
        with self._process.stdout as said:
            if said.readline() != b"ready\n":
                raise RuntimeError("Correio cannot be loaded")


def _exchange(stdin: int, given: bytes, streams: tuple[int, int], end: float) -> tuple[bytes, bytes]:
    """Write everything to the one and read the others to their ends; all are closed. Raises TimeoutError."""
    taken: dict[int, list[bytes]] = {stream: [] for stream in streams}
    left = memoryview(given)
    open_files = {stdin, *streams}

    def done(file: int) -> None:
        selector.unregister(file)
        os.close(file)
        open_files.remove(file)

    with selectors.DefaultSelector() as selector:
        try:
            os.set_blocking(stdin, False)
            selector.register(stdin, selectors.EVENT_WRITE)
            for stream in streams:
                selector.register(stream, selectors.EVENT_READ)
            while open_files:
                if (wait := end - time.monotonic()) <= 0:
                    raise TimeoutError
                for key, _ in selector.select(wait):
                    if key.fd == stdin:
                        with contextlib.suppress(BlockingIOError):
                            try:
                                left = left[os.write(stdin, left) :]
                            except BrokenPipeError:  # it does not want to hear it
                                left = left[:0]
                        if not left:
                            done(stdin)
                    elif data := os.read(key.fd, 65536):
                        taken[key.fd].append(data)
                    else:
                        done(key.fd)
        finally:
            for file in open_files:
                os.close(file)
    return b"".join(taken[streams[0]]), b"".join(taken[streams[1]])
