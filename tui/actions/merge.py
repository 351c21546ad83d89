"""Sending one message to many people, each by itself."""

from __future__ import annotations

from tui.actions.action import Action
from tui.translation import N_


class Begin(
    Action,
    id="merge.begin",
    title=N_("Mail merge"),
    keys=("m",),
    where=("review",),
    footer=N_("to many"),
    takes="file",
    word="merge",
):
    """Send this message to many people, each by itself, with {placeholders} filled from a table or from contacts."""


class InMerge(Action, where=("merge",)):
    """Something on the mail merge screen."""


class Send(InMerge, id="merge.send", title=N_("Send"), keys=("y",), footer=N_("send"), rank=1, needs="mails", word="merge-send"):
    """Put all these messages into the outbox, after asking."""


class Next(InMerge, id="merge.next", title=N_("Next"), keys=("right", ">"), footer=N_("next"), rank=2, word="merge-next"):
    """Show the message for the next person."""


class Previous(
    InMerge, id="merge.previous", title=N_("Previous"), keys=("left", "<"), footer=N_("previous"), rank=3,
    word="merge-previous",
):  # fmt: skip
    """Show the message for the person before."""


class NextTrouble(
    InMerge, id="merge.trouble", title=N_("Next trouble"), keys=("e",), footer=N_("next trouble"), rank=4, needs="trouble",
    word="merge-trouble",
):  # fmt: skip
    """Show the next row that cannot be sent, and why."""


class Column(
    InMerge, id="merge.column", title=N_("Address column"), keys=("c",), footer=N_("column"), rank=5, word="merge-column"
):
    """Choose the column in which the addresses stand."""


class Which(
    InMerge, id="merge.addresses", title=N_("Main or all"), keys=("a",), footer=N_("main or all"), rank=6, word="merge-addresses"
):
    """Write to the main address of somebody with several, or to all of them."""


class Table(InMerge, id="merge.table", title=N_("Another table"), keys=("f",), footer=N_("table"), rank=7, takes="file",
            word="merge-table"):  # fmt: skip
    """Take the people from another table (CSV), or from the address book."""
