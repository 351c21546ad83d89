"""A mail domain of one's own, looked at from outside: what was found, and what to change."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.message import Message

from accounts.domain_check import Finding, Report
from core.errors import CorreioError
from tui.actions import Context
from tui.screens.list_screen import ListScreen
from tui.sentences import area_title, domain_sentence, sentence
from tui.translation import N_, _
from tui.widgets.choice_list import Choice, ChoiceList
from tui.widgets.status import HeaderBar

LEVELS = {"ok": N_("good"), "note": N_("note"), "warning": N_("to improve"), "wrong": N_("wrong")}
Check = Callable[[str, Report], None]
"""Looks at a domain: `accounts.domain_check.check_domain` with the world as it is."""


def check_outside(domain: str, report: Report) -> None:
    """Look at a domain by this machine's name servers."""
    from accounts import https
    from accounts.discovery.guesses import reach
    from accounts.domain_check import DnsRecords, World, check_domain

    check_domain(domain, World(DnsRecords(), https.get, reach), report)


class DomainScreen(ListScreen):
    """A line for each finding; what the cursor is on is explained below."""

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

    def on_mount(self) -> None:
        """Begin."""
        self.entitle(_("Mail domain"), self.domain)
        self.query_one(HeaderBar).progress = _("looking")
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
        self.explain()

    @on(Done)
    def _done(self, event: Done) -> None:
        self.query_one(HeaderBar).progress = ""
        self._words = sentence(event.error) if event.error is not None else ""
        self.explain()

    def explain(self) -> None:
        """What is to be changed, in whole."""
        here = self.findings.current
        words = domain_sentence(here.value) if here is not None else self._words
        self.tell(words)
