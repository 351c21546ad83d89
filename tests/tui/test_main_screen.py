"""The main screen: going about, reading, finding; over a real store."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.flags import Flag
from core.store import folders, messages
from tests.tui.office import Clerk, Office, mail, work
from tui.widgets.reader import Reader


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Five mails, two of them a thread."""
    made = Office(tmp_path)
    made.put(mail(1, "Alpha"), mail(2, "Bravo", body="needle in a haystack"), mail(3, "Charlie"))
    made.put(mail(4, "Re: Alpha", parent=1, sender="Rui <rui@example.net>"), mail(5, "Delta", sender="Rui <rui@example.net>"))
    made.put(mail(6, "Elsewhere, a needle"), folder="Lists")
    return made


def reader_text(clerk: Clerk) -> str:
    return "\n".join(one.line.text for one in clerk.main.reader.laid.shown)


def test_keys_that_mean_nothing_say_so(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def script(clerk: Clerk) -> None:
        said: list[str] = []
        monkeypatch.setattr(clerk.app, "say", lambda text, **_more: said.append(text) if "nothing here" in text else None)
        await clerk.press("Q")
        assert said == ["Q does nothing here. ? shows the keys that do."]
        await clerk.press("g", "y")
        assert said[1:] == ["gy does nothing here. ? shows the keys that do."]
        await clerk.press("c", "w", "escape", "slash", "w", "escape")
        assert len(said) == 2, "what is typed is text"

    work(office.app(), script)


def test_it_begins_in_the_inbox_with_the_newest_mail(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        assert clerk.subject == "Delta" and clerk.main.pane == "list"
        assert "Inbox 5 unread" in clerk.text
        assert clerk.main.list.place == (1, 4)

    work(office.app(), script)


@pytest.mark.parametrize(
    ("size", "panes"), [((80, 24), ("list",)), ((120, 30), ("tree", "list")), ((170, 50), ("tree", "list", "reader"))]
)
def test_panes_by_width(office: Office, size: tuple[int, int], panes: tuple[str, ...]) -> None:
    async def script(clerk: Clerk) -> None:
        assert clerk.main.shown_panes == panes
        if len(panes) == 3:
            await clerk.until(lambda: clerk.main.reader.has_message)
        await clerk.press("tab")
        assert clerk.main.pane == ("reader" if len(panes) == 3 else "tree")
        await clerk.press("q")
        assert clerk.main.pane == "list"
        await clerk.press("enter")
        assert clerk.main.pane == "reader" and "reader" in clerk.main.shown_panes
        await clerk.press("escape")
        assert clerk.main.pane == "list" and clerk.app.is_running

    work(office.app(), script, size)


@pytest.mark.parametrize(
    ("size", "cells"), [((80, 24), None), ((120, 30), 25), ((160, 48), 25), ((190, 50), 35), ((200, 50), 37), ((300, 50), 37)]
)
def test_names_of_folders_have_room_on_a_wide_screen(office: Office, size: tuple[int, int], cells: int | None) -> None:
    name = "Correspondence with the north"
    office.put(mail(7), folder=name)

    async def script(clerk: Clerk) -> None:
        if cells is None:
            await clerk.press("tab")
        width = clerk.main.folder_tree.size.width
        assert width == (cells or size[0])
        assert any(name in line[:width] for line in clerk.text.splitlines()) == (width >= 37)
        if cells == 37:
            with office.db.write():
                folders.rename(office.db, office.folder(name), "Short")
            await clerk.until(lambda: clerk.main.folder_tree.size.width == 25)

    work(office.app(), script, size)


def test_opening_marks_read_and_the_next_unread_follows(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("enter")
        assert "The text of mail 5." in reader_text(clerk)
        await clerk.until(lambda: office.folder("Inbox").unread == 4)
        await clerk.press("right_square_bracket")
        assert clerk.main.pane == "reader" and "The text of mail 1." in reader_text(clerk)
        await clerk.press("J")
        assert "The text of mail 4." in reader_text(clerk), "the next message of the thread"
        await clerk.press("J")
        assert "The text of mail 3." in reader_text(clerk), "then the next of the list"
        await clerk.press("K")
        assert "The text of mail 4." in reader_text(clerk), "the newest of the thread"
        await clerk.press("K", "enter")
        assert "The text of mail 1." in reader_text(clerk)
        await clerk.press("K")
        assert "The text of mail 5." in reader_text(clerk)

    work(office.app(), script)


def test_the_reader_beside_the_list_follows_and_marks_later(office: Office) -> None:
    office.settings(lambda old: _with_ui(old, mark_read_after=-1))

    async def script(clerk: Clerk) -> None:
        await clerk.until(lambda: "The text of mail 5." in reader_text(clerk))
        await clerk.press("j")
        await clerk.until(lambda: "The text of mail 1." in reader_text(clerk))
        assert office.folder("Inbox").unread == 5, "only following marks nothing"
        await clerk.press("enter")
        await clerk.until(lambda: office.folder("Inbox").unread == 4)

    work(office.app(), script, (170, 50))


def test_a_read_mark_does_not_move_the_reader_within_a_thread(office: Office) -> None:
    office.settings(lambda old: _with_ui(old, mark_read_after=0))

    async def script(clerk: Clerk) -> None:
        await clerk.press("j")
        await clerk.until(lambda: "The text of mail 1." in reader_text(clerk))
        await clerk.until(lambda: office.folder("Inbox").unread < 5)
        await clerk.settle()
        assert "The text of mail 1." in reader_text(clerk)

    work(office.app(), script, (170, 50))


def test_search_as_one_types_and_the_way_back(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("j", "j")
        await clerk.type("/needle")
        assert "Search: needle" in clerk.text and clerk.main.list.window.total == 2
        assert clerk.app.focused is not None and clerk.app.focused.parent is not None
        await clerk.press("enter")
        assert clerk.main.list.has_focus and clerk.subject == "Elsewhere, a needle"
        await clerk.press("n")
        assert clerk.subject == "Bravo"
        await clerk.press("N")
        assert clerk.subject == "Elsewhere, a needle"
        await clerk.press("escape")
        assert clerk.subject == "Charlie" and clerk.main.list.window.total == 4, "where one was before"

    work(office.app(), script)


def test_a_search_given_up_while_typing(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("j")
        await clerk.type("/needle")
        await clerk.press("escape")
        assert clerk.subject == "Re: Alpha" and not clerk.main.view.is_search
        await clerk.type("/need")
        await clerk.press("enter")
        await clerk.type("/xyz")
        await clerk.press("escape")
        assert clerk.main.view.query == "need", "back to the search before"

    work(office.app(), script)


def test_filter_threads_and_unread_only(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("backslash")
        await clerk.type("from:rui")
        await clerk.press("enter")
        assert [entry.row.subject for entry in clerk.main.list.window.entries] == ["Delta", "Re: Alpha"]
        await clerk.press("q")
        assert clerk.main.list.window.total == 4
        await clerk.press("j", "T")
        assert clerk.main.list.window.total == 5 and clerk.subject == "Re: Alpha", "the cursor stays on its message"
        await clerk.press("U", "X")
        assert clerk.main.list.window.total == 4
        await clerk.press("X", "T")
        assert clerk.main.list.window.total == 4

    work(office.app(), script)


def test_going_to_folders(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("g", "t")
        assert "Trash" in clerk.text.splitlines()[0]
        await clerk.press("g", "i")
        assert clerk.subject == "Delta"
        await clerk.press("c")
        await clerk.type("lis")
        await clerk.press("enter")
        assert clerk.subject == "Elsewhere, a needle"
        await clerk.press("K", "K", "K", "K", "K", "K", "K", "K")
        assert clerk.subject == "Delta"

    work(office.app(), script)


def test_a_new_folder_below_the_one_under_the_cursor(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("tab", "G", "N")
        await clerk.type("linux")
        await clerk.press("enter")
        await clerk.until(lambda: "linux" in clerk.text)
        assert office.folder("Lists/linux").account == office.row

    work(office.app(), script)


def test_a_folder_is_moved_and_taken_back(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("tab", "G", "M")
        assert "me/Lists" in clerk.footer
        await clerk.type("-old")
        await clerk.press("enter")
        await clerk.until(lambda: "Lists-old" in clerk.text)
        assert office.folder("Lists-old").total == 1
        assert folders.by_path(office.db, office.row, "Lists") is None
        await clerk.press("u")
        assert office.folder("Lists").total == 1 and "goes back" in clerk.footer
        await clerk.press("K", "K", "K", "K", "K", "K", "K", "J")  # the account, then its Inbox
        await clerk.type("M-old\n")
        assert "stays where it is" in clerk.text

    work(office.app(), script)


def test_find_in_the_message(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("G", "enter")
        await clerk.type("/haystack")
        await clerk.press("enter")
        assert clerk.main.query_one("#reader", Reader).has_hits and "1 hit" in clerk.footer
        await clerk.press("n")
        await clerk.until(lambda: "hit 1 of 1" in clerk.footer)
        await clerk.press("escape")
        assert clerk.main.pane == "reader" and not clerk.main.reader.has_hits

    work(office.app(), script)


def test_the_keys_for_a_message_are_shown_when_html_is_the_first_that_is_read(office: Office) -> None:
    office.put(mail(7, "Page", html="<p>rich words</p>", X_Priority="1"))

    async def script(clerk: Clerk) -> None:
        await clerk.press("enter")
        await clerk.until(lambda: "rich words" in reader_text(clerk) and "reply" in clerk.footer)
        assert "Priority  high" in reader_text(clerk)

    work(office.app(), script)


def test_other_forms_headers_and_links(office: Office) -> None:
    office.put(mail(7, "Both", body="plain words", html='<p>rich words <a href="https://example.org/a">here</a></p>'))

    async def script(clerk: Clerk) -> None:
        await clerk.press("enter")
        assert "plain words" in reader_text(clerk)
        await clerk.press("e")
        await clerk.until(lambda: "rich words" in reader_text(clerk))
        await clerk.press("o")
        assert "https://example.org/a" in clerk.text
        await clerk.press("enter")
        assert "https://example.org/a" in clerk.footer, "the true target is said"
        await clerk.press("e")
        await clerk.until(lambda: "multipart/alternative" in reader_text(clerk))
        await clerk.press("H")
        assert "Message-ID" in reader_text(clerk)

    work(office.app(), script)


def test_attachments_are_saved_and_never_overwrite(office: Office, tmp_path: Path) -> None:
    office.put(mail(7, "Files", files=[("../a.txt", b"one"), ("b.txt", b"two")]))
    target = tmp_path / "target"
    target.mkdir()

    async def script(clerk: Clerk) -> None:
        await clerk.press("v", "s", "ctrl+u")
        await clerk.type(str(target))
        await clerk.press("enter")
        await clerk.until(lambda: (target / "a.txt").exists())
        await clerk.press("q", "S")
        await clerk.press("enter")
        await clerk.until(lambda: (target / "a (2).txt").exists() and (target / "b.txt").exists())
        await clerk.until(lambda: len(list(target.iterdir())) == 3)
        assert (target / "b.txt").read_bytes() == b"two"
        await clerk.press("S", "ctrl+u", *"nowhere", "enter")
        assert "There is no folder nowhere" in clerk.footer

    work(office.app(), script)


def test_pipe_gives_the_raw_message_to_a_program(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("vertical_line")
        await clerk.type("grep -c Message-ID")
        await clerk.press("enter")
        await clerk.until(lambda: "What the program wrote: grep -c" in clerk.text and "\n 1 " in clerk.text)
        await clerk.press("d")
        assert office.folder("Inbox").total == 5, "no key for messages means the program's words"
        await clerk.press("q", "vertical_line")
        await clerk.type("no-such-program-anywhere")
        await clerk.press("enter")
        await clerk.until(lambda: "no-such-program-anywhere" in clerk.footer)

    work(office.app(), script)


def test_new_mail_keeps_the_cursor_and_what_is_read(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("j", "j", "enter")
        assert "The text of mail 3." in reader_text(clerk)
        office.put(mail(8, "Fresh"), mail(9, "Fresher"))
        await clerk.until(lambda: clerk.main.list.window.total == 6)
        assert "The text of mail 3." in reader_text(clerk)
        await clerk.press("q")
        assert clerk.subject == "Charlie"

    work(office.app(), script)


def test_a_refresh_without_news_draws_nothing(office: Office) -> None:
    async def script(clerk: Clerk) -> int:
        drawn: list[object] = []
        clerk.main.list.refresh = lambda *regions, **more: drawn.append(regions)
        clerk.main.folder_tree.refresh = lambda *regions, **more: drawn.append(regions)
        clerk.app.store_changed()
        await clerk.pilot.pause()
        return len(drawn)

    assert work(office.app(), script) == 0


def test_a_folder_that_goes_gives_way_to_the_inbox(office: Office) -> None:
    from core.store import folders

    async def script(clerk: Clerk) -> None:
        await clerk.press("c")
        await clerk.type("lis")
        await clerk.press("enter")
        folders.remove(office.db, [office.folder("Lists").id])
        await clerk.until(lambda: clerk.subject == "Delta")

    work(office.app(), script)


@pytest.mark.parametrize("typed", ["two/old", "two/lists/old", "two old", "lists.old", "lists/o", "old two"])
def test_a_folder_is_found_by_account_and_path(office: Office, typed: str) -> None:
    """As the command line names it, and with slashes where the levels of its path end in dots."""
    from core.settings import Account, Identity
    from core.settings.file import add_account
    from core.store import accounts, folders

    two = Account(name="two", kind="local", email="two@example.org")
    add_account(office.home.settings_file, two, Identity(account=two.id, address=two.email))
    row = accounts.row_of(office.db, two.id, local=True)
    with office.db.write():
        there = folders.ensure(office.db, row, "Lists.Old", delimiter=".")

    async def script(clerk: Clerk) -> None:
        await clerk.press("c")
        await clerk.type(typed)
        await clerk.press("enter")
        assert clerk.main.view.folder == there.id

    work(office.app(), script)


def test_the_command_line_and_the_palette(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("colon")
        await clerk.type("go Lists")
        await clerk.press("enter")
        assert clerk.subject == "Elsewhere, a needle"
        await clerk.press("colon")
        await clerk.type("nonsense")
        await clerk.press("enter")
        assert "nonsense" in clerk.footer
        await clerk.press("ctrl+p")
        await clerk.type("inbox")
        await clerk.press("enter")
        assert clerk.subject == "Delta"
        await clerk.press("ctrl+p")
        await clerk.type("unspell")
        assert "Nothing fits" in clerk.text
        await clerk.press("ctrl+u")
        await clerk.type("sync")
        await clerk.until(lambda: "Nothing fits" not in clerk.text)  # found by its word on the command line
        await clerk.press("escape")
        await clerk.press("question_mark")
        assert "Moving about" in clerk.text
        await clerk.press("q")
        assert clerk.main.list.has_focus

    work(office.app(), script)


def test_messages_gone_while_open_do_no_harm(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("enter")
        with office.db.write():
            office.db.run("UPDATE placement SET hidden = 1 WHERE folder = ?", (office.folder("Inbox").id,))
        await clerk.until(lambda: clerk.main.list.current is None)
        await clerk.press("J", "K", "d", "a", "U", "r", "v", "q")
        assert "No messages here." in clerk.text

    work(office.app(), script)


def _with_ui(old, **changes):  # type: ignore[no-untyped-def]
    from msgspec.structs import replace

    return replace(old, ui=replace(old.ui, **changes))


def test_flags_are_shown_as_they_are(office: Office) -> None:
    office.put(mail(7, "Starred"), flags=Flag.FLAGGED)

    async def script(clerk: Clerk) -> None:
        assert clerk.main.list.current.flags & Flag.FLAGGED
        row = clerk.main.list.current
        await clerk.press("F")
        assert not messages.flags_of(office.db, row.message) & Flag.FLAGGED

    work(office.app(), script)


async def quiet(clerk: Clerk) -> None:
    """The engine's complaint has come and is gone."""
    await clerk.until(lambda: "engine" in clerk.footer)
    clerk.app.say("")
    await clerk.settle()


def test_q_says_quit_where_it_does(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await quiet(clerk)
        assert "q quit" in clerk.footer and "q back" not in clerk.footer
        for keys, back in (("x", "escape"), ("tab", "q"), ("enter", "q")):
            await clerk.press(keys)
            assert "q back" in clerk.footer, keys
            await clerk.press(back)
            assert "q quit" in clerk.footer, back
        await clerk.type("/mail\n")
        assert "q back" in clerk.footer
        await clerk.press("q")
        assert "q quit" in clerk.footer

    work(office.app(), script, (160, 40))


def test_a_notice_ends_at_the_next_key(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def script(clerk: Clerk) -> None:
        await quiet(clerk)
        clerk.app.say("Something was done.")
        await clerk.settle()
        assert "Something was done." in clerk.footer
        await clerk.press("j")
        assert "Something was done." not in clerk.footer and "q quit" in clerk.footer
        clerk.app.say("Something went wrong.", warning=True)
        await clerk.press("j")
        assert "Something went wrong." in clerk.footer, "nobody can have read it"
        monkeypatch.setattr("tui.speaking.HEEDED", -1.0)
        await clerk.press("k")
        assert "Something went wrong." not in clerk.footer

    work(office.app(), script, (120, 30))


def test_what_comes_to_a_conversation_leaves_the_cursor_and_the_choice_on_it(office: Office) -> None:
    """It goes to the top of the list: the next key is meant for it all the same, and nothing taken out is chosen again."""
    office.put(*(mail(n, f"Row {n}") for n in range(10, 170)))

    async def script(clerk: Clerk) -> None:
        await clerk.press("G", "k", "k", "k", "k", "k")
        subject = clerk.subject
        number = int(subject.removeprefix("Row "))
        await clerk.press("asterisk")
        await clerk.type("*\n")
        await clerk.press("x", "k")
        assert len(clerk.main.list.chosen()) == 163
        assert clerk.subject == subject
        office.put(mail(200, f"Re: {subject}", parent=number))
        await clerk.settle()
        current = clerk.main.list.current
        assert current.subject.endswith(subject) and current.total == 2
        assert subject not in {row.subject.removeprefix("Re: ") for row in clerk.main.list.chosen()}
        assert len(clerk.main.list.chosen()) == 163

    work(office.app(), script)
