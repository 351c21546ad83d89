"""The composer: who, what about, and the text; what is typed is on disk within two seconds."""

from __future__ import annotations

import dataclasses
import os
import shlex
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input, Static, TextArea

from core import drafting
from core.address import Address, format_address
from core.draft import Draft
from core.editor_text import from_editor_text, read_field, to_editor_text
from core.errors import CorreioError
from core.senders import identity_for
from core.store import correspondents
from tui.actions import Context, does, program
from tui.actions import compose as writing
from tui.sentences import sentence
from tui.translation import _
from tui.widgets.address_field import AddressField
from tui.widgets.status import FooterBar, HeaderBar

if TYPE_CHECKING:
    from tui.app import Correio

PAUSE = 1.0
"""Seconds after a key before the draft is saved."""
FIELDS = ("to", "cc", "bcc")


class ComposeScreen(Screen[None]):
    """Writing one mail."""

    DEFAULT_CSS = """
    ComposeScreen #from { height: 1; padding: 0 1; color: $foreground 60%; }
    ComposeScreen TextArea { border: none; border-top: solid $border; padding: 0 1; height: 1fr; background: $background; }
    ComposeScreen TextArea:focus { border: none; border-top: solid $border; }
    """
    key_context: ClassVar[Context] = "composer"

    def __init__(self, draft: Draft, draft_id: int | None = None) -> None:
        super().__init__()
        self.draft = draft
        self.draft_id = draft_id
        self._saved = draft
        self._timer: Timer | None = None
        self._finished = False

    @property
    def correio(self) -> Correio:
        """The application."""
        return cast("Correio", self.app)

    def compose(self) -> ComposeResult:
        yield HeaderBar(id="header")
        yield Static(Content(f"{_('From'):<9}{self._sender()}"), id="from", markup=False)
        labels = {"to": _("To"), "cc": _("Cc"), "bcc": _("Bcc")}
        for name in FIELDS:
            typed = dict(self.draft.typed).get(name, "")
            known = ", ".join(format_address(one) for one in getattr(self.draft, name))
            value = ", ".join(part for part in (known, typed) if part)
            yield AddressField(labels[name], value, self._complete, id=f"field-{name}")
        yield AddressField(_("Subject"), self.draft.subject, None, id="field-subject")
        yield TextArea(self.draft.body, soft_wrap=True, tab_behavior="focus", id="body", compact=True)
        yield FooterBar(id="footer")

    def on_mount(self) -> None:
        """The cursor goes where something is missing."""
        header = self.query_one(HeaderBar)
        header.folder = self.draft.subject or _("New message")
        if self.correio.desk.settings.ui.editor:
            self.call_after_refresh(self.use_editor)
        elif not self.draft.recipients:
            self.query_one("#field-to", AddressField).enter()
        elif not self.draft.subject:
            self.query_one("#field-subject", AddressField).enter()
        else:
            self._enter_text()
        self.correio.show_keys()

    def _enter_text(self) -> None:
        body = self.query_one(TextArea)
        body.focus()
        if self.draft.answers is not None:
            body.move_cursor(_writing_place(self.draft.body))

    def _sender(self) -> str:
        settings = self.correio.desk.settings
        identity = identity_for(settings, self.draft)
        return format_address(Address(identity.name, identity.address))

    def _complete(self, typed: str) -> Sequence[Address]:
        return correspondents.complete(self.correio.desk.db, typed)

    # ------------------------------------------------------------------ what is typed

    def current(self) -> Draft:
        """The draft as it stands on the screen."""
        fields: dict[str, Any] = {}
        typed = []
        for name in FIELDS:
            addresses, rest = read_field(self.query_one(f"#field-{name}", AddressField).value)
            fields[name] = addresses
            if rest:
                typed.append((name, rest))
        subject = self.query_one("#field-subject", AddressField).value
        body = self.query_one(TextArea).text
        return dataclasses.replace(self.draft, **fields, subject=subject, body=body, typed=tuple(typed))

    @on(Input.Changed)
    @on(TextArea.Changed)
    def _typed(self) -> None:
        if self._timer is None and not self._finished:
            self._timer = self.set_timer(PAUSE, self.save)

    @on(Input.Submitted)
    def _next_field(self, event: Input.Submitted) -> None:
        event.stop()
        self.focus_next()

    def save(self) -> None:
        """Write the draft down, if it changed since the last time."""
        self._timer = None
        if self._finished or not self.is_mounted:
            return
        draft = self.current()
        if draft == self._saved and self.draft_id is not None:
            return
        if draft.empty or (draft == self._saved and draft == self.draft):
            return
        self._saved = draft
        settings = self.correio.desk.settings
        self.correio.desk.write(self._save_work(draft, settings), self._after_save, hurry=False)

    def _save_work(self, draft: Draft, settings: Any) -> Any:
        def work(db: Any) -> int:
            # The id is read when the writer comes to it: two saves may be queued before the first has one.
            self.draft_id = drafting.save(db, settings, draft, self.draft_id)
            return self.draft_id

        return work

    def _after_save(self, result: Any, error: CorreioError | None) -> None:
        if error is not None:
            self.correio.call_from_thread(self.correio.say, sentence(error), warning=True)

    # ------------------------------------------------------------------ leaving

    @does(writing.Finish)
    def review(self) -> None:
        """To the review screen."""
        from tui.screens.review import ReviewScreen

        self.draft = self.current()
        self.save()
        self.app.push_screen(ReviewScreen(self.draft, self._sender()), self._reviewed)

    def _reviewed(self, result: tuple[str, Draft] | None) -> None:
        if result is None:
            return
        verb, draft = result
        self.draft = draft
        if verb == "send":
            self._finished = True
            self.dismiss()
            self.correio.send_draft(draft, self.draft_id)
        elif verb == "postpone":
            self._show(draft)
            self.postpone()
        elif verb == "discard":
            self._discard()
        else:
            self._show(draft)
            if self.correio.desk.settings.ui.editor:
                self.use_editor()

    def _show(self, draft: Draft) -> None:
        for name in FIELDS:
            field = self.query_one(f"#field-{name}", AddressField).query_one(Input)
            typed = dict(draft.typed).get(name, "")
            known = ", ".join(format_address(one) for one in getattr(draft, name))
            field.value = ", ".join(part for part in (known, typed) if part)
        self.query_one("#field-subject", AddressField).query_one(Input).value = draft.subject
        body = self.query_one(TextArea)
        if body.text != draft.body:
            body.load_text(draft.body)

    @does(program.Quit)
    def postpone(self) -> None:
        """Keep it as a draft, in the Drafts folder too."""
        draft = self.current()
        self._finished = True
        settings = self.correio.desk.settings
        if draft.empty:
            self._discard()
            return

        def work(db: Any) -> None:
            self.draft_id = drafting.save(db, settings, draft, self.draft_id)
            drafting.file(db, settings, self.draft_id)

        self.correio.desk.write(work, self.correio.reported())
        self.dismiss()
        self.correio.say(_("Kept in Drafts."))

    def _discard(self) -> None:
        self._finished = True

        def work(db: Any) -> None:
            if self.draft_id is not None:
                drafting.throw_away(db, self.draft_id)

        self.correio.desk.write(work, self.correio.reported())
        self.dismiss()

    # ------------------------------------------------------------------ an editor of one's own

    def use_editor(self) -> None:
        """Let the user's editor have the text and the headers, then go to the review screen."""
        self.draft = self.current()
        text = edit_text(self.correio, to_editor_text(self.draft))
        if text is None:
            self.correio.say(_("The editor could not be started; here is the built-in one."), warning=True)
            self._enter_text()
            return
        self.draft = from_editor_text(text, self.draft)
        self._show(self.draft)
        self.save()
        self.review()


def edit_text(app: Correio, text: str) -> str | None:
    """Run the editor of the settings (or $VISUAL, $EDITOR) on a private file; its text, or None when it cannot run."""
    command = app.desk.settings.ui.editor or os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    argv = shlex.split(command)
    if not argv:
        return None
    with tempfile.TemporaryDirectory(prefix="correio-", dir=app.desk.wiring.home.state) as folder:
        path = Path(folder) / "message.eml"
        path.touch(mode=0o600)
        path.write_text(text, "utf-8")
        with app.suspend():
            try:
                done = subprocess.run([*argv, str(path)], check=False)
            except OSError:
                return None
        return path.read_text("utf-8", errors="replace") if done.returncode == 0 else None


def _writing_place(body: str) -> tuple[int, int]:
    """Row and column where an answer begins: below the quotation, above the signature; else at the end."""
    lines = body.split("\n")
    if "-- " in lines:
        return max(0, lines.index("-- ") - 1), 0
    return len(lines) - 1, len(lines[-1])
