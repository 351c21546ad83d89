"""The images of the message in the reader, below its text: on a key, or always where the setting says so."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from core.errors import CorreioError
from core.rendered import Line, Span
from tui.actions import attachment, does
from tui.screens.main.links import Links
from tui.sentences import sentence
from tui.translation import _, ngettext

if TYPE_CHECKING:
    from core.reading import Body
    from tui.files import File

MOST_IMAGES = 20
"""Images that are shown below one message; the others are in the list of attachments."""
MOST_ROWS = 30
"""Lines of one image."""
MOST_KNOWN = 20
"""Messages whose images are remembered."""


class Images(Links):
    """They are drawn with characters, so that they scroll with the text; the list of attachments shows them as well as the
    terminal can."""

    def __init__(self) -> None:
        super().__init__()
        self._pictured: OrderedDict[int, tuple[Line, ...]] = OrderedDict()
        """Message → the lines of its images; none while they are being made."""

    def below(self, body: Body) -> tuple[Line, ...]:
        """The images of a message, once they were asked for."""
        return self._pictured.get(body.id, ())

    def asks(self, body: Body) -> tuple[str, ...]:
        """That there are images, and the key that shows them; where they always are, they are made now."""
        wanted = self.desk.settings.ui.images
        count = _count(body) if wanted != "never" and body.here else 0
        if not count or body.id in self._pictured:
            return super().asks(body)
        if wanted == "always":
            self.call_later(self._make, body)
            return super().asks(body)
        key = self.correio.key_for(attachment.Images) or ":images"
        words = ngettext("{n} image · {key} shows it", "{n} images · {key} shows them", count)
        return (*super().asks(body), words.format(n=count, key=key))

    @does(attachment.Images)
    def images(self) -> None:
        """Show them, or hide them."""
        body = self.body_here()
        if body is None or self.pane != "reader":
            self.say(_("Open the message first."))
        elif body.id in self._pictured:
            del self._pictured[body.id]
            self._show_anew(body.id)
        elif not _count(body):
            self.say(_("There are no images in this message."))
        else:
            self._make(body)

    def _make(self, body: Body) -> None:
        """Fetch what is not here, make the images small in a thread, and show the message with them."""
        from tui.file_sources import StoredFiles

        if body.id in self._pictured:
            return
        self._pictured[body.id] = ()
        while len(self._pictured) > MOST_KNOWN:
            self._pictured.popitem(last=False)
        width = max(self.reader.text_width(), 1)
        source = StoredFiles(self.desk, body, 0)
        wanted = [one for one in source.files if one.kind == "image"][:MOST_IMAGES]

        def got(files: list[File], error: CorreioError | None) -> None:
            if error is not None:
                self._pictured.pop(body.id, None)
                self.complain(error)
            else:
                self.run_worker(lambda: self._draw(body.id, files, width), thread=True, exit_on_error=False)

        if any(not one.here for one in wanted):
            self.say(_("Fetching the images…"))
        source.get(wanted, got)

    def _draw(self, message: int, files: list[File], width: int) -> None:
        """In a thread."""
        from tui.pictured import picture_lines

        lines: list[Line] = []
        for file in files:
            lines += [Line(), Line((Span(file.title, "image"),))]
            try:
                picture = self.correio.pictures.fit(file.data or b"", width, 2 * MOST_ROWS, "rgb")
            except CorreioError as error:
                lines.append(Line((Span(sentence(error), "dim"),)))
            else:
                lines += picture_lines(picture, colours=self.correio.shows_pictures_in_colour())
        self.correio.call_later(self._drawn, message, tuple(lines))

    def _drawn(self, message: int, lines: tuple[Line, ...]) -> None:
        if message in self._pictured:
            self._pictured[message] = lines
            self._show_anew(message)

    def _show_anew(self, message: int) -> None:
        """The message with its images or without, unless the screen is just leaving."""
        if self.query("#reader"):
            self.put_anew(message)


def _count(body: Body) -> int:
    from core.file_kind import kind_of

    return sum(kind_of(part.type, part.name) == "image" for part in body.attachments)
