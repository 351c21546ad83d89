"""Files that go with a message: named in the line at the bottom, several at once; photos are asked about."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.clean import clean_line
from core.draft import Draft
from core.errors import CorreioError
from tui.file_names import files_named
from tui.sentences import sentence
from tui.translation import _, ngettext

if TYPE_CHECKING:
    from core.draft import Attachment
    from core.store.database import Database
    from tui.app import Correio


class Files:
    """What the composer and the review screen do with files."""

    if TYPE_CHECKING:
        app: Any

        @property
        def correio(self) -> Correio: ...
        def letter(self) -> Draft: ...
        def put_letter(self, draft: Draft) -> None: ...

    copying = 0
    """How many photos are being copied that will go with the message: until then it stays."""

    @property
    def composer_of_files(self) -> Files:
        """The composer whose message the files go with."""
        return self

    @property
    def usual_folder(self) -> str:
        """Where files were attached from last."""
        return str(self.correio.desk.remembered("attach-folder", f"{Path.home()}/"))

    def attach_files(self, text: str) -> None:
        """Attach what a line names; photos that tell where they were taken are asked about, or made bare."""
        paths, missing = files_named(text)
        if missing or not paths:
            if missing:
                self.correio.say(_("There is no file {file}.").format(file=clean_line(missing)), warning=True)
            return
        self.correio.desk.remember("attach-folder", f"{paths[0].absolute().parent}/".replace("//", "/"))
        from core.photo_files import PHOTOS, kind_of, telling

        what = self.correio.desk.settings.compose.photo_data
        if what == "remove" and any(kind_of(path) in PHOTOS for path in paths):
            self._take_along(paths, lambda: telling(paths, what))
        elif photos := telling(paths, what):
            self._ask_about(paths, photos)
        else:
            self._take_along(paths)

    def _ask_about(self, paths: list[Path], photos: list[Path]) -> None:
        from tui.screens.picker import Picker
        from tui.widgets.choice_list import Choice

        title = _("{name} tells where it was taken").format(name=clean_line(photos[0].name))
        if len(photos) > 1:
            title = ngettext("{n} photo tells where it was taken", "{n} photos tell where they were taken", len(photos))
            title = title.format(n=len(photos))
        choices = [
            Choice(True, _("Send without place, time and camera")),
            Choice(False, _("Send as it is")),
        ]

        def chosen(bare: bool | None) -> None:
            if bare is not None:
                self._take_along(paths, (lambda: photos) if bare else None)

        self.app.push_screen(Picker(title, choices), chosen)

    def _take_along(self, paths: list[Path], bare: Callable[[], list[Path]] | None = None) -> None:
        """The files go with the message; of those that `bare` says copies are made, beside everything else."""
        from core.mail_images import MailImages
        from core.photo_files import attached

        images = MailImages(self.correio.wiring.home.state)
        if bare is None:
            self._add(attached(paths, (), images))
            return
        composer = self.composer_of_files
        composer.copying += 1

        def work(db: Database) -> tuple[tuple[Attachment, ...], int]:
            photos = bare()
            return attached(paths, photos, images), len(photos)

        def done(made: tuple[tuple[Attachment, ...], int] | None, error: CorreioError | None) -> None:
            composer.copying -= 1
            if made is None:
                if error is not None:
                    self.correio.say(sentence(error), warning=True)
                return
            if composer not in self.correio.composers():
                return
            shown = self.app.screen
            shown = shown if isinstance(shown, Files) and shown.composer_of_files is composer else composer
            shown._add(made[0])
            if made[1]:
                words = ngettext("{n} photo goes without place, time and camera.",
                                 "{n} photos go without place, time and camera.", made[1])  # fmt: skip
                self.correio.say(words.format(n=made[1]))

        self.correio.desk.look_up(work, done)

    def _add(self, added: tuple[Attachment, ...]) -> None:
        draft = self.letter()
        self.put_letter(dataclasses.replace(draft, attachments=(*draft.attachments, *added)))
