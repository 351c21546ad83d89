"""The last look before sending: who gets what, from whom, with which files."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.screen import Screen

from core.address import format_address
from core.clean import clean_line
from core.draft import Attachment, Draft
from core.editor_text import read_field
from core.rendered import Page
from core.text import render_text
from tui.actions import Context, does, program
from tui.actions import compose as writing
from tui.translation import _, ngettext
from tui.widgets.choice_list import Choice, ChoiceList
from tui.widgets.reader import Reader
from tui.widgets.sheet import Sheet, human_size
from tui.widgets.status import FooterBar, HeaderBar

Result = tuple[str, Draft]


class ReviewScreen(Screen[Result | None]):
    """Gives back what to do (send, edit, postpone, discard) and the draft."""

    DEFAULT_CSS = """
    ReviewScreen ChoiceList { height: auto; max-height: 6; border-top: solid $border; }
    ReviewScreen Reader { height: 1fr; }
    """
    key_context: ClassVar[Context] = "review"

    def __init__(self, draft: Draft, sender: str) -> None:
        super().__init__()
        self.draft, self.sender = draft, sender

    def compose(self) -> ComposeResult:
        yield HeaderBar(id="header")
        yield Reader(id="text")
        yield ChoiceList()
        yield FooterBar(id="footer")

    def on_mount(self) -> None:
        """Show the draft."""
        self.query_one(HeaderBar).folder = _("Ready to send?")
        self._show()
        self.query_one(Reader).focus()
        self.app.show_keys()  # type: ignore[attr-defined]

    @property
    def has_attachment(self) -> bool:
        """Whether there is a file to take out."""
        return bool(self.draft.attachments)

    def _show(self) -> None:
        draft = self.draft
        rows = [(_("From"), self.sender)]
        for label, name in ((_("To"), "to"), (_("Cc"), "cc"), (_("Bcc"), "bcc")):
            known = ", ".join(format_address(one) for one in getattr(draft, name))
            half = dict(draft.typed).get(name, "")
            if known or half or name == "to":
                rows.append((label, ", ".join(part for part in (known, half) if part)))
        files: ChoiceList[int] = self.query_one(ChoiceList)
        files.show([Choice(n, clean_line(one.name), _size(one)) for n, one in enumerate(draft.attachments)])
        files.display = bool(draft.attachments)

        def lay_out(width: int) -> Page:
            return render_text(draft.body, width, flowed=draft.options.flowed)

        sheet = Sheet(key=("review", draft.body), headers=tuple(rows), lay_out=lay_out, subject=draft.subject)
        self.query_one(Reader).show(sheet)

    # ------------------------------------------------------------------ what is done here

    @does(writing.Send)
    def send(self) -> None:
        """Send, unless something is missing."""
        if self.draft.typed:
            _name, half = self.draft.typed[0]
            self._say(_("This is no address yet: {text}").format(text=half))
        elif not self.draft.recipients:
            self._say(_("There is no recipient. t adds one."))
        elif not self.draft.subject:
            from tui.screens.dialog import Confirm

            question = _("The message has no subject. Send it all the same?")
            self.app.push_screen(Confirm(question, _("Send")), lambda yes: self._send() if yes else None)
        else:
            self._send()

    def _send(self) -> None:
        self.dismiss(("send", self.draft))

    @does(writing.Edit)
    def edit(self) -> None:
        """Back to the text."""
        self.dismiss(("edit", self.draft))

    @does(program.Back, program.Cancel)
    def back(self) -> None:
        """Back to the text."""
        self.edit()

    @does(writing.Postpone)
    def postpone(self) -> None:
        """Keep it as a draft."""
        self.dismiss(("postpone", self.draft))

    @does(program.Quit)
    def quit(self) -> None:
        """Leave: it stays a draft."""
        self.postpone()

    @does(writing.Attach)
    def attach(self, argument: str = "") -> None:
        """A file goes with the message."""
        if argument:
            self._add_file(argument)
            return
        self._ask(_("Attach a file"), f"{Path.home()}/", self._add_file)

    def _add_file(self, text: str | None) -> None:
        if not text:
            return
        path = Path(text).expanduser()
        if not path.is_file():
            self._say(_("There is no file {file}.").format(file=text))
            return
        added = Attachment(name=path.name, path=str(path.absolute()))
        self.draft = dataclasses.replace(self.draft, attachments=(*self.draft.attachments, added))
        self._show()

    @does(writing.Detach)
    def detach(self) -> None:
        """Take the file under the cursor out."""
        files: ChoiceList[int] = self.query_one(ChoiceList)
        chosen = files.current
        if chosen is None:
            return
        kept = tuple(one for n, one in enumerate(self.draft.attachments) if n != chosen.value)
        self.draft = dataclasses.replace(self.draft, attachments=kept)
        self._show()
        self._say(ngettext("{n} file left", "{n} files left", len(kept)).format(n=len(kept)))

    @does(writing.To)
    def change_to(self) -> None:
        """Whom it goes to."""
        self._change("to", _("To"))

    @does(writing.Cc)
    def change_cc(self) -> None:
        """Who gets a copy."""
        self._change("cc", _("Cc"))

    @does(writing.Bcc)
    def change_bcc(self) -> None:
        """Who gets a copy that nobody sees."""
        self._change("bcc", _("Bcc"))

    @does(writing.Subject)
    def change_subject(self) -> None:
        """What it is about."""

        def answered(text: str | None) -> None:
            if text is not None:
                self.draft = dataclasses.replace(self.draft, subject=text)
                self._show()

        self._ask(_("Subject"), self.draft.subject, answered)

    def _change(self, name: str, label: str) -> None:
        half = dict(self.draft.typed).get(name, "")
        known = ", ".join(format_address(one) for one in getattr(self.draft, name))

        def answered(text: str | None) -> None:
            if text is None:
                return
            addresses, rest = read_field(text)
            typed = tuple(pair for pair in self.draft.typed if pair[0] != name)
            typed = (*typed, (name, rest)) if rest else typed
            self.draft = dataclasses.replace(self.draft, **{name: addresses}, typed=typed)  # type: ignore[arg-type]
            self._show()

        self._ask(label, ", ".join(part for part in (known, half) if part), answered)

    def _ask(self, title: str, value: str, answered) -> None:  # type: ignore[no-untyped-def]
        from tui.screens.dialog import Question

        self.app.push_screen(Question(title, value), answered)

    def _say(self, words: str) -> None:
        self.app.say(words, warning=True)  # type: ignore[attr-defined]


def _size(one: Attachment) -> str:
    if one.data is not None:
        return human_size(len(one.data))
    try:
        return human_size(Path(one.path).stat().st_size)
    except OSError:
        return _("cannot be read")
