"""Adding an account, the same for `correio account add` and the welcome screen: servers, credential, settings."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from accounts.discovery.found import Found
from core.secret import Secret
from core.settings import Account, Credential, Identity, Server, Settings, checks
from core.settings.file import add_account
from core.store import accounts
from core.store.database import Database
from tui.wiring import Wiring

if TYPE_CHECKING:  # loaded when somebody is asked for consent
    from tui.consent import Consent

SIDES = ("in", "out")
"""The two halves of an account as forms and the command line name them."""
WAYS = ("keyring", "gpg", "file", "passphrase", "command", "ask")
"""Where a password may be kept, in the order in which it is offered."""


OAUTH_FIELDS = {
    "client-id": "client_id", "tenant": "tenant", "authorize-url": "authorize_url", "token-url": "token_url",
    "device-url": "device_url", "scope": "scope", "oauth-trust": "trust",
}  # fmt: skip
"""Fields of a form about OAuth2, and the settings of a credential that they fill."""


class NewAccount(Struct, frozen=True):
    """What is to be added. The password is kept as `credential` says, when the account is."""

    account: Account
    identity: Identity | None
    credential: Credential | None
    secret: Secret | None
    passphrase: Secret | None = None
    """Of the file with the passwords, where the credential is kept in one."""
    consent: Consent | None = None
    """For OAuth2, what the provider gave; `secret` is the token then."""


def from_discovery(found: Found, settings: Settings, *, name: str = "", person: str = "") -> NewAccount:
    """A new account from what discovery found, IMAP or POP3; both servers share one credential."""
    credential = Credential(name=free_name(found.address, {one.name for one in settings.credentials}))
    account = Account(
        name=free_name(name or found.address or found.provider, {one.name for one in settings.accounts}),
        kind="pop3" if found.incoming is not None and found.incoming.kind == "pop3" else "imap",
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


def proposed(found: Found, kind: str) -> Server:
    """The server of this kind (imap, pop3) that was found; an unnamed one to be typed in where none was."""
    return found.receiving(kind) or Server(kind=kind, host="", user=found.address)


def free_name(wanted: str, taken: set[str]) -> str:
    """`wanted`, or with a number behind it when it is taken."""
    folded = {name.casefold() for name in taken}
    name, n = wanted, 2
    while name.casefold() in folded:
        name, n = f"{wanted} {n}", n + 1
    return name


def person_here() -> str:
    """The name of whoever is logged in on this machine, '' where it does not say."""
    try:
        user = pwd.getpwuid(os.getuid())
    except KeyError:
        return ""
    name = user.pw_gecos.partition(",")[0].strip()
    return "" if name == user.pw_name or checks.one_line(name) else name


def usable_ways(wiring: Wiring) -> tuple[str, ...]:
    """Where passwords can really be kept here, in the order of WAYS. A keyring may take three seconds to answer."""
    from accounts.keyrings import is_keyring_usable

    here = set(wiring.secrets.methods())
    if "keyring" in here and not is_keyring_usable():
        here.remove("keyring")
    return tuple(way for way in WAYS if way in here)


def best_method(ways: Sequence[str]) -> str:
    """Where a password is best kept, out of `usable_ways`: a keyring that really works, else the encrypted file."""
    return next(way for way in ("keyring", "file", "ask") if way in ways)


def trust_value(text: str) -> str:
    """Whom to believe as the settings want it: the path of a file is made absolute."""
    if text in ("", "system"):
        return "system"
    return text if text == "ignore" or text.startswith("sha256:") else str(Path(text).expanduser().absolute())


def add(wiring: Wiring, db: Database, new: NewAccount) -> None:
    """Keep the password, write the settings, make the store's row; in this order, so that nothing is half there."""
    wiring.home.make()
    if new.passphrase is not None:
        wiring.passphrase.tell(new.passphrase)
    if new.credential is not None and new.consent is not None:
        wiring.secrets.tokens.keep(new.credential, new.consent.tokens, new.consent.client_secret)
    elif new.credential is not None and new.secret is not None and new.credential.method != "command":
        wiring.secrets.put(new.credential, new.secret)
    credentials = (new.credential,) if new.credential is not None else ()
    add_account(wiring.home.settings_file, new.account, new.identity, credentials)
    accounts.row_of(db, new.account.id, local=new.account.is_kept_here)


def _with(server: Server | None, credential: str) -> Server | None:
    return None if server is None else replace(server, credential=credential if server.auth else "")


# what a form says --------------------------------------------------------


