"""Mail taken out of Correio: printed, saved as files, copied to the clipboard."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.clean import clean_line
from core.errors import CorreioError, NotFound, UsageError
from tui.actions import does, message
from tui.chosen import Chosen
from tui.file_names import complete_folder, path_typed
from tui.screens.main.address_book import AddressBook
from tui.translation import _, ngettext

if TYPE_CHECKING:  # what these need is imported when they are done
    from core.printing import Printout
    from core.reading import Body
    from core.store.database import Database

MOST_FETCHED = 200
"""Messages that are fetched for one printout or export."""


class TakingOut(AddressBook):
    """What leads out of the mailbox."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[str] = []
        """What is still to be copied, of a text that was too long for one piece."""
        self._part = 0

    def _messages(self, chosen: Chosen, db: Database) -> list[int]:
        """Row ids, the oldest first."""
        return sorted(dict.fromkeys(message for _folder, message in chosen.places(db)))

    def _when_here(self, needed: Callable[[Database], list[int]], section: str, then: Callable[[], None]) -> None:
        """Fetch what is needed of the server, one message after the other, then go on."""

        def looked(ids: list[int] | None, error: CorreioError | None) -> None:
            if error is not None:
                self.complain(error)
            elif not ids:
                then()
            elif len(ids) > MOST_FETCHED:
                words = _("{n} of these messages are still on the server. Choose fewer.")
                self.say(words.format(n=f"{len(ids):,}"), warning=True)
            else:
                self._fetch_all(ids, section, then)

        self.desk.look_up(needed, looked)

    def _fetch_all(self, ids: Sequence[int], section: str, then: Callable[[], None]) -> None:
        if not ids:
            self.say("")
            then()
            return
        left = len(ids)
        self.say(ngettext("Fetching {n} message…", "Fetching {n} messages…", left).format(n=left))

        def fetched(answer: Any, error: CorreioError | None) -> None:
            if error is not None:
                self.complain(error)
            else:
                self._fetch_all(ids[1:], section, then)

        self.desk.ask("fetch", fetched, message=ids[0], section=section)

    # ------------------------------------------------------------------ printing

    @does(message.Print)
    def print_messages(self, argument: str = "") -> None:
        """To the printer, or into a file."""
        from tui.printouts import ENDINGS, FORMS
        from tui.screens.picker import Picker
        from tui.widgets.choice_list import Choice

        chosen = self.chosen()
        if chosen.nothing:
            self.app.bell()
            return
        if argument:
            form = next((form for form, ending in ENDINGS.items() if argument.lower().endswith(ending)), "")
            if not form:
                raise UsageError("print-ending", file=argument)
            self._print(chosen, form, path_typed(argument))
            return
        command = self.desk.settings.print.command
        choices = [Choice("", _("Printer"), clean_line(command))] if command else []
        choices += [Choice(form, _(words)) for form, words in FORMS.items() if form != "text"]

        def picked(form: str | None) -> None:
            if form == "":
                self._print(chosen, self.desk.settings.print.format, None)
            elif form is not None:
                self._ask_folder(lambda folder: self._print(chosen, form, folder))

        self.app.push_screen(Picker(_("Print"), choices), picked)

    def _ask_folder(self, then: Callable[[Path], None]) -> None:
        usual = str(self.desk.remembered("save-folder", str(Path.home())))

        def answered(text: str) -> None:
            if text.strip():
                then(path_typed(text))

        self.ask_line(_("Save into folder: "), answered, value=usual, complete=complete_folder)

    def _print(self, chosen: Chosen, form: str, target: Path | None) -> None:
        """`target`: a file, or a folder in which a name is found; None: the printer."""
        from tui.printouts import missing, printouts

        ids: list[int] = []

        def needed(db: Database) -> list[int]:
            ids[:] = self._messages(chosen, db)
            return missing(db, ids)

        def laid_out(found: tuple[Printout, ...] | None, error: CorreioError | None) -> None:
            if error is not None or found is None:
                self.complain(error or NotFound("no-message", what="message", name=""))
            else:
                self.run_worker(lambda: self._put_on_paper(found, form, target), thread=True, exit_on_error=False)

        def go() -> None:
            self.say(_("It is made ready for paper…"))
            self.desk.look_up(lambda db: printouts(db, ids, self.correio.render_html), laid_out)

        self._when_here(needed, "", go)

    def _put_on_paper(self, found: tuple[Printout, ...], form: str, target: Path | None) -> None:
        """In a thread: a printer may take its time."""
        try:
            where, lost = self._printed(found, form, target)
        except CorreioError as error:
            self.correio.call_later(self.complain, error)
            return
        done = _("Saved as {file}").format(file=clean_line(where))
        if target is None:
            done = _("Printed with {program}").format(program=clean_line(where))
        if lost:
            done = _("{done} · without {signs}: no font here has these").format(done=done, signs=clean_line(lost)[:20])
        self.correio.call_later(self._on_paper, done, target, bool(lost))

    def _on_paper(self, words: str, target: Path | None, lost: bool) -> None:
        if target is not None:
            self.desk.remember("save-folder", str(target if target.is_dir() else target.parent))
        self.say(words, warning=lost)

    def _printed(self, found: tuple[Printout, ...], form: str, target: Path | None) -> tuple[str, str]:
        """In a thread: the file's name or the program's, and the signs that no font has."""
        from core.printing import as_html, as_text
        from tui.printouts import ENDINGS, labels

        settings, lost = self.desk.settings.print, ""
        if form == "pdf":
            from core.printer import pdf_of
            from core.printing_worker import Paper

            made = pdf_of(Paper(found, labels(), settings.paper))
            data, lost = made.data, made.missing
        else:
            data = as_html(found, labels(), settings.paper) if form == "html" else as_text(found, labels())
        if target is not None:
            title = found[0].title if found else ""
            return str(_saved(data, target, f"{title[:80]}{ENDINGS[form]}")), lost
        from tui.piping import run_with

        program = next(iter(settings.command.split()), "")
        try:
            answer, status = run_with(settings.command, data)
        except CorreioError as error:
            raise CorreioError("print-no-program", program=program) if error.id == "program-missing" else error from error
        if status:
            words = clean_line(answer.decode("utf-8", "replace"))[-200:]
            raise CorreioError("print-refused", program=program, answer=words or str(status))
        return program, lost

    # ------------------------------------------------------------------ files

    @does(message.Export)
    def export(self, argument: str = "") -> None:
        """As files, byte for byte as they came."""
        chosen = self.chosen()
        if chosen.nothing:
            self.app.bell()
        elif argument:
            self._export(chosen, path_typed(argument), mbox=argument.lower().endswith(".mbox"))
        elif _single(chosen):
            self._ask_folder(lambda folder: self._export(chosen, folder, mbox=False))
        else:
            self._ask_how(chosen)

    def _ask_how(self, chosen: Chosen) -> None:
        from tui.screens.picker import Picker
        from tui.widgets.choice_list import Choice

        choices = [Choice(True, _("One mbox file")), Choice(False, _("A file for each message"), ".eml")]

        def picked(mbox: bool | None) -> None:
            if mbox is not None:
                self._ask_folder(lambda folder: self._export(chosen, folder, mbox=mbox))

        self.app.push_screen(Picker(_("Save messages as"), choices), picked)

    def _export(self, chosen: Chosen, target: Path, *, mbox: bool) -> None:
        ids: list[int] = []

        def needed(db: Database) -> list[int]:
            from core.reading import open_body

            ids[:] = self._messages(chosen, db)
            return [id for id in ids if open_body(db, id).raw is None]

        def work(db: Database) -> list[Path]:
            return _exported(db, ids, target, mbox=mbox)

        def done(saved: list[Path] | None, error: CorreioError | None) -> None:
            if error is not None:
                self.complain(error)
            elif saved and len(saved) == 1:
                self.desk.remember("save-folder", str(saved[0].parent))
                self.say(_("Saved as {file}").format(file=clean_line(str(saved[0]))))
            elif saved:
                self.desk.remember("save-folder", str(target))
                words = ngettext("{n} file saved in {folder}", "{n} files saved in {folder}", len(saved))
                self.say(words.format(n=f"{len(saved):,}", folder=clean_line(str(target))))

        self._when_here(needed, "*", lambda: self.desk.look_up(work, done))

    # ------------------------------------------------------------------ the clipboard

    @does(message.Yank)
    def yank(self, argument: str = "") -> None:
        """Something of the message into the clipboard of the user's own terminal."""
        from tui.screens.picker import Picker
        from tui.widgets.choice_list import Choice

        body = self.body_here()
        if body is None:
            self.app.bell()
            return
        found = self._to_copy(body)
        choices = [Choice(text, label, clean_line(text[:200])) for label, text in found if text.strip()]
        if argument:
            fitting = [choice for choice in choices if choice.label.casefold().startswith(argument.casefold())]
            if fitting:
                self._copy_text(fitting[0].value)
            else:
                self.say(_("There is no “{what}” to copy.").format(what=clean_line(argument)), warning=True)
            return
        if self._parts:
            label = _("The next part: {n} of {all}").format(n=self._part + 1, all=len(self._parts))
            choices.insert(0, Choice("", label))

        def picked(text: str | None) -> None:
            if text:
                self._copy_text(text)
            elif text == "":
                self._copy_part()

        self.app.push_screen(Picker(_("Copy"), choices), picked)

    def _to_copy(self, body: Body) -> list[tuple[str, str]]:
        envelope = body.envelope
        page = self.reader.page if self.pane == "reader" else None
        top = self.reader.top
        shown = self.reader.laid.shown[top : top + self.reader.page_lines] if page is not None else []
        text = "\n".join(line.text.rstrip() for line in page.lines) if page is not None else ""
        found = [(_("Text"), text)] if page is not None else []
        found += [(_("What is in view"), "\n".join(one.line.text.rstrip() for one in shown))] if shown else []
        found += [(_("Sender"), ", ".join(one.addr for one in envelope.from_))]
        everybody = dict.fromkeys(one.addr for one in (*envelope.from_, *envelope.to, *envelope.cc))
        found += [(_("All addresses"), ", ".join(everybody)), (_("Subject"), envelope.subject)]
        found += [(_("Message-ID"), f"<{envelope.message_id}>" if envelope.message_id else "")]
        links = page.links if page is not None else ()
        return [*found, *((_("Link {n}").format(n=link.number), link.target) for link in links)]

    def _copy_text(self, text: str) -> None:
        from core.clean import clean_text
        from tui.clipboard import parts_of

        self._parts, self._part = parts_of(clean_text(text)), 0
        self._copy_part()

    def _copy_part(self) -> None:
        from tui.clipboard import sequence

        text, parts = self._parts[self._part], len(self._parts)
        self._part += 1
        if (driver := self.app._driver) is not None:
            driver.write(sequence(text, os.environ))
        key = self.correio.key_for(message.Yank) or ":yank"
        if self._part < parts:
            words = _("Part {n} of {all} is in the clipboard · {key} offers the next")
            self.say(words.format(n=self._part, all=parts, key=key))
            return
        size = len(text)
        self.say(ngettext("{n} letter is in the clipboard", "{n} letters are in the clipboard", size).format(n=f"{size:,}"))
        self._parts, self._part = [], 0


