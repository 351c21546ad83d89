"""The form for one entry of the settings' lists, made from the schema: saved, and tried before that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from textual import on

from core.errors import CorreioError, PasswordNeeded
from core.secret import Secret
from core.settings import Server, Settings
from core.settings.entries import blank, built, faults, find, title_of, values_of
from tui.actions import does, program, settings
from tui.entry_keeping import (
    PASSWORD,
    Kept,
    keep,
)
from tui.passphrase import NEEDED
from tui.screens.entry_fields import EntryFields
from tui.sentences import sentence
from tui.setting_words import one_of
from tui.settings_list import senders_for, servers_of
from tui.translation import _
from tui.widgets.form import OneOf, PushButton

if TYPE_CHECKING:
    from tui.screens.server_test import Verdict


class EntryScreen(EntryFields):
    """Gives back the key of the entry that was saved last, None when nothing was."""

    # ------------------------------------------------------------------ saving

    @on(PushButton.Pressed, "#save")
    @does(settings.Save)
    def save(self) -> None:
        """Save and close."""
        self.call_later(self._save, self._close)

    @on(PushButton.Pressed, "#next")
    @does(settings.SaveNext)
    def save_next(self) -> None:
        """Save, and begin a new one."""
        self.call_later(self._save, self._begin_next)

    def _save(self, then: Any) -> None:
        if self._busy:
            return
        typed = self.typed
        self._touched.update(typed)
        found = self._look(typed)
        if found:
            self._complain(found[0])
        elif self._is_to_be_tried:
            self._try(saving=True, then=then)
        else:
            self._keep(then)

    # ------------------------------------------------------------------ testing

    @property
    def has_servers(self) -> bool:
        """Whether there is a server to try, or a way to phones."""
        return self.kind == "gateway" or bool(self.tested_servers())

    def tested_servers(self) -> dict[str, Server]:
        """The servers as the form has them now; none while anything is wrong."""
        values = self.values
        if faults(self._settings, self.kind, values, self.replaces):
            return {}
        return servers_of(built(self.kind, values))

    @property
    def _is_to_be_tried(self) -> bool:
        """Whether servers are new or other than before, and are to work."""
        if self.typed.get("active", "yes") != "yes":
            return False
        before = servers_of(find(self._settings, self.kind, self.replaces)) if self.replaces else {}
        new_password = any(key.rpartition(".")[2] == PASSWORD and text for key, text in self.typed.items())
        there = self.tested_servers()
        return bool(there) and (new_password or there != before)

    @on(PushButton.Pressed, "#test")
    @does(settings.TestForm)
    def test(self) -> None:
        """Try the servers as the form says."""
        found = self._look(self.typed)
        if found:
            self._touched.update(self.typed)
            self._look(self.typed)
            self._complain(found[0])
        elif self.kind == "gateway":
            self._try_phone()
        else:
            self._try(saving=False, then=None)

    def _try_phone(self) -> None:
        """A message to one's own phone, through the gateway as the form says."""
        from tui.screens.phone_trial import PhoneTrialScreen

        try:
            self.app.push_screen(PhoneTrialScreen(self.correio.wiring, built(self.kind, self.values)))
        except CorreioError as error:
            self.correio.say(sentence(error), warning=True)

    def _try(self, *, saving: bool, then: Any) -> None:
        from tui.screens.server_test import ServerTestScreen, Trial

        row, typed, wiring = built(self.kind, self.values), self.typed, self.correio.wiring
        servers = servers_of(row)

        def secret(place: str) -> Secret:
            words = typed.get(f"{place}.{PASSWORD}" if place else PASSWORD, "")
            others = [text for key, text in typed.items() if key.rpartition(".")[2] == PASSWORD and text]
            if words or (not servers[place].credential and others):
                return Secret(words or others[0])
            return wiring.secret_for(servers[place])

        out = next((place for place in servers if place != "incoming"), None)
        way = None if out is None else lambda: wiring.way(servers[out], secret(out))
        trial = Trial(
            title_of(row), servers, secret, senders_for(self._settings, row), saving, "active" in typed, None if saving else way
        )
        self.app.push_screen(ServerTestScreen(trial), lambda verdict: self._tested(verdict, saving, then))

    def _tested(self, verdict: Verdict | None, saving: bool, then: Any) -> None:
        if verdict is None:
            return
        if verdict.corrections:
            self._correct(verdict.corrections)
            self._try(saving=saving, then=then)
        elif verdict.save:
            if verdict.inactive:
                self.row("active").value = "no"
            self._keep(then)
        elif verdict.field:
            self._go_to(verdict.field)

    # ------------------------------------------------------------------ signing in

    @on(PushButton.Pressed, "#sign-in")
    @does(settings.SignIn)
    def sign_in(self) -> None:
        """Have the person agree on the provider's page; what the form says of the credential is saved before."""
        key = self.consent_for()
        if key == "oauth":
            self.call_later(self._save, self._agree_here)
        elif key:
            self._agree_for(key.removesuffix("method"))

    def _agree_here(self) -> None:
        self.replaces, self._started = self._saved, self.typed
        servers = self.correio.wiring.settings().servers()
        user = next((server.user for _account, server in servers if server.credential == self._saved), "")
        self._agree(self._saved, user, lambda: None)

    def _agree_for(self, part: str) -> None:
        """For the credential of a server; one that is not there, or is a password, is made first."""
        typed = self.typed
        user = typed.get(f"{part}user", "") or typed.get("email", "")
        name = typed.get(f"{part}credential", "")
        known = {one.name: one for one in self.correio.wiring.settings().credentials}
        if name in known and known[name].oauth:
            self._agree(name, user, lambda: None)
            return
        from tui.consent import provider_name
        from tui.new_account import free_name

        provider = provider_name(typed.get(f"{part}host", "").strip())
        new = {"name": free_name(user or "OAuth2", set(known)), "oauth": provider, "method": "file"}

        def made(saved: str | None) -> None:
            if saved:
                self._settings = self.correio.wiring.settings()
                field = self.row(f"{part}credential").part
                if isinstance(field, OneOf):
                    field.offer([*field.choices, (saved, saved)])
                self.row(f"{part}credential").value = saved

        self.app.push_screen(EntryScreen("credential", blank("credential"), "", "client_id", new), made)

    def _agree(self, name: str, user: str, then: Any) -> None:
        from tui.screens.consent import ConsentScreen

        def answered(agreed: bool | None) -> None:
            if agreed:
                self.correio.say(_("Agreed: {name}").format(name=name))
                then()

        self.app.push_screen(ConsentScreen(self.correio.wiring.settings().credential(name), user), answered)

    # ------------------------------------------------------------------ keeping

    def kept(self) -> Kept:
        """What is to be kept, the passwords typed among it."""
        secrets = {key: Secret(text) for key, text in self.typed.items() if key.rpartition(".")[2] == PASSWORD and text}
        return Kept(self.kind, self.values, self.replaces, secrets)

    def _keep(self, then: Any) -> None:
        kept = self.kept()
        self._busy = True

        def done(result: tuple[Settings, dict[str, Secret]] | None, error: CorreioError | None) -> None:
            self._busy = False
            if isinstance(error, PasswordNeeded) and error.id in NEEDED:
                self._ask_passphrase(then, wrong=error.id == "passphrase-wrong")
                return
            if error is not None or result is None:
                self.correio.say(sentence(error) if error is not None else "", warning=True)
                return
            values = kept.values
            self._saved = values["id"] if "id" in values else values["name"]
            self.correio.settings_written(result[1])
            then()

        self.correio.desk.write(lambda db: keep(self.correio.wiring, kept), done, hurry=False)

    def _ask_passphrase(self, then: Any, *, wrong: bool) -> None:
        """The file with the passwords does not open without it: once it is typed, what was to be kept is."""
        from tui.screens.dialog import PassphraseScreen

        def answered(typed: str | None) -> None:
            if typed:
                self.correio.wiring.passphrase.tell(Secret(typed))
                self._keep(then)

        if self.correio.wiring.passphrase_file.exists():
            self.app.push_screen(PassphraseScreen(again=wrong), answered)
        else:
            self._ask_new_passphrase(answered)

    def _ask_new_passphrase(self, answered: Callable[[str | None], None], *, differed: bool = False) -> None:
        from tui.screens.dialog import NewPassphraseScreen

        def once(first: str | None) -> None:
            def twice(second: str | None) -> None:
                if second is not None and second != first:
                    self._ask_new_passphrase(answered, differed=True)
                else:
                    answered(second)

            if first:
                self.app.push_screen(NewPassphraseScreen(once_more=True), twice)

        self.app.push_screen(NewPassphraseScreen(differed=differed), once)

    def _close(self) -> None:
        self.dismiss(self._saved)

    def _begin_next(self) -> None:
        row = built(self.kind, self.values)
        self._begin_anew()
        words = _("Saved: {what} {name}").format(what=one_of(self.kind), name=title_of(row))
        self.correio.call_after_refresh(self.correio.say, words)  # the next form has no footer before

    def _begin_anew(self) -> None:
        """The same form, empty."""
        self.dismiss(self._saved)
        self.app.push_screen(EntryScreen(self.kind, blank(self.kind)))

    @does(settings.Anew)
    def anew(self) -> None:
        """Begin a new one; what was changed is asked about."""
        self.leave_by(self._begin_anew, changed=self.is_changed)

    @on(PushButton.Pressed, "#leave")
    @does(program.Cancel)
    def leave(self) -> None:
        """Leave it as it was."""
        self.leave_by(self._close, changed=self.is_changed)


def entry_form(settings: Settings, kind: str, key: str, field: str = "", changes: Mapping[str, str] | None = None) -> EntryScreen:
    """The form for an entry that is there. NotFound if it is not."""
    return EntryScreen(kind, values_of(find(settings, kind, key)), key, field, changes)
