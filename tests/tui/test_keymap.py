from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import NotFound, SettingsError
from tui.actions import CONTEXTS, compose, folder, message, move, program, view
from tui.keymap import KeyMap, key_map_names, load_key_map


def write(folder: Path, text: str, name: str = "mine") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def clashes(key_map: KeyMap) -> list[tuple[str, tuple[str, ...], str, str]]:
    found = []
    for context in CONTEXTS:
        entries = [(keys, id) for id, all_keys in key_map.bound[context].items() for keys in all_keys]
        for keys, id in entries:
            found += [
                (context, keys, id, other) for other_keys, other in entries if other != id and other_keys[: len(keys)] == keys
            ]
    return found


@pytest.mark.parametrize("name", key_map_names())
def test_the_shipped_maps_hold_no_clash_and_miss_no_action(name: str) -> None:
    key_map = load_key_map(name)
    assert not clashes(key_map)
    unreachable = {"move.previous_unread"} if name == "mutt" else set()
    default = load_key_map("default")
    for context in CONTEXTS:
        for id, keys in default.bound[context].items():
            assert key_map.bound[context][id] or not keys or id in unreachable, (context, id)


def test_default_and_mutt_are_shipped() -> None:
    assert key_map_names()[:1] == ["default"]
    assert "mutt" in key_map_names()
    mutt = load_key_map("mutt")
    assert mutt.look_up(("g",), "list").action is compose.ReplyAll
    assert mutt.look_up(("j",), "reader").action is move.NextMessage
    assert mutt.look_up(("j",), "list").action is move.Down


def test_sequences_are_found_step_by_step() -> None:
    key_map = load_key_map("default")
    assert key_map.look_up(("g",), "list").longer
    assert key_map.look_up(("g", "i"), "list").action is folder.Inbox
    assert key_map.look_up(("g", "x"), "list").action is None
    after = dict(key_map.continuations(("z",), ["reader"]))
    assert {name: after[name] for name in "aMR"} == {"a": view.Fold, "M": view.FoldAll, "R": view.UnfoldAll}


def test_a_map_of_ones_own_changes_the_default(tmp_path: Path) -> None:
    write(tmp_path, '[keys]\n"message.trash" = "delete"\n"message.archive" = ["f9", "% e"]\n[reader]\n"move.down" = []\n')
    key_map = load_key_map("mine", [tmp_path])
    assert key_map.look_up(("d",), "list").action is None
    assert key_map.look_up(("delete",), "reader").action is message.Trash
    assert key_map.look_up(("j",), "list").action is move.Down
    assert key_map.look_up(("j",), "reader").action is None
    assert key_map.keys_of(message.Archive) == (("f9",), ("%", "e"))


def test_a_map_may_begin_from_another(tmp_path: Path) -> None:
    write(tmp_path, 'based_on = "mutt"\ntitle = "Mine"\n[keys]\n"program.sync" = ["%"]\n')
    key_map = load_key_map("mine", [tmp_path])
    assert key_map.title == "Mine"
    assert key_map.look_up(("%",), "list").action is program.Sync
    assert key_map.look_up(("g",), "list").action is compose.ReplyAll


@pytest.mark.parametrize(
    ("text", "id", "line", "key"),
    [
        ("[keys]\n\n'message.trsh' = 'd'\n", "keymap-unknown-action", 3, "message.trsh"),
        ("[kitchen]\n'message.trash' = 'd'\n", "keymap-unknown-context", 1, "kitchen"),
        ("[review]\n'message.trash' = 'd'\n", "keymap-wrong-place", 2, "message.trash"),
        ("[keys]\n'message.trash' = 5\n", "keymap-bad-value", 2, "message.trash"),
        ("[keys]\n'message.trash' = [['d']]\n", "keymap-bad-value", 2, "message.trash"),
        ("keys = 5\n", "keymap-bad-value", 1, "keys"),
        ("# mine\n[keys]\n'message.trash' = ['ctrl+i']\n", "keymap-impossible-key", 3, "message.trash"),
        ("[keys]\n'message.trash' = ['dle']\n", "keymap-impossible-key", 2, "message.trash"),
        ("[keys]\n'move.down' = 'j'\n\n'message.trash' = 'a'\n", "keymap-clash", 4, "message.trash"),
        ("[keys]\n'message.trash' = 'g'\n", "keymap-clash", 2, "message.trash"),
        ("[keys]\n'message.trash' = 'a b'\n", "keymap-clash", 2, "message.trash"),
        ("[keys]\n'message.trash' = 'd\n", "settings-syntax", 2, ""),
    ],
)
def test_mistakes_are_named_with_file_and_line(tmp_path: Path, text: str, id: str, line: int, key: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(SettingsError) as refused:
        load_key_map("mine", [tmp_path])
    assert refused.value.id == id
    assert refused.value.values["file"] == str(path)
    assert (refused.value.values["line"], refused.value.values["key"]) == (line, key)


def test_a_clash_names_the_other_action(tmp_path: Path) -> None:
    write(tmp_path, "[keys]\n'message.trash' = 'a'\n")
    with pytest.raises(SettingsError) as refused:
        load_key_map("mine", [tmp_path])
    assert refused.value.values["other"] == "message.archive"
    assert refused.value.values["typed"] == "a"


@pytest.mark.parametrize("name", ["nothing", "../mutt", "/etc/passwd"])
def test_an_unknown_map_is_not_found(name: str) -> None:
    with pytest.raises(NotFound):
        load_key_map(name)
