"""The outbox: the truth about sending. Bytes, Message-ID and Date are fixed when a mail is queued.

========= ========================================== =========================================================
state     means                                      leaves by
========= ========================================== =========================================================
queued    due now, or a server is being called       sending; waiting or failed; cancelled
waiting   waits for its time, a cap, a password      as queued
sending   goes out, or the server has yet to answer  sent; failed (5xx); waiting (4xx)
uncertain cut between DATA and its reply             found in Sent → sent; else the user decides
sent, failed, cancelled: final, with the server's words for each recipient
========= ========================================== =========================================================
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import CorreioError, NotFound, from_json
from core.store.database import Database

STATES = ("queued", "waiting", "sending", "uncertain", "sent", "failed", "cancelled")
OPEN = ("queued", "waiting", "sending", "uncertain")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One mail on its way."""

    id: int
    account: int
    message_id: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    shown: str
    state: str
    reason: CorreioError | None
    not_before: int
    attempts: int
    made: int
    server: str
    answers: dict[str, tuple[int, str]]
    draft: str
    answered: int | None
    answer_flag: int
    copied: bool
    reports: str = ""
    """What the server is asked about the delivery (`core.draft.DELIVERY`)."""


_COLUMNS = (
    "id, account, message_id, sender, recipients, subject, shown, state, reason, not_before, attempts, made, server,"
    " answers, draft, answered, answer_flag, copied, reports"
)


def _outgoing(row: Any) -> Outgoing:
    fields = dict(zip(_COLUMNS.split(", "), row, strict=True))
    fields["recipients"] = tuple(json.loads(fields["recipients"]))
    fields["reason"] = from_json(json.loads(fields["reason"])) if fields["reason"] else None
    fields["answers"] = {to: (int(code), str(words)) for to, (code, words) in json.loads(fields["answers"]).items()}
    fields["copied"] = bool(fields["copied"])
    return Outgoing(**fields)


def queue(
    db: Database, *, account: int, message_id: str, sender: str, recipients: Sequence[str], subject: str, shown: str,
    wire: bytes, copy: bytes, not_before: int, draft: str = "",
    answered: int | None = None, answer_flag: int = 0, copied: bool = False, reports: str = "",
) -> int:  # fmt: skip
    """Put a built mail into the outbox, on disk before this returns; the row id. `copied`: none is to be filed in Sent."""
    state = "waiting" if not_before > time.time() else "queued"
    with db.write(durable=True):
        db.run(
            "INSERT INTO outbox (account, message_id, sender, recipients, subject, shown, wire, copy, state, not_before,"
            " made, draft, answered, answer_flag, copied, reports) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (account, message_id, sender, json.dumps(list(recipients)), subject, shown, wire, copy, state, not_before,
             int(time.time()), draft, answered, answer_flag, int(copied), reports),
        )  # fmt: skip
        return db.last_id()


def get(db: Database, id: int) -> Outgoing:
    """The outbox row with this id. Raises NotFound `no-outgoing`."""
    row = db.one(f"SELECT {_COLUMNS} FROM outbox WHERE id = ?", (id,))
    if row is None:
        raise NotFound("no-outgoing", what="outbox", name=str(id))
    return _outgoing(row)


def rows(db: Database, *, all: bool = False) -> list[Outgoing]:
    """What is not yet final (failed ones included: they wait for the user), or everything; newest last."""
    where = "" if all else "WHERE state IN ('queued', 'waiting', 'sending', 'uncertain', 'failed')"
    return [_outgoing(row) for row in db.read(f"SELECT {_COLUMNS} FROM outbox {where} ORDER BY id")]


LONGEST_PAUSE = 3600
"""Seconds between two tries. A pause that is longer comes from a clock that was set back, and is over."""

LONGEST_CAP = 8 * 86_400
"""The same for a cap on sending, the longest of which is one of a week."""
CAPPED = "reason LIKE '%\"cap-reached\"%'"

# What waits for a time the user chose has no reason.
_DUE = (
    "state IN ('queued', 'waiting') AND (not_before <= ?1 OR (reason <> '' AND not_before > ?1"
    f" + CASE WHEN {CAPPED} THEN {LONGEST_CAP} ELSE {LONGEST_PAUSE} END))"
)


