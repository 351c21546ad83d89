"""What every test of servers looks like: its steps as they come, what they mean, and buttons for what can be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from textual import on
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from accounts.probe import Check
from core.cells import cell_len
from core.clean import clean_line
from tui.screens.form_screen import FormScreen
from tui.sentences import check_label, check_words
from tui.translation import _
from tui.widgets.form import PushButton
from tui.widgets.steps import StepLine, StepList

PINNABLE = ("certificate-untrusted", "certificate-name", "certificate-expired", "certificate-pin-differs")
MOST_WIDE = 104
"""Cells that the page takes where there are more."""
Result = TypeVar("Result")


class TryingScreen(FormScreen[Result]):
    """A screen with `#steps`, `#why` and the buttons in `#choices`."""

    DEFAULT_CSS = """
    TryingScreen { align-horizontal: center; }
    TryingScreen #page { width: 100%; max-width: 104; height: 1fr; padding: 1 1 0 1; }
    TryingScreen #why { height: auto; margin-top: 1; color: $success; }
    TryingScreen #why.wrong { color: $error; }
    TryingScreen #choices { width: 100%; max-width: 104; height: auto; padding: 0 1; margin: 1 0; }
    TryingScreen.-low #page { padding-top: 0; }
    TryingScreen.-low #choices { margin: 0; }
    TryingScreen #choices.-many { layout: grid; grid-size: 3; grid-rows: 1; }
    TryingScreen #choices.-many PushButton { margin: 0; }
    TryingScreen.-narrow #choices { layout: vertical; }
    """

    @dataclass
    class Checked(Message):
        """A step has begun or ended."""

        check: Check

    def tell(self, message: Message) -> None:
        """A message from a thread, while the screen is there."""
        if self.is_running:
            self.post_message(message)

    def tell_check(self, check: Check) -> None:
        """A step, from a thread."""
        self.tell(self.Checked(check))

    @on(Checked)
    def _checked(self, event: Checked) -> None:
        check = event.check
        if check.state != "skipped":
            line = StepLine(check_label(check), check.state, check_words(check))
            self.query_one(StepList).tell(f"{check.server}-{check.kind}-{check.step}", line)

    def say(self, words: str, *, wrong: bool = False) -> None:
        """What it comes to, below the steps."""
        why = self.query_one("#why", Static)
        why.set_class(wrong, "wrong")
        why.update(Content("\n".join(clean_line(line) for line in words.splitlines())))

    def offer(self, *ids: str) -> None:
        """Show these buttons, the first with the focus; none while something is done."""
        for button in self.query(PushButton):
            button.display = button.id in ids
        self._arrange()
        if ids:
            self.query_one(f"#{ids[0]}", PushButton).focus()

    def on_resize(self) -> None:
        """The buttons stand below each other, by three, where one line is too narrow."""
        super().on_resize()
        self._arrange()

    def _arrange(self) -> None:
        choices = self.query_one("#choices")
        wide = sum(cell_len(f"[ {one.words} ]  ") for one in self.query(PushButton) if one.display)
        choices.set_class(wide > min(self.size.width, MOST_WIDE) - 2, "-many")

    def action_go_on(self) -> None:
        """Enter presses the button."""
        if isinstance(self.focused, PushButton):
            self.focused.press()


def inactive_button() -> PushButton:
    """Save what does not work, for later: it is not used until somebody turns it on."""
    return PushButton(_("Save as inactive"), id="inactive")


def pin_of(check: Check) -> str:
    """The trust in the certificate that a step was shown, as settings write it; '' where there is none to trust."""
    error = check.error
    if error is None or error.id not in PINNABLE or not error.values.get("fingerprint"):
        return ""
    return f"sha256:{error.values['fingerprint']}"


def is_about_trust(check: Check) -> bool:
    """Whether a step failed for the certificate, or the file that would vouch for it."""
    return check.error is not None and check.error.id in (*PINNABLE, "trust-file-unreadable")
