"""Images in the text: chosen by path, made smaller where they are heavy, kept in *Mail images*."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.clean import clean_line
from core.draft import Attachment
from core.errors import CorreioError
from tui.actions import does, writing
from tui.screens.writing.spelling import Spelling
from tui.sentences import sentence
from tui.translation import _
from tui.widgets.sheet import human_size

if TYPE_CHECKING:
    from core.draft import InlineImage
    from core.picture_size import PictureSize

WIDTHS = (1600, 1000, 600)
"""Pixels that are offered for heavy images."""


class Images(Spelling):
    """The composer's images."""

    @does(writing.Image)
    async def image(self, argument: str = "") -> None:
        """Ask for the file."""
        from tui.documents import documents_folder
        from tui.file_names import complete_file

        if argument:
            self._image(argument)
            return
        documents = documents_folder(self.correio.desk.settings.ui.documents, os.environ)
        usual = str(self.correio.desk.remembered("image-folder", f"{documents}/"))
        await self.ask_line(_("Image: "), self._image, usual, complete_file)

    def _image(self, name: str) -> None:
        from core.draft import InlineImage
        from core.rich_text import image_name, read_image
        from tui.file_names import folder_typed, path_typed

        path = path_typed(name)
        if not name.strip() or folder_typed(name) is not None:
            return
        try:
            one = read_image(InlineImage(name, image_name(str(path)), path=str(path)))
        except CorreioError as error:
            self.say(sentence(error), warning=True)
            return
        self.correio.desk.remember("image-folder", f"{path.absolute().parent}/".replace("//", "/"))
        self.offer_rich(partial(self._weigh, one, path))

    def _weigh(self, one: InlineImage, path: Path) -> None:
        """A heavy one is offered smaller; in plain text an image is a file that goes along."""
        from core.picture_size import picture_size
        from tui.screens.picker import Picker
        from tui.widgets.choice_list import Choice

        if not self.draft.rich:
            draft = self.current()
            added = Attachment(name=path.name, path=str(path.absolute()))
            self.alter_and_show(attachments=(*draft.attachments, added))
            self.say(_("In plain text an image is an attachment: {name}").format(name=clean_line(path.name)))
            return
        data = one.data or b""
        size, most = picture_size(data), self.correio.desk.settings.compose.image_kilobytes * 1000
        if size is None or not most or len(data) <= most or size.type == "image/gif":
            self._put_image(data, one)
            return
        whole = _("As it is: {width} × {height}, {size}")
        choices = [Choice(0, whole.format(width=size.width, height=size.height, size=human_size(len(data))))]
        choices += [Choice(wide, self._smaller(size, wide)) for wide in WIDTHS if wide < size.width]
        title = _("{name} is heavy. Send it smaller?").format(name=clean_line(one.name))
        self.app.push_screen(Picker(title, choices), partial(self._size_chosen, data, one, size))

    @staticmethod
    def _smaller(size: PictureSize, wide: int) -> str:
        return _("{width} × {height}").format(width=wide, height=max(size.height * wide // size.width, 1))

    def _size_chosen(self, data: bytes, one: InlineImage, size: PictureSize, wide: int | None) -> None:
        if wide is None:
            return
        if wide == 0:
            self._put_image(data, one)
            return

        def work() -> None:
            try:
                made = self.correio.pictures.fit(data, wide, max(size.height * wide // size.width, 1), "file")
            except CorreioError as error:
                self.app.call_from_thread(self.say, sentence(error), warning=True)
            else:
                self.app.call_from_thread(self._put_image, made.data, one)

        self.run_worker(work, thread=True, exit_on_error=False)

    def _put_image(self, data: bytes, one: InlineImage) -> None:
        """Keep it, and write it at the cursor."""
        from core.mail_images import MailImages
        from core.picture_size import picture_size

        seen = picture_size(data)
        bare = self.correio.desk.settings.compose.photo_data != "keep"
        images = MailImages(self.correio.wiring.home.state, bare=bare)
        try:
            draft, ref = images.put_in(self.current(), data, one.name, seen.type if seen else one.type)
        except OSError as error:
            self.say(_("The image cannot be kept: {why}").format(why=error.strerror), warning=True)
            return
        self.alter(images=draft.images)
        written = f"<{ref}>" if set(ref) & set(" ()") else ref
        words = Path(one.name).stem.replace("[", "").replace("]", "").replace("_", " ")
        self.editor.insert(f"![{words}]({written})")
        self.show_state()

    def alter_and_show(self, **changes: object) -> None:
        """Change the draft and show it."""
        from dataclasses import replace

        self.change(replace(self.current(), **changes))  # type: ignore[arg-type]
