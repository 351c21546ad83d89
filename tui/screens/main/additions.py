"""What other parts of the screen add to the message in the reader; here they add nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.screens.main.changes import Changes

if TYPE_CHECKING:
    from core.reading import Body
    from tui.opened import Opened
    from tui.pictured import Drawn
    from tui.widgets.sheet import Card


class Additions(Changes):
    """Asked by `opening` when a message is shown."""

    def make_ready(self, opened: Opened) -> None:
        """What is to be known before a message is laid out: the form its sender's mail is shown in; `forms` knows it."""

    def asks(self, body: Body) -> tuple[str, ...]:
        """What a message asks of its reader, as sentences; `receipts` knows it."""
        return ()

    def pictures_of(self, body: Body) -> tuple[Drawn, ...]:
        """The images that are shown with a message; `images` knows them."""
        return ()

    def loaded_images(self, message: int) -> dict[str, tuple[str, bytes]]:
        """The type and bytes of the remote images of a message that were loaded, by address; `remote` knows them."""
        return {}

    def more_images(self, message: int) -> None:
        """Remote images of a message were loaded; `images` shows them."""

    def card_of(self, body: Body) -> Card | None:
        """What stands on a card above the text, such as an invitation; `invitations` knows it."""
        return None

    def was_read(self, body: Body) -> None:
        """A message was in view for as long as reading it takes."""

    def about_list(self, body: Body) -> str:
        """A line about the list that a message came through; `lists` knows it."""
        return ""
