"""What is settled about one message besides its text, all on one page."""

from __future__ import annotations

import dataclasses
import time
from datetime import datetime

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from core.clean import clean_line
from core.draft import Draft
from core.errors import CorreioError
from core.letterhead import is_locked
from core.settings import Identity
from tui.actions import does, program
from tui.dates import full_date
from tui.screens.form_screen import FormScreen
from tui.sentences import sentence
from tui.times import read_time
from tui.translation import N_, _
from tui.widgets.form import FormRow, OneOf, PushButton, text_field
from tui.widgets.status import FooterBar, HeaderBar

CHOICES: dict[str, tuple[str, str, tuple[tuple[str, str], ...]]] = {
    "priority": (
        N_("Priority"), N_("Shown by most programs; it makes nothing faster."),
        (("", N_("normal")), ("high", N_("high")), ("low", N_("low"))),
    ),
    "receipt": (
        N_("Read receipt"), N_("The recipients' programs are asked to say when it was opened. Most people are asked first."),
        (("", N_("not asked for")), ("yes", N_("asked for"))),
    ),
    "delivery": (
        N_("Delivery"), N_("What servers are to report: that it arrived, or only when it does not. Not every server does."),
        (("", N_("as usual")), ("all", N_("report everything")), ("trouble", N_("only failures and delays")),
         ("never", N_("report nothing"))),
    ),
    "no_reply": (
        N_("Answer"), N_("That none is needed is said behind the subject (compose.no_reply_word)."),
        (("", N_("welcome")), ("yes", N_("not needed"))),
    ),
    "card": (
        N_("My card"), N_("Your contact data as a vCard, without notes and tags."),
        (("", N_("as the sender's settings say")), ("yes", N_("attached")), ("no", N_("not attached"))),
    ),
    "flowed": (
        N_("Lines"), N_("Wrapped where the reader's window ends, or exactly as typed (for patches)."),
        (("yes", N_("wrapped by the reader")), ("", N_("as they are"))),
    ),
    "link_days": (
        N_("Links end"), N_("Nobody can fetch the files any more then (links.days says what is usual)."),
        (("", N_("as usual")), ("1", N_("after a day")), ("3", N_("after 3 days")), ("7", N_("after a week")),
         ("30", N_("after 30 days")), ("90", N_("after 90 days")), ("0", N_("never"))),
    ),
}  # fmt: skip
"""Field → label, help, choices."""


