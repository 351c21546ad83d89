"""A mail as its recipients will see it: those who see HTML, and those who read text."""

from __future__ import annotations

from typing import ClassVar, cast

from textual.app import ComposeResult
from textual.worker import Worker, WorkerState

from core.compose import wire_text
from core.draft import Draft
from core.errors import CorreioError
from core.rendered import Page
from core.text import render_text
from tui.actions import Context, does, program, writing
from tui.screens.leaving import LeftOnce
from tui.sentences import sentence
from tui.translation import _
from tui.widgets.reader import Reader
from tui.widgets.sheet import Sheet
from tui.widgets.status import FooterBar, HeaderBar


class PreviewScreen(LeftOnce[None]):
    """One draft; the key for rich text changes between its HTML and its text."""

    DEFAULT_CSS = "PreviewScreen Reader { height: 1fr; }"
    key_context: ClassVar[Context] = "review"
    AUTO_FOCUS = "#text"
    footer_words: ClassVar[dict[type, str]] = {writing.RichText: "HTML or text"}

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft
        self.html = draft.rich

    def compose(self) -> ComposeResult:
        yield HeaderBar(id="header")
        yield Reader(id="text")
        yield FooterBar(id="footer")

    def on_mount(self) -> None:
        """Lay it out when the width is known."""
        self.query_one(Reader).max_width = self.correio.desk.settings.ui.reader_width
        self.call_after_refresh(self._show)
        self.correio.show_keys()

    def on_screen_resume(self) -> None:
        """Back from another screen."""
        self.correio.show_keys()

    def _show(self) -> None:
        self.query_one(HeaderBar).folder = _("As HTML") if self.html else _("As text")
        if not self.html:
            text = wire_text(self.draft)
            self._show_page(lambda width: render_text(text, width, flowed=self.draft.options.flowed))
            return
        self.query_one(Reader).empty_text = _("Reading the file…")
        width = self.query_one(Reader).text_width()
        self.run_worker(lambda: self._lay_out(width), thread=True, exit_on_error=False)

    def _lay_out(self, width: int) -> None:
        """In a thread."""
        from core.rich_text import content_id, gathered, html_of

        try:
            whole = gathered(self.draft)
        except CorreioError as error:
            self.app.call_later(self._failed, error)
            return
        html, names = html_of(whole), {content_id(one): one.name for one in whole.images}
        self.correio.render_html(html, width, names)
        self.app.call_later(self._laid_out, lambda width: self.correio.render_html(html, width, names))

    def _laid_out(self, lay_out: object) -> None:
        """The HTML has come, unless its text was asked for meanwhile, or the screen was left."""
        if self.html and not self.gone:
            self._show_page(lay_out)

    def _failed(self, error: CorreioError) -> None:
        if self.gone:
            return
        self.correio.say(sentence(error), warning=True)
        self.html = False
        self._show()

    def _show_page(self, lay_out: object) -> None:
        reader = self.query_one(Reader)
        to = ", ".join(one.shown for one in self.draft.to)
        sheet = Sheet(
            key=("preview", self.html), headers=((_("To"), to),) if to else (), subject=self.draft.subject,
            lay_out=cast("type[Page]", lay_out),
        )  # fmt: skip
        reader.show(sheet)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What went wrong while it was laid out is not passed over in silence."""
        if event.state == WorkerState.ERROR and event.worker.error is not None:
            raise event.worker.error

    @does(writing.RichText)
    def other_form(self) -> None:
        """As text, or as HTML again."""
        if self.draft.rich:
            self.html = not self.html
            self._show()
        else:
            self.correio.say(_("This message is plain text: everybody sees it so."))

    @does(program.Back, program.Cancel)
    def leave(self) -> None:
        """Back to writing."""
        self.dismiss(None)
