"""All settings: sections at the left, what is in them at the right. Every change is written and takes effect at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, cast

from msgspec import Struct
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from core.clean import clean_line
from core.errors import CorreioError, SettingsError
from core.settings import Setting, Settings
from core.settings.entries import Fault, blank, copied, find, title_of
from core.settings.field import settings_of
from core.settings.keys import put
from core.settings.schema import LISTS, SECTIONS
from tui.actions import Context, does, move, program
from tui.actions import settings as doing
from tui.screens.leaving import LeftOnce
from tui.sentences import sentence
from tui.setting_words import fault_words, label, one_of, section_title, shown_value
from tui.settings_list import Entry, entries_of, entry_facts
from tui.translation import _
from tui.widgets.choice_list import Choice, ChoiceList
from tui.widgets.prompt import Prompt
from tui.widgets.setting_row import offers
from tui.widgets.status import FooterBar, HeaderBar

if TYPE_CHECKING:
    from tui.app import Correio

NARROW = 64
"""Cells below which sections and contents are shown one at a time."""


class Plain(Struct, frozen=True):
    """A setting that belongs to no list."""

    setting: Setting


class SettingsScreen(LeftOnce[None]):
    """Sections and their contents."""

    DEFAULT_CSS = """
    SettingsScreen #both { height: 1fr; }
    SettingsScreen #sections { width: 22; height: 1fr; max-height: 100%; padding: 1 0; }
    SettingsScreen #right { width: 1fr; border-left: solid $border; }
    SettingsScreen #contents { height: 1fr; max-height: 100%; padding: 1 0; }
    SettingsScreen #about { height: auto; min-height: 2; max-height: 40%; padding: 0 1; border-top: solid $border; }
    SettingsScreen.-narrow #sections { width: 1fr; }
    SettingsScreen.-narrow #right { border: none; }
    """
    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (NARROW, "-wide")]
    key_context: ClassVar[Context] = "settings"

    def __init__(self, section: str = "") -> None:
        super().__init__()
        self._section = section if section in (*LISTS, *SECTIONS) else next(iter(LISTS))
        self._inside = bool(section)

    def compose(self) -> ComposeResult:
        yield HeaderBar(id="header")
        with Horizontal(id="both"):
            sections: ChoiceList[str] = ChoiceList()
            sections.id = "sections"
            yield sections
            with Vertical(id="right"):
                contents: ChoiceList[Entry | Plain] = ChoiceList()
                contents.id = "contents"
                yield contents
                yield Static(id="about", markup=False)
        yield FooterBar(id="footer")
        yield Prompt(id="prompt")

    def on_mount(self) -> None:
        """Show what there is."""
        self.query_one(HeaderBar).folder = _("Settings")
        names = [*LISTS, *SECTIONS]
        self.sections.show([Choice(name, section_title(name)) for name in names], names.index(self._section))
        self._fill()

    def on_screen_resume(self) -> None:
        """Shown, or back from a form."""
        self._fill()

    def on_resize(self, event: events.Resize) -> None:
        self._arrange()

    # ------------------------------------------------------------------ what is shown

    @property
    def correio(self) -> Correio:
        """The application."""
        return cast("Correio", self.app)

    @property
    def settings(self) -> Settings:
        """The settings as they are now."""
        return self.correio.desk.settings

    @property
    def sections(self) -> ChoiceList[str]:
        """The list at the left."""
        return self.query_one("#sections", ChoiceList)

    @property
    def contents(self) -> ChoiceList[Entry | Plain]:
        """The list at the right."""
        return self.query_one("#contents", ChoiceList)

    @property
    def current(self) -> Entry | Plain | None:
        """What is under the cursor of the contents, while one is in them."""
        chosen = self.contents.current
        return chosen.value if chosen is not None and self._inside else None

    @property
    def entry(self) -> Entry | None:
        """The entry under the cursor."""
        return self.current if isinstance(self.current, Entry) else None

    has_entries = property(lambda self: self._section in LISTS)
    has_entry = property(lambda self: self.entry is not None)
    has_setting = property(lambda self: self.current is not None or not self._inside)
    has_servers = property(lambda self: self.entry is not None and self.entry.has_servers)
    has_switch = property(lambda self: self._switch() is not None)

    def store_changed(self) -> None:
        """States may be others; the settings too."""
        self._fill()

    def _fill(self) -> None:
        if not self.is_mounted:
            return
        here = self.contents.cursor
        if self._section in LISTS:
            entries = entries_of(self.correio.desk, self._section)
            self.contents.show([Choice(one, one.title, one.detail, one.state) for one in entries], here)
        else:
            table = getattr(self.settings, self._section)
            rows: list[Choice[Any]] = []
            for one in settings_of(SECTIONS[self._section], f"{self._section}."):
                value = shown_value(self.settings, one, getattr(table, one.key.partition(".")[2]))
                rows.append(Choice(Plain(one), label(one.key), "", value or "–"))
            self.contents.show(rows, here)
        self._arrange()

    def _arrange(self) -> None:
        """Which of the two lists has the cursor; on a narrow screen, which one is there."""
        narrow = self.size.width < NARROW
        self.sections.display = not (narrow and self._inside)
        self.query_one("#right").display = not (narrow and not self._inside)
        self.contents.marks_cursor = self._inside
        self.contents.refresh()
        self._explain()
        self.correio.show_keys()

    def _explain(self) -> None:
        words = [section_title(self._section)]
        if self._section in LISTS:
            words = [LISTS[self._section][1].__doc__ or ""]
            if not self.contents.choices:
                words.append(_("There is none yet. {key} makes one.").format(key=self.correio.key_for(doing.New)))
        elif not self._inside:
            words = [SECTIONS[self._section].__doc__ or ""]
        if isinstance(self.current, Plain):
            words = [_(self.current.setting.help)]
        elif self.entry is not None:
            words = entry_facts(self.correio.desk, self.entry)
        self.query_one("#about", Static).update(Content("\n".join(clean_line(line) for line in words if line)))

    # ------------------------------------------------------------------ moving

    @property
    def _list(self) -> ChoiceList[Any]:
        return self.contents if self._inside else self.sections

    def _move(self, by: int) -> None:
        self._list.step(by)
        section = self.sections.current
        if not self._inside and section is not None and section.value != self._section:
            self._section = section.value
            self.contents.cursor = 0
            self._fill()
        self._explain()
        self.correio.show_keys()

    @does(move.Down)
    def down(self) -> None:
        """One line down."""
        self._move(1)

    @does(move.Up)
    def up(self) -> None:
        """One line up."""
        self._move(-1)

    @does(move.PageDown)
    def page_down(self) -> None:
        """One page down."""
        self._move(max(self._list.size.height - 1, 1))

    @does(move.PageUp)
    def page_up(self) -> None:
        """One page up."""
        self._move(-max(self._list.size.height - 1, 1))

    @does(move.Top)
    def top(self) -> None:
        """To the first line."""
        self._move(-len(self._list.choices))

    @does(move.Bottom)
    def bottom(self) -> None:
        """To the last line."""
        self._move(len(self._list.choices))

    @does(doing.Pane)
    def pane(self) -> None:
        """To the other list."""
        self._go(not self._inside)

    @does(doing.Into)
    def into(self) -> None:
        """To the contents."""
        self._go(True)

    @does(doing.Out)
    def out(self) -> None:
        """To the sections."""
        self._go(False)

    def _go(self, inside: bool) -> None:
        self._inside = inside
        self._arrange()

    @does(program.Back, program.Cancel)
    def back(self) -> None:
        """To the sections, then to the mail."""
        if self._inside:
            self._go(False)
        else:
            self.dismiss()

    @on(ChoiceList.Chosen)
    def _clicked(self, event: ChoiceList.Chosen) -> None:
        if isinstance(event.value, str):
            self._inside, self._section = False, event.value
            self._fill()
        elif self._inside:
            self.edit()
        else:
            self._go(True)

    @does(doing.Find)
    def find(self) -> None:
        """Any setting or entry by a few letters."""
        from tui.screens.picker import Picker

        choices: list[Choice[tuple[str, int]]] = []
        for kind in LISTS:
            for n, one in enumerate(entries_of(self.correio.desk, kind)):
                choices.append(Choice((kind, n), f"{section_title(kind)}: {one.title}", one.detail))
        for name, table in SECTIONS.items():
            for n, setting in enumerate(settings_of(table, f"{name}.")):
                choices.append(Choice((name, n), f"{section_title(name)}: {label(setting.key)}", setting.help, setting.key))
        self.app.push_screen(Picker(_("Find a setting"), choices), self._found)

    def _found(self, place: tuple[str, int] | None) -> None:
        if place is not None:
            self._section, self._inside = place[0], True
            names = [*LISTS, *SECTIONS]
            self.sections.step(names.index(self._section) - self.sections.cursor)
            self._fill()
            self._move(place[1] - self.contents.cursor)

    # ------------------------------------------------------------------ changing a setting

    @does(doing.Edit)
    def edit(self) -> None:
        """Open the form of an entry, or change a setting."""
        here = self.current
        if not self._inside:
            self._go(True)
        elif isinstance(here, Entry):
            from tui.screens.entry_form import entry_form

            self._open(lambda: entry_form(self.settings, here.kind, here.key))
        elif here is not None:
            self._change(here.setting)

    def _change(self, one: Setting) -> None:
        from tui.screens.picker import Picker
        from tui.screens.value import ValueScreen

        value = getattr(getattr(self.settings, self._section), one.key.partition(".")[2])
        offered = offers(self.settings, one) or self._names(one)
        if one.type == "yes-no":
            self._put(one, "no" if value else "yes")
        elif offered is not None:
            at = [(value, words or value) for value, words in offered]
            choices = [Choice(value, words, "", "●" if value == str(value) else "") for value, words in at]
            self.app.push_screen(Picker(label(one.key), choices, hint=_(one.help)), lambda text: self._put(one, text))
        else:
            self.app.push_screen(ValueScreen(one, value), lambda text: self._put(one, text))

    def _names(self, one: Setting) -> list[tuple[str, str]] | None:
        """Themes and key maps are chosen by name."""
        kind = {"ui.theme": "theme", "ui.keymap": "keymap"}.get(one.key)
        if kind is None:
            return None
        names = [(name, name) for name in self.correio.arguments(kind, "")]
        return [("", _("what suits the terminal")), *names] if kind == "theme" else names

    def _put(self, one: Setting, text: str | None) -> None:
        if text is None:
            return
        wiring = self.correio.wiring

        def done(result: Settings | None, error: CorreioError | None) -> None:
            if isinstance(error, SettingsError) and not error.values.get("line"):
                self.correio.say(fault_words(Fault(one.key, error.id, error.values)), warning=True)
            elif error is not None:
                self.correio.say(sentence(error), warning=True)
            else:
                self.correio.settings_written()
                self._fill()

        self.correio.desk.write(lambda db: put(wiring.home.settings_file, one.key, text), done, hurry=False)

    # ------------------------------------------------------------------ entries

    def _open(self, make: Callable[[], Any]) -> None:
        try:
            self.app.push_screen(make())
        except CorreioError as error:
            self.correio.say(sentence(error), warning=True)

    @does(doing.New)
    def new(self) -> None:
        """An empty form."""
        from tui.screens.entry_form import EntryScreen

        self.app.push_screen(EntryScreen(self._section, blank(self._section)))

    @does(doing.Duplicate)
    def duplicate(self) -> None:
        """A form that begins with what this entry says."""
        from tui.screens.entry_form import EntryScreen

        here = self.entry
        if here is not None:
            self._open(lambda: EntryScreen(here.kind, copied(self.settings, here.kind, here.key)))

    def _switch(self) -> tuple[str, bool] | None:
        """The dotted key of what can be turned on or off here, and how it stands."""
        here = self.current
        if isinstance(here, Plain) and here.setting.type == "yes-no":
            key = here.setting.key
            return key, bool(getattr(getattr(self.settings, self._section), key.partition(".")[2]))
        if isinstance(here, Entry) and hasattr(here.row, "active"):
            return f"{here.kind}.{here.key}.active", bool(here.row.active)
        return None

    @does(doing.Switch)
    def switch(self) -> None:
        """On becomes off."""
        found = self._switch()
        if found is not None:
            self._put(Setting(found[0], "yes-no", True, ""), "no" if found[1] else "yes")

    @does(doing.Delete)
    def delete(self) -> None:
        """Ask, then delete."""
        from tui.screens.deleting import deletion

        here = self.entry
        if here is None:
            return
        try:
            find(self.settings, here.kind, here.key)
        except CorreioError as error:
            self.correio.say(sentence(error), warning=True)
            return
        deletion(self.correio, here.kind, here.row, self._deleted)

    def _deleted(self, row: Any, kind: str) -> None:
        self._fill()
        self.correio.say(_("Deleted: {what} {name}").format(what=one_of(kind), name=title_of(row)))
