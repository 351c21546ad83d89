"""HTML laid out in a process of its own that is killed when it is late: no mail can stop the screen."""

from __future__ import annotations

import hashlib
import os
import select
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from msgspec.structs import replace

from core.html import MOST_CHARACTERS, html_to_text
from core.rendered import Page

MOST_KEPT = 32
"""Pages that are remembered."""
_CRUDE = 400_000
"""Characters of HTML whose text is shown when it cannot be laid out."""
_LENGTH = 4
_NO_LAYOUT = 0
_MOST_ANSWER = 64 * 1024 * 1024
_START_SECONDS = 10.0
_START = "import sys; sys.path.insert(0, {!r}); from core.render_worker import main; main()"
_KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "SYSTEMROOT", "LD_LIBRARY_PATH", "PYTHONHOME")

Answer = TypeVar("Answer", Page, str)


class _Late(Exception):
    """The process did not answer in time, or ended."""

    def __init__(self, notice: str) -> None:
        super().__init__(notice)
        self.notice = notice


class RenderWorker:
    """Renders HTML in another process, one at a time; safe to use from several threads.

    The process starts with the first page (or `start`), and again after it was killed. `close` ends it.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._pages: OrderedDict[tuple[bytes, int], Page] = OrderedDict()

    def __enter__(self) -> RenderWorker:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def start(self) -> None:
        """Start the process now, so that the first page need not wait for it."""
        with self._lock:
            try:
                self._ready()
            except _Late:
                self._kill()

    def close(self) -> None:
        """End the process; a later `render` starts a new one."""
        with self._lock:
            self._kill()

    def render(self, html: str, width: int, deadline: float = 1.0) -> Page:
        """As `core.html.render_html`, within `deadline` seconds from when the process is up.

        Where it is late the page holds the text without its layout and the notice `html-too-slow`, where the process
        broke down `html-failed`. Never raises.
        """
        key = (hashlib.sha256(html.encode("utf-8", "replace")).digest(), width)
        with self._lock:
            known = self._pages.get(key)
            if known is not None:
                self._pages.move_to_end(key)
                return known
            try:
                page = self._ask(html[: MOST_CHARACTERS + 1], width, deadline, Page)
            except _Late as late:
                self._kill()
                page = crude_page(html, width, late.notice)
            self._pages[key] = page
            if len(self._pages) > MOST_KEPT:
                self._pages.popitem(last=False)
            return page

    def text(self, html: str, deadline: float = 5.0) -> str:
        """As `core.html.html_to_text`, within `deadline` seconds; '' where that does not do. Never raises."""
        with self._lock:
            try:
                return self._ask(html, _NO_LAYOUT, deadline, str)
            except _Late:
                self._kill()
                return ""

    def _ask(self, html: str, width: int, deadline: float, kind: type[Answer]) -> Answer:
        import msgspec

        process = self._ready()
        until = time.monotonic() + deadline
        question = msgspec.msgpack.encode((html.encode("utf-8", "replace").decode("utf-8"), width))
        _send(process, len(question).to_bytes(_LENGTH, "big") + question, until)
        length = int.from_bytes(_receive(process, _LENGTH, until), "big")
        if length > _MOST_ANSWER:
            raise _Late("html-failed")
        try:
            return msgspec.msgpack.decode(_receive(process, length, until), type=kind)
        except msgspec.DecodeError as error:
            raise _Late("html-failed") from error

    def _ready(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._kill()
        root = str(Path(__file__).resolve().parent.parent)
        try:
            process = subprocess.Popen(
                (sys.executable, "-P", "-c", _START.format(root)), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, bufsize=0, start_new_session=True, cwd="/",
                env={name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ},
            )  # fmt: skip
        except OSError as error:
            raise _Late("html-failed") from error
        self._process = process
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                os.set_blocking(stream.fileno(), False)
        _receive(process, 1, time.monotonic() + _START_SECONDS)
        return process

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def crude_page(html: str, width: int, notice: str) -> Page:
    """The text of HTML that could not be laid out, with a notice."""
    from core.text import render_text

    return replace(render_text(html_to_text(html[:_CRUDE]), width, limit=5_000), notices=(notice,))


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
            raise _Late("html-failed") from error


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
            raise _Late("html-failed") from error
        if not piece:
            raise _Late("html-failed")
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _wait(descriptor: int, until: float, *, writing: bool = False) -> None:
    left = until - time.monotonic()
    # poll, not select: the number of a descriptor may be above 1,024.
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT if writing else select.POLLIN)
    if left <= 0 or not poll.poll(left * 1000):
        raise _Late("html-too-slow")
