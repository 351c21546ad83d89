"""Searching on the servers where the text of mail is not here: their hits join the list as they come."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from core.errors import CorreioError
from core.store import folders
from tui.screens.main.everything import Everything
from tui.translation import _
from tui.view import View, account_names, searched

Asked = tuple[str, str, int, str]


class ServerSearch(Everything):
    """What the engine finds for a search."""

    def __init__(self) -> None:
        super().__init__()
        self._server_hits: dict[Asked, set[int]] = {}
        """What was found for the search that is shown."""
        self._still_asking: set[int] = set()
        """Folders (row ids) whose server has not answered yet."""
        self._unanswered = False
        """Whether a server could not be asked: the same search asks again."""

    def from_servers(self, wanted: View) -> Collection[int]:
        """What servers have found for a search besides (row ids)."""
        return self._server_hits.get(wanted.asked, ())

    def ask_servers(self) -> None:
        """Ask for each folder in which the search looks; where all text is here, the engine answers at once."""
        from core.query.imap import for_server
        from core.query.parse import parse

        wanted, desk = self.view, self.desk
        remote = {desk.row(account) for account in desk.settings.accounts if account.kind == "imap"}
        if not remote or not desk.engine.connected or (wanted.asked in self._server_hits and not self._unanswered):
            return
        criteria, _rest = for_server(parse(wanted.query, typing=True))
        if criteria is None:
            return
        among = searched(desk.db, wanted)
        asked = [one.id for one in folders.all_folders(desk.db) if one.account in remote and one.selectable and one.total]
        self._server_hits = {wanted.asked: set()}
        self._unanswered = False
        self._still_asking = {id for id in asked if among is None or id in among}
        for id in tuple(self._still_asking):
            desk.ask("search", self._answer_of(wanted, id), folder=id, query=wanted.query)
        self.show_place()

    def _answer_of(self, wanted: View, folder: int) -> Any:
        def done(found: list[int] | None, error: CorreioError | None) -> None:
            self._server_said(wanted, folder, found or [], error)

        return done

    def _server_said(self, wanted: View, folder: int, found: list[int], error: CorreioError | None) -> None:
        hits = self._server_hits.get(wanted.asked)
        if hits is None:
            return  # another search has taken its place
        self._still_asking.discard(folder)
        if error is not None:
            self._unanswered = True
            self.complain(error)
        new = set(self._fitting(wanted, found)) - hits
        hits |= new
        if self.view.asked != wanted.asked:
            return
        if new:
            self.refresh_list()
        else:
            self.show_place()

    def _fitting(self, wanted: View, found: list[int]) -> list[int]:
        """Those for which the conditions hold too that a server cannot be asked."""
        if not found:
            return []
        from core.query.imap import for_server
        from core.query.parse import parse
        from core.store import search

        _criteria, rest = for_server(parse(wanted.query, typing=True))
        return search.among(self.desk.db, rest, found, search.context(self.desk.db, account_names(self.desk)))

    def _notes(self) -> list[str]:
        notes = super()._notes()
        if self._still_asking and self.view.asked in self._server_hits:
            notes.append(_("searching on the server…"))
        return notes
