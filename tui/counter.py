"""The counter: the application as every screen of Correio knows it, with keys, actions, looks and a quiet terminal.

Screens and widgets name their context (`key_context`) and do actions (`@does`); this class turns keys into
actions. A key goes first to the contexts around the focused widget, then to the widget itself if it is one to
type text into, then to the context "global". Characters typed into a text field are never taken away from it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from textual import events
from textual.binding import BindingType
from textual.dom import DOMNode
from textual.reactive import Reactive
from textual.timer import Timer
from textual.widget import Widget

from tui.actions import (
    Action,
    Context,
    chain,
    contexts,
    does,
    find_doer,
    is_allowed,
    is_possible,
    message,
    program,
    run_action,
)
from tui.command_words import complete_command, parse_command
from tui.display import DiffDisplay
from tui.glyphs import suiting_glyphs
from tui.guide import KeyHint, footer_hints, help_tables
from tui.keyboard import Keyboard, Meaning
from tui.keymap import KeyMap, key_map_names, load_key_map
from tui.keys import Sequence as Keys
from tui.keys import is_typed, key_of, show_sequence
from tui.styles import Looks
from tui.theme import Theme, load_theme, terminal_colours, theme_names
from tui.translation import _
from tui.widgets.which_key import WhichKey

Result = TypeVar("Result")
HINT_AFTER = 0.4
"""Seconds after which the keys that can follow are shown."""


class Counter(DiffDisplay[Result], inherit_bindings=False):
    """The base of Correio's application."""

    key_context: ClassVar[Context] = "global"
    BINDINGS: ClassVar[list[BindingType]] = []
    ENABLE_COMMAND_PALETTE = False
    ESCAPE_TO_MINIMIZE = False
    CSS = """
    Screen { layers: base over; }
    * { scrollbar-size-vertical: 1; scrollbar-size-horizontal: 1; }
    Input { scrollbar-size: 0 0; }
    """

    looks: Looks
    theme_folders: Sequence[Path] = ()
    key_map_folders: Sequence[Path] = ()

    def __init__(self, key_map: KeyMap, theme: Theme, environ: Mapping[str, str] = os.environ) -> None:
        super().__init__()
        self.animation_level = "none"
        self.keyboard = Keyboard(key_map)
        self.colours = terminal_colours(environ)
        self.glyphs = suiting_glyphs(environ)
        if self.colours is not None:
            self.console._color_system = self.colours
        self._hint_timer: Timer | None = None
        self._hint: WhichKey | None = None
        self._held: list[events.Key] = []
        self._repeat: tuple[type[Action], str] | None = None
        self.wear(theme)

    def wear(self, theme: Theme) -> None:
        """Change to a theme."""
        self.register_theme(theme.textual)
        self.looks = theme.looks
        self.correio_theme = theme.name
        self.colourless = theme.mono or self.colours is None
        self.theme = theme.textual.name
        if self.is_running:
            self.redraw()

    # ------------------------------------------------------------------ keys

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and not event.is_forwarded and await self._take_key(event):
            return
        if isinstance(event, events.MouseDown):
            self.keyboard.cancel()
            self._hide_hint()
        await super().on_event(event)

    def path(self) -> tuple[DOMNode, ...]:
        """The objects that are asked about keys and actions now, innermost first."""
        return tuple(chain(self.focused, self.screen))

    async def _take_key(self, event: events.Key) -> bool:
        """Do what the key means; False leaves it to the focused widget and to Textual."""
        focused = self.focused
        into_text = focused is not None and focused.check_consume_key("a", "a")
        if focused is None and getattr(self.screen, "wants_text", False):
            self._held.append(event)
            return True
        printable = event.character is not None and event.character.isprintable()
        text = focused if into_text and printable and not self.keyboard.typed else None
        if text is not None and text.check_consume_key(event.key, event.character):
            return False
        path = self.path()
        around = contexts(path)
        own = into_text and focused is not None and _edits(focused, event.key)

        def done_here(action: type[Action]) -> bool:
            return (action.over_text or not own) and find_doer(action, path) is not None

        self._hide_hint()
        meaning = self.keyboard.press(key_of(event), around, done_here)
        if meaning.nothing:
            if printable and not own:
                self.no_use((key_of(event),))
            return False
        if meaning.waiting:
            self._hint_timer = self.set_timer(HINT_AFTER, lambda: self._show_hint(meaning.typed, around))
        elif meaning.lost:
            return not await self._unravel(meaning, event, into_text)
        elif meaning.action is not None and not await self.do(meaning.action):
            self.no_use(meaning.typed or (key_of(event),))
        return True

    async def on_descendant_focus(self) -> None:
        """Give the keys that came before a screen's text field was ready to that field, in their order."""
        while self._held and self.focused is not None:
            event = self._held.pop(0)
            if not await self._take_key(event) and self.focused is not None:
                self.focused._forward_event(event)

    async def _unravel(self, meaning: Meaning, event: events.Key, into_text: bool) -> bool:
        """A sequence led nowhere: in a text field its last key still counts; True when it is left to others."""
        if event.key == "escape":
            return False
        self.no_use(meaning.typed)
        if into_text or event.key in ("ctrl+c", "ctrl+q"):
            return not await self._take_key(event)
        return False

    def no_use(self, keys: Keys) -> None:
        """Say that keys do nothing here, where there is a footer to say it in."""

    async def do(self, action: type[Action], argument: str = "", *, note: bool = True) -> bool:
        """Do an action from where the focus is; False when it is not possible now."""
        path = self.path()
        if note and action.repeats and is_possible(action, path):
            self._repeat = (action, argument)
        done = await run_action(action, path, argument)
        if not done:
            self.bell()
        return done

    def remember(self, action: type[Action], argument: str) -> None:
        """Let `.` do the action with this argument, when the person chose it in a dialog."""
        self._repeat = (action, argument)

    def can_do(self, action: type[Action]) -> bool:
        """Whether the action is possible from where the focus is."""
        return is_possible(action, self.path())

    @does(program.Help)
    def show_help(self) -> None:
        """The keys that work here."""
        from tui.screens.help import HelpScreen

        around = contexts(self.path())
        self.push_screen(HelpScreen(_("Keys"), help_tables(self.keyboard.key_map, around, self._does)))

    @does(program.Palette)
    def show_palette(self) -> None:
        """Any action, by a few letters."""
        from tui.screens.palette import palette

        path = self.path()
        choices = palette(self.keyboard.key_map, contexts(path), self.can_do, lambda action: is_allowed(action, path))
        self.push_screen(choices, self._picked)

    async def _picked(self, action: type[Action] | None) -> None:
        if action is not None:
            await self.do(action)

    @does(program.Command)
    def ask_command(self) -> None:
        """A command line, on screens that have a place for one."""
        from tui.widgets.prompt import Prompt

        prompts = self.screen.query(Prompt)
        if prompts:
            prompts.first().ask("command", ":", complete=self._complete_command)
        else:
            self.bell()

    async def do_command(self, text: str) -> bool:
        """Do what was typed on the command line. Raises UsageError (`parse_command`)."""
        action, argument = parse_command(text)
        return await self.do(action, argument)

    def arguments(self, kind: str, beginning: str) -> Sequence[str]:
        """The words that an action may take, for completion; `kind` is its `takes`."""
        if kind == "theme":
            return [name for name in theme_names(self.theme_folders) if name.startswith(beginning)]
        if kind == "keymap":
            return [name for name in key_map_names(self.key_map_folders) if name.startswith(beginning)]
        return ()

    def _complete_command(self, text: str) -> Sequence[str]:
        return complete_command(text, self.can_do, self.arguments)

    def footer_hints(self) -> tuple[KeyHint, ...]:
        """The keys that work where the focus is, for the footer; where one types, a letter is text and no key."""
        typing = self.focused is not None and self.focused.check_consume_key("a", "a")
        path = self.path()
        words: dict[type[Action], str] = next((found for node in path if (found := getattr(node, "footer_words", None))), {})
        known: dict[type[Action], bool] = {}

        def possible(action: type[Action]) -> bool:
            if action not in known:
                known[action] = is_possible(action, path)
            return known[action]

        return footer_hints(
            self.keyboard.key_map, contexts(path), possible,
            lambda keys: not (typing and is_typed(keys[0])),
            lambda action: words.get(action, action.footer_word()), lambda action: is_allowed(action, path),
        )  # fmt: skip

    def key_for(self, action: type[Action]) -> str:
        """The first keys of an action, for a sentence; '' where it has none."""
        keys = self.keyboard.key_map.keys_of(action)
        return show_sequence(keys[0]) if keys else ""

    def _does(self, action: type[Action]) -> bool:
        return find_doer(action, self.path()) is not None

    @does(program.Theme)
    def choose_theme(self, argument: str = "") -> None:
        """Change to a theme. Raises NotFound and SettingsError as `load_theme`."""
        if argument:
            self.wear(load_theme(argument, self.theme_folders))

    @does(program.KeyMap)
    def choose_key_map(self, argument: str = "") -> None:
        """Change to a key map. Raises NotFound and SettingsError as `load_key_map`."""
        if argument:
            self.keyboard = Keyboard(load_key_map(argument, self.key_map_folders))

    @does(program.Redraw)
    def redraw_screen(self) -> None:
        """Write the whole screen again."""
        self.redraw()

    @does(message.Repeat)
    async def repeat(self) -> None:
        """Do the last change of mail again."""
        if self._repeat is not None:
            await self.do(*self._repeat, note=False)

    # ------------------------------------------------------------------ the hint

    def _show_hint(self, typed: Keys, around: list[Context]) -> None:
        path = self.path()
        entries = [
            (key, action)
            for key, action in self.keyboard.key_map.continuations(typed, around)
            if find_doer(action, path) is not None
        ]
        self._hint = WhichKey(typed, entries)
        self.screen.mount(self._hint)

    def _hide_hint(self) -> None:
        if self._hint_timer is not None:
            self._hint_timer.stop()
            self._hint_timer = None
        if self._hint is not None:
            self._hint.remove()
            self._hint = None

    # ------------------------------------------------------------------ words and quiet

    def say(self, text: str, *, warning: bool = False, seconds: float = 5) -> None:
        """Show a short message; the text is taken as it is, never as markup."""
        severity = "warning" if warning else "information"
        self.notify(text, severity=severity, timeout=seconds, markup=False)  # type: ignore[arg-type]

    def _register(self, parent: DOMNode, *widgets: Widget, **places: Any) -> list[Widget]:
        for widget in widgets:
            blink = getattr(type(widget), "cursor_blink", None)
            if isinstance(blink, Reactive):
                widget.set_reactive(blink, False)
        return super()._register(parent, *widgets, **places)


def _edits(field: Widget, key: str) -> bool:
    """Whether a text field has a use for the key itself; that it could also scroll does not count."""
    return any(not binding.action.startswith("scroll") for binding in field._bindings.key_to_bindings.get(key, ()))
