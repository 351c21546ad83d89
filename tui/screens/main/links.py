"""Following links: by number or from a list, each shown with its true target first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.clean import clean_line
from tui.actions import does, view
from tui.screens.main.contents import Contents
from tui.translation import _
from tui.widgets.reader import Reader

if TYPE_CHECKING:
    from core.rendered import Link


class Links(Contents):
    """What is done with the links of the message in the reader."""

    @does(view.Follow)
    def follow(self, argument: str = "") -> None:
        """A link by its number: its true target is shown first."""
        links = {str(link.number): link for link in self.reader.page.links}
        if not argument and self.reader.link_here is not None:
            self.correio.open_link(self.reader.link_here)
        elif not links:
            self.say(_("There are no links in this message."))
        elif argument in links:
            self.correio.open_link(links[argument])
        elif argument:
            self.say(_("There is no link {number}.").format(number=argument), warning=True)
        elif len(links) == 1:
            self.correio.open_link(next(iter(links.values())))
        else:
            self._choose_link(links)

    def _choose_link(self, links: dict[str, Link]) -> None:
        from tui.glyphs import glyphs_of
        from tui.screens.link import LinkPicker
        from tui.widgets.choice_list import Choice

        urgent = glyphs_of(self).urgent
        choices = [
            Choice(
                link,
                clean_line(f"{n:>2}  {link.target}"),
                clean_line(link.text) if link.text != link.target else "",
                urgent if link.shows else "",
            )
            for n, link in links.items()
        ]

        def chosen(link: Link | None) -> None:
            if link is not None:
                self.correio.open_link(link)

        self.app.push_screen(LinkPicker(_("Open a link"), choices), chosen)

    def on_reader_link_chosen(self, event: Reader.LinkChosen) -> None:
        """A link was clicked."""
        self.correio.open_link(event.link)
