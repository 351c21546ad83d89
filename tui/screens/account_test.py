"""The test of a new account, step by step; then it is added, or the person says what to do."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from accounts.diagnosis import hints
from accounts.probe import Check, Outcome, test_account
from accounts.secrets import ask_command
from core.errors import CorreioError
from tui.actions import does, program
from tui.new_account import NewAccount, add
from tui.screens.trying import TryingScreen, inactive_button, is_about_trust, pin_of
from tui.sentences import check_label, check_words, hint_sentence, sentence
from tui.translation import _
from tui.widgets.form import PushButton
from tui.widgets.status import FooterBar, HeaderBar
from tui.widgets.steps import StepList

_FIELDS = {"name": "host", "connect": "port", "greeting": "port", "tls": "security"}
"""Where to correct what a step says, by field of the form; the rest is about the password."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the person, or the test itself, decided."""

    added: bool = False
    corrections: Mapping[str, str] = field(default_factory=dict)
    """Values for fields of the form, with which to test again."""
    field: str = "password"
    """Where the form is to be corrected, if it was not added."""


class AccountTestScreen(TryingScreen[Verdict]):
    """Gives back what is to be done with the new account: `Verdict`."""

    DEFAULT_CSS = """
    AccountTestScreen #pins { height: auto; margin-top: 1; }
    AccountTestScreen.-tall { align: center middle; }
    AccountTestScreen.-tall #page { height: auto; }
    """

    @dataclass
    class Tested(Message):
        """The test is over; an error where it could not even begin."""

        outcome: Outcome
        error: CorreioError | None = None

    @dataclass
    class Added(Message):
        """The account was added, or not."""

        error: CorreioError | None

    def __init__(self, new: NewAccount) -> None:
        super().__init__()
        self.new = new
        self._pins: dict[str, str] = {}
        self._field = "password"
        self._adding = self._is_added = False

    def compose(self) -> ComposeResult:
        yield HeaderBar(id="header")
        with VerticalScroll(id="page", can_focus=False):
            yield StepList(id="steps")
            yield Static(id="why", markup=False)
            yield Static(id="pins", markup=False)
        with Horizontal(id="choices"):
            yield PushButton(_("Correct it"), id="correct")
            yield PushButton(_("Trust the certificate"), id="pin")
            yield PushButton(_("Try again"), id="again")
            yield inactive_button()
            yield PushButton(_("Add anyway"), id="add")
        yield FooterBar(id="footer")

    def on_mount(self) -> None:
        """Begin."""
        self.query_one(HeaderBar).folder = _("Testing")
        self.query_one(HeaderBar).note = self.new.account.email
        self._show_choices()
        self._begin()

    def _show_choices(self) -> None:
        self.show_keys((_("Tab"), _("next")), (_("Enter"), _("do it")), (_("Esc"), _("correct")), (_("Ctrl-Q"), _("leave")))

    # ------------------------------------------------------------------ testing

    @on(PushButton.Pressed, "#again")
    def _begin(self) -> None:
        self._pins = {}
        self.query_one(StepList).clear()
        self.say("")
        self._offer()
        threading.Thread(target=self._try, name="account-test", daemon=True).start()

    def _try(self) -> None:
        """In a thread of its own: the servers may take their time."""
        new = self.new
        try:
            if new.credential is not None and new.credential.method == "command":
                new = replace(new, secret=ask_command(new.credential))
        except CorreioError as error:
            self.tell(self.Tested(Outcome(()), error))
            return
        account = new.account
        outcome = test_account(
            account.incoming,
            account.outgoing,
            new.secret,
            self.tell_check,
            senders=[account.email] if account.email else [],
        )
        self.tell(self.Tested(outcome))

    @on(Tested)
    def _tested(self, event: Tested) -> None:
        failed = [check for check in event.outcome.checks if check.error is not None]
        if event.error is None and not failed:
            warned = [check for check in event.outcome.checks if check.state == "warning"]
            if warned:
                lines = [f"{check_label(check)}: {check_words(check)}" for check in warned]
                self.say("\n".join((_("It works, but not as it should:"), *lines)), wrong=True)
                self._offer("add", "correct")
            else:
                self._add()
            return
        errors = [error for error in (event.error, *(check.error for check in failed)) if error is not None]
        told = [sentence(_without_print(error)) for error in errors]
        servers = {"in": self.new.account.incoming, "out": self.new.account.outgoing}
        found = [(check, servers[_side(check)] or self.new.account.incoming) for check in failed]
        told += [hint_sentence(hint) for check, server in found if server is not None for hint in hints(check, server)]
        self._pins = _pins(failed)
        if self._pins:
            told.append(_("If you know that it is the right server, this one certificate can be trusted."))
        self.say("\n".join(dict.fromkeys(told)), wrong=True)
        self._field = _field(failed[0]) if failed else "command"
        self._offer("correct", *(["pin"] if self._pins else []), "again", "inactive", "add")

    def _offer(self, *ids: str) -> None:
        """Show these buttons, and the certificates that could be trusted."""
        words = _("{server} shows the certificate\n{print}")
        shown = [words.format(server=name, print=value) for name, value in self._shown_pins()]
        self.query_one("#pins", Static).update(Content("\n".join(shown)))
        self.query_one("#pins").display = bool(self._pins)
        self.offer(*ids)

    def _shown_pins(self) -> list[tuple[str, str]]:
        servers = {"in": self.new.account.incoming, "out": self.new.account.outgoing}
        found = []
        for row, trust in self._pins.items():
            server = servers[row.partition("-")[0]]
            found.append((f"{server.host}:{server.port}" if server else "", trust))
        return found

    # ------------------------------------------------------------------ what then

    @on(PushButton.Pressed, "#inactive")
    def _add_inactive(self) -> None:
        self.new = replace(self.new, account=replace(self.new.account, active=False))
        self._add()

    @on(PushButton.Pressed, "#add")
    def _add(self) -> None:
        if self._adding or self.gone:
            return
        self._adding = True
        self._offer()
        self.show_keys((_("Ctrl-Q"), _("leave")))
        self.say(_("The account is being added."))
        threading.Thread(target=self._keep, name="account-add", daemon=True).start()

    def _keep(self) -> None:
        """In a thread of its own: a keyring or gpg may ask somebody something."""
        wiring = self.correio.wiring
        try:
            with wiring.open_store() as db:
                add(wiring, db, self.new)
        except CorreioError as error:
            self.tell(self.Added(error))
        else:
            self.tell(self.Added(None))

    @on(Added)
    def _added(self, event: Added) -> None:
        self._adding, self._is_added = False, event.error is None
        if event.error is None:
            self._hand_over()
            self.correct()
        else:
            self._show_choices()
            self.say(sentence(event.error), wrong=True)
            self._offer("correct", "add")

    def _hand_over(self) -> None:
        """What is kept nowhere goes to the engine when it asks, so that nobody has to type it twice."""
        new = self.new
        typed = {"ask": new.secret, "passphrase": new.passphrase}.get(new.credential.method if new.credential else "")
        if new.credential is not None and typed is not None:
            self.correio.typed[new.credential.name] = typed

    @on(PushButton.Pressed, "#pin")
    def _pin(self) -> None:
        self.dismiss(Verdict(corrections=self._pins))

    @on(PushButton.Pressed, "#correct")
    @does(program.Cancel)
    def correct(self) -> None:
        """Back to the form; an account that is being added is waited for, so that it is never there by surprise."""
        if not self._adding:
            self.dismiss(Verdict(added=self._is_added, field=self._field))

    @does(program.Quit)
    def leave(self) -> None:
        """Leave Correio; nothing was added."""
        self.app.exit()


def _without_print(error: CorreioError) -> CorreioError:
    """The error without the fingerprint of a certificate, which is shown by itself."""
    known = {name: value for name, value in error.values.items() if name != "fingerprint"}
    return error if error.id == "certificate-pin-differs" else type(error)(error.id, **known)


def _side(check: Check) -> str:
    return "in" if check.kind in ("imap", "pop3") else "out"


def _field(check: Check) -> str:
    """The field of the form to correct when this step has failed."""
    if is_about_trust(check):
        return f"{_side(check)}-trust"
    return f"{_side(check)}-{_FIELDS[check.step]}" if check.step in _FIELDS else "password"


def _pins(failed: list[Check]) -> dict[str, str]:
    """The certificates that could be trusted: fields of the form and what they would say."""
    return {f"{_side(check)}-trust": pin for check in failed if (pin := pin_of(check))}
