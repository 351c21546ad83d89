"""What can be done with the chosen messages: the selection, else the message under the cursor."""

from __future__ import annotations

from tui.actions.action import MAIL, Action
from tui.translation import N_


class OnMessages(Action, where=MAIL, needs="message"):
    """Something for the chosen messages."""


class Change(OnMessages, repeats=True):
    """Something for the chosen messages that `.` can do again."""


class Archive(Change, id="message.archive", title=N_("Archive"), keys=("a",), footer=N_("archive"), rank=12, right="t"):
    """Move the chosen messages to the archive folder."""


class Trash(Change, id="message.trash", title=N_("Trash"), keys=("d",), footer=N_("trash"), rank=13, right="t"):
    """Move the chosen messages to the trash."""


class Delete(OnMessages, id="message.delete", title=N_("Delete for ever"), keys=("D",), right="t"):
    """Delete the chosen messages for ever, after asking."""


class Move(Change, id="message.move", title=N_("Move"), keys=("s",), footer=N_("move"), rank=14, takes="folder", right="t"):
    """Move the chosen messages to a folder."""


class Copy(Change, id="message.copy", title=N_("Copy"), keys=("C",), takes="folder"):
    """Copy the chosen messages to a folder."""


class Undelete(Change, id="message.undelete", title=N_("Undelete"), keys=("z u",), right="t"):
    """Take the mark away with which another program has marked the chosen messages as deleted (✗ in lists)."""


class Purge(OnMessages, id="message.purge", title=N_("Purge"), keys=("z p",), right="t"):
    """Delete for ever what another program has marked as deleted: of the selection, else of the folder; after asking."""


class Flag(Change, id="message.flag", title=N_("Flag"), keys=("F",), right="w"):
    """Flag the chosen messages, or take the flag away."""


class Read(Change, id="message.read", title=N_("Read or unread"), keys=("U",), right="s"):
    """Mark the chosen messages read, or unread when they are read."""


class Snooze(Change, id="message.snooze", title=N_("Snooze"), keys=("Z",), takes="time", right="t"):
    """Put the chosen messages away until a time: then they are back in the inbox, on top and unread."""


class Tag(Change, id="message.tag", title=N_("Tags"), keys=("l",), takes="tag", right="w"):
    """Put tags on the chosen messages, or take them off with a minus: todo -urgent."""


class Spam(Change, id="message.spam", title=N_("Spam or not"), keys=("!",), right="t"):
    """Move the chosen messages to the spam folder, or from there back to the inbox."""


class Mute(Change, id="thread.mute", title=N_("Mute or hear again"), keys=("&",)):
    """Mute the conversation: it is read, its new mail comes read (∅ in lists). Once more, and what was unread is unread."""


class Undo(Action, id="message.undo", title=N_("Undo"), keys=("u",), where=("list", "reader", "tree")):
    """Take the last change of mail back, also after a restart."""


class Repeat(OnMessages, id="message.repeat", title=N_("Repeat"), keys=(".",)):
    """Do the last change again with the messages chosen now."""


class Attachments(OnMessages, id="message.attachments", title=N_("Attachments"), keys=("v",)):
    """Show the parts of the message, to open or save one."""


class SaveAll(OnMessages, id="message.save_all", title=N_("Save all"), keys=("S",), takes="file"):
    """Save all attachments of the message into a folder of this machine."""


class Pipe(OnMessages, id="message.pipe", title=N_("Pipe"), keys=("|",), takes="command"):
    """Give the message to a program's standard input."""


class Print(OnMessages, id="message.print", title=N_("Print"), keys=("p",), takes="file"):
    """Print the chosen messages: with the printer's command, or into a PDF or HTML file."""


class Export(OnMessages, id="message.export", title=N_("Save as file"), keys=("E",), takes="file"):
    """Save the chosen messages as files of this machine: one as .eml, many as .eml files or one mbox."""


class Yank(OnMessages, id="message.yank", title=N_("Copy the text"), keys=("y",), takes="what"):
    """Copy something of the message to the clipboard, over SSH too: its text, an address, a link (OSC 52)."""


class Comment(OnMessages, id="message.comment", title=N_("Comment"), keys=(";",), takes="comment"):
    """Note something on the message, for yourself."""


class Receipt(OnMessages, id="message.receipt", title=N_("Read receipt"), keys=("M",)):
    """Answer a message that asks for a read receipt: send it, do not, or always or never to this sender."""


class Unsubscribe(OnMessages, id="message.unsubscribe", title=N_("Unsubscribe"), keys=("W",)):
    """Leave the mailing list or newsletter; what will happen is said first."""


class ListArchive(OnMessages, id="message.list_archive", title=N_("Archive of the list")):
    """Show where the message is in its list's archive, or the archive itself, and copy the address."""


class ThreadArchive(Change, id="thread.archive", title=N_("Archive the thread"), keys=(", a",), word="thread-archive", right="t"):
    """Move the whole thread to the archive folder."""


class ThreadTrash(Change, id="thread.trash", title=N_("Trash the thread"), keys=(", d",), word="thread-trash", right="t"):
    """Move the whole thread to the trash."""


class ThreadMove(
    Change, id="thread.move", title=N_("Move the thread"), keys=(", s",), word="thread-move", takes="folder", right="t"
):
    """Move the whole thread to a folder."""


class ThreadRead(Change, id="thread.read", title=N_("Thread read or unread"), keys=(", U",), word="thread-read", right="s"):
    """Mark the whole thread read, or unread when it is read."""


class ThreadSplit(OnMessages, id="thread.split", title=N_("Split the thread"), keys=(", x",), word="thread-split"):
    """Make the message, with all that answers it, a thread of its own."""


class ThreadJoin(OnMessages, id="thread.join", title=N_("Join threads"), keys=(", j",), word="thread-join"):
    """Make one thread of those that are selected."""


class Withdraw(OnMessages, id="message.withdraw", title=N_("Withdraw links"), keys=("z w",), word="withdraw-links"):
    """End the links that were sent with a message: nobody can fetch the files any more."""


class Fate(OnMessages, id="message.fate", title=N_("What became of it"), keys=("z s",)):
    """Tell what became of a message that was sent: accepted, delivered, opened, not delivered."""
