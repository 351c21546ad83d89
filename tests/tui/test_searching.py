"""Searching, sorting and threads from the keyboard, over a real store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from textual.widgets import Input

from core.arrival import arrive_mail
from core.settings import Account, Identity, SavedSearch, Server
from core.settings.file import add_account, load
from core.store import accounts, folders
from tests.tui.office import Clerk, Office, mail, work
from tui.widgets.prompt import Candidates


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Six mails in the Inbox, two of them a thread with an answer in Sent; two mails elsewhere."""
    made = Office(tmp_path)
    made.put(
        mail(1, "Alpha", sender="Zé Prado <ze@example.net>"),
        mail(2, "Bravo", body="a needle in a haystack\n\nand the needles again\n", sender="Ana Sousa <ana@example.net>"),
        mail(3, "Charlie", sender="Bruno <bruno@example.net>", body="much " * 500),
        mail(4, "Re: Alpha", parent=1, sender="Rui <rui@example.net>"),
        mail(5, "Delta, needle", sender="Rui <rui@example.net>", Cc="Ana Sousa <ana@example.net>"),
    )
    made.put(mail(6, "Re: Alpha", parent=4, sender="Me Myself <me@example.org>", to="Rui <rui@example.net>"), folder="Sent")
    made.put(mail(7, "Elsewhere, a needle"), mail(8, "Nothing here"), folder="Lists")
    return made


def subjects(clerk: Clerk) -> list[str]:
    return [entry.row.subject for entry in clerk.main.list.window.entries]


async def order(clerk: Clerk, words: str) -> None:
    await clerk.press("o")
    await clerk.type(words + "\n")


