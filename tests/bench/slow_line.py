"""A line as on a train: 1 Mbit/s for all connections together, a tenth of a second there and back. With and without COMPRESS."""

from __future__ import annotations

import contextlib
import json
import queue
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from msgspec.structs import replace

from core.paths import find_home
from core.settings.file import save
from tests.bench.figures import Figure
from tests.bench.homes import must, newest_subject
from tests.bench.spending import is_there, spend
from tests.bench.syncing import all_came, mbsync_config, post_office
from tests.bench.timing import shown_after
from tests.servers.callers import callers, close_listener
from tests.servers.post import Post
from tests.terminal.program import ROOT, correio, environment, temporary_home
from tests.terminal.pty import Pty

MAILS = 1_000
RATE = 125_000
"""Bytes a second, each way."""
DELAY = 0.05
"""Seconds from one end to the other."""
PIECE = 8_192
LENT = 0.25
"""Seconds of the line that one connection may have waiting on it."""


class Way:
    """One direction of the line, shared by all connections: what is sent later comes later."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._free = 0.0
        self.bytes = 0

    def arrival(self, size: int) -> float:
        """When (`time.monotonic`) so many bytes that are sent now arrive; waits while too much is on the way."""
        with self._guard:
            now = time.monotonic()
            self._free = max(self._free, now) + size / RATE
            self.bytes += size
            ahead, arrives = self._free - now, self._free + DELAY
        if ahead > LENT:
            time.sleep(ahead - LENT)
        return arrives


class SlowLine:
    """Passes everything to `host`:`port`, as slowly as such a line does."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self.up, self.down = Way(), Way()
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, name="slow line", daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        close_listener(self._listener)

    def _accept(self) -> None:
        for client, server in callers(self._listener, self._target):
            self.connections += 1
            for source, sink, way in ((client, server, self.up), (server, client, self.down)):
                under_way: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
                threading.Thread(target=_send, args=(source, way, under_way), daemon=True).start()
                threading.Thread(target=_arrive, args=(sink, under_way), daemon=True).start()


def _send(source: socket.socket, way: Way, under_way: queue.SimpleQueue[tuple[float, bytes]]) -> None:
    data = b"begun"
    while data:
        try:
            data = source.recv(PIECE)
        except OSError:
            data = b""
        under_way.put((way.arrival(len(data)), data))


def _arrive(sink: socket.socket, under_way: queue.SimpleQueue[tuple[float, bytes]]) -> None:
    with contextlib.suppress(OSError):
        while True:
            arrives, data = under_way.get()
            time.sleep(max(0.0, arrives - time.monotonic()))
            if not data:
                sink.shutdown(socket.SHUT_WR)
                return
            sink.sendall(data)


def measure_slow_line() -> list[Figure]:
    """The first screenful, all headers, all mail and nothing new, over a slow line; mbsync over the same."""
    figures: list[Figure] = []
    with post_office(MAILS) as post:
        peer, peer_bytes = _mbsync_seconds(post)
        for compress, words in (("never", "plain"), ("always", "COMPRESS")):
            with _home(post, "all", compress) as (home, line):
                seconds = _first_screenful(home)
            figures.append(Figure(f"start to first screenful, {words}", seconds, "s"))
            with _home(post, "headers", compress) as (home, line):
                seconds = _pass(home)
                all_came(home, MAILS)
                figures += [
                    Figure(f"headers of {MAILS:,}, {words}", seconds, "s"),
                    Figure("… from the server", line.down.bytes / 1e6, "MB"),
                ]
            with _home(post, "all", compress) as (home, line):
                seconds = _pass(home)
                all_came(home, MAILS)
                figures += [
                    Figure(f"all of {MAILS:,}, {words}", seconds, "s", None, peer, "mbsync"),
                    Figure("… from the server", line.down.bytes / 1e6, "MB", None, peer_bytes, "mbsync"),
                ]
                figures.append(Figure(f"nothing new, log-in and pass, {words}", _pass(home), "s"))
    return figures


@contextlib.contextmanager
def _home(post: Post, keep: str, compress: str) -> Iterator[tuple[Path, SlowLine]]:
    with temporary_home() as home, SlowLine(post.dovecot.host, post.dovecot.ports.imaps) as line:
        post.add_to(home, keep=keep)

        def by_the_line(old):  # type: ignore[no-untyped-def]
            first = old.accounts[0]
            far = replace(first, compress=compress, incoming=replace(first.incoming, port=line.port))
            return replace(old, accounts=(far, *old.accounts[1:]))

        save(find_home({"CORREIO_HOME": str(home)}).settings_file, by_the_line)
        yield home, line
        if not line.connections:
            raise AssertionError("nobody went over the line")


def _pass(home: Path) -> float:
    """Seconds of one pass, from the log-in on."""
    return float(sum(row["seconds"] for row in json.loads(must(["sync", "--json"], home))))


def _first_screenful(home: Path) -> float:
    subject = newest_subject(MAILS)
    with Pty(correio(), environment(home), columns=120, rows=40, cwd=str(ROOT)) as terminal:
        seconds, _ = shown_after(terminal, lambda lines: any(subject in line for line in lines))
    must(["engine", "stop"], home)
    return seconds


def _mbsync_seconds(post: Post) -> tuple[float | None, float | None]:
    if not is_there("mbsync"):
        return None, None
    with tempfile.TemporaryDirectory() as folder, SlowLine(post.dovecot.host, post.dovecot.ports.imaps) as line:
        run = spend(["mbsync", "-q", "-c", str(mbsync_config(post, Path(folder), line.port)), "c"])
        return run.seconds, line.down.bytes / 1e6
