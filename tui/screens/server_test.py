"""The test of servers that are set up, or about to be: each step, what it means, and what can be done."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import Struct
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from accounts.diagnosis import hints
from accounts.outgoing import Outgoing
from accounts.probe import Check, Outcome, test_account
from core.clean import clean_line
from core.errors import CorreioError
from core.secret import Secret
from core.settings import Server
from core.settings.entries import INCOMING
from tui.actions import does, program
from tui.screens.form_screen import FormScreen
from tui.sentences import check_label, check_words, hint_sentence, sentence
from tui.translation import _
from tui.widgets.form import PushButton
from tui.widgets.status import FooterBar, HeaderBar
from tui.widgets.steps import StepLine, StepList

PINNABLE = ("certificate-untrusted", "certificate-name", "certificate-expired", "certificate-pin-differs")
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


class ServerTestScreen(FormScreen[Verdict]):
    """Gives back a `Verdict`."""

    DEFAULT_CSS = """
    ServerTestScreen { align-horizontal: center; }
    ServerTestScreen #page { width: 100%; max-width: 104; height: 1fr; padding: 1 1 0 1; }
    ServerTestScreen #why { height: auto; margin-top: 1; color: $success; }
    ServerTestScreen #why.wrong { color: $error; }
    ServerTestScreen #choices { width: 100%; max-width: 104; height: auto; padding: 0 1; margin: 1 0; }
    ServerTestScreen.-low #page { padding-top: 0; }
    ServerTestScreen.-low #choices { margin: 0; }
    ServerTestScreen.-narrow #choices { layout: vertical; }
    """

    @dataclass
    class Checked(Message):
        """A step has begun or ended."""

        check: Check

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
            yield PushButton(_("Save as inactive"), id="inactive")
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
        self._say("")
        self._offer()
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
            incoming = server.kind in INCOMING
            outcomes[place] = test_account(
                server if incoming else None,
                None if incoming else server,
                secret,
                lambda check: self._tell(self.Checked(check)),
                senders=self.trial.senders,
            )
        self._tell(self.Tested(outcomes, trouble))

    def _tell(self, message: Message) -> None:
        if self.is_running:
            self.post_message(message)

    @on(Checked)
    def _checked(self, event: Checked) -> None:
        check = event.check
        if check.state != "skipped":
            line = StepLine(check_label(check), check.state, check_words(check))
            self.query_one(StepList).tell(f"{check.server}-{check.kind}-{check.step}", line)

    @on(Tested)
    def _tested(self, event: Tested) -> None:
        failed = [(place, check) for place, one in event.outcomes.items() for check in one.checks if check.error is not None]
        warned = [check for one in event.outcomes.values() for check in one.checks if check.state == "warning"]
        message = ["message"] if self.trial.way is not None else []
        if not failed and not warned:
            if self.trial.saving:
                self.dismiss(Verdict(save=True))
                return
            self._say(_("Everything works."))
            self._offer("done", *message, "again")
        elif not failed:
            lines = [f"{check_label(check)}: {check_words(check)}" for check in warned]
            self._say("\n".join((_("It works, but not as it should:"), *lines)), wrong=True)
            self._offer(*(["save", "correct"] if self.trial.saving else ["done", "correct"]), *message, "again")
        else:
            self._failed(failed, event.error)

    def _failed(self, failed: list[tuple[str, Check]], error: CorreioError | None) -> None:
        lines: dict[str, None] = {}
        for place, check in failed:
            wrong = error if check.error is not None and check.error.id == "password-needed" and error else check.error
            if wrong is not None:
                lines[sentence(wrong)] = None
            lines.update((hint_sentence(hint), None) for hint in hints(check, self.trial.servers[place]))
        self._say("\n".join(lines), wrong=True)
        self._pins = {
            _key(place, "trust"): f"sha256:{check.error.values['fingerprint']}"
            for place, check in failed
            if check.error is not None and check.error.id in PINNABLE and check.error.values.get("fingerprint")
        }
        place, check = failed[0]
        trust = check.error is not None and check.error.id in (*PINNABLE, "trust-file-unreadable")
        self._field = _key(place, "trust" if trust else FIELDS.get(check.step, "host"))
        saving = (["inactive"] if self.trial.can_rest else []) + ["save"] if self.trial.saving else []
        self._offer("correct", *(["pin"] if self._pins else []), "again", *saving)

    def _say(self, words: str, *, wrong: bool = False) -> None:
        why = self.query_one("#why", Static)
        why.set_class(wrong, "wrong")
        why.update(Content("\n".join(clean_line(line) for line in words.splitlines())))

    def _offer(self, *ids: str) -> None:
        """Show these buttons, the first with the focus; none while something is done."""
        for button in self.query(PushButton):
            button.display = button.id in ids
        if ids:
            self.query_one(f"#{ids[0]}", PushButton).focus()

    # ------------------------------------------------------------------ what then

    def action_go_on(self) -> None:
        """Enter presses the button."""
        if isinstance(self.focused, PushButton):
            self.focused.press()

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
        """Back."""
        self.dismiss(Verdict(field=self._field))


def _key(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def trial_of(screen: Any, title: str, servers: Mapping[str, Server], **more: Any) -> Trial:
    """A trial of servers whose passwords are where the settings say, for an account or an entry that is saved."""
    wiring = screen.correio.wiring

    def secret(place: str) -> Secret | None:
        found: Secret = wiring.secret_for(servers[place])
        return found

    return Trial(title, servers, secret, **more)
