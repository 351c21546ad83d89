"""What the composer and the review screen settle about a message: sender, signature, card, options, template."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from core.address import Address
from core.clean import clean_line
from core.draft import Draft
from core.errors import CorreioError
from core.letterhead import enforced, is_locked
from core.senders import identity_for
from core.settings import Identity
from core.signatures import has_signature, put_at_end, re_signed, signature_of, taken_out
from tui.actions import does
from tui.actions import letter as doing
from tui.sentences import sentence
from tui.translation import _, ngettext

if TYPE_CHECKING:
    from textual.app import App

    from tui.app import Correio

PRIORITIES = ("", "high", "low")


class Letter:
    """A part of both screens; they say how the draft is read and put back."""

    if TYPE_CHECKING:
        app: App[Any]

        @property
        def correio(self) -> Correio:
            """The application."""

    def letter(self) -> Draft:
        """The draft as it stands on the screen."""
        raise AssertionError("the screen says it")

    def put_letter(self, draft: Draft) -> None:
        """Show and keep the draft."""
        raise AssertionError("the screen says it")

    @property
    def letter_sender(self) -> Identity:
        """Whom the message is from."""
        return identity_for(self.correio.desk.settings, self.letter())

    @property
    def rich_letter(self) -> bool:
        """Whether it is written in rich text."""
        return self.letter().rich

    def refuse_locked(self, what: str) -> bool:
        """Say why a value cannot be changed; whether that is so."""
        sender = self.letter_sender
        if not is_locked(sender, what):
            return False
        words = _("The settings of the sender {address} hold for every mail (enforce): this cannot be changed here.")
        self.correio.say(words.format(address=clean_line(sender.address)), warning=True)
        return True

    def kept_locked(self, draft: Draft) -> Draft:
        """A draft that was changed elsewhere, with the values that its sender enforces."""
        kept = enforced(draft, identity_for(self.correio.desk.settings, draft))
        if (kept.from_.key, kept.reply_to) != (draft.from_.key, draft.reply_to):
            words = _("The settings of the sender {address} hold for every mail (enforce): From and Reply-To stay as they are.")
            self.app.call_later(self.correio.say, words.format(address=clean_line(kept.from_.addr)), warning=True)
        return kept

    def set_options(self, **changes: Any) -> None:
        """Change some of `Draft.options`."""
        draft = self.letter()
        self.put_letter(dataclasses.replace(draft, options=dataclasses.replace(draft.options, **changes)))

    # ------------------------------------------------------------------ the sender

    @does(doing.Sender)
    def choose_sender(self) -> None:
        """One of one's own addresses; new ones can be made there."""
        from tui.screens.senders import SenderPicker

        self.app.push_screen(SenderPicker(self.correio.desk.settings, self.letter_sender.id), self.set_sender)

    def note_picked(self) -> None:
        """The sender was chosen by hand."""

    def set_sender(self, one: Identity | None, *, by_hand: bool = True) -> None:
        """Write from another sender: its signature takes the place of the old one's."""
        if one is None:
            return
        if by_hand:
            self.note_picked()
        draft = self.letter()
        old = identity_for(self.correio.desk.settings, draft)
        body = re_signed(draft, old, one, rich=self.rich_letter)
        options = draft.options
        if options.receipt == old.receipts:
            options = dataclasses.replace(options, receipt=one.receipts)
        self.put_letter(
            dataclasses.replace(draft, identity=one.id, from_=Address(one.name, one.address), body=body, options=options)
        )

    # ------------------------------------------------------------------ signature and card

    @does(doing.Signature)
    def toggle_signature(self) -> None:
        """In or out."""
        draft, sender = self.letter(), self.letter_sender
        text = signature_of(sender, rich=self.rich_letter)
        if has_signature(draft.body, text):
            self.put_letter(dataclasses.replace(draft, body=taken_out(draft.body, text)))
            self.correio.say(_("Without signature."))
        elif not text.strip():
            words = _("The sender {address} has no signature.")
            self.correio.say(words.format(address=clean_line(sender.address)), warning=True)
        elif sender.signature_place == "cursor" and self.insert_here(text.strip("\n")):
            self.correio.say(_("With signature."))
        else:
            self.put_letter(dataclasses.replace(draft, body=put_at_end(draft.body, text)))
            self.correio.say(_("With signature."))

    def write_on(self, place: tuple[int, int]) -> None:
        """Put the cursor into the text, where there is one."""

    def insert_here(self, text: str) -> bool:
        """Put a text where the cursor is; False where there is no cursor."""
        return False

    @does(doing.Card)
    def toggle_card(self) -> None:
        """My card goes along, or not."""
        if self.refuse_locked("card"):
            return
        draft, sender = self.letter(), self.letter_sender
        wanted = not (sender.card if draft.options.card is None else draft.options.card)
        self.set_options(card=wanted)
        self.correio.say(_("My card goes with the message.") if wanted else _("Without my card."))

    # ------------------------------------------------------------------ options

    @does(doing.Options)
    def choose_options(self) -> None:
        """All of them on one page."""
        from tui.screens.options import OptionsScreen

        def chosen(draft: Draft | None) -> None:
            if draft is not None:
                now = self.letter()
                self.put_letter(dataclasses.replace(now, options=draft.options, send_at=draft.send_at))

        self.app.push_screen(OptionsScreen(self.letter(), self.letter_sender), chosen)

    @does(doing.Priority)
    def step_priority(self) -> None:
        """Normal, high, low, and round again."""
        here = self.letter().options.priority
        there = PRIORITIES[(PRIORITIES.index(here) + 1) % 3 if here in PRIORITIES else 1]
        self.set_options(priority=there)
        self.correio.say({"": _("Priority: normal"), "high": _("Priority: high"), "low": _("Priority: low")}[there])

    @does(doing.Receipt)
    def toggle_receipt(self) -> None:
        """Asked for, or not."""
        if self.refuse_locked("receipt"):
            return
        wanted = not self.letter().options.receipt
        self.set_options(receipt=wanted)
        self.correio.say(_("A read receipt is asked for.") if wanted else _("No read receipt is asked for."))

    @does(doing.SendLater)
    def send_later(self, argument: str = "") -> None:
        """At a time that is asked for."""
        from tui.screens.dialog import Question

        def answered(text: str | None) -> None:
            if text is not None:
                self._set_time(text)

        if argument:
            self._set_time(argument)
            return
        note = _("tomorrow 8:00, mon 9, 17:30, 2h, 2026-03-12T08:00; empty: at once")
        self.app.push_screen(Question(_("Send later"), "", note=note), answered)

    def _set_time(self, text: str) -> None:
        from tui.dates import full_date
        from tui.times import read_time

        try:
            at = read_time(text, datetime.now()) if text.strip() else 0
        except CorreioError as error:
            self.correio.say(sentence(error), warning=True)
            return
        self.put_letter(dataclasses.replace(self.letter(), send_at=at))
        self.correio.say(_("It is sent {when}.").format(when=full_date(at)) if at else _("It is sent at once."))

    @does(doing.HideRecipients)
    def hide_recipients(self) -> None:
        """To and Cc become Bcc."""
        draft = hidden(self.letter())
        self.put_letter(draft)
        count = len(draft.bcc)
        words = ngettext("{n} recipient, who sees no other.", "{n} recipients, who do not see each other.", count)
        self.correio.say(words.format(n=count))

    # ------------------------------------------------------------------ templates

    @does(doing.InsertTemplate)
    def use_template(self) -> None:
        """Its text where one writes, its recipients and files besides those there are."""
        from core.placeholders import at_cursor
        from core.templates import merged

        def chosen(template: Draft) -> None:
            draft = self.letter()
            made = merged(draft, self.correio.filled(dataclasses.replace(template, to=draft.to or template.to)))
            made, place = at_cursor(made)
            self.put_letter(made)
            if place is not None:
                self.write_on(place)

        self.correio.choose_template(_("Use a template"), chosen)

    @does(doing.KeepTemplate)
    def keep_template(self) -> None:
        """In its place where it is one, else under a name that is asked for."""
        self.correio.keep_template(self.letter())


def hidden(draft: Draft) -> Draft:
    """The draft with everybody in Bcc, each once."""
    everyone: Sequence[Address] = (*draft.to, *draft.cc, *draft.bcc)
    once = tuple({one.key: one for one in reversed(everyone)}.values())[::-1]
    return dataclasses.replace(draft, to=(), cc=(), bcc=once)
