"""A field for addresses that completes from past mail while one types."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from core.address import Address, format_address
from core.cells import cut
from core.clean import clean_line
from tui.people import LEAST, joined, split_last
from tui.widgets.choice_list import Choice, ChoiceList

Complete = Callable[[str], Sequence[Address]]
MOST = 6
LONGEST_NAME = 30


class AddressField(Vertical):
    """A label, a field, and below it the people that fit the address being typed.

    Tab and Enter take the first of them, unless what is typed is an address already: then only one that was
    chosen with the arrows.
    """

    DEFAULT_CSS = """
    AddressField { height: auto; }
    AddressField Horizontal { height: 1; }
    AddressField .label { width: 10; height: 1; padding: 0 1; color: $foreground 60%; }
    AddressField Input { border: none; height: 1; padding: 0; width: 1fr; background: $background; }
    AddressField Input:focus { border: none; background-tint: transparent; }
    AddressField ChoiceList { display: none; max-height: 6; margin-left: 10; }
    """

    def __init__(self, label: str, value: str, complete: Complete | None, *, id: str) -> None:
        super().__init__(id=id)
        self.label, self._first, self._complete = label, value, complete
        self._picked = False
        self._set = value
        """A value that was set, not typed: nothing is offered for it."""

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static(Content(self.label), classes="label", markup=False)
            yield Input(self._first, select_on_focus=False, compact=True)
        yield ChoiceList()

    @property
    def value(self) -> str:
        """What is typed."""
        return self.query_one(Input).value

    @value.setter
    def value(self, text: str) -> None:
        self._set = text
        if text != self.value:
            self.query_one(Input).value = text

    def enter(self) -> None:
        """Put the cursor into the field."""
        self.screen.set_focus(self.query_one(Input))

    @property
    def empty(self) -> bool:
        """Whether nothing is typed."""
        return not self.value.strip()

    @property
    def _choices(self) -> ChoiceList[Address]:
        return self.query_one(ChoiceList)

    @on(Input.Changed)
    def _offer(self, event: Input.Changed) -> None:
        if self._complete is None or not event.input.has_focus or event.value == self._set:
            self._choices.display = False
            return
        self._set = ""
        word = split_last(event.value)[1].strip()
        found = self._complete(word) if len(word) >= LEAST and "<" not in word else ()
        # A long name does not push the address out of sight.
        people = [Choice(one, cut(clean_line(one.name), LONGEST_NAME), clean_line(one.addr)) for one in found[:MOST]]
        whole = len(people) == 1 and people[0].value.addr == word
        self._picked = False
        self._choices.show(people)
        self._choices.display = bool(people) and not whole

    @on(ChoiceList.Chosen)
    def _clicked(self) -> None:
        self._take()

    def on_key(self, event: events.Key) -> None:
        choices = self._choices
        if not choices.display:
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
            return
        event.stop()
        event.prevent_default()

    def _is_address(self) -> bool:
        """Whether what is being typed could be an address as it stands."""
        local, at, domain = split_last(self.value)[1].strip().rpartition("@")
        return bool(local and at and "." in domain.strip("."))

    def _take(self) -> None:
        chosen = self._choices.current
        self._choices.display = False
        if chosen is None:
            return
        field = self.query_one(Input)
        self._set = joined(split_last(field.value)[0], format_address(chosen.value))
        field.value = self._set
        field.cursor_position = len(field.value)

    def on_descendant_blur(self) -> None:
        """The next field has the cursor: what was offered here goes."""
        self._choices.display = False
