"""A mail merge on its way: every message built and put into the outbox, and nothing goes before all are there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from itertools import islice

from msgspec import Struct

from core.compose import read_attachment
from core.draft import ComposeError, Draft
from core.drafting import throw_away
from core.gateways import bill, phones_in, pieces
from core.merge import Filled, Plan, fill_all
from core.senders import identity_for
from core.sending import built_for, put_piece
from core.settings import Settings
from core.store import batches
from core.store.database import Database

TURN = 50
"""Messages put into the outbox in one transaction."""
MOST_BYTES = 2 * 1024**3
"""Of all messages together: they are kept on this machine until they are sent."""


class Count(Struct, frozen=True):
    """What a sending to many comes to."""

    mails: int
    left_out: int
    """Rows that cannot be sent."""
    people: int
    """Recipients in all."""


def cost_of(settings: Settings, filled: Iterable[Filled]) -> tuple[str, ...]:
    """What a sending to many costs, where phones are among the recipients. Raises as `core.gateways.pieces`."""
    from decimal import Decimal

    costs: dict[str, Decimal] = {}
    for one in filled:
        found = bill(settings, one.draft) if not one.trouble and phones_in(one.draft) else None
        for part in found.cost.split(", ") if found is not None and found.cost else ():
            amount, _, currency = part.partition(" ")
            costs[currency] = costs.get(currency, Decimal(0)) + Decimal(amount)
    return tuple(f"{amount:f} {currency}".strip() for currency, amount in costs.items())


def count(filled: Iterable[Filled]) -> Count:
    """How many mails it makes."""
    mails = left = people = 0
    for one in filled:
        if one.trouble:
            left += 1
        else:
            mails += 1
            people += len(one.draft.recipients)
    return Count(mails, left, people)


def queue_all(
    db: Database, settings: Settings, plan: Plan, name: str, *, not_before: int = 0, draft_id: int | None = None,
    progress: Callable[[int], bool] = lambda done: True,
) -> int:  # fmt: skip
    """Put a message for each row without trouble into the outbox; the batch.

    `progress` hears how many are there, and says False to stop: then nothing is kept. Rows with trouble are left out.
    Raises ComposeError as `core.compose.build` does, `merge-nobody`, `merge-too-heavy`; then, too, nothing is kept.
    """
    # Files are read once, however many get them.
    draft = replace(plan.draft, attachments=tuple(replace(one, data=read_attachment(one)) for one in plan.draft.attachments))
    identity = identity_for(settings, draft)
    account = settings.account(identity.account)
    messages = (one.draft for one in fill_all(Plan(draft, plan.source, plan.column, plan.to, plan.which)) if not one.trouble)
    batch = batches.begin(db, name)
    done = size = 0
    try:
        while turn := list(islice(messages, TURN)):
            # Built outside the transaction: others may write meanwhile.
            ways = [piece for one in turn for piece in pieces(settings, one)]
            built = [built_for(settings, piece, identity, datetime.now().astimezone()) for piece in ways]
            size += sum(len(one.wire) for one in built)
            if size > MOST_BYTES:
                raise ComposeError("merge-too-heavy", size=size)
            with db.write():
                for piece, mail in zip(ways, built, strict=True):
                    put_piece(db, settings, account, piece, mail, _light(piece.original, plan.draft), not_before, batch)
            done += len(turn)
            if not progress(done):
                batches.drop(db, batch)
                return 0
        if not done:
            raise ComposeError("merge-nobody")
        with db.write(durable=True):
            if draft_id is not None:
                throw_away(db, draft_id)
            batches.start(db, batch)
    except BaseException:
        batches.drop(db, batch)
        raise
    return batch


def _light(one: Draft, template: Draft) -> Draft:
    """The draft to edit again, with files that have a path by that alone: 2,000 copies of a file are many."""
    kept = tuple(replace(file, data=None) if file.path else file for file in template.attachments)
    return replace(one, attachments=kept)


def due_time(settings: Settings) -> int:
    """When a sending to many begins: the time in which a mail can be taken back is kept here too."""
    return int(time.time()) + settings.compose.undo_send_seconds
