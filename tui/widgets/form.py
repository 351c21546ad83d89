"""Parts of forms that are one line high: a labelled text field, a choice between a few words, a button."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, Static

from core.cells import cell_len, cut
from core.clean import clean_line
from tui.glyphs import glyphs_of
from tui.styles import looks_of


class FormRow(Horizontal):
    """A label, and what it names beside it; the label stands out while the focus is there."""

    DEFAULT_CSS = """
    FormRow { height: 1; }
    FormRow .label { width: 14; height: 1; color: $foreground 60%; }
    FormRow.here .label { color: $primary; text-style: bold; }
    FormRow.wrong .label { color: $error; text-style: bold reverse; }
    FormRow Input { border: none; height: 1; padding: 0 1; width: 1fr; background: $surface; }
    FormRow Input:focus { border: none; background: $panel; background-tint: transparent; }
    FormRow Input > .input--selection { text-style: underline; }
    """

    def __init__(self, label: str, part: Widget, *, id: str) -> None:
        super().__init__(id=id)
        self.heading, self.part = label, part

    def compose(self) -> ComposeResult:
        yield Static(Content(clean_line(self.heading)), classes="label", markup=False)
        yield self.part

    def on_descendant_focus(self) -> None:
        self.add_class("here")

    def on_descendant_blur(self) -> None:
        self.remove_class("here")

    @property
    def value(self) -> str:
        """What is typed or chosen."""
        return self.part.value if isinstance(self.part, Input | OneOf) else ""

    @value.setter
    def value(self, value: str) -> None:
        if isinstance(self.part, Input):
            self.part.value = clean_line(value)
        elif isinstance(self.part, OneOf):
            self.part.value = value


def text_field(value: str = "", hint: str = "", *, secret: bool = False) -> Input:
    """A field for one line of text; control characters never get in."""
    return Input(clean_line(value), placeholder=hint, password=secret, compact=True)


class OneOf(Widget, can_focus=True):
    """One word out of a few: Left and Right, Space, or its first letter."""

    DEFAULT_CSS = "OneOf { height: 1; width: 1fr; }"

    @dataclass
    class Changed(Message):
        """Another word was chosen."""

        one_of: OneOf
        before: str

        @property
        def control(self) -> Widget:
            """Who says it."""
            return self.one_of

    def __init__(self, choices: Sequence[tuple[str, str]], value: str = "") -> None:
        """`choices`: values with the words for people."""
        super().__init__()
        self.choices = tuple(choices)
        self._value = value

    @property
    def value(self) -> str:
        """The chosen value; the first where it is none of the choices."""
        values = [one for one, _words in self.choices]
        return self._value if self._value in values else values[0]

    @value.setter
    def value(self, value: str) -> None:
        before, self._value = self.value, value
        self.refresh()
        if self.value != before:
            self.post_message(self.Changed(self, before))

    def offer(self, choices: Sequence[tuple[str, str]]) -> None:
        """Let people choose between these instead; the value stays where it is among them."""
        self.choices = tuple(choices)
        self.refresh()

    def step(self, by: int) -> None:
        """The next choice, round and round."""
        values = [one for one, _words in self.choices]
        self.value = values[(values.index(self.value) + by) % len(values)]

    def on_key(self, event: events.Key) -> None:
        letter = (event.character or "").casefold()
        fitting = [one for one, words in self.choices if letter and words.casefold().startswith(letter)]
        if event.key in ("left", "right", "space"):
            self.step(-1 if event.key == "left" else 1)
        elif fitting:
            self.value = fitting[(fitting.index(self.value) + 1) % len(fitting)] if self.value in fitting else fitting[0]
        else:
            return
        event.stop()
        event.prevent_default()

    def on_click(self, event: events.Click) -> None:
        self.step(1)

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width, looks, glyphs = self.size.width, looks_of(self), glyphs_of(self)
        words = cut(clean_line(dict(self.choices)[self.value]), max(width - 4, 1), glyphs.ellipsis)
        look, sign = ("cursor", "cursor") if self.has_focus else ("", "faint")
        few = len(self.choices) > 1
        parts = [("< " if few else "", sign), (words, look), (" >" if few else "", sign)]
        return Strip([Segment(text, looks[name]) for text, name in parts]).adjust_cell_length(width, looks[""])


class PushButton(Widget, can_focus=True):
    """Something to do, with Enter, Space or a click."""

    DEFAULT_CSS = "PushButton { height: 1; width: auto; margin-right: 2; }"

    @dataclass
    class Pressed(Message):
        """The button was pressed."""

        button: PushButton

        @property
        def control(self) -> Widget:
            """Who says it."""
            return self.button

    def __init__(self, words: str, *, id: str, classes: str = "") -> None:
        super().__init__(id=id, classes=classes)
        self.words = words

    def press(self) -> None:
        """Press it."""
        self.post_message(self.Pressed(self))

    def on_key(self, event: events.Key) -> None:
        if event.key == "space":
            event.stop()
            event.prevent_default()
            self.press()

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.press()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return cell_len(self.words) + 4

    def render_line(self, y: int) -> Strip:
        width, looks = self.size.width, looks_of(self)
        text = cut(f"[ {self.words} ]", width, glyphs_of(self).ellipsis)
        look: Any = "cursor" if self.has_focus else "button"
        return Strip([Segment(text, looks[look])]).adjust_cell_length(width, looks[""])