def due(db: Database, now: int, account: int | None = None) -> list[Outgoing]:
    """Mails to send now, oldest first."""
    where, params = ("AND account = ?2", [now, account]) if account is not None else ("", [now])
    return [_outgoing(row) for row in db.read(f"SELECT {_COLUMNS} FROM outbox WHERE {_DUE} {where} ORDER BY id", params)]


def accounts_due(db: Database, now: int) -> list[int]:
    """The row ids of the accounts that have mails to send now."""
    return [row[0] for row in db.read(f"SELECT DISTINCT account FROM outbox WHERE {_DUE} ORDER BY account", (now,))]


def next_due(db: Database, besides: Iterable[int] = ()) -> int | None:
    """When the next waiting mail is due (unix seconds), or None; `besides`: accounts that are left out."""
    out = ",".join(str(int(account)) for account in besides)
    found = db.value(f"SELECT min(not_before) FROM outbox WHERE state IN ('queued', 'waiting') AND account NOT IN ({out})")
    return None if found is None else int(found)


def unfiled(db: Database) -> list[Outgoing]:
    """Mails that have arrived, as the user says, and of which no copy is in Sent yet."""
    rows = db.read(f"SELECT {_COLUMNS} FROM outbox WHERE state = 'sent' AND copied = 0 ORDER BY id")
    return [_outgoing(row) for row in rows]


def wire(db: Database, id: int) -> bytes:
    """The exact bytes for the server, without Bcc."""
    return bytes(db.value("SELECT wire FROM outbox WHERE id = ?", (id,)) or b"")


def copy(db: Database, id: int) -> bytes:
    """The bytes to file in Sent."""
    return bytes(db.value("SELECT copy FROM outbox WHERE id = ?", (id,)) or b"")


def trying(db: Database, id: int, server: str) -> bool:
    """A try begins: the server is called; False when the mail was cancelled meanwhile."""
    with db.write():
        return bool(
            db.run(
                "UPDATE outbox SET server = ?, attempts = attempts + 1 WHERE id = ? AND state IN ('queued', 'waiting')",
                (server, id),
            )
        )


def next_server(db: Database, id: int, server: str) -> None:
    """The server that was called did not take the mail, nobody has it: another one is called."""
    with db.write():
        db.run(
            "UPDATE outbox SET server = ?, state = CASE state WHEN 'sending' THEN 'queued' ELSE state END"
            " WHERE id = ? AND state IN ('queued', 'waiting', 'sending')",
            (server, id),
        )


def put_off(db: Database, id: int, why: CorreioError, until: int) -> None:
    """The mail waits until then without having been tried."""
    with db.write(durable=True):
        db.run(
            "UPDATE outbox SET state = 'waiting', reason = ?, not_before = ? WHERE id = ? AND state IN ('queued', 'waiting')",
            (json.dumps(why.as_json(), default=str), until, id),
        )


def sending(db: Database, id: int) -> bool:
    """The mail goes out now, on disk before its first byte does; False when it was cancelled meanwhile."""
    with db.write(durable=True):
        return bool(db.run("UPDATE outbox SET state = 'sending' WHERE id = ? AND state IN ('queued', 'waiting')", (id,)))


def finish(
    db: Database, id: int, state: str, *, reason: CorreioError | None = None, not_before: int = 0,
    answers: Mapping[str, tuple[int, str]] | None = None, still: Sequence[str] | None = None,
) -> None:  # fmt: skip
    """Note how a try ended, unless the user has cancelled it. `still`: recipients yet to be served when it goes on."""
    if state not in STATES:
        raise ValueError(state)
    with db.write(durable=True):
        known: dict[str, Any] = json.loads(db.value("SELECT answers FROM outbox WHERE id = ?", (id,)) or "{}")
        known.update({to: list(answer) for to, answer in (answers or {}).items()})
        db.run(
            "UPDATE outbox SET state = ?, reason = ?, not_before = ?, answers = ?,"
            " recipients = coalesce(?, recipients) WHERE id = ? AND state IN ('queued', 'waiting', 'sending')",
            (
                state, json.dumps(reason.as_json(), default=str) if reason else "", not_before, json.dumps(known),
                json.dumps(list(still)) if still is not None else None, id,
            ),
        )  # fmt: skip


