"""How the message on the review screen will look, and in which format it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.draft import MARKDOWN, PLAIN, Draft
from tui.actions import does, writing
from tui.translation import _, ngettext

if TYPE_CHECKING:
    from textual.app import App

    from tui.screens.compose import ComposeScreen


class Looks:
    """A part of the review screen, whose composer does the work."""

    if TYPE_CHECKING:
        app: App[Any]
        composer: ComposeScreen

        def show_draft(self) -> None:
            """Show it anew."""

    @does(writing.Preview)
    def preview(self) -> None:
        """As the recipient sees it, here."""
        from tui.screens.preview import PreviewScreen

        self.app.push_screen(PreviewScreen(self.composer.as_sent(self.composer.draft)))

    @does(writing.InBrowser)
    def preview_in_browser(self) -> None:
        """As the recipient sees it, in the browser."""
        self.composer.show_in_browser(self.composer.draft)

    @does(writing.RichText)
    def toggle_rich(self) -> None:
        """Rich text or plain."""
        self.composer.set_format(PLAIN if self.composer.draft.rich else MARKDOWN)
        self.show_draft()


def format_words(draft: Draft) -> str:
    """What is said of the format; '' for plain text."""
    if not draft.rich:
        return ""
    from core.rich_text import images_used

    words = [_("rich text (text and HTML)")]
    if draft.original is not None:
        words.append(_("the original below"))
    if count := len(images_used(draft)):
        words.append(ngettext("{n} image", "{n} images", count).format(n=count))
    return ", ".join(words)
