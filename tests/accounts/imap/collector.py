"""A process that collects an account and tells each step on its standard output, to be killed at one of them.

`python -m tests.accounts.imap.collector STORE PORT USER`, the password on standard input.
"""

from __future__ import annotations

import sys
from pathlib import Path

from accounts.imap.account import ImapAccount
from accounts.incoming import Progress
from core.secret import Secret
from core.settings.schema import Account, Server
from core.store import accounts
from core.store.database import Database


def main() -> None:
    store, port, user = sys.argv[1:]
    password = sys.stdin.readline().strip()
    server = Server(kind="imap", host="127.0.0.1", port=int(port), security="none", user=user)
    settings = Account(id="0123abcd", name="test", keep="all", incoming=server)
    db = Database(Path(store))
    db.after_commit = lambda: print("commit", flush=True)

    def report(progress: Progress) -> None:
        print(progress.what, progress.done, flush=True)

    incoming = ImapAccount(settings, lambda asked: Secret(password), db, accounts.row_of(db, settings.id), report)
    while True:
        incoming.sync()
        print("pass", flush=True)


if __name__ == "__main__":
    main()
