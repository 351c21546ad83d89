"""What is done with a file wherever it is shown: looked at, opened elsewhere, saved, piped."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.screen import Screen

from core.clean import clean_line
from core.errors import CorreioError
from core.file_kind import ending_of, may_run
from tui.actions import Context, attachment, does, program
from tui.file_names import complete_folder, folder_typed
from tui.files import HEAD, File
from tui.screens.leaving import LeftOnce
from tui.sentences import sentence
from tui.translation import _, ngettext
from tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from tui.file_sources import HeldFiles


class FileKeys(LeftOnce[None]):
    """The screens over a source of files; each says which file is meant."""

    key_context: ClassVar[Context] = "attachments"
    AUTO_FOCUS = ""
    source: HeldFiles
    _answers: dict[str, Callable[[str], None]]

    @property
    def current(self) -> File | None:
        """The file that keys mean."""
        raise LookupError

    @property
    def has_file(self) -> bool:
        """Whether there is one."""
        return self.current is not None

    def say(self, words: str, *, warning: bool = False) -> None:
        """Say something in the footer."""
        self.correio.say(words, warning=warning)

    def complain(self, error: CorreioError) -> None:
        """Say what went wrong and what to do."""
        self.say(sentence(error), warning=error.id != "given-up")

    def on_screen_resume(self) -> None:
        """Shown, or back from another screen."""
        self.correio.show_keys()

    def later(self, callback: Callable[..., None], *arguments: Any) -> None:
        """From a thread: call something in the event loop, unless the screen is gone by then."""

        def unless_gone() -> None:
            if not self.gone:
                callback(*arguments)

        self.app.call_later(unless_gone)

    @does(program.Back, program.Cancel)
    def back(self) -> None:
        """Give up what is being fetched, else back to where one came from."""
        if not self.source.give_up():
            self.dismiss()

    # ------------------------------------------------------------------ a line of text

    def ask_line(
        self, label: str, done: Callable[[str], None], *, value: str = "", complete: Callable[[str], Sequence[str]] | None = None
    ) -> None:
        """Ask for a line of text at the bottom."""
        self._answers = {**getattr(self, "_answers", {}), label: done}
        self.query_one(Prompt).ask(label, label, value, complete)

    async def on_prompt_answered(self, event: Prompt.Answered) -> None:
        """A line was finished."""
        if event.purpose == "command":
            try:
                await self.correio.do_command(event.text)
            except CorreioError as error:
                self.complain(error)
            return
        self._answers[event.purpose](event.text)

    # ------------------------------------------------------------------ the bytes

    def with_files(self, files: Sequence[File], then: Callable[[list[File]], None]) -> None:
        """Go on with the files when their bytes are here."""

        def done(found: list[File], error: CorreioError | None) -> None:
            if self.gone:
                return
            self.got()
            if error is not None:
                self.complain(error)
            else:
                then(found)

        self.source.get(files, done)
        if self.source.fetching is not None:
            self.tell_progress(0, 0)

    def got(self) -> None:
        """Something was fetched, or not: show what is here now."""

    def heard_progress(self, event: dict[str, Any]) -> None:
        """The engine says how far it is."""
        if event.get("what") == "fetch":
            self.tell_progress(int(event.get("done", 0)), int(event.get("total", 0)))

    def tell_progress(self, done: int, total: int) -> None:
        """How much of the file has come, and how to stop it."""
        fetching = self.source.fetching
        if fetching is None:
            return
        key = self.correio.key_for(program.Cancel)
        words = _("Fetching {name}… {key} gives it up.")
        if 0 < done < total:
            words = _("Fetching {name}… {percent} % of {size}. {key} gives it up.")
        from tui.widgets.sheet import human_size

        percent = done * 100 // total if total else 0
        self.say(words.format(name=fetching.title, percent=percent, size=human_size(total), key=key))

    # ------------------------------------------------------------------ looking at it

    def show_file(self, file: File) -> None:
        """Show a file whose bytes are here, on a screen of its own."""
        screen = self.screen_for(file)
        if screen is not None:
            self.app.push_screen(screen)
            return
        words = _("{name} cannot be shown here. {open} opens it with another program, {save} saves it.")
        keys = {"open": self.correio.key_for(attachment.Open), "save": self.correio.key_for(attachment.Save)}
        self.say(words.format(name=file.title, **keys))

    def screen_for(self, file: File) -> Screen[Any] | None:
        """The screen that can show a file, if there is one."""
        from tui.screens.file import FileScreen, MailFileScreen
        from tui.screens.picture import PictureScreen

        data, kind = file.data or b"", file.kind
        if kind == "container":
            from core.tnef import read_container
            from tui.file_sources import HeldFiles
            from tui.files import files_in
            from tui.screens.attachments import AttachmentsScreen

            container = read_container(data)
            if not container.files:
                return None
            return AttachmentsScreen(HeldFiles(file.title, files_in(container)), broken=container.broken)
        if kind == "archive":
            from tui.screens.archive import ArchiveScreen

            return ArchiveScreen(file)
        if kind == "mail":
            return MailFileScreen(file)
        if kind == "image":
            return PictureScreen(file)
        return FileScreen(file) if kind else None

    # ------------------------------------------------------------------ another program

    @does(attachment.Open)
    def open(self) -> None:
        """Open the file with another program; one that may run something only after asking."""
        if self.current is not None:
            self.with_files([self.current], lambda files: self._ask_open(files[0]))

    def _ask_open(self, file: File) -> None:
        from tui.screens.dialog import Confirm

        head = (file.data or b"")[:HEAD]
        question = ""
        if may_run(file.type, file.name, head) or "disguised" in file.problems:
            question = _("{name} is a program, or may run one with all that you may do. Open it all the same?")
        elif ending_of(file.name) in ("html", "htm", "xhtml", "svg", "mht", "mhtml") or file.kind == "html":
            question = _("{name} is a page: a browser may load things from the network for it, which tells its sender. Open it?")
        if not question:
            self._open(file)
            return
        self.app.push_screen(Confirm(question.format(name=file.title), _("Open")), lambda yes: self._open(file) if yes else None)

    def _open(self, file: File) -> None:
        from tui.mailcap import opener_for, passed_over

        command = opener_for(file.as_part(), self.correio.desk.settings.ui.opener)
        if command is None:
            words = _("No program is known for {type}. Name one in ~/.mailcap, or for all files in the setting ui.opener.")
            if passed_over(file.as_part()):
                words = _("What your mailcap has for {type} is not run: it needs a shell, a test, or a program that is not here.")
            self.say(words.format(type=clean_line(file.type)), warning=True)
            return
        try:
            path = self.correio.lent_files.lend(file.data or b"", file.name or "attachment", command.template)
        except CorreioError as error:
            self.complain(error)
            return
        from tui.piping import not_run

        argv = command.with_file(path)
        if command.pages:
            self._read_from(argv, path)
            return
        try:
            if command.terminal:
                with self.app.suspend():
                    subprocess.run(argv, check=False)
                self.correio.lent_files.take_back(path)
                self.correio.redraw()
            else:
                subprocess.Popen(
                    argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
                    cwd=path.parent,
                )  # fmt: skip
        except (OSError, ValueError) as error:
            self.complain(not_run(argv[0], error))
            return
        if not command.terminal:
            self.say(_("{program} has {name}.").format(program=clean_line(Path(argv[0]).name), name=file.title))

    def _read_from(self, argv: list[str], path: Path) -> None:
        """What the program writes of the file is shown."""
        from tui.piping import run

        def written() -> tuple[bytes, int]:
            try:
                return run(argv)
            finally:
                self.correio.lent_files.take_back(path)

        self._listen(Path(argv[0]).name, written)

    @does(attachment.Pipe)
    def pipe(self, argument: str = "") -> None:
        """The file to the standard input of a program; what that writes is shown."""
        file = self.current
        if file is None:
            return
        if argument:
            self.with_files([file], lambda files: self._pipe(files[0], argument))
        else:
            ask = _("Pipe the file to the program: ")
            self.ask_line(ask, lambda text: self.with_files([file], lambda files: self._pipe(files[0], text)))

    def _pipe(self, file: File, command: str) -> None:
        from tui.piping import run_with

        if not command.strip():
            return
        self._listen(command, lambda: run_with(command, file.data or b""))

    def _listen(self, command: str, run: Callable[[], tuple[bytes, int]]) -> None:
        """Run it beside the screen, and show what it wrote."""
        self.say(_("{program} is running…").format(program=clean_line(command.split()[0])))

        def work() -> None:
            try:
                answer, status = run()
            except CorreioError as error:
                self.later(self.complain, error)
            else:
                self.later(self._piped, command, answer, status)

        self.run_worker(work, thread=True, exit_on_error=False)

    def _piped(self, command: str, answer: bytes, status: int) -> None:
        words = _("The program ended with status {status}.").format(status=status)
        self.say(words if status or not answer.strip() else "", warning=bool(status))
        if answer.strip():
            from tui.screens.file import said_by

            self.app.push_screen(said_by(command, answer))

    # ------------------------------------------------------------------ saving

    @does(attachment.Save)
    def save(self, argument: str = "") -> None:
        """Save the file into a folder."""
        if self.current is not None:
            self.ask_folder([self.current], argument)

    @does(attachment.Documents)
    def to_documents(self) -> None:
        """Save the file in Documents."""
        if self.current is not None:
            self.save_in_documents([self.current])

    def save_in_documents(self, files: Sequence[File]) -> None:
        from tui.documents import documents_folder

        folder = documents_folder(self.correio.desk.settings.ui.documents, os.environ)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.complain(CorreioError("cannot-save", file=str(folder), answer=error.strerror or str(error)))
            return
        self._save_into(files, str(folder), keep=False)

    def ask_folder(self, files: Sequence[File], folder: str) -> None:
        if folder:
            self._save_into(files, folder)
            return
        usual = str(self.correio.desk.remembered("save-folder", str(Path.home())))
        self.ask_line(_("Save into folder: "), lambda text: self._save_into(files, text), value=usual, complete=complete_folder)

    def _save_into(self, files: Sequence[File], text: str, *, keep: bool = True) -> None:
        folder = folder_typed(text)
        if folder is None:
            self.say(_("There is no folder {folder}.").format(folder=clean_line(text)), warning=True)
            return
        self.with_files(files, lambda found: self._write(found, folder, keep))

    def _write(self, files: list[File], folder: Path, keep: bool) -> None:
        from core import attachment as saving

        def work() -> None:
            saved: list[Path] = []
            try:
                for file in files:
                    saved.append(saving.save(file.data or b"", folder, file.name))
            except CorreioError as error:
                self.later(self.complain, error)
            else:
                self.later(self._saved, folder, saved, keep)

        self.run_worker(work, thread=True, exit_on_error=False)

    def _saved(self, folder: Path, saved: list[Path], keep: bool) -> None:
        if keep:
            self.correio.desk.remember("save-folder", str(folder))
        words = ngettext("{n} file saved in {folder}", "{n} files saved in {folder}", len(saved))
        one = len(saved) == 1
        self.say(_("Saved as {file}").format(file=saved[0]) if one else words.format(n=len(saved), folder=folder))
