"""Folders made and moved from the tree."""

from __future__ import annotations

from core.store import folders
from tui.actions import does, folder
from tui.screens.main.navigation import Navigation
from tui.translation import _
from tui.widgets.tree_entry import TreeEntry


class FolderChanges(Navigation):
    """What is done with a folder as a whole."""

    @does(folder.New)
    def new_folder(self, argument: str = "") -> None:
        """A folder below the one under the cursor."""
        entry = self.folder_tree.current if self.pane == "tree" else None
        parent = folders.get(self.desk.db, entry.key) if entry and isinstance(entry.key, int) else None
        account = parent.account if parent else _account_of(entry) or self._account_here()
        if not account:
            return
        beginning = f"{parent.path}{parent.delimiter or '/'}" if parent and not parent.role else ""

        def answered(path: str) -> None:
            from core import operations

            if path.strip():
                self.desk.write(lambda db: operations.create_folder(db, account, path.strip()), self.correio.reported())

        self.ask_line(_("Name of the new folder: "), answered, value=beginning)


    @does(folder.Move)
    def move_folder(self, argument: str = "") -> None:
        """The folder under the cursor to another name, or another account."""
        entry = self.folder_tree.current if self.pane == "tree" else None
        if entry is None or not isinstance(entry.key, int):
            self.app.bell()
            return
        source = folders.get(self.desk.db, entry.key)
        accounts_by_name = {account.name: self.desk.row(account) for account in self.desk.settings.accounts}
        name = next((name for name, row in accounts_by_name.items() if row == source.account), "")

        def answered(text: str) -> None:
            from core.folder_moves import move_folder

            account, _slash, path = text.strip().partition("/")
            if account not in accounts_by_name:
                account, path = name, text.strip()
            if path and (account, path) != (name, source.path):
                row = accounts_by_name.get(account, source.account)
                self.desk.write(lambda db: move_folder(db, source.id, row, path), self.correio.reported())

        if argument:
            answered(argument)
        else:
            self.ask_line(_("Move folder to (account/path): "), answered, value=f"{name}/{source.path}")


def _account_of(entry: TreeEntry | None) -> int:
    """The account row of an account's line in the tree, 0 for other lines."""
    return int(entry.key[1]) if entry is not None and entry.kind == "account" and isinstance(entry.key, tuple) else 0
