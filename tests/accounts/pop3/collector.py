"""Collects from a POP3 server over and over and says so after each step: to be killed in between."""

from __future__ import annotations

import sys
from pathlib import Path

from core.settings.schema import Server
from core.store.database import Database
from tests.accounts.pop3.conftest import account_on


def main() -> None:
    """`collector STORE PORT USER CAFILE`, the password on standard input."""
    store, port, user, trust = sys.argv[1:]
    password = sys.stdin.readline().strip()
    server = Server(kind="pop3", host="localhost", port=int(port), user=user, trust=trust)
    db = Database(Path(store))
    incoming = account_on(db, server, password, leave=False)
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1
        print(f"step {steps}", flush=True)

    db.after_commit = step
    while True:
        incoming.sync()
        print("pass", flush=True)
        sys.stdin.readline()


if __name__ == "__main__":
    main()