def _single(chosen: Chosen) -> bool:
    """Whether it is one message and no conversation."""
    if chosen.selection is not None or len(chosen.rows) + len(chosen.known) != 1:
        return False
    return not chosen.rows or chosen.rows[0].total <= 1 or bool(chosen.rows[0].depth)


def _saved(data: bytes, target: Path, name: str) -> Path:
    """Into a folder under a name that is free, or into the file named, if it is new."""
    from core import attachment

    folder, wanted = (target, name) if target.is_dir() else (target.parent, target.name)
    if not folder.is_dir():
        raise NotFound("no-file", what="folder", name=str(folder))
    return attachment.save(data, folder, wanted)


def _exported(db: Database, ids: Sequence[int], target: Path, *, mbox: bool) -> list[Path]:
    from core.mbox import pieces
    from core.reading import open_body
    from core.store import messages

    def mails() -> Any:
        for id in ids:
            body, stored = open_body(db, id), messages.get(db, id)
            yield body, body.raw or b"", stored.address, stored.received

    if mbox:
        data = b"".join(pieces((raw, sender, received) for _body, raw, sender, received in mails()))
        return [_saved(data, target, "mail.mbox")]
    if len(ids) > 1 and not target.is_dir():
        raise NotFound("no-file", what="folder", name=str(target))
    return [_saved(raw, target, f"{clean_line(body.envelope.subject)[:80] or 'message'}.eml") for body, raw, _s, _r in mails()]
