"""Small dialogs: a question to confirm, a line to type, a password."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from core.clean import clean_line
from tui.actions import Context, does, program
from tui.screens.leaving import ModalLeftOnce
from tui.translation import _

Result = TypeVar("Result")


class Dialog(ModalLeftOnce[Result | None]):
    """A frame with a title in the middle of the screen; Escape gives it up."""

    DEFAULT_CSS = """
    Dialog { align: center middle; background: $background 40%; }
    Dialog Vertical {
        width: 64; max-width: 96%; height: auto; border: round $border; border-title-color: $foreground;
        background: $background; padding: 0 1;
    }
    Dialog Static { height: auto; }
    Dialog .keys { color: $foreground 60%; }
    Dialog Input { border: none; height: 1; padding: 0; background: $background; }
    Dialog Input:focus { border: none; background-tint: transparent; }
    """
    key_context: ClassVar[Context] = "dialog"
    alone = True

    @does(program.Cancel)
    def give_up(self) -> None:
        """Answer nothing."""
        self.dismiss(None)


class Confirm(Dialog[bool]):
    """Yes or no, with what yes means in a word. Only `y` says yes."""

    def __init__(self, question: str, yes: str) -> None:
        super().__init__()
        self.question, self.yes = question, yes

    def compose(self) -> ComposeResult:
        with Vertical() as frame:
            frame.border_title = Content(f" {clean_line(self.yes)} ")
            yield Static(Content(clean_line(self.question)), markup=False)
            keys = _("y {yes}     n or Esc leave it").format(yes=self.yes.lower())
            yield Static(Content(f"\n{keys}"), classes="keys", markup=False)

    def on_key(self, event: events.Key) -> None:
        if event.key in ("y", "n", "q"):
            event.stop()
            self.dismiss(event.key == "y")


class Asked(Dialog[str]):
    """A question with several answers, each with its key; gives back the key of the one that was chosen."""

    def __init__(self, title: str, question: str, answers: Mapping[str, str]) -> None:
        """`answers`: a letter and what it does."""
        super().__init__()
        self.heading, self.question, self.answers = title, question, dict(answers)

    def compose(self) -> ComposeResult:
        with Vertical() as frame:
            frame.border_title = Content(f" {clean_line(self.heading)} ")
            yield Static(Content(clean_line(self.question)), markup=False)
            keys = "     ".join(f"{key} {words}" for key, words in self.answers.items())
            yield Static(Content("\n" + keys + "     " + _("n or Esc leave it")), classes="keys", markup=False)

    def on_key(self, event: events.Key) -> None:
        if event.key in self.answers or event.key in ("n", "q"):
            event.stop()
            self.dismiss(event.key if event.key in self.answers else None)


class Question(Dialog[str]):
    """One line of text."""

    wants_text = True

    def __init__(self, title: str, value: str = "", *, note: str = "", secret: bool = False) -> None:
        super().__init__()
        self.heading, self.value, self.note, self.secret = title, value, note, secret

    def compose(self) -> ComposeResult:
        with Vertical() as frame:
            frame.border_title = Content(f" {clean_line(self.heading)} ")
            frame.border_subtitle = Content(_(" Enter goes on, Esc closes "))
            if self.note:
                yield Static(Content(clean_line(self.note)), markup=False)
            yield Input(self.value, password=self.secret, select_on_focus=False, compact=True)

    @on(Input.Submitted)
    def _finished(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value)


class PasswordScreen(Question):
    """The password of a server, asked for on the spot."""

    def __init__(self, user: str, server: str, *, refused: bool = False) -> None:
        note = _("{server} wants the password of {user}. It is kept in memory until the engine ends.")
        if refused:
            note = _("{server} refused the password of {user}. The right one is kept in memory until the engine ends.")
        super().__init__(_("Password"), note=note.format(server=server, user=user), secret=True)


class PassphraseScreen(Question):
    """The passphrase of the file with the passwords."""

    def __init__(self, *, again: bool) -> None:
        note = _("It opens the file with your passwords and is kept in memory until the engine ends.")
        if again:
            note = _("That was not the passphrase. {note}").format(note=note)
        super().__init__(_("Passphrase"), note=note, secret=True)


class NewPassphraseScreen(Question):
    """The passphrase that a file with passwords is to get, and the same once more."""

    def __init__(self, *, once_more: bool = False, differed: bool = False) -> None:
        note = _("It opens the file with your passwords. If forgotten, type just these anew.")
        if once_more:
            note = _("The passphrase once more, since you cannot see it.")
        elif differed:
            note = _("The two were not the same. {note}").format(note=note)
        super().__init__(_("New passphrase"), note=note, secret=True)
