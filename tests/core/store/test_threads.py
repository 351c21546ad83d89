"""Threads: the same whatever the order of arrival, over folders and accounts, split and joined by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import conversations, operations
from core.arrival import Arrival, arrive, arrive_header, arrive_mail
from core.header import header_block
from core.parcel import pack_mail
from core.store import accounts, compression, doctor, folders, lists, messages, placements, threads
from core.store.database import Database
from tests.depth import examples

START = 1_770_000_000
DAY = 86_400


@dataclass(frozen=True)
class Sent:
    """A mail: its number, what it names, how its subject reads, in which account, on which day."""

    number: int
    references: tuple[int, ...] = ()
    topic: int = 0
    reply: bool = False
    account: int = 0
    day: int = 0

    @property
    def raw(self) -> bytes:
        subject = f"{'Re: ' if self.reply else ''}{('Harvest', 'Boats', 'Rain')[self.topic]} report"
        when = format_datetime(datetime.fromtimestamp(self.when, UTC))
        lines = ["From: a@example.org", f"Subject: {subject}", f"Date: {when}", f"Message-ID: <{self.number}@x>"]
        if self.references:
            lines.append("References: " + " ".join(f"<{n}@x>" for n in self.references))
        return ("\r\n".join(lines) + "\r\n\r\ntext\r\n").encode()

    @property
    def when(self) -> int:
        return START + self.day * DAY + self.number


class Post:
    """A store and what is put into it."""

    def __init__(self, top: Path) -> None:
        self.db = Database(top / "correio.db")
        self.rows = [accounts.row_of(self.db, uid, local=True) for uid in ("10ca1000", "10ca1001")]
        self.ids: dict[int, int] = {}

    def put(self, mail: Sent, folder: str = "Inbox") -> int:
        account = self.rows[mail.account]
        with self.db.write():
            where = folders.by_path(self.db, account, folder) or folders.ensure(self.db, account, folder)
            self.ids[mail.number] = arrive_mail(self.db, where.id, account, mail.raw, internal=mail.when)
        return self.ids[mail.number]

    def put_batch(self, mails: Sequence[Sent]) -> None:
        """Those of each account at once."""
        packer = compression.packer(self.db)
        for number, account in enumerate(self.rows):
            with self.db.write():
                inbox = folders.by_path(self.db, account, "Inbox") or folders.ensure(self.db, account, "Inbox")
                place = placements.Place(inbox.id)
                mine = [mail for mail in mails if mail.account == number]
                ids = arrive(self.db, account, [Arrival(pack_mail(mail.raw, packer), place, mail.when) for mail in mine])
            self.ids.update((mail.number, id) for mail, id in zip(mine, ids, strict=True))

    def groups(self) -> set[frozenset[int]]:
        """The numbers of the mails of each thread."""
        found: dict[int, set[int]] = {}
        for number, id in self.ids.items():
            found.setdefault(messages.get(self.db, id).thread, set()).add(number)
        return {frozenset(group) for group in found.values()}

    def check(self) -> None:
        """Counts, sizes and placements are right."""
        assert [one for one in doctor.examine(self.db) if one.count] == []
        wrong = self.db.value(
            "SELECT count(*) FROM thread t WHERE size <> (SELECT count(*) FROM message m WHERE m.thread = t.id)"
        )
        assert wrong == 0
        astray = "SELECT count(*) FROM placement p JOIN message m ON m.id = p.message WHERE m.thread <> p.thread"
        assert self.db.value(astray) == 0
        assert self.db.value("SELECT count(*) FROM thread_key WHERE thread NOT IN (SELECT id FROM thread)") == 0


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    made = Post(tmp_path)
    yield made
    made.check()
    made.db.close()


def expected(mails: list[Sent]) -> set[frozenset[int]]:
    """The threads as the rules have them, worked out from all mails at once."""
    edges: list[set[int]] = []
    for mail in mails:
        edges.append({mail.number, *mail.references})
        if mail.reply and not mail.references:
            before = [
                other
                for other in mails
                if (other.account, other.topic) == (mail.account, mail.topic)
                and other.when < mail.when
                and other.when >= mail.when - threads.RECENT
            ]
            if before:
                edges[-1].add(max(before, key=lambda other: other.when).number)
    groups: list[set[int]] = []
    for edge in edges:
        touching = [group for group in groups if group & edge]
        groups = [group for group in groups if not group & edge]
        groups.append(edge.union(*touching))
    numbers = {mail.number for mail in mails}
    return {frozenset(group & numbers) for group in groups}


MAILS = st.lists(
    st.builds(
        Sent,
        number=st.integers(0, 15),
        references=st.one_of(st.just(()), st.lists(st.integers(0, 17), max_size=3, unique=True).map(tuple)),
        topic=st.integers(0, 1),
        reply=st.booleans(),
        account=st.integers(0, 1),
        day=st.sampled_from((0, 1, 20, 45)),
    ),
    max_size=12,
    unique_by=lambda mail: mail.number,
)


@settings(max_examples=examples(60), deadline=None)
@given(mails=MAILS)
def test_any_order_gives_the_same_threads(tmp_path_factory: pytest.TempPathFactory, mails: list[Sent]) -> None:
    mails = [Sent(m.number, tuple(n for n in m.references if n != m.number), m.topic, m.reply, m.account, m.day) for m in mails]
    post = Post(tmp_path_factory.mktemp("post"))
    for mail in mails:  # the order of a list that hypothesis makes is any order
        post.put(mail)
    assert post.groups() == expected(mails)
    post.check()
    post.db.close()


@settings(max_examples=examples(60), deadline=None)
@given(mails=MAILS, sizes=st.lists(st.integers(1, 8), min_size=12, max_size=12))
def test_batches_give_the_same_threads(tmp_path_factory: pytest.TempPathFactory, mails: list[Sent], sizes: list[int]) -> None:
    mails = [Sent(m.number, tuple(n for n in m.references if n != m.number), m.topic, m.reply, m.account, m.day) for m in mails]
    post = Post(tmp_path_factory.mktemp("post"))
    waiting = list(mails)
    for size in sizes:
        post.put_batch(waiting[:size])
        waiting = waiting[size:]
    assert post.groups() == expected(mails)
    post.check()
    post.db.close()


def test_a_reply_and_what_it_answers_come_together(post: Post) -> None:
    post.put(Sent(9, reply=True, day=10))
    post.put(Sent(1))
    post.put_batch([Sent(4, reply=True, day=3), Sent(3, day=2), Sent(5, reply=True, account=1, day=3), Sent(6, (4,), topic=2)])
    assert post.groups() == {frozenset({1}), frozenset({3, 4, 6, 9}), frozenset({5})}


def test_a_batch_heeds_what_was_split_and_joined_by_hand(post: Post) -> None:
    post.put_batch([Sent(1), Sent(2, (1,)), Sent(3, (1, 2)), Sent(7, topic=1), Sent(8, topic=2)])
    assert conversations.split(post.db, post.ids[3])
    assert conversations.join(post.db, [post.ids[7], post.ids[8]])
    post.put_batch([Sent(4, (1, 2, 3)), Sent(5, (1, 2)), Sent(6, (1, 2, 3, 4)), Sent(9, (7,)), Sent(10, (8,), account=1)])
    assert post.groups() == {frozenset({1, 2, 5}), frozenset({3, 4, 6}), frozenset({7, 8, 9, 10})}


def test_headers_that_are_late_keep_what_they_name(post: Post) -> None:
    """A thread is put together anew as its newest message arrives: all that this one names is known by then."""
    post.put(Sent(1, topic=1))
    post.put(Sent(9, reply=True, day=10))
    inbox = folders.by_path(post.db, post.rows[0], "Inbox")
    assert inbox is not None
    mail = Sent(5, (1, 77), day=5)  # what it answers, 77, is not here
    block = header_block(mail.raw)
    with post.db.write():
        post.ids[5] = arrive_header(post.db, inbox.id, post.rows[0], block, len(mail.raw), uid=None, internal=mail.when)
    assert post.groups() == {frozenset({1, 5, 9})}


def test_a_thread_goes_over_folders_and_accounts(post: Post) -> None:
    post.put(Sent(1))
    post.put(Sent(2, (1,), account=1), "Sent")
    post.put(Sent(3, (1, 2)), "Sent")
    (row,) = lists.ThreadList(post.db, [folders.by_path(post.db, post.rows[0], "Inbox").id]).page(None, 10)  # type: ignore[union-attr]
    assert (row.total, row.message) == (3, post.ids[1]), "own answers count, and the place is that of the newest here"
    assert [one.id for one in messages.in_thread(post.db, row.thread)] == [post.ids[n] for n in (1, 2, 3)]


@pytest.mark.parametrize("limit", range(1, 8))
@pytest.mark.parametrize("oldest_first", [False, True])
def test_a_conversation_in_two_inboxes_stands_once_however_it_is_read(post: Post, limit: int, oldest_first: bool) -> None:
    for n in range(10):
        post.put(Sent(10 * n, topic=n % 3, day=n))
        post.put(Sent(10 * n + 1, (10 * n,), account=1, day=n if n % 3 else n + 2))
    for n in range(2):
        post.put(Sent(200 + n, account=n, day=5))
    inboxes = [one.id for row in post.rows if (one := folders.by_path(post.db, row, "Inbox")) is not None]
    source = lists.ThreadList(post.db, inboxes, oldest_first=oldest_first)
    there = [source.page(None, limit)]
    while there[-1]:
        there.append(source.page(there[-1][-1].key, limit))
    rows = [row for page in there for row in page]
    assert len(rows) == len({row.thread for row in rows}) == 12
    assert [row.key for row in rows] == sorted((row.key for row in rows), reverse=True)
    back = [source.page_newer(rows[-1].key, limit)]
    while back[-1]:
        back.append(source.page_newer(back[-1][0].key, limit))
    assert [row.key for page in reversed(back) for row in page] == [row.key for row in rows[:-1]]
    assert {source.key_of(id) for id in post.ids.values()} == {row.key for row in rows}
    assert sorted(row.unread for row in rows) == [1] * 2 + [2] * 10


def test_what_is_in_the_trash_is_no_part_of_it(post: Post) -> None:
    post.put(Sent(1))
    post.put(Sent(2, (1,)))
    inbox = folders.by_path(post.db, post.rows[0], "Inbox")
    assert inbox is not None
    trash = folders.ensure(post.db, post.rows[0], "Trash", role="trash")
    operations.move(post.db, [(inbox.id, post.ids[2])], trash.id)
    (row,) = lists.ThreadList(post.db, [inbox.id]).page(None, 10)
    assert row.total == 1
    assert [one.id for one in messages.in_thread(post.db, row.thread, inbox.id)] == [post.ids[1]]
    assert len(messages.in_thread(post.db, row.thread, trash.id)) == 2


def test_a_header_alone_threads_too(post: Post) -> None:
    post.put(Sent(1))
    inbox = folders.by_path(post.db, post.rows[0], "Inbox")
    assert inbox is not None
    raw = Sent(2, reply=True).raw
    with post.db.write():
        post.ids[2] = arrive_header(post.db, inbox.id, post.rows[0], header_block(raw), len(raw), uid=None, internal=START + 2)
    assert post.groups() == {frozenset({1, 2})}


def test_an_old_subject_is_no_thread(post: Post) -> None:
    post.put(Sent(1))
    post.put(Sent(2, reply=True, day=31))
    post.put(Sent(3, reply=True, account=1))
    post.put(Sent(4, topic=2, reply=True))
    post.put(Sent(5, (99,), reply=True))
    assert post.groups() == {frozenset({n}) for n in (1, 2, 3, 4, 5)}


def test_a_late_original_takes_its_reply_back(post: Post) -> None:
    post.put(Sent(1))
    post.put(Sent(9, reply=True, day=10))
    assert post.groups() == {frozenset({1, 9})}
    post.put(Sent(5, day=5))
    assert post.groups() == {frozenset({1}), frozenset({5, 9})}


def test_split_takes_what_answers_along_and_undo_brings_it_back(post: Post) -> None:
    for mail in (Sent(1), Sent(2, (1,)), Sent(3, (1, 2)), Sent(4, (1, 2, 3)), Sent(5, (1,))):
        post.put(mail)
    assert conversations.split(post.db, post.ids[3])
    assert post.groups() == {frozenset({1, 2, 5}), frozenset({3, 4})}
    post.put(Sent(6, (1, 2, 3, 4)))
    post.put(Sent(7, (1, 5)))
    assert post.groups() == {frozenset({1, 2, 5, 7}), frozenset({3, 4, 6})}
    undone = operations.undo(post.db)
    assert undone is not None and undone.kind == "thread"
    assert post.groups() == {frozenset({1, 2, 3, 4, 5, 6, 7})}


def test_an_answer_that_leaves_names_out_is_split_too(post: Post) -> None:
    for mail in (Sent(1), Sent(2, (1,)), Sent(3, (1, 2)), Sent(4, (1, 3))):  # 4 does name 1, but not where it was cut
        post.put(mail)
    assert conversations.split(post.db, post.ids[2])
    assert post.groups() == {frozenset({1}), frozenset({2, 3, 4})}
    assert operations.undo(post.db) is not None
    assert post.groups() == {frozenset({1, 2, 3, 4})}


def test_the_first_message_cannot_be_split_off(post: Post) -> None:
    post.put(Sent(1))
    post.put(Sent(2, (1,)))
    assert conversations.split(post.db, post.ids[1]) == 0


def test_split_takes_along_what_answers_an_answer(post: Post) -> None:
    """Also where it answers another mail more closely: 2 names 0, which answers 5."""
    for mail in (Sent(1), Sent(2, (0, 1)), Sent(5), Sent(0, (5,))):
        post.put(mail)
    assert conversations.split(post.db, post.ids[5])
    assert post.groups() == {frozenset({0, 2, 5}), frozenset({1})}
    operations.undo(post.db)
    assert post.groups() == {frozenset({0, 1, 2, 5})}


def test_join_holds_for_what_arrives_later(post: Post) -> None:
    for mail in (Sent(1), Sent(2, topic=1), Sent(3, topic=2)):
        post.put(mail)
    assert conversations.join(post.db, [post.ids[n] for n in (1, 2)])
    assert post.groups() == {frozenset({1, 2}), frozenset({3})}
    post.put(Sent(4, (2,), account=1))
    assert post.groups() == {frozenset({1, 2, 4}), frozenset({3})}
    assert conversations.join(post.db, [post.ids[n] for n in (1, 2)]) == 0, "they are one already"
    assert conversations.split(post.db, post.ids[2]), "what was joined can be split"
    assert post.groups() == {frozenset({1}), frozenset({2, 4}), frozenset({3})}
    operations.undo(post.db)
    operations.undo(post.db)
    assert post.groups() == {frozenset({1}), frozenset({2, 4}), frozenset({3})}


def test_conversations_are_counted_anew_where_their_number_may_be_another(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    post.put(Sent(1))
    inbox = folders.by_path(post.db, post.rows[0], "Inbox")
    assert inbox is not None
    kept, counted = lists.ThreadList(post.db, [inbox.id]), []
    count = lists.ThreadList._all

    def counting(source: lists.ThreadList, index: str) -> int:
        counted.append(source is kept)
        return count(source, index)

    monkeypatch.setattr(lists.ThreadList, "_all", counting)

    def total() -> int:
        found = kept.total()
        assert found == lists.ThreadList(post.db, [inbox.id]).total()
        return found

    assert total() == 1
    for mail, many in ((Sent(2, topic=1), 2), (Sent(3, (2,)), 2), (Sent(4, topic=2, day=40), 3)):
        post.put(mail)
        assert total() == many
    counted.clear()
    with post.db.write():
        post.db.run("UPDATE placement SET flags = flags | 3")
    assert total() == 3 and counted == [False], "mails were only read"
    post.put(Sent(5, (1, 4)), folder="Sent")
    assert total() == 2, "what came elsewhere joined two"
    assert conversations.split(post.db, post.ids[3])
    assert total() == 3
    assert operations.undo(post.db) is not None
    assert total() == 2
    assert conversations.join(post.db, [post.ids[n] for n in (1, 2)])
    assert total() == 1
    with post.db.write():
        post.db.run("UPDATE placement SET hidden = 1 WHERE folder = ?", (inbox.id,))
    assert total() == 0


def test_a_thread_by_hand_has_its_limit(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.errors import CorreioError

    monkeypatch.setattr(threads, "MOST_MESSAGES", 2)
    for mail in (Sent(1), Sent(2, (1,)), Sent(3, topic=1)):
        post.put(mail)
    with pytest.raises(CorreioError, match="thread-too-large"):
        conversations.join(post.db, [post.ids[1], post.ids[3]])


@settings(max_examples=examples(25), deadline=None)
@given(mails=MAILS, cut=st.integers(0, 30), later=st.integers(0, 12))
def test_undo_of_a_split_leaves_the_threads_as_they_would_be(
    tmp_path_factory: pytest.TempPathFactory, mails: list[Sent], cut: int, later: int
) -> None:
    mails = [Sent(m.number, tuple(n for n in m.references if n != m.number), m.topic, m.reply, m.account, m.day) for m in mails]
    post = Post(tmp_path_factory.mktemp("post"))
    before, after = mails[:-later] if later else mails, mails[-later:] if later else []
    for mail in before:
        post.put(mail)
    step = conversations.split(post.db, post.ids[before[cut % len(before)].number]) if before else 0
    # A reply by its subject alone then follows another mail, and may bring both sides together again.
    if step and not any(mail.reply and not mail.references for mail in before):
        whole = next(group for group in expected(before) if before[cut % len(before)].number in group)
        assert whole not in post.groups(), "it was split"
    for mail in after:
        post.put(mail)
    post.check()
    if step:
        operations.undo(post.db)
        post.check()
    assert post.groups() == expected(mails)
    post.db.close()


def test_dropping_a_message_forgets_its_subject(post: Post) -> None:
    from core.store import room

    post.put(Sent(1, reply=True))
    id = post.ids.pop(1)
    with post.db.write():
        placements.drop(post.db, [one.id for one in placements.of_message(post.db, id)])
    room.sweep(post.db, 1 << 40)
    assert post.db.value("SELECT count(*) FROM lone_reply") == 0