def test_ones_own_answer_is_in_the_thread(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("j")
        row = clerk.main.list.current
        assert (row.subject, row.total) == ("Re: Alpha", 3)
        assert row.people.endswith(", me")
        await clerk.press("z", "a")
        assert subjects(clerk)[1:5] == ["Re: Alpha", "Alpha", "Re: Alpha", "Re: Alpha"]
        await clerk.press("enter")
        assert clerk.main.reading.thread == [entry.row.message for entry in clerk.main.list.window.entries[2:5]]

    work(office.app(), script, (120, 30))


def test_a_thread_is_split_and_joined_and_both_taken_back(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("j", "comma", "x")
        assert "Unfold the thread" in clerk.footer
        await clerk.press("z", "a", "j", "j", "comma", "x")
        assert "The thread is split" in clerk.footer
        assert sorted(row.total for row in clerk.main.list.window.source.page(None, 10)) == [1, 1, 1, 1, 2]
        await clerk.press("u")
        assert "as they were before" in clerk.footer
        assert sorted(row.total for row in clerk.main.list.window.source.page(None, 10)) == [1, 1, 1, 3]
        await clerk.press("comma", "j")
        assert "Select the threads" in clerk.footer
        await clerk.press("z", "M", "g", "g", "x", "x", "comma", "j")
        assert "The threads are one now" in clerk.footer
        assert sorted(row.total for row in clerk.main.list.window.source.page(None, 10)) == [1, 1, 4]
        await clerk.press("u")
        assert sorted(row.total for row in clerk.main.list.window.source.page(None, 10)) == [1, 1, 1, 3]

    work(office.app(), script, (120, 30))


def test_escape_right_behind_enter_leaves_the_search_for_good(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("backslash")
        await clerk.type("needle")
        prompt = clerk.main.prompt
        prompt.field.post_message(Input.Submitted(prompt.field, "needle"))
        prompt.give_up()
        await clerk.settle()
        assert not clerk.main.view.is_search and len(subjects(clerk)) > 2

    work(office.app(), script)


def test_the_order_is_kept_for_the_folder(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("j")
        await order(clerk, "sender a")
        assert subjects(clerk) == ["Bravo", "Charlie", "Re: Alpha", "Delta, needle", "Alpha"]
        assert clerk.subject == "Re: Alpha", "the cursor stays on its message"
        assert "Sender, A to Z" in clerk.text
        await order(clerk, "size largest")
        assert subjects(clerk)[0] == "Charlie"
        await clerk.press("g", "s")
        assert clerk.main.view.order.by == "date"
        await clerk.press("g", "i")
        assert subjects(clerk)[0] == "Charlie"
        await clerk.press("X")
        assert len(subjects(clerk)) == 5
        await order(clerk, "oldest")
        assert subjects(clerk)[-1] == "Delta, needle" and clerk.main.view.in_threads
        await clerk.type(":sort subject\n")
        assert [subject.removeprefix("Re: ") for subject in subjects(clerk)] == [
            "Alpha", "Alpha", "Bravo", "Charlie", "Delta, needle",
        ]  # fmt: skip
        await clerk.type(":sort subject\n")
        assert subjects(clerk)[0] == "Delta, needle"

    work(office.app(), script)


def test_all_of_a_list_with_the_oldest_first_ends_where_it_did(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await order(clerk, "oldest")
        await clerk.press("*", "enter")
        there = {row.message for row in clerk.main.list.chosen()}
        office.put(mail(99, "Arrived later"))
        clerk.app.store_changed()
        assert subjects(clerk)[-1] == "Arrived later"
        assert {row.message for row in clerk.main.list.chosen()} == there and len(there) == len(subjects(clerk)) - 1

    work(office.app(), script)


def test_results_by_relevance_and_by_sender(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.type("/needle\n")
        assert subjects(clerk) == ["Elsewhere, a needle", "Delta, needle", "Bravo"]
        await order(clerk, "relevance")
        assert set(subjects(clerk)[:2]) == {"Elsewhere, a needle", "Delta, needle"}
        await clerk.type(":sort subject\n")
        assert subjects(clerk) == ["Bravo", "Delta, needle", "Elsewhere, a needle"]
        await clerk.press("G")
        assert clerk.subject == "Elsewhere, a needle"
        await clerk.press("k")
        assert clerk.main.list.place == (2, 3)
        await clerk.settle()
        assert clerk.subject == "Delta, needle", "after reading the list again too"

    work(office.app(), script)


def test_the_scope_changes_while_one_types(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.type("/needle")
        assert "Search: needle" in clerk.text and len(subjects(clerk)) == 3
        await clerk.press("ctrl+o")
        assert "Show only: needle" in clerk.text and len(subjects(clerk)) == 2
        await clerk.press("ctrl+o")
        assert "Search: needle" in clerk.text and len(subjects(clerk)) == 3
        await clerk.press("enter")
        assert clerk.main.view.scope == "all"
        await clerk.press("ctrl+o")
        assert "In this folder" in clerk.footer and len(subjects(clerk)) == 2

    work(office.app(), script)


def test_narrowing_what_was_found(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.type("/needle\n")
        await clerk.press("backslash")
        await clerk.type("from:rui\n")
        assert subjects(clerk) == ["Delta, needle"]
        assert clerk.main.view.query == "(needle) from:rui" and clerk.main.view.scope == "all"

    work(office.app(), script)


def test_the_last_search_is_found_again(office: Office) -> None:
    async def first(clerk: Clerk) -> None:
        await clerk.press("g", "slash")
        assert "Nothing was searched for yet" in clerk.footer
        await clerk.type("/elsewhere\n")
        await clerk.press("escape", "g", "slash")
        assert subjects(clerk) == ["Elsewhere, a needle"]
        await clerk.press("escape")
        assert clerk.main.view.query == ""

    async def second(clerk: Clerk) -> None:
        await clerk.press("g", "slash")
        assert subjects(clerk) == ["Elsewhere, a needle"], "after a restart too"

    work(office.app(), first)
    work(office.app(), second)


def test_a_saved_search_stands_in_the_tree(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.type("/needle\n")
        await clerk.press("B")
        await clerk.press("ctrl+u")
        await clerk.type("Hay\n")
        assert [one.query for one in load(office.home.settings_file).searches] == ["needle"]
        await clerk.press("escape")
        entry = next(one for one in clerk.main.folder_tree.entries if one.kind == "saved")
        assert entry.label == "Hay"
        clerk.main.show_pane("tree")
        clerk.main.folder_tree.go_bottom()
        await clerk.press("enter")
        assert len(subjects(clerk)) == 3 and "Hay" in clerk.text
        assert clerk.main.folder_tree.here == entry.key
        await clerk.type(":sort subject\n")
        await clerk.press("escape")
        clerk.main.show_pane("tree")
        clerk.main.folder_tree.go_bottom()
        await clerk.press("R")
        await clerk.press("ctrl+u")
        await clerk.type("Needles\n")
        assert "Needles" in clerk.text
        await clerk.press("enter")
        assert subjects(clerk)[0] == "Bravo", "its order is kept"
        clerk.main.show_pane("tree")
        await clerk.press("D")
        assert load(office.home.settings_file).searches == ()
        assert not [one for one in clerk.main.folder_tree.entries if one.kind == "saved"]

    work(office.app(), script, (120, 30))


def test_everything_with_a_person(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("at")
        assert "Everything exchanged with" in clerk.text
        await clerk.type("rui\n")
        assert subjects(clerk) == ["Re: Alpha", "Delta, needle", "Re: Alpha"], "what went to him too"
        await clerk.type(":with bruno@example.net\n")
        assert subjects(clerk) == ["Charlie"]

    work(office.app(), script)


def test_hits_are_marked_and_walked_through(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.type("/needle\n")
        rows = [clerk.main.list.render_line(y) for y in range(3)]
        assert any(segment.text == "needle" for segment in rows[1]), "a piece with a look of its own"
        await clerk.press("G", "enter")
        reader = clerk.main.reader
        assert len(reader.hits) == 2
        await clerk.press("n")
        assert reader.hit == 0
        await clerk.press("n")
        assert reader.hit == 1
        await clerk.press("N")
        assert reader.hit == 0
        await clerk.press("q", "escape")
        assert reader.terms == () and clerk.main.list.terms == ((), ())

    work(office.app(), script)


def test_account_names_in_queries(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.type("/needle account:me\n")
        assert len(subjects(clerk)) == 3
        await clerk.press("escape")
        await clerk.type("/in:me/Lists\n")
        assert subjects(clerk) == ["Nothing here", "Elsewhere, a needle"]
        await clerk.press("asterisk")
        await clerk.press("enter", "a")
        await clerk.press("escape")

    work(office.app(), script)


def test_a_query_names_a_folder_that_is_not_there(office: Office) -> None:
    def hint(clerk: Clerk) -> str:
        return str(clerk.main.query_one(Candidates).wrong)

    async def script(clerk: Clerk) -> None:
        await clerk.type("/needle in:nosuch")
        assert clerk.main.list.empty_text == "There is no folder nosuch."
        await clerk.press("enter")
        assert hint(clerk) == "There is no folder nosuch."
        assert clerk.app.focused is clerk.main.query_one(Input), "the line stays, to be corrected"
        await clerk.press("ctrl+u")
        await clerk.type("needle -account:nobody\n")
        assert hint(clerk) == "There is no account nobody."
        await clerk.press("ctrl+u")
        await clerk.type("needle -in:junk\n")
        assert len(subjects(clerk)) == 3
        await clerk.press("escape")
        before = subjects(clerk)
        for order in ("*-in:nosuch\n", ":search -in:nosuch\n"):
            await clerk.type(order)
            assert "There is no folder nosuch." in clerk.footer
            assert subjects(clerk) == before and not clerk.main.list.selection

    work(office.app(), script)


class Servers:
    """Stands for the engine: answers when the test says so."""

    connected = True

    def __init__(self) -> None:
        self.asked: list[tuple[dict[str, Any], Callable[[Any, Any], None]]] = []

    def ask(self, do: str, done: Callable[[Any, Any], None], **words: Any) -> None:
        if do == "search":
            self.asked.append((words, done))

    def tell(self, do: str, **words: Any) -> None:
        """Nobody hears it."""

    def start(self) -> None:
        """Nothing is started."""

    def close(self) -> None:
        """Nothing is closed."""


def test_hits_of_the_server_join_the_list(office: Office) -> None:
    office.settings(lambda old: replace(old, accounts=tuple(_with_server(one) for one in old.accounts)))
    app = office.app()
    servers = Servers()
    app.desk.engine = servers  # type: ignore[assignment]

    async def script(clerk: Clerk) -> None:
        await clerk.type("/needle\n")
        assert "searching on the server" in clerk.text
        assert {words["query"] for words, _ in servers.asked} == {"needle"} and len(servers.asked) == 3
        hidden = office.db.value("SELECT id FROM message WHERE subject = 'Charlie'")
        for words, done in servers.asked:
            done([hidden] if words["folder"] == office.folder("Inbox").id else [], None)
        await clerk.settle()
        assert subjects(clerk) == ["Elsewhere, a needle", "Delta, needle", "Charlie", "Bravo"]
        assert "searching on the server" not in clerk.text and "4 found" in clerk.text
        await clerk.type(":sort sender\n")
        assert subjects(clerk)[2] == "Charlie", "in other orders too"
        await clerk.press("asterisk", "enter", "F")
        flagged = "SELECT count(DISTINCT message) FROM placement WHERE flags & 4"
        assert office.db.value(flagged) == 4, "what the server found is chosen too"

    work(app, script)


def test_what_a_server_cannot_be_asked_is_looked_at_here(office: Office) -> None:
    office.settings(lambda old: replace(old, accounts=tuple(_with_server(one) for one in old.accounts)))
    app = office.app()
    servers = Servers()
    app.desk.engine = servers  # type: ignore[assignment]

    async def script(clerk: Clerk) -> None:
        await clerk.type("/needle in:sent\n")
        everything = [id for (id,) in office.db.read("SELECT id FROM message")]
        for _words, done in servers.asked:
            done(everything, None)
        await clerk.settle()
        assert subjects(clerk) == ["Re: Alpha"]

    work(app, script)


def _with_server(account: Account) -> Account:
    return replace(account, kind="imap", incoming=Server(kind="imap", host="127.0.0.1", security="none", user="me"))


def test_a_comment_is_shown_and_found(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("enter", "semicolon")
        await clerk.type("ask again\n")
        assert "Comment: ask again" in clerk.text
        await clerk.press("q")
        await clerk.type("/comment:ask\n")
        assert subjects(clerk) == ["Delta, needle"]

    work(office.app(), script)


def test_the_sent_mail_of_every_account_in_one_list(office: Office) -> None:
    second = Account(name="second", kind="local", email="two@example.org")
    add_account(office.home.settings_file, second, Identity(account=second.id, address=second.email))
    row = accounts.row_of(office.db, second.id, local=True)
    with office.db.write():
        for account, path, role in ((row, "Inbox", "inbox"), (row, "Sent", "sent"), (office.row, "Sent", "sent")):
            made = folders.ensure(office.db, account, path, role=role)
            arrive_mail(office.db, made.id, account, mail(20 + made.id, f"{role} of {account}"))

    async def script(clerk: Clerk) -> None:
        await clerk.press("g", "u")
        assert "All inboxes" in clerk.text and f"inbox of {row}" in subjects(clerk)
        clerk.main.show_pane("tree")
        await clerk.press("right", "right")
        while clerk.main.folder_tree.current.label != "All sent":
            await clerk.press("j")
        await clerk.press("enter")
        assert "All sent" in clerk.text
        assert {f"sent of {row}", f"sent of {office.row}"} <= set(subjects(clerk))
        await clerk.type("/needle")
        await clerk.press("ctrl+o")
        assert subjects(clerk) == [], "only in the folders shown"
        await clerk.press("escape")
        assert "All sent" in clerk.text
        await clerk.press("c")
        await clerk.type("second sent\n")
        assert subjects(clerk) == [f"sent of {row}"]

    work(office.app(), script, (120, 30))


def saved_entries(clerk: Clerk) -> dict[str, int]:
    """The saved searches in the tree, with their unread counts."""
    return {one.label: one.unread for one in clerk.main.folder_tree.entries if one.kind == "saved"}


def test_a_saved_search_shows_how_much_of_it_is_unread(office: Office) -> None:
    searches = (SavedSearch(name="Hay", query="needle"), SavedSearch(name="Wrong", query="( OR"))
    office.settings(lambda old: replace(old, searches=searches))

    async def script(clerk: Clerk) -> None:
        await clerk.until(lambda: saved_entries(clerk) == {"Hay": 3, "Wrong": 0})
        await clerk.type(":go Hay\n")
        assert clerk.main.folder_tree.here == ("saved", searches[0].id)
        await clerk.press("U")
        await clerk.until(lambda: saved_entries(clerk) == {"Hay": 2, "Wrong": 0})
        await clerk.press("escape", "c")
        await clerk.type("hay\n")
        assert len(subjects(clerk)) == 3 and clerk.main.view.saved == searches[0].id

    work(office.app(), script, (120, 30))


def test_moving_offers_no_searches(office: Office) -> None:
    office.settings(lambda old: replace(old, searches=(SavedSearch(name="Hay", query="needle"),)))

    async def script(clerk: Clerk) -> None:
        await clerk.press("s")
        assert {type(choice.value) for choice in clerk.app.screen.all_choices} == {folders.Folder}

    work(office.app(), script)


def test_a_query_that_is_wrong_can_be_mended_where_it_was_typed(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.type("/needle from:\n")
        assert "There is nothing after from:" in clerk.text and clerk.main.prompt.display
        await clerk.type("ana")
        assert "There is nothing after from:" not in clerk.text
        await clerk.press("enter")
        assert subjects(clerk) == ["Elsewhere, a needle", "Bravo"] and not clerk.main.prompt.display

    work(office.app(), script)


def test_a_range_of_hits_is_what_it_shows(office: Office) -> None:
    """Mails of one minute that did not arrive in turn: no other mail is chosen with those between the ends."""
    numbers = (50, 5, 30, 20)
    with office.db.write():
        for n in numbers:
            raw = mail(n, f"Of a minute, second {n}")
            arrive_mail(office.db, office.folder("Lists").id, office.row, raw, internal=1_559_000_040 + n)

    async def script(clerk: Clerk) -> None:
        await clerk.press("/")
        await clerk.type("minute\n")
        shown = subjects(clerk)
        assert len(shown) == 4
        await clerk.press("j", "V", "j", "V")
        assert {row.subject for row in clerk.main.list.chosen()} == set(shown[1:3])
        entries = clerk.main.list.window.entries
        assert [entry.row.subject for entry in entries if entry in clerk.main.list.selection] == shown[1:3]

    work(office.app(), script)


@pytest.mark.parametrize("words", ["AI", "with:AI OR AI", "🎉", "hurrah 🎉"])
def test_a_short_last_word_and_a_picture_are_found_in_the_text(office: Office, words: str) -> None:
    """The last word is taken for a beginning on the screen, and beginnings of two letters are not looked for in texts."""
    office.put(mail(9, "Ninth", body="We talked about AI, hurrah 🎉 all day"), mail(10, "Tenth", body="An aircraft"))

    async def script(clerk: Clerk) -> None:
        await clerk.press("/")
        await clerk.type(words)
        await clerk.press("enter")
        assert subjects(clerk) == ["Ninth"]

    work(office.app(), script)
