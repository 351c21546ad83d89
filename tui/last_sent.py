"""The mail that was sent last: `u` takes it back while it waits, and says so when it is too late."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from core.errors import CorreioError, NotFound
from tui.actions import message
from tui.dates import clock_time
from tui.open_composers import OpenComposers
from tui.sentences import sentence
from tui.translation import _, ngettext

if TYPE_CHECKING:
    from core.store.database import Database

REMEMBERED = 300
"""Seconds in which `u` still means the last mail, where nothing was done since."""
CAN_STOP = ("queued", "waiting", "failed")
"""States of a mail in the outbox that can still be taken back."""


class Sent(Struct, frozen=True):
    """A mail that was sent."""

    id: int
    """Its outbox row."""
    until: float
    """Until when it is sure to wait (monotonic seconds)."""
    step: int
    """The newest step of the journal then: whoever has done something since means that."""


class LastSent(OpenComposers):
    """The part of the application that knows which mail was sent last."""

    _last_sent: Sent | None = None
    """Until `u` was pressed for it."""

    def mail_queued(self, id: int | None, error: CorreioError | None) -> None:
        """A mail is in the outbox: say so, and how long it can be taken back."""
        if error is not None or id is None:
            self.say(sentence(error) if error else "", warning=True)
            return
        seconds = self.desk.settings.compose.undo_send_seconds
        self.remember_sent(id, seconds)
        back = ngettext("It goes out in {n} second · u takes it back", "It goes out in {n} seconds · u takes it back", seconds)
        self.say(back.format(n=seconds) if seconds else _("It is being sent."), seconds=seconds or 4)

    def remember_sent(self, id: int, seconds: float) -> None:
        """`u` means this mail; for so many seconds it is sure to wait."""
        from core.undoing import newest_step

        self._last_sent = Sent(id, time.monotonic() + seconds, newest_step(self.desk.db))

    def take_back(self, id: int) -> None:
        """Take a mail out of the outbox; `dispatch` does it."""

    def undo_send(self, otherwise: Callable[[], None]) -> None:
        """Take the last mail back while it waits, or say that it is too late; `otherwise` where `u` means something else."""
        sent, self._last_sent = self._last_sent, None
        now = time.monotonic()
        if sent is None or now > sent.until + REMEMBERED:
            otherwise()
        elif now <= sent.until:
            self.take_back(sent.id)
        else:
            last = sent

            def done(became: tuple[str, int] | None, error: CorreioError | None) -> None:
                if error is not None:
                    self.say(sentence(error), warning=True)
                elif became is None:
                    otherwise()
                elif became[0] in CAN_STOP:  # no line, most likely
                    self.take_back(last.id)
                else:
                    self._say_too_late(*became)

            # After what is still being written: that may be newer than the mail.
            self.desk.write(lambda db: _became(db, last), done, hurry=False)

    def _say_too_late(self, state: str, when: int) -> None:
        words = _("The mail is on its way and cannot be taken back. {key} once more takes back what was done before.")
        if state == "sent":
            words = _("The mail went out at {time} and cannot be taken back. {key} once more takes back what was done before.")
        self.say(words.format(time=clock_time(when), key=self.key_for(message.Undo) or ":undo"), warning=True)


def _became(db: Database, sent: Sent) -> tuple[str, int] | None:
    """The state of the mail and when a server took it; None where something else was done since."""
    from core.store import outbox, sent_events
    from core.undoing import newest_step

    try:
        row = outbox.get(db, sent.id)
    except NotFound:
        return None
    if newest_step(db) > sent.step or row.state == "cancelled":
        return None
    told = (one.made for one in sent_events.of(db, row.message_id) if one.source is None)
    return row.state, max(told, default=row.made)
