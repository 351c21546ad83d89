"""Files that go with a message: named in the line at the bottom, several at once; photos are asked about."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.clean import clean_line
from core.draft import Draft
from core.errors import CorreioError
from tui.file_names import files_named
from tui.sentences import sentence
from tui.translation import _, ngettext

if TYPE_CHECKING:
    from tui.app import Correio


class Files:
    """What the composer and the review screen do with files."""

    if TYPE_CHECKING:
        app: Any

        @property
        def correio(self) -> Correio: ...
        def letter(self) -> Draft: ...
        def put_letter(self, draft: Draft) -> None: ...

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
        from core.photo_files import telling

        what = self.correio.desk.settings.compose.photo_data
        photos = telling(paths, what)
        if not photos or what == "remove":
            self._take_along(paths, photos)
            return
        self._ask_about(paths, photos)

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
                self._take_along(paths, photos if bare else [])

        self.app.push_screen(Picker(title, choices), chosen)

    def _take_along(self, paths: list[Path], bare: list[Path]) -> None:
        from core.mail_images import MailImages
        from core.photo_files import attached

        try:
            added = attached(paths, bare, MailImages(self.correio.wiring.home.state))
        except CorreioError as error:
            self.correio.say(sentence(error), warning=True)
            return
        draft = self.letter()
        self.put_letter(dataclasses.replace(draft, attachments=(*draft.attachments, *added)))
        if bare:
            words = ngettext("{n} photo goes without place, time and camera.", "{n} photos go without place, time and camera.",
                             len(bare))  # fmt: skip
            self.correio.say(words.format(n=len(bare)))
