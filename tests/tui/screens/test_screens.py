"""Help, palette and picker: what is shown is what can be done, and what is chosen is done."""

from __future__ import annotations

from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from core.cells import cell_len
from core.errors import UsageError
from tests.tui.pilot import HOSTILE, PartsApp, drive, lines_of, screen_text
from tests.tui.sources import MadeList, row
from tui.actions import all_actions, does, message, move, program
from tui.command_words import complete_command, parse_command
from tui.fuzzy import best, score
from tui.guide import KeyHint
from tui.screens.help import HelpScreen, HelpText
from tui.screens.picker import Picker
from tui.widgets.choice_list import Choice, ChoiceList
from tui.widgets.message_list import MessageList
from tui.widgets.prompt import Prompt
from tui.widgets.which_key import WhichKey


class DoingApp(PartsApp):
    """A list, a prompt, and some actions that are noted."""

    def __init__(self, rows: int = 20) -> None:
        self.list = MessageList()
        super().__init__(self.list, Prompt())
        self.rows = rows
        self.done: list[str] = []

    def on_mount(self) -> None:
        self.list.show_source(MadeList([row(n) for n in range(self.rows)]))

    @does(message.Archive)
    def archive(self) -> None:
        self.done.append("archive")

    @does(message.Move)
    def move_to(self, argument: str = "") -> None:
        self.done.append(f"move {argument}")

    @does(program.Back)
    def back(self) -> None:
        self.done.append("back")


def test_help_shows_what_is_done_here_and_nothing_else() -> None:
    async def script(pilot: Pilot[None]) -> str:
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        text = "\n".join(lines_of(app.screen.query_one(HelpText)))
        lines = app.screen.query_one(HelpText).lines
        ids = {entry.action.id for entry in lines if not isinstance(entry, str)}
        assert {"message.archive", "move.down", "program.palette"} <= ids
        assert not ids & {"message.trash", "compose.new", "review.send"}
        await pilot.press("j", "G", "q")
        assert not isinstance(app.screen, HelpScreen)
        return text

    app = DoingApp()
    text = drive(app, script, size=(100, 40))
    assert "Go one line down." in text and "j  ↓" in text
    assert app.done == []


def test_help_is_wrapped_and_not_cut() -> None:
    async def script(pilot: Pilot[None]) -> str:
        await pilot.press("question_mark")
        return " ".join(" ".join(lines_of(app.screen.query_one(HelpText))).split())

    app = DoingApp()
    text = drive(app, script, size=(80, 200))
    assert "Open the message, thread …" not in text and "…" not in text


@pytest.mark.parametrize("size", [(20, 5), (40, 12), (300, 90)])
def test_help_fits_any_size(size: tuple[int, int]) -> None:
    async def script(pilot: Pilot[None]) -> None:
        await pilot.press("question_mark")
        text = app.screen.query_one(HelpText)
        assert all(cell_len(line) <= size[0] for line in lines_of(text))
        await pilot.press("escape")

    app = DoingApp()
    drive(app, script, size=size)


def test_the_palette_does_what_is_chosen_where_one_was() -> None:
    async def script(pilot: Pilot[None]) -> None:
        await pilot.press("j", "ctrl+p")
        await pilot.press(*"archiv")
        assert "Archive" in screen_text(app)
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.focused, MessageList)

    app = DoingApp()
    drive(app, script)
    assert app.done == ["archive"]


def test_the_palette_offers_only_what_is_possible() -> None:
    async def script(pilot: Pilot[None]) -> set[str]:
        await pilot.press("ctrl+p")
        assert isinstance(app.screen, Picker)
        return {choice.value.id for choice in app.screen.all_choices}

    app = DoingApp(rows=0)
    offered = drive(app, script)
    assert "program.back" in offered and "message.archive" not in offered


def test_keys_typed_before_the_palette_is_ready_are_not_lost() -> None:
    async def script(pilot: Pilot[None]) -> str:
        for key in ("ctrl+p", "q", "a", "q"):
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await pilot.pause()
        await pilot.pause()
        assert isinstance(app.screen, Picker)
        return app.screen.query_one("Input").value  # type: ignore[attr-defined,no-any-return]

    app = DoingApp()
    assert drive(app, script) == "qaq"
    assert app.done == []


def test_a_picker_is_steered_from_its_field() -> None:
    async def script(pilot: Pilot[None]) -> list[Any]:
        chosen: list[Any] = []
        for keys in (("down", "down", "enter"), ("t", "h", "enter"), ("escape",), ("end", "x", "x", "enter", "escape")):
            choices = [Choice(n, name) for n, name in enumerate(("one", "two", "three"))]
            app.push_screen(Picker("Choose", choices), chosen.append)
            await pilot.pause()
            await pilot.press(*keys)
            await pilot.pause()
        return chosen

    app = DoingApp()
    assert drive(app, script) == [2, 2, None, None]


