"""What the list shows: a folder, the folders of a kind of all accounts, or what a search found; in what order and how."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from core.errors import NotFound
from core.store import folders
from core.store.database import Database
from core.store.folders import Folder
from core.store.lists import NOBODY, ListSource, Row
from core.store.sorting import Order, sorted_list
from core.subject_line import plain_subject
from tui.desk import Desk
from tui.translation import _, ngettext
from tui.widgets.tree_entry import UNIFIED_TITLES, folder_title

Names = Mapping[str, Sequence[str]]
"""Account id → its other names (name, address), for `account:` and `in:account/path` in a query."""
Scope = Literal["all", "account", "folder"]
SCOPES: tuple[Scope, ...] = ("all", "account", "folder")
"""Where a search looks, in the order in which a key goes through them."""
BY_DATE = Order()


class View(Struct, frozen=True):
    """One list. `folder` 0 stands for the folders with `role` of every account; with a `query` it is a search."""

    folder: int = 0
    role: str = "inbox"
    query: str = ""
    scope: Scope = "all"
    """Where the query looks, seen from the folder; "folder" filters its list."""
    saved: str = ""
    """The id of the saved search, if it is one."""
    threads: bool = True
    unread_only: bool = False
    order: Order = BY_DATE

    @property
    def name(self) -> str:
        """Under which its choices are remembered."""
        if self.query and self.scope != "folder":
            return f"view:saved:{self.saved}" if self.saved else "view:search"
        return f"view:{self.folder}" if self.folder or self.role == "inbox" else f"view:all:{self.role}"

    @property
    def is_search(self) -> bool:
        """Whether the list is what a query finds."""
        return bool(self.query)

    @property
    def inside(self) -> bool:
        """Whether the query only filters the list of the folder."""
        return self.is_search and self.scope == "folder"

    @property
    def asked(self) -> tuple[str, Scope, int, str]:
        """What is looked for where, however it is shown."""
        return self.query, self.scope, self.folder, self.role

    @property
    def in_threads(self) -> bool:
        """Whether a line is a conversation: by date, and not in what a search found."""
        return self.threads and not self.is_search and self.order.by == "date"


def with_choices(desk: Desk, view: View) -> View:
    """The view as it was left the last time."""
    kept = desk.remembered(view.name, {})
    order = Order(kept.get("by", "date"), bool(kept.get("reverse", False)))
    threads, unread = bool(kept.get("threads", desk.settings.ui.threads)), bool(kept.get("unread", False))
    return replace(view, threads=threads, unread_only=unread and not view.is_search, order=order)


def keep_choices(desk: Desk, view: View) -> None:
    """Remember how the view is shown."""
    kept = {"threads": view.threads, "unread": view.unread_only, "by": view.order.by, "reverse": view.order.reverse}
    desk.remember(view.name, kept)


def account_names(desk: Desk) -> Names:
    """The names by which queries may call the accounts."""
    return {account.id: (account.name, account.email) for account in desk.settings.accounts}


def unknown_name(desk: Desk, words: str) -> NotFound | None:
    """The first name of a folder or account in a query that stands for nothing here. QueryError."""
    if ":" not in words:
        return None
    from core.query.names import check_names
    from core.query.parse import parse
    from core.store import search

    try:
        check_names(parse(words, typing=True), search.context(desk.db, account_names(desk)))
    except NotFound as error:
        return error
    return None


def folders_of(db: Database, view: View) -> list[Folder]:
    """The folders a view shows, none when its folder has gone; those of every account for a unified one."""
    if not view.folder:
        return folders.with_role(db, view.role)
    try:
        return [folders.get(db, view.folder)]
    except NotFound:
        return []


def searched(db: Database, view: View) -> list[int] | None:
    """Row ids of the folders in which the query of a view looks; None: in all."""
    shown = folders_of(db, view)
    if view.scope == "all":
        return None
    if view.scope == "account" and view.folder and shown:
        return [folder.id for folder in folders.all_folders(db, shown[0].account)]
    return [folder.id for folder in shown]


def own_addresses(desk: Desk) -> Mapping[str, str]:
    """One's own addresses (folded), and what they are called among the people of a conversation."""
    me = _("me")
    return {one.address.casefold(): me for one in desk.settings.identities}


def source_of(
    db: Database, view: View, names: Names | None = None, extra: Collection[int] = (), own: Mapping[str, str] = NOBODY
) -> ListSource:
    """The rows of a view, with hits that servers found (row ids). QueryError for a query that cannot be understood.

    `own`: `own_addresses`, where the rows are to be seen.
    """
    if view.is_search:
        from core.query.parse import parse
        from core.store.results import ResultList

        return ResultList(db, parse(view.query, typing=True), searched(db, view), names, view.order, extra)
    shown = folders_of(db, view)
    sent = bool(shown) and all(folder.role in ("sent", "drafts", "outbox") for folder in shown)
    ids = [folder.id for folder in shown]
    return sorted_list(db, ids, view.order, threads=view.threads, unread_only=view.unread_only, sent=sent, own=own)


def found_words(source: ListSource, total: int) -> str:
    """How many hits the list of a search shows, and whether that is all of them."""
    from core.store.results import ResultList

    number = f"{total:,}"
    if isinstance(source, ResultList) and source.cut:
        return _("of the newest {n} found").format(n=number)
    if isinstance(source, ResultList) and source.more:
        return _("over {n} found").format(n=number)
    return ngettext("{n} found", "{n} found", total).format(n=number)


def title_of(db: Database, view: View, saved: str = "") -> str:
    """What the header calls it; `saved` is the name of the saved search."""
    if saved:
        return saved
    shown = folders_of(db, view)
    name = folder_title(shown[0]) if view.folder and shown else _(UNIFIED_TITLES[view.role])
    if not view.is_search:
        return name
    if view.inside:
        return _("{folder} · {query}").format(folder=name, query=view.query)
    return _("Search: {query}").format(query=view.query)


def children_of(db: Database, row: Row) -> list[Row]:
    """The messages of a conversation as a tree: each below the one it answers, oldest first.

    Those that stand in other folders say in which, where tags are shown.
    """
    from core.store import messages
    from core.store.thread_rows import thread_rows
    from core.thread_tree import grow

    found = messages.in_thread(db, row.thread, row.folder)
    limbs = {found[limb.index].id: limb for limb in grow([(one.message_id, one.parent) for one in found])}
    known = {one.message: one for one in thread_rows(db, row.thread, row.folder)}
    rows = [known[id] for id in limbs if id in known]
    elsewhere = {one.folder for one in rows} - {row.folder}
    names = {id: folder_title(folders.get(db, id)) for id in elsewhere}
    said = {plain_subject(row.subject): 0}
    for one in rows:
        said.setdefault(plain_subject(one.subject), one.message)
    return [
        replace(
            one,
            depth=limbs[one.message].depth,
            branch=limbs[one.message].branch,
            repeats=said[plain_subject(one.subject)] != one.message,
            tags=(names[one.folder], *one.tags) if one.folder in names else one.tags,
        )
        for one in rows
    ]
