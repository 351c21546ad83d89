"""What the list shows: a folder, all inboxes, or what a search found; as threads or flat, all or unread only."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.errors import NotFound
from core.store import folders
from core.store.database import Database
from core.store.folders import Folder
from core.store.lists import Key, ListSource, MessageList, Row, ThreadList, rows_of
from tui.desk import Desk
from tui.translation import _
from tui.widgets.tree_entry import folder_title


@dataclass(frozen=True, slots=True)
class View:
    """One list. `folder` 0 is the unified Inbox; with a `query` it is a search (in the folder, when `inside`)."""

    folder: int = 0
    query: str = ""
    inside: bool = False
    """The query filters the list of the folder instead of searching all mail."""
    threads: bool = True
    unread_only: bool = False

    @property
    def name(self) -> str:
        """Under which its choices are remembered."""
        return "view:search" if self.query and not self.inside else f"view:{self.folder}"

    @property
    def is_search(self) -> bool:
        """Whether the list is what a query finds."""
        return bool(self.query)


def with_choices(desk: Desk, view: View) -> View:
    """The view as it was left the last time."""
    kept = desk.remembered(view.name, {})
    return replace(view, threads=bool(kept.get("threads", desk.settings.ui.threads)), unread_only=False)


def keep_choices(desk: Desk, view: View) -> None:
    """Remember how the view is shown."""
    desk.remember(view.name, {"threads": view.threads})


def folders_of(db: Database, view: View) -> list[Folder]:
    """The folders a view shows, none when its folder has gone; those of every Inbox for the unified one."""
    if not view.folder:
        return folders.with_role(db, "inbox")
    try:
        return [folders.get(db, view.folder)]
    except NotFound:
        return []


def source_of(db: Database, view: View) -> ListSource:
    """The rows of a view. Raises QueryError for a query that cannot be understood."""
    shown = folders_of(db, view)
    if view.is_search:
        from core.query.parse import parse
        from core.store.results import ResultList

        inside = [folder.id for folder in shown] if view.inside else None
        return ResultList(db, parse(view.query, typing=True), inside)
    sent = bool(shown) and all(folder.role in ("sent", "drafts", "outbox") for folder in shown)
    kind = ThreadList if view.threads else MessageList
    return kind(db, [folder.id for folder in shown], unread_only=view.unread_only, sent=sent)


def title_of(db: Database, view: View) -> str:
    """What the header calls it."""
    if view.is_search and not view.inside:
        return _("Search: {query}").format(query=view.query)
    shown = folders_of(db, view)
    name = folder_title(shown[0]) if view.folder and shown else _("All inboxes")
    return _("{folder} · {query}").format(folder=name, query=view.query) if view.is_search else name


def key_of(db: Database, view: View, message: int) -> Key | None:
    """Where a message stands in the list of a view that is no search: the key of its row, or None."""
    for folder in folders_of(db, view):
        if view.threads:
            found = db.one(
                "SELECT t.latest, t.thread FROM folder_thread t JOIN message m ON m.thread = t.thread"
                " WHERE m.id = ? AND t.folder = ?",
                (message, folder.id),
            )
        else:
            found = db.one(
                "SELECT received, message FROM placement WHERE message = ? AND folder = ? AND hidden = 0",
                (message, folder.id),
            )
        if found is not None:
            return int(found[0]), int(found[1])
    return None


def children_of(db: Database, row: Row) -> list[Row]:
    """The messages of a conversation as a tree: each below the one it answers, oldest first."""
    from core.store import messages

    found = messages.in_thread(db, row.thread)
    depths: dict[str, int] = {}
    order: list[int] = []
    below: dict[str, list[int]] = {}
    for n, message in enumerate(found):
        below.setdefault(message.parent, []).append(n)
    known = {message.message_id for message in found if message.message_id}
    roots = [n for n, message in enumerate(found) if message.parent not in known or message.parent == message.message_id]
    stack = [(n, 1) for n in reversed(roots)]
    placed: dict[int, int] = {}
    while stack:
        n, depth = stack.pop()
        if n in placed:
            continue
        placed[n] = depth
        order.append(n)
        name = found[n].message_id
        if name and name not in depths:
            depths[name] = depth
            stack += [(child, depth + 1) for child in reversed(below.get(name, ())) if child not in placed]
    order += [n for n in range(len(found)) if n not in placed]  # a loop of forged parents hides nothing
    return rows_of(db, [found[n].id for n in order], [placed.get(n, 1) for n in order])
