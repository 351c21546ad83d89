"""What one does to the text of a mail while writing it: formats, editing, spelling."""

from __future__ import annotations

from tui.actions.action import Action
from tui.translation import N_


class InText(Action, where=("composer",)):
    """Something done in the editor."""


class RichText(
    Action,
    id="format.rich",
    title=N_("Rich text"),
    keys=("ctrl+t m",),
    where=("composer", "review"),
    over_text=True,
    word="rich",
):
    """Send the message as plain text, or as rich text (Markdown, sent as text and HTML)."""


class Preview(
    Action,
    id="format.preview",
    title=N_("Preview"),
    keys=("ctrl+t p",),
    where=("composer", "review"),
    over_text=True,
):
    """Show the message as its recipient will see it."""


class InBrowser(
    Action,
    id="format.browser",
    title=N_("Preview in the browser"),
    keys=("ctrl+t w",),
    where=("composer", "review"),
    over_text=True,
    word="preview-browser",
):
    """Show the message as its recipient will see it, in the browser."""


class Bold(InText, id="format.bold", title=N_("Bold"), keys=("ctrl+t b",), over_text=True):
    """Make the selected text bold, or not bold any more."""


class Italic(InText, id="format.italic", title=N_("Italic"), keys=("ctrl+t i",), over_text=True):
    """Make the selected text italic, or not any more."""


class Strike(InText, id="format.strike", title=N_("Struck out"), keys=("ctrl+t s",), over_text=True):
    """Strike the selected text out, or not any more."""


class Code(InText, id="format.code", title=N_("Code"), keys=("ctrl+t c",), over_text=True):
    """Show the selected text as code; several lines become a block."""


class Heading(InText, id="format.heading", title=N_("Heading"), keys=("ctrl+t h",), over_text=True):
    """Make the line a heading, a smaller one, and a line of text again."""


class BulletList(InText, id="format.list", title=N_("List"), keys=("ctrl+t u",), over_text=True, word="bullets"):
    """Make the selected lines a list, or lines again."""


class NumberedList(InText, id="format.numbers", title=N_("Numbered list"), keys=("ctrl+t n",), over_text=True):
    """Make the selected lines a numbered list, or lines again."""


class TaskList(InText, id="format.tasks", title=N_("Task list"), keys=("ctrl+t x",), over_text=True):
    """Make the selected lines a list of tasks; done again, they are ticked off."""


class Quote(InText, id="format.quote", title=N_("Quote"), keys=("ctrl+t q",), over_text=True):
    """Make the selected lines a quotation, or lines again."""


class Link(InText, id="format.link", title=N_("Link"), keys=("ctrl+t l",), over_text=True, word="insert-link"):
    """Make the selected text a link."""


class Colour(InText, id="format.colour", title=N_("Colour, size, font"), keys=("ctrl+t k",), over_text=True):
    """Give the selected text a colour, a size or a font."""


class Align(InText, id="format.align", title=N_("Align"), keys=("ctrl+t a",), over_text=True):
    """Align the selected lines: left, center, right."""


class Table(InText, id="format.table", title=N_("Table"), keys=("ctrl+t t",), over_text=True):
    """Make the selected lines a table, their cells parted by tabs or semicolons; begin a new one where nothing is selected."""


class Image(InText, id="format.image", title=N_("Image"), keys=("ctrl+t g",), over_text=True, takes="file", word="image"):
    """Put an image into the text."""


class Undo(InText, id="edit.undo", title=N_("Undo typing"), keys=("ctrl+z", "ctrl+o u"), over_text=True, word="undo-typing"):
    """Undo the last change of the text."""


class Redo(InText, id="edit.redo", title=N_("Redo typing"), keys=("ctrl+y", "ctrl+o y"), over_text=True, word="redo-typing"):
    """Do the change again that was undone."""


class Find(InText, id="edit.find", title=N_("Find in the text"), keys=("ctrl+f", "ctrl+o f"), over_text=True, word="find-text"):
    """Find words in the text."""


class FindNext(InText, id="edit.find_next", title=N_("Find on"), keys=("ctrl+o n",), over_text=True, word="find-on"):
    """Find the same words again, further on."""


class Replace(InText, id="edit.replace", title=N_("Replace"), keys=("ctrl+o r",), over_text=True):
    """Put other words in the place of some, in what is selected or everywhere."""


class Reflow(InText, id="edit.reflow", title=N_("Reflow"), keys=("ctrl+o j",), over_text=True):
    """Break the lines of the paragraph anew; quotation marks stay."""


class CutQuote(InText, id="edit.cut_quote", title=N_("Cut the quotation"), keys=("ctrl+o q",), over_text=True):
    """Delete from here to the end of the quotation."""


class DeleteParagraph(InText, id="edit.delete_paragraph", title=N_("Delete the paragraph"), keys=("ctrl+o d",), over_text=True):
    """Delete the paragraph at the cursor, quoted or not."""


class InsertFile(InText, id="edit.insert_file", title=N_("Insert a file"), keys=("ctrl+o i",), over_text=True, takes="file"):
    """Put the text of a file at the cursor."""


class QuoteOriginal(InText, id="edit.quote_original", title=N_("Quote the original"), keys=("ctrl+o t",), over_text=True):
    """Quote the original in the text, to answer it line by line, instead of keeping it as HTML below."""


class NextMisspelt(
    InText, id="edit.spelling", title=N_("Next misspelt word"), keys=("ctrl+o s",), over_text=True, word="spelling"
):
    """Go to the next misspelt word and offer what may be meant."""
