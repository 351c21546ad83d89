"""What one settles about a message besides its text: its sender, signature, card, options, template."""

from __future__ import annotations

from tui.actions.action import MAIL, PANES, Action
from tui.translation import N_


class InLetter(Action, where=("composer", "review")):
    """Something settled about the message that is being written."""


class Sender(InLetter, id="letter.sender", title=N_("Sender"), keys=("ctrl+r f",), over_text=True):
    """Choose, add or edit the address that the message comes from."""


class Options(
    InLetter,
    id="letter.options",
    title=N_("Options"),
    keys=("ctrl+r o",),
    over_text=True,
    footer=N_("options"),
    rank=90,
):
    """Priority, receipts, delivery reports, when it goes out, whether an answer is needed."""


class SendLater(InLetter, id="letter.later", title=N_("Send later"), keys=("ctrl+r l",), over_text=True, takes="time"):
    """Send the message at a time: tomorrow 8:00, mon 9, 2h; until then it waits in the outbox."""


class Priority(InLetter, id="letter.priority", title=N_("Priority"), keys=("ctrl+r p",), over_text=True):
    """Mark the message as urgent, as not urgent, or as neither."""


class Receipt(InLetter, id="letter.receipt", title=N_("Read receipt"), keys=("ctrl+r r",), over_text=True, word="ask-receipt"):
    """Ask for a read receipt, or do not."""


class Signature(InLetter, id="letter.signature", title=N_("Signature"), keys=("ctrl+r s",), over_text=True):
    """Put the signature in, at the end or at the cursor as the sender's settings say, or take it out."""


class SignatureHere(
    Action,
    id="letter.signature_here",
    title=N_("Signature here"),
    keys=("ctrl+r h",),
    where=("composer",),
    over_text=True,
):
    """Put the signature where the cursor is."""


class Card(InLetter, id="letter.card", title=N_("My card"), keys=("ctrl+r c",), over_text=True):
    """Attach my card as a vCard, or leave it out."""


class HideRecipients(
    InLetter,
    id="letter.hide",
    title=N_("All to Bcc"),
    keys=("ctrl+r b",),
    over_text=True,
    word="all-to-bcc",
):
    """Move everybody in To and Cc to Bcc, so that they do not see each other."""


class InsertTemplate(
    InLetter,
    id="letter.template",
    title=N_("Use a template"),
    keys=("ctrl+r t",),
    over_text=True,
    word="use-template",
):
    """Put the text of a template into the message, with its recipients and files."""


class KeepTemplate(InLetter, id="letter.keep_template", title=N_("Keep as template"), keys=("ctrl+r k",), over_text=True):
    """Keep the message as a template under a name; it can be sent all the same."""


class AddressBook(
    Action,
    id="letter.book",
    title=N_("Address book"),
    keys=("ctrl+r a",),
    where=("composer",),
    over_text=True,
    footer=N_("address book"),
    rank=60,
    word="address-book",
):
    """Pick mail addresses, phone numbers or lists of people for the address field one is in."""


class AttachFiles(
    Action,
    id="letter.attach",
    title=N_("Attach files"),
    keys=("ctrl+o a",),
    where=("composer",),
    over_text=True,
    takes="file",
    word="attach-files",
):
    """Attach files: several with commas between them, or with * and ?."""


class ReplyTo(
    InLetter,
    id="letter.reply_to",
    title=N_("Reply-To"),
    keys=("ctrl+r y",),
    over_text=True,
    word="reply-to",
):
    """Say where answers to this message go, if not to its sender."""


class Templates(Action, id="letter.templates", title=N_("Templates"), keys=("w t",), where=PANES, word="templates"):
    """Show the templates: start a message from one, edit, rename or delete it."""


class ReplyTemplate(
    Action, id="letter.reply_template", title=N_("Reply with a template"), keys=("w r",), where=MAIL, needs="message"
):
    """Answer the sender with the text of a template."""


class SaveAsTemplate(Action, id="letter.save_template", title=N_("Save as template"), keys=("w s",), where=MAIL, needs="message"):
    """Keep the message, with its recipients and files, as a template."""


class PlusAddresses(Action, id="letter.plus", title=N_("Plus-addresses"), keys=("w +",), where=PANES):
    """Make an address such as name+shop@… for a form, and see what came in through each."""


class ReplyQuoting(Action, id="letter.reply_quoting", title=N_("Reply to a part"), keys=("w q",), where=MAIL, needs="message"):
    """Answer the sender, quoting only what you select of the message."""


class QuoteIt(
    Action, id="letter.quote", title=N_("Quote this"), keys=("enter",), where=("dialog",), over_text=True, word="quote-this"
):
    """Begin the answer with what is selected as its quotation."""


class EditAsNew(Action, id="letter.edit_as_new", title=N_("Edit as new"), keys=("w e",), where=MAIL, needs="message"):
    """Write a new message that begins as this one: recipients, subject, text and files."""


class ForwardAttached(
    Action, id="letter.forward_attached", title=N_("Forward as attachment"), keys=("w f",), where=MAIL, needs="message"
):
    """Send the chosen messages on as they are, as attached files."""


class InChooser(Action, where=("picker",), needs="entries"):
    """Something for the entry under the cursor of a list to choose from."""


class NewEntry(InChooser, id="letter.entry_new", title=N_("New"), keys=("ctrl+n",), over_text=True, word="entry-new"):
    """Make a new sender."""


class EditEntry(InChooser, id="letter.entry_edit", title=N_("Edit"), keys=("ctrl+e",), over_text=True, word="entry-edit"):
    """Change the sender or template under the cursor."""


class RenameEntry(
    InChooser,
    id="letter.entry_rename",
    title=N_("Rename"),
    keys=("ctrl+r",),
    over_text=True,
    word="entry-rename",
):
    """Give the template under the cursor another name."""


class DeleteEntry(
    InChooser,
    id="letter.entry_delete",
    title=N_("Delete"),
    keys=("ctrl+k",),
    over_text=True,
    word="entry-delete",
):
    """Delete the template under the cursor, after asking."""


class InAddresses(Action, where=("book",)):
    """Something in the address book that is open for a field."""


class Pick(InAddresses, id="letter.pick", title=N_("Pick"), keys=("space",), over_text=True, word="pick-it"):
    """Pick the line under the cursor, or do not; several can be picked."""


class NextKind(InAddresses, id="letter.pick_kind", title=N_("Next kind"), keys=("tab",), over_text=True, word="pick-kind"):
    """Go on from mail addresses to phone numbers, and to lists."""


class KindBefore(
    InAddresses,
    id="letter.pick_kind_before",
    title=N_("Kind before"),
    keys=("shift+tab",),
    over_text=True,
    word="pick-kind-before",
):
    """Go back to the kind before: lists, phone numbers, mail addresses."""
