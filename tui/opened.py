"""A message made ready for the reader: its sheet, rendered where it must be in the worker process."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec.structs import replace

from core import operations
from core.address import Address
from core.cells import wrap
from core.clean import clean_line
from core.flags import Flag, Mark
from core.message import bodies as body_parts
from core.part import Part
from core.reading import Body
from core.rendered import PART, Line, Page, Span
from core.source_text import render_source
from core.store import messages
from core.store.database import Database
from core.text import render_text
from core.words import decode_words
from tui.dates import clock_there, full_date
from tui.translation import _, ngettext
from tui.widgets.sheet import AttachmentLine, Card, Sheet
from tui.writers import Known

if TYPE_CHECKING:
    from tui.digest import Enclosed
    from tui.pictured import Drawn

_NEARLY_NOTHING = 100
"""Bytes of a text that may be nothing but blanks and ends of lines."""
RenderHtml = Callable[[str, int, Mapping[str, str]], Page]


@dataclass
class Opened:
    """One message in the reader. `form`: plain, html or source."""

    body: Body
    render_html: RenderHtml
    form: str = ""
    list_line: str = ""
    """A line of lesser weight above the text."""
    card: Card | None = None
    pictures: tuple[Drawn, ...] = ()
    """Images that are shown in the text or below it."""
    loaded: dict[str, str] = field(default_factory=dict)
    """The remote images that were loaded, by address: their size in words."""
    load_key: str = ""
    """The key that loads remote images."""
    files_key: str = ""
    """The key that lists the attachments."""
    rest_words: str = ""
    """How to come by all of a text that is too long to be shown whole."""
    _pages: dict[tuple[str, int], Page] = field(default_factory=dict)
    _texts: dict[str, str] = field(default_factory=dict)
    """The texts of parts by section, once they were taken out of the store."""
    unfolds: bool = True
    """Whether the mails of a digest are shown below each other; they are files too."""

    @property
    def shown_form(self) -> str:
        """What is shown when nobody chose: plain text where there is some."""
        if self.form:
            return self.form
        if self.body.html_part is None or (self.body.text_part is not None and not self._is_blank(self.body.text_part)):
            return "plain"
        return "html"

    @property
    def key(self) -> tuple[int, str]:
        """What its sheet is known by."""
        return self.body.id, self.shown_form

    def forms(self) -> tuple[str, ...]:
        """What it can be shown as, in the order in which a key goes through them."""
        found = ["plain"] if self.body.text_part is not None or self._digest else []
        found += ["html"] if self.body.html_part is not None else []
        return (*found, "source") if self.body.raw is not None else tuple(found)

    def turn(self) -> bool:
        """Show it in the next of its forms; False where there is no other."""
        forms = self.forms()
        if len(forms) > 1:
            self.form = forms[(forms.index(self.shown_form) + 1) % len(forms)]
        return len(forms) > 1

    def page(self, width: int) -> Page:
        """The body for a width in cells; HTML goes to the worker process, which has a deadline."""
        key = (self.shown_form, width)
        if key not in self._pages:
            page = with_rest(self._rendered(width), width, self.rest_words)
            if self.pictures and self.shown_form != "source":
                from tui.pictured import with_pictures

                page = with_pictures(page, self.pictures)
            if not any(line.text for line in page.lines):
                page = replace(page, lines=(Line((Span(_("(no text)"), "dim"),)),))
            self._pages[key] = page
        return self._pages[key]

    def is_laid_out(self, width: int) -> bool:
        """Whether `page` has it at once."""
        return (self.shown_form, width) in self._pages

    @cached_property
    def _digest(self) -> list[Enclosed]:
        """The mails of a digest."""
        if not self.unfolds or not any(part.type == "multipart/digest" for part in self.body.parts):
            return []
        from tui.digest import enclosed

        return enclosed(self)

    @property
    def takes_long(self) -> bool:
        """Whether it goes to the worker process, and so is to be laid out in a thread."""
        return self.shown_form == "html" or (self.shown_form == "plain" and any(one.is_html for one in self._digest))

    def take(self) -> None:
        """Take the texts out of the store now: laying them out may then happen in another thread."""
        for one in self._digest:
            if one.opened is not None:
                one.opened.take()
        for part in (*body_parts(self.body.parts), self.body.html_part):
            if part is not None:
                self._text(part)

    def _text(self, part: Part) -> str:
        if part.section not in self._texts:
            self._texts[part.section] = self.body.text(part) if self.body.has(part) else ""
        return self._texts[part.section]

    def _is_blank(self, part: Part) -> bool:
        """Whether there is a plain part because there has to be one, with nothing in it."""
        return part.size < _NEARLY_NOTHING and self.body.has(part) and not self._text(part).strip()

    def _rendered(self, width: int) -> Page:
        if self.shown_form == "source":
            return render_source(self.body.raw or b"", width)
        html = self.body.html_part if self.shown_form == "html" else None
        texts = (html,) if html is not None else body_parts(self.body.parts)
        pages = {part.section: self._text_page(part, width) for part in texts}
        pages |= {one.part.section: one.page(width) for one in self._digest}
        if len(pages) == 1:
            return next(iter(pages.values()))
        from core.digests import joined

        mails = {one.part.section for one in self._digest}
        found: list[Page] = []
        before = ""
        for section in (part.section for part in self.body.parts if part.section in pages):
            if before in mails and section not in mails:
                found.append(Page((Line((Span("─" * width, f"rule {PART}"),)),)))  # the list's own words again
            found.append(pages[section])
            before = section
        return joined(found)

    def _text_page(self, part: Part, width: int) -> Page:
        if part.type == "text/html":
            return self._laid_out(part, width)
        flowed = part.params.get("format", "").lower() == "flowed"
        delsp = part.params.get("delsp", "").lower() == "yes"
        return render_text(self._text(part), width, flowed=flowed, delsp=delsp)

    def _laid_out(self, part: Part, width: int) -> Page:
        return self.render_html(self._text(part), width, {**self.body.image_names, **self.loaded})

    def _their_clock(self) -> str:
        date, offset = self.body.envelope.date, self.body.envelope.date_offset
        differs = date is not None and offset * 60 != time.localtime(date).tm_gmtoff
        return clock_there(date, offset) if date is not None and differs else ""

    def sheet(self, notices: tuple[str, ...] = (), page: Page | None = None, sender: Known | None = None) -> Sheet:
        """What the reader shows; `sender`: what is known of who wrote it."""
        sender = sender or Known()
        envelope = self.body.envelope
        attached = attachment_lines(self.body) if self.body.attachments else ()
        rows = [
            (_("From"), people(envelope.from_)),
            (_("To"), people(envelope.to)),
            (_("Cc"), people(envelope.cc)),
            (_("Date"), full_date(envelope.date, envelope.date_offset) if envelope.date is not None else ""),
            (_("Priority"), _("high") if envelope.marks & Mark.HIGH else ""),
        ]
        if envelope.reply_to and envelope.reply_to != envelope.from_:
            rows.insert(1, (_("Reply-To"), people(envelope.reply_to)))
        in_its_line = (_("From"), _("Date"), _("Priority"))
        everything = tuple((clean_line(name), clean_line(decode_words(value))) for name, value in self.body.headers.items())
        return Sheet(
            key=self.key,
            headers=tuple((name, value) for name, value in rows if value),
            sender=people(envelope.from_),
            their_clock=self._their_clock(),
            addressed=tuple((name, value) for name, value in rows if value and name not in in_its_line),
            lay_out=self.page,
            subject=envelope.subject,
            all_headers=everything,
            attachments=attached,
            files_key=self.files_key,
            notices=(*notices, *(blocked(page, self.load_key, self.rest_words) if page is not None else ())),
            vouched=sender.vouched,
            warnings=sender.warnings,
            told=sender.told,
            about=sender.about,
            list_line=self.list_line,
            card=self.card,
        )


def attachment_lines(body: Body) -> tuple[AttachmentLine, ...]:
    """The attachments of a message, as they are listed above its text."""
    from tui.file_words import type_words
    from tui.files import files_of

    return tuple(AttachmentLine(n, one.name, type_words(one.type, one.name), one.size) for n, one in enumerate(files_of(body), 1))


def first_unread(db: Database, ids: Sequence[int], otherwise: int) -> int:
    """The first of these messages that is unread, or `otherwise`."""
    return next((id for id in ids if not messages.flags_of(db, id) & Flag.SEEN), otherwise)


def mark_read(db: Database, message: int) -> int:
    """Mark a message read because it was shown: no step of its own for undo, since nobody pressed a key for it."""
    places = [(folder, message) for folder in messages.folders_of(db, message)]
    return operations.set_flag(db, places, Flag.SEEN, True, actor="reader")


def people(addresses: tuple[Address, ...]) -> str:
    """Names with their addresses, as a reader wants them."""
    return ", ".join(f"{one.name} <{one.addr}>" if one.name else one.addr for one in addresses)


MOST_HOSTS = 3
"""Of those that remote images would come from, so many are named."""


CUT_SHORT = frozenset(("text-too-long", "html-too-long"))
"""Notices of pages that are only the beginning."""


def with_rest(page: Page, width: int, words: str) -> Page:
    """Below a page that is only the beginning it says so, and how to come by the rest."""
    if CUT_SHORT.isdisjoint(page.notices):
        return page
    end = wrap(_("This is not all of it. {how}").format(how=words).strip(), width)
    return replace(page, lines=(*page.lines, Line(), *(Line((Span(piece, "dim"),)) for piece in end)))


def blocked(page: Page, key: str = "", rest: str = "") -> tuple[str, ...]:
    """What was not loaded and from whom, as sentences above the text; `key` loads it, `rest` tells of all of a long text."""
    found = []
    if page.images:
        words = ngettext("{n} remote image was not loaded", "{n} remote images were not loaded", page.images)
        if page.trackers == page.images:
            words = ngettext("{n} tracker was not loaded", "{n} trackers were not loaded", page.images)
        sentence = words.format(n=page.images)
        if 0 < page.trackers < page.images:
            more = ngettext("{n} of them a tracker", "{n} of them trackers", page.trackers).format(n=page.trackers)
            sentence = f"{sentence}, {more}"
        if page.remote:
            sentence = f"{sentence} ({_named(hosts_of(page))})"
        seen = page.images > page.trackers
        found.append(_("{what}. {key} loads images.").format(what=sentence, key=key) if key and seen else f"{sentence}.")
    notices = {
        "html-too-slow": _("This HTML takes too long to lay out: its bare text is shown."),
        "html-too-long": _("This HTML is very large: its beginning is shown. {how}").format(how=rest).strip(),
        "text-too-long": _("This text is very long: its beginning is shown. {how}").format(how=rest).strip(),
        "html-failed": _("This HTML cannot be laid out: its bare text is shown."),
        "html-too-deep": _("This HTML is nested very deeply: a part of it is shown."),
    }
    found += [notices.get(id, id) for id in page.notices]
    return tuple(found)


def hosts_of(page: Page) -> list[str]:
    """The organisations that the remote content of a page would come from, the one with most first."""
    from core.domains import organisation
    from core.link_target import host_of

    homes = [organisation(host_of(one.address)) or "?" for one in page.remote]
    return sorted(dict.fromkeys(homes), key=lambda home: -homes.count(home))


def _named(hosts: list[str]) -> str:
    named = ", ".join(hosts[:MOST_HOSTS])
    left = len(hosts) - MOST_HOSTS
    return named if left <= 0 else ngettext("{named} and {n} other", "{named} and {n} others", left).format(named=named, n=left)
