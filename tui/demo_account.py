"""The demo's account: settings for the servers that `accounts.demo` has started."""

from __future__ import annotations

import json

from accounts.demo.server_process import DemoServers
from core.secret import Secret
from core.settings import Account, Credential, Identity, Server
from core.settings.file import add_identity
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
