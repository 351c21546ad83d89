"""The test of servers that are set up, or about to be: each step, what it means, and what can be done."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import Struct
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.widgets import Static

from accounts.diagnosis import hints
from accounts.filters_offer import ask_filters
from accounts.outgoing import Outgoing
from accounts.probe import SECONDS, Check, Outcome, test_account
from core.errors import CorreioError
from core.secret import Secret
from core.settings import Server
from core.settings.entries import INCOMING
from tui.actions import does, program
from tui.screens.trying import TryingScreen, inactive_button, is_about_trust, pin_of
from tui.sentences import check_label, check_words, hint_sentence, sentence
from tui.translation import _
from tui.widgets.form import PushButton
from tui.widgets.status import FooterBar, HeaderBar
from tui.widgets.steps import StepList

FIELDS = {"name": "host", "connect": "port", "greeting": "port", "tls": "security", "login": "user"}
"""Where to correct what a step says, by the last word of the setting's key."""


class Trial(Struct, frozen=True):
    """What is tried: servers by their place in the form, and where their passwords come from."""

    title: str
    servers: Mapping[str, Server]
    secret: Callable[[str], Secret | None]
    """The password of the server at a place; in a thread. Raises PasswordNeeded."""
    senders: Sequence[str] = ()
    saving: bool = False
    """Whether it is to be saved when it works."""
    can_rest: bool = False
    """Whether it can be saved as inactive."""
    way: Callable[[], Outgoing] | None = None
    """A way out for a test message; None where mail is not sent."""


class Verdict(Struct, frozen=True):
    """What the person, or the test, decided."""

    save: bool = False
    inactive: bool = False
    corrections: Mapping[str, str] = {}
    """Settings by key, with which to test again."""
    field: str = ""
    """The key of what is to be corrected."""


