"""A mail domain of one's own, looked at from outside: what was found, and what to change."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from accounts.domain_check import Finding, Report
from core.clean import clean_line
from core.errors import CorreioError
from tui.actions import Context, does, move, program
from tui.screens.leaving import LeftOnce
from tui.sentences import area_title, domain_sentence, sentence
from tui.translation import N_, _
from tui.widgets.choice_list import Choice, ChoiceList
from tui.widgets.status import FooterBar, HeaderBar

LEVELS = {"ok": N_("good"), "note": N_("note"), "warning": N_("to improve"), "wrong": N_("wrong")}
Check = Callable[[str, Report], None]
"""Looks at a domain: `accounts.domain_check.check_domain` with the world as it is."""


def check_outside(domain: str, report: Report) -> None:
    """Look at a domain by this machine's name servers."""
    from accounts import https
    from accounts.discovery.guesses import reach
    from accounts.domain_check import DnsRecords, World, check_domain

    check_domain(domain, World(DnsRecords(), https.get, reach), report)


class DomainScreen(LeftOnce[None]):
    """A line for each finding; what the cursor is on is explained below."""

    DEFAULT_CSS = """
    DomainScreen ChoiceList { height: 1fr; max-height: 100%; padding: 1 0; }
    DomainScreen #about { height: auto; min-height: 4; max-height: 50%; padding: 0 1; border-top: solid $border; }
    """
    AUTO_FOCUS = ""
    key_context: ClassVar[Context] = "settings"

    @dataclass
    class Found(Message):
        """Something was found."""

        finding: Finding

    @dataclass
    class Done(Message):
        """Everything was looked at, or nothing could be."""

        error: CorreioError | None

    def __init__(self, domain: str, check: Check = check_outside) -> None:
        super().__init__()
        self.domain, self._check = domain, check
        self._found: list[Finding] = []
        self._words = ""

    def compose(self) -> ComposeResult:
        yield HeaderBar(id="header")
        with Vertical():
            yield ChoiceList()
            yield Static(id="about", markup=False)
        yield FooterBar(id="footer")

    def on_mount(self) -> None:
        """Begin."""
        header = self.query_one(HeaderBar)
        header.folder, header.note = _("Mail domain"), self.domain
        header.progress = _("looking")
        threading.Thread(target=self._look, name="domain", daemon=True).start()

    def _look(self) -> None:
        error: CorreioError | None = None
        try:
            self._check(self.domain, lambda finding: self._tell(self.Found(finding)))
        except CorreioError as caught:
            error = caught
        self._tell(self.Done(error))

    def _tell(self, message: Message) -> None:
        if self.is_running:
            self.post_message(message)

    @property
    def findings(self) -> ChoiceList[Finding]:
        """The list."""
        return self.query_one(ChoiceList)

    @on(Found)
    def _add(self, event: Found) -> None:
        self._found.append(event.finding)
        rows = [Choice(one, area_title(one.area), domain_sentence(one), _(LEVELS[one.level])) for one in self._found]
        self.findings.show(rows, self.findings.cursor)
        self._explain()

    @on(Done)
    def _done(self, event: Done) -> None:
        self.query_one(HeaderBar).progress = ""
        self._words = sentence(event.error) if event.error is not None else ""
        self._explain()

    def _explain(self) -> None:
        here = self.findings.current
        words = domain_sentence(here.value) if here is not None else self._words
        self.query_one("#about", Static).update(Content(clean_line(words)))

    @does(move.Down)
    def down(self) -> None:
        """To the next finding."""
        self.findings.step(1)
        self._explain()

    @does(move.Up)
    def up(self) -> None:
        """To the finding before."""
        self.findings.step(-1)
        self._explain()

    @does(program.Back, program.Cancel)
    def back(self) -> None:
        """Back to where one was."""
        self.dismiss()
