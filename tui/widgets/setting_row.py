"""A setting in a form: its label, the field that suits its type, and what is wrong with it beside it; and the tabs above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, Static

from core.cells import cell_len, cut
from core.clean import clean_line
from core.settings import Setting, Settings
from core.settings.entries import choices_of, is_long, refers_to, rows, title_of
from core.settings.entries import key_of as list_key
from core.settings.keys import typed
from tui.glyphs import glyphs_of
from tui.setting_words import choice_words, label
from tui.styles import looks_of
from tui.translation import _, ngettext
from tui.widgets.form import FormRow, OneOf, text_field


class LongText(Widget, can_focus=True):
    """A text of several lines: its first one is shown, Enter opens an editor for it."""

    DEFAULT_CSS = "LongText { height: 1; width: 1fr; }"
    value: reactive[str] = reactive("")

    @dataclass
    class Changed(Message):
        """The text is another."""

        text: LongText

        @property
        def control(self) -> Widget:
            """Who says it."""
            return self.text

    def __init__(self, value: str) -> None:
        super().__init__()
        self.set_reactive(LongText.value, value)

    def watch_value(self) -> None:
        if self.is_attached:
            self.post_message(self.Changed(self))

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width, looks, glyphs = self.size.width, looks_of(self), glyphs_of(self)
        lines = self.value.splitlines()
        more = ngettext("  ({n} line)", "  ({n} lines)", len(lines)).format(n=len(lines)) if len(lines) > 1 else ""
        first = clean_line(lines[0]) if lines else _("(Enter writes it)")
        words = cut(first, max(width - cell_len(more) - 2, 4), glyphs.ellipsis)
        parts = [(f" {words}", "cursor" if self.has_focus else "" if lines else "faint"), (more, "faint")]
        return Strip([Segment(text, looks[look]) for text, look in parts]).adjust_cell_length(width, looks[""])


class SettingRow(FormRow):
    """One setting of an entry; `value` is what is typed."""

    DEFAULT_CSS = """
    SettingRow .label { width: 20; }
    SettingRow .fault { width: auto; max-width: 50%; height: 1; color: $error; text-style: bold; padding: 0 1; display: none; }
    SettingRow.wrong .fault { display: block; }
    """

    def __init__(self, setting: Setting, part: Widget, words: str = "", *, id: str) -> None:
        super().__init__(words or label(setting.key), part, id=id)
        self.setting = setting
        self._fault = ""

    def compose(self) -> ComposeResult:
        yield from super().compose()
        yield Static(classes="fault", markup=False)

    def blame(self, words: str) -> None:
        """Say what is wrong beside the field; '' when nothing is."""
        if words != self._fault:  # new words have the whole form laid out again
            self._fault = words
            self.set_class(bool(words), "wrong")
            self.query_one(".fault", Static).update(Content(clean_line(words)))

    @property
    def value(self) -> str:
        """What is typed or chosen."""
        return self.part.value if isinstance(self.part, LongText) else super().value

    @value.setter
    def value(self, value: str) -> None:
        if isinstance(self.part, LongText):
            self.part.value = value
        elif isinstance(self.part, Input):
            self.part.value = clean_line(value)
        elif isinstance(self.part, OneOf):
            self.part.value = value


def field_for(settings: Settings, one: Setting, value: object) -> Widget:
    """The field that suits a setting: one to type into, one to choose from, or one that opens an editor."""
    if (offered := offers(settings, one)) is not None:
        return OneOf(offered, typed(one, value))
    text = typed(one, value)
    if is_long(one):
        return LongText(text)
    field = text_field(_port_words(one, text))
    field.select_on_focus = False
    return field


def offers(settings: Settings, one: Setting) -> list[tuple[str, str]] | None:
    """What can be chosen for a setting, with the words for people; None where one types."""
    if one.type == "yes-no":
        return [("yes", _("yes")), ("no", _("no"))]
    if one.type == "choice":
        return [(choice, choice_words(choice) or _("none")) for choice in choices_of(one)]
    if kind := refers_to(one):
        known = [(str(getattr(row, list_key(kind))), title_of(row)) for row in rows(settings, kind)]
        return known if one.default is None and known else [("", _("none")), *known]
    return None


def _port_words(one: Setting, text: str) -> str:
    return "" if one.key.endswith("port") and text == "0" else text


class Tabs(Widget, can_focus=True):
    """The names of the parts of a form; Left and Right go from one to the next."""

    DEFAULT_CSS = "Tabs { height: 1; width: 1fr; }"
    here: reactive[int] = reactive(0)

    @dataclass
    class Turned(Message):
        """Another tab is to be shown."""

        tabs: Tabs

        @property
        def control(self) -> Widget:
            """Who says it."""
            return self.tabs

    def __init__(self, names: Sequence[str], *, id: str) -> None:
        super().__init__(id=id)
        self.names = tuple(names)
        self.wrong: frozenset[int] = frozenset()
        """The tabs on which something is wrong."""

    def turn(self, by: int) -> None:
        """The next tab, round and round."""
        self.here = (self.here + by) % max(len(self.names), 1)

    def watch_here(self) -> None:
        self.post_message(self.Turned(self))

    def blame(self, wrong: frozenset[int]) -> None:
        """Mark the tabs on which something is wrong."""
        if wrong != self.wrong:
            self.wrong = wrong
            self.refresh()

    def on_key(self, event: events.Key) -> None:
        if event.key in ("left", "right"):
            event.stop()
            event.prevent_default()
            self.turn(-1 if event.key == "left" else 1)

    def on_click(self, event: events.Click) -> None:
        x = 0
        for number, name in enumerate(self.names):
            x += cell_len(name) + 5
            if event.x < x:
                self.here = number
                return

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width, looks, glyphs = self.size.width, looks_of(self), glyphs_of(self)
        parts = []
        for number, name in enumerate(self.names):
            look = ("cursor" if self.has_focus else "heading") if number == self.here else "faint"
            sign = glyphs.urgent if number in self.wrong else " "
            shown = f"[{name}{sign}]" if number == self.here else f" {name}{sign} "
            parts += [(f"{shown}", "error" if sign.strip() and number != self.here else look), ("  ", "")]
        return Strip([Segment(text, looks[look]) for text, look in parts]).adjust_cell_length(width, looks[""])
