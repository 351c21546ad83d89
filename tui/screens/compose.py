"""The composer: who, what about, and the text; what is typed is on disk within two seconds."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static, TextArea

from core import drafting
from core.address import Address, format_address
from core.clean import clean_line
from core.draft import ANSWERED, ComposeError, Draft
from core.editor_text import from_editor_text, read_field, to_editor_text
from core.errors import CorreioError
from core.senders import identity_for
from core.store.database import Database
from tui.actions import Context, does
from tui.actions import compose as writing
from tui.actions import writing as acts
from tui.own_editor import edit, editor_command
from tui.screens.own_letter import OwnLetter
from tui.screens.to_many import ToMany
from tui.screens.writing.people import People
from tui.screens.writing.recipients import FIELDS, REPLY_TO
from tui.sentences import sentence
from tui.translation import _
from tui.widgets.address_field import AddressField
from tui.widgets.editor import Editor
from tui.widgets.status import FooterBar, HeaderBar

FOR_QUOTES = 8
"""Cells more than the lines of a mail have, so that the lines of a quotation, with their marks, stay whole on the screen."""
PAUSE = 1.0
"""Seconds after a key before the draft is saved."""


class ComposeScreen(OwnLetter, ToMany, People):
    """Writing one mail."""

    DEFAULT_CSS = """
    ComposeScreen #from, ComposeScreen #files {
        height: 1; padding: 0 1; color: $foreground 60%; text-wrap: nowrap; text-overflow: ellipsis;
    }
    ComposeScreen #rule { height: 1; color: $border; text-wrap: nowrap; }
    ComposeScreen #original { height: 1; padding: 0 1; color: $foreground 60%; text-wrap: nowrap; text-overflow: ellipsis; }
    ComposeScreen TextArea { border: none; padding: 0 1; height: 1fr; background: $background; }
    ComposeScreen TextArea:focus { border: none; }
    """
    key_context: ClassVar[Context] = "composer"
    AUTO_FOCUS = ""
    wants_text = True
    """Keys that come before a field has the cursor are typed into it."""

    def __init__(self, draft: Draft, draft_id: int | None = None, place: tuple[int, int] | None = None) -> None:
        super().__init__(draft, draft_id)
        self._place = place
        """Where one writes on, as a template says."""
        self._first: Draft | None = None
        """The draft as the fields showed it before anything was typed."""
        self._put: Draft | None = None
        """The draft that was last handed to the writer, None when it could not be saved."""
        self._timer: Timer | None = None
        self._finished = False
        self.taken_out = False
        """Whether it is a mail that was to be sent and is not: taken out of the outbox."""
        self.instead: tuple[int, ...] = ()
        """The rows of the outbox whose place it takes when it is sent or kept."""
        self.opened = time.monotonic()
        self.filed = self.opened

    def compose(self) -> ComposeResult:
        yield HeaderBar(id="header")
        yield Static(id="from", markup=False)
        for name in (*FIELDS, REPLY_TO):
            value = field_text(self.draft, name)
            if value or name != REPLY_TO:
                yield self.address_field(name, value)
        yield AddressField(_("Subject"), self.draft.subject, None, id="field-subject")
        yield Static(id="files", markup=False)
        yield Static(id="rule", markup=False)
        yield Editor(self.draft.body, id="body")
        yield Static(id="original", markup=False)
        yield FooterBar(id="footer")

    def on_mount(self) -> None:
        """Show the draft; an editor of one's own comes at once, where the settings name one."""
        self._first = self._put = self.current()
        self._show_fixed()
        self.call_after_refresh(self.correio.know_address_book)
        if self._place is not None:
            self.editor.move_cursor(self._place)
        settings = self.correio.desk.settings
        self.editor.styles.max_width = settings.compose.width + 3 + (FOR_QUOTES if self.draft.options.flowed else 0)
        if settings.ui.editor:
            self.call_after_refresh(self.use_editor)
        else:
            self._begin()
        self.correio.show_keys()

    def _begin(self) -> None:
        """The cursor goes where something is missing."""
        if not self.draft.recipients:
            self.query_one("#field-to", AddressField).enter()
        elif not self.draft.subject and self._place is None:
            self.query_one("#field-subject", AddressField).enter()
        else:
            self.set_focus(self.editor)
            self.editor.move_cursor(self._place or _writing_place(self.draft))

    def on_screen_resume(self) -> None:
        """Back from the review screen."""
        self.correio.show_keys()

    def on_descendant_focus(self) -> None:
        """Other keys work in the text than in the fields."""
        self.correio.show_keys()
        if self._first is not None:
            self.suit_sender()

    @property
    def sender(self) -> str:
        """Name and address that the mail comes from, as its recipients see it."""
        identity = identity_for(self.correio.desk.settings, self.draft)
        own = format_address(self.draft.from_ if self.draft.from_.addr else Address(identity.name, identity.address))
        if not identity.on_behalf_of:
            return own
        return _("{firm}, sent by {sender}").format(firm=identity.on_behalf_of, sender=own)

    def _show_fixed(self) -> None:
        """What cannot be typed into: the title, the sender, the names of the files."""
        self.query_one(HeaderBar).folder = clean_line(self.draft.subject) or _("New message")
        self.query_one("#from", Static).update(Content(f"{_('From'):<9}{clean_line(self.sender)}"))
        files = self.query_one("#files", Static)
        names = ", ".join(clean_line(one.name) for one in self.draft.attachments)
        files.update(Content(f"{_('Files'):<9}{names}"))
        files.display = bool(names)
        original = self.query_one("#original", Static)
        original.display = self.draft.original is not None
        if self.draft.original is not None:
            words = _("The original follows as it was · {key} quotes it in the text")
            if self.draft.original.own:
                words = _("Below stays what another program wrote, as rich text here cannot say it · {key} makes it text")
            original.update(Content(words.format(key=self.correio.key_for(acts.QuoteOriginal))))
        self.show_state()

    # ------------------------------------------------------------------ what is typed

    def current(self) -> Draft:
        """The draft as it stands on the screen."""
        fields: dict[str, Any] = {}
        typed = []
        for name, field in self.address_fields().items():
            addresses, rest = read_field(field.value)
            fields[name] = addresses
            if rest:
                typed.append((name, rest))
        subject = self.query_one("#field-subject", AddressField).value
        return dataclasses.replace(self.draft, **fields, subject=subject, body=self.editor.text, typed=tuple(typed))

    @on(Input.Changed)
    @on(TextArea.Changed)
    def typed(self) -> None:
        """It will be saved soon."""
        if self._timer is None and not self._finished:
            self._timer = self.set_timer(PAUSE, self.save)
        self.words_changed()

    @on(Input.Submitted)
    def _next_field(self, event: Input.Submitted) -> None:
        event.stop()
        self.focus_next()

    @property
    def untouched(self) -> bool:
        """Whether nothing was changed since the composer was opened."""
        return self.current() == self._first

    @property
    def blank(self) -> bool:
        """Whether it is a new message with nothing in it but the sender's signature."""
        draft = self.current()
        text, _line, _signature = draft.body.partition("-- \n")
        return self.untouched and self.draft_id is None and dataclasses.replace(draft, body=text).empty

    def save(self) -> None:
        """Write the draft down, if it changed since the last time."""
        self._timer = None
        if self._finished or self._first is None:
            return
        draft = self.current()
        if draft == self._put or (draft.empty and self.draft_id is None):
            return
        self._put = draft
        settings = self.correio.desk.settings
        self.correio.desk.write(lambda db: self._write(db, settings, draft), self._saved, hurry=False)
        minutes = settings.compose.draft_minutes
        if minutes and time.monotonic() - self.filed > minutes * 60:
            self.file_copy()

    def _write(self, db: Database, settings: Any, draft: Draft) -> Draft:
        """In the writer's thread. The row is read when the writer comes to it: two saves may wait before it has one."""
        if draft.rich:
            from core.mail_images import MailImages

            draft = MailImages(self.correio.wiring.home.state, bare=settings.compose.photo_data != "keep").kept(draft)
        self.draft_id = drafting.save(db, settings, draft, self.draft_id)
        return draft

    def _saved(self, draft: Draft | None, error: CorreioError | None) -> None:
        if draft is not None and draft.images != self.draft.images and self._put is not None:
            # What was typed as a path is kept now. What was put in since then stays.
            new = {one.ref: one for one in (*draft.images, *self.draft.images)} | {one.ref: one for one in draft.images}
            self._put = dataclasses.replace(self._put, images=tuple(new.values()))
            self.alter(images=tuple(new.values()))
        if error is not None:
            self._put = None  # the next key tries again
            self.correio.say(sentence(error), warning=True, seconds=15)

    # ------------------------------------------------------------------ leaving

    @does(writing.Aside)
    def put_aside(self) -> None:
        """To the list; the message stays open."""
        if self.blank:
            self._close()
            return
        self.save()
        self.correio.put_aside(self)
        self.correio.say(_("Put aside · {key} returns to it").format(key=self.correio.key_for(writing.Return)))

    @does(writing.Finish)
    def review(self) -> None:
        """To the review screen; back to the list when nothing was written at all."""
        from tui.screens.review import ReviewScreen

        self.draft = self.current()
        if self.blank:
            self._close()
            return
        self.save()
        self.app.push_screen(ReviewScreen(self), self._reviewed)

    def change(self, draft: Draft) -> None:
        """The review screen has changed the draft: show it here too, and save it."""
        self.draft = draft
        fields = self.address_fields()
        for name, field in fields.items():
            field.value = field_text(draft, name)
        if draft.reply_to and REPLY_TO not in fields:
            self.run_worker(self.reply_to_field(field_text(draft, REPLY_TO)))
        self.query_one("#field-subject", AddressField).value = draft.subject
        if self.editor.text != draft.body:
            here = self.editor.cursor_location
            self.editor.load_text(draft.body)
            self.editor.move_cursor(here)
        self._show_fixed()
        self.save()

    def _reviewed(self, verb: str | None) -> None:
        if verb == "send":
            self._close()
            self.correio.send_draft(self.draft, self.draft_id, self.instead)
        elif verb is not None and verb.startswith("merge"):
            self.to_many(verb.partition(" ")[2])
        elif verb == "postpone":
            self.postpone()
        elif verb == "discard":
            self._discard()
        elif verb == "editor" or (verb == "edit" and self.correio.desk.settings.ui.editor):
            self.use_editor()

    def _close(self) -> None:
        self._finished = True
        self.end_spelling()
        self.dismiss()

    def keeping(self, *, asked: bool = False) -> Callable[[Database], CorreioError | None] | None:
        """The work that puts what was written into the Drafts folder; None when there is nothing to keep.

        `asked`: an answer too to which nothing was added yet.
        """
        draft, settings = self.current(), self.correio.desk.settings
        new = asked and self.draft_id is None
        if self._finished or draft.empty or (self.untouched and not new and not self._unfiled()):
            return None

        def work(db: Database) -> CorreioError | None:
            self._write(db, settings, draft)
            try:
                changed = drafting.file(db, settings, self.draft_id or 0)
            except ComposeError as error:  # a file has gone, say: it is kept here all the same
                return error
            return ComposeError("draft-changed-elsewhere", subject=draft.subject) if changed else None

        return work

    def _unfiled(self) -> bool:
        """Whether it is stored but stands in no folder: a mail that was to be sent, but has come back."""
        from core.store import drafts

        return self.draft_id is not None and not drafts.is_filed(self.correio.desk.db, self.draft_id)

    def postpone(self) -> None:
        """Keep it as a draft, in the Drafts folder too; the composer closes when that is done."""
        if self.current().empty:
            self._discard()
            return
        keep, instead = self.keeping(asked=True), self.instead
        if keep is None:
            self._kept(None, None)
            return

        def work(db: Database) -> CorreioError | None:
            trouble = keep(db)
            drafting.settle(db, instead)
            return trouble

        let_go = self.correio.hold_keys()  # what is typed now is for the list

        def kept(trouble: CorreioError | None, error: CorreioError | None) -> None:
            self._kept(trouble, error)
            let_go()

        self.correio.desk.write(work, kept)

    def _kept(self, trouble: CorreioError | None, error: CorreioError | None) -> None:
        if error is not None:
            self.correio.say(sentence(error), warning=True, seconds=15)
            return
        self._close()
        self.correio.store_changed()
        words = _("It is not sent; it is in Drafts.") if self.taken_out else _("Kept in Drafts.")
        self.correio.say(sentence(trouble) if trouble else words, warning=trouble is not None)

    def _discard(self) -> None:
        id = self.draft_id
        self._close()
        if id is not None:
            self.correio.desk.write(lambda db: drafting.throw_away(db, id), self.correio.reported())
        self.correio.say(_("Thrown away. The message stays in the outbox.") if self.instead else _("Thrown away."))

    # ------------------------------------------------------------------ an editor of one's own

    @does(writing.OwnEditor)
    def use_editor(self) -> None:
        """Let the user's editor have the text and the headers, then go to the review screen."""
        desk = self.correio.desk
        command = editor_command(desk.settings.ui.editor)
        if not command:
            self.correio.say(_("No editor is named: set ui.editor, or $EDITOR."), warning=True)
            return
        self.draft = self.current()
        identity = identity_for(desk.settings, self.draft)
        if not self.draft.from_.addr:
            self.draft = dataclasses.replace(self.draft, from_=Address(identity.name, identity.address))
        self.save()
        desk.writer.wait()
        before = to_editor_text(self.draft)
        after = edit(command, before, desk.wiring.home.state, self.draft_id or 0, self.app.suspend())
        self.correio.redraw()
        if after is None:
            self.correio.say(_("The editor gave up; here is the built-in one."), warning=True)
            self._begin() if self.untouched else self.set_focus(self.editor)
            return
        self.change(self.kept_locked(_with_sender(from_editor_text(after, self.draft), desk.settings)))
        self.review()


def field_text(draft: Draft, name: str) -> str:
    """What stands in an address field: the addresses, and what is not yet one."""
    known = ", ".join(format_address(one) for one in getattr(draft, name))
    return ", ".join(part for part in (known, dict(draft.typed).get(name, "")) if part)


def _with_sender(draft: Draft, settings: Any) -> Draft:
    """The draft with the identity whose address stands in From now."""
    for one in settings.identities:
        if one.address.casefold() == draft.from_.key:
            return dataclasses.replace(draft, identity=one.id)
    return draft


def _writing_place(draft: Draft) -> tuple[int, int]:
    """Row and column where one writes on: in an answer below the quotation, above the signature; else at the top."""
    lines = draft.body.split("\n")
    end = lines.index("-- ") if "-- " in lines else len(lines)
    above = lines[:end]
    on_top = not lines[0].strip() or (draft.answers is not None and draft.answers.how != ANSWERED)
    if on_top or not any(line.strip() for line in above):
        return 0, 0
    row = max(end - 1, 0)
    return row, len(lines[row])
