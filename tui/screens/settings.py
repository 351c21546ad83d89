"""All settings: sections at the left, what is in them at the right. Every change is written and takes effect at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual import on

from core.errors import CorreioError, SettingsError
from core.settings import Setting, Settings
from core.settings.entries import Fault, blank, copied, find, title_of
from core.settings.field import settings_of
from core.settings.keys import put
from core.settings.schema import LISTS, SECTIONS
from tui.actions import Action, does
from tui.actions import settings as doing
from tui.screens.settings_pages import Plain, SettingsPages
from tui.sentences import sentence
from tui.setting_words import fault_words, label, one_of, section_title
from tui.settings_list import Entry, entries_of, senders_for, sign_in_of
from tui.translation import _
from tui.widgets.choice_list import Choice, ChoiceList
from tui.widgets.setting_row import offers

if TYPE_CHECKING:
    from tui.screens.server_test import Verdict


class SettingsScreen(SettingsPages):
    """Sections and their contents, and what is done with them."""

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
            self._inside = True
            self._show_section(place[0])
            self._move(place[1] - self.contents.cursor)

    # ------------------------------------------------------------------ changing a setting

    @property
    def footer_words(self) -> dict[type[Action], str]:
        """Among the sections the key goes to what is in them; a test is offered where there is something to try."""
        words: dict[type[Action], str] = {} if self._inside else {doing.Edit: _("open")}
        return words if self.entry is not None and self.entry.has_servers else {**words, doing.Test: ""}

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

        now = getattr(getattr(self.settings, self._section), one.key.partition(".")[2])
        offered = offers(self.settings, one) or self._names(one)
        if one.type == "yes-no":
            self._put(one, "no" if now else "yes")
        elif offered is not None:
            at = [(value, words or value) for value, words in offered]
            choices = [Choice(value, words, "", "●" if value == str(now) else "") for value, words in at]
            self.app.push_screen(Picker(label(one.key), choices, hint=_(one.help)), lambda text: self._put(one, text))
        else:
            self.app.push_screen(ValueScreen(one, now), lambda text: self._put(one, text))

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

    @does(doing.Test)
    def test(self) -> None:
        """Try the servers of the entry."""
        from tui.screens.server_test import ServerTestScreen, trial_of

        here = self.entry
        if here is None or not here.has_servers:
            self.correio.say(_("This has no server to test. Accounts, outgoing servers and gateways have."), warning=True)
            return
        if here.kind == "gateway":
            from tui.screens.phone_trial import PhoneTrialScreen

            self._open(lambda: PhoneTrialScreen(self.correio.wiring, here.row))
            return
        wiring, servers = self.correio.wiring, here.servers
        out = next((one for part, one in servers.items() if part != "incoming"), None)
        way = None if out is None else lambda: wiring.way(out)
        trial = trial_of(self, here.title, servers, senders=senders_for(self.settings, here.row), way=way)
        self.app.push_screen(ServerTestScreen(trial), lambda verdict: self._tested(here, verdict))

    def _tested(self, entry: Entry, verdict: Verdict | None) -> None:
        """Correct it in the form; a certificate that is to be believed goes there too."""
        from tui.screens.entry_form import entry_form

        if verdict is None or not (verdict.field or verdict.corrections):
            return
        self._open(lambda: entry_form(self.settings, entry.kind, entry.key, verdict.field, verdict.corrections))

    @does(doing.SignInHere)
    def sign_in(self) -> None:
        """The provider's page for what logs in by OAuth2; without a credential for it yet, the form where one is made."""
        from tui.screens.consent import ConsentScreen
        from tui.screens.entry_form import entry_form

        here = self.entry
        wanted = sign_in_of(self.settings, here) if here is not None else None
        if here is None or wanted is None:
            words = _("This does not log in by OAuth2. Its form is where that is chosen.")
            self.correio.say(words, warning=True)
        elif isinstance(wanted, str):
            self._open(lambda: entry_form(self.settings, here.kind, here.key, wanted))
        else:
            self.app.push_screen(ConsentScreen(*wanted), lambda agreed: self._agreed(wanted[0].name) if agreed else None)

    def _agreed(self, name: str) -> None:
        self.correio.say(_("Agreed: {name}").format(name=name))

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
