"""The message on whose row the cursor rests is made ready before it is opened: Enter then only has to show it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from core.errors import CorreioError
from core.store.lists import Row
from tui.screens.main.additions import Additions
from tui.screens.main.marked import Marked

if TYPE_CHECKING:  # what reading needs is imported when something is read
    from core.reading import Body
    from tui.opened import Opened

REST = 0.3
"""Seconds that the cursor rests on a row before anything is done about it."""
MOST_AHEAD = 32 * 1024
"""Bytes of a message that is made ready ahead: with more of them a key would have to wait for it."""


class Ahead(Marked, Additions):
    """Where the reader is not beside the list. Nothing is fetched, asked for or marked as read."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead: Opened | None = None
        self._resting: asyncio.TimerHandle | None = None

    def look_ahead(self) -> None:
        """The cursor has come to a row: make ready what opening it shows, if it rests there."""
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None
        self.look_again()

    def look_again(self) -> None:
        """What was made ready may have changed since: make it ready anew."""
        self.ahead = None
        if self._resting is None and self.pane == "list" and self.count < 3:
            # Not a timer of Textual: to make one at every key would cost a part of it.
            self._resting = asyncio.get_running_loop().call_later(REST, self.call_later, self._make_ahead)

    def thread_of(self, row: Row) -> list[int]:
        """The messages that are read one after the other when a row is opened, oldest first."""
        if not conversation_of(row):
            return [row.message]
        from core.store import messages

        return [one.id for one in messages.in_thread(self.desk.db, row.thread, row.folder)] or [row.message]

    def _make_ahead(self) -> None:
        from core.store import messages
        from tui.opened import first_unread

        row, self._resting = self.list.current, None
        if row is None or self.pane != "list" or not self.is_current:
            return
        db = self.desk.db
        try:
            message = first_unread(db, self.thread_of(row), row.message)
            if messages.get(db, message).size > MOST_AHEAD:
                return
            body = self.body_of(message)
            if body.here:
                opened = self.opened_from(body)
                if not opened.takes_long:
                    opened.page(self.reader.text_width())
                self.ahead = opened
        except CorreioError:
            return  # it has gone meanwhile, or cannot be read: that is said when somebody opens it

    def body_of(self, message: int) -> Body:
        """A message of the store. NotFound `no-message`."""
        from core.reading import open_body

        ahead = self.ahead
        return ahead.body if ahead is not None and ahead.body.id == message else open_body(self.desk.db, message)

    def opened_from(self, body: Body, form: str = "") -> Opened:
        """A message for the reader, in a form that was chosen for it, or as it is shown else; its body need not be here."""
        from tui.opened import Opened

        ahead, self.ahead = self.ahead, None
        if ahead is not None and ahead.body is body and not form:
            return ahead
        opened = Opened(body, self.correio.render_html, form, self.about_list(body), pictures=self.pictures_of(body))
        self.make_ready(opened)
        return opened


def conversation_of(row: Row) -> int:
    """The thread of a row that stands for a whole conversation, 0 for a single message."""
    return row.thread if row.total > 1 and not row.depth else 0
