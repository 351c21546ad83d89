"""Which messages a change is for."""

from __future__ import annotations

from pathlib import Path

from core.store import folders
from tests.core.store.test_threads import Post, Sent
from tui.chosen import Chosen
from tui.view import View, source_of


def test_a_conversation_of_several_inboxes_is_changed_in_all_of_them(tmp_path: Path) -> None:
    post = Post(tmp_path)
    inboxes = [folders.ensure(post.db, row, "Inbox", role="inbox").id for row in post.rows]
    post.put(Sent(1))
    post.put(Sent(2, (1,), account=1, day=1))
    post.put(Sent(3, (1, 2), day=2))
    post.put(Sent(4, topic=1, account=1))
    both = View(role="inbox")
    (row,) = [row for row in source_of(post.db, both).page(None, 10) if row.total > 1]
    numbers = {id: number for number, id in post.ids.items()}
    places = Chosen(both, rows=(row,)).places(post.db)
    assert sorted((inboxes.index(folder), numbers[message]) for folder, message in places) == [(0, 1), (0, 3), (1, 2)]
    one = View(folder=inboxes[1])
    (row,) = [row for row in source_of(post.db, one).page(None, 10) if row.total > 1]
    assert [numbers[message] for _folder, message in Chosen(one, rows=(row,)).places(post.db)] == [2]