def first_wrong(values: Mapping[str, str], settings: Settings) -> tuple[str, str] | None:
    """The first value that cannot be used, and the id of what is wrong with it (`tui.sentences.wrong_sentence`).

    Values by field: name, account, keep, way, password, command, passphrase, again, and for both SIDES host, port, security,
    user, trust as `in-host`. `login`: the provider of OAuth2, for which OAUTH_FIELDS count; '' for a password. Without
    `out-host` mail is read but not sent; without `out-user` the server for sending wants no log-in.
    `kind` (imap, pop3, local) may be missing; a local account has nothing but its name.
    """
    if values.get("kind") == "local":
        id = _wrong_name(values["account"], settings)
        return ("account", id) if id else None
    wrong = {
        "name": checks.one_line(values["name"]),
        **(_wrong_oauth(values) if values.get("login") else _wrong_password(values)),
        **(_wrong_passphrase(values) if values["way"] == "passphrase" else {}),
        **_wrong_server(values, "in"),
        **(_wrong_server(values, "out") if values["out-host"] else {}),
        "account": _wrong_name(values["account"], settings),
    }
    return next(((field, id) for field, id in wrong.items() if id), None)


def from_values(start: NewAccount, values: Mapping[str, str], secret: Secret | None) -> NewAccount:
    """The account as the form says, from values in which `first_wrong` found nothing."""
    kind = values.get("kind", start.account.kind)
    if kind == "local":
        account = Account(id=start.account.id, name=values["account"].strip(), kind=kind, email=start.account.email)
        return NewAccount(account, None, None, None)
    credential = replace(start.credential or Credential(name=start.account.email), method=values["way"])
    command = values["command"] if values["way"] == "command" else ""
    method = "oauth2" if values.get("login") else ""
    account = replace(
        start.account,
        name=values["account"].strip(),
        kind=kind,
        keep=values["keep"],
        incoming=_server(kind, start.account.incoming, values, "in", credential.name, method),
        outgoing=_server("smtp", start.account.outgoing, values, "out", credential.name, method) if values["out-host"] else None,
    )
    identity = replace(start.identity or Identity(account=account.id, address=account.email), name=values["name"].strip())
    passphrase = Secret(values["passphrase"]) if values["way"] == "passphrase" else None
    return NewAccount(account, identity, replace(credential, command=command, **_oauth_of(values)), secret, passphrase)


def _server(kind: str, found: Server | None, values: Mapping[str, str], side: str, credential: str, method: str) -> Server:
    told = {name: values[f"{side}-{name}"].strip() for name in ("host", "security", "user")}
    auth = bool(told["user"])
    return replace(
        found or Server(kind=kind, host=told["host"]),
        kind=kind,
        **told,
        port=int(values[f"{side}-port"]),
        trust=trust_value(values[f"{side}-trust"].strip()),
        auth=auth,
        credential=credential if auth else "",
        **({"method": method} if auth and method else {}),
    )


def _wrong_server(values: Mapping[str, str], side: str) -> dict[str, str]:
    told = {name: values[f"{side}-{name}"].strip() for name in ("host", "port", "user", "trust")}
    port = told["port"]
    wrong = {
        "host": checks.host(told["host"]) if told["host"] else "empty",
        "port": "" if port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536 else "not-a-port",
        "user": checks.one_line(told["user"]) or ("empty" if side == "in" and not told["user"] else ""),
        "trust": checks.trust(trust_value(told["trust"])),
    }
    return {f"{side}-{name}": id for name, id in wrong.items()}


def _wrong_password(values: Mapping[str, str]) -> dict[str, str]:
    if values["way"] == "command":
        return {"command": checks.command(values["command"]) if values["command"] else "empty"}
    return {"password": "" if values["password"] else "empty"}


def _wrong_oauth(values: Mapping[str, str]) -> dict[str, str]:
    told = {field: values[field].strip() for field in OAUTH_FIELDS}
    wrong = {
        "client-id": checks.one_line(told["client-id"]) if told["client-id"] else "empty",
        "tenant": checks.one_word(told["tenant"]) if values["login"] == "microsoft" else "",
    }
    if values["login"] == "generic":
        wrong |= {field: checks.web_address_or_nothing(told[field]) for field in ("authorize-url", "token-url", "device-url")}
        wrong |= {"scope": checks.one_line(told["scope"]), "oauth-trust": checks.trust(trust_value(told["oauth-trust"]))}
        if not told["token-url"]:
            wrong["token-url"] = "empty"
        if not told["authorize-url"] and not told["device-url"]:
            wrong["authorize-url"] = "empty"
    return wrong


def _oauth_of(values: Mapping[str, str]) -> dict[str, str]:
    """The settings of a credential for the chosen provider; what is said of another one is left out."""
    login = values.get("login", "")
    known = {"": (), "generic": tuple(OAUTH_FIELDS), "microsoft": ("client-id", "tenant")}
    told = {OAUTH_FIELDS[field]: values[field].strip() for field in known.get(login, ("client-id",))}
    if "trust" in told:
        told["trust"] = trust_value(told["trust"])
    return {**told, "oauth": login}


def _wrong_passphrase(values: Mapping[str, str]) -> dict[str, str]:
    same = values["again"] == values["passphrase"]
    return {"passphrase": "" if values["passphrase"] else "empty", "again": "" if same else "not-the-same"}


def _wrong_name(name: str, settings: Settings) -> str:
    if any(one.name.casefold() == name.strip().casefold() for one in settings.accounts):
        return "name-taken"
    return checks.account_name(name.strip())
