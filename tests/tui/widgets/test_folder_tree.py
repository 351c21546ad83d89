from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace
from textual import on
from textual.pilot import Pilot

from core.cells import cell_len
from core.store.folders import Folder
from tests.tui.demo import ENTRIES
from tests.tui.pilot import HOSTILE, PartsApp, drive, lines_of
from tui.widgets.folder_tree import FolderTree
from tui.widgets.tree_entry import TreeEntry, account_entries


class TreeApp(PartsApp):
    """The tree alone, its messages kept."""

    def __init__(self, entries: Sequence[TreeEntry] = ENTRIES) -> None:
        self.tree_ = FolderTree()
        super().__init__(self.tree_)
        self.entries = entries
        self.told: list[Any] = []

    def on_mount(self) -> None:
        self.tree_.show_entries(self.entries)
        self.tree_.focus()

    @on(FolderTree.EntryOpened)
    def keep(self, event: Any) -> None:
        self.told.append(event.entry.key)


def folder(id: int, path: str, role: str = "", unread: int = 0, total: int = 9, selectable: bool = True) -> Folder:
    return Folder(id, 1, path, path, "/", role, selectable, True, total, unread)


def labels(tree: FolderTree) -> list[str]:
    return [line.strip() for line in lines_of(tree) if line.strip()]


def test_roles_come_first_and_the_rest_is_a_tree() -> None:
    folders = [
        folder(1, "INBOX", "inbox", unread=5),
        folder(2, "lists/linux-man", unread=7),
        folder(3, "Trash", "trash"),
        folder(4, "Archive", "archive"),
        folder(5, "Archive/2024"),
        folder(6, "[Gmail]/Sent Mail", "sent"),
        folder(7, "Drafts", "drafts", total=2),
        folder(8, "INBOX/Work"),
        folder(9, "lists"),
        folder(10, "Public", selectable=False),
        folder(11, "apples"),
    ]
    entries = account_entries("me", "me@example.org", folders)
    shown = [(entry.label, entry.depth, entry.unread, entry.kind) for entry in entries]
    assert shown == [
        ("me@example.org", 0, 5, "account"),
        ("Inbox", 1, 5, "folder"),
        ("Drafts", 1, 2, "folder"),
        ("Sent", 1, 0, "folder"),
        ("Archive", 1, 0, "folder"),
        ("2024", 2, 0, "folder"),
        ("Trash", 1, 0, "folder"),
        ("apples", 1, 0, "folder"),
        ("lists", 1, 0, "folder"),
        ("linux-man", 2, 7, "folder"),
        ("Public", 1, 0, "group"),
        ("Work", 1, 0, "folder"),
    ]
    assert len({entry.key for entry in entries}) == len(entries)


def test_a_missing_parent_becomes_a_group() -> None:
    entries = account_entries("me", "me", [folder(1, "a/b/c")])
    assert [(entry.label, entry.depth, entry.kind) for entry in entries[1:]] == [
        ("a", 1, "group"),
        ("b", 2, "group"),
        ("c", 3, "folder"),
    ]


def test_labels_and_counts_fill_the_width() -> None:
    async def script(pilot: Pilot[None]) -> list[str]:
        return lines_of(app.tree_)

    app = TreeApp()
    lines = drive(app, script)
    assert {cell_len(line) for line in lines} == {28}
    assert lines[1].strip().startswith("Inbox") and lines[1].rstrip().endswith("12")
    assert "▾ Archive" in lines[4]
    assert lines[8].rstrip().endswith("offline")


def test_keys_move_fold_and_open() -> None:
    async def script(pilot: Pilot[None]) -> list[Any]:
        found = []
        for keys in ("j", "j j", "left", "j", "k right", "right", "enter", "left", "left", "left", "G", "enter", "g g", "enter"):
            await pilot.press(*keys.split())
            found.append((app.tree_.cursor, len(app.tree_.standing())))
        return found

    app = TreeApp()
    assert drive(app, script) == [
        ("drafts", 11), ("archive", 11), ("archive", 9), ("trash", 9), ("archive", 11), ("2024", 11), ("2024", 11),
        ("archive", 11), ("archive", 9), ("me", 9), ("saved", 9), ("saved", 9), ("me", 9), ("me", 4),
    ]  # fmt: skip
    assert app.told == ["2024", "saved"]


def test_new_counts_keep_the_cursor_and_what_is_folded() -> None:
    async def script(pilot: Pilot[None]) -> None:
        await pilot.press("j", "j", "j", "left")
        app.tree_.show_entries([replace(entry, unread=entry.unread + 1) for entry in ENTRIES])
        await pilot.pause()
        assert app.tree_.cursor == "archive"
        assert len(app.tree_.standing()) == 9
        assert lines_of(app.tree_)[1].rstrip().endswith("13")
        app.tree_.show_entries([entry for entry in ENTRIES if entry.key not in ("archive", "2024", "long")])
        assert app.tree_.cursor == "inbox"

    app = TreeApp()
    drive(app, script)


def test_the_folder_shown_is_marked_and_has_neighbours() -> None:
    async def script(pilot: Pilot[None]) -> None:
        tree = app.tree_
        tree.show_here("inbox")
        neighbours = [tree.neighbour(step) for step in (1, -1)]
        assert [one.key if one else None for one in neighbours] == ["drafts", None]
        tree.show_here("work-inbox")
        assert tree.cursor == "work-inbox"
        role = tree.find_role("inbox", near="work-inbox")
        assert role is not None and role.key == "work-inbox"
        role = tree.find_role("trash", near="work-inbox")
        assert role is not None and role.key == "trash"
        assert tree.find_role("junk") is None

    app = TreeApp()
    drive(app, script)


def test_a_click_opens_and_a_click_on_the_sign_folds() -> None:
    async def script(pilot: Pilot[None]) -> None:
        await pilot.click(FolderTree, offset=(8, 2))
        assert app.told == ["drafts"]
        await pilot.click(FolderTree, offset=(3, 4))
        assert "archive" in app.tree_.folded
        assert app.told == ["drafts"]

    app = TreeApp()
    drive(app, script)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_are_only_text(text: str) -> None:
    async def script(pilot: Pilot[None]) -> list[str]:
        return lines_of(app.tree_)

    folders = [folder(1, text or "x"), folder(2, f"a/{text}/b"), folder(3, "INBOX", "inbox")]
    app = TreeApp(account_entries("me", text, folders, note=text))
    lines = drive(app, script)
    assert {cell_len(line) for line in lines} == {28}
    assert all(line.replace("\u200d", "").isprintable() for line in lines)
