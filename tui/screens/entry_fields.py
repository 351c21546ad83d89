"""The fields of the form for one entry of the settings' lists, made from the schema: tabs, help, validation while one types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from core.clean import clean_line
from core.settings.entries import Fault, faults
from tui.actions import Context, does, settings
from tui.entry_keeping import (
    PASSWORD,
    followed_port,
    is_shown,
    setting_of,
    tabs_of,
    values_from,
)
from tui.screens.form_screen import FormScreen
from tui.setting_words import fault_words, label, one_of
from tui.translation import _
from tui.widgets.choice_list import Choice
from tui.widgets.form import OneOf, PushButton, text_field
from tui.widgets.setting_row import LongText, SettingRow, Tabs, field_for
from tui.widgets.status import FooterBar, HeaderBar


class EntryFields(FormScreen[str]):
    """What is typed, and what is wrong with it."""

    DEFAULT_CSS = """
    EntryFields { align-horizontal: center; }
    EntryFields Tabs { margin: 1 0 1 0; max-width: 104; padding: 0 1; }
    EntryFields #form { width: 100%; max-width: 104; height: 1fr; padding: 0 1; }
    EntryFields #bottom { height: auto; width: 100%; max-width: 104; padding: 0 1; }
    EntryFields #help { height: 2; color: $foreground 60%; }
    EntryFields #help.warning { color: $warning; text-style: bold; }
    EntryFields #buttons { height: 1; margin-bottom: 1; }
    EntryFields.-low Tabs { margin: 0; }
    EntryFields.-low #buttons { margin-bottom: 0; }
    EntryFields.-low #help { height: 1; }
    """
    key_context: ClassVar[Context] = "form"

    def __init__(
        self, kind: str, values: Mapping[str, Any], replaces: str = "", field: str = "", changes: Mapping[str, str] | None = None
    ) -> None:
        """`values` of the entry of the list `kind`; `replaces`: the key of the one that is changed; `field`: where to begin;
        `changes`: texts by key that are put in as if they were typed.
        """
        super().__init__()
        self.kind, self.base, self.replaces = kind, dict(values), replaces
        self.first_field = field or next(iter(changes or ()), "")
        self.changes = changes or {}
        self.tabs = tabs_of(kind)
        self._touched: set[str] = set()
        self._before: dict[str, str] = {}
        self._saved = ""
        self._busy = False
        self._rows: list[SettingRow] = []
        """All of them, in order: looked for by their class they cost most of a key."""

    def compose(self) -> ComposeResult:
        self._rows = []
        self._settings = self.correio.wiring.settings()
        yield HeaderBar(id="header")
        tabs = Tabs([tab.title for tab in self.tabs], id="tabs")
        tabs.display = len(self.tabs) > 1
        yield tabs
        with VerticalScroll(id="form", can_focus=False):
            for number, tab in enumerate(self.tabs):
                for key in tab.keys:
                    row = self._row(key)
                    row.add_class(f"tab-{number}")
                    self._rows.append(row)
                    yield row
        with Vertical(id="bottom"):
            yield Static(id="help", markup=False)
            with Horizontal(id="buttons"):
                yield PushButton(_("Save"), id="save")
                yield PushButton(_("Test"), id="test")
                yield PushButton(_("Sign in"), id="sign-in")
                yield PushButton(_("Save, then a new one"), id="next")
                yield PushButton(_("Close"), id="leave")
        yield FooterBar(id="footer")

    def _row(self, key: str) -> SettingRow:
        one = setting_of(self.kind, key)
        if key.rpartition(".")[2] == PASSWORD:
            words = _("hidden while you type")
            return SettingRow(one, text_field("", words, secret=True), id=_id(key))
        return SettingRow(one, field_for(self._settings, one, self.base[key]), id=_id(key))

    def on_mount(self) -> None:
        """The test is offered where there is a server; the cursor goes to the first field."""
        words = _("Change {what}") if self.replaces else _("New {what}")
        self.query_one(HeaderBar).folder = words.format(what=one_of(self.kind))
        # A server is known by its encryption; a proxy has a host too, but nothing that could be tried without a server.
        hosts = any(key.endswith("security") for tab in self.tabs for key in tab.keys)
        self.query_one("#test").display = hosts or self.kind == "gateway"
        self._before = self.typed
        self._started = dict(self._before)
        tab = next((n for n, tab in enumerate(self.tabs) if self.first_field in tab.keys), 0)
        self._show_tab(tab)
        self._go_to(self.first_field or next(iter(self.tabs[0].keys)))
        self._correct(self.changes)

    def on_screen_resume(self) -> None:
        """Shown, or back from a dialog."""
        self.correio.show_keys()

    # ------------------------------------------------------------------ what is typed

    @property
    def typed(self) -> dict[str, str]:
        """What is typed and chosen, by key."""
        return {row.setting.key: row.value for row in self._rows}

    @property
    def values(self) -> dict[str, Any]:
        """What the form means."""
        return values_from(self.kind, self.base, self.typed)

    @property
    def is_changed(self) -> bool:
        """Whether anything is other than at the start."""
        return self.typed != self._started

    @property
    def has_consent(self) -> bool:
        """Whether what is shown wants the consent of a person (OAuth2)."""
        return bool(self.consent_for())

    def consent_for(self) -> str:
        """The key of the setting by which OAuth2 is chosen; '' where it is not."""
        if not self.is_mounted:
            return ""
        typed = self.typed
        if self.kind == "credential":
            return "oauth" if typed.get("oauth") else ""
        methods = [key for key in typed if key.rpartition(".")[2] == "method" and typed[key] == "oauth2"]
        here = [key for key in methods if key in self.tabs[self._tab].keys]
        return next((key for key in (*here, *methods) if is_shown(self.kind, key, typed)), "")

    def row(self, key: str) -> SettingRow:
        """The row of a setting."""
        return self.query_one(f"#{_id(key)}", SettingRow)

    @on(Input.Changed)
    @on(OneOf.Changed)
    @on(LongText.Changed)
    def _changed(self, event: Input.Changed | OneOf.Changed | LongText.Changed) -> None:
        row = event.control.parent if event.control is not None else None
        typed = self.typed
        if not isinstance(row, SettingRow) or typed == self._before:
            return
        key = row.setting.key
        self._touched.add(key)
        if (follows := followed_port(self.kind, key, self._before, typed)) is not None:
            self.row(follows[0]).value = typed[follows[0]] = follows[1]
        self._before = typed
        self._look(typed)

    def _look(self, typed: dict[str, str]) -> tuple[Fault, ...]:
        """Show what belongs together, and what is wrong with what was touched."""
        for row in self._rows:
            row.display = row.has_class(f"tab-{self._tab}") and is_shown(self.kind, row.setting.key, typed)
        found = faults(self._settings, self.kind, values_from(self.kind, self.base, typed), self.replaces)
        wrong = {one.key: fault_words(one) for one in found if one.key in self._touched}
        for row in self._rows:
            row.blame(wrong.get(row.setting.key, ""))
        self._wrong = wrong
        self.query_one("#sign-in").display = self.has_consent
        tabs = frozenset(n for n, tab in enumerate(self.tabs) if any(key in wrong for key in tab.keys))
        self.query_one(Tabs).blame(tabs)
        self._explain()
        return found

    # ------------------------------------------------------------------ tabs, help, fields

    _tab = 0
    _wrong: Mapping[str, str] = {}
    _explained = ("", "")
    """The help and the fault that are shown."""

    def _show_tab(self, number: int) -> None:
        self._tab = number
        self.query_one(Tabs).here = number
        self._look(self.typed)

    @on(Tabs.Turned)
    def _turned(self, event: Tabs.Turned) -> None:
        if event.tabs.here != self._tab:
            self._show_tab(event.tabs.here)

    @does(settings.NextTab)
    def next_tab(self) -> None:
        """To the next tab, on its first field."""
        self._turn(1)

    @does(settings.PreviousTab)
    def previous_tab(self) -> None:
        """To the tab before."""
        self._turn(-1)

    def _turn(self, by: int) -> None:
        self._show_tab((self._tab + by) % len(self.tabs))
        shown = [row for row in self._rows if row.display]
        if shown:
            shown[0].part.focus()

    def _go_to(self, key: str) -> None:
        tab = next((n for n, tab in enumerate(self.tabs) if key in tab.keys), self._tab)
        if tab != self._tab:
            self._show_tab(tab)
        self.row(key).part.focus()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        self._explain()
        self.correio.show_keys()

    def _explain(self) -> None:
        """What the field is, or what is wrong with it."""
        row = self.focused.parent if self.focused is not None else None
        words, wrong = "", ""
        if isinstance(row, SettingRow):
            words, wrong = _(row.setting.help), self._wrong.get(row.setting.key, "")
        if (words, wrong) == self._explained:
            return
        self._explained = words, wrong
        shown = self.query_one("#help", Static)
        shown.set_class(bool(wrong), "warning")
        shown.update(Content(clean_line(wrong or words)))

    def action_go_on(self) -> None:
        """Enter: choose, write or press; else to the next field."""
        here = self.focused
        row = here.parent if here is not None else None
        if isinstance(here, PushButton):
            here.press()
        elif isinstance(here, LongText) and isinstance(row, SettingRow):
            from tui.screens.text import TextScreen

            self.app.push_screen(TextScreen(row.heading, here.value), lambda text: self._written(here, text))
        elif isinstance(here, OneOf) and len(here.choices) > 2:
            self._pick(here, row.heading if isinstance(row, SettingRow) else "")
        else:
            self.focus_next()

    def _written(self, field: LongText, text: str | None) -> None:
        if text is not None:
            field.value = text

    def _pick(self, field: OneOf, title: str) -> None:
        from tui.screens.picker import Picker

        def chosen(value: str | None) -> None:
            if value is not None:
                field.value = value

        choices = [Choice(value, words or value) for value, words in field.choices]
        self.app.push_screen(Picker(title, choices), chosen)

    def _correct(self, changes: Mapping[str, str]) -> None:
        for key, text in changes.items():
            self.row(key).value = text
        self._touched.update(changes)
        self._look(self.typed)

    def _complain(self, fault: Fault) -> None:
        keys = [key for tab in self.tabs for key in tab.keys]
        if fault.key in keys:
            self._go_to(fault.key)
            self._explain()
        self.correio.say(f"{label(fault.key)}: {fault_words(fault)}" if fault.key else fault_words(fault), warning=True)


def _id(key: str) -> str:
    return f"field-{key.replace('.', '--')}"
