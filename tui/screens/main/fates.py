"""What became of a message that was sent: a line above its text, and a key that tells all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.actions import does, message
from tui.screens.main.receipts import Receipts
from tui.translation import _, ngettext

if TYPE_CHECKING:
    from core.reading import Body


class Fates(Receipts):
    """What is known of sent mail."""

    def asks(self, body: Body) -> tuple[str, ...]:
        """How it fared, after what else the message asks."""
        return (*super().asks(body), *self._fared(body))

    def _fared(self, body: Body) -> tuple[str, ...]:
        from core.store import sent_events

        message_id = body.envelope.message_id
        known = sent_events.of(self.desk.db, message_id) if message_id else []
        if not known:
            return ()
        from tui.fates import in_short

        key = self.correio.key_for(message.Fate) or ":fate"
        return (_("{words} · {key} tells all").format(words=in_short(known), key=key),)

    @does(message.Withdraw)
    def withdraw_links(self) -> None:
        """Ask, then have the engine take the files away."""
        from core.store import shared_files
        from tui.screens.dialog import Confirm

        body = self.body_here()
        found = shared_files.of_message(self.desk.db, body.envelope.message_id) if body is not None else []
        ids = [one.id for one in found if one.state == shared_files.THERE]
        if not ids:
            self.say(_("No link was sent with this message that could be withdrawn."))
            return
        words = ngettext("{n} link ends now. Nobody can fetch the file any more.", "{n} links end now. Nobody can fetch the"
                         " files any more.", len(ids)).format(n=len(ids))  # fmt: skip

        def answered(yes: bool | None) -> None:
            if yes:
                self.desk.write(lambda db: shared_files.end(db, ids), self.correio.reported())
                self.say(_("The links are being withdrawn."))

        self.app.push_screen(Confirm(words, _("Withdraw")), answered)

    @does(message.Fate)
    def fate(self) -> None:
        """Everything that is known."""
        from core.store import sent_events
        from tui.fates import in_full
        from tui.screens.told import Told

        body = self.body_here()
        if body is None:
            return
        known = sent_events.of(self.desk.db, body.envelope.message_id) if body.envelope.message_id else []
        if not known:
            self.say(_("Nothing is known of where this message went."))
            return
        lines = [f"{date}  {who}: {words}" if who else f"{date}  {words}" for who, words, date in in_full(known)]
        self.app.push_screen(Told(_("What became of it"), lines))
