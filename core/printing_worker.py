"""The process that makes PDF with fpdf2 (`core.side_process`): a question is a Paper, the answer a Pdf, as MessagePack."""

from __future__ import annotations

import sys
from typing import Any

from msgspec import Struct

from core import side_process
from core.cells import cell_len, clusters, wrap
from core.printing import Labels, PrintLine, Printout

SIZE = 10.0
LINE = 4.4
"""Millimetres from one line to the next."""
MARGIN = 20.0
TOP = 18.0
LABEL_CELLS = 14
_GREYS = {0: (17, 17, 17), 1: (47, 111, 79), 2: (47, 95, 143), 3: (111, 79, 143), 4: (143, 111, 47)}
_BLANK = "\u25a1"


class Paper(Struct, frozen=True):
    """What to print."""

    printouts: tuple[Printout, ...]
    labels: Labels
    size: str = "a4"
    folders: tuple[str, ...] | None = None
    """Where fonts are looked for, where it is not everywhere."""


class Pdf(Struct, frozen=True):
    """What came of it."""

    data: bytes
    pages: int
    missing: str
    """The signs that no font has, each once: a box stands for them."""


def main() -> None:
    """Serve until standard input ends."""
    side_process.guard()
    import fpdf  # before the word that we are ready  # noqa: F401
    import msgspec

    def answer(question: bytes) -> bytes:
        return msgspec.msgpack.encode(make(msgspec.msgpack.decode(question, type=Paper)))

    side_process.serve(answer, sys.stdin.buffer, sys.stdout.buffer)


def make(paper: Paper) -> Pdf:
    """The PDF of some messages, each on pages of its own."""
    sheet = _Sheet(paper)
    for one in paper.printouts:
        sheet.message(one)
    return sheet.finished()


class _Sheet:
    """A document being written, a line at a time on a grid of cells."""

    def __init__(self, paper: Paper) -> None:
        from fpdf import FPDF

        from core.printing_fonts import FOLDERS, fonts

        self._labels = paper.labels
        self._pdf = FPDF(unit="mm", format="letter" if paper.size == "letter" else "A4")
        self._pdf.set_auto_page_break(False)
        self._pdf.set_title(paper.printouts[0].title if paper.printouts else "")
        self._pdf.set_creator("Correio")
        self._fonts = fonts(paper.folders if paper.folders is not None else FOLDERS)
        self._added: dict[int, str] = {}
        self._known: dict[str, int] = {}
        self._missing: dict[str, None] = {}
        self._y = 0.0
        self._bottom = self._pdf.h - TOP
        self._cell = (self._pdf.w - 2 * MARGIN) / 80

    def message(self, one: Printout) -> None:
        """A message, beginning on a new page."""
        self._new_page()
        for piece in wrap(one.title, 66):
            self._write(piece, size=SIZE + 2, heavy=True)
            self._y += 1
        self._y += 1
        for label, value in one.headers:
            for n, piece in enumerate(wrap(value, 80 - LABEL_CELLS)):
                if not n:
                    self._write(label, colour=(90, 90, 90))
                    self._y -= LINE
                self._write(piece, indent=LABEL_CELLS)
        self._pdf.set_draw_color(136, 136, 136)
        self._pdf.line(MARGIN, self._y - 1, self._pdf.w - MARGIN, self._y - 1)
        self._y += LINE
        for line in one.lines:
            self._text(line)
        if one.left_out:
            self._write(self._labels.left_out.format(n=one.left_out), colour=(90, 90, 90))

    def _text(self, line: PrintLine) -> None:
        colour = _GREYS[min(line.quote, 4)]
        for piece in wrap(line.text, 80) if cell_len(line.text) > 80 else [line.text]:
            self._write(piece, colour=colour, heavy=line.heading)

    def _new_page(self) -> None:
        self._pdf.add_page()
        self._y = TOP + LINE

    def _write(
        self, text: str, *, indent: int = 0, size: float = SIZE, colour: tuple[int, int, int] = (17, 17, 17), heavy: bool = False
    ) -> None:
        """One line, each sign where the grid has it, whatever font it is from."""
        if self._y > self._bottom:
            self._new_page()
        self._pdf.set_text_color(*colour)
        cell = self._cell * size / SIZE
        x = MARGIN + indent * self._cell
        run, font, start = "", -2, x
        for sign, width in clusters(_visual(text)):
            wanted = self._font_of(sign)
            shown = sign if wanted != -1 else _box(self._font_of(_BLANK))
            wanted = wanted if wanted != -1 else self._font_of(_BLANK)
            fixed = wanted == font and width == 1 and font in (0, -3)
            if not fixed and run:
                self._run(run, font, start, size, heavy)
                run = ""
            if not run:
                start = x
            run, font = run + shown, wanted
            x += width * cell
        if run:
            self._run(run, font, start, size, heavy)
        self._y += LINE * size / SIZE

    def _run(self, text: str, font: int, x: float, size: float, heavy: bool) -> None:
        if not text.strip():
            return
        self._pdf.set_font(self._name(font), size=size * 0.97)
        self._pdf.text(x, self._y, text)
        if heavy:
            self._pdf.text(x + 0.15, self._y, text)

    def _font_of(self, sign: str) -> int:
        """The number of the first font that has all of a sign, -3 for the built-in one, -1 for none."""
        known = self._known.get(sign)
        if known is not None:
            return known
        needed = {ord(char) for char in sign if char not in "\ufe0e\ufe0f\u200d"}
        found = next((n for n, font in enumerate(self._fonts) if needed <= font.signs), -1)
        if found == -1 and not self._fonts:
            found = -3 if _is_latin(sign) else -1
        if found == -1 and sign != _BLANK:
            self._missing[sign] = None
        self._known[sign] = found
        return found

    def _name(self, font: int) -> str:
        if font < 0:
            return "courier"
        if font not in self._added:
            self._added[font] = f"f{font}"
            self._pdf.add_font(f"f{font}", fname=self._fonts[font].path)
        return self._added[font]

    def finished(self) -> Pdf:
        """The bytes, with page numbers and a word about what is missing."""
        missing = "".join(self._missing)
        if missing:
            self._y += LINE
            for piece in wrap(self._labels.missing.format(n=len(self._missing)), 80):
                self._write(piece, colour=(90, 90, 90))
        pages = self._pdf.pages_count
        for number in range(1, pages + 1):
            self._pdf.page = number
            words = self._labels.page.format(page=number, pages=pages)
            self._y = self._pdf.h - 10
            self._bottom = self._pdf.h
            self._write(words, indent=max((80 - cell_len(words)) // 2, 0), size=SIZE - 1, colour=(90, 90, 90))
        self._pdf.page = pages
        return Pdf(bytes(self._pdf.output()), pages, missing)


def _box(font: int) -> str:
    return _BLANK if font >= 0 else "?"


def _is_latin(sign: str) -> bool:
    try:
        sign.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


def _visual(text: str) -> str:
    """A line in the order in which it is drawn: right-to-left letters turned round (they are not joined)."""
    if text.isascii() or not any("\u0590" <= char <= "\u08ff" or "\ufb1d" <= char <= "\ufefc" for char in text):
        return text
    from fpdf.bidi import BidiParagraph

    turned: Any = BidiParagraph(text=text).get_reordered_string()
    return str(turned)


if __name__ == "__main__":
    main()
