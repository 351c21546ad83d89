"""Adding an account, the same for `correio account add` and the welcome screen: servers, credential, settings."""

from __future__ import annotations

from dataclasses import dataclass, replace

from accounts.discovery.found import Found
from core.secret import Secret
from core.settings import Account, Credential, Identity, Server, Settings
from core.settings.file import add_account
from core.store import accounts
from core.store.database import Database
from tui.wiring import Wiring


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What is to be added. The password is kept as `credential` says, when the account is."""

    account: Account
    identity: Identity | None
    credential: Credential | None
    secret: Secret | None


def from_discovery(found: Found, settings: Settings, *, name: str = "", person: str = "") -> NewAccount:
    """A new IMAP account from what discovery found; both servers share one credential."""
    credential = Credential(name=free_name(found.address, {one.name for one in settings.credentials}))
    account = Account(
        name=free_name(name or found.address, {one.name for one in settings.accounts}),
        email=found.address,
        sent_copy=found.sent_copy,
        incoming=_with(found.incoming, credential.name),
        outgoing=_with(found.outgoing, credential.name),
    )
    return NewAccount(account, Identity(account=account.id, address=found.address, name=person), credential, None)


def local_account(settings: Settings, *, name: str, email: str) -> NewAccount:
    """A new account without a server."""
    account = Account(name=free_name(name or "Local", {one.name for one in settings.accounts}), kind="local", email=email)
    return NewAccount(account, None, None, None)


def free_name(wanted: str, taken: set[str]) -> str:
    """`wanted`, or with a number behind it when it is taken."""
    folded = {name.casefold() for name in taken}
    name, n = wanted, 2
    while name.casefold() in folded:
        name, n = f"{wanted} {n}", n + 1
    return name


def best_method(wiring: Wiring) -> str:
    """Where a password is best kept here: the keyring where one really works, else the encrypted file."""
    methods = wiring.secrets.methods()
    return next(method for method in ("keyring", "file", "ask") if method in methods)


def add(wiring: Wiring, db: Database, new: NewAccount) -> None:
    """Keep the password, write the settings, make the store's row; in this order, so that nothing is half there."""
    wiring.home.make()
    if new.credential is not None and new.secret is not None and new.credential.method not in ("command", "ask"):
        wiring.secrets.put(new.credential, new.secret)
    credentials = (new.credential,) if new.credential is not None else ()
    add_account(wiring.home.settings_file, new.account, new.identity, credentials)
    accounts.row_of(db, new.account.id, local=new.account.kind == "local")


def _with(server: Server | None, credential: str) -> Server | None:
    return None if server is None else replace(server, credential=credential if server.auth else "")
