"""The address book for one field: mail addresses, phone numbers and lists, of which several can be picked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content, Span
from textual.widgets import Input, Static

from core.address import Address
from core.address_picks import KINDS, LISTS, MAIL, PHONES, Pick
from core.clean import clean_line
from tui.actions import Context, does, letter
from tui.fuzzy import best
from tui.glyphs import glyphs_of
from tui.screens.picker import Picker
from tui.translation import _, ngettext
from tui.widgets.choice_list import Choice, ChoiceList


class SearchInput(Input):
    """Where one types what to look for; the space bar is a key of the list."""

    key_context: ClassVar[Context] = "book"

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """All but a blank is text: what is typed need not have any to be found."""
        return key != "space" and super().check_consume_key(key, character)


class AddressPicker(Picker[tuple[Address, ...]]):
    """Its result is whom to put into the field, in the order in which they were picked."""

    DEFAULT_CSS = """
    AddressPicker #kinds { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self, field: str, lines: Mapping[str, Sequence[Pick]], known: Sequence[Address], typed: str = "") -> None:
        super().__init__(field, (), typed, hint=_("type a few letters"))
        self.lines, self.kind = lines, MAIL
        self._known = {one.key for one in known}
        """Who is in the field already."""
        self.picked: dict[tuple[Address, ...], None] = {}

    def compose(self) -> ComposeResult:
        with Vertical() as frame:
            frame.border_title = Content(f" {self.heading} ")
            yield Static(id="kinds", markup=False)
            yield SearchInput(self.typed, placeholder=self.hint, select_on_focus=False, compact=True)
            yield ChoiceList()
            yield Static(Content(_("Nothing fits.")), id="nothing")

    def on_mount(self) -> None:
        self._show_kind(self.typed)

    def _titles(self) -> dict[str, str]:
        names = {MAIL: _("Mail addresses"), PHONES: _("Phone numbers"), LISTS: _("Lists")}
        return {kind: f"{names[kind]} {len(self.lines[kind])}" for kind in KINDS}

    def _show_kind(self, typed: str) -> None:
        """The line with the kinds; the one shown stands in brackets, as not every terminal has colours."""
        text, spans = "", []
        for kind, title in self._titles().items():
            shown = f"[{title}]" if kind == self.kind else f" {title} "
            if kind == self.kind:
                spans.append(Span(len(text), len(text) + len(shown), "bold"))
            text += f"{shown} "
        self.query_one("#kinds", Static).update(Content(text, spans))
        self._fit(typed)

    def _fit(self, typed: str) -> None:
        self._fitted = typed
        found = best(typed, self.lines[self.kind], lambda one: f"{one.name} {one.what}")
        choices = self.query_one(ChoiceList)
        choices.show([self._choice(one) for one in found])
        nothing = self.query_one("#nothing", Static)
        nothing.update(Content(_("Nothing fits.") if self.lines[self.kind] else self._nothing()))
        nothing.display = not found
        self._say_keys()

    def _nothing(self) -> str:
        """Why there is nothing of the kind."""
        if self.kind == PHONES:
            return _("No contact has a phone number. SMS and fax go through gateways: see the settings.")
        if self.kind == LISTS:
            return _("There is no list: contacts are put together by categories, or by cards of lists (KIND:group).")
        return _("There is nobody: the folder of your contacts is the setting contacts.folder.")

    def _choice(self, one: Pick) -> Choice[tuple[Address, ...]]:
        mark = self._mark(one.people)
        there = all(person.key in self._known for person in one.people)
        if self.kind == LISTS:
            count = ngettext("{n} address", "{n} addresses", len(one.people)).format(n=len(one.people))
            return Choice(one.people, f"{mark} {one.name or _('Everybody in the address book')}", count, self._there(there))
        label = f"{mark} {one.name or one.what}"
        right = self._there(there) or clean_line(one.use or one.book)
        return Choice(one.people, label, one.what if one.name else "", right)

    def _mark(self, people: tuple[Address, ...]) -> str:
        """The box before a line."""
        return f"[{glyphs_of(self).selected}]" if people in self.picked else "[ ]"

    @staticmethod
    def _there(there: bool) -> str:
        return _("there already") if there else ""

    def _say_keys(self) -> None:
        count = len(self.picked)
        words = _(" Space picks several, Tab {kind}, Enter takes, Esc closes ")
        following = self._titles()[KINDS[(KINDS.index(self.kind) + 1) % len(KINDS)]].rpartition(" ")[0]
        said = words.format(kind=following)
        if count:
            said = ngettext(" {n} picked · Enter takes it ", " {n} picked · Enter takes them ", count).format(n=count)
        self.query_one(Vertical).border_subtitle = Content(said)

    @does(letter.Pick)
    def pick(self) -> None:
        """Mark it, or not, and go on."""
        choices = cast("ChoiceList[tuple[Address, ...]]", self.query_one(ChoiceList))
        here = choices.current
        if here is None:
            return
        if here.value in self.picked:
            del self.picked[here.value]
        else:
            self.picked[here.value] = None
        mark = self._mark(here.value)
        choices.choices[choices.cursor] = Choice(here.value, f"{mark}{here.label[len(mark) :]}", here.detail, here.right)
        choices.step(1)
        self._say_keys()

    @does(letter.NextKind)
    def next_kind(self) -> None:
        """The kind behind."""
        self._go(1)

    @does(letter.KindBefore)
    def kind_before(self) -> None:
        """The kind before."""
        self._go(-1)

    def _go(self, by: int) -> None:
        self.kind = KINDS[(KINDS.index(self.kind) + by) % len(KINDS)]
        self._show_kind(self.query_one(Input).value)

    def _finished(self) -> None:
        choices = cast("ChoiceList[tuple[Address, ...]]", self.query_one(ChoiceList))
        chosen = list(self.picked) or ([choices.current.value] if choices.current is not None else [])
        if chosen:
            self.dismiss(tuple(person for people in chosen for person in people))

    def _clicked(self) -> None:
        self.pick()
