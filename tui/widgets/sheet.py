"""What the reader is given to show, and its lines: header block, notices, attachments, body."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from msgspec import Struct
from msgspec.structs import replace

from core.cells import cell_len, cut, pad, wrap
from core.clean import clean_line
from core.rendered import Line, Page, Span, deep_quotes
from core.sizes import measured
from core.subject_line import plain_subject
from tui.glyphs import Glyphs
from tui.translation import N_, _, ngettext

MOST_HEADER_LINES = 3
"""Lines of one header in the usual block: a message to 400 people is not 40 lines of addresses."""
LABEL = 14
MOST_FILES = 5
FIRST_FILES = 3
"""Of more than MOST_FILES attachments so many are listed above the text, which would not be in view else."""


Card = Callable[[int, Glyphs], tuple[Line, ...]]
"""The lines of a card above the text for a width in cells."""


class AttachmentLine(Struct, frozen=True):
    """An attachment as listed above the text."""

    number: int
    name: str
    type: str
    """What it is, in words."""
    size: int
    """Bytes, about as many as it has when it is saved."""


class Sheet(Struct, frozen=True):
    """One message to read."""

    key: Hashable
    """What tells it from others: where one was in it is remembered under this key."""
    headers: tuple[tuple[str, str], ...]
    """Labels in the user's language with their values, in order; a label may stand several times."""
    lay_out: Callable[[int], Page]
    """The body for a width in cells; called again when the width changes."""
    subject: str = ""
    sender: str = ""
    """Who wrote it, with the address."""
    their_clock: str = ""
    """The time on the writer's clock, where it is another one than here."""
    addressed: tuple[tuple[str, str], ...] = ()
    """Of the headers those that are shown in a conversation, where a line tells of sender and time."""
    all_headers: tuple[tuple[str, str], ...] = ()
    attachments: tuple[AttachmentLine, ...] = ()
    files_key: str = ""
    """The key that lists them."""
    notices: tuple[str, ...] = ()
    """Sentences shown above the text."""
    vouched: str = ""
    """The domain that the mail was proved to come from; '' where nothing is proved."""
    warnings: tuple[str, ...] = ()
    """Sentences that speak against the sender."""
    told: tuple[str, ...] = ()
    """Other sentences about the sender."""
    about: tuple[str, ...] = ()
    """What is known of the sender, shown with all headers."""
    list_line: str = ""
    """What is to be said of the mailing list, dim."""
    card: Card | None = None
    """Such as that of an invitation."""


class Shown(Struct, frozen=True):
    """A line of the reader."""

    line: Line
    body: int = -1
    """Index in the body's lines, -1 for what stands above it."""
    attachment: int = 0
    """Number of the attachment listed on this line."""
    look: str = ""
    """A look under the spans, filled to the end of the line."""
    folds: int = 0
    """The quoted lines that this line stands for: their block, or below 0 those from the line -1 - n of the body on."""


def blocks_of(page: Page) -> frozenset[int]:
    """The numbers of the blocks of quoted text that can be folded."""
    return frozenset(line.block for line in page.lines if line.block)


def deep_folds(page: Page, levels: int) -> frozenset[int]:
    """What is folded where only so many levels of quotation are shown: numbers below 0, as `lay_out` takes them."""
    return frozenset(-1 - start for start in deep_quotes(page.lines, levels))


def lay_out(
    sheet: Sheet,
    page: Page,
    width: int,
    glyphs: Glyphs,
    *,
    full_headers: bool = False,
    folded: frozenset[int] = frozenset(),
    levels: int = 99,
    subject: str | None = None,
) -> list[Shown]:
    """All lines of a sheet for `width` cells; `page` is its body at that width.

    `folded`: blocks of quoted text, and below 0 what is quoted deeper than `levels` (`deep_folds`). With `subject`, that of
    a conversation, it stands in that: without what a line tells of sender and time, and without the subject again.
    """
    if subject is not None and not full_headers:
        again = plain_subject(sheet.subject) == plain_subject(subject)
        sheet = replace(sheet, headers=sheet.addressed, subject="" if again else sheet.subject)
    warnings = _sentences(sheet.warnings, width, f"{glyphs.urgent} ", "warning")
    if full_headers and sheet.all_headers:
        shown = [*warnings, *_sentences(sheet.about, width, f"{glyphs.bar} ", "faint")]
        shown += _header_lines(sheet, width, glyphs, True)
    else:
        shown = [*_header_lines(sheet, width, glyphs, full_headers, bool(sheet.subject) or subject is None), *warnings]
    shown += _sentences((*sheet.told, *sheet.notices), width, f"{glyphs.bar} ", "notice")
    shown += [Shown(Line((Span(line, "faint"),))) for line in wrap(clean_line(sheet.list_line), width) if line]
    shown += _attachment_lines(sheet, width, glyphs, full_headers)
    shown += [Shown(line) for line in sheet.card(width, glyphs)] if sheet.card is not None else []
    if shown:
        shown.append(Shown(Line((Span(glyphs.line * width, "rule"),)) if subject is None else Line()))
    shown += _body_lines(page, glyphs, folded, levels)
    return shown