class ServerTestScreen(TryingScreen[Verdict]):
    """Gives back a `Verdict`."""

    @dataclass
    class Tested(Message):
        """The test is over; an error where it could not even begin."""

        outcomes: dict[str, Outcome]
        error: CorreioError | None = None

    def __init__(self, trial: Trial) -> None:
        super().__init__()
        self.trial = trial
        self._pins: dict[str, str] = {}
        self._field = ""

    def compose(self) -> ComposeResult:
        yield HeaderBar(id="header")
        with VerticalScroll(id="page", can_focus=False):
            yield StepList(id="steps")
            yield Static(id="why", markup=False)
        with Horizontal(id="choices"):
            yield PushButton(_("Correct it"), id="correct")
            yield PushButton(_("Trust the certificate"), id="pin")
            yield PushButton(_("Send a test message"), id="message")
            yield PushButton(_("Try again"), id="again")
            yield inactive_button()
            yield PushButton(_("Save all the same"), id="save")
            yield PushButton(_("Done"), id="done")
        yield FooterBar(id="footer")

    def on_mount(self) -> None:
        """Begin."""
        self.query_one(HeaderBar).folder = _("Testing")
        self.query_one(HeaderBar).note = self.trial.title
        self.show_keys((_("Tab"), _("next")), (_("Enter"), _("do it")), (_("Esc"), _("back")))
        self._begin()

    # ------------------------------------------------------------------ testing

    @on(PushButton.Pressed, "#again")
    def _begin(self) -> None:
        self._pins = {}
        self.query_one(StepList).clear()
        self.say("")
        self.offer()
        threading.Thread(target=self._try, name="server-test", daemon=True).start()

    def _try(self) -> None:
        """In a thread of its own: servers, keyrings and commands may take their time."""
        outcomes: dict[str, Outcome] = {}
        trouble: CorreioError | None = None
        for place, server in self.trial.servers.items():
            secret: Secret | None = None
            try:
                secret = self.trial.secret(place)
                server = self.correio.wiring.reached(server)
            except CorreioError as error:
                trouble = trouble or error  # the steps before the log-in are tried all the same
            if server.kind not in (*INCOMING, "smtp"):
                outcomes[place] = self._try_way(server, secret)
                continue
            incoming = server.kind in INCOMING
            outcomes[place] = test_account(
                server if incoming else None,
                None if incoming else server,
                secret,
                self.tell_check,
                senders=self.trial.senders,
            )
            if server.kind == "imap" and outcomes[place].ok and not self.trial.saving:
                ask_filters(server, secret, self.tell_check, domain=next(iter(self.trial.senders), "").rpartition("@")[2])
        self.tell(self.Tested(outcomes, trouble))

    def _try_way(self, server: Server, secret: Secret | None) -> Outcome:
        """A provider's web interface, or a command: whether it lets us in."""
        start, error = time.monotonic(), None
        self.tell_check(Check(server.kind, "login", "running", server.shown))
        try:
            self.correio.wiring.way(server, secret).test(SECONDS)
        except CorreioError as caught:
            error = caught
        state = "ok" if error is None else "failed"
        check = Check(server.kind, "login", state, server.shown, time.monotonic() - start, {}, error)
        self.tell_check(check)
        return Outcome((check,))

    @on(Tested)
    def _tested(self, event: Tested) -> None:
        failed = [(place, check) for place, one in event.outcomes.items() for check in one.checks if check.error is not None]
        warned = [check for one in event.outcomes.values() for check in one.checks if check.state == "warning"]
        message = ["message"] if self.trial.way is not None else []
        if not failed and not warned:
            if self.trial.saving:
                self.dismiss(Verdict(save=True))
                return
            self.say(_("Everything works."))
            self.offer("done", *message, "again")
        elif not failed:
            lines = [f"{check_label(check)}: {check_words(check)}" for check in warned]
            self.say("\n".join((_("It works, but not as it should:"), *lines)), wrong=True)
            self.offer(*(["save", "correct"] if self.trial.saving else ["done", "correct"]), *message, "again")
        else:
            self._failed(failed, event.error)

    def _failed(self, failed: list[tuple[str, Check]], error: CorreioError | None) -> None:
        lines: dict[str, None] = {}
        for place, check in failed:
            wrong = error if check.error is not None and check.error.id == "password-needed" and error else check.error
            if wrong is not None:
                lines[sentence(wrong)] = None
            lines.update((hint_sentence(hint), None) for hint in hints(check, self.trial.servers[place]))
        self.say("\n".join(lines), wrong=True)
        self._pins = {_key(place, "trust"): pin for place, check in failed if (pin := pin_of(check))}
        place, check = failed[0]
        self._field = _key(place, "trust" if is_about_trust(check) else FIELDS.get(check.step, "host"))
        saving = (["inactive"] if self.trial.can_rest else []) + ["save"] if self.trial.saving else []
        self.offer("correct", *(["pin"] if self._pins else []), "again", *saving)

    # ------------------------------------------------------------------ what then

    @on(PushButton.Pressed, "#message")
    def _message(self) -> None:
        from tui.screens.trial_message import TrialMessageScreen

        if self.trial.way is not None:
            self.app.push_screen(TrialMessageScreen(self.trial.way, list(self.trial.senders)))

    @on(PushButton.Pressed, "#save")
    def _save(self) -> None:
        self.dismiss(Verdict(save=True))

    @on(PushButton.Pressed, "#inactive")
    def _inactive(self) -> None:
        self.dismiss(Verdict(save=True, inactive=True))

    @on(PushButton.Pressed, "#pin")
    def _pin(self) -> None:
        self.dismiss(Verdict(corrections=self._pins))

    @on(PushButton.Pressed, "#correct")
    def correct(self) -> None:
        """Back to the form, to what is to be corrected."""
        self.dismiss(Verdict(field=self._field))

    @on(PushButton.Pressed, "#done")
    @does(program.Cancel)
    def done(self) -> None:
        """Back to where the test was begun: to a list as well as to a form."""
        self.dismiss(Verdict())


def _key(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def trial_of(screen: Any, title: str, servers: Mapping[str, Server], **more: Any) -> Trial:
    """A trial of servers whose passwords are where the settings say, for an account or an entry that is saved."""
    wiring = screen.correio.wiring

    def secret(place: str) -> Secret | None:
        found: Secret = wiring.secret_for(servers[place])
        return found

    return Trial(title, servers, secret, **more)
