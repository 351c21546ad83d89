"""How full mailboxes are, and how large a mail servers take: what they last said."""

from __future__ import annotations

import json

from msgspec import Struct

from core.errors import ServerRefused
from core.store import notices
from core.store.database import Database

NEARLY_FULL = 90
"""Percent from which on something should be done."""
UNKNOWN_LIMIT = 50 * 1024 * 1024
"""Bytes of the largest mail that goes out where the server has not said what it takes."""


class Quota(Struct, frozen=True):
    """What is used of a mailbox, and what there is (RFC 9208); bytes for `storage`, mails for `message`."""

    used: int
    most: int
    kind: str = "storage"
    root: str = ""
    """The server's name for what is counted."""

    @property
    def percent(self) -> int:
        """How full it is; above 100 where the server counts on."""
        return self.used * 100 // self.most if self.most > 0 else 0

    @property
    def is_nearly_full(self) -> bool:
        """Whether something should be done."""
        return self.percent >= NEARLY_FULL


def put(db: Database, account: int, found: Quota | None, now: int) -> None:
    """Keep what the server of the account with this row has said; people hear of it when the mailbox gets nearly full."""
    before = of(db, account)
    with db.write():
        if found is None:
            db.run("DELETE FROM meta WHERE name = ?", (_key(account),))
            return
        told = {"used": found.used, "most": found.most, "kind": found.kind, "root": found.root, "told": now}
        db.run("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (_key(account), json.dumps(told)))
        if found.is_nearly_full and not (before is not None and before.is_nearly_full):
            error = ServerRefused("quota-nearly-full", server="", answer="", percent=found.percent)
            notices.add(db, error, account)


def of(db: Database, account: int) -> Quota | None:
    """What is known of the account with this row; None where its server counts nothing."""
    text = db.value("SELECT value FROM meta WHERE name = ?", (_key(account),))
    if text is None:
        return None
    told = json.loads(str(text))
    return Quota(told["used"], told["most"], told["kind"], told["root"])


def told_at(db: Database, account: int) -> int:
    """When the server was asked last, in unix seconds; 0 for never."""
    text = db.value("SELECT value FROM meta WHERE name = ?", (_key(account),))
    return 0 if text is None else int(json.loads(str(text))["told"])


def put_limit(db: Database, server: str, size: int | None) -> None:
    """Keep the largest mail that the outgoing server with this id takes; None where it does not say."""
    if size == limit_of(db, server):
        return
    with db.write():
        if size is None:
            db.run("DELETE FROM meta WHERE name = ?", (f"largest {server}",))
        else:
            db.run("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (f"largest {server}", str(size)))


def limit_of(db: Database, server: str) -> int | None:
    """The largest mail that the outgoing server with this id takes, in bytes; None where it has not said."""
    text = db.value("SELECT value FROM meta WHERE name = ?", (f"largest {server}",))
    return None if text is None else int(str(text))


def _key(account: int) -> str:
    return f"quota {account}"