def _sentences(sentences: tuple[str, ...], width: int, sign: str, look: str) -> list[Shown]:
    room = max(width - cell_len(sign), 8)
    lines = ((n, line) for one in sentences for n, line in enumerate(wrap(clean_line(one), room)))
    blank = sign if look != "warning" else " " * cell_len(sign)
    return [Shown(Line((Span(f"{blank if n else sign}{line}"),)), look=look) for n, line in lines]


SIZES = {"B": N_("{size} B"), "KB": N_("{size} KB"), "MB": N_("{size} MB"), "GB": N_("{size} GB")}


def human_size(size: int) -> str:
    """Bytes for people, in their language (`core.sizes`)."""
    number, unit = measured(size)
    return _(SIZES[unit]).format(size=number)


def _header_lines(sheet: Sheet, width: int, glyphs: Glyphs, full: bool, titled: bool = True) -> list[Shown]:
    lines: list[Shown] = []
    entries = sheet.all_headers if full and sheet.all_headers else sheet.headers
    if not full and titled:
        subject = clean_line(sheet.subject) or _("(no subject)")
        lines += [Shown(Line((Span(line, "header-subject"),))) for line in wrap(subject, width)[:MOST_HEADER_LINES]]
    widest = max((cell_len(clean_line(name)) for name, _value in entries), default=0)
    label = min(widest + 2, LABEL if not full else 30, max(width // 2, 1))
    for name, value in entries:
        pieces = wrap(clean_line(value), max(width - label, 8))
        if not full and len(pieces) > MOST_HEADER_LINES:
            pieces = pieces[:MOST_HEADER_LINES]
            pieces[-1] = cut(pieces[-1] + " " * width, max(width - label, 8), glyphs.ellipsis).rstrip()
            pieces[-1] = cut(pieces[-1].rstrip(glyphs.ellipsis).rstrip(), max(width - label - 2, 6), "") + " " + glyphs.ellipsis
        for index, piece in enumerate(pieces):
            head = pad(clean_line(name), label) if index == 0 else " " * label
            lines.append(Shown(Line((Span(head, "header-name"), Span(piece, "header-value")))))
    if sheet.vouched and not full:
        # The labels are ours: no name or address can write into their column.
        vouched = cut(clean_line(sheet.vouched), max(width - label, 8), glyphs.ellipsis)
        lines.append(Shown(Line((Span(pad(glyphs.sure, label), "good"), Span(vouched, "faint")))))
    return lines


def _attachment_lines(sheet: Sheet, width: int, glyphs: Glyphs, full: bool) -> list[Shown]:
    """All attachments, or the first ones and a line for the others."""
    folds = len(sheet.attachments) > MOST_FILES and not full
    listed = sheet.attachments[:FIRST_FILES] if folds else sheet.attachments
    shown = [_attachment_line(one, width, glyphs) for one in listed]
    rest = sheet.attachments[len(listed) :]
    if rest:
        words = ngettext("{n} more file, {size}", "{n} more files, {size}", len(rest))
        words = words.format(n=len(rest), size=human_size(sum(one.size for one in rest)))
        if sheet.files_key:
            words = _("{what} · {key} lists all").format(what=words, key=sheet.files_key)
        line = Line((Span(f"{glyphs.clip} ", "linknumber"), Span(cut(words, width - cell_len(glyphs.clip) - 1), "faint")))
        shown.append(Shown(line, attachment=rest[0].number))
    return shown


def _attachment_line(one: AttachmentLine, width: int, glyphs: Glyphs) -> Shown:
    lead = f"{glyphs.clip} {one.number} "
    room = max(width - cell_len(lead), 8)
    size = f", {human_size(one.size)}"
    about = f"  {cut(clean_line(one.type), max(room // 2 - cell_len(size), 4), glyphs.ellipsis)}{size}"
    name = cut(clean_line(one.name) or _("(no name)"), max(room - cell_len(about), 8), glyphs.ellipsis)
    return Shown(Line((Span(lead, "linknumber"), Span(name, "attachment"), Span(about, "faint"))), attachment=one.number)


def _body_lines(page: Page, glyphs: Glyphs, folded: frozenset[int], levels: int) -> list[Shown]:
    if not folded:
        return [Shown(line, index) for index, line in enumerate(page.lines)]
    counts: dict[int, int] = {}
    for line in page.lines:
        counts[line.block] = counts.get(line.block, 0) + 1
    deep = deep_quotes(page.lines, levels) if min(folded) < 0 else {}
    lines: list[Shown] = []
    standing: set[int] = set()
    behind = 0
    for index, line in enumerate(page.lines):
        if line.block in folded:
            if line.block not in standing:
                standing.add(line.block)
                lines.append(_fold_line(index, counts[line.block], line.block, glyphs))
        elif index in deep and -1 - index in folded:
            behind = deep[index]
            lines.append(_fold_line(index, behind - index, -1 - index, glyphs))
        elif index >= behind:
            lines.append(Shown(line, index))
    return lines


def _fold_line(index: int, count: int, folds: int, glyphs: Glyphs) -> Shown:
    words = ngettext("{count} quoted line", "{count} quoted lines", count).format(count=count)
    return Shown(Line((Span(f"{glyphs.closed} {words}", "fold"),)), index, folds=folds)
