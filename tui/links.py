"""Opening what a message leads to: links, after a question, and HTML in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import CorreioError
from tui.letters import Letters
from tui.sentences import sentence
from tui.translation import _

if TYPE_CHECKING:
    from core.rendered import Link
    from tui.html_copies import HtmlCopies


class Links(Letters):
    """The part of the application that leads out of it."""

    _copies: HtmlCopies | None = None

    def open_link(self, link: Link) -> None:
        """Show where a link leads; then it is opened, or copied through the terminal (OSC 52)."""
        from tui.browser import browser_command, program_name
        from tui.screens.link import LinkQuestion

        is_mail = link.target[:7].lower() == "mailto:"
        command = browser_command(self.desk.settings.ui.browser)

        def answered(answer: str | None) -> None:
            if answer == "copy":
                self.copy_address(screen.target)
            elif answer == "open" and is_mail:
                self.write_new(link.target)
            elif answer == "open":
                self.open_in_browser(screen.target)

        screen = LinkQuestion(link, _("a new mail") if is_mail else program_name(command))
        self.push_screen(screen, answered)

    def show_page(self, page: str) -> None:
        """Give a page of HTML to the browser, in a private file."""
        from tui.browser import browser_command
        from tui.html_copies import HtmlCopies

        if not browser_command(self.desk.settings.ui.browser):
            self._offer_page(page)
            return
        if self._copies is None:
            self._copies = HtmlCopies(self.desk.wiring.home.state / "browser")
        try:
            path = self._copies.write(page)
        except OSError as error:
            self.say(_("The copy cannot be written: {why}").format(why=error.strerror), warning=True)
        else:
            self.open_in_browser(path.as_uri())

    def _offer_page(self, page: str) -> None:
        """No browser is here: the page can be kept, for one somewhere else."""
        from tui.screens.dialog import Question

        def answered(text: str | None) -> None:
            if text is not None:
                self._keep_page(page, text)

        note = _(
            "No browser is found here; over SSH without a display there is none. Save the page in a folder, and open it where"
            " your browser is. A browser on this machine is named in the setting ui.browser (g ,)."
        )
        self.push_screen(Question(_("Save the page in"), "~", note=note), answered)

    def _keep_page(self, page: str, where: str) -> None:
        from core.attachment import save
        from tui.file_names import folder_typed

        folder = folder_typed(where)
        if folder is None:
            self.say(_("There is no folder {folder}.").format(folder=where), warning=True)
            return
        try:
            path = save(page.encode("utf-8", "replace"), folder.absolute(), "message.html")
        except CorreioError as error:
            self.say(sentence(error), warning=True)
        else:
            self.say(_("Saved as {path}").format(path=path), seconds=30)

    def remove_copies(self) -> None:
        """Remove the pages that were given to the browser."""
        if self._copies is not None:
            self._copies.clear()

    def copy_address(self, address: str) -> None:
        """Copy an address, through the terminal, for the user's own browser (OSC 52)."""
        self.copy_to_clipboard(address)
        self.say(_("Copied: {target}").format(target=address))

    def open_in_browser(self, target: str) -> None:
        """Give an address to the browser."""
        from tui.browser import browser_command, open_with, program_name

        command = browser_command(self.desk.settings.ui.browser)
        try:
            open_with(command, target, self.suspend())
        except CorreioError as error:
            self.say(sentence(error), warning=True)
        else:
            self.say(_("Opened with {program}.").format(program=program_name(command)))
