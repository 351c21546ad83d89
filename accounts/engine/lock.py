"""Who works: whoever holds an flock on `engine.lock`. The file says which process that is, and where its socket is."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from pathlib import Path
from types import TracebackType

from core.errors import CorreioError, NetworkError

PROBED = 0.25
"""Seconds for which somebody who only looks who holds the lock may seem to hold it."""


class EngineLock:
    """The lock; the operating system lets go of it when the process ends, however it ends.

    `socket`: where the holder listens, for callers whose XDG_RUNTIME_DIR is another; None for a command.
    """

    def __init__(self, path: Path, socket: Path | None = None) -> None:
        self.path = path
        self._socket = socket
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock. Raises CorreioError `engine-running` with `pid` when somebody else holds it."""
        descriptor = self._open()
        limit = time.monotonic() + PROBED
        while not _locked(descriptor, fcntl.LOCK_EX):
            if time.monotonic() > limit:
                pid, _ = _read(descriptor)
                os.close(descriptor)
                raise CorreioError("engine-running", pid=pid)
            time.sleep(0.005)
        self._descriptor = descriptor
        with contextlib.suppress(OSError):  # on a full disk the lock counts all the same
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n{self._socket or ''}\n".encode("utf-8", "surrogateescape"), 0)

    def release(self) -> None:
        """Let go of the lock."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None

    def holder(self) -> int | None:
        """The process that holds the lock (0 when it has not said which), or None."""
        if not self.path.exists():
            return None
        descriptor = self._open()
        try:
            return None if _locked(descriptor, fcntl.LOCK_SH) else _read(descriptor)[0]
        finally:
            os.close(descriptor)

    def unreachable(self) -> NetworkError | None:
        """What to say where nobody answers at the socket although an engine (no command) holds the lock; None where none does."""
        pid = self.holder()
        if pid is None or self.socket() is None:
            return None
        return NetworkError("engine-unreachable", server="engine", pid=pid)

    def socket(self) -> Path | None:
        """Where the holder said that it listens."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            return _read(descriptor)[1]
        finally:
            os.close(descriptor)

    def _open(self) -> int:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def __enter__(self) -> EngineLock:
        self.acquire()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.release()


def _locked(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(descriptor: int) -> tuple[int, Path | None]:
    """What the file says of the holder."""
    pid, _, rest = os.pread(descriptor, 4096, 0).decode("utf-8", "surrogateescape").partition("\n")
    socket = rest.partition("\n")[0]
    return int(pid) if pid.isdigit() else 0, Path(socket) if socket else None
