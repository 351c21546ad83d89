from __future__ import annotations

from tui.actions import Action, all_actions, compose, folder, message, move, program
from tui.keyboard import Keyboard, Meaning
from tui.keymap import load_key_map


def typed(*keys: str, contexts: tuple[str, ...] = ("list", "global"), undone: tuple[type[Action], ...] = ()) -> Meaning:
    keyboard = Keyboard(load_key_map("default"))
    meaning = Meaning()
    for key in keys:
        meaning = keyboard.press(key, contexts, lambda action: action not in undone)  # type: ignore[arg-type]
    return meaning


def test_one_key_means_an_action_of_the_innermost_context() -> None:
    assert typed("a").action is message.Archive
    assert typed("J", contexts=("reader", "global")).action is move.NextMessage
    assert typed("J", contexts=("tree", "global")).action is folder.Next
    assert typed("?").action is program.Help


def test_a_sequence_waits_and_then_means_an_action() -> None:
    assert typed("g").waiting
    assert typed("g", "i").action is folder.Inbox
    assert typed("g", "g").action is move.Top


def test_a_wrong_end_loses_the_sequence_and_nothing_else() -> None:
    assert typed("g", "d").action is folder.Drafts
    meaning = typed("g", "a")
    assert meaning.lost and meaning.action is None
    keyboard = Keyboard(load_key_map("default"))
    keyboard.press("g", ["list"])
    keyboard.press("a", ["list"])
    assert keyboard.press("a", ["list"]).action is message.Archive


def test_unknown_keys_are_left_to_others() -> None:
    assert typed("ctrl+t").nothing
    assert typed("a", contexts=("global",)).nothing


def test_keys_of_actions_that_nobody_does_are_free() -> None:
    assert typed("a", undone=(message.Archive,)).nothing
    undone = tuple(action for action in all_actions() if any(keys.startswith("g ") for keys in action.keys))
    assert typed("g", undone=undone).nothing


def test_escape_gives_a_sequence_up_unless_the_sequence_needs_it() -> None:
    assert typed("g", "escape").lost
    assert typed("escape", "escape", contexts=("composer",)).action is compose.Finish
