"""A process that has Correio loaded and forks for every command: a command of its own, without Python's start.

Loading takes most of the time of a command that does little, and the tests give thousands of commands. What is forked is a
real process with its own arguments, environment, folder, streams and end; only its modules are there already. Commands whose
start is what a test shows are started as ever (`tests.terminal.program.correio`).

    python -P -m tests.terminal.nursery SOCKET [screen]     ends when its standard input does

With `screen` the screen's libraries are loaded too.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import gc
import importlib
import json
import os
import pkgutil
import selectors
import signal
import socket
import struct
import sys
import termios
import threading
import time
import traceback
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).parents[2]
STREAMS = 3
_LENGTH = struct.Struct("!I")


def ask(path: str, streams: list[int], words: list[str], cwd: str, env: dict[str, str], *, alone: bool) -> socket.socket:
    """Have a command begun with these three streams; the line tells of it (`told`): its process id, then its status.

    `alone`: in a session of its own, with standard input as its terminal.
    """
    line = socket.socket(socket.AF_UNIX)
    try:
        line.connect(path)
        request = json.dumps([words, cwd, env, alone]).encode("utf-8", "surrogateescape")
        socket.send_fds(line, [_LENGTH.pack(len(request))], streams)
        line.sendall(request)
    except BaseException:
        line.close()
        raise
    return line


def told(line: socket.socket) -> int:
    """The next number on the line. Raises EOFError when there is none, TimeoutError of the line's time-out."""
    return int(struct.unpack("!i", _exactly(line, 4))[0])


class Nursery:
    """Forks at each request, and tells whoever asked how it ended."""

    def __init__(self, door: socket.socket) -> None:
        self._door = door
        self._askers: dict[int, socket.socket] = {}
        """Process → who asked for it."""
        self._selector = selectors.DefaultSelector()
        self._pipe = self._ended, wake = os.pipe()
        for end in self._pipe:
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        for file in (0, self._ended, door):
            self._selector.register(file, selectors.EVENT_READ)

    def next(self) -> list[str] | None:
        """In each child: the words of its command. In the parent None, when standard input came to its end."""
        while True:
            for key, _ in self._selector.select():
                if key.fileobj == 0:
                    return None
                if key.fileobj == self._ended:
                    self._bury()
                elif (words := self._begin()) is not None:
                    return words

    def _begin(self) -> list[str] | None:
        asker, _ = self._door.accept()
        head, streams, _, _ = socket.recv_fds(asker, _LENGTH.size, STREAMS)
        words, cwd, env, alone = json.loads(_exactly(asker, _LENGTH.unpack(head)[0]).decode("utf-8", "surrogateescape"))
        process = os.fork()
        if not process:
            self._leave(asker)
            _become(streams, cwd, env)
            if alone:
                os.setsid()
                fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            return [str(word) for word in words]
        for stream in streams:
            os.close(stream)
        self._askers[process] = asker
        _tell(asker, process)
        return None

    def _leave(self, asker: socket.socket) -> None:
        """In the child: nothing of the nursery stays open."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._selector.close()
        for line in (asker, self._door, *self._askers.values()):
            line.close()
        for end in self._pipe:
            os.close(end)

    def _bury(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._ended, 4096)
        with contextlib.suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                asker = self._askers.pop(found[0])
                _tell(asker, os.waitstatus_to_exitcode(found[1]))
                asker.close()


def _tell(asker: socket.socket, number: int) -> None:
    with contextlib.suppress(OSError):  # nobody listens any more
        asker.sendall(struct.pack("!i", number))


def _exactly(line: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = line.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def _become(streams: list[int], cwd: str, env: dict[str, str]) -> None:
    """Take over the streams, the folder and the environment of the command."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        old = getattr(sys, name)
        new = open(  # noqa: SIM115
            number, old.mode, 1 if name == "stderr" else -1, encoding=old.encoding, errors=old.errors, closefd=False
        )
        setattr(sys, name, new)
        setattr(sys, f"__{name}__", new)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()


def _load(*rooms: str) -> None:
    """Every module of the rooms, but those that are programs."""
    for room in rooms:
        package = importlib.import_module(room)
        for found in pkgutil.walk_packages(package.__path__, f"{room}."):
            if not found.name.endswith("__main__"):
                importlib.import_module(found.name)


def _end(words: list[str]) -> NoReturn:
    """Carry out the command as tui/entry.py does, and end as Python does."""
    from tui.entry import main

    sys.argv = [str(ROOT / "tui" / "entry.py"), *words]
    status: object = 1
    try:
        status = main()
    except SystemExit as end:
        status = end.code
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(status if isinstance(status, int) else int(status is not None))


def serve(path: str, *, screen: bool) -> None:
    """Be a nursery at the socket until standard input ends; never returns in a child."""
    door = socket.socket(socket.AF_UNIX)
    door.bind(path)
    door.listen(32)
    _load("core", "accounts", "crypto", "tui.commands", "tui.sentences")
    assert not {"textual", "rich"} & sys.modules.keys(), "a command loads the screen"
    if screen:
        _load("tui")
    gc.collect()
    gc.freeze()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    words = Nursery(door).next()
    if words is not None:
        _end(words)


if __name__ == "__main__":
    serve(sys.argv[1], screen="screen" in sys.argv[2:])
