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
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.encoded_word import one_line
from core.errors import CorreioError, NotFound, from_json
from core.store import sent_events
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
    reports: str
    """What the server is asked about the delivery (`core.draft.DELIVERY`)."""
    batch: int | None
    """The sending to many it belongs to."""
    way: str
    """How it goes: '' by mail, else the id of a gateway."""
    kin: int | None
    """The first of the mails that one draft became."""
    troubled: bool
    """It was sent, but some did not get it, and nobody has looked at that yet."""

    @property
    def undelivered(self) -> tuple[str, ...]:
        """Recipients that a server we spoke to has refused for good."""
        return tuple(to for to, (code, _) in self.answers.items() if not 200 <= code < 300 and to not in self.recipients_left)

    @property
    def recipients_left(self) -> tuple[str, ...]:
        """Recipients yet to be served."""
        return self.recipients if self.state in OPEN else ()


_COLUMNS = (
    "id, account, message_id, sender, recipients, subject, shown, state, reason, not_before, attempts, made, server,"
    " answers, draft, answered, answer_flag, copied, reports, batch, way, kin, troubled"
)
_ORDER = "ORDER BY coalesce(place, id), id"
_RUNNING = "(batch IS NULL OR batch IN (SELECT id FROM batch WHERE state = 'running'))"
"""A batch that is being made or was paused does not go on."""


def _outgoing(row: Any) -> Outgoing:
    fields = dict(zip(_COLUMNS.split(", "), row, strict=True))
    fields["recipients"] = tuple(json.loads(fields["recipients"]))
    fields["reason"] = from_json(json.loads(fields["reason"])) if fields["reason"] else None
    fields["answers"] = {to: (int(code), str(words)) for to, (code, words) in json.loads(fields["answers"]).items()}
    fields["copied"], fields["troubled"] = bool(fields["copied"]), bool(fields["troubled"])
    return Outgoing(**fields)


def queue(
    db: Database, *, account: int, message_id: str, sender: str, recipients: Sequence[str], subject: str, shown: str,
    wire: bytes, copy: bytes, not_before: int, draft: str = "",
    answered: int | None = None, answer_flag: int = 0, copied: bool = False, reports: str = "", batch: int | None = None,
    way: str = "", kin: int | None = None,
) -> int:  # fmt: skip
    """Put a built mail into the outbox, on disk before this returns; the row id. `copied`: none is to be filed in Sent.

    `batch`, `way` and `kin` as in `Outgoing`. A copy that is the same as the wire bytes is kept once.
    """
    state = "waiting" if not_before > time.time() else "queued"
    # Undecodable bytes of a command line are lone surrogates, which no database takes.
    subject, shown = one_line(subject), one_line(shown)
    with db.write(durable=True):
        db.run(
            "INSERT INTO outbox (account, message_id, sender, recipients, subject, shown, wire, copy, state, not_before,"
            " made, draft, answered, answer_flag, copied, reports, batch, way, kin)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (account, message_id, sender, json.dumps(list(recipients)), subject, shown, wire, b"" if copy == wire else copy,
             state, not_before, int(time.time()), draft, answered, answer_flag, int(copied), reports, batch, way, kin),
        )  # fmt: skip
        return db.last_id()


def get(db: Database, id: int) -> Outgoing:
    """The outbox row with this id. Raises NotFound `no-outgoing`."""
    row = db.one(f"SELECT {_COLUMNS} FROM outbox WHERE id = ?", (id,))
    if row is None:
        raise NotFound("no-outgoing", what="outbox", name=str(id))
    return _outgoing(row)


def rows(db: Database, *, all: bool = False) -> list[Outgoing]:
    """What is not yet final (failed ones included: they wait for the user), or everything; in the order of sending."""
    where = "" if all else "WHERE state IN ('queued', 'waiting', 'sending', 'uncertain', 'failed')"
    return [_outgoing(row) for row in db.read(f"SELECT {_COLUMNS} FROM outbox {where} {_ORDER}")]


def open_rows(db: Database) -> list[Outgoing]:
    """As `rows`, for a list on the screen: those of a batch only where the user has something to decide."""
    found = db.read(
        f"SELECT {_COLUMNS} FROM outbox WHERE state IN ('uncertain', 'failed')"
        f" OR (state IN ('queued', 'waiting', 'sending') AND batch IS NULL) {_ORDER} LIMIT 2000"
    )
    return [_outgoing(row) for row in found]


