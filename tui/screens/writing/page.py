"""The page of the composer: the draft, the editor, and the line at the bottom where one is asked for a word."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, cast

from core.draft import Draft
from core.errors import CorreioError
from tui.screens.leaving import LeftOnce
from tui.sentences import sentence
from tui.widgets.editor import Editor

if TYPE_CHECKING:
    from tui.app import Correio
    from tui.widgets.prompt import Prompt

Answered = Callable[[str], Awaitable[None] | None]
"""What is done with the answer; where that asks again, keys wait until it has."""


class WritingPage(LeftOnce[None]):
    """What the parts of the composer stand on."""

    def __init__(self, draft: Draft, draft_id: int | None = None) -> None:
        super().__init__()
        self.draft = draft
        self.draft_id = draft_id
        self._asked: Answered | None = None

    @property
    def correio(self) -> Correio:
        """The application."""
        return cast("Correio", self.app)

    @property
    def editor(self) -> Editor:
        """Where the text is."""
        return self.query_one("#body", Editor)

    def current(self) -> Draft:
        """The draft as it stands on the screen."""
        raise TypeError("the composer knows")

    def change(self, draft: Draft) -> None:
        """Show a changed draft, and save it."""

    def show_state(self) -> None:
        """What the draft is, in the line above the text."""

    def alter(self, **changes: object) -> None:
        """Change the draft but for what is on the screen."""
        self.draft = dataclasses.replace(self.draft, **changes)  # type: ignore[arg-type]

    def say(self, words: str, *, warning: bool = False) -> None:
        """A word in the footer."""
        self.correio.say(words, warning=warning)

    async def ask_line(
        self, label: str, answered: Answered, value: str = "", complete: Callable[[str], Sequence[str]] | None = None
    ) -> None:
        """Ask for a word in the line at the bottom."""
        from tui.widgets.prompt import Prompt

        prompts = self.query(Prompt)
        prompt = prompts.first() if prompts else Prompt(id="prompt")
        if not prompts:
            await self.mount(prompt)
        self._asked = answered
        prompt.ask(label, label, value, complete)

    async def on_prompt_answered(self, event: Prompt.Answered) -> None:
        """A line was finished."""
        asked, self._asked = self._asked, None
        try:
            if event.purpose == "command":
                await self.correio.do_command(event.text)
            elif asked is not None and (asking := asked(event.text)) is not None:
                await asking
        except CorreioError as error:
            self.say(sentence(error), warning=True)
