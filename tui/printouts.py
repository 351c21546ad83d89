"""Messages of the store made ready for paper, in the user's language; in a thread with a connection of its own."""

from __future__ import annotations

from collections.abc import Sequence

from core.clean import clean_line
from core.printing import MOST_LINES, MOST_MESSAGES, WIDTH, Labels, Printout, printout
from core.reading import open_body
from core.store.database import Database
from tui.dates import full_date
from tui.opened import Opened, RenderHtml, people
from tui.translation import N_, _
from tui.widgets.sheet import human_size


def labels() -> Labels:
    """The words on paper."""
    return Labels(
        _("Page {page} of {pages}"),
        _("Signs missing here, as no font on this machine has them: {n}."),
        _("Lines that are not printed: {n}."),
    )


def missing(db: Database, ids: Sequence[int]) -> list[int]:
    """Those of the messages whose text is still on the server."""
    return [id for id in ids[:MOST_MESSAGES] if not open_body(db, id).here]


def printouts(db: Database, ids: Sequence[int], render: RenderHtml) -> tuple[Printout, ...]:
    """The messages, in the order given."""
    found: list[Printout] = []
    left = MOST_LINES
    for id in ids[:MOST_MESSAGES]:
        one = _printout(db, id, render, left)
        left = max(left - len(one.lines), 0)
        found.append(one)
    return tuple(found)


def _printout(db: Database, id: int, render: RenderHtml, most: int) -> Printout:
    body = open_body(db, id)
    envelope = body.envelope
    files = ", ".join(f"{clean_line(part.name or part.type)} ({human_size(part.decoded_size)})" for part in body.attachments)
    rows = [
        (_("From"), people(envelope.from_)),
        (_("To"), people(envelope.to)),
        (_("Cc"), people(envelope.cc)),
        (_("Date"), full_date(envelope.date, envelope.date_offset) if envelope.date is not None else ""),
        (_("Attached"), files),
    ]
    headers = [(label, clean_line(value)) for label, value in rows if value]
    title = clean_line(envelope.subject) or _("(no subject)")
    return printout(title, headers, Opened(body, render).page(WIDTH), _("Links"), most=most)


FORMS = {"pdf": N_("PDF file"), "html": N_("HTML file"), "text": N_("Text file")}
ENDINGS = {"pdf": ".pdf", "html": ".html", "text": ".txt"}
