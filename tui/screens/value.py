"""One setting in a small dialog: its value is checked while one types."""

from __future__ import annotations

from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from core.clean import clean_line
from core.settings import Setting
from core.settings.entries import Fault
from core.settings.keys import parsed, typed
from core.settings.reading import Wrong, check_value
from tui.screens.dialog import Dialog
from tui.setting_words import fault_words, label
from tui.translation import _


class ValueScreen(Dialog[str]):
    """Gives back the text of a value that is in order, or None."""

    DEFAULT_CSS = """
    ValueScreen Input { background: $surface; margin: 1 0; }
    ValueScreen .keys.warning { color: $warning; text-style: bold; }
    """
    wants_text = True

    def __init__(self, setting: Setting, value: Any) -> None:
        super().__init__()
        self.setting, self.value = setting, typed(setting, value)

    def compose(self) -> ComposeResult:
        with Vertical() as frame:
            frame.border_title = Content(f" {label(self.setting.key)} ")
            yield Static(Content(_(self.setting.help)), markup=False)
            yield Input(clean_line(self.value), select_on_focus=False, compact=True)
            yield Static(id="words", classes="keys", markup=False)

    def on_mount(self) -> None:
        """Say what the keys do."""
        self._say(self._wrong(self.value))

    def _wrong(self, text: str) -> str:
        try:
            check_value(self.setting, parsed(self.setting, text), ())
        except Wrong as wrong:
            return fault_words(Fault(self.setting.key, wrong.id, wrong.values))
        return ""

    def _say(self, wrong: str) -> None:
        words = self.query_one("#words", Static)
        words.set_class(bool(wrong), "warning")
        words.update(Content(wrong or _("Enter keeps it   Esc leaves it as it was")))

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        self._say(self._wrong(event.value))

    @on(Input.Submitted)
    def _finished(self, event: Input.Submitted) -> None:
        event.stop()
        if not self._wrong(event.value):
            self.dismiss(event.value)
