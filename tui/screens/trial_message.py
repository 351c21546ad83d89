"""Sending a test message: to whom, about what, and what the server said to it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from accounts.outgoing import Outgoing, SendResult
from core.clean import clean_line
from core.errors import CorreioError
from tui.actions import does, program
from tui.screens.form_screen import FormScreen
from tui.sentences import sentence, wrong_sentence
from tui.translation import _
from tui.trial_mail import Trial, TrialMail, usual_trial_mail
from tui.widgets.form import FormRow, OneOf, PushButton, text_field
from tui.widgets.status import FooterBar, HeaderBar


class TrialMessageScreen(FormScreen[None]):
    """Four fields with defaults, and a button."""

    DEFAULT_CSS = """
    TrialMessageScreen { align-horizontal: center; }
    TrialMessageScreen #form { width: 100%; max-width: 84; height: auto; padding: 1; }
    TrialMessageScreen #told { width: 100%; max-width: 84; height: auto; min-height: 2; padding: 0 1; color: $foreground 60%; }
    TrialMessageScreen #told.warning { color: $warning; text-style: bold; }
    TrialMessageScreen #told.good { color: $success; text-style: bold; }
    TrialMessageScreen #buttons { width: 100%; max-width: 84; height: 1; padding: 0 1; margin-top: 1; }
    """

    @dataclass
    class Sent(Message):
        """The server has answered, or could not be reached."""

        result: SendResult | None
        error: CorreioError | None

    def __init__(self, way: Callable[[], Outgoing], senders: Sequence[str]) -> None:
        super().__init__()
        self.way, self.senders = way, list(senders) or [""]
        self._sending = False

    def compose(self) -> ComposeResult:
        yield HeaderBar(id="header")
        yield Vertical(*self.rows(), id="form")
        yield Static(id="told", markup=False)
        with Horizontal(id="buttons"):
            yield PushButton(_("Send"), id="send")
            yield PushButton(_("Back"), id="back")
        yield FooterBar(id="footer")

    def rows(self) -> list[FormRow]:
        """The fields."""
        usual = usual_trial_mail(self.senders[0])
        return [
            FormRow(_("From"), OneOf([(one, one) for one in self.senders], usual.sender), id="from"),
            FormRow(_("To"), text_field(usual.recipient), id="to"),
            FormRow(_("Subject"), text_field(usual.subject), id="subject"),
            FormRow(_("Text"), text_field(usual.text), id="text"),
        ]

    def on_mount(self) -> None:
        """The cursor goes to whom it is for."""
        self.query_one(HeaderBar).folder = _("Send a test message")
        self.show_keys((_("Tab"), _("next")), (_("Enter"), _("go on, send")), (_("Esc"), _("back")))
        self._look()
        self.query_one("#to", FormRow).part.focus()

    @property
    def mail(self) -> Trial:
        """What the fields say."""
        value = {row.id or "": row.value for row in self.query(FormRow)}
        return TrialMail(value["from"], value["to"].strip(), value["subject"], value["text"])

    @on(Input.Changed)
    @on(OneOf.Changed)
    def _look(self) -> None:
        mail = self.mail
        if mail.wrong:
            self._say(wrong_sentence(mail.wrong), "warning")
        elif mail.to_oneself:
            words = _("Sender and recipient are the same: a server may take that and refuse mail to anybody else.")
            self._say(words, "warning")
        else:
            self._say(self.advice())

    def advice(self) -> str:
        """What is to be known before it goes."""
        return ""

    def _say(self, words: str, look: str = "") -> None:
        told = self.query_one("#told", Static)
        told.set_classes(look)
        told.update(Content("\n".join(clean_line(line) for line in words.splitlines())))

    def action_go_on(self) -> None:
        """Enter: to the next field; on the button, send."""
        here = self.focused
        if isinstance(here, PushButton):
            here.press()
        else:
            self.focus_next()

    @on(PushButton.Pressed, "#send")
    def send(self) -> None:
        """Send it now."""
        mail = self.mail
        if mail.wrong or self._sending:
            self._look()
            return
        self._sending = True
        self._say(_("Sending…"))
        threading.Thread(target=self._work, args=(mail,), name="test-message", daemon=True).start()

    def _work(self, mail: Trial) -> None:
        try:
            answer = self.Sent(mail.send(self.way()), None)
        except CorreioError as error:
            answer = self.Sent(None, error)
        if self.is_running:
            self.post_message(answer)

    @on(Sent)
    def _sent(self, event: Sent) -> None:
        self._sending = False
        if event.error is not None or event.result is None:
            self._say(sentence(event.error) if event.error is not None else "", "warning")
            return
        result = event.result
        refused = "\n".join(f"{to}: {code} {words}" for to, (code, words) in result.refused.items())
        if result.state == "sent":
            self._say(_("{server} has taken it. It should arrive in a minute.").format(server=result.server), "good")
        else:
            why = refused or (sentence(result.error) if result.error is not None else "")
            self._say("\n".join((_("{server} did not take it.").format(server=result.server), why)), "warning")

    @on(PushButton.Pressed, "#back")
    @does(program.Cancel)
    def back(self) -> None:
        """Back to the test."""
        self.dismiss(None)
