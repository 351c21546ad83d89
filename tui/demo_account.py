"""The demo's account: settings for the servers that `accounts.demo` has started."""

from __future__ import annotations

import json
from datetime import datetime

from msgspec import structs

from accounts.demo.mails.work import own_calendar
from accounts.demo.server_process import DemoServers
from core.secret import Secret
from core.settings import Account, Credential, Identity, Server, Settings
from core.settings.file import add_identity, save
from core.store.database import Database
from tui.new_account import NewAccount, add
from tui.translation import _
from tui.wiring import Wiring

SECOND = "maria.santos@work.example"


def set_up(wiring: Wiring, servers: DemoServers) -> None:
    """Write the account and its two identities into the demo's home."""
    credential = Credential(name="demo", method="file")
    account = Account(
        name=servers.user,
        email=servers.user,
        keep="all",
        incoming=_server("imap", servers.imap_host, servers.imap_port, servers.user),
        outgoing=_server("smtp", servers.smtp_host, servers.smtp_port, servers.user),
    )
    signature = _("Maria Santos\nTrying Correio")
    identity = Identity(account=account.id, address=servers.user, name="Maria Santos", signature=signature)
    db = Database(wiring.home.database)
    try:
        add(wiring, db, NewAccount(account, identity, credential, Secret(servers.password)))
    finally:
        db.close()
    work = Identity(account=account.id, address=SECOND, name="Maria Santos", organisation="Work, Lda.")
    add_identity(wiring.home.settings_file, work)
    _folders(wiring)


def _folders(wiring: Wiring) -> None:
    """A calendar and an address book of the demo's own."""
    calendar, contacts = wiring.home.state / "calendar", wiring.home.state / "contacts"
    for folder in (calendar, contacts):
        folder.mkdir(mode=0o700, exist_ok=True)
    for name, data in own_calendar(datetime.now().astimezone()).items():
        (calendar / name).write_bytes(data)

    def change(old: Settings) -> Settings:
        return structs.replace(
            old, calendar=structs.replace(old.calendar, folder=str(calendar)),
            contacts=structs.replace(old.contacts, folder=str(contacts)),
        )  # fmt: skip

    save(wiring.home.settings_file, change)


def _server(kind: str, host: str, port: int, user: str) -> Server:
    return Server(kind=kind, host=host, port=port, security="none", user=user, credential="demo")


def as_line(servers: DemoServers) -> str:
    """Where the servers are, for programs: one line of JSON."""
    return json.dumps(
        {
            "imap": {"host": servers.imap_host, "port": servers.imap_port, "security": "none"},
            "smtp": {"host": servers.smtp_host, "port": servers.smtp_port, "security": "none"},
            "user": servers.user,
            "password": servers.password,
            "home": str(servers.home),
        }
    )
