"""What can be done with the files of a message."""

from __future__ import annotations

from tui.actions.action import MAIL, Action
from tui.translation import N_


class OnFile(Action, where=("attachments",), needs="file"):
    """Something for the file under the cursor, or the one that is shown."""


class View(OnFile, id="attachment.view", title=N_("View"), keys=("enter",), footer=N_("view"), rank=1, word="view-file"):
    """Show the file here: text, HTML, PDF, tables, cards, images, mails, winmail.dat, what is in an archive."""


class Open(OnFile, id="attachment.open", title=N_("Open"), keys=("o",), footer=N_("open"), rank=2, word="open-file"):
    """Open the file with another program: by your mailcap, or as the desktop does."""


class Save(
    OnFile, id="attachment.save", title=N_("Save"), keys=("s",), footer=N_("save"), rank=3, takes="file", word="save-file"
):
    """Save the file into a folder of this machine; nothing is overwritten."""


class SaveAll(
    OnFile, id="attachment.save_all", title=N_("Save all files"), keys=("S",), footer=N_("save all"), rank=4, takes="file",
    word="save-files",
):  # fmt: skip
    """Save all files into a folder of this machine."""


class Documents(
    OnFile, id="attachment.documents", title=N_("Save in Documents"), keys=("w",), footer=N_("to Documents"), rank=5,
    word="save-in-documents",
):  # fmt: skip
    """Save the file in the folder for documents, without asking."""


class AllDocuments(
    OnFile, id="attachment.all_documents", title=N_("Save all in Documents"), keys=("W",), word="save-all-in-documents"
):
    """Save all files in the folder for documents."""


class Pipe(OnFile, id="attachment.pipe", title=N_("Pipe a file"), keys=("|",), takes="command", word="pipe-file"):
    """Give the file to a program's standard input."""


class Delete(
    OnFile, id="attachment.delete", title=N_("Delete the attachment"), keys=("d",), footer=N_("delete"), rank=6,
    needs="stored_file", word="delete-file",
):  # fmt: skip
    """Take the attachment out of its message, also on the server; a note stays in its place. Asks first."""


class DeleteAll(
    OnFile, id="attachment.delete_all", title=N_("Delete all attachments"), keys=("D",), needs="stored_file", word="delete-files"
):
    """Take all attachments out of the message."""


class Images(Action, id="attachment.images", title=N_("Images"), keys=("I",), where=MAIL, needs="message", word="images"):
    """Show the images of the message below its text, or hide them."""
