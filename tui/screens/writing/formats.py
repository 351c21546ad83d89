"""Formats: keys that write Markdown, rich text or plain, and how the mail will look."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from core.draft import MARKDOWN, PLAIN, Draft
from core.errors import CorreioError
from core.senders import identity_for
from tui.actions import does, writing
from tui.screens.writing.page import WritingPage
from tui.sentences import sentence
from tui.translation import _

if TYPE_CHECKING:
    from core.store.database import Database

_BULLET = r"^\s*[-*+] (?!\[[ xX]\] )"
_NUMBER = r"^\s*\d{1,3}[.)] "
_QUOTED = r"^> ?"
_TASK = re.compile(r"^(\s*)[-*+] \[([ xX])\] ")
_HEADING = re.compile(r"^(#{1,6}) ")
_CELLS = re.compile(r"\t|;")


class Formats(WritingPage):
    """The composer's formats."""

    _plain_meant = False
    """Whether somebody said that the message stays plain text, whatever is written in it."""

    @property
    def has_rich(self) -> bool:
        """Whether the message is rich text."""
        return self.draft.rich

    @does(writing.RichText)
    def toggle_rich(self) -> None:
        """Rich text or plain."""
        self.set_format(PLAIN if self.draft.rich else MARKDOWN)
        self.say(
            _("Rich text: it is sent as text and as HTML. {key} shows how it will look.").format(
                key=self.correio.key_for(writing.Preview)
            )
            if self.draft.rich
            else _("Plain text: it is sent as it stands here.")
        )

    def set_format(self, wanted: str) -> None:
        """Send the message in another format."""
        from core.rich_text import as_text
        from core.signatures import in_format

        draft = self.current()
        sender = identity_for(self.correio.desk.settings, draft)
        draft = dataclasses.replace(draft, body=in_format(draft.body, sender, rich=wanted == MARKDOWN))
        if wanted == PLAIN:
            draft = as_text(draft)
            self._plain_meant = True
        font = draft.options.font or self.correio.desk.settings.compose.font
        self.change(dataclasses.replace(draft, options=dataclasses.replace(draft.options, format=wanted, font=font)))
        self.remember_format(wanted)

    def remember_format(self, wanted: str) -> None:
        """The next message to the same person begins in this format."""
        if len(self.draft.recipients) != 1:
            return
        key = self.draft.recipients[0].key

        def work(db: Database) -> None:
            from core.store import writing_habits

            with db.write():
                writing_habits.set_format(db, key, wanted)

        self.correio.desk.write(work, hurry=False)

    def offer_rich(self, then: Callable[[], None]) -> None:
        """Do what makes sense in rich text only; in a plain message ask first whether it is to be one."""
        from tui.screens.dialog import Confirm

        if self.draft.rich or self._plain_meant:
            then()
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self.set_format(MARKDOWN)
            self._plain_meant = not yes
            then()

        question = _("This message is plain text: formats are only seen in rich text. Send it as rich text?")
        self.app.push_screen(Confirm(question, _("Rich text")), answered)

    # ------------------------------------------------------------------ around words

    def _around(self, mark: str) -> None:
        self.offer_rich(lambda: self.editor.toggle_around(mark))

    @does(writing.Bold)
    def bold(self) -> None:
        """Bold."""
        self._around("**")

    @does(writing.Italic)
    def italic(self) -> None:
        """Italic."""
        self._around("*")

    @does(writing.Strike)
    def strike(self) -> None:
        """Struck out."""
        self._around("~~")

    @does(writing.Code)
    def code(self) -> None:
        """Code, a block of several lines."""
        if "\n" in self.editor.selected_text:
            self.offer_rich(lambda: self.editor.change_lines(_fenced))
        else:
            self._around("`")

    @does(writing.Link)
    async def link(self) -> None:
        """Ask for the address."""
        chosen = self.editor.selected_text.strip()
        if "\n" not in chosen and re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:\S+$", chosen):
            self.offer_rich(lambda: self.editor.surround("[](", ")"))
            return

        def answered(address: str) -> None:
            target = address.strip().replace(" ", "%20")
            if target:
                whole = target if ":" in target else f"mailto:{target}" if "@" in target else f"https://{target}"
                self.offer_rich(lambda: self.editor.surround("[", f"]({whole})"))

        await self.ask_line(_("Address of the link: "), answered, "https://")

    @does(writing.Colour)
    async def colour(self) -> None:
        """Ask for a colour, a size or a font."""
        from core.markdown import COLOURS, FONTS, SIZES, style_of

        known = (*COLOURS, *SIZES, *FONTS, "underline", *(f"on-{one}" for one in COLOURS))

        def complete(text: str) -> list[str]:
            before, blank, word = text.rpartition(" ")
            return [f"{before}{blank}{one}" for one in known if one.startswith(word)]

        def answered(words: str) -> None:
            words = " ".join(words.split())
            if not words:
                return
            if style_of(words) is None:
                self.say(_("That is no colour, size or font. As in: red, on-yellow, #c00, large, 14pt, serif."), warning=True)
                return
            self.offer_rich(lambda: self.editor.surround("[", f"]{{{words}}}"))

        await self.ask_line(_("Colour, size, font: "), answered, complete=complete)

    # ------------------------------------------------------------------ lines

    @does(writing.BulletList)
    def bullets(self) -> None:
        """A list."""
        self.offer_rich(lambda: self.editor.toggle_lines(lambda number: "- ", _BULLET))

    @does(writing.NumberedList)
    def numbers(self) -> None:
        """A numbered list."""
        self.offer_rich(lambda: self.editor.toggle_lines(lambda number: f"{number}. ", _NUMBER))

    @does(writing.Quote)
    def quote(self) -> None:
        """A quotation: in plain text it is one too."""
        self.editor.toggle_lines(lambda number: "> ", _QUOTED)

    @does(writing.TaskList)
    def tasks(self) -> None:
        """A list of tasks, ticked off when they are one."""
        self.offer_rich(lambda: self.editor.change_lines(_tasks))

    @does(writing.Heading)
    def heading(self) -> None:
        """A heading of one of three sizes."""
        self.offer_rich(lambda: self.editor.change_lines(_headings))

    @does(writing.Align)
    async def align(self) -> None:
        """Ask how."""
        from core.markdown import ALIGNS, style_of

        def answered(words: str) -> None:
            word = words.strip()
            if word and style_of(word, block=True) is not None:
                self.offer_rich(lambda: self.editor.change_lines(lambda lines: [f"::: {word}", *lines, ":::"]))
            elif word:
                self.say(_("As in: center, right, left, justify."), warning=True)

        await self.ask_line(_("Align: "), answered, complete=lambda text: [one for one in ALIGNS if one.startswith(text.strip())])

    @does(writing.Table)
    def table(self) -> None:
        """A table of what is selected."""
        self.offer_rich(lambda: self.editor.change_lines(_table))

    # ------------------------------------------------------------------ how it will look

    @does(writing.Preview)
    def preview(self) -> None:
        """As the recipient sees it, here."""
        from tui.screens.preview import PreviewScreen

        self.app.push_screen(PreviewScreen(self.as_sent(self.current())))

    @does(writing.InBrowser)
    def preview_in_browser(self) -> None:
        """As the recipient sees it, in the browser."""
        self.show_in_browser(self.current())

    def as_sent(self, draft: Draft) -> Draft:
        """The draft with what its sender adds to it: footer and logo."""
        from core.letterhead import dressed

        return dressed(draft, identity_for(self.correio.desk.settings, draft))

    def show_in_browser(self, draft: Draft) -> None:
        """Give the page of a draft to the browser; it loads nothing."""
        from html import escape

        from core.html_clean import cleaned_html
        from core.rich_text import content_id, gathered, html_of

        whole = self.as_sent(draft)
        if not whole.rich:
            page = f'<pre style="white-space:pre-wrap">{escape(whole.body)}</pre>'
            self.correio.show_page(cleaned_html(page, whole.subject, {}))
            return
        try:
            whole = gathered(whole)
        except CorreioError as error:
            self.say(sentence(error), warning=True)
            return
        images = {content_id(one): (one.type, one.data or b"") for one in whole.images}
        self.correio.show_page(cleaned_html(html_of(whole), whole.subject, images))