def test_a_picker_says_that_nothing_fits_and_how_it_is_left() -> None:
    async def script(pilot: Pilot[None]) -> None:
        app.push_screen(Picker("Choose", [Choice(1, "one")]))
        await pilot.pause()
        nothing = app.screen.query_one("#nothing")
        assert not nothing.display and "Esc" in str(app.screen.query_one("Vertical").border_subtitle)
        await pilot.press("x")
        await pilot.pause()
        assert nothing.display
        await pilot.press("backspace")
        await pilot.pause()
        assert not nothing.display

    app = DoingApp()
    drive(app, script)


def test_where_one_types_the_footer_names_no_letters() -> None:
    async def script(pilot: Pilot[None]) -> None:
        assert KeyHint("?", "keys") in app.footer_hints()
        await pilot.press("colon")
        await pilot.pause()
        assert KeyHint("F1", "keys") in app.footer_hints() and not [one for one in app.footer_hints() if len(one.key) == 1]
        await pilot.press("f1")
        assert isinstance(app.screen, HelpScreen)

    app = DoingApp()
    drive(app, script)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_choices_are_only_text(text: str) -> None:
    async def script(pilot: Pilot[None]) -> None:
        app.push_screen(Picker(text, [Choice(1, text, text, text)], text, text))
        await pilot.pause()
        lines = lines_of(app.screen.query_one(ChoiceList))
        assert all(line.replace("\u200d", "").isprintable() for line in lines)
        await pilot.press("enter", "escape")
        assert app.return_code in (None, 0)

    app = DoingApp()
    drive(app, script)


def test_the_hint_shows_what_can_follow_and_goes_away() -> None:
    async def script(pilot: Pilot[None]) -> tuple[str, str]:
        await pilot.press("g")
        while not app.screen.query(WhichKey):
            await pilot.pause()
        await pilot.pause()
        shown = screen_text(app)
        await pilot.press("g")
        await pilot.pause()
        return shown, screen_text(app)

    app = DoingApp()
    shown, after = drive(app, script)
    assert "g …" in shown and "To the top" in shown and "Inbox" not in shown
    assert "To the top" not in after


def test_keys_go_to_actions_and_repeat_does_them_again() -> None:
    async def script(pilot: Pilot[None]) -> None:
        await pilot.press("a", "full_stop", "q", "full_stop")
        app.remember(message.Move, "Lists")
        await pilot.press("full_stop")

    app = DoingApp()
    drive(app, script)
    assert app.done == ["archive", "archive", "back", "archive", "move Lists"]


def test_keys_of_textual_itself_do_nothing_of_their_own() -> None:
    async def script(pilot: Pilot[None]) -> bool:
        await pilot.press("ctrl+q", "ctrl+c", "tab")
        return app.is_running

    app = DoingApp()
    assert drive(app, script)


def test_the_command_line_does_what_is_typed() -> None:
    async def script(pilot: Pilot[None]) -> None:
        await pilot.press("colon", *"arch", "tab", "enter")
        answered = app.screen.query_one(Prompt)
        assert not answered.display
        assert await app.do_command("move Archive/2024")
        assert not await app.do_command("trash")

    app = DoingApp()
    drive(app, script)
    assert app.done == ["move Archive/2024"]


@pytest.mark.parametrize(
    ("text", "action", "argument"),
    [
        ("archive", message.Archive, ""),
        (":archive", message.Archive, ""),
        ("  move   Lists / new ", message.Move, "Lists / new"),
        ("arch", message.Archive, ""),
        ("page-d", move.PageDown, ""),
    ],
)
def test_command_lines(text: str, action: object, argument: str) -> None:
    assert parse_command(text) == (action, argument)


@pytest.mark.parametrize(
    ("text", "id"),
    [("", "unknown-command"), ("xyzzy", "unknown-command"), ("re", "ambiguous-command"), ("archive now", "no-argument")],
)
def test_wrong_command_lines(text: str, id: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_command(text)
    assert refused.value.id == id


def test_commands_are_completed() -> None:
    def arguments(kind: str, beginning: str) -> list[str]:
        return [f"{beginning}{kind}"]

    everything = complete_command("", lambda action: True, arguments)
    assert sorted(everything) == sorted(action.word for action in all_actions())
    assert complete_command("arch", lambda action: True, arguments) == ["archive"]
    assert complete_command("arch", lambda action: False, arguments) == []
    assert complete_command("move A", lambda action: True, arguments) == ["move Afolder"]
    assert complete_command("archive A", lambda action: True, arguments) == []


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [("ar24", "Archive/2024"), ("lm", "lists/linux-man"), ("INB", "Inbox"), ("nbx", "Inbox"), ("elie", "Élie"), ("日", "日本")],
)
def test_a_few_letters_find_the_likely_one(typed: str, wanted: str) -> None:
    names = ["Inbox", "Archive", "Archive/2024", "lists/linux-man", "Élie", "日本", "a long name with many letters"]
    assert best(typed, names, str)[0] == wanted


def test_what_does_not_fit_is_left_out() -> None:
    assert score("xyz", "Inbox") is None
    assert best("", ["b", "a"], str) == ["b", "a"]
