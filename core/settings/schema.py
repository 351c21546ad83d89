"""Every setting of Correio, declared once: name, default, help, check.

The file's reader, `correio config`, the settings screens, the messages and the manual are derived from it.
Secrets are not settings: the file holds the name of a credential and where it is kept.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from core.errors import NotFound
from core.settings import checks
from core.settings.field import Setting, setting, settings_of

ROLES = ("sent", "drafts", "trash", "junk", "archive")
"""The special folders that can be mapped by hand."""

_PORTS = {
    ("imap", "tls"): 993,
    ("imap", "starttls"): 143,
    ("imap", "none"): 143,
    ("smtp", "tls"): 465,
    ("smtp", "starttls"): 587,
    ("smtp", "none"): 25,
}


def new_id() -> str:
    """A random id of 8 hexadecimal digits, for an account, server or identity."""
    return os.urandom(4).hex()


def default_port(kind: str, security: str) -> int:
    """The usual port: 993 or 143 for IMAP, 465, 587 or 25 for SMTP."""
    return _PORTS.get((kind, security), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that mail comes from or goes to."""

    id: str = setting(new_id, "The server's own id; it never changes.", fixed=True, check=checks.an_id)
    kind: str = setting(..., "What the server speaks.", choices=("imap", "smtp"))
    host: str = setting(..., "The server's name on the network.", check=checks.host)
    port: int = setting(0, "The port; left out, it follows from the security.", least=0, most=65535)
    security: str = setting(
        "tls",
        "tls: encrypted from the first byte; starttls: encrypted before the password; none: open to all.",
        choices=("tls", "starttls", "none"),
    )
    trust: str = setting(
        "system",
        "Which certificate is believed: system, the path of a CA file, sha256:FINGERPRINT, or ignore.",
        check=checks.trust,
    )
    min_tls: str = setting("1.2", "The oldest version of TLS that is accepted.", choices=("1.2", "1.3"))
    auth: bool = setting(True, "Whether the server wants a user and a password.")
    method: str = setting("auto", "How the password is told to the server.", choices=("auto", "plain", "login", "cram-md5"))
    user: str = setting("", "The user's name for the server, often the whole address.", check=checks.one_line)
    credential: str = setting("", "The name of the credential that logs in.", check=checks.one_line)

    def __post_init__(self) -> None:
        if not self.port:
            object.__setattr__(self, "port", default_port(self.kind, self.security))


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A mailbox: on an IMAP server, or local (no server)."""

    id: str = setting(new_id, "The account's own id; it never changes.", fixed=True, check=checks.an_id)
    name: str = setting(..., "The account's name on the screen and in folder paths.", check=checks.account_name)
    kind: str = setting("imap", "imap: folders on a server; local: folders on this machine.", choices=("imap", "local"))
    email: str = setting("", "The address of the mailbox.", check=checks.address_or_nothing)
    active: bool = setting(True, "Whether mail is collected and sent.")
    offline: bool = setting(False, "Whether the account is offline by choice: changes and mails to send wait.")
    default: bool = setting(False, "Whether new mail is written from this account unless another is chosen.")
    keep: str = setting(
        "days:31",
        "What is kept on this machine: headers, days:N (bodies of the last N days), or all.",
        check=checks.keep,
    )
    keep_folders: Mapping[str, str] = setting(
        dict,
        "What is kept of single folders, by path, where it is not what `keep` says: headers, days:N, or all.",
        check=checks.keep_map,
    )
    watch: str = setting(
        "",
        'Folders besides the Inbox whose news are told at once, separated by commas; "a name, with a comma" in quotation marks.',
        check=checks.one_line,
    )
    connections: int = setting(4, "The most connections to the incoming server at a time.", least=1, most=20)
    compress: str = setting(
        "auto",
        "Whether what comes and goes is compressed where the server can: auto (not within this machine), always, never.",
        choices=("auto", "always", "never"),
    )
    sent_copy: str = setting(
        "server",
        "Where a copy of sent mail goes: server, local, provider (the server files it itself), or none.",
        choices=("server", "local", "provider", "none"),
    )
    subscribed: bool = setting(False, "Whether only the subscribed folders are shown.")
    folders: Mapping[str, str] = setting(
        dict,
        "Special folders chosen by hand: sent, drafts, trash, junk, archive.",
        check=checks.role_map(ROLES),
    )
    incoming: Server | None = field(default=None, metadata={"table": Server})
    outgoing: Server | None = field(default=None, metadata={"table": Server})

    def keep_of(self, path: str) -> str:
        """What is kept of the folder with this path: `headers`, `days:N` or `all`."""
        return self.keep_folders.get(path, self.keep)

    def watched(self) -> tuple[str, ...]:
        """The paths in `watch`, each once."""
        paths = next(csv.reader([self.watch], skipinitialspace=True), [])
        return tuple(dict.fromkeys(path.strip() for path in paths if path.strip()))

    def servers(self) -> tuple[Server, ...]:
        """The servers there are, incoming first."""
        return tuple(server for server in (self.incoming, self.outgoing) if server is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A sender: an address with a name and a signature."""

    id: str = setting(new_id, "The identity's own id; it never changes.", fixed=True, check=checks.an_id)
    account: str = setting(..., "The id of the account that sends for it.", check=checks.an_id)
    address: str = setting(..., "The sender's address.", check=checks.address)
    name: str = setting("", "The sender's name as others see it.", check=checks.one_line)
    organisation: str = setting("", "The Organization header line.", check=checks.one_line)
    reply_to: str = setting("", "The address that answers go to, if it is another.", check=checks.address_or_nothing)
    signature: str = setting("", "The text below each mail, without the line of two dashes.", check=checks.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """Where a password is kept. Several servers can share one."""

    name: str = setting(..., "The credential's name, which servers refer to.", check=checks.one_line_something)
    method: str = setting(
        "ask",
        "Where it is kept: keyring, gpg (a file for your own key), file (a random key beside it), "
        "passphrase, command, or ask (typed each time).",
        choices=("keyring", "gpg", "file", "passphrase", "command", "ask"),
    )
    command: str = setting("", "For command: it is run without a shell, its first line is the password.", check=checks.command)


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSearch:
    """A search that stands in the folder tree."""

    id: str = setting(new_id, "The search's own id; it never changes.", fixed=True, check=checks.an_id)
    name: str = setting(..., "What it is called in the folder tree.", check=checks.one_line_something)
    query: str = setting(..., "What is looked for, as it is typed after /.", check=checks.one_line_something)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ui:
    """The screen."""

    keymap: str = setting("default", "The key map: default, mutt, or a file of your own.", check=checks.one_line_something)
    theme: str = setting("", "The theme; empty: the one that suits the terminal.", check=checks.one_line)
    reader_width: int = setting(80, "Cells to which mail is wrapped; 0: the whole width.", least=0, most=1000)
    editor: str = setting("", "The command of an editor; empty: the built-in one.", check=checks.command)
    mark_read_after: int = setting(
        2, "Seconds after which a message in view counts as read; -1: only when opened.", least=-1, most=3600
    )
    threads: bool = setting(True, "Whether messages are listed in threads.")
    date_format: str = setting(
        "auto",
        "auto: short, by how long ago; or a pattern such as %Y-%m-%d %H:%M.",
        check=checks.date_pattern,
    )
    language: str = setting("", "The language, as in pt or de; empty: that of the system.", check=checks.language)
    mouse: bool = setting(True, "Whether the mouse works in Correio; off, the terminal selects text with it.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compose:
    """Writing and sending."""

    undo_send_seconds: int = setting(10, "Seconds a mail waits in the outbox so that it can be taken back.", least=0, most=3600)
    attribution: str = setting(
        "On {date}, {name} wrote:",
        "The line above a quotation; {date}, {name} and {address} are filled in.",
        check=checks.attribution,
    )
    format_flowed: bool = setting(True, "Whether plain text is sent so that it wraps at the reader's (RFC 3676).")
    width: int = setting(72, "Cells at which the built-in editor wraps.", least=20, most=998)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sync:
    """Collecting mail."""

    idle: bool = setting(True, "Whether servers are asked to tell of new mail at once (IMAP IDLE).")
    minutes: int = setting(5, "Minutes between two looks at the folders that cannot be watched.", least=1, most=1440)
    attachment_text: bool = setting(
        False, "Whether the words of attached files are searched: text, HTML, and PDF where pdftotext is installed."
    )
    offline: bool = setting(False, "Whether all accounts are offline by choice: nothing is collected or sent.")
    empty_trash_days: int = setting(
        0, "Days after which what lies in the trash is deleted for ever; 0: never.", least=0, most=3650
    )
    undo_days: int = setting(7, "Days for which mail deleted for ever can still be brought back.", least=0, most=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that the configuration file says."""

    accounts: tuple[Account, ...] = ()
    identities: tuple[Identity, ...] = ()
    credentials: tuple[Credential, ...] = ()
    searches: tuple[SavedSearch, ...] = ()
    ui: Ui = field(default_factory=Ui, metadata={"table": Ui})
    compose: Compose = field(default_factory=Compose, metadata={"table": Compose})
    sync: Sync = field(default_factory=Sync, metadata={"table": Sync})

    def account(self, name: str) -> Account:
        """The account with this id, name or address (name and address in any case), else NotFound."""
        for one in self.accounts:
            if one.id == name:
                return one
        folded = name.casefold()
        for one in self.accounts:
            if folded in (one.name.casefold(), one.email.casefold()):
                return one
        raise NotFound("no-account", what="account", name=name)

    def is_offline(self, account: Account) -> bool:
        """Whether an account is offline by choice, alone or with all others."""
        return account.kind != "local" and (self.sync.offline or account.offline)

    def default_account(self) -> Account | None:
        """The account marked as default, else the first active one that can send, else the first."""
        ranked = sorted(self.accounts, key=lambda one: (not one.default, not one.active, one.outgoing is None))
        return ranked[0] if ranked else None

    def identity(self, id: str) -> Identity:
        """The identity with this id, else NotFound."""
        for one in self.identities:
            if one.id == id:
                return one
        raise NotFound("no-identity", what="identity", name=id)

    def identities_of(self, account: str) -> tuple[Identity, ...]:
        """The identities that send through the account with this id, the account's own address first."""
        email = next((one.email.casefold() for one in self.accounts if one.id == account), "")
        mine = [one for one in self.identities if one.account == account]
        return tuple(sorted(mine, key=lambda one: one.address.casefold() != email))

    def credential(self, name: str) -> Credential:
        """The credential of this name, else NotFound."""
        for one in self.credentials:
            if one.name == name:
                return one
        raise NotFound("no-credential", what="credential", name=name)

    def servers(self) -> Iterator[tuple[Account, Server]]:
        """Every server with the account it belongs to."""
        for account in self.accounts:
            for server in account.servers():
                yield account, server


LISTS = {
    "account": ("accounts", Account),
    "identity": ("identities", Identity),
    "credential": ("credentials", Credential),
    "search": ("searches", SavedSearch),
}
"""The lists of tables: their name in the file, in `Settings`, and what each is."""

SECTIONS = {"ui": Ui, "compose": Compose, "sync": Sync}


def describe() -> list[Setting]:
    """Every setting there is; `NAME` stands for the name (or id) of an account, identity, credential or search."""
    found: list[Setting] = []
    for name, table in SECTIONS.items():
        found += settings_of(table, f"{name}.")
    for name, (_, table) in LISTS.items():
        found += settings_of(table, f"{name}.NAME.")
        if table is Account:
            found += settings_of(Server, "account.NAME.incoming.") + settings_of(Server, "account.NAME.outgoing.")
    return found
