"""Choosing one thing by a few letters of its name: an action, a folder, a theme."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from core.clean import clean_line
from tui.actions import Context, does, program
from tui.fuzzy import best
from tui.screens.leaving import ModalLeftOnce
from tui.translation import _
from tui.widgets.choice_list import Choice, ChoiceList

Value = TypeVar("Value")


class Picker(ModalLeftOnce[Value | None], Generic[Value]):
    """A field and, below it, what fits what is typed. Its result is the value chosen, or None."""

    DEFAULT_CSS = """
    Picker { align: center top; background: transparent; }
    Picker Vertical {
        width: 76; max-width: 96%; height: auto; max-height: 90%; margin-top: 2;
        border: round $border; border-title-color: $foreground; background: $background; padding: 0;
    }
    Picker Input { border: none; height: 1; padding: 0 1; background: $background; }
    Picker Input:focus { border: none; background-tint: transparent; }
    Picker ChoiceList { max-height: 16; }
    Picker #nothing { height: 1; padding: 0 1; color: $text-muted; display: none; }
    """
    key_context: ClassVar[Context] = "picker"
    alone = True
    wants_text = True

    def __init__(self, title: str, choices: Sequence[Choice[Value]], typed: str = "", hint: str = "") -> None:
        super().__init__()
        self.heading, self.hint = clean_line(title), clean_line(hint)
        self.all_choices, self.typed = choices, clean_line(typed)
        self._fitted: str | None = None

    def compose(self) -> ComposeResult:
        with Vertical() as frame:
            frame.border_title = Content(f" {self.heading} ")
            frame.border_subtitle = Content(_(" Enter chooses, Esc closes "))
            yield Input(self.typed, placeholder=self.hint or _("type a few letters"), select_on_focus=False, compact=True)
            yield ChoiceList()
            yield Static(Content(_("Nothing fits.") if self.all_choices else self.why_empty), id="nothing")

    def on_mount(self) -> None:
        self._fit(self.typed)

    @property
    def why_empty(self) -> str:
        """What is said where there is nothing to choose from."""
        return _("There is nothing here.")

    @property
    def deputies(self) -> tuple[ChoiceList[Value], ...]:
        """The list does the moving while the field has the focus."""
        return tuple(self.query(ChoiceList))

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        if event.value != self._fitted:
            self._fit(event.value)

    def _fit(self, typed: str) -> None:
        self._fitted = typed
        found = best(typed, self.all_choices, lambda choice: choice.label)
        found = found or best(typed, self.all_choices, lambda choice: choice.also)
        self.query_one(ChoiceList).show(found)
        self.query_one("#nothing").display = not found

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self._finished()

    def _finished(self) -> None:
        """Enter: with what the cursor is on."""
        choices: ChoiceList[Value] = self.query_one(ChoiceList)
        choice = choices.current
        if choice is not None:
            self.dismiss(choice.value)

    @on(ChoiceList.Chosen)
    def _chosen(self) -> None:
        self._clicked()

    def _clicked(self) -> None:
        """A line was clicked."""
        self._finished()

    @does(program.Cancel)
    def give_up(self) -> None:
        """Choose nothing."""
        self.dismiss(None)
