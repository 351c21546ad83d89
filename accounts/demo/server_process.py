"""The demo's servers as a process of their own, and how the program starts and stops it.

The process prints one JSON line, then serves until SIGTERM, SIGINT or, with `--until-eof`, the end of its
standard input: the other end of that pipe dies with the program that started it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from core.errors import NetworkError

USER = "maria@correio.example"
PASSWORD = "demo"
_FIRST_LINE_WITHIN = 30.0


@dataclass(frozen=True, slots=True)
class DemoServers:
    """The running servers: where they listen (plain text on the loopback) and how to log in to both."""

    imap_host: str
    imap_port: int
    smtp_host: str
    smtp_port: int
    user: str
    password: str
    home: Path
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """End the servers and wait for it. A second call does nothing."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def start_demo(home: Path, *, patience: float | None = None) -> DemoServers:
    """Start the servers and return once they listen; they end with this process at the latest.

    `home`: the temporary CORREIO_HOME, made by the caller; it gets `demo-servers.log`. `patience`: seconds until
    the demo's people answer. Raises NetworkError `demo-failed` (`server`, `answer`), OSError for a home that is none.
    """
    # the file, not `-m accounts.demo`: with -P nothing but this very tree can be picked up
    command = [sys.executable, "-P", str(Path(__file__).with_name("__main__.py")), "--until-eof", "--home", str(home)]
    if patience is not None:
        command += ["--patience", str(patience)]
    log = home / "demo-servers.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, start_new_session=True)
    line = _first_line(process)
    try:
        told = json.loads(line)
    except ValueError:
        process.kill()
        process.communicate()
        complaint = log.read_text("utf-8", "replace").strip()
        raise NetworkError("demo-failed", server="demo", answer=complaint.rpartition("\n")[2]) from None
    imap, smtp = told["imap"], told["smtp"]
    return DemoServers(imap["host"], imap["port"], smtp["host"], smtp["port"], told["user"], told["password"], home, process)


def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    """The line that tells the ports; b'' if the process ends or takes too long."""
    if process.stdout is None:
        return b""
    end = time.monotonic() + _FIRST_LINE_WITHIN
    line = b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while not line.endswith(b"\n") and selector.select(max(end - time.monotonic(), 0)):
            piece = os.read(process.stdout.fileno(), 4096)
            if not piece:
                break
            line += piece
    return line


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m accounts.demo`: serve, tell where on one line, wait for the end. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="accounts.demo", description="IMAP and SMTP servers with sample mail.")
    parser.add_argument("--home", type=Path, help="the CORREIO_HOME to tell; without it a temporary one is made")
    parser.add_argument("--until-eof", action="store_true", help="end when standard input does")
    parser.add_argument("--patience", type=float, default=1.5, help="seconds until the demo's people answer")
    options = parser.parse_args(arguments)
    with _home(options.home) as home:
        asyncio.run(serve(home, until_eof=options.until_eof, patience=options.patience))
    return 0


@contextlib.contextmanager
def _home(given: Path | None) -> Iterator[Path]:
    if given is not None:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="correio-demo-", ignore_cleanup_errors=True) as made:
        yield Path(made)


async def serve(home: Path, *, until_eof: bool = False, patience: float = 1.5) -> None:
    """Start both servers on free ports, print the line, return after SIGTERM, SIGINT or the end of stdin."""
    from accounts.demo.imap_server import ImapServer
    from accounts.demo.mailroom import MailRoom
    from accounts.demo.mails import sample_account
    from accounts.demo.smtp_server import SmtpServer

    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    if until_eof:
        await loop.connect_read_pipe(lambda: _Parent(ended), os.fdopen(os.dup(0), "rb"))
    account = sample_account(datetime.now(UTC))
    imap, smtp = ImapServer(account), SmtpServer(MailRoom(account, patience=patience))
    try:
        await imap.start()
        await smtp.start()
        print(json.dumps(_told(imap, smtp, home)), flush=True)
        await ended.wait()
    finally:
        await smtp.stop()
        await imap.stop()


def _told(imap: Any, smtp: Any, home: Path) -> dict[str, object]:
    """The line of `correio demo --headless` (CLI contract)."""
    return {
        "imap": {"host": imap.host, "port": imap.port, "security": "none"},
        "smtp": {"host": smtp.host, "port": smtp.port, "security": "none"},
        "user": USER,
        "password": PASSWORD,
        "home": str(home),
    }


class _Parent(asyncio.Protocol):
    """Standard input: nothing is expected on it but its end."""

    def __init__(self, ended: asyncio.Event) -> None:
        self.ended = ended

    def connection_lost(self, error: Exception | None) -> None:
        """The parent is gone."""
        self.ended.set()
