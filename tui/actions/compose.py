"""Writing mail."""

from __future__ import annotations

from tui.actions.action import MAIL, PANES, Action
from tui.translation import N_


class Answer(Action, where=MAIL, needs="message"):
    """Something that begins from the message shown or under the cursor."""


class InReview(Action, where=("review",)):
    """Something on the screen before sending."""


class New(
    Action,
    id="compose.new",
    title=N_("Write"),
    keys=("m",),
    where=PANES,
    footer=N_("write"),
    rank=20,
    takes="address",
    word="write",
):
    """Write a new message."""


class Reply(Answer, id="compose.reply", title=N_("Reply"), keys=("r",), footer=N_("reply"), rank=10):
    """Answer the sender."""


class ReplyAll(Answer, id="compose.reply_all", title=N_("Reply to all"), keys=("R",), footer=N_("all"), rank=11):
    """Answer the sender and everybody the message went to."""


class ReplyList(Answer, id="compose.reply_list", title=N_("Reply to the list"), keys=("L",)):
    """Answer to the mailing list only."""


class ListOwner(Answer, id="compose.list_owner", title=N_("Owner of the list")):
    """Write to whoever runs the mailing list."""


class ListHelp(Answer, id="compose.list_help", title=N_("Help of the list")):
    """Ask the mailing list how it is used."""


class ListSubscribe(Answer, id="compose.list_subscribe", title=N_("Subscribe to the list")):
    """Subscribe to the mailing list, or come back to it."""


class Forward(Answer, id="compose.forward", title=N_("Forward"), keys=("f",), footer=N_("forward"), rank=22):
    """Send the message on to somebody else, with your own words above."""


class Redirect(Answer, id="compose.redirect", title=N_("Redirect"), keys=("b",)):
    """Send the message on unchanged, as if it had gone there at first."""


class Finish(
    Action,
    id="compose.finish",
    title=N_("Review"),
    keys=("ctrl+x", "escape escape"),
    where=("composer",),
    footer=N_("review and send"),
    rank=10,
    over_text=True,
):
    """Leave the editor for the review screen; nothing is sent yet."""


class Aside(
    Action,
    id="compose.aside",
    title=N_("Put aside"),
    keys=("ctrl+n", "ctrl+o l"),
    where=("composer",),
    footer=N_("put aside"),
    rank=45,
    over_text=True,
    word="aside",
):
    """Go back to the list; the message stays open as it is."""


class Keep(Action, id="compose.keep", title=N_("Keep in Drafts"), keys=("ctrl+o k",), where=("composer",), over_text=True):
    """Put a copy into the Drafts folder now, here and on the server; writing goes on."""


class Return(Action, id="go.writing", title=N_("Go on writing"), keys=("g w",), where=PANES, word="writing"):
    """Return to a message that was put aside while it was written."""


class OwnEditor(
    Action,
    id="compose.editor",
    title=N_("Own editor"),
    keys=("ctrl+g",),
    where=("composer", "review"),
    footer=N_("own editor"),
    rank=30,
    over_text=True,
    word="editor",
):
    """Write in the editor that the settings or $EDITOR name."""


class Send(InReview, id="review.send", title=N_("Send"), keys=("y",), footer=N_("send"), rank=1):
    """Send the message; it waits some seconds in the outbox, where it can be taken back."""


class Edit(InReview, id="review.edit", title=N_("Edit"), keys=("e",), footer=N_("edit"), rank=2):
    """Go back to the text."""


class Attach(InReview, id="review.attach", title=N_("Attach"), keys=("a",), footer=N_("attach"), takes="file"):
    """Attach a file."""


class Link(InReview, id="review.link", title=N_("Attach as link"), keys=("l",), footer=N_("as link"), takes="file", word="link"):
    """Send files as links that end after some days, with a message of its own for each recipient."""


class Group(InReview, id="review.group", title=N_("To a group"), keys=("B",), takes="group", word="to-group"):
    """Send to everybody of a group or list of contacts, or of the whole address book, in To, Cc or Bcc."""


class Detach(InReview, id="review.detach", title=N_("Detach"), keys=("D",), needs="attachment"):
    """Take the attachment under the cursor out."""


class From(InReview, id="review.from", title=N_("From"), keys=("f",), needs="identities"):
    """Choose which of your addresses the message comes from."""


class To(InReview, id="review.to", title=N_("To"), keys=("t",)):
    """Change whom the message goes to."""


class Cc(InReview, id="review.cc", title=N_("Cc"), keys=("c",)):
    """Change who gets a copy."""


class Bcc(InReview, id="review.bcc", title=N_("Bcc"), keys=("b",)):
    """Change who gets a copy that nobody else sees."""


class Subject(InReview, id="review.subject", title=N_("Subject"), keys=("s",)):
    """Change the subject."""


class Postpone(InReview, id="review.postpone", title=N_("Postpone"), keys=("P",), footer=N_("postpone"), rank=3):
    """Keep the message as a draft and leave."""


class Discard(InReview, id="review.discard", title=N_("Throw away"), keys=("d",), footer=N_("throw away"), rank=4):
    """Throw the message away; it is not kept as a draft."""
