"""Read receipts: a line above the message that asks for one, and a key to answer it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from core.clean import clean_line
from core.errors import CorreioError
from tui.actions import does, message
from tui.screens.main.lists import MailingLists
from tui.translation import _

if TYPE_CHECKING:  # what receipts need is imported when a message asks for one
    from core.reading import Body
    from core.receipts import Pending
    from core.store.database import Database

ASKS = b"disposition-notification-to"
_SEND, _DECLINE = "send", "decline"


class Receipts(MailingLists):
    """What is done when the message in the reader asks for a receipt."""

    def __init__(self) -> None:
        super().__init__()
        self._receipted: set[int] = set()
        """Messages answered in this session: nothing goes twice while the store is being written."""

    def asks(self, body: Body) -> tuple[str, ...]:
        """The quiet question above the text."""
        found = self._pending(body)
        if found is None or found.how != "ask":
            return ()
        key = self.correio.key_for(message.Receipt) or ":receipt"
        to = _people(found)
        if found.request.sure:
            return (_("{who} would like to know that you have read this · {key} answers").format(who=to, key=key),)
        if not found.request.sender:
            words = _("A read receipt to {who} is asked for; where the message came from is not known · {key} answers")
            return (words.format(who=to, key=key),)
        words = _("A read receipt to {who} is asked for, but the message came from {sender} · {key} answers")
        return (words.format(who=to, sender=clean_line(found.request.sender), key=key),)

    def was_read(self, body: Body) -> None:
        """Who always gets a receipt gets it now."""
        super().was_read(body)
        found = self._pending(body)
        if found is not None and found.how == "always":
            self._send_receipt(body, by_hand=False)

    @does(message.Receipt)
    def receipt(self) -> None:
        """Answer the request: this time, or from now on."""
        from tui.screens.picker import Picker
        from tui.widgets.choice_list import Choice

        body = self.body_here()
        if body is None:
            return
        found = self._pending(body)
        if found is None:
            self.say(_("This message asks for no receipt that is to be answered."))
            return
        to = _people(found)
        choices = [Choice(_SEND, _("Send a receipt"), _("to {who}").format(who=to))]
        if found.request.sure:
            choices.append(Choice("always", _("Always send one"), _("to {who}").format(who=to)))
        choices.append(Choice(_DECLINE, _("Send none"), _("for this message")))
        choices.append(Choice("never", _("Never send one"), _("to {who}").format(who=found.request.to[0].shown)))
        self.app.push_screen(Picker(_("Read receipt"), choices), lambda answer: self._answered_receipt(body, found, answer))

    def _answered_receipt(self, body: Body, found: Pending, answer: str | None) -> None:
        if answer is None:
            return
        if answer in (_SEND, "always"):
            self._send_receipt(body, by_hand=True, rule="always" if answer == "always" else "")
            return
        self._receipted.add(body.id)

        def work(db: Database) -> None:
            from core import receipts
            from core.store import receipt_rules

            with db.write(durable=True):
                receipts.decline(db, body.id)
                if answer == receipt_rules.NEVER:
                    receipt_rules.put(db, found.request.key, answer)

        def done(result: object, error: CorreioError | None) -> None:
            if error is not None:
                self.complain(error)
                return
            who = clean_line(found.request.to[0].shown)
            self.say(_("{who} gets no receipts.").format(who=who) if answer == "never" else _("No receipt is sent."))

        self._shown_anew(body)
        self.desk.write(work, done)

    def _send_receipt(self, body: Body, *, by_hand: bool, rule: str = "") -> None:
        from core import receipts
        from core.cells import wrap
        from core.store import receipt_rules
        from tui.dates import full_date

        settings, envelope = self.desk.settings, body.envelope
        found = self._pending(body)
        own = self.correio.identity_of(body)
        if found is None:
            return
        self._receipted.add(body.id)
        subject = _("Read: {subject}").format(subject=envelope.subject)
        words = _("Your message “{subject}” of {date} was displayed. This does not say that it was read or understood.")
        date = full_date(envelope.date) if envelope.date is not None else _("no date")
        text = "\n".join(wrap(words.format(subject=envelope.subject, date=date), 72))
        wait = settings.compose.undo_send_seconds if by_hand else 0

        def work(db: Database) -> int | None:
            with db.write(durable=True):
                if rule:
                    receipt_rules.put(db, found.request.key, rule)
                return receipts.send(
                    db, settings, body.id, body.header, envelope, (subject, text), by_hand=by_hand,
                    own=own.id if own is not None else "", not_before=int(time.time()) + wait,
                )  # fmt: skip

        def queued(id: int | None, error: CorreioError | None) -> None:
            if error is not None:
                self.complain(error)
            elif id is not None and by_hand:
                self.correio.mail_queued(id, None)
            elif id is not None:
                self.say(_("A read receipt goes to {who}, as always.").format(who=_people(found)))

        self._shown_anew(body)
        self.desk.write(work, queued)

    def _pending(self, body: Body) -> Pending | None:
        """Read from the header alone; for all other mail nothing is even loaded."""
        if ASKS not in body.header.lower() or body.id in self._receipted:
            return None
        from core.receipts import pending

        return pending(self.desk.db, self.desk.settings, body.id, body.header, body.envelope)


def _people(found: Pending) -> str:
    return ", ".join(clean_line(one.addr) for one in found.request.to)
