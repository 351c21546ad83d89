"""Which messages a change is for: noted when the key is pressed, found when the writer comes to it.

A selection may be a whole folder: its rows are read by the writer thread, not by the screen.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from core.store.database import Database
from core.store.lists import Row
from tui.view import Names, View, folders_of, source_of
from tui.widgets.selection import Selection

if TYPE_CHECKING:
    from core.operations import Place


class Chosen(Struct, frozen=True):
    """The rows under the cursor or selected; or places that are known already."""

    view: View
    rows: tuple[Row, ...] = ()
    selection: Selection | None = None
    """A snapshot, read from the source when it is time."""
    whole: bool = False
    """Take whole conversations, also where single messages are shown."""
    known: tuple[Place, ...] = ()
    names: Names | None = None
    """What queries may call the accounts."""
    extra: tuple[int, ...] = ()
    """Hits that servers found."""

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to change."""
        return not self.rows and self.selection is None and not self.known

    def places(self, db: Database) -> list[Place]:
        """The messages with the folders they were seen in, each once.

        The line of a conversation stands for all of its messages in that folder, or in all that are shown as one, but for those
        taken out one by one.
        """
        rows: Iterable[Row] = self.rows
        without: set[int] = set()
        if self.selection is not None:
            rows = self.selection.rows(source_of(db, self.view, self.names, self.extra))
            without = {message for _key, message in self.selection.without if message}
        together = () if self.view.folder or self.view.is_search else [one.id for one in folders_of(db, self.view)]
        found: dict[Place, None] = dict.fromkeys(self.known)
        for row in rows:
            if not self.whole and (row.total <= 1 or row.depth):
                found[row.folder, row.message] = None
                continue
            for folder in together or (row.folder,):
                sql = "SELECT message FROM placement WHERE folder = ? AND thread = ? AND hidden = 0"
                same = db.read(sql, (folder, row.thread))
                found.update(dict.fromkeys((folder, message) for (message,) in same if message not in without))
        return list(found)


def place_of(db: Database, message: int, folder: int) -> Place | None:
    """Where a message is changed when it is changed in the reader: in this folder if it is there, else where it is."""
    known = [row[0] for row in db.read("SELECT folder FROM placement WHERE message = ? AND hidden = 0", (message,))]
    if not known:
        return None
    return (folder if folder in known else known[0]), message
