"""What may have been forgotten or mistaken before a message is sent, each asked once."""

from __future__ import annotations

import time
from collections.abc import Iterator

from msgspec import Struct

from core.address import Address
from core.clean import clean_line
from core.draft import Draft, size_of
from core.flowed import SIGNATURE
from core.own_addresses import is_own
from core.placeholders import has_placeholders
from core.senders import foreign_sender, identity_for
from core.settings import Identity, Settings
from core.store import quota, sender_choices
from core.store.database import Database
from tui.translation import _
from tui.widgets.sheet import human_size


class Reminder(Struct, frozen=True):
    """A question before sending."""

    id: str
    """What it is about: asked once for a message."""
    question: str
    hides: bool = False
    """Whether everybody can be moved to Bcc instead."""
    senders: tuple[str, ...] = ()
    """Ids of senders that it could come from instead."""
    keep: str = ""
    """A name under which the answer is remembered for good."""


def reminders(draft: Draft, settings: Settings, db: Database, *, picked: bool) -> Iterator[Reminder]:
    """The questions about a draft. `picked`: the sender was chosen by hand."""
    if 0 < draft.send_at <= time.time():
        yield Reminder("past", _("The time at which it was to go out has passed. Send it at once?"))
    yield from _empty(draft)
    yield from _attachment(draft)
    if has_placeholders(draft):
        yield Reminder("placeholders", _("A placeholder of a template is still in the message. Send it all the same?"))
    yield from _size(draft, settings, db)
    yield from _many(draft, settings)
    yield from _sender(draft, settings, db, picked)


def _empty(draft: Draft) -> Iterator[Reminder]:
    no_subject = not draft.subject.strip()
    no_text = not own_text(draft.body) and not draft.attachments and draft.answers is None
    if no_subject and no_text:
        yield Reminder("empty", _("The message has no subject and no text. Send it all the same?"))
    elif no_subject:
        yield Reminder("subject", _("The message has no subject. Send it all the same?"))
    elif no_text:
        yield Reminder("text", _("The message has no text. Send it all the same?"))


def own_text(body: str) -> str:
    """What stands above the signature."""
    return f"\n{body}".partition(f"\n{SIGNATURE}\n")[0].strip()


def _attachment(draft: Draft) -> Iterator[Reminder]:
    from core.enclosed import spoken_of

    word = "" if draft.attachments else spoken_of("" if draft.answers else draft.subject, draft.body)
    if word:
        question = _("The message says “{word}”, and no file is attached. Send it all the same?")
        yield Reminder("attachment", question.format(word=clean_line(word)))


def _size(draft: Draft, settings: Settings, db: Database) -> Iterator[Reminder]:
    """Where the server would refuse the mail for its size, as far as it has said what it takes."""
    size = sum(size_of(one) for one in draft.attachments) * 100 // 73 + len(draft.body.encode("utf-8", "replace"))
    account = settings.account(identity_for(settings, draft).account)
    ways = settings.ways_out(account, draft.from_.addr)
    told = quota.limit_of(db, ways[0].id) if ways else None
    limit = told or quota.UNKNOWN_LIMIT
    if size <= limit:
        return
    words = _("The mail is about {size}, and {server} takes no more than {limit}. Send it all the same?")
    if told is None:
        words = _("The mail is about {size}, and most servers take no more than {limit}. Send it all the same?")
    server = clean_line(ways[0].shown) if ways else ""
    yield Reminder("size", words.format(size=human_size(size), server=server, limit=human_size(limit)))


def _many(draft: Draft, settings: Settings) -> Iterator[Reminder]:
    visible = len({one.key for one in draft.to + draft.cc})
    most = settings.compose.many_recipients
    if not most or visible < most:
        return
    if draft.answers is not None:
        words = _("This answer goes to {n} people. Send it to all of them?")
    else:
        words = _("{n} people will see each other's addresses. Send it so?")
    yield Reminder("many", words.format(n=visible), hides=True)


def _sender(draft: Draft, settings: Settings, db: Database, picked: bool) -> Iterator[Reminder]:
    identity = identity_for(settings, draft)
    account = settings.account(identity.account)
    addr = draft.from_.addr or identity.address
    if not is_own(addr, settings.identities):
        words = _("{address} is none of your addresses; it goes out over {account}, which may refuse it. Send it all the same?")
        yield Reminder("foreign", words.format(address=clean_line(addr), account=clean_line(account.name)))
        return
    if (doubt := foreign_sender(settings, account, addr)) is not None:
        words = _("{address} does not belong to the server that sends it ({server}): it may be refused or taken for spam."
                  " Send it all the same?")  # fmt: skip
        server = str(doubt.values["server"])
        yield Reminder("server", words.format(address=clean_line(addr), server=clean_line(server)), keep=f"from {addr} {server}")
    other = None if picked or draft.answers is not None else known_from(draft.recipients, settings, db)
    if other is not None and other.id != identity.id:
        words = _("You last wrote to {person} from {other}. Send it from {address}?")
        person = clean_line(next(iter(draft.recipients), Address("", "")).shown)
        question = words.format(person=person, other=clean_line(other.address), address=clean_line(addr))
        yield Reminder("sender", question, senders=(other.id,))


def known_from(people: tuple[Address, ...], settings: Settings, db: Database) -> Identity | None:
    """The sender one last wrote from to these people, while there is such a one."""
    found = sender_choices.last(db, people)
    return next((one for one in settings.identities if one.id == found), None)
