"""The parts of the screen together over made-up mail: run by tests in a pseudo-terminal.

python -m tests.tui.demo [number of rows] [theme]
"""

from __future__ import annotations

import os
import sys
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import Screen

from core.rendered import Page
from core.text import render_text
from tests.tui.sources import NOW, EndlessList, MadeList, children, row
from tui.actions import Context, does, folder, message, move, program, search
from tui.counter import Counter
from tui.keymap import load_key_map
from tui.theme import load_theme, suiting_theme
from tui.widgets.folder_tree import FolderTree
from tui.widgets.message_list import MessageList
from tui.widgets.prompt import Prompt
from tui.widgets.reader import Reader
from tui.widgets.sheet import AttachmentLine, Sheet
from tui.widgets.status import FooterBar, HeaderBar
from tui.widgets.tree_entry import TreeEntry

BODY = """Hello,

thank you for the review. The branch is ready; see https://example.org/branch/7 for the diff and
tell me what you think of the names.

On Monday, João Nunes wrote:
> I would rather wait until Friday, since the tests on the big-endian machine are slow.
>
>> Can we release today? I have time in the afternoon and would like to have it behind me.
>>
>>> What about the translations?
> They are done.

Fine, then Friday it is. 日本語もあります。

--\x20
Ana Sousa
Lisboa
"""

ENTRIES = (
    TreeEntry("me", "me@example.org", 0, "account"),
    TreeEntry("inbox", "Inbox", 1, unread=12, role="inbox"),
    TreeEntry("drafts", "Drafts", 1, unread=1, role="drafts"),
    TreeEntry("sent", "Sent", 1, role="sent"),
    TreeEntry("archive", "Archive", 1, role="archive"),
    TreeEntry("2024", "2024", 2),
    TreeEntry("long", "a folder with a rather long name", 2, unread=3000),
    TreeEntry("trash", "Trash", 1, role="trash"),
    TreeEntry("work", "work@example.com", 0, "account", note="offline"),
    TreeEntry("work-inbox", "Inbox", 1, unread=3, role="inbox"),
    TreeEntry("saved", "Invoices", 0, "saved"),
)


def sheet(number: int, body: str = BODY) -> Sheet:
    """A message for the reader."""
    one = row(number)

    def lay_out(width: int) -> Page:
        return render_text(body, width)

    return Sheet(
        key=number,
        headers=(("From", f"{one.people} <ana@example.org>"), ("To", "me@example.org"), ("Date", "Fri 10 Oct 2025")),
        all_headers=(
            ("Received", "from mx.example.org by mail.example.org; Fri, 10 Oct 2025 10:42:00 +0100"),
            ("X-Mailer", "none"),
        ),
        subject=one.subject,
        lay_out=lay_out,
        attachments=(AttachmentLine(1, "report.pdf", "application/pdf", 123_456),),
        notices=("2 remote images were not loaded.",),
    )


class DemoScreen(Screen[None]):
    """Tree, list and reader side by side."""

    DEFAULT_CSS = """
    DemoScreen Horizontal { height: 1fr; }
    #reader { border-left: vkey $border-blurred; width: 1fr; display: none; }
    #list { border-left: vkey $border-blurred; }
    """

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.rows = rows

    def compose(self) -> ComposeResult:
        yield HeaderBar()
        with Horizontal():
            yield FolderTree()
            yield MessageList(id="list")
            yield Reader(id="reader")
        yield FooterBar()
        yield Prompt()

    def on_mount(self) -> None:
        self.messages.clock = lambda: NOW
        source = EndlessList(self.rows) if self.rows > 5000 else MadeList([row(n) for n in range(self.rows)])
        self.messages.show_source(source, children)
        tree = self.query_one(FolderTree)
        tree.show_entries(ENTRIES)
        tree.show_here("inbox")
        self.messages.focus()
        bar = self.query_one(HeaderBar)
        bar.account, bar.folder, bar.progress = "me@example.org", "Inbox 12 new", "3,120 of 8,000"
        self.query_one(FooterBar).waiting = "2 waiting · offline since 10:40"

    @property
    def messages(self) -> MessageList:
        """The list."""
        return self.query_one(MessageList)

    def on_descendant_focus(self) -> None:
        app = self.app
        if isinstance(app, DemoApp):
            self.query_one(FooterBar).keys = app.footer_hints()

    def on_message_list_row_opened(self, event: MessageList.RowOpened) -> None:
        reader = self.query_one(Reader)
        reader.display = True
        reader.show(sheet(event.row.message))
        reader.focus()

    def on_prompt_answered(self, event: Prompt.Answered) -> None:
        if event.purpose == "find":
            self.query_one(Reader).find(event.text)
        else:
            self.query_one(FooterBar).message = f"{event.purpose}: {event.text}"

    @does(search.Search)
    def search(self) -> None:
        """Ask for words."""
        self.query_one(Prompt).ask("find" if self.query_one(Reader).has_focus else "search", "/")

    @does(move.NextPane)
    def next_pane(self) -> None:
        """The next pane."""
        self.focus_next()

    @does(move.PreviousPane)
    def previous_pane(self) -> None:
        """The pane before."""
        self.focus_previous()

    @does(program.Back)
    def back(self) -> None:
        """Close the reader, or leave."""
        reader = self.query_one(Reader)
        if reader.display:
            reader.display = False
            self.messages.focus()
        else:
            self.app.exit()

    @does(message.Archive, message.Trash, folder.Inbox, folder.Drafts, folder.Sent, folder.Trash, folder.Unified)
    def noted(self) -> None:
        """Say that a key arrived."""
        self.query_one(FooterBar).message = "done"


class DemoApp(Counter[None]):
    """The demo."""

    key_context: ClassVar[Context] = "global"

    def __init__(self, rows: int, theme: str = "", key_map: str = "default") -> None:
        super().__init__(load_key_map(key_map), load_theme(theme or suiting_theme(os.environ)))
        self.rows = rows

    def get_default_screen(self) -> Screen[None]:
        return DemoScreen(self.rows)

    @does(program.Quit)
    def leave(self) -> None:
        """Leave."""
        self.exit()


if __name__ == "__main__":
    words = [*sys.argv[1:], "", ""]
    DemoApp(int(words[0] or 200), words[1]).run()
