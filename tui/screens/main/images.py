"""The images of the message in the reader, at their place in the text or below it: on a key, or always where the setting says
so. Remote ones are among them once they were loaded."""

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
    from textual import events

    from core.reading import Body
    from tui.files import File
    from tui.pictured import Drawn

MOST_IMAGES = 40
"""Images that are shown in one message; the others are in the list of attachments."""
MOST_ROWS = 30
"""Lines of one image."""
MOST_KNOWN = 20
"""Messages whose images are remembered."""
CELL = 8
"""Pixels to a cell, of images that stand in the text: they are about as large there as they were meant to be."""
ICON = 24
"""Pixels up to which an image in the text is an icon, of which the words are enough."""


class Images(Links):
    """They are drawn with characters, so that they scroll with the text; the list of attachments shows them as well as the
    terminal can."""

    def __init__(self) -> None:
        super().__init__()
        self._pictured: OrderedDict[int, tuple[Drawn, ...]] = OrderedDict()
        """Message → its images; none while they are being made."""
        self._widths: dict[int, int] = {}
        """Message → the cells for which its images were made."""

    def pictures_of(self, body: Body) -> tuple[Drawn, ...]:
        """The images of a message, once they were asked for; made again where there is more or less room now."""
        found = self._pictured.get(body.id, ())
        if found and self._widths.get(body.id) != self._room():
            self.call_later(self._make, body)
        return found

    def on_resize(self, event: events.Resize) -> None:
        """Another width: the images in view are made for it."""
        self.look_again()
        self.call_after_refresh(self._fit_images)

    def _fit_images(self) -> None:
        shown = {id: opened.body for id, opened in self._ready.items()}
        if self.reading is not None and self.reading.opened is not None:
            shown[self.reading.message] = self.reading.opened.body
        for id in [one for one in self._pictured if one in shown and self._pictured[one]]:
            self._make(shown[id])

    def _room(self) -> int:
        return max(self.reader.text_width(), 1)

    def asks(self, body: Body) -> tuple[str, ...]:
        """That there are images, and the key that shows them; where they always are, they are made now."""
        wanted = self.desk.settings.ui.images
        count = self._count(body) if wanted != "never" and body.here else 0
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
        elif not self._count(body):
            self.say(_("There are no images in this message."))
        else:
            self._make(body)

    def more_images(self, message: int) -> None:
        """Remote ones were loaded: where images are shown, they are too."""
        body = self.body_here()
        if body is not None and body.id == message and self._pictured.pop(message, None) is not None:
            self._make(body)

    def _count(self, body: Body) -> int:
        from core.file_kind import kind_of

        own = sum(kind_of(part.type, part.name) == "image" for part in body.attachments)
        return own + len(self.loaded_images(body.id))

    def _make(self, body: Body) -> None:
        """Fetch what is not here, make the images small in a thread, and show the message with them."""
        from tui.file_sources import StoredFiles

        width = self._room()
        if body.id in self._pictured and self._widths.get(body.id) == width:
            return
        self._pictured.setdefault(body.id, ())
        self._widths[body.id] = width
        while len(self._pictured) > MOST_KNOWN:
            self._widths.pop(self._pictured.popitem(last=False)[0], None)
        remote = self.loaded_images(body.id)
        source = StoredFiles(self.desk, body, 0)
        wanted = [one for one in source.files if one.kind == "image"][:MOST_IMAGES]

        def got(files: list[File], error: CorreioError | None) -> None:
            if error is not None:
                self._pictured.pop(body.id, None)
                self.complain(error)
            else:
                self.run_worker(lambda: self._draw(body.id, files, remote, width), thread=True, exit_on_error=False)

        if any(not one.here for one in wanted):
            self.say(_("Fetching the images…"))
        source.get(wanted, got)

    def _draw(self, message: int, files: list[File], remote: dict[str, tuple[str, bytes]], width: int) -> None:
        """In a thread."""
        from core.html_images import place_of
        from tui.pictured import Drawn

        drawn = []
        for file in files:
            place = place_of(f"cid:{file.part.content_id}") if file.part is not None and file.part.content_id else ""
            drawn.append(Drawn(place, file.title, self._lines_of(file.data or b"", width, placed=bool(place))))
        for address, (_type, data) in list(remote.items())[: MOST_IMAGES - len(drawn)]:
            drawn.append(Drawn(place_of(address), "", self._lines_of(data, width, placed=True)))
        self.correio.call_later(self._drawn, message, tuple(drawn), len(remote), width)

    def _lines_of(self, data: bytes, width: int, *, placed: bool) -> tuple[Line, ...]:
        from tui.pictured import picture_lines

        if placed:
            from core.picture_size import picture_size

            size = picture_size(data)
            if size is not None and max(size.width, size.height) <= ICON:
                return ()
            width = max(min(width, size.width // CELL), 1) if size is not None else width
        try:
            picture = self.correio.pictures.fit(data, width, 2 * MOST_ROWS, "rgb")
        except CorreioError as error:
            return (Line((Span(sentence(error), "dim"),)),)
        return tuple(picture_lines(picture, colours=self.correio.shows_pictures_in_colour()))

    def _drawn(self, message: int, drawn: tuple[Drawn, ...], loaded: int, width: int) -> None:
        newest = loaded == len(self.loaded_images(message)) and width == self._widths.get(message)
        if message in self._pictured and newest:  # else they are being made once more
            self._pictured[message] = drawn
            self._show_anew(message)

    def _show_anew(self, message: int) -> None:
        """The message with its images or without, unless the screen is just leaving."""
        self.look_again()
        if self.query("#reader"):
            self.put_anew(message)
