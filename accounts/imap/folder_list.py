"""The folders of an account in the store: which of the server's they are, and their roles (SPECIAL-USE, else by name)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from functools import partial

from msgspec import Struct, structs

from accounts.imap import folder_state, namespace, renamed, rights, utf7
from accounts.imap.folder_state import FolderState
from accounts.imap.listing import Listed, Status, ask, statuses
from accounts.imap.role_names import NAMES
from accounts.imap.work import Work
from core.store import folders, journal, placements
from core.store.database import Database
from core.store.folders import Folder

_USES = {
    "\\drafts": "drafts", "\\sent": "sent", "\\archive": "archive", "\\junk": "junk", "\\trash": "trash", "\\all": "all",
}  # fmt: skip


class Update(Struct, frozen=True):
    """The folders of the store after a look at the server's."""

    folders: list[Folder]
    """Those that can hold mail, Inbox first."""
    told: dict[int, Status]
    """By row id."""
    stale: bytes | None
    """As in `Listing`."""


def update(work: Work, hand_made: Mapping[str, str], *, subscribed: bool = False) -> Update:
    """Ask for the folders and bring the store up to date.

    `hand_made`: role → path, chosen by the user. `subscribed`: only those, and the folders that have a role.
    """
    listing = ask(work, subscribed=subscribed)
    listed, told = listing.listed, dict(listing.told)
    chosen = {role: _as_listed(path, listed) for role, path in hand_made.items()}
    if work.session.can("X-GM-EXT-1"):
        # Where labels are folders, what has lost its last one is in All Mail: that is the archive.
        for path in _with_use(listed, "\\all"):
            chosen.setdefault("archive", path)
    roles = roles_of(listed, chosen)
    if subscribed:
        listed = [one for one in listed if "\\subscribed" in one.attributes or one.path in roles]
    known = folders.all_folders(work.db, work.account)
    if journal.renaming(work.db, work.account):
        listed = _as_renamed(listed, known)
    pairs, missing = _matched(work, listed, known, told, roles)
    found: dict[str, Folder] = {}
    hollow: list[Folder] = []
    for one in listed:
        folder = pairs.get(one.wire)
        role = roles.get(one.path, "")
        wanted = (one.path, one.wire, one.delimiter, role, one.selectable)
        if folder is None or (folder.path, folder.wire, folder.delimiter, folder.role, folder.selectable) != wanted:
            folder = _put(work, folder, one, role)
        if folder.selectable:
            folder_state.trust(work.db, folder.id, "gone")
            found[one.wire] = folder
        elif folder.total:
            hollow.append(folder)
    _vanished(work, missing, hollow)
    public = work.session.public
    foreign = [one for one in found.values() if one.path.startswith(namespace.OTHERS) or one.wire.startswith(public)]
    rights.look(work, foreign)
    told.update(statuses(work, [wire for wire in found if wire not in told]))
    by_id = {folder.id: told[wire] for wire, folder in found.items() if wire in told}
    return Update(sorted(found.values(), key=folders.order), by_id, listing.stale)


def _as_renamed(listed: list[Listed], known: list[Folder]) -> list[Listed]:
    """While the server has yet to hear of new names, ours keep them; a folder of somebody else that has such a path waits."""
    paths = {folder.wire: folder.path for folder in known if folder.wire}
    taken = {paths[one.wire] for one in listed if one.wire in paths}
    ours = [structs.replace(one, path=paths[one.wire]) for one in listed if one.wire in paths]
    return ours + [one for one in listed if one.wire not in paths and one.path not in taken]


def _with_use(listed: list[Listed], use: str) -> list[str]:
    return [one.path for one in listed if use in one.attributes][:1]


def _matched(
    work: Work, listed: list[Listed], known: list[Folder], told: Mapping[str, Status], roles: Mapping[str, str]
) -> tuple[dict[str, Folder], list[Folder]]:
    """(name on the server → our folder, ours that are missing): by that name, by path, by role where ours was needed before the
    server's were known, or renamed elsewhere."""
    left = {folder.id: folder for folder in known}
    by_wire = {folder.wire: folder for folder in known if folder.wire}
    by_path = {folder.path: folder for folder in known}
    pairs: dict[str, Folder] = {}
    for one in listed:
        folder = by_wire.get(one.wire)
        if folder is not None and left.pop(folder.id, None) is not None:
            pairs[one.wire] = folder
    for one in listed:
        folder = by_path.get(one.path)
        if one.wire not in pairs and folder is not None and left.pop(folder.id, None) is not None:
            pairs[one.wire] = folder
    needed = _needed(work, left.values())
    for one in listed:
        folder = needed.pop(roles.get(one.path, ""), None)
        if one.wire not in pairs and folder is not None and left.pop(folder.id, None) is not None:
            pairs[one.wire] = folder
    new = [one for one in listed if one.wire not in pairs]
    if left and new:
        for folder, one in renamed.recognise(work, list(left.values()), new, told):
            pairs[one.wire] = left.pop(folder.id)
    return pairs, list(left.values())


