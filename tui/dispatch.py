"""Sending from anywhere in the application: a mail goes to the outbox, is taken back while it waits, or written again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from core.errors import CorreioError
from tui.last_sent import LastSent
from tui.sentences import sentence
from tui.translation import _

if TYPE_CHECKING:
    from core import drafting
    from core.draft import Draft
    from core.store.database import Database
    from tui.desk import Desk

LONG = 15
"""Seconds for words that say more than one reads at a glance."""
LARGE = 3_000_000
"""Bytes of files from which on it takes a moment to put a message together."""


class Dispatch(LastSent):
    """The part of the application that sends. What it needs is imported when somebody sends."""

    desk: Desk

    if TYPE_CHECKING:

        def write_draft(
            self,
            draft: Draft,
            draft_id: int | None = None,
            *,
            sign: bool = True,
            filled: bool = False,
            taken_out: bool = False,
            instead: tuple[int, ...] = (),
        ) -> None:
            """Open the composer on a draft."""

    def send_draft(self, draft: Draft, draft_id: int | None, instead: tuple[int, ...] = ()) -> None:
        """Build the mail and queue it; it waits some seconds, in which `u` takes it back. `instead`: as for `write_draft`."""
        from core import drafting
        from core.draft import size_of
        from core.sending import queue

        settings, seconds = self.desk.settings, self.desk.settings.compose.undo_send_seconds

        def work(db: Database) -> int:
            id = queue(db, settings, draft, wait=seconds, draft_id=draft_id).id
            drafting.settle(db, instead)
            return id

        def done(id: int | None, error: CorreioError | None) -> None:
            if error is not None:  # it could not be built: back to the composer, with what is wrong
                self.write_draft(draft, draft_id, sign=False, instead=instead)
                self.call_after_refresh(self.say, sentence(error), warning=True, seconds=15)
            else:
                self.mail_queued(id, None)
                if id is not None and draft.send_at > time.time() + seconds:
                    from tui.dates import full_date

                    words = _("It goes out {when}; until then it waits in the outbox. u takes it back.")
                    self.say(words.format(when=full_date(draft.send_at)), seconds=LONG)
                    self.remember_sent(id, LONG)  # as long as that is said

        if sum(map(size_of, draft.attachments)) > LARGE:
            self.call_later(self.say, _("The message is being put together."), seconds=LONG)
        self.desk.write(work, done)

    def take_back(self, id: int) -> None:
        """Take a mail out of the outbox and open it in the composer; one that was redirected is only stopped."""
        from core import drafting

        settings = self.desk.settings

        def done(taken: drafting.TakenBack | None, error: CorreioError | None) -> None:
            if error is not None or taken is None:
                self.say(sentence(error) if error else _("It is too late: the mail is on its way."), warning=True)
            elif taken.draft is None:
                self.say(_("It is not sent."))
            else:
                self.write_draft(taken.draft, taken.id, sign=False, taken_out=not taken.left, instead=taken.left)
                words = _("It is not sent; it is a draft again.")
                if taken.partly:
                    words = _("Those who have it already are left out; for the others it is a draft again.")
                self.call_after_refresh(self.say, words)

        self.desk.write(lambda db: drafting.take_back(db, settings, id), done)