def copied(db: Database, id: int) -> None:
    """The Sent copy is filed, or queued as an operation. Inside `db.write`."""
    db.run("UPDATE outbox SET copied = 1 WHERE id = ?", (id,))


def forget_content(db: Database, id: int) -> None:
    """Nothing of the mail's text is to stay here, now that it is sent. Inside `db.write`."""
    db.run("UPDATE outbox SET wire = x'', copy = x'', draft = '' WHERE id = ?", (id,))


def hold(db: Database, account: int, now: int, why: CorreioError) -> None:
    """What an account has due waits, and says why; it is due again as soon as somebody looks."""
    reason = json.dumps(why.as_json(), default=str)
    with db.write():
        db.run(
            "UPDATE outbox SET state = 'waiting', reason = ?3, not_before = ?1 WHERE account = ?2 AND state IN"
            f" ('queued', 'waiting') AND reason <> ?3 AND ({_DUE})",
            (now, account, reason),
        )


def any_sending(db: Database) -> bool:
    """Whether a mail is being handed over."""
    return db.value("SELECT 1 FROM outbox WHERE state = 'sending' LIMIT 1") is not None


def interrupted(db: Database) -> list[Outgoing]:
    """At the engine's start: whatever was `sending` has an unknown end; these mails."""
    with db.write(durable=True):
        error = json.dumps(CorreioError("sending-interrupted").as_json())
        ids = [row[0] for row in db.read("SELECT id FROM outbox WHERE state = 'sending' ORDER BY id")]
        db.run("UPDATE outbox SET state = 'uncertain', reason = ? WHERE state = 'sending'", (error,))
        return [get(db, id) for id in ids]


PASSWORD = ("PasswordNeeded", "AuthenticationError", "CryptoError")
LINE = ("NetworkError", "TLSError", "ProtocolError", "StoreError")
"""Classes of errors for which mails wait, beside the wish of a server or of the user."""


def cut_off(db: Database) -> bool:
    """Whether a mail waits because its server could not be reached."""
    return bool(
        db.value(
            "SELECT 1 FROM outbox WHERE state = 'waiting' AND reason LIKE '%\"class\": \"NetworkError\"%'"
            " AND reason NOT LIKE '%\"offline-chosen\"%' LIMIT 1"
        )
    )


def hurry(db: Database, kinds: Sequence[str] = PASSWORD + LINE) -> int:
    """Mails that wait because of errors of these classes are due now: a password was typed, say; how many."""
    with db.write():
        return sum(
            db.run(
                "UPDATE outbox SET not_before = 0 WHERE state = 'waiting' AND not_before > 0 AND reason LIKE ?",
                (f'%"class": "{kind}"%',),
            )
            for kind in kinds
        )


def cancel(db: Database, id: int) -> Outgoing | None:
    """Take a mail back before it is sent; it, to edit again, or None when it is too late."""
    with db.write(durable=True):
        if not db.run(
            "UPDATE outbox SET state = 'cancelled' WHERE id = ? AND state IN ('queued', 'waiting', 'failed')", (id,)
        ):
            return None
        return get(db, id)


def retry(db: Database, id: int) -> bool:
    """Send a failed or uncertain mail once more: the user has said so; False when it is neither."""
    with db.write(durable=True):
        return bool(
            db.run(
                "UPDATE outbox SET state = 'queued', not_before = 0, reason = '' WHERE id = ?"
                " AND state IN ('failed', 'uncertain', 'waiting', 'queued')",
                (id,),
            )
        )


def arrived(db: Database, id: int) -> bool:
    """The user knows that an uncertain mail has arrived; False when it is not uncertain."""
    with db.write(durable=True):
        return bool(db.run("UPDATE outbox SET state = 'sent', reason = '' WHERE id = ? AND state = 'uncertain'", (id,)))
