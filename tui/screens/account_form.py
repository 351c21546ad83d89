"""Everything about a new account on one screen: what was found is filled in, all of it can be changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from accounts.discovery import Found, Note
from core.secret import Secret
from core.settings import Account, Credential, Server, default_port
from core.settings.field import settings_of
from tui.actions import Context, does, program, settings
from tui.elsewhere import from_home
from tui.new_account import (
    OAUTH_FIELDS,
    NewAccount,
    best_method,
    first_wrong,
    from_discovery,
    from_values,
    person_here,
    proposed,
)
from tui.screens.account_login import LOGIN_HELP, LoginRows
from tui.screens.form_screen import FormScreen
from tui.sentences import found_sentence, note_sentence, protection_sentence, wrong_sentence
from tui.translation import N_, _
from tui.widgets.form import FormRow, OneOf, PushButton, text_field
from tui.widgets.status import FooterBar, HeaderBar

if TYPE_CHECKING:
    from tui.screens.account_test import Verdict

SECURITIES = (
    ("tls", N_("TLS")),
    ("starttls", N_("STARTTLS")),
    ("none", N_("none: open to all")),
)
KEEPS = (
    ("headers", N_("headers only")),
    ("days:31", N_("headers, and mails of the last month")),
    ("days:365", N_("headers, and mails of the last year")),
    ("all", N_("everything")),
)
KINDS = (
    ("imap", N_("IMAP: all folders, on a server")),
    ("pop3", N_("POP3: the Inbox only")),
    ("local", N_("local: no server")),
)
ABOUT = {
    "imap": N_("The mail stays on its server with all its folders, and is the same on every device."),
    "pop3": N_("Only the Inbox is seen: its mail is collected into folders on this machine. A copy stays on the server."),
    "local": N_("Folders on this machine only: to file mail of other accounts, or to import old mail."),
}
"""What each kind of account is for."""
WAYS = {
    "keyring": N_("in the system's keyring"),
    "gpg": N_("in a file for your own OpenPGP key"),
    "file": N_("in an encrypted file"),
    "passphrase": N_("in a file with a passphrase of your own"),
    "command": N_("nowhere: a command tells it"),
    "ask": N_("nowhere: ask me each time"),
}
HELP = {
    "name": N_("Your name as those see it to whom you write."),
    "password": N_("The password of the mailbox; some providers want an app password."),
    "way": N_("Left and Right choose where what lets you in is kept."),
    "passphrase": N_("It opens the file with your passwords. If forgotten, type just these anew."),
    "again": N_("The passphrase once more, since you cannot see it."),
    "keep": N_("What is kept here, to be read without a line. Left and Right choose."),
    "security": N_("TLS: encrypted from the first byte. STARTTLS: encrypted before the password."),
    "trust": N_("Believe: system, a CA file (its path), sha256:FINGERPRINT, or ignore (anyone)."),
    "in-host": N_("The server's name on the network, such as imap.example.org."),
    "out-host": N_("The server's name on the network. Empty: mail is only read, never sent."),
    "out-user": N_("The user's name for the server, often the whole address; empty: no log-in."),
    **LOGIN_HELP,
}
"""Help that differs from that of the settings."""


class AccountScreen(LoginRows, FormScreen[bool]):
    """Gives back True when the account was added, None when the person went back."""

    DEFAULT_CSS = """
    AccountScreen { align-horizontal: center; }
    AccountScreen #form { width: 100%; max-width: 104; height: 1fr; padding: 0 1; }
    AccountScreen Static { height: auto; }
    AccountScreen #found { margin-top: 1; color: $foreground 60%; }
    AccountScreen .note { color: $warning; }
    AccountScreen #about { margin-left: 15; color: $foreground 60%; }
    AccountScreen #person { height: auto; margin-top: 1; }
    AccountScreen #about-login { margin-left: 15; color: $foreground 60%; }
    AccountScreen #protection { margin-left: 15; color: $foreground 60%; }
    AccountScreen #servers { height: auto; margin-top: 1; }
    AccountScreen .side { width: 1fr; height: auto; }
    AccountScreen #side-in { margin-right: 2; }
    AccountScreen.-narrow #servers { layout: vertical; }
    AccountScreen.-narrow #protection { margin-left: 2; }
    AccountScreen.-narrow #about-login { margin-left: 2; }
    AccountScreen.-narrow #about { margin-left: 2; }
    AccountScreen.-narrow #side-in { margin-right: 0; margin-bottom: 1; }
    AccountScreen .heading { text-style: bold; }
    AccountScreen #more { height: auto; margin-top: 1; }
    AccountScreen #bottom { height: auto; width: 100%; max-width: 104; padding: 0 1; }
    AccountScreen #help { height: auto; max-height: 2; color: $foreground 60%; }
    AccountScreen #help.warning { color: $warning; text-style: bold; }
    AccountScreen #buttons { height: 1; }
    AccountScreen.-tall { align: center middle; }
    AccountScreen.-tall #form { height: auto; }
    AccountScreen.-tall #bottom { margin-top: 2; }
    AccountScreen.-low #bottom { height: auto; }
    AccountScreen.-low #help { display: none; }
    AccountScreen.-low #help.warning { display: block; }
    AccountScreen.-low #form > * { margin-top: 0; }
    """

    key_context: ClassVar[Context] = "form"

    def __init__(self, found: Found, ways: Sequence[str], person: str = "", command: str = "", kind: str = "") -> None:
        """`ways`: where passwords can be kept here, the best first; `person` and `command` (which tells the password): as
        another program has them. `kind`: what is to be added, imap, pop3 or local; it can be chosen too.
        """
        LoginRows.__init__(self)
        FormScreen.__init__(self)
        self._kind = kind
        self.person, self.command = person, command
        self.wants_text = True
        self.found, self.ways = found, tuple(ways)
        self._wrong: tuple[str, str] | None = None
        """The field that cannot be as it is, and the id of why."""
        self._untouched: dict[str, str] = {}
        """The values before anybody typed."""

    # ------------------------------------------------------------------ what is on it

    def compose(self) -> ComposeResult:
        self._settings = self.correio.wiring.settings()
        self._start = from_discovery(self.found, self._settings, person=self.person or person_here())
        self._kind = self._kind or self._start.account.kind
        yield HeaderBar(id="header")
        with VerticalScroll(id="form", can_focus=False):
            yield Static(Content(found_sentence(self.found)), id="found", markup=False)
            for note in self._notes():
                yield Static(Content(note_sentence(note)), classes="note", markup=False)
            yield FormRow(_("Kind"), OneOf(_translated(KINDS), self._kind), id="kind")
            yield Static(id="about", markup=False)
            yield from self.login_choice(self.found)
            with Vertical(id="person"):
                yield from self._person()
            with Horizontal(id="servers"):
                yield from self._side("in", _("Receiving"), proposed(self.found, self._receives))
                yield from self._side("out", _("Sending (SMTP)"), self._start.account.outgoing)
            with Vertical(id="more"):
                yield self._row("account", _("Account name"), self._start.account.name)
                yield FormRow(_("Offline"), OneOf(_translated(KEEPS), self._start.account.keep), id="keep")
        with Vertical(id="bottom"):
            with Horizontal(id="buttons"):
                yield PushButton(_("Test and add"), id="test")
                yield PushButton(_("Another address"), id="back")
            yield Static(id="help", markup=False)
        yield FooterBar(id="footer")

    def _notes(self) -> list[Note]:
        """What there is to know, each once; that nothing was found is said already."""
        return [note for note in dict.fromkeys(self.found.notes) if note.id != "not-found"]

    def _person(self) -> ComposeResult:
        person = self._start.identity.name if self._start.identity else ""
        yield self._row("name", _("Your name"), person, _("as others see it"))
        yield from self.login_rows()
        yield FormRow(_("Password"), text_field("", _("hidden while you type"), secret=True), id="password")
        yield self._row("command", _("Command"), self.command, _("pass show mail"))
        ways = [(way, _(WAYS[way])) for way in self.ways]
        yield FormRow(_("Kept"), OneOf(ways, "command" if self.command else best_method(self.ways)), id="way")
        yield Static(id="protection", markup=False)
        passphrase = text_field("", _("of your own; it is asked once after each start"), secret=True)
        yield FormRow(_("Passphrase"), passphrase, id="passphrase")
        yield FormRow(_("Once more"), text_field("", "", secret=True), id="again")

    def _side(self, side: str, title: str, server: Server | None) -> ComposeResult:
        known = server or Server(kind="smtp", host="", user=self.found.address)
        with Vertical(classes="side", id=f"side-{side}"):
            yield Static(Content(title), classes="heading", id=f"{side}-heading", markup=False)
            yield self._row(f"{side}-host", _("Server"), known.host)
            security = OneOf(_translated(SECURITIES), known.security)
            yield FormRow(_("Security"), security, id=f"{side}-security")
            yield self._row(f"{side}-port", _("Port"), str(known.port))
            yield self._row(f"{side}-user", _("User"), known.user)
            yield self._row(f"{side}-trust", _("Certificate"), known.trust)

    def _row(self, id: str, label: str, value: str, hint: str = "") -> FormRow:
        return FormRow(label, text_field(value, hint), id=id)

    def on_mount(self) -> None:
        """The cursor goes to the first thing that only the person knows."""
        self.query_one(HeaderBar).folder = _("New account")
        self.query_one(HeaderBar).note = self.found.address
        save = (self.correio.key_for(settings.Save), _("test and add"))
        self.show_keys((_("Tab"), _("next")), save, (_("Enter"), _("go on")), (_("Esc"), _("another address")))
        self._show_kind()
        self._untouched = self.values
        if self._kind == "local":
            self.set_focus(self.row("account").part)
            self.wants_text = False
            return
        secret = "command" if self.command else "client-id" if self.row("login").value else "password"
        self.set_focus(self.row(secret if self.row("name").value else "name").part)
        self.wants_text = False

    def row(self, field: str) -> FormRow:
        """The row of a field."""
        return self.query_one(f"#{field}", FormRow)

    @property
    def values(self) -> dict[str, str]:
        """What is typed and chosen, by field."""
        return {row.id or "": row.value for row in self.query(FormRow)}

    # ------------------------------------------------------------------ one thing follows from another

    @on(OneOf.Changed)
    def _chosen(self, event: OneOf.Changed) -> None:
        field = event.one_of.parent.id if event.one_of.parent is not None else ""
        if field in ("way", "login"):
            self._show_way()
        if field == "kind":
            self._receive_by(event.one_of.value)
        for side, kind in (("in", self._receives), ("out", "smtp")):
            port = self.row(f"{side}-port")
            if field == f"{side}-security" and port.value in ("", str(default_port(kind, event.before))):
                port.value = str(default_port(kind, event.one_of.value))

    @property
    def _receives(self) -> str:
        """What the incoming server speaks, imap or pop3."""
        return "pop3" if self._kind == "pop3" else "imap"

    def _receive_by(self, kind: str) -> None:
        """Another kind of account: its server takes the place of the other's, unless somebody has typed one."""
        before, self._kind = proposed(self.found, self._receives), kind
        now = proposed(self.found, self._receives)
        told = (self.row("in-host").value, self.row("in-port").value, self.row("in-user").value)
        if told == (before.host, str(before.port), before.user):
            self.row("in-host").value, self.row("in-user").value = now.host, now.user
            self.row("in-security").value, self.row("in-port").value = now.security, str(now.port)
        elif told[1] == str(default_port(before.kind, self.row("in-security").value)):
            self.row("in-port").value = str(default_port(now.kind, self.row("in-security").value))
        self._show_kind()

    def _show_kind(self) -> None:
        """What this kind of account is for, and the fields that it has."""
        local = self._kind == "local"
        self.query_one("#about", Static).update(Content(_(ABOUT[self._kind])))
        heading = _("Receiving (POP3)") if self._kind == "pop3" else _("Receiving (IMAP)")
        self.query_one("#in-heading", Static).update(Content(heading))
        for id in ("found", "login", "about-login", "person", "servers"):
            self.query_one(f"#{id}").display = not local
        self.row("keep").display = self._kind == "imap"
        self._show_way()

    def _show_way(self) -> None:
        """Password, command or token, and what keeping it this way protects."""
        login, kept = self.row("login").value, self.row("way")
        if isinstance(kept.part, OneOf):
            kept.part.offer([(way, _(WAYS[way])) for way in self.ways_for(login, self.ways)])
        way = kept.value
        self.show_login(self.row, self.query_one("#about-login", Static))
        self.row("password").display = not login and way != "command"
        self.row("command").display = not login and way == "command"
        for field in ("passphrase", "again"):
            self.row(field).display = way == "passphrase"
        where = self.correio.wiring.secrets.where(Credential(name="-", method=way))
        words = "" if way == "command" else protection_sentence(where.protection, from_home(where.place), oauth=bool(login))
        self.query_one("#protection", Static).update(Content(words))
        self.query_one("#protection").display = bool(words)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        row = event.widget.parent
        self._explain(row.id or "" if isinstance(row, FormRow) else "")

    def _explain(self, field: str) -> None:
        """What the field is, or what is wrong with it."""
        wrong = self._wrong is not None and self._wrong[0] == field
        words = wrong_sentence(self._wrong[1]) if self._wrong is not None and wrong else _(_help(field)) if field else ""
        shown = self.query_one("#help", Static)
        shown.set_class(wrong, "warning")
        shown.update(Content(words))

    @property
    def _last_secret(self) -> str:
        """The field after which nothing is missing any more: Enter there begins the test."""
        if self._kind == "local":
            return "account"
        login = self.row("login").value
        last = {"": "password", "microsoft": "tenant", "generic": "oauth-trust"}.get(login, "client-id")
        return {"command": "command", "passphrase": "again"}.get(self.row("way").value, last)

    # ------------------------------------------------------------------ keys

    def action_go_on(self) -> None:
        """Enter: to the next field; after the password, to the test; a button is pressed."""
        here = self.focused
        row = here.parent if here is not None else None
        if isinstance(here, PushButton):
            here.press()
        elif isinstance(here, Input) and isinstance(row, FormRow) and row.id == self._last_secret:
            here.call_later(self._test)  # once the field has got everything that was typed before
        else:
            self.focus_next()

    @does(settings.Save)
    def save(self) -> None:
        """To the test, from any field; what works is added."""
        self.call_later(self._test)  # once the field has got everything that was typed before

    @on(PushButton.Pressed, "#back")
    @does(program.Cancel)
    def back(self) -> None:
        """Back to the address; what was typed is asked about."""
        self.leave_by(lambda: self.dismiss(None), changed=self.values != self._untouched)

    @does(program.Quit)
    def leave(self) -> None:
        """Leave Correio; nothing was changed."""
        self.app.exit()

    # ------------------------------------------------------------------ test and add

    @on(PushButton.Pressed, "#test")
    def _test(self) -> None:
        values = self.values
        self._wrong = first_wrong(values, self._settings)
        for row in self.query(FormRow):
            row.set_class(self._wrong is not None and row.id == self._wrong[0], "wrong")
        if self._wrong is not None:
            self.row(self._wrong[0]).part.focus()
            self._explain(self._wrong[0])
            return
        typed = values["way"] != "command" and values["kind"] != "local" and not values["login"]
        new = from_values(self._start, values, Secret(values["password"]) if typed else None)
        consent = self.agreed_for(new)
        if consent is not None:
            new = replace(new, secret=consent.tokens.access, consent=consent)
        if new.credential is not None and new.credential.oauth and consent is None:
            self._ask_consent(new)
            return
        from tui.screens.account_test import AccountTestScreen

        self.app.push_screen(AccountTestScreen(new), self._tested)

    def _ask_consent(self, new: NewAccount) -> None:
        """The person agrees on the provider's page; then the servers are tested."""
        from tui.screens.consent import ConsentScreen

        assert new.credential is not None

        def answered(agreed: bool | None) -> None:
            if agreed:
                self._test()

        user = new.account.incoming.user if new.account.incoming is not None else new.account.email
        self.app.push_screen(ConsentScreen(new.credential, user, keep=self.keeper(new.credential)), answered)

    def _tested(self, verdict: Verdict | None) -> None:
        """Added; or test again with corrections; or the person corrects it where the trouble is."""
        if verdict is None:
            return
        if verdict.added:
            self.dismiss(True)
            return
        for field, value in verdict.corrections.items():
            self.row(field).value = value
        if verdict.corrections:
            self._test()
        else:
            field = verdict.field
            if field == "password" and self.row("login").value:
                self.forget_consent()
                field = "client-id"
            row = self.row(field)
            (row if row.display else self.row("command")).part.focus()


def _translated(choices: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(value, _(words)) for value, words in choices]


def _help(field: str) -> str:
    """The help of a field: its own, else that of the setting which it fills."""
    side, _dash, name = field.rpartition("-")
    for own in (field, name):
        if own in HELP:
            return HELP[own]
    if field in OAUTH_FIELDS:
        return next(one.help for one in settings_of(Credential) if one.key == OAUTH_FIELDS[field])
    table = Server if side else Credential if name == "command" else Account
    key = "name" if field == "account" else name
    return next((one.help for one in settings_of(table) if one.key == key), "")