def _needed(work: Work, ours: Iterable[Folder]) -> dict[str, Folder]:
    """Role → folder that stands here alone, and that no operation is to make."""
    found = {folder.role: folder for folder in ours if folder.role and not folder.wire}
    if not found:
        return {}
    made = {operation.target for operation in journal.pending(work.db, work.account, 100_000) if operation.kind == "create"}
    return {role: folder for role, folder in found.items() if folder.id not in made}


def _put(work: Work, folder: Folder | None, one: Listed, role: str) -> Folder:
    db = work.db
    if folder is not None and folder.path != one.path and folders.by_path(db, work.account, one.path) is None:
        with db.write():
            db.run("UPDATE folder SET path = ?, wire = ? WHERE id = ?", (one.path, one.wire, folder.id))
    path = one.path if folder is None or folder.path == one.path else _path_of(work, folder)
    return folders.ensure(db, work.account, path, wire=one.wire, delimiter=one.delimiter, role=role, selectable=one.selectable)


def _path_of(work: Work, folder: Folder) -> str:
    return folders.get(work.db, folder.id).path


def _as_listed(path: str, listed: list[Listed]) -> str:
    """A path that somebody has written down with the server's prefix, as it is shown."""
    return next((one.path for one in listed if path in (one.path, utf7.decode(one.wire.encode("latin-1")))), path)


def roles_of(listed: list[Listed], hand_made: Mapping[str, str]) -> dict[str, str]:
    """Path → role, each role once: INBOX, what the user chose, SPECIAL-USE, known names (shallow ones first)."""
    paths = {one.path for one in listed}
    everything, listed = listed, [one for one in listed if not one.path.startswith(namespace.OTHERS)]
    found: dict[str, str] = {}
    for one in listed:
        if one.path.upper() == "INBOX":
            found.setdefault(one.path, "inbox")
    for role, path in hand_made.items():
        if path in paths and path not in found:
            found[path] = role
    taken = set(found.values()) | set(hand_made)
    guesses = [(0, *_by_use(one), one.path) for one in listed] + [(1, *_by_name(one), one.path) for one in listed]
    usable = {one.path for one in everything if one.selectable}
    for _, _, role, path in sorted(guesses, key=lambda guess: (guess[0], guess[1], len(guess[3]))):
        if role and role not in taken and path in usable and path not in found:
            found[path] = role
            taken.add(role)
    return found


def _by_use(one: Listed) -> tuple[tuple[int, int], str]:
    return (_depth(one), 0), next((_USES[use] for use in sorted(one.attributes) if use in _USES), "")


def _by_name(one: Listed) -> tuple[tuple[int, int], str]:
    name = one.path.rsplit(one.delimiter, 1)[-1] if one.delimiter else one.path
    rank, role = NAMES.get(unicodedata.normalize("NFC", name).strip().casefold(), (0, ""))
    return (_depth(one), rank), role


def _depth(one: Listed) -> int:
    return one.path.count(one.delimiter) if one.delimiter else 0


def _vanished(work: Work, missing: list[Folder], hollow: list[Folder]) -> None:
    """Folders that are no longer listed go when that is seen a second time, and nothing waits to be done in them.

    `hollow`: of a folder that was deleted while there are others below it only the name is left (RFC 3501 §6.3.4), no mail.
    """
    waiting = {id for operation in journal.pending(work.db, work.account, 100_000) for id in (operation.folder, operation.target)}
    for folder in (*missing, *hollow):
        if folder.id in waiting:
            continue
        now = work.clock()
        if not folder_state.doubt(work.db, folder.id, "gone", "", connected=work.session.opened, now=now):
            continue
        if folder in hollow:
            rows = work.db.read("SELECT id FROM placement WHERE folder = ?", (folder.id,))
            work.each([int(id) for (id,) in rows], partial(_drop, work.db))
            folder_state.write(work.db, folder.id, FolderState(None, None, None, True), 0)
            folder_state.trust(work.db, folder.id, "gone")
        else:
            folders.remove(work.db, [folder.id])


def _drop(db: Database, placement: int) -> int:
    placements.drop(db, [placement])
    return 1
