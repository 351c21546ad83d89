"""Going to folders and making them."""

from __future__ import annotations

from tui.actions.action import PANES, Action, Context
from tui.translation import N_

TREE_AND_LIST: tuple[Context, ...] = ("list", "tree")


class Go(Action, id="go.folder", title=N_("Go to folder"), keys=("c",), where=PANES, takes="folder", word="go"):
    """Go to a folder, chosen by a few letters of its name."""


class Next(Action, id="go.next", title=N_("Next folder"), keys=("J",), where=TREE_AND_LIST, word="next-folder"):
    """Go to the next folder of the tree."""


class Previous(
    Action,
    id="go.previous",
    title=N_("Previous folder"),
    keys=("K",),
    where=TREE_AND_LIST,
    word="previous-folder",
):
    """Go to the previous folder of the tree."""


class Inbox(Action, id="go.inbox", title=N_("Inbox"), keys=("g i",), where=PANES):
    """Go to the inbox of the account shown."""


class Drafts(Action, id="go.drafts", title=N_("Drafts"), keys=("g d",), where=PANES):
    """Go to the drafts."""


class Sent(Action, id="go.sent", title=N_("Sent"), keys=("g s",), where=PANES):
    """Go to the sent messages."""


class Trash(Action, id="go.trash", title=N_("Trash"), keys=("g t",), where=PANES, word="go-trash"):
    """Go to the trash."""


class Snoozed(Action, id="go.snoozed", title=N_("Snoozed"), keys=("g z",), where=PANES):
    """Show what is snoozed, with the times at which it comes back."""


class Unified(Action, id="go.unified", title=N_("All inboxes"), keys=("g u",), where=PANES):
    """Go to the inboxes of all accounts in one list."""


class New(Action, id="folder.new", title=N_("New folder"), keys=("N",), where=("tree",), word="new-folder", right="k"):
    """Make a folder below the one under the cursor."""


class Move(Action, id="folder.move", title=N_("Move folder"), keys=("M",), where=("tree",), word="move-folder", right="x"):
    """Move the folder under the cursor, with all below it, to another name or another account; `u` takes it back."""


class Empty(Action, id="folder.empty", title=N_("Empty trash or spam"), where=TREE_AND_LIST, word="empty", right="t"):
    """Delete everything in the trash or the spam folder shown for ever, after asking."""


class Quota(Action, id="folder.quota", title=N_("Room on the server"), where=PANES, word="quota"):
    """Say how full the mailbox is, and offer what makes room."""


class Access(Action, id="folder.access", title=N_("Who may use it"), where=TREE_AND_LIST, word="access"):
    """See who may use the folder here, let somebody use it, or take that back."""


class Subscriptions(
    Action, id="folder.subscriptions", title=N_("Folders of the server"), keys=("S",), where=("tree",), word="subscriptions"
):
    """See every folder of the account, subscribe to it or not, and choose what it is for: Sent, Drafts, Trash and so on."""


class Expand(Action, id="folder.expand", title=N_("Unfold"), keys=("right",), where=("tree",), word="unfold-folder"):
    """Show the folders below this one."""


class Collapse(Action, id="folder.collapse", title=N_("Fold"), keys=("left",), where=("tree",), word="fold-folder"):
    """Hide the folders below this one, or go to the one above."""
