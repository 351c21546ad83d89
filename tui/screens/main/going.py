"""Going to folders and saved searches, by keys of their own or a few letters; making a folder."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any

from core.clean import clean_line
from core.store import folders
from core.store.folders import Folder
from tui.actions import does, folder
from tui.screens.main.navigation import UNIFIED, Navigation
from tui.translation import _
from tui.view import folders_of
from tui.widgets.tree_entry import TreeEntry, folder_title

if TYPE_CHECKING:
    from tui.widgets.choice_list import Choice


class Going(Navigation):
    """The ways to another folder."""

    @does(folder.Go)
    def go_to_folder(self, argument: str = "") -> None:
        """To a folder or a saved search chosen by a few letters."""
        from tui.widgets.choice_list import Choice

        searches = {("saved", one.id): clean_line(one.name) for one in self.desk.settings.searches}

        def chosen(found: Folder | Hashable | None) -> None:
            if found is not None:
                self.open_entry(found.id if isinstance(found, Folder) else found)
                self.show_pane("list")

        more: list[Choice[Folder | Hashable]] = [Choice(key, name, right=_("search")) for key, name in searches.items()]
        self.pick_folder(_("Go to folder"), chosen, argument, more=more)

    def pick_folder(
        self,
        title: str,
        chosen: Callable[[Any], None],
        typed: str = "",
        account: int = 0,
        more: Sequence[Choice[Any]] = (),
    ) -> None:
        """Ask for a folder; `chosen` gets it, or None. A name that is exact needs no question.

        The folders of the account row `account`, or of the one in view, come first; `more` stands below.
        """
        from tui.screens.picker import Picker
        from tui.widgets.choice_list import Choice

        desk = self.desk
        here = folders_of(desk.db, self.view)
        near = account or (here[0].account if here else 0)
        known = sorted((one for one in folders.all_folders(desk.db) if one.selectable), key=lambda one: one.account != near)
        exact: list[Any] = [one for one in known if typed in (one.path, f"{desk.account_name(one.account)}/{one.path}")]
        exact += [choice.value for choice in more if typed == choice.label]
        if typed and exact:
            chosen(exact[0])
            return
        several = len({one.account for one in known}) > 1
        choices = []
        for one in known:
            whose, path = clean_line(desk.account_name(one.account)) if several else "", folder_title(one)
            slashed = path.replace(one.delimiter or "/", "/")
            choices.append(Choice(one, path, right=whose, also=f"{whose}/{slashed} {whose}" if several else slashed))
        self.app.push_screen(Picker(title, [*choices, *more], typed), chosen)

    @does(folder.Next)
    def next_folder(self) -> None:
        """To the next folder of the tree."""
        self._open_neighbour(1)

    @does(folder.Previous)
    def previous_folder(self) -> None:
        """To the previous folder of the tree."""
        self._open_neighbour(-1)

    def _open_neighbour(self, step: int) -> None:
        found = self.folder_tree.neighbour(step)
        if found is None:
            self.app.bell()
            return
        self.open_entry(found.key)

    @does(folder.Inbox)
    def go_inbox(self) -> None:
        """To the inbox."""
        self._go_role("inbox")

    @does(folder.Drafts)
    def go_drafts(self) -> None:
        """To the drafts."""
        self._go_role("drafts")

    @does(folder.Sent)
    def go_sent(self) -> None:
        """To the sent messages."""
        self._go_role("sent")

    @does(folder.Trash)
    def go_trash(self) -> None:
        """To the trash."""
        self._go_role("trash")

    @does(folder.Unified)
    def go_unified(self) -> None:
        """To all inboxes."""
        self.open_entry(UNIFIED)
        self.show_pane("list")

    def _go_role(self, role: str) -> None:
        account = self._account_here()
        found = folders.by_role(self.desk.db, account, role) if account else None
        if found is None:
            self.say(_("This account has no such folder."), warning=True)
            return
        self.open_folder(found.id)
        self.show_pane("list")

    def _account_here(self) -> int:
        """The row of the account that the view belongs to, for the unified Inbox the default one; 0 for none."""
        shown = folders_of(self.desk.db, self.view) if self.view.folder else []
        default = self.desk.settings.default_account()
        return shown[0].account if shown else self.desk.row(default) if default else 0

    @does(folder.New)
    def new_folder(self, argument: str = "") -> None:
        """A folder below the one under the cursor."""
        entry = self.folder_tree.current if self.pane == "tree" else None
        parent = folders.get(self.desk.db, entry.key) if entry and isinstance(entry.key, int) else None
        account = parent.account if parent else _account_of(entry) or self._account_here()
        if not account:
            return
        from core import operations

        beginning = f"{parent.path}{parent.delimiter or '/'}" if parent and not parent.role else ""

        def answered(path: str) -> None:
            if path.strip():
                self.desk.write(lambda db: operations.create_folder(db, account, path.strip()), self.correio.reported())

        self.ask_line(_("Name of the new folder: "), answered, value=beginning)


def _account_of(entry: TreeEntry | None) -> int:
    """The account row of an account's line in the tree, 0 for other lines."""
    return int(entry.key[1]) if entry is not None and entry.kind == "account" and isinstance(entry.key, tuple) else 0
