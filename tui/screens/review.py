"""The last look before sending: who gets what, from whom, with which files."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult

from core.clean import clean_line
from core.draft import Attachment, Draft, size_of
from core.editor_text import read_field
from core.letterhead import with_footer
from core.rendered import Page
from core.text import render_text
from tui.actions import Context, does, merge, program
from tui.actions import compose as writing
from tui.actions import letter as doing
from tui.file_names import complete_file, files_named
from tui.people import complete_people
from tui.phone_words import phone_words
from tui.screens.compose import ComposeScreen, field_text
from tui.screens.groups import Groups
from tui.screens.leaving import LeftOnce
from tui.screens.letter import Letter
from tui.screens.options import spoken
from tui.screens.writing.files import Files
from tui.screens.writing.looks import Looks, format_words
from tui.sentences import sentence
from tui.translation import _, ngettext
from tui.widgets.choice_list import Choice, ChoiceList
from tui.widgets.prompt import Prompt
from tui.widgets.reader import Reader
from tui.widgets.sheet import Sheet, human_size
from tui.widgets.status import FooterBar, HeaderBar

if TYPE_CHECKING:
    from tui.reminders import Reminder

MANY = 5
"""Recipients from which on it is said how many they are."""


class ReviewScreen(Groups, Files, Letter, Looks, LeftOnce[str | None]):
    """Shows a composer's draft and changes it; its result is what to do: send, edit, editor, postpone, discard."""

    DEFAULT_CSS = """
    ReviewScreen ChoiceList { height: auto; max-height: 6; border-top: solid $border; }
    ReviewScreen Reader { height: 1fr; }
    """
    key_context: ClassVar[Context] = "review"
    AUTO_FOCUS = ""

    def __init__(self, composer: ComposeScreen) -> None:
        super().__init__()
        self.composer = composer
        self._asked: dict[str, Callable[[str], None]] = {}

    def compose(self) -> ComposeResult:
        yield HeaderBar(id="header")
        yield Reader(id="text")
        yield ChoiceList()
        yield FooterBar(id="footer")
        yield Prompt(id="prompt")

    def on_mount(self) -> None:
        """Show the draft."""
        self.query_one(HeaderBar).folder = _("Ready to send?")
        self.query_one(Reader).max_width = self.correio.desk.settings.ui.reader_width
        self.show_draft()
        self.set_focus(self.query_one(Reader))
        self.correio.show_keys()

    def on_screen_resume(self) -> None:
        """Back from a dialog."""
        self.correio.show_keys()

    def on_descendant_focus(self) -> None:
        """A line is asked for, or was."""
        self.correio.show_keys()

    @property
    def draft(self) -> Draft:
        """The draft as it is now."""
        return self.composer.draft

    @property
    def has_attachment(self) -> bool:
        """Whether there is a file to take out."""
        return bool(self.draft.attachments)

    @property
    def has_identities(self) -> bool:
        """Whether there is a sender to choose; others can be made there."""
        return bool(self.correio.desk.settings.identities)

    def letter(self) -> Draft:
        """The draft as it is now."""
        return self.draft

    def put_letter(self, draft: Draft) -> None:
        """Change it in the composer too."""
        self.composer.change(draft)
        self.show_draft()

    def note_picked(self) -> None:
        """The sender was chosen by hand."""
        self.composer.note_picked()

    @does(doing.KeepTemplate)
    def keep_template(self) -> None:
        """In the place of the one that is edited, else under a name."""
        self.correio.keep_template(self.draft, self.composer.template)

    def show_draft(self) -> None:
        """Show the draft as it is now."""
        draft = self.draft
        rows = [(_("From"), self.composer.sender)]
        for label, name in ((_("To"), "to"), (_("Cc"), "cc"), (_("Bcc"), "bcc"), (_("Reply-To"), "reply_to")):
            text = field_text(draft, name)
            if text or name == "to":
                count = len(getattr(draft, name))
                rows.append((f"{label} ({count:,})" if count >= MANY else label, text))
        if said := spoken(draft, self.letter_sender):
            rows.append((_("Options"), said))
        if said := format_words(draft):
            rows.append((_("Format"), said))
        body = with_footer(draft.body, self.letter_sender)
        files: ChoiceList[int] = self.query_one(ChoiceList)
        files.marks_cursor = False
        files.show([Choice(n, clean_line(one.name), _about(one)) for n, one in enumerate(draft.attachments)])
        files.display = bool(draft.attachments)

        def lay_out(width: int) -> Page:
            return render_text(body, width, flowed=draft.options.flowed)

        notices = phone_words(self.correio.desk.settings, draft)
        sheet = Sheet(key=("review", body), headers=tuple(rows), lay_out=lay_out, subject=draft.subject, notices=notices)
        self.query_one(Reader).show(sheet)
        self.correio.show_keys()

    def _change(self, **changes: object) -> None:
        self.composer.change(dataclasses.replace(self.draft, **changes))  # type: ignore[arg-type]
        self.show_draft()

    # ------------------------------------------------------------------ done with it

    @does(writing.Send)
    def send(self) -> None:
        """Send, unless something is missing."""
        if not self._is_whole:
            return
        if self.draft.typed:
            _name, half = self.draft.typed[0]
            self._warn(_("This is no address yet: {text}").format(text=clean_line(half)))
        elif not self.draft.recipients:
            self._warn(_("There is no recipient. {key} adds one.").format(key=self.correio.key_for(writing.To)))
        else:
            self._send_after()

    def _send_after(self) -> None:
        """Send once every question was answered; each is asked once."""
        from tui.reminders import reminders
        from tui.screens.dialog import Asked

        composer, desk = self.composer, self.correio.desk
        for one in reminders(self.draft, desk.settings, desk.db, picked=composer.picked):
            if one.id not in composer.asked and not (one.keep and desk.remembered(one.keep)):
                answers = {"y": _("send")}
                answers |= {"b": _("all to Bcc")} if one.hides else {}
                answers |= {"f": _("the other sender")} if one.senders else {}
                self.app.push_screen(Asked(_("Send"), one.question, answers), partial(self._answered, one))
                return
        self._leave("send")

    def _answered(self, one: Reminder, answer: str | None) -> None:
        if answer is None:
            return
        self.composer.asked.add(one.id)
        if answer == "b":
            self.hide_recipients()
        elif answer == "f":
            self.set_sender(self.correio.desk.settings.identity(one.senders[0]))
        elif one.keep:
            self.correio.desk.remember(one.keep, True)
        self._send_after()

    def _leave(self, verb: str) -> None:
        self.dismiss(verb)

    @property
    def _is_whole(self) -> bool:
        """Whether all its files are there; says so when one is not yet."""
        if self.composer.copying:
            self._warn(_("A photo is still being copied; it takes a moment."))
        return not self.composer.copying

    @property
    def composer_of_files(self) -> ComposeScreen:
        """The composer whose message it is."""
        return self.composer

    @does(writing.Edit, program.Back, program.Cancel)
    def edit(self) -> None:
        """Back to the text."""
        self._leave("edit")

    @does(writing.OwnEditor)
    def use_editor(self) -> None:
        """Into the editor of one's own."""
        self._leave("editor")

    @does(writing.Postpone)
    def postpone(self) -> None:
        """Keep it as a draft."""
        if self._is_whole:
            self._leave("postpone")

    @does(writing.Discard)
    def discard(self) -> None:
        """Throw it away; asks when something was written."""
        from tui.screens.dialog import Confirm

        if self.composer.untouched and self.composer.draft_id is None:
            self._leave("discard")
            return
        question = _("Throw this message away? It is not kept in Drafts.")
        self.app.push_screen(Confirm(question, _("Throw away")), lambda yes: self._leave("discard") if yes else None)

    @does(merge.Begin)
    def to_many(self, argument: str = "") -> None:
        """To the mail merge."""
        if self._is_whole:
            self._leave(f"merge {argument}".strip())

    # ------------------------------------------------------------------ files

    @does(writing.Attach)
    def attach(self, argument: str = "") -> None:
        """A file goes with the message."""
        if argument:
            self.attach_files(argument)
        else:
            self._ask(_("Attach the file: "), self.usual_folder, self.attach_files, complete_file)

    @does(writing.Link)
    def link(self, argument: str = "") -> None:
        """Files go as links: the one named, several with a comma between them, or, with no name, all that are attached."""
        if argument:
            self._add_links(argument)
            return
        label = _("Files to send as links (none: those attached): ") if self.draft.attachments else _("Files to send as links: ")
        self._ask(label, self.usual_folder, self._add_links, complete_file)

    def _add_links(self, text: str) -> None:
        files, missing = files_named(text)
        if not files and self.draft.attachments:
            self._change(attachments=tuple(dataclasses.replace(one, link=True) for one in self.draft.attachments))
            return
        if missing or not files:
            self._warn(_("There is no file {file}.").format(file=clean_line(missing or text)))
            return
        added = tuple(Attachment(name=path.name, path=str(path.absolute()), link=True) for path in files)
        self._change(attachments=(*self.draft.attachments, *added))

    @does(writing.Detach)
    def detach(self) -> None:
        """Take a file out."""
        from tui.screens.picker import Picker

        files: ChoiceList[int] = self.query_one(ChoiceList)
        if len(files.choices) == 1:
            self._take_out(files.choices[0].value)
        elif files.choices:
            self.app.push_screen(Picker(_("Take out"), files.choices), self._take_out)

    def _take_out(self, number: int | None) -> None:
        if number is not None:
            kept = tuple(one for n, one in enumerate(self.draft.attachments) if n != number)
            self._change(attachments=kept)
            self.correio.say(ngettext("{n} file is left.", "{n} files are left.", len(kept)).format(n=len(kept)))

    # ------------------------------------------------------------------ fields

    @does(writing.From)
    def change_from(self) -> None:
        """Which of one's addresses it comes from."""
        self.choose_sender()

    @does(writing.To)
    def change_to(self) -> None:
        """Whom it goes to."""
        self._change_people("to", _("To: "))

    @does(writing.Cc)
    def change_cc(self) -> None:
        """Who gets a copy."""
        self._change_people("cc", _("Cc: "))

    @does(writing.Bcc)
    def change_bcc(self) -> None:
        """Who gets a copy that nobody sees."""
        self._change_people("bcc", _("Bcc: "))

    @does(doing.ReplyTo)
    def change_reply_to(self) -> None:
        """Where answers go."""
        if not self.refuse_locked("reply_to"):
            self._change_people("reply_to", _("Reply-To: "))

    @does(writing.Subject)
    def change_subject(self) -> None:
        """What it is about."""
        self._ask(_("Subject: "), self.draft.subject, lambda text: self._change(subject=text))

    def _change_people(self, name: str, label: str) -> None:
        def answered(text: str) -> None:
            addresses, rest = read_field(text)
            typed = tuple(pair for pair in self.draft.typed if pair[0] != name)
            self._change(**{name: addresses}, typed=(*typed, (name, rest)) if rest else typed)

        db = self.correio.desk.db
        self._ask(label, field_text(self.draft, name), answered, lambda text: complete_people(db, text))

    # ------------------------------------------------------------------ the line at the bottom

    def _ask(
        self,
        label: str,
        value: str,
        answered: Callable[[str], None],
        complete: Callable[[str], Sequence[str]] | None = None,
    ) -> None:
        self._asked[label] = answered
        self.query_one(Prompt).ask(label, label, value, complete)

    async def on_prompt_answered(self, event: Prompt.Answered) -> None:
        """A line was finished."""
        from core.errors import CorreioError

        try:
            if event.purpose == "command":
                await self.correio.do_command(event.text)
            else:
                self._asked[event.purpose](event.text)
        except CorreioError as error:
            self._warn(sentence(error))

    def _warn(self, words: str) -> None:
        self.correio.say(words, warning=True)


def _about(one: Attachment) -> str:
    return _("{size}, as a link").format(size=_size(one)) if one.link else _size(one)


def _size(one: Attachment) -> str:
    if one.data is None and not Path(one.path).is_file():
        return _("cannot be read")
    return human_size(size_of(one))
