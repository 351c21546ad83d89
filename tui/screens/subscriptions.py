"""Every folder of an account's server: subscribed or not, and what it is for (Sent, Drafts …)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from msgspec.structs import replace

from core.errors import CorreioError
from core.settings import Account
from core.settings.file import change_account
from core.settings.schema import ROLES
from core.store import folders
from tui.actions import Context, does, settings
from tui.screens.list_screen import ListScreen
from tui.sentences import sentence
from tui.translation import N_, _
from tui.widgets.choice_list import Choice, ChoiceList

TITLES = {
    "inbox": N_("Inbox"), "sent": N_("Sent"), "drafts": N_("Drafts"), "trash": N_("Trash"), "junk": N_("Spam"),
    "archive": N_("Archive"),
}  # fmt: skip


class SubscriptionsScreen(ListScreen):
    """Paths, with what each is."""

    key_context: ClassVar[Context] = "settings"

    def __init__(self, account: Account) -> None:
        super().__init__()
        self.account = account

    def on_mount(self) -> None:
        """Ask the server."""
        self.entitle(_("Folders of the server"), self.account.name)
        self._ask()

    @property
    def rows(self) -> ChoiceList[tuple[str, bool]]:
        """The list."""
        return self.query_one(ChoiceList)

    @property
    def has_switch(self) -> bool:
        """Whether there is a folder under the cursor."""
        return self.rows.current is not None

    @property
    def has_setting(self) -> bool:
        """Whether there is a folder under the cursor."""
        return self.rows.current is not None

    def _ask(self, **words: Any) -> None:
        self.tell(_("Asking the server…"))
        self.correio.desk.ask("subscriptions", self._answered, account=self.account.id, **words)

    def _answered(self, rows: Any, error: CorreioError | None) -> None:
        if not self.is_attached:
            return
        if error is not None:
            self.tell(sentence(error))
            return
        self._show([(str(path), bool(subscribed)) for path, subscribed in rows])

    def _show(self, rows: list[tuple[str, bool]]) -> None:
        roles = self._roles()
        shown = sorted(rows, key=lambda row: (roles.get(row[0]) != "inbox", row[0].casefold()))
        self.rows.show([Choice(row, row[0], columns=self._columns(row, roles)) for row in shown], self.rows.cursor)
        words = _("{switch} subscribes or no longer does, {edit} says what the folder is for.").format(
            switch=self.correio.key_for(settings.Switch), edit=self.correio.key_for(settings.Edit))  # fmt: skip
        if not self.account.subscribed:
            words += " " + _("This account shows all folders, whether subscribed or not (setting: subscribed).")
        self.tell(words)
        self.correio.show_keys()

    def _columns(self, row: tuple[str, bool], roles: Mapping[str, str]) -> tuple[str, ...]:
        role = TITLES.get(roles.get(row[0], ""), "")
        return (_("subscribed") if row[1] else _("not subscribed"), _(role) if role else "")

    def _roles(self) -> dict[str, str]:
        """Path → role, those chosen by hand before those the server told."""
        desk = self.correio.desk
        chosen = self.account.folders
        here = folders.all_folders(desk.db, desk.row(self.account))
        told = {one.path: one.role for one in here if one.role and one.role not in chosen}
        return {**told, **{path: role for role, path in chosen.items()}}

    @does(settings.Switch)
    def switch(self) -> None:
        """Subscribe to the folder under the cursor, or no longer."""
        here = self.rows.current
        if here is not None:
            path, subscribed = here.value
            self._ask(path=path, subscribed=not subscribed)

    @does(settings.Edit)
    def edit(self) -> None:
        """Choose what the folder under the cursor is for."""
        from tui.screens.picker import Picker

        here = self.rows.current
        if here is None:
            return
        path = here.value[0]
        if path.upper() == "INBOX":
            self.correio.say(_("The Inbox stays the Inbox."), warning=True)
            return
        choices = [Choice("", _("what the server says")), *(Choice(role, _(TITLES[role])) for role in ROLES)]
        self.app.push_screen(Picker(_("{folder} is for").format(folder=path), choices), lambda role: self._chosen(path, role))

    def _chosen(self, path: str, role: str | None) -> None:
        if role is None:
            return
        left = {known: other for known, other in self.account.folders.items() if other != path and known != role}
        account = replace(self.account, folders={**left, **({role: path} if role else {})})
        file = self.correio.wiring.home.settings_file

        def done(result: Any, error: CorreioError | None) -> None:
            if error is not None:
                self.correio.say(sentence(error), warning=True)
                return
            self.account = account
            self.correio.settings_written()
            if self.is_attached:
                self._show([choice.value for choice in self.rows.choices])

        self.correio.desk.write(lambda db: change_account(file, account), done, hurry=False)
