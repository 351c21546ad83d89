"""What became of sent mail, in words."""

from __future__ import annotations

from collections.abc import Sequence

from core.clean import clean_line
from core.store import sent_events
from core.store.batches import CANCELLED, PAUSED, Batch
from core.store.sent_events import Event
from tui.dates import full_date
from tui.sentences import sentence
from tui.translation import N_, _, ngettext

SAID = {
    sent_events.ACCEPTED: N_("accepted by {teller}"),
    sent_events.REFUSED: N_("refused by {teller}"),
    sent_events.DELIVERED: N_("delivered, says {teller}"),
    sent_events.RELAYED: N_("handed on to a server that tells no more, says {teller}"),
    sent_events.EXPANDED: N_("handed on to a list, says {teller}"),
    sent_events.DELAYED: N_("delayed, says {teller}"),
    sent_events.FAILED: N_("not delivered, says {teller}"),
    sent_events.OPENED: N_("opened, says {teller}"),
    sent_events.DELETED: N_("deleted unread, says {teller}"),
    sent_events.FETCHED: N_("its file was fetched, says {teller}"),
}
_WEIGHT = {kind: weight for weight, kind in enumerate((
    sent_events.ACCEPTED, sent_events.RELAYED, sent_events.EXPANDED, sent_events.DELAYED, sent_events.DELIVERED,
    sent_events.DELETED, sent_events.OPENED, sent_events.FETCHED, sent_events.REFUSED, sent_events.FAILED,
))}  # fmt: skip
"""What tells most of how a mail ended."""
MOST_NAMED = 3


def words_of(event: Event) -> str:
    """One thing that was said, without the recipient."""
    said = _(SAID.get(event.kind, event.kind)).format(teller=event.teller or _("nobody who gives a name"))
    why = " ".join(part for part in (event.code, event.words) if part)
    return clean_line(f"{said}: {why}" if why and event.kind in (
        sent_events.REFUSED, sent_events.FAILED, sent_events.DELAYED, sent_events.ACCEPTED) else said)  # fmt: skip


def last_words(events: Sequence[Event]) -> dict[str, Event]:
    """Recipient → what tells most about how the mail fared there."""
    found: dict[str, Event] = {}
    for event in events:
        known = found.get(event.recipient)
        if known is None or _WEIGHT.get(event.kind, 0) >= _WEIGHT.get(known.kind, 0):
            found[event.recipient] = event
    return found


def in_short(events: Sequence[Event]) -> str:
    """One line for the reader: the worst first, else how far it came."""
    last = last_words(events)
    by_kind: dict[str, list[Event]] = {}
    for event in last.values():
        by_kind.setdefault(event.kind, []).append(event)
    parts = []
    for kind in sorted(by_kind, key=lambda one: -_WEIGHT.get(one, 0)):
        found = by_kind[kind]
        people = ", ".join(clean_line(one.recipient) for one in found[:MOST_NAMED] if one.recipient)
        if len(found) > MOST_NAMED:
            people = ngettext("{n} recipient", "{n} recipients", len(found)).format(n=len(found))
        words = words_of(max(found, key=lambda one: one.made))
        if kind == sent_events.ACCEPTED:
            parts.append(_("{words} on {date}").format(words=words.partition(":")[0], date=full_date(found[0].made)))
        else:
            parts.append(f"{people}: {words}" if people else words)
    return "; ".join(parts)


def in_full(events: Sequence[Event]) -> list[tuple[str, str, str]]:
    """(recipient, words, date), in the order in which it became known."""
    return [(clean_line(one.recipient), words_of(one), full_date(one.made)) for one in events]


def batch_words(batch: Batch) -> str:
    """How far a sending to many is."""
    parts = [_("{sent:,} of {total:,} sent").format(sent=batch.sent, total=batch.total)]
    if batch.failed:
        parts.append(ngettext("{n} not sent", "{n} not sent", batch.failed).format(n=f"{batch.failed:,}"))
    if batch.uncertain:
        parts.append(ngettext("{n} uncertain", "{n} uncertain", batch.uncertain).format(n=f"{batch.uncertain:,}"))
    if batch.troubled:
        parts.append(ngettext("{n} not delivered", "{n} not delivered", batch.troubled).format(n=f"{batch.troubled:,}"))
    if batch.cancelled:
        parts.append(ngettext("{n} cancelled", "{n} cancelled", batch.cancelled).format(n=f"{batch.cancelled:,}"))
    return ", ".join(parts)


def batch_state(batch: Batch) -> str:
    """One word."""
    if batch.state == CANCELLED:
        return _("stopped")
    if batch.through:
        return _("through")
    if batch.state == PAUSED:
        return _("paused")
    return _("waiting") if batch.not_before else _("being sent")


def batch_why(batch: Batch) -> str:
    """What there is to know of it."""
    lines = [batch_words(batch)]
    if batch.state == PAUSED and not batch.through:
        lines.append(_("Nothing more of it goes until you let it go on."))
        return "\n".join(lines)
    if batch.reason is not None:
        lines.append(sentence(batch.reason))
    if batch.not_before and not (batch.reason is not None and "until" in batch.reason.values):
        lines.append(_("It goes on {when}.").format(when=full_date(batch.not_before)))
    return "\n".join(clean_line(line) for line in lines)
