"""Folders moved from the tree."""

from __future__ import annotations

from core.store import folders
from tui.actions import does, folder
from tui.screens.main.going import Going
from tui.translation import _


class FolderChanges(Going):
    """What is done with a folder as a whole."""

    @does(folder.Access)
    def show_access(self) -> None:
        """Who may use the folder under the cursor, or the one whose list is shown."""
        from tui.screens.access import AccessScreen

        entry = self.folder_tree.current if self.pane == "tree" else None
        id = entry.key if entry is not None and isinstance(entry.key, int) else self.view.folder
        if not id:
            self.say(_("Go to a folder first."), warning=True)
            return
        self.app.push_screen(AccessScreen(folders.get(self.desk.db, id)))

    @does(folder.Subscriptions)
    def show_subscriptions(self) -> None:
        """Every folder of the account under the cursor, or of the one whose list is shown."""
        from tui.screens.subscriptions import SubscriptionsScreen

        entry = self.folder_tree.current if self.pane == "tree" else None
        id = entry.key if entry is not None and isinstance(entry.key, int) else self.view.folder
        account = self.desk.account(folders.get(self.desk.db, id).account) if id else None
        if account is None or account.kind != "imap":
            self.say(_("Go to a folder of an IMAP account first."), warning=True)
            return
        self.app.push_screen(SubscriptionsScreen(account))

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
