"""What is done with one recipient, chosen in an address field."""

from __future__ import annotations

from tui.actions.action import Action
from tui.translation import N_


class OfRecipient(Action, where=("recipient",), needs="recipient"):
    """Something done with the chosen recipient."""


class Previous(OfRecipient, id="recipient.previous", title=N_("Recipient before"), keys=("left", "h"), word="recipient-before"):
    """Choose the recipient before."""


class Next(OfRecipient, id="recipient.next", title=N_("Recipient behind"), keys=("right", "l"), word="recipient-behind"):
    """Choose the recipient behind; after the last, type on."""


class Remove(
    OfRecipient,
    id="recipient.remove",
    title=N_("Remove"),
    keys=("backspace", "delete", "x"),
    footer=N_("remove"),
    rank=1,
    word="recipient-remove",
):
    """Take the recipient out."""


class Change(
    OfRecipient, id="recipient.change", title=N_("Change"), keys=("e",), footer=N_("change"), rank=2, word="recipient-change"
):
    """Change the recipient's name or address by hand."""


class ToTo(OfRecipient, id="recipient.to", title=N_("Move to To"), keys=("t",), footer="To", rank=3, word="recipient-to"):
    """Move the recipient to To."""


class ToCc(OfRecipient, id="recipient.cc", title=N_("Move to Cc"), keys=("c",), footer="Cc", rank=4, word="recipient-cc"):
    """Move the recipient to Cc."""


class ToBcc(OfRecipient, id="recipient.bcc", title=N_("Move to Bcc"), keys=("b",), footer="Bcc", rank=5, word="recipient-bcc"):
    """Move the recipient to Bcc: the others do not see it there."""
