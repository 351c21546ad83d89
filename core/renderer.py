"""HTML laid out in a process of its own that is killed when it is late: no mail can stop the screen."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping
from types import TracebackType
from typing import TypeVar

from msgspec.structs import replace

from core.html import MOST_CHARACTERS, html_to_text
from core.rendered import Page
from core.side_process import Late, SideProcess

MOST_KEPT = 32
"""Pages that are remembered."""
_CRUDE = 400_000
"""Characters of HTML whose text is shown when it cannot be laid out."""
_NO_LAYOUT = 0
_ENOUGH = 0.6
"""Of the time for a page, after which it is shown as far as it is laid out."""
_MOST_ANSWER = 64 * 1024 * 1024

Answer = TypeVar("Answer", Page, str)


class RenderWorker:
    """Renders HTML in another process, one at a time; safe to use from several threads.

    The process starts with the first page (or `start`), and again after it was killed. `close` ends it.
    """

    def __init__(self) -> None:
        self._side = SideProcess("core.render_worker", _MOST_ANSWER)
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
                self._side.ready()
            except Late:
                self._side.kill()

    def close(self) -> None:
        """End the process; a later `render` starts a new one."""
        with self._lock:
            self._side.kill()

    def render(self, html: str, width: int, deadline: float = 1.0, names: Mapping[str, str] | None = None) -> Page:
        """As `core.html.render_html`, within `deadline` seconds from when the process is up.

        Where it is late the page holds the text without its layout and the notice `html-too-slow`, where the process
        broke down `html-failed`. Never raises.
        """
        named = dict(names or {})
        key = (hashlib.sha256(f"{html}{named}".encode("utf-8", "replace")).digest(), width)
        with self._lock:
            known = self._pages.get(key)
            if known is not None:
                self._pages.move_to_end(key)
                return known
            try:
                page = self._ask((html[: MOST_CHARACTERS + 1], width, named), deadline, Page)
            except Late as late:
                self._side.kill()
                page = crude_page(html, width, "html-too-slow" if late.slow else "html-failed")
            self._pages[key] = page
            if len(self._pages) > MOST_KEPT:
                self._pages.popitem(last=False)
            return page

    def text(self, html: str, deadline: float = 5.0) -> str:
        """As `core.html.html_to_text`, within `deadline` seconds; '' where that does not do. Never raises."""
        with self._lock:
            try:
                return self._ask((html, _NO_LAYOUT, {}), deadline, str)
            except Late:
                self._side.kill()
                return ""

    def _ask(self, asked: tuple[str, int, dict[str, str]], deadline: float, kind: type[Answer]) -> Answer:
        import msgspec

        html, width, names = asked
        question = (html.encode("utf-8", "replace").decode("utf-8"), width, names, deadline * _ENOUGH)
        try:
            return msgspec.msgpack.decode(self._side.ask(msgspec.msgpack.encode(question), deadline), type=kind)
        except msgspec.DecodeError as error:
            raise Late(slow=False) from error


def crude_page(html: str, width: int, notice: str) -> Page:
    """The text of HTML that could not be laid out, with a notice."""
    from core.text import render_text

    return replace(render_text(html_to_text(html[:_CRUDE]), width, limit=5_000), notices=(notice,))