class OptionsScreen(FormScreen[Draft]):
    """Gives back the draft with its options, None when they stay as they were."""

    DEFAULT_CSS = """
    OptionsScreen { align-horizontal: center; }
    OptionsScreen #form { width: 100%; max-width: 84; height: 1fr; padding: 1 1; }
    OptionsScreen #help { height: 2; color: $foreground 60%; margin-top: 1; }
    OptionsScreen #help.warning { color: $warning; text-style: bold; }
    OptionsScreen PushButton { margin-top: 1; }
    """

    def __init__(self, draft: Draft, sender: Identity) -> None:
        super().__init__()
        self.draft, self.sender = draft, sender

    def compose(self) -> ComposeResult:
        yield HeaderBar(id="header")
        with VerticalScroll(id="form", can_focus=False):
            for field, (label, _help, choices) in CHOICES.items():
                if field == "link_days" and not any(one.link for one in self.draft.attachments):
                    continue
                value = chosen_value(self.draft, self.sender, field)
                offered = [(one, _(words)) for one, words in choices if not self._locked(field) or one == value]
                yield FormRow(_(label), OneOf(offered, value), id=field)
            at = full_date(self.draft.send_at) if self.draft.send_at > time.time() else ""
            stamp = datetime.fromtimestamp(self.draft.send_at).strftime("%Y-%m-%dT%H:%M") if at else ""
            yield FormRow(_("Send"), text_field(stamp, _("at once; or: tomorrow 8:00, mon 9, 2h")), id="send_at")
            yield Static(id="help", markup=False)
            yield PushButton(_("Take over"), id="save")
        yield FooterBar(id="footer")

    def on_mount(self) -> None:
        """The cursor goes to the first of them."""
        self.query_one(HeaderBar).folder = _("Options")
        self.query_one(HeaderBar).note = clean_line(self.draft.subject)
        self.show_keys((_("Tab"), _("next")), (_("Left/Right"), _("choose")), (_("Enter"), _("take over")), (_("Esc"), _("back")))
        self.query_one("#priority", FormRow).part.focus()

    def on_descendant_focus(self) -> None:
        """What the field is, or why it cannot be changed."""
        row = self.focused.parent if self.focused is not None else None
        field = row.id or "" if isinstance(row, FormRow) else ""
        if self._locked(field):
            words = _("The settings of the sender {address} hold for every mail (enforce): this cannot be changed here.")
            self._say(words.format(address=clean_line(self.sender.address)))
        elif field == "send_at":
            self._say(_("Until then it waits in the outbox, where it can be edited and taken out."))
        else:
            self._say(_(CHOICES[field][1]) if field else "")

    def _locked(self, field: str) -> bool:
        return is_locked(self.sender, field)

    def _say(self, words: str, *, wrong: bool = False) -> None:
        shown = self.query_one("#help", Static)
        shown.set_class(wrong, "warning")
        shown.update(Content(words))

    def action_go_on(self) -> None:
        """Enter takes everything over."""
        self.call_later(self._save)  # once the field has got what was typed before

    @does(program.Cancel)
    def give_up(self) -> None:
        """Change nothing."""
        self.dismiss(None)

    @on(PushButton.Pressed)
    def _save(self) -> None:
        values = {row.id or "": row.value for row in self.query(FormRow)}
        try:
            at = self._time(values["send_at"].strip())
        except CorreioError as error:
            row = self.query_one("#send_at", FormRow)
            row.set_class(True, "wrong")
            row.part.focus()
            self.call_after_refresh(self._say, sentence(error), wrong=True)
            return
        options = dataclasses.replace(
            self.draft.options,
            priority=values["priority"],
            receipt=bool(values["receipt"]),
            delivery=values["delivery"],
            no_reply=bool(values["no_reply"]),
            card={"yes": True, "no": False}.get(values["card"]),
            flowed=bool(values["flowed"]),
            link_days=values.get("link_days", self.draft.options.link_days),
        )
        self.dismiss(dataclasses.replace(self.draft, options=options, send_at=at))

    def _time(self, text: str) -> int:
        """Unix seconds, 0 for at once; the time that stood there stays to the second."""
        stood = self.draft.send_at
        if stood and text == datetime.fromtimestamp(stood).strftime("%Y-%m-%dT%H:%M"):
            return stood
        return read_time(text, datetime.now()) if text else 0


def chosen_value(draft: Draft, sender: Identity, field: str) -> str:
    """The value of a field as the form has it; what a sender enforces is what it enforces."""
    if field == "receipt" and is_locked(sender, field):
        return "yes" if sender.receipts else ""
    if field == "card" and is_locked(sender, field):
        return ""
    value = getattr(draft.options, field)
    if field == "card":
        return {True: "yes", False: "no", None: ""}[value]
    return ("yes" if value else "") if isinstance(value, bool) else str(value)


def spoken(draft: Draft, sender: Identity) -> str:
    """What differs from the usual, in a few words; '' when nothing does."""
    words = []
    for field, (label, _help, choices) in CHOICES.items():
        value = chosen_value(draft, sender, field)
        if field == "link_days" and not any(one.link for one in draft.attachments):
            continue
        if value and not (field == "flowed" and value == "yes"):
            words.append(f"{_(label)}: {_(dict(choices).get(value, value))}")
    if draft.send_at > time.time():
        words.append(_("Send: {when}").format(when=full_date(draft.send_at)))
    return " · ".join(words)
