"""The lists of the settings screen: sections at the left, what is in them at the right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from msgspec import Struct
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from core.clean import clean_line
from core.settings import Setting, Settings
from core.settings.field import settings_of
from core.settings.schema import LISTS, SECTIONS
from tui.actions import Context, does, move, program
from tui.actions import settings as doing
from tui.screens.leaving import LeftOnce
from tui.setting_words import label, section_title, shown_value
from tui.settings_list import Entry, entries_of, entry_facts
from tui.translation import N_, _
from tui.widgets.choice_list import Choice, ChoiceList
from tui.widgets.prompt import Prompt
from tui.widgets.status import FooterBar, HeaderBar

OUTGOING = N_("A way to send beside the accounts' own: for the senders that it names, or when those cannot be reached.")
"""What the list of outgoing servers is for; the table itself is of servers of any kind."""
NARROW = 64
"""Cells below which sections and contents are shown one at a time."""


class Plain(Struct, frozen=True):
    """A setting that belongs to no list."""

    setting: Setting


class SettingsPages(LeftOnce[None]):
    """Sections and their contents."""

    DEFAULT_CSS = """
    SettingsPages #both { height: 1fr; }
    SettingsPages #sections { width: 22; height: 1fr; max-height: 100%; padding: 1 0; }
    SettingsPages #right { width: 1fr; border-left: solid $border; }
    SettingsPages #contents { height: 1fr; max-width: 100; max-height: 100%; padding: 1 0; }
    SettingsPages #about { height: auto; min-height: 2; max-height: 40%; padding: 0 1; border-top: solid $border; }
    SettingsPages.-narrow #sections { width: 1fr; }
    SettingsPages.-narrow #right { border: none; }
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
    has_switch = property(lambda self: self._switch() is not None)

    def store_changed(self) -> None:
        """States may be others; the settings too."""
        self._fill()

    def _fill(self) -> None:
        if not self.is_mounted:
            return
        if self._section in LISTS:
            entries = entries_of(self.correio.desk, self._section)
            choices: list[Choice[Any]] = [Choice(one, one.title, one.detail, one.state) for one in entries]
            self.contents.show(choices, self._place_in(entries))
        else:
            table = getattr(self.settings, self._section)
            rows: list[Choice[Any]] = []
            for one in settings_of(SECTIONS[self._section], f"{self._section}."):
                value = shown_value(self.settings, one, getattr(table, one.key.partition(".")[2]))
                rows.append(Choice(Plain(one), label(one.key), "", value or "–"))
            self.contents.show(rows, self.contents.cursor)
        self._arrange()

    def _place_in(self, entries: Sequence[Entry]) -> int:
        """Where the cursor goes: to what is new, else it stays on its entry."""
        cursor, shown = self.contents.cursor, [choice.value for choice in self.contents.choices]
        before = [one.key for one in shown if isinstance(one, Entry) and one.kind == self._section]
        if len(before) != len(shown) or not before:  # another section was shown, or nothing
            return cursor
        new = [n for n, one in enumerate(entries) if one.key not in before]
        if new and len(entries) > len(before):  # one more: not another name for the same
            return new[-1]
        return next((n for n, one in enumerate(entries) if one.key == before[cursor]), cursor)

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
            words = [_(OUTGOING) if self._section == "outgoing" else LISTS[self._section][1].__doc__ or ""]
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

    @does(doing.NextSection)
    def next_section(self) -> None:
        """To the next section; after the last one comes the first."""
        self._turn(1)

    @does(doing.PreviousSection)
    def previous_section(self) -> None:
        """To the section before."""
        self._turn(-1)

    def _turn(self, by: int) -> None:
        names = [*LISTS, *SECTIONS]
        self._show_section(names[(names.index(self._section) + by) % len(names)])

    def _show_section(self, section: str) -> None:
        """Show a section, from its first line on; one stays in the list that one is in."""
        names = [*LISTS, *SECTIONS]
        self._section = section
        self.sections.step(names.index(section) - self.sections.cursor)
        self.contents.cursor = 0
        self._fill()

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
