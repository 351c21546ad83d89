"""An image on the whole screen, as well as the terminal can show it."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.worker import Worker, WorkerState

from core.clean import clean_line
from core.errors import CorreioError
from core.pictures import Picture
from tui.file_sources import HeldFiles
from tui.files import File
from tui.graphics import FORMS, Graphics, cells_of, removal, sequence
from tui.screens.file_keys import FileKeys
from tui.sentences import sentence
from tui.translation import _
from tui.widgets.picture_area import PictureArea
from tui.widgets.prompt import Prompt
from tui.widgets.sheet import human_size
from tui.widgets.status import FooterBar, HeaderBar


class PictureScreen(FileKeys):
    """One image, made small in a process of its own."""

    def __init__(self, file: File) -> None:
        super().__init__()
        self.file = file
        self.source = HeldFiles(file.title, [file])
        self._graphics: Graphics | None = None
        self._picture: Picture | None = None
        self._asked_for = (0, 0)

    def compose(self) -> ComposeResult:
        yield HeaderBar(id="header")
        yield PictureArea(id="picture")
        yield FooterBar(id="footer")
        yield Prompt(id="prompt")

    @property
    def area(self) -> PictureArea:
        """Where the image is."""
        return self.query_one(PictureArea)

    @property
    def current(self) -> File | None:
        """The file shown."""
        return self.file

    def on_mount(self) -> None:
        """Say what it is."""
        self.query_one(HeaderBar).folder = self.file.title
        self.area.show_words(_("Reading the image…"))
        self.call_after_refresh(self._fit)

    def on_resize(self, event: events.Resize) -> None:
        """Another size: another image."""
        if self._picture is not None or self._asked_for != (0, 0):
            self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        room = (self.area.size.width, self.area.size.height)
        if room == self._asked_for or not all(room):
            return
        self._asked_for = room
        self._clear()
        self.run_worker(lambda: self._make(room), thread=True, exit_on_error=False)

    def _make(self, room: tuple[int, int]) -> None:
        """In a thread: ask the terminal, make the image small."""
        graphics = self.correio.graphics()
        cell = graphics.cell if graphics.protocol != "blocks" else (1, 2)
        ground = self.correio.theme_variables.get("background", "")
        try:
            picture = self.correio.pictures.fit(
                self.file.data or b"", room[0] * cell[0], room[1] * cell[1], FORMS[graphics.protocol], _rgb(ground)
            )
        except CorreioError as error:
            self.app.call_later(self._failed, error)
        else:
            self.app.call_later(self._made, room, graphics, picture)

    def _failed(self, error: CorreioError) -> None:
        self.area.show_words(sentence(error))

    def _made(self, room: tuple[int, int], graphics: Graphics, picture: Picture) -> None:
        if room != self._asked_for:
            return
        self._graphics, self._picture = graphics, picture
        width, height = picture.whole
        words = _("{width} × {height}, {size}").format(width=width, height=height, size=human_size(self.file.size))
        self.query_one(HeaderBar).note = clean_line(words)
        if graphics.protocol == "blocks":
            self.area.show_blocks(picture, colours=self._has_colours())
        else:
            self.area.show_nothing()
            self.call_after_refresh(self._draw)

    def _has_colours(self) -> bool:
        """Sixteen colours make no image: shades are better then."""
        from rich.color import ColorSystem

        return not self.correio.colourless and self.correio.colours not in (None, ColorSystem.STANDARD)

    def _draw(self) -> None:
        graphics, picture = self._graphics, self._picture
        if graphics is None or picture is None or graphics.protocol == "blocks" or not self.is_active:
            return
        columns, rows = cells_of(picture.width, picture.height, graphics.cell)
        region = self.area.region
        x = region.x + max((region.width - columns) // 2, 0)
        y = region.y + max((region.height - rows) // 2, 0)
        self.correio.draw_over(x, y, sequence(graphics.protocol, picture.data, columns, rows))

    def _clear(self) -> None:
        """Take the image off the terminal."""
        graphics = self._graphics
        if graphics is None or graphics.protocol == "blocks":
            return
        if gone := removal(graphics.protocol):
            self.correio.draw_over(0, 0, gone)
        else:
            self.correio.redraw()

    def on_screen_suspend(self) -> None:
        """Another screen is over this one."""
        self._clear()

    def on_screen_resume(self) -> None:
        """Back again."""
        super().on_screen_resume()
        self.call_after_refresh(self._draw)

    def on_unmount(self) -> None:
        """The list is seen again."""
        self._clear()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What went wrong while it was read is not passed over in silence."""
        if event.state == WorkerState.ERROR and event.worker.error is not None:
            raise event.worker.error


def _rgb(colour: str) -> tuple[int, int, int]:
    """A colour of the theme; black for one that the terminal decides."""
    from textual.color import Color, ColorParseError

    try:
        found = Color.parse(colour)
    except ColorParseError:
        return (0, 0, 0)
    return found.rgb if found.ansi is None else (0, 0, 0)
