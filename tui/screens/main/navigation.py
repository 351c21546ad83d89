"""Going about: the folder tree, which folder the list shows, and how."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable

from msgspec.structs import replace

from core.clean import clean_line
from core.errors import QueryError
from core.store import accounts, folders
from core.store.folders import Folder
from core.store.lists import ListSource, Row
from core.store.sorting import Order
from tui.actions import does, folder, view
from tui.orders import order_title, order_titles
from tui.screens.main.panes import Mixin
from tui.translation import _, ngettext
from tui.view import BY_DATE, View, account_names, children_of, folders_of, keep_choices, source_of, title_of, with_choices
from tui.widgets.folder_tree import FolderTree
from tui.widgets.message_list import MessageList
from tui.widgets.tree_entry import UNIFIED_TITLES, TreeEntry, account_entries, folder_title

UNIFIED: Hashable = "unified"
SEARCHES: Hashable = "searches"


class Navigation(Mixin):
    """Which folder is in the list."""

    def __init__(self) -> None:
        super().__init__()
        self._filling = 0
        """While the first mail arrives: the thread at the top, where the cursor stays as long as nobody moves it."""
        self.settled = False
        """Whether the engine has looked through the accounts once."""
        self._tree_filled = False

    # ------------------------------------------------------------------ the tree

    def fill_tree(self) -> None:
        """Show accounts, folders and counts as the store has them."""
        desk = self.desk
        states = {state.row: state for state in accounts.states(desk.db)}
        entries: list[TreeEntry] = []
        inboxes = folders.with_role(desk.db, "inbox")
        if len(inboxes) > 1:
            unread = sum(one.unread for one in inboxes)
            entries.append(TreeEntry(UNIFIED, _("All inboxes"), 0, "unified", unread))
            entries += self._unified()
        notes = {"offline": _("offline"), "password": _("password?"), "error": _("error")}
        for account in desk.settings.accounts:
            row = desk.row(account)
            state = states.get(row)
            note = notes.get(state.state, "") if state else ""
            if desk.settings.is_offline(account):
                note = notes["offline"]
            entries += account_entries(("account", row), account.name, folders.all_folders(desk.db, row), note)
        if desk.settings.searches:
            entries.append(TreeEntry(SEARCHES, _("Searches"), 0, "group"))
            entries += [TreeEntry(("saved", one.id), clean_line(one.name), 1, "saved") for one in desk.settings.searches]
        if not self._tree_filled:
            self._tree_filled = True
            self.folder_tree.folded.add(UNIFIED)
        self.folder_tree.show_entries(entries)

    def _unified(self) -> list[TreeEntry]:
        """The other folders that several accounts have, each kind in one list."""
        found = []
        for role, title in UNIFIED_TITLES.items():
            here = folders.with_role(self.desk.db, role) if role != "inbox" else []
            if len(here) > 1:
                unread = sum(one.total if role == "drafts" else one.unread for one in here)
                found.append(TreeEntry((UNIFIED, role), _(title), 1, "unified", unread))
        return found

    def view_of(self, key: Hashable) -> View:
        """The view behind a line of the tree, as it was left."""
        if isinstance(key, int):
            return with_choices(self.desk, View(key))
        if isinstance(key, tuple) and key[0] == "saved":
            query = next((one.query for one in self.desk.settings.searches if one.id == key[1]), "")
            return with_choices(self.desk, View(query=query, saved=str(key[1]) if query else ""))
        return with_choices(self.desk, View(role=str(key[1]) if isinstance(key, tuple) else "inbox"))

    @property
    def entry_here(self) -> Hashable:
        """The line of the tree for what the list shows."""
        if self.view.saved:
            return ("saved", self.view.saved)
        return self.view.folder or (UNIFIED if self.view.role == "inbox" else (UNIFIED, self.view.role))

    def open_first(self) -> None:
        """Begin in the Inbox of the default account."""
        default = self.desk.settings.default_account()
        found = folders.by_role(self.desk.db, self.desk.row(default), "inbox") if default else None
        if found is None:
            inboxes = folders.with_role(self.desk.db, "inbox")
            found = inboxes[0] if inboxes else None
        if found is not None:
            self.open_view(with_choices(self.desk, View(found.id)))
        else:
            self.list.empty_text = _("The folders are being fetched…")

    def open_folder(self, id: int) -> None:
        """Show a folder in the list."""
        self.open_view(with_choices(self.desk, View(id)))

    def on_folder_tree_entry_opened(self, event: FolderTree.EntryOpened) -> None:
        """A folder was chosen in the tree."""
        self.open_entry(event.entry.key)
        self.show_pane("list")

    def open_entry(self, key: Hashable) -> None:
        """Show what is behind a line of the tree."""
        self.open_view(self.view_of(key))

    # ------------------------------------------------------------------ the list

    def open_view(self, wanted: View) -> bool:
        """Show a view in the list; False for a query that cannot be understood: the list stays as it is."""
        try:
            source = self.source_of(wanted)
        except QueryError as error:
            self.complain(error)
            return False
        self.view = wanted
        self.list.empty_text = _empty_words(wanted)
        self._mark_terms(wanted)
        self.list.show_source(source, (lambda row: children_of(self.desk.db, row)) if wanted.in_threads else None)
        self._filling = self.list.current.thread if self.list.current is not None else 0
        self.folder_tree.show_here(self.entry_here)
        self.show_place()
        return True

    def source_of(self, wanted: View) -> ListSource:
        """The rows of a view. QueryError for a query that cannot be understood."""
        return source_of(self.desk.db, wanted, account_names(self.desk), self.from_servers(wanted))

    def from_servers(self, wanted: View) -> Collection[int]:
        """What servers have found for a search besides (row ids); `server_search` knows it."""
        return ()

    def _mark_terms(self, wanted: View) -> None:
        """What was looked for is marked in the list and in the reader."""
        found: dict[str, tuple[str, ...]] = {"people": (), "subject": (), "text": ()}
        if wanted.is_search:
            from core.query.parse import parse
            from core.store.search import terms

            query = parse(wanted.query, typing=True)
            people = ("from", "with", "to") if not wanted.inside else ("from", "with")
            found = {"people": terms(query, people), "subject": terms(query, ("subject",)), "text": terms(query)}
        self.list.terms = (found["people"], found["subject"])
        self.reader.terms = found["text"]

    def refresh_list(self) -> None:
        """Read the rows again; the cursor stays. A folder that has gone gives way to the Inbox."""
        if self.view.folder and not folders_of(self.desk.db, self.view):
            self.open_first()
            return
        window, before = self.list.window, self.list.current
        if window is not None and self.view.is_search:
            window.source = self.source_of(self.view)  # what has come since is found too
        self.list.reload()
        if not self.settled:
            self._stay_on_top(before)
        self.show_place()

    def _stay_on_top(self, before: Row | None) -> None:
        if before is not None and before.thread != self._filling:
            self.settled = True  # somebody has moved the cursor
            return
        if self.list.place[0] > 1:
            self.list.go_top()
        self._filling = self.list.current.thread if self.list.current is not None else 0

    def show_place(self) -> None:
        """Say in the header where one is."""
        shown = folders_of(self.desk.db, self.view)
        unread = sum(one.unread for one in shown)
        saved = next((one.name for one in self.desk.settings.searches if one.id == self.view.saved), "")
        title = title_of(self.desk.db, self.view, saved)
        if not self.view.is_search and unread:
            title = ngettext("{name}  {n} unread", "{name}  {n} unread", unread).format(name=title, n=unread)
        several = len(self.desk.settings.accounts) > 1 or not self.view.is_search
        self.header.account = self.desk.account_name(shown[0].account) if self.view.folder and shown and several else ""
        self.header.folder = title
        self.header.note = ", ".join(self._notes())

    def _notes(self) -> list[str]:
        notes = [_("unread only")] if self.view.unread_only else []
        if self.view.order != BY_DATE:
            notes.append(order_title(self.view.order))
        if self.view.is_search and self.list.window is not None:
            found = self.list.window.total
            notes.append(ngettext("{n} found", "{n} found", found).format(n=f"{found:,}"))
        count = self.list.selection.count(self.list.window.source) if self.list.window and self.list.selection else 0
        if count:
            notes.append(ngettext("{n} selected", "{n} selected", count).format(n=f"{count:,}"))
        return notes

    def on_message_list_selection_changed(self, event: MessageList.SelectionChanged) -> None:
        """Another number of messages is chosen."""
        self.show_place()

    @does(view.Threads)
    def threads_or_flat(self) -> None:
        """Threads, or each message on its own."""
        wanted = replace(self.view, threads=not self.view.threads)
        self._change_view(wanted, _("Threads") if wanted.threads else _("Each message on its own"))

    @does(view.Unread)
    def unread_only(self) -> None:
        """Unread messages only, or all."""
        wanted = replace(self.view, unread_only=not self.view.unread_only)
        self._change_view(wanted, _("Unread messages only") if wanted.unread_only else _("All messages"))

    @does(view.Sort)
    def sort(self, argument: str = "") -> None:
        """In another order: by date, sender, subject, size, in a search by relevance; said twice, the other way round."""
        orders = order_titles(relevance=self.view.is_search)
        if argument:
            named = next((one for one in orders if one.by == argument.strip().lower()), None)
            if named is None:
                self.say(_("There is no order {name}.").format(name=clean_line(argument)), warning=True)
            else:
                self._sorted(replace(named, reverse=named == self.view.order))
            return
        from tui.screens.picker import Picker
        from tui.widgets.choice_list import Choice

        choices = [Choice(one, title, _("now") if one == self.view.order else "") for one, title in orders.items()]
        self.app.push_screen(Picker(_("Sort by"), choices), self._sorted)

    def _sorted(self, order: Order | None) -> None:
        if order is None:
            return
        wanted = replace(self.view, order=order)
        words = order_title(order)
        if self.view.in_threads and order.by != "date":
            words = _("{order}, each message on its own").format(order=words)
        self._change_view(wanted, words)

    def _change_view(self, wanted: View, words: str) -> None:
        """The same list shown in another way; the cursor stays on its message where that is shown."""
        if self.view.is_search and wanted.order == self.view.order:
            self.app.bell()
            return
        row = self.list.current
        if self.open_view(wanted) and row is not None and self.list.window is not None and not wanted.is_search:
            key = self.list.window.source.key_of(row.message)
            if key is not None:
                self.list.go_to(key)
        keep_choices(self.desk, wanted)
        self.say(words)

    # ------------------------------------------------------------------ going to folders

    @does(folder.Go)
    def go_to_folder(self, argument: str = "") -> None:
        """To a folder chosen by a few letters."""

        def chosen(found: Folder | None) -> None:
            if found is not None:
                self.open_folder(found.id)
                self.show_pane("list")

        self.pick_folder(_("Go to folder"), chosen, argument)

    def pick_folder(self, title: str, chosen: Callable[[Folder | None], None], typed: str = "", account: int = 0) -> None:
        """Ask for a folder; `chosen` gets it, or None. A name that is exact needs no question.

        The folders of the account row `account`, or of the one in view, come first.
        """
        from tui.screens.picker import Picker
        from tui.widgets.choice_list import Choice

        desk = self.desk
        here = folders_of(desk.db, self.view)
        near = account or (here[0].account if here else 0)
        known = sorted((one for one in folders.all_folders(desk.db) if one.selectable), key=lambda one: one.account != near)
        exact = [one for one in known if typed and typed in (one.path, f"{desk.account_name(one.account)}/{one.path}")]
        if exact:
            chosen(exact[0])
            return
        several = len({one.account for one in known}) > 1
        choices = [
            Choice(one, folder_title(one), right=clean_line(desk.account_name(one.account)) if several else "") for one in known
        ]
        self.app.push_screen(Picker(title, choices, typed), chosen)

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


def _empty_words(wanted: View) -> str:
    if wanted.is_search:
        return _("Nothing fits this search.")
    return _("No unread messages here.") if wanted.unread_only else _("No messages here.")
