"""Going about: the folder tree, which folder the list shows, and how."""

from __future__ import annotations

from collections.abc import Collection, Hashable

from msgspec.structs import replace

from core.clean import clean_line
from core.errors import QueryError
from core.settings import Account
from core.store import accounts, folders, quota
from core.store.lists import ListSource, Row
from core.store.sorting import Order
from tui.actions import does, folder, settings, view
from tui.orders import order_title, order_titles
from tui.screens.main.panes import Mixin
from tui.sentences import sentence
from tui.translation import _, ngettext
from tui.view import (
    BY_DATE,
    View,
    account_names,
    children_of,
    folders_of,
    found_words,
    keep_choices,
    own_addresses,
    source_of,
    title_of,
    unknown_name,
    with_choices,
)
from tui.widgets.folder_tree import FolderTree
from tui.widgets.message_list import MessageList
from tui.widgets.tree_entry import UNIFIED_TITLES, TreeEntry, account_entries, quota_entry

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
        self.unread_in_searches: dict[str, int] = {}
        """Saved search (its id) → its unread mails, as they were counted last."""

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
            if (room := quota.of(desk.db, row)) is not None:
                entries.append(quota_entry(row, room))
        if desk.settings.searches:
            entries.append(TreeEntry(SEARCHES, _("Searches"), 0, "group"))
            unread_in = self.unread_in_searches
            entries += [
                TreeEntry(("saved", one.id), clean_line(one.name), 1, "saved", unread_in.get(one.id, 0))
                for one in desk.settings.searches
            ]
        if not self._tree_filled:
            self._tree_filled = True
            self.folder_tree.folded.add(UNIFIED)
        self.folder_tree.show_entries(entries)
        self.fit_tree()

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

    def _why_no_folders(self, account: Account | None) -> str:
        if account is None or account.active:
            return _("The folders are being fetched…")
        words = _("{name} is off: {key} opens the settings, where {switch} turns it on.")
        key, switch = self.correio.key_for(settings.Show), self.correio.key_for(settings.Switch)
        return words.format(name=clean_line(account.name), key=key, switch=switch)

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
            self.list.empty_text = self._why_no_folders(default)

    def open_folder(self, id: int) -> None:
        """Show a folder in the list."""
        self.open_view(with_choices(self.desk, View(id)))

    def on_folder_tree_entry_opened(self, event: FolderTree.EntryOpened) -> None:
        """A folder was chosen in the tree."""
        if event.entry.kind == "quota":
            self.correio.call_later(self.correio.do, folder.Quota)
            return
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
        self.list.empty_text = self._empty_words(wanted)
        self._mark_terms(wanted)
        self.list.show_source(source, (lambda row: children_of(self.desk.db, row)) if wanted.in_threads else None)
        self._filling = self.list.current.thread if self.list.current is not None else 0
        self.folder_tree.show_here(self.entry_here)
        self.show_place()
        self.correio.show_keys()
        return True

    def _empty_words(self, wanted: View) -> str:
        if wanted.is_search:
            unknown = unknown_name(self.desk, wanted.query)
            return sentence(unknown) if unknown is not None else _("Nothing fits this search.")
        if wanted.unread_only:
            key = self.correio.key_for(view.Unread) or ":unread"
            return _("No unread messages here. {key} shows all.").format(key=key)
        return _("No messages here.")

    def source_of(self, wanted: View) -> ListSource:
        """The rows of a view. QueryError for a query that cannot be understood."""
        desk = self.desk
        return source_of(desk.db, wanted, account_names(desk), self.from_servers(wanted), own_addresses(desk))

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
        self.header.danger = self._danger()

    def _danger(self) -> str:
        """Whose certificates nobody checks; it stays in sight as long as that is set."""
        names = self.desk.settings.unchecked()
        if not names:
            return ""
        return _("certificate not checked: {names}").format(names=", ".join(names))

    def _notes(self) -> list[str]:
        notes = [_("unread only")] if self.view.unread_only else []
        if self.view.order != BY_DATE:
            notes.append(order_title(self.view.order))
        if self.view.is_search and self.list.window is not None:
            notes.append(found_words(self.list.window.source, self.list.window.total))
        count = self.list.selection.count(self.list.window.source) if self.list.window and self.list.selection else 0
        if count:
            notes.append(ngettext("{n} selected", "{n} selected", count).format(n=f"{count:,}"))
        return notes

    def on_message_list_selection_changed(self, event: MessageList.SelectionChanged) -> None:
        """Another number of messages is chosen."""
        self.show_place()
        self.correio.show_keys()

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

    @does(view.Lines)
    def one_or_two_lines(self) -> None:
        """Messages on one line, or on two."""
        self.list.lines = lines = 3 - self.list.lines
        self.desk.change_ui(self.correio.reported(), list_lines=lines)
        self.say(_("Two lines a message") if lines == 2 else _("One line a message"))

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
