"""How mail is shown: folding, threads, headers, order."""

from __future__ import annotations

from tui.actions.action import MAIL, Action
from tui.translation import N_


class Fold(Action, id="view.fold", title=N_("Fold or unfold"), keys=("z a",), where=MAIL):
    """Fold or unfold the thread under the cursor, or the quoted text in the reader."""


class FoldAll(Action, id="view.fold_all", title=N_("Fold all"), keys=("z M",), where=MAIL):
    """Fold all threads, or all quoted text."""


class UnfoldAll(Action, id="view.unfold_all", title=N_("Unfold all"), keys=("z R",), where=MAIL):
    """Unfold all threads, or all quoted text."""


class FoldMessage(
    Action, id="view.fold_message", title=N_("Fold the message"), keys=("enter",), where=("reader",), word="fold-message"
):
    """Fold the message under the cursor of a conversation to a line, or unfold it."""


class FoldMessages(
    Action, id="view.fold_messages", title=N_("Fold or unfold all"), keys=("z m",), where=("reader",), word="fold-messages"
):
    """Unfold all messages of the conversation, or fold them when all are unfolded."""


class Conversation(
    Action, id="view.conversation", title=N_("Conversation or message"), keys=("T",), where=("reader",), word="conversation"
):
    """Read the whole conversation on one page, or each message on its own; kept."""


class Threads(Action, id="view.threads", title=N_("Threads or flat"), keys=("T",), where=("list",)):
    """Show threads, or each message on its own."""


class Unread(Action, id="view.unread", title=N_("Unread only"), keys=("X",), where=("list",)):
    """Show unread messages only, or all."""


class Sort(Action, id="view.sort", title=N_("Sort"), keys=("o",), where=("list",), takes="order"):
    """Change the order of the list."""


class Lines(Action, id="view.lines", title=N_("One or two lines"), keys=("z l",), where=("list",), word="lines"):
    """List each message on one line, or on two with its first words below; kept."""


class WholeDate(Action, id="view.date", title=N_("Whole date"), keys=("z d",), where=MAIL, needs="message", word="date"):
    """Say when the message was written and when it came, in full."""


class Headers(
    Action, id="view.headers", title=N_("All headers"), keys=("H",), where=("reader",), needs="headers", footer=N_("headers")
):
    """Show all headers of the message and what is known of its sender, or the usual ones."""


class Source(Action, id="view.source", title=N_("Plain, HTML, source"), keys=("e",), where=("reader",)):
    """Show the plain text, the HTML or the source; plain text or HTML is kept for this sender."""


class Browser(Action, id="view.browser", title=N_("HTML in a browser"), keys=("z b",), where=("reader",), word="view-browser"):
    """Show the HTML in your browser, from a copy that loads nothing and runs nothing."""


class LoadRemote(
    Action, id="view.load_remote", title=N_("Images from the network"), keys=("z i",), where=("reader",), word="load-images"
):
    """Load the images that were left out: now, always for this sender, or always. Trackers never."""


class Follow(Action, id="view.follow", title=N_("Open a part or link"), keys=("o",), where=("reader",), takes="number"):
    """Open an attachment or a link by its number."""
