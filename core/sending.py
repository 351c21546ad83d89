"""From a draft to the outbox: built once, proofread, fixed on disk; undo-send is a time before which it does not go."""

from __future__ import annotations

import time
from datetime import datetime

from core.compose import Built, build
from core.draft import ANSWERED, Draft
from core.drafting import throw_away
from core.flags import Flag
from core.senders import identity_for
from core.settings import Account, Settings
from core.store import accounts, messages, outbox
from core.store.database import Database


def queue(
    db: Database, settings: Settings, draft: Draft, *, not_before: int = 0, draft_id: int | None = None
) -> outbox.Outgoing:
    """Build a draft and put it into the outbox; its row.

    `not_before`: unix seconds, 0 for at once. With `draft_id` the stored draft goes in the same transaction. Raises
    ComposeError as `core.compose.build` does, NotFound `no-identity`.
    """
    identity = identity_for(settings, draft)
    account = settings.account(identity.account)
    built = build(draft, identity, now=datetime.now().astimezone())
    answered, mark = _answered(db, draft)
    with db.write(durable=True):
        if draft_id is not None:
            throw_away(db, draft_id)
        id = _queue(db, settings, account, built, draft, answered, mark, not_before)
    return outbox.get(db, id)


def _queue(
    db: Database, settings: Settings, account: Account, built: Built, draft: Draft, answered: int | None, mark: Flag,
    not_before: int,
) -> int:  # fmt: skip
    return outbox.queue(
        db,
        account=accounts.row_of(db, account.id, local=account.kind == "local"),
        message_id=built.message_id,
        sender=built.sender,
        recipients=built.recipients,
        subject=draft.subject,
        shown=", ".join(to.shown for to in draft.recipients[:8]),
        wire=built.wire,
        copy=built.sent_copy,
        not_before=not_before or int(time.time()),
        draft=draft.to_json(),
        answered=answered,
        answer_flag=int(mark),
    )


def _answered(db: Database, draft: Draft) -> tuple[int | None, Flag]:
    """The message that gets a mark once the mail is sent: by its row, else by its Message-ID."""
    if draft.answers is None:
        return None, Flag(0)
    mark = Flag.ANSWERED if draft.answers.how == ANSWERED else Flag.FORWARDED
    if draft.answers.message:
        return draft.answers.message, mark
    known = messages.by_message_id(db, draft.answers.message_id) if draft.answers.message_id else []
    return (known[0], mark) if known else (None, Flag(0))
