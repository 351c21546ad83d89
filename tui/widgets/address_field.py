"""A field for addresses: each recipient is one piece, and the next one completes while it is typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from core.address import Address, format_address
from core.address_soup import addresses_in
from core.cells import cut
from core.clean import clean_line
from core.editor_text import read_field
from tui.actions import Context, does, recipient
from tui.people import LEAST, joined, split_last
from tui.translation import ngettext
from tui.widgets.choice_list import Choice, ChoiceList
from tui.widgets.recipient_lines import LONGEST_NAME, ROOM, drawn

if TYPE_CHECKING:
    from core.contact_names import Group

Complete = Callable[[str], Sequence["Address | Group"]]
"""Whom typed letters may mean: people, and groups of them."""
MOST = 6
LABEL = 10
"""Cells of the label."""


class RecipientInput(Input):
    """Where the next recipient is typed. At its beginning, Left and Backspace choose the recipient before."""

    chosen = False
    """Whether a recipient is chosen: then keys are for that one, and no text."""

    @property
    def key_context(self) -> Context | None:
        """Keys for a chosen recipient."""
        return "recipient" if self.chosen else None

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """No key is text while a recipient is chosen."""
        return not self.chosen and super().check_consume_key(key, character)

    async def _on_key(self, event: events.Key) -> None:
        field = self.query_ancestor(AddressField)
        if event.key in ("left", "backspace") and self.cursor_position == 0 and self.selection.is_empty and field.choose_last():
            event.stop()
            event.prevent_default()
            return
        if self.chosen:
            field.choose(None)
        await super()._on_key(event)

    def _on_paste(self, event: events.Paste) -> None:
        field = self.query_ancestor(AddressField)
        if field.takes_people and ("@" in event.text or "\n" in event.text):
            field.paste(event.text)
            event.stop()
            event.prevent_default()
            return
        super()._on_paste(event)


class AddressField(Vertical):
    """A label, the recipients, a field, and below it the people that fit the address being typed.

    Tab and Enter take the first of them, unless what is typed is an address already: then only one that was
    chosen with the arrows. A comma, or leaving the field, makes recipients of what is typed.
    """

    DEFAULT_CSS = """
    AddressField { height: auto; }
    AddressField Horizontal { height: auto; }
    AddressField .label { width: 10; height: 1; padding: 0 1; color: $foreground 60%; }
    AddressField .people { width: auto; height: auto; display: none; }
    AddressField Input { border: none; height: 1; padding: 0; width: 1fr; background: $background; }
    AddressField Input:focus { border: none; background-tint: transparent; }
    AddressField ChoiceList { display: none; max-height: 6; margin-left: 10; }
    AddressField.-colourless RecipientInput > .input--suggestion { text-style: underline; }
    AddressField.-many Horizontal { layout: vertical; }
    AddressField.-many .label { dock: left; }
    """

    @dataclass
    class Changed(Message):
        """The recipients are others now."""

        field: AddressField

    @dataclass
    class Moved(Message):
        """A recipient goes to another field."""

        address: Address
        target: str

    def __init__(self, label: str, value: str, complete: Complete | None, *, id: str) -> None:
        super().__init__(id=id)
        self.label, self._complete = label, complete
        self.people: list[Address] = []
        self._chosen: int | None = None
        self._picked = False
        self._ghosted: tuple[str, Address | Group | None] = ("", None)
        """The line that Right makes of what is typed, and whom it names."""
        self._typed = ""
        self._set = self._first = self._split(value)
        """A value that was set, not typed: nothing is offered for it."""

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static(Content(self.label), classes="label", markup=False)
            if self.people:
                yield _people()
            yield RecipientInput(self._first, select_on_focus=False, compact=True)

    def on_mount(self) -> None:
        if self.people:
            self._show()

    def on_resize(self) -> None:
        if self.people:
            self._show()

    @property
    def takes_people(self) -> bool:
        """Whether it is a field for addresses; the subject is none."""
        return self._complete is not None

    @property
    def has_recipient(self) -> bool:
        """Whether a recipient is chosen."""
        return self._chosen is not None

    @property
    def input(self) -> RecipientInput:
        """Where one types."""
        return self.query_one(RecipientInput)

    @property
    def value(self) -> str:
        """The recipients, and what is typed."""
        return (
            ", ".join(part for part in (*map(format_address, self.people), self.input.value.strip(" ")) if part)
            if (self.takes_people)
            else self.input.value
        )

    @value.setter
    def value(self, text: str) -> None:
        if text == self.value:
            return
        self._set = self._split(text)
        self.input.value = self._set
        self.choose(None)
        self._show()

    def _split(self, text: str) -> str:
        """Take what is whole as recipients; what is left."""
        if not self.takes_people:
            return text
        whole, rest = read_field(text)
        self.people = list(whole)
        return rest

    def enter(self) -> None:
        """Put the cursor into the field."""
        self.screen.set_focus(self.input)

    @property
    def empty(self) -> bool:
        """Whether nobody is named and nothing is typed."""
        return not self.value.strip()

    @property
    def _choices(self) -> ChoiceList[Address | Group] | None:
        """What is offered, from the first offer on: a composer opens without."""
        return next(iter(self.query_children(ChoiceList)), None)

    def _close_choices(self) -> None:
        if (choices := self._choices) is not None:
            choices.display = False

    # ------------------------------------------------------------------ recipients

    def add(self, people: Sequence[Address]) -> None:
        """More recipients, each once."""
        known = {one.key for one in self.people}
        self.people += [one for one in people if one.key not in known]
        self._show()
        self.post_message(self.Changed(self))

    def paste(self, text: str) -> None:
        """Take the addresses out of a pasted text; what is none is typed."""
        people, rest = addresses_in(text)
        self.add(people)
        if rest:
            self.input.insert_text_at_cursor(clean_line(rest))

    def settle(self) -> None:
        """Make recipients of the addresses that are typed whole."""
        if not self.takes_people or not self.input.value.strip():
            return
        whole, rest = addresses_in(self.input.value) if "@" in self.input.value else ((), self.input.value)
        if whole:
            self._set = rest
            self.input.value = rest
            self.add(whole)

    def choose_last(self) -> bool:
        """Choose the last recipient; False when there is none."""
        if not self.people:
            return False
        self.choose(len(self.people) - 1)
        return True

    def choose(self, number: int | None) -> None:
        """Choose a recipient by its number, or none."""
        before = self._chosen
        self._chosen = number if number is not None and 0 <= number < len(self.people) else None
        self.input.chosen = self._chosen is not None
        if before != self._chosen:
            self._show()
            self.post_message(self.Changed(self))

    @does(recipient.Previous)
    def choose_previous(self) -> None:
        """The one before."""
        self.choose(max((self._chosen or 0) - 1, 0))

    @does(recipient.Next)
    def choose_next(self) -> None:
        """The one behind, or the place for typing."""
        self.choose((self._chosen or 0) + 1)

    @does(recipient.Remove)
    def remove_chosen(self) -> None:
        """Take it out."""
        self._take_out()

    @does(recipient.Change)
    def change_chosen(self) -> None:
        """Into the place for typing, to be changed."""
        one = self._take_out()
        if one is not None:
            self.choose(None)
            self.settle()
            self._set = format_address(one)
            self.input.value = self._set
            self.input.cursor_position = len(self._set)

    @does(recipient.ToTo)
    def to_to(self) -> None:
        """To the field To."""
        self._move("to")

    @does(recipient.ToCc)
    def to_cc(self) -> None:
        """To the field Cc."""
        self._move("cc")

    @does(recipient.ToBcc)
    def to_bcc(self) -> None:
        """To the field Bcc."""
        self._move("bcc")

    def _move(self, target: str) -> None:
        if self.id != f"field-{target}":
            one = self._take_out()
            if one is not None:
                self.post_message(self.Moved(one, target))

    def _take_out(self) -> Address | None:
        if self._chosen is None:
            return None
        one = self.people.pop(self._chosen)
        self._chosen = min(self._chosen, len(self.people) - 1) if self.people else None
        self.input.chosen = self._chosen is not None
        self._show()
        self.post_message(self.Changed(self))
        return one

    def _show(self) -> None:
        """Draw the recipients: with their addresses while there is room, then by name."""
        shown_by = self.query(".people")
        if not shown_by and not self.people:
            return
        static = shown_by.first(Static) if shown_by else _people()
        if not shown_by:
            self.query_one(Horizontal).mount(static, before=self.input)
        room = max((self.size.width or self.app.size.width) - LABEL - 1, ROOM)
        content, many = drawn(self.people, self._chosen, room, goes_on=self.input.has_focus or bool(self.input.value))
        self.set_class(many, "-many")
        static.display = bool(self.people)
        static.styles.width = room if many else "auto"
        static.update(content)

    # ------------------------------------------------------------------ completing

    @on(Input.Changed)
    def _offer(self, event: Input.Changed) -> None:
        if self._complete is None or not event.input.has_focus or event.value == self._set:
            self._close_choices()
            return
        self._set = ""
        self._offer_for(event.value)

    def offer_again(self) -> None:
        """More people are known now than when the last letter was typed."""
        if self._complete is not None and self.input.has_focus and self.input.value not in ("", self._set) and not self._picked:
            self._offer_for(self.input.value)

    def _offer_for(self, value: str) -> None:
        """Offer whom a line may mean, and make recipients of what is whole in it."""
        before, last = split_last(value)
        ghost, address = self._ghosted
        if ghost and value == ghost and address is not None and len(value) > len(self._typed) + 1:
            self._set = before
            self.input.value = before
            self.add(_members(address))
            return
        self._typed = value
        if before and self._take_typed(before, last):
            return
        word = last.strip()
        found = self._complete(word) if self._complete is not None and len(word) >= LEAST and "<" not in word else ()
        # A long name does not push the address out of sight.
        people = [Choice(one, cut(clean_line(one.name), LONGEST_NAME), _detail(one)) for one in found[:MOST]]
        whole = len(found) == 1 and found[0] == Address(found[0].name, word)
        self._picked = False
        choices = self._choices
        if choices is None and people:
            choices = ChoiceList()
            self.mount(choices)
        if choices is not None:
            choices.show(people)
            choices.display = bool(people) and not whole
        # Without colours what is not typed yet is told by a line below it.
        self.set_class(bool(getattr(self.app, "colourless", False)), "-colourless")
        self._ghosted = _ghost(value, word, found), found[0] if found else None
        self.input._suggestion = self._ghosted[0]

    def _take_typed(self, before: str, last: str) -> bool:
        """A comma was typed: what stands before it are recipients, if they are addresses."""
        whole, rest = read_field(before)
        if not whole or rest:
            return False
        self._set = last.lstrip()
        self.input.value = self._set
        self.add(whole)
        return True

    @on(ChoiceList.Chosen)
    def _clicked(self) -> None:
        self._take()

    def on_key(self, event: events.Key) -> None:
        choices = self._choices
        if choices is None or not choices.display:
            if event.key in ("tab", "enter"):
                self.settle()
            return
        if event.key in ("down", "up"):
            if self._picked or event.key == "up":
                choices.step(1 if event.key == "down" else -1)
            elif self._is_address():
                choices.step(0)
            else:
                choices.step(1)
            self._picked = True
        elif event.key in ("tab", "enter") and (self._picked or not self._is_address()):
            self._take()
        elif event.key == "escape":
            choices.display = False
        else:
            if event.key in ("tab", "enter"):
                choices.display = False
                self.settle()
            return
        event.stop()
        event.prevent_default()

    def _is_address(self) -> bool:
        """Whether what is being typed could be an address as it stands."""
        local, at, domain = split_last(self.input.value)[1].strip().rpartition("@")
        return bool(local and at and "." in domain.strip("."))

    def _take(self) -> None:
        choices = self._choices
        chosen = choices.current if choices is not None else None
        self._close_choices()
        if chosen is None:
            return
        before = split_last(self.input.value)[0]
        self._set = joined(before, "").strip(", ") if before.strip(", ") else ""
        self._set = f"{self._set}, " if self._set else ""
        self.input.value = self._set
        self.input.cursor_position = len(self._set)
        self.add(_members(chosen.value))

    def on_descendant_focus(self) -> None:
        """One types on behind the last recipient."""
        if self.people:
            self._show()

    def on_descendant_blur(self) -> None:
        """The next field has the cursor: what was offered here goes."""
        self._close_choices()
        self.choose(None)
        self.settle()
        if self.people:
            self._show()


def _people() -> Static:
    return Static("", classes="people", markup=False)


def _members(one: Address | Group) -> Sequence[Address]:
    """Whom something that was offered puts into the field."""
    return [one] if isinstance(one, Address) else one.people


def _detail(one: Address | Group) -> str:
    """What stands beside the name."""
    if isinstance(one, Address):
        return clean_line(one.addr)
    return ngettext("{n} address", "{n} addresses", len(one.people)).format(n=len(one.people))


def _ghost(value: str, word: str, found: Sequence[Address | Group]) -> str:
    """The line that it would become, where the likeliest begins with what is typed."""
    if not found or not word:
        return ""
    first = found[0]
    for whole in (format_address(first), first.addr) if isinstance(first, Address) else (first.name,):
        whole = clean_line(whole)
        if whole.casefold().startswith(word.casefold()):
            return value + whole[len(word) :]
    return ""
