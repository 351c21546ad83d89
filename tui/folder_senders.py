"""As whom one writes in a folder: one that others share may have a sender of its own, with a signature of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.reading import Body
    from core.settings import Identity
    from tui.desk import Desk
    from tui.screens.main.screen import MainScreen


class FolderSenders:
    """The part of the application that knows the senders of folders (`Identity.for_folders`)."""

    desk: Desk

    @property
    def main(self) -> MainScreen | None:
        """The main screen; `news` knows it."""
        return None

    def sender_here(self) -> Identity | None:
        """The sender as which one writes in the folder in view, if it has one."""
        view = self.main.view.folder if self.main is not None else None
        return self._sender_in((view,)) if view else None

    def senders_for(self, body: Body) -> Sequence[Identity]:
        """Those as whom a message may be answered: the one of the folder it lies in, if there is such a one, else all."""
        from core.store import messages

        view = self.main.view.folder if self.main is not None else None
        found = self._sender_in((view,) if view else messages.folders_of(self.desk.db, body.id))
        return (found,) if found is not None else self.desk.settings.identities

    def _sender_in(self, ids: Sequence[int]) -> Identity | None:
        if not any(one.for_folders for one in self.desk.settings.identities):
            return None
        from core.senders import sender_in_folder
        from core.store import folders

        for folder in folders.all_folders(self.desk.db):
            account = self.desk.account(folder.account) if folder.id in ids else None
            found = sender_in_folder(self.desk.settings, account.id, folder.path) if account is not None else None
            if found is not None:
                return found
        return None
