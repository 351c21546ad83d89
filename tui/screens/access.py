"""Who may use a folder: seen, granted and taken back, one named person at a time."""

from __future__ import annotations

from typing import Any

from core.store.folders import Folder
from tui.actions import does, settings
from tui.screens.asked_list import AskedList
from tui.translation import N_, _
from tui.widgets.choice_list import Choice

LEVELS = (
    ("lr", N_("read the mail"), N_("{who} will see every mail in {folder}, also what comes later.")),
    ("lrs", N_("read and mark as read"), N_("{who} will see every mail in {folder}, and what they have read is read for you.")),
    ("lrswit", N_("read, mark, add and throw away"),
     N_("{who} will see every mail in {folder}, change it, and throw it away for you too.")),
    ("lrswipkxte", N_("everything but giving access"),
     N_("{who} will see every mail in {folder}, and can delete all of it for ever.")),
)  # fmt: skip
"""Letters of RFC 4314, what they are called, and the warning before they are given."""
EVERYBODY = ("anyone", "anonymous", "authenticated", "everyone", "*")


class AccessScreen(AskedList):
    """Names and what they may do."""

    asks = "access"
    heading = N_("Who may use it")
    has_entries = True

    def __init__(self, folder: Folder) -> None:
        super().__init__()
        self.folder, self.note = folder, folder.path

    @property
    def about(self) -> dict[str, Any]:
        """The folder."""
        return {"folder": self.folder.id}

    @property
    def has_entry(self) -> bool:
        """Whether there is somebody under the cursor."""
        return self.rows.current is not None

    def fill(self, rows: Any) -> None:
        """The people, each with what they may do."""
        people = [(str(who), str(letters)) for who, letters in rows]
        self.rows.show([Choice(one, one[0], access_words(one[1])) for one in people], self.rows.cursor)

    def explain(self) -> None:
        """What the person under the cursor may do, whole, and the keys."""
        words = _("{new} lets somebody use the folder, {gone} takes it back.").format(
            new=self.correio.key_for(settings.New), gone=self.correio.key_for(settings.Delete))  # fmt: skip
        here = self.rows.current
        self.tell(f"{here.label}: {here.detail}\n{words}" if here is not None else words)

    @does(settings.New)
    def grant(self) -> None:
        """Ask for a name, what they may do, and whether that is really meant."""
        from tui.screens.dialog import Question

        note = _("The name under which the person logs in to this mail server.")
        self.app.push_screen(Question(_("Let somebody use the folder"), note=note), self._named)

    def _named(self, who: str | None) -> None:
        from tui.screens.picker import Picker

        name = (who or "").strip()
        if name.casefold() in EVERYBODY or name.startswith(("-", "$", "#")):
            self.correio.say(_("Name one person: access for everybody is not given here."), warning=True)
        elif self._is_oneself(name):
            self._say_oneself()
        elif name:
            choices = [Choice(letters, _(words)) for letters, words, _warning in LEVELS]
            self.app.push_screen(Picker(_("{who} may").format(who=name), choices), lambda letters: self._chosen(name, letters))

    def _chosen(self, who: str, letters: str | None) -> None:
        from tui.screens.dialog import Confirm

        warning = next((warning for known, _words, warning in LEVELS if known == letters), "")
        if letters and warning:
            words = _(warning).format(who=who, folder=self.folder.path)
            self.app.push_screen(
                Confirm(words, _("Give access")), lambda yes: self.ask(who=who, letters=letters) if yes else None
            )

    def _is_oneself(self, name: str) -> bool:
        account = self.correio.desk.account(self.folder.account)
        if account is None:
            return False
        user = account.incoming.user if account.incoming is not None else ""
        return name.casefold() in (user.casefold(), account.email.casefold())

    def _say_oneself(self) -> None:
        self.correio.say(_("That is you: what you may do with your own folder is not changed here."), warning=True)

    @does(settings.Delete)
    def revoke(self) -> None:
        """The person under the cursor may do nothing any more, after asking."""
        from tui.screens.dialog import Confirm

        here = self.rows.current
        if here is None:
            return
        who = here.value[0]
        if self._is_oneself(who):
            self._say_oneself()
            return
        words = _("{who} will not see {folder} any more.").format(who=who, folder=self.folder.path)
        self.app.push_screen(Confirm(words, _("Take it back")), lambda yes: self.ask(who=who, letters="") if yes else None)


def access_words(letters: str) -> str:
    """What somebody may do, in plain words; all of it in one."""
    if set(letters) >= set("lrswipkxtea"):
        return _("everything")
    if set(letters) >= set("lrswipkxte"):
        return _("everything but giving access")
    told = [
        (_("read"), "r"), (_("mark as read"), "s"), (_("mark"), "w"), (_("add"), "i"), (_("throw away"), "t"),
        (_("make folders"), "k"), (_("delete the folder"), "x"), (_("give access"), "a"),
    ]  # fmt: skip
    return ", ".join(words for words, letter in told if letter in letters) or _("nothing")
