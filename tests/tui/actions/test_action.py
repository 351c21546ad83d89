from __future__ import annotations

import subprocess
import sys

import pytest

from tui.actions import CONTEXT_TITLES, CONTEXTS, GROUP_TITLES, Action, ActionError, all_actions, find_action, find_word, program
from tui.actions.message import Archive
from tui.keys import parse_sequence

FRAGILE = {"ctrl+s", "ctrl+q", "ctrl+a", "ctrl+b", "ctrl+z", "ctrl+enter"}
"""Keys that flow control, screen, tmux or the shell may take away: never the only way."""

TABLE = {
    "list": "j k up down enter space - g_g G ctrl+d ctrl+u tab q escape / \\ n N m r R L f b d D a s C u c J K g_i g_d g_s "
    "g_t g_u x V * F U ] [ ,_d ,_a ,_s ,_U z_a z_M z_R T X o v S | $ .",
    "reader": "j k space - g_g G ctrl+d ctrl+u q / n N m r R L f b d D a s C u c J K F U ] [ z_a z_M z_R H v o S | $ .",
    "tree": "j k enter g_g G q m c J K g_i N $ tab",
    "composer": "ctrl+x escape_escape",
    "review": "y e a D t c b s P",
    "global": "? : ctrl+p",
}


def test_every_action_is_complete() -> None:
    actions = list(all_actions())
    assert len(actions) > 60
    for action in actions:
        assert action.help() and action.help().endswith("."), action.id
        assert action.title and not action.title.endswith("."), action.id
        assert find_action(action.id) is action
        assert find_word(action.word) is action
        for keys in action.keys:
            parse_sequence(keys)


def test_titles_exist_for_every_context_and_group() -> None:
    assert set(CONTEXT_TITLES) == set(CONTEXTS)
    assert {action.group() for action in all_actions()} <= set(GROUP_TITLES)


@pytest.mark.parametrize("context", TABLE)
def test_the_default_keys_of_the_manual_are_declared(context: str) -> None:
    declared = {keys for action in all_actions() if context in action.where for keys in action.keys}
    wanted = {keys.replace("_", " ") for keys in TABLE[context].split()}
    assert wanted <= declared


def test_no_action_has_only_a_fragile_key() -> None:
    for action in all_actions():
        if action is program.Suspend:
            continue  # its key means what the terminal would make of it anyway
        sturdy = [keys for keys in action.keys if keys not in FRAGILE and not keys.startswith(("alt+", "f1"))]
        assert sturdy or not action.keys, action.id


@pytest.mark.parametrize(
    "words",
    [
        {"id": "message.archive", "title": "Archive"},
        {"id": "nothing.known", "title": "Nothing"},
        {"id": "message.untitled"},
        {"id": "message.other", "title": "Other", "word": "archive"},
        {"id": "message.nowhere", "title": "Nowhere", "where": ()},
        {"id": "message.elsewhere", "title": "Elsewhere", "where": ("kitchen",)},
    ],
)
def test_a_wrong_declaration_is_refused(words: dict[str, object]) -> None:
    with pytest.raises(ActionError):
        type("Wrong", (Action,), {"__doc__": "Do something.", "__module__": __name__}, **words)
    assert find_action("message.archive") is Archive


def test_a_declaration_without_docstring_is_refused() -> None:
    with pytest.raises(ActionError):
        type("Wrong", (Action,), {"__module__": __name__}, id="message.mute_docs", title="Mute")
    assert find_action("message.mute_docs") is None


def test_the_list_of_actions_needs_no_screen() -> None:
    script = "import sys, tui.actions; sys.exit(any(name.split('.')[0] in ('textual', 'rich') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
