"""Mail merge: what each person will get, what keeps rows from being sent, and the whole put into the outbox."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from core import merge as merging
from core.address import format_addresses
from core.clean import clean_line
from core.draft import Draft
from core.errors import CorreioError
from core.merge import Filled, Plan
from core.merge_table import Source, read_csv
from core.merging import count, due_time, queue_all
from core.rendered import Page
from core.store.database import Database
from core.text import render_text
from tui.actions import Context, does, move, program
from tui.actions import merge as doing
from tui.bulk_words import bulk_words, count_words
from tui.file_names import complete_file, path_typed
from tui.screens.leaving import LeftOnce
from tui.sentences import sentence
from tui.translation import N_, _, ngettext
from tui.widgets.prompt import Prompt
from tui.widgets.reader import Reader
from tui.widgets.sheet import Sheet
from tui.widgets.status import FooterBar, HeaderBar

BOOK = "@"
"""Typed instead of a file name: the address book, or with a name behind it one of its groups."""
MARKS = {",": N_("commas"), ";": N_("semicolons"), "\t": N_("tabs")}
"""What parts the columns of a table, in words."""


class MergeScreen(LeftOnce[bool]):
    """Its result: whether the messages are in the outbox."""

    DEFAULT_CSS = """
    MergeScreen Reader { height: 1fr; }
    MergeScreen #table { height: auto; max-height: 5; padding: 0 1; border-bottom: solid $border; }
    MergeScreen #trouble { height: auto; max-height: 6; padding: 0 1; color: $text-warning; border-top: solid $border; }
    """
    key_context: ClassVar[Context] = "merge"
    AUTO_FOCUS = ""

    def __init__(self, draft: Draft, draft_id: int | None, file: str = "") -> None:
        super().__init__()
        self.draft, self.draft_id, self.file = draft, draft_id, file
        self.plan: Plan | None = None
        self.filled: list[Filled] = []
        self.place = 0
        self._halt = threading.Event()
        self._queueing = False
        self._asked: dict[str, Callable[[str], None]] = {}

    def compose(self) -> ComposeResult:
        yield HeaderBar(id="header")
        yield Static(id="table", markup=False)
        yield Reader(id="text")
        yield Static(id="trouble", markup=False)
        yield FooterBar(id="footer")
        yield Prompt(id="prompt")

    def on_mount(self) -> None:
        """Ask for the table."""
        self.query_one(HeaderBar).folder = _("Mail merge")
        self.query_one(Reader).max_width = self.correio.desk.settings.ui.reader_width
        self.query_one("#trouble").display = False
        self.set_focus(self.query_one(Reader))
        self.correio.show_keys()
        self._show()
        if self.file:
            self.take_table(self.file)
        else:
            self.call_after_refresh(self.table)

    def on_screen_resume(self) -> None:
        """Back from a dialog."""
        self.correio.show_keys()

    def on_descendant_focus(self) -> None:
        """A line is asked for, or was."""
        self.correio.show_keys()

    @property
    def has_mails(self) -> bool:
        """Whether something could be sent."""
        return any(not one.trouble for one in self.filled) and not self._queueing

    @property
    def has_trouble(self) -> bool:
        """Whether some rows cannot be sent."""
        return any(one.trouble for one in self.filled)

    # ------------------------------------------------------------------ the table

    @does(doing.Table)
    def table(self, argument: str = "") -> None:
        """Ask for a file, or for contacts."""
        if argument:
            self.take_table(argument)
            return
        usual = str(self.correio.desk.remembered("merge-folder", f"{Path.home()}/"))
        label = _("Table (CSV), or {sign} for the address book: ").format(sign=BOOK)
        self._asked[label] = self.take_table
        self.query_one(Prompt).ask(label, label, usual, self._complete)

    def _complete(self, typed: str) -> Sequence[str]:
        if not typed.startswith(BOOK):
            return complete_file(typed)
        from core.contact_book import groups, read_book

        try:
            names = groups(read_book(self.correio.desk.settings.contacts.folder))
        except CorreioError:
            return []
        wanted = typed[len(BOOK) :].casefold()
        return [f"{BOOK}{name}" for name in names if name.casefold().startswith(wanted)]

    def take_table(self, text: str) -> None:
        """Fill the message from this file, or from the address book."""
        try:
            source = self._book(text) if text.startswith(BOOK) else self._read(path_typed(text))
        except (CorreioError, OSError) as error:
            words = sentence(error) if isinstance(error, CorreioError) else error.strerror or str(error)
            self.correio.say(words, warning=True)
            return
        which = self.correio.desk.settings.compose.merge_addresses
        self._fill(merging.plan(self.draft, source, which=which))

    def _read(self, path: Path) -> Source:
        source = read_csv(path.read_bytes(), path.name)
        self.correio.desk.remember("merge-folder", f"{path.absolute().parent}/".replace("//", "/"))
        return source

    def _book(self, text: str) -> Source:
        from core.contact_book import as_source, members, read_book

        group = text[len(BOOK) :].strip()
        people = members(read_book(self.correio.desk.settings.contacts.folder), group)
        return as_source(people, group or _("Address book"))

    def _fill(self, plan: Plan) -> None:
        self.plan, self.place = plan, 0
        self.filled = list(merging.fill_all(plan))
        self._show()

    @does(doing.Column)
    def column(self) -> None:
        """Where the addresses stand."""
        from tui.screens.picker import Picker
        from tui.widgets.choice_list import Choice

        plan = self.plan
        if plan is None:
            return
        rows = plan.source.rows
        choices = [Choice(n, name, clean_line(rows[0][n]) if rows else "") for n, name in enumerate(plan.source.columns)]

        def chosen(n: int | None) -> None:
            if n is not None:
                self._fill(replace(plan, column=n, to=""))

        self.app.push_screen(Picker(_("Address column"), choices), chosen)

    @does(doing.Which)
    def which(self) -> None:
        """The main address of each, or all."""
        if self.plan is not None:
            self._fill(replace(self.plan, which=merging.MAIN if self.plan.which == merging.ALL else merging.ALL))

    # ------------------------------------------------------------------ looking through

    @does(doing.Next, move.NextMessage)
    def show_next(self) -> None:
        """The next person's message."""
        self._go(self.place + 1)

    @does(doing.Previous, move.PreviousMessage)
    def show_previous(self) -> None:
        """The message of the person before."""
        self._go(self.place - 1)

    @does(doing.NextTrouble)
    def next_trouble(self) -> None:
        """The next row with trouble, from the top after the last."""
        places = [n for n, one in enumerate(self.filled) if one.trouble]
        self._go(next((n for n in places if n > self.place), places[0] if places else self.place))

    def _go(self, place: int) -> None:
        self.place = min(max(place, 0), max(len(self.filled) - 1, 0))
        self._show()

    def _show(self) -> None:
        plan = self.plan
        if plan is None or not self.filled:
            words = _("Each person gets a message of their own; {name} stands for what the column “name” says.")
            self.query_one("#table", Static).update(Content(words))
            self._show_message(self.draft, _("The message"))
            return
        one = self.filled[self.place]
        self.query_one("#table", Static).update(Content("\n".join(self._about(plan))))
        self._show_message(one.draft, _("Row {n} of {total:,}").format(n=one.row + 1, total=len(plan.source.rows)))
        trouble = self.query_one("#trouble", Static)
        trouble.update(Content("\n".join(sentence(CorreioError(each.id, what=each.what)) for each in one.trouble)))
        trouble.display = bool(one.trouble)
        self.correio.show_keys()

    def _about(self, plan: Plan) -> list[str]:
        total = count(self.filled)
        source = plan.source
        facts = [clean_line(source.name), ngettext("{n} row", "{n} rows", len(source.rows)).format(n=f"{len(source.rows):,}")]
        if source.delimiter:
            mark = _(MARKS[source.delimiter]) if source.delimiter in MARKS else source.delimiter
            charset = source.charset or _("charset guessed")
            facts.append(_("columns parted by {mark} · {charset}").format(mark=mark, charset=charset))
        lines = [" · ".join(facts)]
        column = source.columns[plan.column] if 0 <= plan.column < len(source.columns) else "—"
        where = plan.to or _("column {name}").format(name=column)
        some = _("all addresses of each") if plan.which == merging.ALL else _("the main address of each")
        lines.append(_("To: {where}, {some}").format(where=clean_line(where), some=some))
        mails = ngettext("{n} mail", "{n} mails", total.mails).format(n=f"{total.mails:,}")
        left = ngettext("{n} row cannot be sent", "{n} rows cannot be sent", total.left_out).format(n=f"{total.left_out:,}")
        lines.append(f"{mails} · {left}" if total.left_out else mails)
        if source.ragged:
            lines.append(ngettext("{n} row has more or fewer cells than there are columns", "{n} rows have more or fewer cells"
                                  " than there are columns", len(source.ragged)).format(n=len(source.ragged)))  # fmt: skip
        return lines

    def _show_message(self, draft: Draft, title: str) -> None:
        headers = [(_("To"), format_addresses(draft.to))]
        headers += [(label, format_addresses(people)) for label, people in ((_("Cc"), draft.cc), (_("Bcc"), draft.bcc)) if people]

        def lay_out(width: int) -> Page:
            return render_text(draft.body, width, flowed=draft.options.flowed)

        key = ("merge", self.place, draft.body)
        self.query_one(Reader).show(Sheet(key=key, headers=tuple(headers), lay_out=lay_out, subject=draft.subject))
        self.query_one(HeaderBar).folder = f"{_('Mail merge')} · {title}"

    # ------------------------------------------------------------------ sending

    @does(doing.Send)
    def send(self) -> None:
        """Say how many, ask, and queue them."""
        from tui.screens.dialog import Confirm

        plan, total = self.plan, count(self.filled)
        if plan is None or not self.has_mails:
            return
        said = bulk_words(self.correio.desk.settings, plan.draft, self.filled, total)
        question = " ".join([count_words(total), *said])
        self.app.push_screen(Confirm(question, _("Send all")), lambda yes: self._put_all(plan, total.mails) if yes else None)

    def _put_all(self, plan: Plan, mails: int) -> None:
        self._queueing = True
        correio, settings, draft_id = self.correio, self.correio.desk.settings, self.draft_id
        name = clean_line(plan.draft.subject) or plan.source.name

        def told(done: int) -> bool:
            correio.call_from_thread(correio.say, _("{done:,} of {total:,} are in the outbox").format(done=done, total=mails))
            return not self._halt.is_set()

        def work(db: Database) -> int:
            return queue_all(db, settings, plan, name, not_before=due_time(settings), draft_id=draft_id, progress=told)

        self.correio.desk.write(work, self._all_put)

    def _all_put(self, batch: Any, error: CorreioError | None) -> None:
        self._queueing = False
        if error is not None:
            self.correio.say(sentence(error), warning=True, seconds=15)
            return
        if not batch:
            self.correio.say(_("Nothing is sent."))
            self.dismiss(False)
            return
        self.correio.store_changed()
        key = self.correio.key_for(_outbox()) or ":outbox"
        words = _("They go out one by one; the outbox ({key}) shows or stops them.").format(key=key)
        correio = self.correio
        self.dismiss(True)
        correio.call_after_refresh(correio.say, words, seconds=8)

    @does(program.Back, program.Cancel)
    def back(self) -> None:
        """Back to the message; while messages are queued, that is stopped and nothing goes."""
        if self._queueing:
            self._halt.set()
        else:
            self.dismiss(False)

    async def on_prompt_answered(self, event: Prompt.Answered) -> None:
        """A line was finished."""
        if event.purpose == "command":
            await self.correio.do_command(event.text)
        elif (answered := self._asked.get(event.purpose)) is not None:
            answered(event.text)


def _outbox() -> Any:
    from tui.actions import outbox

    return outbox.Show
