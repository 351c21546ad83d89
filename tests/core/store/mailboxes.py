"""Small mailboxes made up for search tests: rows of the store, and the same mails as `Facts`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st

from core.flags import Flag, Mark
from core.query.facts import Facts
from core.query.tree import And, Everything, Field, Not, Or, Phrase, Query, Word, all_of, any_of
from core.store import comments, search, shelves
from core.store.database import Database

DAY = 86_400
START = 1_772_323_200
"""2026-03-01, midnight in UTC."""
FOLDERS = (
    (1, 1, "INBOX", ".", "inbox"), (2, 1, "INBOX.lists", ".", ""), (3, 1, "INBOX.Sent", ".", "sent"),
    (4, 2, "Inbox", "/", "inbox"), (5, 2, "Lists", "/", ""), (6, 2, "Lists/linux-man", "/", ""),
)  # fmt: skip
ACCOUNTS = {1: ("aaaaaaaa", "home", "me@example.org"), 2: ("bbbbbbbb", "Work", "me@example.com")}

_VOCABULARY = (
    "release", "Release", "réunion", "re", "rel", "Straße", "a", "ab", "abc", "日本語", "日本", "本", "🎉", "&", "x.y@z",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(_VOCABULARY), max_size=4).map(" ".join)
IDS = st.sampled_from(["", "a@example.org", "b@example.org"])


@dataclass(frozen=True)
class Stand:
    """A placement: in which folder, with what, and whether it is shown."""

    folder: int
    flags: int = 0
    tags: frozenset[str] = frozenset()
    hidden: bool = False
    hidden_tags: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Mail:
    """A message with its placements."""

    subject: str = ""
    sender: str = ""
    recipients: str = ""
    copies: str = ""
    attachments: str = ""
    body: str = ""
    message_id: str = ""
    received: int = START
    size: int = 1000
    marks: int = 0
    stands: tuple[Stand, ...] = field(default=(Stand(1),))
    comment: str = ""

    def facts(self) -> Facts:
        """As a filter sees it."""
        shown = [stand for stand in self.stands if not stand.hidden]
        flags = 0
        for stand in shown:
            flags |= stand.flags
        return Facts(
            self.subject, self.sender, self.recipients, self.copies, self.attachments, self.body, self.message_id,
            self.received, self.size, self.marks, flags,
            frozenset(tag for stand in shown for tag in stand.tags), frozenset(stand.folder for stand in shown),
            comment=self.comment,
        )  # fmt: skip


_FLAGS = st.sampled_from([0, Flag.SEEN, Flag.FLAGGED, Flag.SEEN | Flag.ANSWERED, Flag.DRAFT, Flag.FORWARDED | Flag.DELETED])
_TAGS = st.frozensets(st.sampled_from(["work", "workshop", "é"]), max_size=2)
_STANDS = st.lists(
    st.builds(Stand, st.sampled_from([row[0] for row in FOLDERS]), _FLAGS, _TAGS, st.booleans(), _TAGS), max_size=3
).map(tuple)
MAILS = st.builds(
    Mail, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, IDS, st.integers(-2 * DAY, 2 * DAY).map(lambda n: START + n),
    st.sampled_from([0, 1023, 1024, 1025, 6 << 20]),
    st.sampled_from([0, Mark.ATTACHMENT, Mark.LIST, Mark.INVITATION | Mark.LIST]), _STANDS, TEXTS,
)  # fmt: skip

_WORDS = st.sampled_from([*_VOCABULARY, "r", "release re", "日", "本語", "zzz", "y@z", "--"])
_VALUES = {
    "tag": st.sampled_from(["work", "É", "none"]),
    "in": st.sampled_from(["inbox", "sent", "lists", "linux-man", "home/inbox", "work/Lists", "Work/lists/linux-man", "nowhere"]),
    "account": st.sampled_from(["home", "WORK", "me@example.org", "aaaaaaaa", "nobody"]),
    "is": st.sampled_from(["unread", "read", "flagged", "answered", "forwarded", "draft", "deleted"]),
    "has": st.sampled_from(["attachment", "invitation"]),
    **dict.fromkeys(("larger", "smaller"), st.sampled_from(["1k", "5M", "0"])),
    **dict.fromkeys(("before", "after", "on"), st.sampled_from(["2026-03-01", "2026-02", "2026", "1d", "today"])),
    "id": IDS.filter(bool).map("<{}>".format),
}
_FIELDS = st.sampled_from(["from", "to", "cc", "with", "subject", "body", "attachment", "list", "comment", *_VALUES]).flatmap(
    lambda name: st.builds(
        Field,
        st.just(name),
        _VALUES.get(name, _WORDS),
        st.booleans() if name == "tag" or name not in _VALUES else st.just(False),
        st.booleans() if name == "in" else st.just(False),
    )
)
QUERIES: st.SearchStrategy[Query] = st.recursive(
    st.one_of(st.just(Everything()), st.builds(Word, _WORDS, st.booleans()), st.builds(Phrase, _WORDS, st.booleans()), _FIELDS),
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.lists(inner, min_size=2, max_size=4).map(all_of),
        st.lists(inner, min_size=2, max_size=4).map(any_of),
        st.tuples(inner, inner).map(And),
        st.tuples(inner, inner).map(Or),
    ),
    max_leaves=8,
)


def fill(db: Database, mails: Sequence[Mail]) -> list[int]:
    """Put these mails in place of all others; their row ids, in the same order."""
    ids = []
    with db.write():
        for table in ("placement", "keyword", "message", "folder_thread", "unsettled", "folder", "account", "search", "comment"):
            db.run(f"DELETE FROM {table}")
        for shelf in shelves.names(db)[1:]:
            db.run(f"DROP TABLE {shelf}")
        db.many("INSERT INTO account (id, uid) VALUES (?, ?)", [(row, names[0]) for row, names in ACCOUNTS.items()])
        db.many("INSERT INTO folder (id, account, path, delimiter, role) VALUES (?, ?, ?, ?, ?)", FOLDERS)
        for n, mail in enumerate(mails):
            ids.append(db.free_message_id(mail.received))
            db.run(
                "INSERT INTO message (id, account, hash, message_id, thread, received, size, marks)"
                " VALUES (?, 1, ?, ?, ?, ?, ?, ?)",
                (ids[-1], b"", mail.message_id, n // 2, mail.received, mail.size, int(mail.marks)),
            )
            search.index(
                db, ids[-1], subject=mail.subject, sender=mail.sender, recipients=mail.recipients, copies=mail.copies,
                attachments=mail.attachments, body=mail.body,
            )  # fmt: skip
            comments.put(db, ids[-1], mail.comment)
            for stand in mail.stands:
                _place(db, ids[-1], n // 2, mail.received, stand)
    return ids


def _place(db: Database, message: int, thread: int, received: int, stand: Stand) -> None:
    db.run(
        "INSERT INTO placement (folder, message, thread, received, flags, hidden) VALUES (?, ?, ?, ?, ?, ?)",
        (stand.folder, message, thread, received, int(stand.flags), stand.hidden),
    )
    placement = db.last_id()
    shown = [(placement, tag, True) for tag in stand.tags]
    gone = [(placement, tag, False) for tag in stand.hidden_tags - stand.tags]
    db.many("INSERT INTO keyword (placement, name, shown) VALUES (?, ?, ?)", shown + gone)
