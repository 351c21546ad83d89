"""Choosing a sender, of any number of them; new ones are made and old ones changed on the spot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from core.clean import clean_line
from core.errors import CorreioError
from core.own_addresses import find_sender
from core.settings import Identity, Settings, checks
from core.settings.field import settings_of
from tui.actions import does, letter, program
from tui.screens.form_screen import FormScreen
from tui.screens.picker import Picker
from tui.sentences import sentence
from tui.sentences.steps import WRONG
from tui.translation import N_, _
from tui.widgets.choice_list import Choice, ChoiceList
from tui.widgets.form import FormRow, OneOf, PushButton, text_field
from tui.widgets.status import FooterBar, HeaderBar

if TYPE_CHECKING:
    from tui.app import Correio

FIELDS = {
    "address": N_("Address"), "name": N_("Name"), "organisation": N_("Organisation"), "reply_to": N_("Reply to"),
    "aliases": N_("Also"), "on_behalf_of": N_("On behalf of"),
}  # fmt: skip
"""The fields of the small form; all others are in the settings."""


class SenderPicker(Picker[Identity]):
    """One's own addresses, found by name, address or account."""

    has_entries = True

    def __init__(self, settings: Settings, current: str = "") -> None:
        super().__init__(_("From"), sender_choices(settings, current))
        self.settings = settings

    def compose(self) -> ComposeResult:
        yield from super().compose()

    def on_mount(self) -> None:
        """Say which keys make and change senders."""
        app = cast("Correio", self.app)
        words = _(" Enter chooses, {new} new, {edit} edit, Esc closes ")
        keys = {"new": app.key_for(letter.NewEntry), "edit": app.key_for(letter.EditEntry)}
        self.query_one(Vertical).border_subtitle = Content(words.format(**keys))
        super().on_mount()

    @on(Input.Submitted)
    def _take_typed(self, event: Input.Submitted) -> None:
        """A plus-address or an alias that is typed whole is a sender too."""
        typed = event.value.strip()
        found = find_sender([typed], self.settings.identities) if checks.address(typed) == "" else None
        if found is not None and found[0].address.casefold() != typed.casefold():
            event.prevent_default()
            event.stop()
            self.dismiss(replace(found[0], address=typed))

    @does(letter.NewEntry)
    def new(self) -> None:
        """A new sender of the same account."""
        here = self._here
        account = here.account if here is not None else next((one.id for one in self.settings.accounts), "")
        self.app.push_screen(SenderForm(self.settings, Identity(account=account, address="")), self._made)

    @does(letter.EditEntry)
    def edit(self) -> None:
        """Change the one under the cursor."""
        if self._here is not None:
            self.app.push_screen(SenderForm(self.settings, self._here, known=True), self._made)

    @property
    def _here(self) -> Identity | None:
        choices: ChoiceList[Identity] = self.query_one(ChoiceList)
        return choices.current.value if choices.current is not None else None

    def _made(self, one: Identity | None) -> None:
        if one is not None:
            self.settings = cast("Correio", self.app).desk.settings
            self.all_choices = sender_choices(self.settings, one.id)
            self._fit("")
            self.query_one(Input).value = ""


def sender_choices(settings: Settings, current: str = "") -> list[Choice[Identity]]:
    """The senders as choices, the current one first."""
    names = {one.id: one.name for one in settings.accounts}
    ranked = sorted(settings.identities, key=lambda one: one.id != current)
    return [
        Choice(one, clean_line(f"{one.name} <{one.address}>" if one.name else one.address), "", clean_line(names[one.account]))
        for one in ranked
    ]


class SenderForm(FormScreen[Identity]):
    """The few things one sets while writing; gives back the sender that was saved."""

    DEFAULT_CSS = """
    SenderForm { align-horizontal: center; }
    SenderForm #form { width: 100%; max-width: 84; height: 1fr; padding: 1 1; }
    SenderForm #help { height: 2; color: $foreground 60%; margin-top: 1; }
    SenderForm #help.warning { color: $warning; text-style: bold; }
    SenderForm PushButton { margin-top: 1; }
    """

    def __init__(self, settings: Settings, sender: Identity, *, known: bool = False) -> None:
        super().__init__()
        self.settings, self.sender, self.known = settings, sender, known
        self._wrong = ("", "")
        """The field that cannot be as it is, and the id of why."""

    def compose(self) -> ComposeResult:
        yield HeaderBar(id="header")
        with VerticalScroll(id="form", can_focus=False):
            for field, label in FIELDS.items():
                yield FormRow(_(label), text_field(getattr(self.sender, field)), id=field)
            accounts = [(one.id, clean_line(one.name)) for one in self.settings.accounts]
            yield FormRow(_("Account"), OneOf(accounts, self.sender.account), id="account")
            yield Static(id="help", markup=False)
            yield PushButton(_("Save"), id="save")
        yield FooterBar(id="footer")

    def on_mount(self) -> None:
        """The cursor goes to the address."""
        title = clean_line(self.sender.address) if self.known else _("New sender")
        self.query_one(HeaderBar).folder = title
        self.show_keys((_("Tab"), _("next")), (_("Enter"), _("go on")), (_("Esc"), _("leave it as it was")))
        self.query_one("#address", FormRow).part.focus()

    def on_descendant_focus(self) -> None:
        """What the field is, or what is wrong with it."""
        row = self.focused.parent if self.focused is not None else None
        field = row.id or "" if isinstance(row, FormRow) else ""
        if field and field == self._wrong[0]:
            self._say(_(WRONG.get(self._wrong[1], WRONG["not-an-address"])), wrong=True)
        else:
            self._say(_({one.key: one.help for one in settings_of(Identity)}.get(field, "")))

    def _say(self, words: str, *, wrong: bool = False) -> None:
        shown = self.query_one("#help", Static)
        shown.set_class(wrong, "warning")
        shown.update(Content(words))

    def action_go_on(self) -> None:
        """Enter: to the next field; the button saves."""
        if isinstance(self.focused, PushButton):
            self.focused.press()
        else:
            self.focus_next()

    @does(program.Cancel)
    def give_up(self) -> None:
        """Change nothing."""
        self.dismiss(None)

    @on(PushButton.Pressed)
    def _save(self) -> None:
        values = {row.id or "": row.value.strip() for row in self.query(FormRow)}
        self._wrong = first_wrong(values)
        for row in self.query(FormRow):
            row.set_class(row.id == self._wrong[0], "wrong")
        if self._wrong[1]:
            self.query_one(f"#{self._wrong[0]}", FormRow).part.focus()
            return
        made = replace(self.sender, **values)
        path, known = self.correio.wiring.home.settings_file, self.known

        def work(db: object) -> None:
            from core.settings.file import add_identity, change_identity

            (change_identity if known else add_identity)(path, made)

        def done(result: object, error: CorreioError | None) -> None:
            if error is not None:
                self._say(sentence(error), wrong=True)
                return
            self.correio.desk.reload_settings()
            self.dismiss(made)

        self.correio.desk.write(work, done, hurry=False)


def first_wrong(values: Mapping[str, str]) -> tuple[str, str]:
    """The first field that cannot be as it is, and the id of why; two empty words where all are fine."""
    for one in settings_of(Identity):
        if one.key in values and one.check is not None and (why := one.check(values[one.key])):
            return one.key, why
    return "", ""