def _fenced(lines: list[str]) -> list[str]:
    if len(lines) > 1 and lines[0].startswith("```") and lines[-1].startswith("```"):
        return lines[1:-1]
    return ["```", *lines, "```"]


def _tasks(lines: list[str]) -> list[str]:
    full = [line for line in lines if line.strip()]
    found = [_TASK.match(line) for line in full]
    if full and all(found):
        tick = " " if all(one and one[2] in "xX" for one in found) else "x"
        return [_TASK.sub(rf"\1- [{tick}] ", line) for line in lines]
    return [f"- [ ] {re.sub(_BULLET, '', line)}" if line.strip() or len(lines) == 1 else line for line in lines]


def _headings(lines: list[str]) -> list[str]:
    made = []
    for line in lines:
        found = _HEADING.match(line)
        depth = len(found[1]) if found else 0
        rest = line[found.end() :] if found else line
        made.append(rest if depth >= 3 else f"{'#' * (depth + 1)} {rest}")
    return made


def _table(lines: list[str]) -> list[str]:
    rows = [[cell.strip().replace("|", "\\|") for cell in _CELLS.split(line)] for line in lines if line.strip()]
    rows = rows if rows and max(map(len, rows)) > 1 else [*([[*row, ""] for row in rows] or [["", ""]]), ["", ""]]
    width = max(map(len, rows))
    full = [row + [""] * (width - len(row)) for row in rows]
    sizes = [max(3, *(len(row[n]) for row in full)) for n in range(width)]
    made = ["| " + " | ".join(cell.ljust(size) for cell, size in zip(row, sizes, strict=True)) + " |" for row in full]
    return ["", made[0], "|" + "|".join("-" * (size + 2) for size in sizes) + "|", *made[1:], ""]
