"""What is said at the bottom of the screen, and what was said: for those who looked elsewhere while it stood there."""

from __future__ import annotations

import time
from collections import deque

from msgspec import Struct
from textual import events
from textual.screen import ModalScreen

from tui.actions import does, program
from tui.keys import Sequence as Keys
from tui.keys import show_sequence
from tui.news import News
from tui.translation import _

SAID = 6.0
"""Seconds for which the footer shows a message, unless a key is pressed: that ends it, for it covers the keys."""
HEEDED = 2.0
"""Seconds for which it shows a warning, whatever is pressed."""
KEPT = 50
"""Notices that can be read again."""


class Notice(Struct, frozen=True):
    """Something that was said."""

    when: float
    """Unix seconds."""
    text: str
    warning: bool


class Speaking(News):
    """The part of the application that says something."""

    _said = 0

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)
        self.notices: deque[Notice] = deque(maxlen=KEPT)
        """What was said, the newest last."""

    def say(self, text: str, *, warning: bool = False, seconds: float = SAID) -> None:
        """Say something in the footer; screens without one show it as a note. It can be read again (`program.notices`)."""
        from tui.widgets.status import FooterBar

        if text:
            self._note_down(text, warning)
        footers = self.screen.query(FooterBar)
        if not footers:
            if text:
                super().say(text, warning=warning, seconds=seconds)
            return
        footer = footers.first()
        footer.warning, footer.message = warning, text
        self._said += 1
        self._speaks = bool(text)
        said, self._said_at = self._said, time.monotonic()
        if text:
            self.set_timer(seconds, lambda: self._unsay(said))

    def _note_down(self, text: str, warning: bool) -> None:
        """Keep what is said; said again at once, it counts once."""
        if self.notices and self.notices[-1].text == text:
            self.notices.pop()
        self.notices.append(Notice(time.time(), text, warning))

    async def _take_key(self, event: events.Key) -> bool:
        from tui.widgets.status import FooterBar

        for footer in self.screen.query(FooterBar) if self._speaks else ():
            if footer.message and (not footer.warning or time.monotonic() - self._said_at > HEEDED):
                self._unsay(self._said)
        return await super()._take_key(event)

    def _unsay(self, said: int) -> None:
        from tui.widgets.status import FooterBar

        if said == self._said:
            self._speaks = False
            for screen in self.screen_stack:
                for footer in screen.query(FooterBar):
                    footer.message = ""

    def no_use(self, keys: Keys) -> None:
        """Say that keys do nothing here; dialogs have keys of their own."""
        if not isinstance(self.screen, ModalScreen):
            words = _("{keys} does nothing here. {help} shows the keys that do.")
            self.say(words.format(keys=show_sequence(keys), help=self.key_for(program.Help)))

    @does(program.Notices)
    def show_notices(self) -> None:
        """What was said lately, the newest first."""
        from tui.screens.told import Told

        if not self.notices:
            self.say(_("Nothing was said yet."))
            return
        today = time.strftime("%Y-%m-%d")
        lines = [_line(notice, today) for notice in reversed(self.notices)]
        self.push_screen(Told(_("What was said, the newest first; ! is a warning"), lines))


def _line(notice: Notice, today: str) -> str:
    when = time.localtime(notice.when)
    day = time.strftime("%Y-%m-%d", when)
    shown = time.strftime("%H:%M:%S", when)
    return f"{shown if day == today else f'{day} {shown}'} {'!' if notice.warning else ' '} {notice.text}"
