"""A field for addresses that completes from past mail while one types."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from core.address import Address, format_address
from core.clean import clean_line
from tui.widgets.choice_list import Choice, ChoiceList

Complete = Callable[[str], Sequence[Address]]
MOST = 6


class AddressField(Vertical):
    """A label, a field, and below it the people that fit what is typed after the last comma."""

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

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static(Content(self.label), classes="label", markup=False)
            yield Input(self._first, select_on_focus=False, compact=True)
        yield ChoiceList()

    @property
    def value(self) -> str:
        """What is typed."""
        return self.query_one(Input).value

    def enter(self) -> None:
        """Put the cursor into the field."""
        self.query_one(Input).focus()

    @property
    def empty(self) -> bool:
        """Whether nothing is typed."""
        return not self.value.strip()

    @on(Input.Changed)
    def _offer(self, event: Input.Changed) -> None:
        if self._complete is None or not event.input.has_focus:
            return
        word = event.value.rpartition(",")[2].strip()
        found = self._complete(word) if len(word) >= 2 and "<" not in word else ()
        people = [Choice(one, clean_line(one.name or one.addr), clean_line(one.addr)) for one in found[:MOST]]
        choices: ChoiceList[Address] = self.query_one(ChoiceList)
        choices.show(people)
        choices.display = bool(people)

    @on(ChoiceList.Chosen)
    def _clicked(self) -> None:
        self._take()

    def on_key(self, event: events.Key) -> None:
        choices: ChoiceList[Address] = self.query_one(ChoiceList)
        if not choices.display:
            return
        if event.key in ("down", "up"):
            choices.step(1 if event.key == "down" else -1)
        elif event.key in ("tab", "enter"):
            self._take()
        elif event.key == "escape":
            choices.display = False
        else:
            return
        event.stop()
        event.prevent_default()

    def _take(self) -> None:
        choices: ChoiceList[Address] = self.query_one(ChoiceList)
        chosen = choices.current
        choices.display = False
        if chosen is None:
            return
        field = self.query_one(Input)
        before = field.value.rpartition(",")[0].strip()
        field.value = (f"{before}, " if before else "") + format_address(chosen.value) + ", "
        field.cursor_position = len(field.value)

    def on_descendant_blur(self) -> None:
        self.query_one(ChoiceList).display = False
