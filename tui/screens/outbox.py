"""The outbox: what waits, why, until when; what goes to many; what was not sent, and what did not arrive."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar

from core import drafting
from core.clean import clean_line
from core.errors import CorreioError
from core.store import batches, outbox, sent_events
from core.store.batches import Batch
from core.store.database import Database
from core.store.outbox import Outgoing
from tui.actions import Context, does
from tui.actions import outbox as doing
from tui.dates import full_date
from tui.fates import batch_state, batch_why, batch_words, last_words, words_of
from tui.screens.list_screen import ListScreen
from tui.sentences import sentence
from tui.translation import N_, _
from tui.widgets.choice_list import Choice, ChoiceList

if TYPE_CHECKING:
    from collections.abc import Mapping

    from accounts.engine.protocol import Message

STATES = {
    "queued": N_("being sent"),
    "waiting": N_("waiting"),
    "sending": N_("being sent"),
    "uncertain": N_("uncertain"),
    "failed": N_("not sent"),
    "sent": N_("not delivered"),
}
Entry = Outgoing | Batch
MOST_NAMED = 3
"""Recipients who are named beside the same words of a server."""
TICK = 1.0
"""Seconds between two looks at how long is left."""


class OutboxScreen(ListScreen):
    """The mails that are not yet final."""

    DEFAULT_CSS = """
    OutboxScreen ChoiceList { padding: 0; }
    OutboxScreen #about { min-height: 3; }
    """
    key_context: ClassVar[Context] = "outbox"

    def on_mount(self) -> None:
        """Show what there is, and look again while time runs."""
        self.entitle(_("Outbox"))
        self._shown: list[Choice[Entry]] | None = None
        self._uploads: dict[int, tuple[int, int]] = {}
        self.store_changed()
        self.set_interval(TICK, self._tick)

    @property
    def mails(self) -> ChoiceList[Entry]:
        """The list."""
        return self.query_one(ChoiceList)

    @property
    def entry(self) -> Entry | None:
        """What is under the cursor."""
        chosen = self.mails.current
        return chosen.value if chosen is not None else None

    @property
    def current(self) -> Outgoing | None:
        """The mail under the cursor."""
        return self.entry if isinstance(self.entry, Outgoing) else None

    @property
    def many(self) -> Batch | None:
        """The sending to many under the cursor."""
        return self.entry if isinstance(self.entry, Batch) else None

    @property
    def has_entry(self) -> bool:
        """Whether there is something."""
        return self.entry is not None

    @property
    def has_batch(self) -> bool:
        """Whether it is a sending to many, and not through."""
        return self.many is not None and not self.many.through

    @property
    def has_waiting_mail(self) -> bool:
        """Whether the order of the one under the cursor can be changed."""
        return self.current is not None and self.current.state in ("queued", "waiting") and self.current.batch is None

    @property
    def has_mail(self) -> bool:
        """Whether there is one."""
        return self.current is not None

    @property
    def has_uncertain_mail(self) -> bool:
        """Whether nobody knows what became of the one under the cursor."""
        return self.current is not None and self.current.state == "uncertain"

    def store_changed(self) -> None:
        """Show the outbox as it is now; the cursor stays on its mail."""
        db = self.correio.desk.db
        self._show([*batches.unseen(db), *outbox.open_rows(db), *outbox.troubled(db)])

    def heard_progress(self, event: Message) -> None:
        """A file that goes as a link is on its way."""
        if event.get("what") == "upload":
            self._uploads = {int(event["mail"]): (int(event["done"]), int(event["total"]))}
            self.store_changed()

    def _tick(self) -> None:
        if any(row.state == "waiting" for row in (choice.value for choice in self.mails.choices)):
            self.store_changed()

    def _show(self, rows: list[Entry]) -> None:
        choices = [_choice(row, self._uploads) for row in rows]
        if choices == self._shown:
            return
        here = (type(self.entry), self.entry.id) if self.entry is not None else None
        place = next((n for n, row in enumerate(rows) if (type(row), row.id) == here), self.mails.cursor)
        self._shown = choices
        self.mails.show(choices, place)
        self.explain()
        self.correio.show_keys()

    def explain(self) -> None:
        """Why it is still here."""
        entry = self.entry
        if entry is None:
            words = _("Nothing waits to be sent.")
        elif isinstance(entry, Batch):
            words = batch_why(entry)
        else:
            words = _why(entry, self.correio.desk.db)
        self.tell(words)

    # ------------------------------------------------------------------ what becomes of a mail

    @does(doing.Edit)
    def edit(self) -> None:
        """Take it back into the composer; one that was sent goes again to those who did not get it."""
        row = self.current
        if row is not None and row.state == "uncertain":
            self.correio.say(_("Nobody knows whether it arrived. Send it again, or say that it arrived."), warning=True)
        elif row is not None and not row.draft:
            self.correio.say(_("It was redirected, or made by Correio itself, and cannot be edited."), warning=True)
        elif row is not None and row.state == "sent":
            self._again(row)
        elif row is not None:
            self.dismiss()
            self.correio.take_back(row.id)

    def _again(self, row: Outgoing) -> None:
        """A new draft for those who did not get it; the outbox shows the one that was sent until that takes its place."""
        from core.aftermath import again
        from core.draft import ComposeError

        try:
            draft = again(self.correio.desk.db, row)
        except ComposeError as error:
            self.correio.say(sentence(error), warning=True)
            return
        settings = self.correio.desk.settings

        def done(id: int | None, error: CorreioError | None) -> None:
            if error is not None:
                self.correio.say(sentence(error), warning=True)
            else:
                self.correio.write_draft(draft, id, sign=False, instead=(row.id,))

        self.dismiss()
        self.correio.desk.write(lambda db: drafting.save(db, settings, draft, None), done)

    @does(doing.Retry)
    def retry(self) -> None:
        """Send it now; one whose end nobody knows only after asking."""
        from tui.screens.dialog import Confirm

        row = self.current
        if row is None:
            return
        if row.state == "sent":
            self._again(row)
            return
        if row.state != "uncertain":
            self._retry(row)
            return
        question = _("If it did arrive, it will arrive twice. Send it again?")
        self.app.push_screen(Confirm(question, _("Send again")), lambda yes: self._retry(row) if yes else None)

    def _retry(self, row: Outgoing) -> None:
        def work(db: Database) -> bool:
            from core.sending import send_now

            return send_now(db, row.id)

        self.correio.desk.write(work, self._changed)

    @does(doing.Arrived)
    def arrived(self) -> None:
        """It has arrived."""
        row = self.current
        if row is not None:
            self.correio.desk.write(lambda db: outbox.arrived(db, row.id), self._changed)

    @does(doing.Cancel)
    def cancel(self) -> None:
        """Not to be sent; its text stays as a draft. What is through is taken off the list."""
        if (batch := self.many) is not None:
            self._cancel_batch(batch)
            return
        row = self.current
        if row is None:
            return
        if row.state == "sent":
            self.correio.desk.write(lambda db: outbox.note_trouble(db, row.id, False), self._changed)
            return
        settings = self.correio.desk.settings

        def work(db: Database) -> bool:
            taken = drafting.take_back(db, settings, row.id)
            if taken is not None and taken.id is not None:
                drafting.file(db, settings, taken.id)
                drafting.settle(db, taken.left)
            return taken is not None

        self.correio.desk.write(work, self._cancelled)

    def _cancel_batch(self, batch: Batch) -> None:
        """What is through goes off the list; the rest of another is not sent, after asking."""
        from tui.screens.dialog import Confirm

        if batch.through:
            self.correio.desk.write(lambda db: batches.take_off(db, batch.id), self._changed)
            return
        question = _("{n:,} have not been sent yet. Stop here?").format(n=batch.waiting)

        def answered(yes: bool | None) -> None:
            if yes:
                self.correio.desk.write(lambda db: batches.cancel(db, batch.id) or True, self._changed)

        self.app.push_screen(Confirm(question, _("Stop")), answered)

    @does(doing.Pause)
    def pause(self) -> None:
        """Pause, or go on."""
        batch = self.many
        if batch is not None:
            turn = batches.resume if batch.state == batches.PAUSED else batches.pause
            self.correio.desk.write(lambda db: turn(db, batch.id), self._changed)

    @does(doing.Earlier)
    def earlier(self) -> None:
        """Before the one above."""
        self._move(-1)

    @does(doing.Later)
    def later(self) -> None:
        """After the one below."""
        self._move(1)

    def _move(self, by: int) -> None:
        row = self.current
        if row is not None:
            self.correio.desk.write(lambda db: outbox.move(db, row.id, by) or True, self._changed)

    def _cancelled(self, done: bool | None, error: CorreioError | None) -> None:
        self._changed(done, error)
        if error is None and done:
            self.correio.say(_("It is not sent; it is in Drafts."))

    def _changed(self, done: Any, error: CorreioError | None) -> None:
        if error is not None:
            self.correio.say(sentence(error), warning=True)
        elif not done:
            self.correio.say(_("It is too late: the mail is on its way."), warning=True)
        self.correio.store_changed()


def _choice(entry: Entry, uploads: Mapping[int, tuple[int, int]]) -> Choice[Entry]:
    if isinstance(entry, Batch):
        return Choice(entry, clean_line(entry.name) or _("(no subject)"), batch_words(entry), batch_state(entry))
    done, total = uploads.get(entry.id, (0, 0))
    state = _("uploading {n} %").format(n=done * 100 // total) if total > done and entry.state == "queued" else _when(entry)
    return Choice(entry, clean_line(entry.subject) or _("(no subject)"), entry.shown, state)


def _when(row: Outgoing) -> str:
    """The state, and how long it lasts."""
    seconds = int(row.not_before - time.time())
    if row.state != "waiting" or seconds <= 0:
        return _(STATES[row.state])
    return _("in {n} s").format(n=seconds) if seconds < 120 else full_date(row.not_before)


def _refusals(row: Outgoing) -> list[str]:
    """What the server said to whom; the same words to many are said once."""
    said: dict[tuple[int, str], list[str]] = {}
    for to, (code, answer) in row.answers.items():
        if code >= 400:
            said.setdefault((code, answer), []).append(to)
    found = []
    for (code, answer), people in said.items():
        names = ", ".join(people[:MOST_NAMED])
        if len(people) > MOST_NAMED:
            names = _("{names} and {n} others").format(names=names, n=f"{len(people) - MOST_NAMED:,}")
        found.append(f"{names}: {code} {answer}")
    return found


def _why(row: Outgoing, db: Database) -> str:
    """What there is to know: to whom, what keeps it, what servers and reports said."""
    words = [_("To {people}").format(people=row.shown)]
    if row.reason is not None:
        words.append(sentence(row.reason))
    words += _refusals(row)
    if row.state == "sent":
        last = last_words(sent_events.of(db, row.message_id))
        words += [f"{one.recipient}: {words_of(one)}" for one in last.values() if one.kind == sent_events.FAILED]
    if row.reason is None and row.not_before > time.time():
        words.append(_("It is sent {when}. Until then it can be edited or taken out.").format(when=full_date(row.not_before)))
    if row.attempts > 1:
        words.append(_("Tried {n} times.").format(n=row.attempts))
    return "\n".join(clean_line(line) for line in words)
