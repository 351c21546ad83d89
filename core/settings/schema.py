"""Every setting of Correio, declared once: name, default, help, check.

The file's reader, `correio config`, the settings screens, the messages and the manual are derived from it.
Secrets are not settings: the file holds the name of a credential and where it is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated

from msgspec import Struct, field

from core.errors import NotFound
from core.settings import checks
from core.settings.field import Setting, setting, settings_of
from core.settings.gateway import Gateway
from core.settings.links import Links
from core.settings.sender import Identity
from core.settings.server import OUTGOING, Credential, Proxy, Server, default_port, new_id

__all__ = [
    "LISTS", "OUTGOING", "ROLES", "SECTIONS", "Account", "Calendar", "Compose", "Contacts", "Credential", "Identity", "Print",
    "Proxy", "SavedSearch", "Server", "Settings", "Sync", "Ui", "default_port", "describe", "new_id",
]  # fmt: skip

ROLES = ("sent", "drafts", "trash", "junk", "archive")
"""The special folders that can be mapped by hand."""


class Account(Struct, frozen=True, kw_only=True):
    """A mailbox: on an IMAP server, collected by POP3 into folders of this machine, or local (no server)."""

    id: Annotated[str, setting("The account's own id; it never changes.", fixed=True, check=checks.an_id)] = field(
        default_factory=new_id
    )
    name: Annotated[str, setting("The account's name on the screen and in folder paths.", check=checks.account_name)]
    kind: Annotated[
        str,
        setting(
            "imap: folders on a server; pop3: the Inbox of a server, collected into folders on this machine; local: folders on"
            " this machine, without a server.",
            choices=("imap", "pop3", "local"),
        ),
    ] = "imap"
    email: Annotated[str, setting("The address of the mailbox.", check=checks.address_or_nothing)] = ""
    active: Annotated[bool, setting("Whether mail is collected and sent.")] = True
    offline: Annotated[bool, setting("Whether the account is offline by choice: changes and mails to send wait.")] = False
    default: Annotated[bool, setting("Whether new mail is written from this account unless another is chosen.")] = False
    keep: Annotated[
        str, setting("What is kept on this machine: headers, days:N (bodies of the last N days), or all.", check=checks.keep)
    ] = "days:31"
    keep_folders: Annotated[
        Mapping[str, str],
        setting(
            "What is kept of single folders, by path, where it is not what `keep` says: headers, days:N, or all.",
            check=checks.keep_map,
        ),
    ] = field(default_factory=dict)
    watch: Annotated[
        str,
        setting(
            'Folders besides the Inbox whose news are told at once, separated by commas; "a name, with a comma" in quotation'
            " marks.",
            check=checks.one_line,
        ),
    ] = ""
    connections: Annotated[int, setting("The most connections to the incoming server at a time.", least=1, most=20)] = 4
    compress: Annotated[
        str,
        setting(
            "Whether what comes and goes is compressed where the server can: auto (not within this machine), always, never.",
            choices=("auto", "always", "never"),
        ),
    ] = "auto"
    authserv: Annotated[
        str,
        setting(
            "The server whose word counts on who sent a mail (the id in Authentication-Results, or its domain); empty: learned"
            " from the mail that is here; none: no server's.",
            check=checks.authserv,
        ),
    ] = ""
    sent_copy: Annotated[
        str,
        setting(
            "Where a copy of sent mail goes: server, local, provider (the server files it itself), or none.",
            choices=("server", "local", "provider", "none"),
        ),
    ] = "server"
    sent_bcc: Annotated[
        str,
        setting(
            "An address that gets a blind copy of all that is sent; with no copy elsewhere, nothing of it stays here.",
            check=checks.address_or_nothing,
        ),
    ] = ""
    subscribed: Annotated[bool, setting("Whether only the subscribed folders are shown.")] = False
    folders: Annotated[
        Mapping[str, str],
        setting("Special folders chosen by hand: sent, drafts, trash, junk, archive.", check=checks.role_map(ROLES)),
    ] = field(default_factory=dict)
    leave: Annotated[
        bool, setting("POP3: whether collected mail stays on the server too; a mailbox that is full takes no more mail.")
    ] = True
    leave_days: Annotated[
        int,
        setting("POP3: days after which collected mail is deleted from the server; 0: it stays for ever.", least=0, most=3650),
    ] = 0
    only_new: Annotated[
        bool, setting("POP3: whether what was collected once is left alone; no: what was deleted here comes again.")
    ] = True
    minutes: Annotated[
        int,
        setting("POP3: minutes between two collections; 0: as often as the others are looked at; -1: only when you say so.",
                least=-1, most=10080),
    ] = 0  # fmt: skip
    incoming: Server | None = None
    outgoing: Server | None = None

    @property
    def is_kept_here(self) -> bool:
        """Whether its folders are on this machine alone."""
        return self.kind != "imap"

    @property
    def collects(self) -> bool:
        """Whether there is a server that mail comes from."""
        return self.kind != "local" and self.incoming is not None

    def keep_of(self, path: str) -> str:
        """What is kept of the folder with this path: `headers`, `days:N` or `all`."""
        return self.keep_folders.get(path, self.keep)

    def watched(self) -> tuple[str, ...]:
        """The paths in `watch`, each once."""
        import csv

        paths = next(csv.reader([self.watch], skipinitialspace=True), [])
        return tuple(dict.fromkeys(path.strip() for path in paths if path.strip()))

    def servers(self) -> tuple[Server, ...]:
        """The servers there are, incoming first."""
        return tuple(server for server in (self.incoming, self.outgoing) if server is not None)


class SavedSearch(Struct, frozen=True, kw_only=True):
    """A search that stands in the folder tree."""

    id: Annotated[str, setting("The search's own id; it never changes.", fixed=True, check=checks.an_id)] = field(
        default_factory=new_id
    )
    name: Annotated[str, setting("What it is called in the folder tree.", check=checks.one_line_something)]
    query: Annotated[str, setting("What is looked for, as it is typed after /.", check=checks.one_line_something)]


class Ui(Struct, frozen=True, kw_only=True):
    """The screen."""

    keymap: Annotated[str, setting("The key map: default, mutt, or a file of your own.", check=checks.one_line_something)] = (
        "default"
    )
    theme: Annotated[str, setting("The theme; empty: the one that suits the terminal.", check=checks.one_line)] = ""
    reader_width: Annotated[int, setting("Cells to which mail is wrapped; 0: the whole width.", least=0, most=1000)] = 80
    editor: Annotated[str, setting("The command of an editor; empty: the built-in one.", check=checks.command)] = ""
    mark_read_after: Annotated[
        int, setting("Seconds after which a message in view counts as read; -1: only when opened.", least=-1, most=3600)
    ] = 2
    threads: Annotated[bool, setting("Whether messages are listed in threads.")] = True
    conversation: Annotated[bool, setting("Whether a thread is read on one page, its messages below each other.")] = True
    quote_levels: Annotated[
        int, setting("Levels of quotation that are shown; what is quoted deeper is folded at first.", least=0, most=99)
    ] = 1
    list_lines: Annotated[int, setting("Lines of a message in lists: 1, or 2 with its first words.", least=1, most=2)] = 1
    date_format: Annotated[
        str, setting("auto: short, by how long ago; or a pattern such as %Y-%m-%d %H:%M.", check=checks.date_pattern)
    ] = "auto"
    signs: Annotated[
        str,
        setting("Signs in lists: auto (what the terminal shows), unicode or ascii.", choices=("auto", "unicode", "ascii")),
    ] = "auto"
    language: Annotated[str, setting("The language, as in pt or de; empty: that of the system.", check=checks.language)] = ""
    images: Annotated[
        str,
        setting(
            "Images in mail: ask (a key shows them below the text), always, or never; never loaded from the network.",
            choices=("ask", "always", "never"),
        ),
    ] = "ask"
    graphics: Annotated[
        str,
        setting(
            "How images are shown: auto (the terminal is asked), kitty, iterm2, sixel, or blocks.",
            choices=("auto", "kitty", "iterm2", "sixel", "blocks"),
        ),
    ] = "auto"
    documents: Annotated[
        str, setting("The folder for documents; empty: the one of your desktop, or ~/Documents.", check=checks.one_line)
    ] = ""
    opener: Annotated[
        str, setting("The command that opens files; empty: your mailcap's, else the desktop's.", check=checks.command)
    ] = ""
    browser: Annotated[
        str,
        setting(
            "The command that opens links and HTML, %s standing for the address; empty: $BROWSER, else the"
            " desktop's own, without a display one in the terminal (w3m, lynx …).",
            check=checks.command,
        ),
    ] = ""
    remote_content: Annotated[
        bool, setting("Whether the remote images of all mail are loaded when it is opened; senders see it is read.")
    ] = False
    remote_http: Annotated[bool, setting("Whether remote images may come over http, which anybody on the way can read.")] = False
    mouse: Annotated[bool, setting("Whether the mouse works in Correio; off, the terminal selects text with it.")] = True


class Compose(Struct, frozen=True, kw_only=True):
    """Writing and sending."""

    undo_send_seconds: Annotated[
        int, setting("Seconds a mail waits in the outbox so that it can be taken back.", least=0, most=3600)
    ] = 10
    attribution: Annotated[
        str, setting("The line above a quotation; {date}, {name} and {address} are filled in.", check=checks.attribution)
    ] = "On {date}, {name} wrote:"
    answer_above: Annotated[bool, setting("Whether an answer is written above the quotation instead of below it.")] = False
    no_reply_word: Annotated[
        str, setting("What is put behind the subject of a mail that needs no answer.", check=checks.one_line)
    ] = "(no reply needed)"
    many_recipients: Annotated[
        int, setting("From so many visible recipients on, Bcc is offered before sending; 0: never.", least=0, most=9999)
    ] = 10
    format_flowed: Annotated[bool, setting("Whether plain text is sent so that it wraps at the reader's (RFC 3676).")] = True
    width: Annotated[int, setting("Cells at which the built-in editor wraps.", least=20, most=998)] = 72
    merge_addresses: Annotated[
        str,
        setting(
            "In a sending to many, whether somebody with several addresses gets it at the main one or at all of them.",
            choices=("main", "all"),
        ),
    ] = "main"
    format: Annotated[
        str,
        setting(
            "How new mail is written: plain (text), or markdown (rich text, sent as text and HTML).",
            choices=("plain", "markdown"),
        ),
    ] = "plain"
    font: Annotated[
        str,
        setting("The font and size of rich text, as in: sans 11pt; sans, serif or mono, small, large or points.",
                check=checks.font),
    ] = "sans"  # fmt: skip
    draft_minutes: Annotated[
        int,
        setting("Minutes after which a copy of what is written goes to Drafts; 0: only on leaving.", least=0, most=999),
    ] = 3
    image_kilobytes: Annotated[
        int, setting("Kilobytes from which on a smaller copy of an image in the text is offered; 0: never.", least=0, most=99_999)
    ] = 300
    photo_data: Annotated[
        str,
        setting(
            "Place, time and camera that photos tell: remove from all that are sent, ask (removed from images in the text, asked"
            " about attached ones), keep.",
            choices=("ask", "remove", "keep"),
        ),
    ] = "ask"
    spelling: Annotated[
        str,
        setting(
            "The dictionaries for spelling, as in en_US or pt_PT,en_US; empty: that of your language; off: none.",
            check=checks.dictionaries,
        ),
    ] = ""
    receipts: Annotated[
        str,
        setting(
            "Whether those who ask for a read receipt get one: ask, never, or always (asked all the same where it is doubtful"
            " who would get it).",
            choices=("ask", "never", "always"),
        ),
    ] = "ask"


class Sync(Struct, frozen=True, kw_only=True):
    """Collecting mail."""

    idle: Annotated[bool, setting("Whether servers are asked to tell of new mail at once (IMAP IDLE).")] = True
    minutes: Annotated[int, setting("Minutes between two looks at the folders that cannot be watched.", least=1, most=1440)] = 5
    attachment_text: Annotated[
        bool, setting("Whether the words of attached files are searched: text, HTML, and PDF where pdftotext is installed.")
    ] = False
    offline: Annotated[bool, setting("Whether all accounts are offline by choice: nothing is collected or sent.")] = False
    empty_trash_days: Annotated[
        int, setting("Days after which what lies in the trash is deleted for ever; 0: never.", least=0, most=3650)
    ] = 0
    empty_junk_days: Annotated[
        int, setting("Days after which what lies in the junk folder is deleted for ever; 0: never.", least=0, most=3650)
    ] = 0
    proxy: Annotated[
        str,
        setting(
            "The name of the proxy for what mails name on the web: images that you load, lists that you leave; empty: none.",
            check=checks.one_line,
        ),
    ] = ""
    undo_days: Annotated[int, setting("Days for which mail deleted for ever can still be brought back.", least=0, most=365)] = 7


class Calendar(Struct, frozen=True, kw_only=True):
    """Where the entries of invitations go."""

    folder: Annotated[
        str,
        setting("The folder of a calendar (vdir, one file an entry), as vdirsyncer and khal keep it; empty: none.",
                check=checks.one_line),
    ] = ""  # fmt: skip
    url: Annotated[
        str,
        setting("The address of a calendar on a CalDAV server, as in https://dav.example.org/me/calendar/; empty: none.",
                check=checks.web_address_or_nothing),
    ] = ""  # fmt: skip
    user: Annotated[str, setting("The user's name for the CalDAV server.", check=checks.one_line)] = ""
    credential: Annotated[str, setting("The name of the credential for the CalDAV server.", check=checks.one_line)] = ""
    trust: Annotated[
        str, setting("Which certificate of the CalDAV server is believed, as for mail servers.", check=checks.trust)
    ] = "system"
    proxy: Annotated[
        str, setting("The name of the proxy through which the CalDAV server is reached; empty: none.", check=checks.one_line)
    ] = ""


class Contacts(Struct, frozen=True, kw_only=True):
    """Where contacts are kept."""

    folder: Annotated[
        str,
        setting("The folder of an address book (vdir, one .vcf a contact), as vdirsyncer and khard keep it; folders in it are"
                " further books, such as shared ones; empty: none.",
                check=checks.one_line),
    ] = ""  # fmt: skip
    own_card: Annotated[
        str,
        setting("The .vcf file of your own card; empty: the contact with your address, else one made of your sender.",
                check=checks.one_line),
    ] = ""  # fmt: skip


class Print(Struct, frozen=True, kw_only=True):
    """Printing."""

    command: Annotated[
        str, setting("The command that prints what it reads from its standard input; no shell runs it.", check=checks.command)
    ] = "lp"
    format: Annotated[str, setting("What the command is given: pdf, html, or text.", choices=("pdf", "html", "text"))] = "pdf"
    paper: Annotated[str, setting("The size of the paper.", choices=("a4", "letter"))] = "a4"


class Settings(Struct, frozen=True, kw_only=True):
    """Everything that the configuration file says."""

    accounts: tuple[Account, ...] = ()
    outgoing: tuple[Server, ...] = ()
    """Further servers that mail goes out through, in the order in which they are tried."""
    proxies: tuple[Proxy, ...] = ()
    identities: tuple[Identity, ...] = ()
    credentials: tuple[Credential, ...] = ()
    searches: tuple[SavedSearch, ...] = ()
    gateways: tuple[Gateway, ...] = ()
    ui: Ui = field(default_factory=Ui)
    compose: Compose = field(default_factory=Compose)
    sync: Sync = field(default_factory=Sync)
    calendar: Calendar = field(default_factory=Calendar)
    contacts: Contacts = field(default_factory=Contacts)
    print: Print = field(default_factory=Print)
    links: Links = field(default_factory=Links)

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
        """The identities that send through the account with this id: its default first, then its own address."""
        email = next((one.email.casefold() for one in self.accounts if one.id == account), "")
        mine = [one for one in self.identities if one.account == account]
        return tuple(sorted(mine, key=lambda one: (not one.default, one.address.casefold() != email)))

    def credential(self, name: str) -> Credential:
        """The credential of this name, else NotFound."""
        for one in self.credentials:
            if one.name == name:
                return one
        raise NotFound("no-credential", what="credential", name=name)

    def servers(self) -> Iterator[tuple[Account, Server]]:
        """Every server with the account it belongs to."""
        for account in self.accounts:
            for server in (*account.servers(), *(one for one in self.outgoing if one.account in ("", account.id))):
                yield account, server

    def ways_out(self, account: Account, sender: str) -> tuple[Server, ...]:
        """The servers that a mail of this account and sender may go out through, in the order in which they are tried:
        those that name the sender, those that name its domain, the account's own, the further ones."""
        own = (account.outgoing,) if account.outgoing is not None else ()
        further = [one for one in self.outgoing if one.account in ("", account.id)]
        return tuple(sorted((one for one in (*own, *further) if one.active), key=lambda one: -one.sends_for(sender)))

    def unchecked(self) -> tuple[str, ...]:
        """The names of the servers in use whose certificates are not checked (trust is ignore)."""
        found = [server.shown for account, server in self.servers()
                 if server.trust == "ignore" and server.security != "none" and account.active and server.active]  # fmt: skip
        return tuple(dict.fromkeys(found))

    def proxy(self, name: str) -> Proxy:
        """The proxy of this name, else NotFound."""
        for one in self.proxies:
            if one.name == name:
                return one
        raise NotFound("no-proxy", what="proxy", name=name)

    def gateway(self, id: str) -> Gateway | None:
        """The gateway with this id, None when there is none (any more)."""
        return next((one for one in self.gateways if one.id == id), None)

    def used_credentials(self) -> set[str]:
        """The names of the credentials that something refers to."""
        servers = (*(server for one in self.accounts for server in one.servers()), *self.outgoing)
        named = {one.credential for one in servers} | {one.credential for one in self.proxies}
        named |= {one.credential for one in self.gateways} | {self.calendar.credential, self.links.credential}
        return {name for name in named if name}


LISTS: dict[str, tuple[str, type[Struct]]] = {
    "account": ("accounts", Account),
    "outgoing": ("outgoing", Server),
    "proxy": ("proxies", Proxy),
    "identity": ("identities", Identity),
    "credential": ("credentials", Credential),
    "search": ("searches", SavedSearch),
    "gateway": ("gateways", Gateway),
}
"""The lists of tables: their name in the file, in `Settings`, and what each is."""

SECTIONS: dict[str, type[Struct]] = {
    "ui": Ui, "compose": Compose, "sync": Sync, "calendar": Calendar, "contacts": Contacts, "print": Print,
    "links": Links,
}  # fmt: skip


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