def counts(db: Database) -> Counter[str]:
    """How many mails are in each state, but for those that need no more thought; "troubled": sent, but not to everybody."""
    rows = db.read(f"SELECT state, count(*) FROM outbox WHERE state IN {(*OPEN, 'failed')} GROUP BY state")
    found: Counter[str] = Counter(dict(rows))
    found["troubled"] = int(db.value("SELECT count(*) FROM outbox WHERE troubled = 1") or 0)
    return found


def troubled(db: Database) -> list[Outgoing]:
    """Mails that were sent but did not reach everybody, as servers and reports say, the newest first."""
    return [_outgoing(row) for row in db.read(f"SELECT {_COLUMNS} FROM outbox WHERE troubled = 1 ORDER BY id DESC LIMIT 500")]


def by_message_id(db: Database, message_id: str) -> list[Outgoing]:
    """The mails with this Message-ID (one draft may have gone several ways)."""
    return [_outgoing(row) for row in db.read(f"SELECT {_COLUMNS} FROM outbox WHERE message_id = ? ORDER BY id", (message_id,))]


def note_trouble(db: Database, id: int, troubled: bool = True) -> bool:
    """Whether the user should look at a sent mail, because some did not get it; True when that is new."""
    with db.write():
        change = "UPDATE outbox SET troubled = ?1 WHERE id = ?2 AND state = 'sent' AND troubled <> ?1"
        return bool(db.run(change, (troubled, id)))


def move(db: Database, id: int, by: int) -> bool:
    """Let a mail go one place earlier (-1) or later (1) than it would; False where it has no neighbour there."""
    with db.write():
        line = db.read(
            f"SELECT id, coalesce(place, id) FROM outbox WHERE state IN ('queued', 'waiting') AND batch IS NULL {_ORDER}"
        )
        at = next((n for n, (row, _) in enumerate(line) if row == id), -1)
        other = at + by
        if at < 0 or not 0 <= other < len(line):
            return False
        (mine, place), (its, its_place) = line[at], line[other]
        db.run("UPDATE outbox SET place = ? WHERE id = ?", (its_place, mine))
        db.run("UPDATE outbox SET place = ? WHERE id = ?", (place, its))
        return True


NOT_YET = 452
"""In place of an answer: no server was asked yet, another try is for them."""
LONGEST_PAUSE = 3600
"""Seconds between two tries. A pause that is longer comes from a clock that was set back, and is over."""

LONGEST_CAP = 8 * 86_400
"""The same for a cap on sending, the longest of which is one of a week."""
CAPPED = "reason LIKE '%\"cap-reached\"%'"

# What waits for a time the user chose has no reason.
_DUE = (
    "state IN ('queued', 'waiting') AND (not_before <= ?1 OR (reason <> '' AND not_before > ?1"
    f" + CASE WHEN {CAPPED} THEN {LONGEST_CAP} ELSE {LONGEST_PAUSE} END)) AND {_RUNNING}"
)


def due(db: Database, now: int, account: int | None = None, limit: int = 1_000_000) -> list[Outgoing]:
    """Mails to send now, in the order of the queue; a sending to many stands behind what one writes meanwhile."""
    where, params = ("AND account = ?2", [now, account]) if account is not None else ("", [now])
    order = f"ORDER BY batch IS NOT NULL, coalesce(place, id), id LIMIT {int(limit)}"
    return [_outgoing(row) for row in db.read(f"SELECT {_COLUMNS} FROM outbox WHERE {_DUE} {where} {order}", params)]


def accounts_due(db: Database, now: int) -> list[int]:
    """The row ids of the accounts that have mails to send now."""
    return [row[0] for row in db.read(f"SELECT DISTINCT account FROM outbox WHERE {_DUE} ORDER BY account", (now,))]


def next_due(db: Database, besides: Iterable[int] = ()) -> int | None:
    """When the next waiting mail is due (unix seconds), or None; `besides`: accounts that are left out."""
    out = ",".join(str(int(account)) for account in besides)
    found = db.value(
        f"SELECT min(not_before) FROM outbox WHERE state IN ('queued', 'waiting') AND account NOT IN ({out}) AND {_RUNNING}"
    )
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
    return bytes(db.value("SELECT copy FROM outbox WHERE id = ?", (id,)) or b"") or wire(db, id)


def fix(db: Database, id: int, wire: bytes, copy: bytes) -> None:
    """The bytes of a mail that was queued without them (its links had to be made first), or that no server was offered yet.

    On disk before this returns.
    """
    with db.write(durable=True):
        other = b"" if copy == wire else copy
        sql = "UPDATE outbox SET wire = ?, copy = ? WHERE id = ? AND (length(wire) = 0 OR attempts = 0)"
        db.run(f"{sql} AND state IN ('queued', 'waiting', 'sending')", (wire, other, id))


