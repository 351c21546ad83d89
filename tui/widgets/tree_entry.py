"""The lines of the folder tree, made from the folders of the accounts."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Literal

from msgspec import Struct

from core.clean import clean_line
from core.store.folders import Folder, order
from core.store.quota import Quota
from tui.translation import N_, _

Kind = Literal["account", "folder", "group", "saved", "unified", "quota"]

ROLE_NAMES = {
    "inbox": N_("Inbox"),
    "drafts": N_("Drafts"),
    "sent": N_("Sent"),
    "archive": N_("Archive"),
    "junk": N_("Spam"),
    "trash": N_("Trash"),
    "snoozed": N_("Snoozed"),
    "templates": N_("Templates"),
    "all": N_("All mail"),
}


UNIFIED_TITLES = {
    "inbox": N_("All inboxes"),
    "drafts": N_("All drafts"),
    "sent": N_("All sent"),
    "archive": N_("All archives"),
    "junk": N_("All spam"),
    "trash": N_("All trash"),
}
"""The folders of every account with a role, in one list."""


class TreeEntry(Struct, frozen=True):
    """A line of the tree; those below it follow it with a greater depth."""

    key: Hashable
    label: str
    depth: int = 0
    kind: Kind = "folder"
    unread: int = 0
    total: int = 0
    role: str = ""
    note: str = ""
    """A word at the right instead of a count, such as "offline"."""

    @property
    def can_open(self) -> bool:
        """Whether there is a list behind it; a group only holds other folders."""
        return self.kind in ("folder", "saved", "unified")


def account_entries(key: Hashable, label: str, folders: Iterable[Folder], note: str = "") -> list[TreeEntry]:
    """An account and its folders: roles first, then the others as a tree; missing parents become groups."""
    ordered = sorted(folders, key=order)
    entries = [
        TreeEntry(key, clean_line(label), 0, "account", sum(one.unread for one in ordered if one.role == "inbox"), note=note)
    ]
    placed: set[tuple[str, ...]] = set()
    for folder, parts in sorted(((one, _parts(one)) for one in ordered), key=lambda pair: _place(pair[0], pair[1], ordered)):
        for depth in range(1, len(parts)):
            if parts[:depth] not in placed:
                placed.add(parts[:depth])
                entries.append(TreeEntry((key, *parts[:depth]), clean_line(parts[depth - 1]), depth, "group"))
        placed.add(parts)
        name = _(ROLE_NAMES[folder.role]) if folder.role in ROLE_NAMES and len(parts) == 1 else clean_line(folder.name)
        kind: Kind = "folder" if folder.selectable else "group"
        count = folder.total if folder.role == "drafts" else folder.unread
        entries.append(TreeEntry(folder.id, name or "?", len(parts), kind, count, folder.total, folder.role))
    return entries


def quota_entry(row: int, quota: Quota) -> TreeEntry:
    """The bar below the folders of the account with this row: `total` is how full it is, in percent."""
    from tui.widgets.sheet import human_size

    of = human_size(quota.most) if quota.kind == "storage" else f"{quota.most:,}"
    return TreeEntry(("quota", row), _("{percent} %").format(percent=quota.percent), 1, "quota", total=quota.percent, note=of)


def folder_title(folder: Folder) -> str:
    """What a folder is called where it stands alone: by its role, or with the folders around it."""
    if folder.role in ROLE_NAMES and len(_parts(folder)) == 1:
        return _(ROLE_NAMES[folder.role])
    return clean_line(folder.path)


def _parts(folder: Folder) -> tuple[str, ...]:
    """The path as names; what lies below the Inbox on old servers stands beside it."""
    parts = tuple(part for part in folder.path.split(folder.delimiter) if part) if folder.delimiter else (folder.path,)
    if folder.role and len(parts) > 1:
        return parts[-1:]
    if len(parts) > 1 and parts[0].upper() == "INBOX":
        parts = parts[1:]
    return parts or (folder.path,)


def _place(folder: Folder, parts: tuple[str, ...], ordered: Sequence[Folder]) -> tuple[tuple[int, str], ...]:
    """Sort key: each step of the path by the rank of the folder that stands there."""
    ranks = {_parts(one): order(one)[0] for one in ordered if one.role}
    lowest = len(ROLE_NAMES)
    steps = [(ranks.get(parts[:depth], lowest), parts[depth - 1].casefold()) for depth in range(1, len(parts) + 1)]
    return tuple(steps)
