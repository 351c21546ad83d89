"""A process beside this one that answers questions about mail, and is killed when it is late: no mail can stop us.

A message is its length (4 bytes, big-endian) and its bytes, both ways. One zero byte says that the process is ready; it
ends with its standard input, so also when we are killed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

MOST_MEMORY = 1024 * 1024 * 1024
"""Bytes of address space; a mail that needs more ends the process beside us, nothing else."""
PIPE = 1024 * 1024
"""Bytes that may be on their way to the process, and back."""
_LENGTH = 4
_START_SECONDS = 10.0
_START = "import sys; sys.path.insert(0, {!r}); from {} import main; main()"
_KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "SYSTEMROOT", "LD_LIBRARY_PATH", "PYTHONHOME")


class Late(Exception):
    """The process did not answer in time (`slow`), or ended."""

    def __init__(self, *, slow: bool) -> None:
        super().__init__()
        self.slow = slow


class SideProcess:
    """The process that runs `main` of a module, started when it is first asked and again after it was killed.

    Of one thread at a time.
    """

    def __init__(self, module: str, most_answer: int) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self._module = module
        self._most_answer = most_answer

    def ask(self, question: bytes, seconds: float) -> bytes:
        """The answer within `seconds` from when the process is up. Raises Late; then `kill` it."""
        process = self.ready()
        until = time.monotonic() + seconds
        _send(process, len(question).to_bytes(_LENGTH, "big"), until)
        _send(process, question, until)
        length = int.from_bytes(_receive(process, _LENGTH, until), "big")
        if length > self._most_answer:
            raise Late(slow=False)
        return _receive(process, length, until)

    def ready(self) -> subprocess.Popen[bytes]:
        """The process, started where there is none. Raises Late; then `kill` it."""
        if self.process is not None and self.process.poll() is None:
            return self.process
        self.kill()
        root = str(Path(__file__).resolve().parent.parent)
        try:
            process = subprocess.Popen(
                (sys.executable, "-P", "-c", _START.format(root, self._module)), stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0, start_new_session=True, cwd="/",
                env={name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ},
            )  # fmt: skip
        except OSError as error:
            raise Late(slow=False) from error
        self.process = process
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                os.set_blocking(stream.fileno(), False)
                _widen(stream.fileno())
        _receive(process, 1, time.monotonic() + _START_SECONDS)
        return process

    def kill(self) -> None:
        """End the process."""
        process, self.process = self.process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def guard() -> None:
    """Limits of the process itself, before it reads anything."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit(resource.RLIMIT_AS, MOST_MEMORY)
    # No file of any length can be written, no core dump left behind.
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)


def serve(answer: Callable[[bytes], bytes], source: BinaryIO, sink: BinaryIO) -> None:
    """Answer each question from `source` on `sink`, until it ends."""
    sink.write(b"\0")
    sink.flush()
    while len(head := source.read(_LENGTH)) == _LENGTH:
        said = answer(source.read(int.from_bytes(head, "big")))
        sink.write(len(said).to_bytes(_LENGTH, "big"))
        sink.write(said)
        sink.flush()


def _widen(pipe: int) -> None:
    """Let a whole message fit in, where the system lets us: else both sides wake one another every 64 KiB."""
    size = getattr(fcntl, "F_SETPIPE_SZ", None)  # only Linux has it
    if size is not None:
        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe, size, PIPE)


def _limit(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard == resource.RLIM_INFINITY or hard > most:
        resource.setrlimit(kind, (most, most))


def _send(process: subprocess.Popen[bytes], data: bytes, until: float) -> None:
    assert process.stdin is not None
    view = memoryview(data)
    while view:
        _wait(process.stdin.fileno(), until, writing=True)
        try:
            view = view[os.write(process.stdin.fileno(), view) :]
        except BlockingIOError:
            continue
        except OSError as error:
            raise Late(slow=False) from error


def _receive(process: subprocess.Popen[bytes], size: int, until: float) -> bytes:
    assert process.stdout is not None
    pieces = []
    while size:
        _wait(process.stdout.fileno(), until)
        try:
            piece = os.read(process.stdout.fileno(), min(size, 1 << 20))
        except BlockingIOError:
            continue
        except OSError as error:
            raise Late(slow=False) from error
        if not piece:
            raise Late(slow=False)
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _wait(descriptor: int, until: float, *, writing: bool = False) -> None:
    left = until - time.monotonic()
    # poll, not select: the number of a descriptor may be above 1,024.
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT if writing else select.POLLIN)
    if left <= 0 or not poll.poll(left * 1000):
        raise Late(slow=True)
