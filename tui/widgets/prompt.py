"""The line at the bottom where one types: a command, a search, a name. It is always there, and hidden until asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input, Static

from core.clean import clean_line
from tui.actions import Context, does, program
from tui.styles import looks_of
from tui.widgets.status import Bar, Part

Completer = Callable[[str], Sequence[str]]
"""Given what is typed: the whole lines it may become."""
Check = Callable[[str], str]
"""Given what was typed: a sentence about what is wrong with it, or ''."""
MOST_CANDIDATES = 40
KEPT = 100


class Candidates(Bar):
    """What the line may become, or what is wrong with it."""

    DEFAULT_CSS = "Candidates { display: none; }"
    words: reactive[tuple[str, ...]] = reactive(())
    picked = reactive(-1)
    wrong = reactive("")
    """Why the line cannot be taken as it is."""
    apart = "/,"
    """The signs that part a word from the one before: what all candidates share up to there is not repeated."""

    def left(self, room: int) -> Sequence[Part]:
        if self.wrong:
            return [(f" {clean_line(self.wrong)}", "bar-warning")]
        shown = self.words[max(self.picked, 0) :] if self.picked > 0 else self.words
        first, known = max(self.picked, 0), _known(self.words, self.apart)
        return [(f" {clean_line(word[known:])} ", "key" if first + n == self.picked else "bar") for n, word in enumerate(shown)]


class Prompt(Widget):
    """Asks one thing at a time."""

    DEFAULT_CSS = """
    Prompt { dock: bottom; layer: over; height: auto; width: 1fr; display: none; }
    Prompt Horizontal { height: 1; }
    Prompt #prompt-label { width: auto; height: 1; }
    Prompt Input { border: none; height: 1; padding: 0; width: 1fr; background: $background; }
    Prompt Input:focus { border: none; background-tint: transparent; }
    """
    key_context: ClassVar[Context] = "prompt"

    @dataclass
    class Answered(Message):
        """The line was finished with Enter."""

        prompt: Prompt
        purpose: str
        text: str

    @dataclass
    class Changed(Message):
        """The line changed: for searching while one types."""

        prompt: Prompt
        purpose: str
        text: str

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, Prompt.Changed)

    @dataclass
    class GivenUp(Message):
        """The line was left with Escape."""

        prompt: Prompt
        purpose: str

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.purpose = ""
        self._complete: Completer | None = None
        self._check: Check | None = None
        self._before: Widget | None = None
        self._past: dict[str, list[str]] = {}
        self._at = 0
        self._typed = ""
        """What was typed before candidates or past lines were put in its place."""
        self._placing = ""

    def compose(self) -> ComposeResult:
        yield Candidates()
        with Horizontal():
            yield Static("", id="prompt-label", markup=False)
            yield Input(select_on_focus=False, compact=True)

    def ask(
        self, purpose: str, label: str, value: str = "", complete: Completer | None = None, check: Check | None = None
    ) -> None:
        """Show the line and put the cursor into it, at once: the next key is typed there.

        `purpose` comes back with the answer; what was answered before for the same one is found with ↑. The line stays
        open while `check` finds something wrong with it.
        """
        self._before = self.screen.focused if self.screen.focused is not self.field else self._before
        self.purpose, self._complete, self._check = purpose, complete, check
        self._at, self._typed = 0, value
        self.query_one("#prompt-label", Static).update(Content(label))
        self.query_one(Candidates).apart = " /" if purpose == "command" else "/,"
        self.display = True
        self._place(value)
        self.screen.set_focus(self.field)
        self._offer(value)

    def relabel(self, label: str) -> None:
        """Show another label; what is typed, and what it is for, stay."""
        self.query_one("#prompt-label", Static).update(Content(label))

    @property
    def field(self) -> Input:
        """The input field."""
        return self.query_one(Input)

    def close(self) -> None:
        """Hide the line; the focus goes back to where it was."""
        self.display = False
        self._complete = None
        if self.field.has_focus or self.screen.focused is None:
            self.screen.set_focus(self._before)
        self._before = None

    @does(program.Cancel)
    def give_up(self) -> None:
        """Leave without an answer."""
        purpose = self.purpose
        self.close()
        self.post_message(self.GivenUp(self, purpose))

    @on(Input.Submitted)
    def _finished(self, event: Input.Submitted) -> None:
        event.stop()
        if not self.display:
            return  # Escape came before the field could say that it was finished
        purpose, text = self.purpose, event.value
        if self._check is not None and (wrong := self._check(text)):
            bar = self.query_one(Candidates)
            bar.wrong, bar.display = wrong, True
            return
        past = self._past.setdefault(purpose, [])
        if text and (not past or past[-1] != text):
            past.append(text)
            del past[:-KEPT]
        self.close()
        self.post_message(self.Answered(self, purpose, text))

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        if not self.display:
            return
        if event.value != self._placing:
            self._typed, self._at = event.value, 0
            self._offer(event.value)
        self.post_message(self.Changed(self, self.purpose, event.value))

    def on_key(self, event: events.Key) -> None:
        steps = {"tab": 1, "shift+tab": -1}
        if event.key in steps:
            self._step(steps[event.key])
        elif event.key in ("up", "down"):
            self._recall(1 if event.key == "up" else -1)
        elif event.key == "backspace" and not self.field.value:
            self.give_up()
        else:
            return
        event.stop()
        event.prevent_default()

    # ------------------------------------------------------------------ completion and past lines

    def _offer(self, text: str) -> None:
        bar = self.query_one(Candidates)
        found = tuple(self._complete(text))[:MOST_CANDIDATES] if self._complete else ()
        bar.words, bar.picked, bar.wrong = found, -1, ""
        bar.display = bool(found) and found != (text,)

    def _step(self, step: int) -> None:
        """The first Tab writes what all candidates share, the next ones go through them."""
        bar = self.query_one(Candidates)
        if not bar.words:
            return
        shared = _shared(bar.words)
        if bar.picked < 0 and len(shared) > len(self.field.value):
            self._place(shared)
            if len(bar.words) == 1:
                self._place(shared + " ")
                self._offer(shared + " ")
            return
        bar.picked = (bar.picked + step) % len(bar.words) if bar.picked >= 0 else (0 if step > 0 else len(bar.words) - 1)
        self._place(bar.words[bar.picked])

    def _recall(self, step: int) -> None:
        past = self._past.get(self.purpose, [])
        self._at = min(max(self._at + step, 0), len(past))
        self._place(past[-self._at] if self._at else self._typed)

    def _place(self, text: str) -> None:
        self._placing = text
        self.field.value = text
        self.field.cursor_position = len(text)

    def render(self) -> Text:
        return Text("", style=looks_of(self)["bar"])


def _known(words: Sequence[str], apart: str) -> int:
    """How many characters all words share up to one of the signs: what need not be shown again."""
    shared = _shared([word.rstrip("/, ") for word in words]) if words else ""
    return max(shared.rfind(sign) for sign in apart) + 1 if shared else 0


def _shared(words: Sequence[str]) -> str:
    """The beginning that all words have."""
    first, last = min(words), max(words)
    same = next((n for n, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
    return first[:same]
