"""Is the store what the server has: by UID, by the bytes, by flags and keywords."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from core.flags import Flag
from core.paths import find_home
from core.store import bodies, folders, placements
from core.store.database import Database
from tests.servers.dovecot import Dovecot
from tests.servers.mailbox import Mailbox

SYSTEM = {
    "\\seen": Flag.SEEN,
    "\\answered": Flag.ANSWERED,
    "\\flagged": Flag.FLAGGED,
    "\\draft": Flag.DRAFT,
    "\\deleted": Flag.DELETED,
}


@dataclass(frozen=True, slots=True)
class Held:
    """One mail as a side holds it; `digest` is empty where the store has no body."""

    digest: str
    flags: frozenset[str]


def differences(home: Path, dovecot: Dovecot, mailbox: Mailbox, account: int = 1) -> list[str]:
    """What differs between every folder of the mailbox and the store's account row; [] means equal.

    A body the store does not keep is no difference; a wrong one is.
    """
    there = on_server(dovecot, mailbox)
    here = in_store(home, account)
    found = [f"folder {name} only on the server" for name in there.keys() - here.keys() if there[name]]
    found += [f"folder {name} only in the store" for name in here.keys() - there.keys() if here[name]]
    for name in there.keys() & here.keys():
        for uid in sorted(there[name].keys() | here[name].keys()):
            server, store = there[name].get(uid), here[name].get(uid)
            if server is None or store is None:
                found.append(f"{name} UID {uid} only {'in the store' if server is None else 'on the server'}")
            elif store.digest and store.digest != server.digest:
                found.append(f"{name} UID {uid}: other bytes")
            elif store.flags != server.flags:
                found.append(f"{name} UID {uid}: {sorted(store.flags)} in the store, {sorted(server.flags)} on the server")
    return found


def on_server(dovecot: Dovecot, mailbox: Mailbox) -> dict[str, dict[int, Held]]:
    """Folder → UID → mail, asked over IMAP."""
    found: dict[str, dict[int, Held]] = {}
    with dovecot.client(mailbox) as client:
        for flags, _, name in client.list_folders():
            if b"\\Noselect" in flags or b"\\NonExistent" in flags:
                continue
            client.select_folder(name, readonly=True)
            held = found[name] = {}
            uids = client.search()
            for begin in range(0, len(uids), 500):
                for uid, got in client.fetch(uids[begin : begin + 500], ["FLAGS", "BODY.PEEK[]"]).items():
                    words = frozenset(flag.decode().lower() for flag in got[b"FLAGS"]) - {"\\recent"}
                    held[uid] = Held(hashlib.sha256(got[b"BODY[]"]).hexdigest(), words)
    return found


def in_store(home: Path, account: int = 1) -> dict[str, dict[int, Held]]:
    """Folder → UID → mail, read from the database; mails without a UID are named by negative numbers."""
    database = Database(find_home({"CORREIO_HOME": str(home)}).database, readonly=True)
    try:
        return {folder.path: _folder(database, folder.id) for folder in folders.all_folders(database, account)}
    finally:
        database.close()


def _folder(database: Database, folder: int) -> dict[int, Held]:
    held: dict[int, Held] = {}
    rows = database.read("SELECT id FROM placement WHERE folder = ? AND hidden = 0 ORDER BY id", (folder,))
    for (id,) in rows:
        placement = placements.get(database, id)
        assert placement is not None
        raw = bodies.raw(database, placement.message)
        words = {name for name, bit in SYSTEM.items() if placement.flags & bit}
        words |= {row[0] for row in database.read("SELECT name FROM keyword WHERE placement = ? AND shown = 1", (id,))}
        key = placement.uid if placement.uid is not None else -id
        held[key] = Held(hashlib.sha256(raw).hexdigest() if raw is not None else "", frozenset(words))
    return held