def trying(db: Database, id: int, server: str) -> bool:
    """A try begins: the server is called; False when the mail was cancelled meanwhile."""
    with db.write():
        return bool(
            db.run(
                "UPDATE outbox SET server = ?, attempts = attempts + 1 WHERE id = ? AND state IN ('queued', 'waiting')"
                f" AND {_RUNNING}",
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


def sending(db: Database, id: int, rest: Sequence[str] = ()) -> bool:
    """The mail goes out now, on disk before its first byte does; False when it was cancelled meanwhile. `rest`: recipients for
    whom it does not go yet.

    What was answered before of those it goes to counts no longer: should nobody hear how this try ends, they have it or not.
    """
    with db.write(durable=True):
        begins = f"UPDATE outbox SET state = 'sending' WHERE id = ? AND state IN ('queued', 'waiting') AND {_RUNNING}"
        if not db.run(begins, (id,)):
            return False
        [(text, recipients)] = db.read("SELECT answers, recipients FROM outbox WHERE id = ?", (id,))
        now = set(json.loads(recipients))
        answers = {to: answer for to, answer in json.loads(text).items() if to not in now} | {to: [NOT_YET, ""] for to in rest}
        if answers or text != "{}":
            db.run("UPDATE outbox SET answers = ? WHERE id = ?", (json.dumps(answers), id))
        return True


def finish(
    db: Database, id: int, state: str, *, reason: CorreioError | None = None, not_before: int = 0,
    answers: Mapping[str, tuple[int, str]] | None = None, still: Sequence[str] | None = None,
) -> None:  # fmt: skip
    """Note how a try ended, unless the user has cancelled it. `still`: recipients yet to be served when it goes on."""
    if state not in STATES:
        raise ValueError(state)
    with db.write(durable=True):
        [(text, message_id, server)] = db.read("SELECT answers, message_id, server FROM outbox WHERE id = ?", (id,)) or [
            ("{}", "", "")
        ]
        known: dict[str, Any] = json.loads(text)
        known.update({to: list(answer) for to, answer in (answers or {}).items()})
        some_refused = state == "sent" and any(not 200 <= code < 300 for code, _ in known.values())
        done = db.run(
            "UPDATE outbox SET state = ?, reason = ?, not_before = ?, answers = ?,"
            " recipients = coalesce(?, recipients), troubled = ? WHERE id = ? AND state IN ('queued', 'waiting', 'sending')",
            (
                state, json.dumps(reason.as_json(), default=str) if reason else "", not_before, json.dumps(known),
                json.dumps(list(still)) if still is not None else None, some_refused, id,
            ),
        )  # fmt: skip
        if done:
            sent_events.answered(db, message_id, server, answers or {}, final=state in ("sent", "failed"))


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
    """Take a mail back before it is sent; it, to edit again, or None when it is too late. One that some have been sent
    already is sent, and to nobody else."""
    with db.write(durable=True):
        row = db.one("SELECT answers FROM outbox WHERE id = ? AND state IN ('queued', 'waiting', 'failed')", (id,))
        if row is None:
            return None
        if any(200 <= int(code) < 300 for code, _ in json.loads(row[0]).values()):
            db.run("UPDATE outbox SET state = 'sent', reason = '', not_before = 0 WHERE id = ?", (id,))
        else:
            db.run("UPDATE outbox SET state = 'cancelled' WHERE id = ?", (id,))
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
    """The user knows that an uncertain mail has arrived; False when it is not uncertain.

    So it has with those whom the server did not refuse before the line broke: it goes to the others yet who were put off (4xx),
    and those who were refused for good are shown as those of any mail.
    """
    with db.write(durable=True):
        text = db.value("SELECT answers FROM outbox WHERE id = ? AND state = 'uncertain'", (id,))
        if text is None:
            return False
        codes = {to: int(code) for to, (code, _) in json.loads(text).items()}
        later = [to for to, code in codes.items() if 400 <= code < 500]
        refused = any(code >= 500 for code in codes.values())
        db.run(
            "UPDATE outbox SET state = ?, reason = '', not_before = 0, recipients = coalesce(?, recipients), troubled = ?"
            " WHERE id = ?",
            ("queued" if later else "sent", json.dumps(later) if later else None, refused and not later, id),
        )
        return True


def kin_of(db: Database, id: int) -> list[int]:
    """The other mails that one draft became together with this one."""
    first = "(SELECT coalesce(kin, id) FROM outbox WHERE id = ?1)"
    found = db.read(f"SELECT id FROM outbox WHERE id <> ?1 AND (id = {first} OR kin = {first}) ORDER BY id", (id,))
    return [row[0] for row in found]
