"""`config` and `completion`."""

from __future__ import annotations

import argparse
import json

from core.errors import CorreioError, NotFound, SettingsError, UsageError
from core.settings import describe, keys
from core.settings.entries import Fault
from tui.commands.session import Session
from tui.sentences import wrong_sentence
from tui.translation import _, ngettext


def run_config(session: Session, arguments: argparse.Namespace) -> int:
    """`correio config`."""
    verb, key, value = arguments.verb, arguments.key, arguments.value
    if verb == "path":
        session.tell({"path": str(session.home.settings_file)}, str(session.home.settings_file))
    elif verb == "check":
        _check_looks(session, "ui.theme", session.settings.ui.theme)
        _check_looks(session, "ui.keymap", session.settings.ui.keymap)
        count = len(session.settings.accounts)
        words = ngettext("The settings are in order: {n} account.", "The settings are in order: {n} accounts.", count)
        session.tell({"accounts": count}, words.format(n=count))
    elif verb == "list":
        rows = [{"key": s.key, "default": written(s.default), "help": s.help} for s in describe()]
        session.tell(rows, "") if session.json else _manual(rows)
    elif key is None or (verb == "set" and value is None):
        raise UsageError("config-words-missing", verb=verb)
    else:
        try:
            _get(session, key) if verb == "get" else _set(session, key, str(value))
        except SettingsError as error:
            raise _about(error, key, value) from error
    return 0


def _get(session: Session, key: str) -> None:
    found = keys.get(session.settings, key)
    session.tell(keys.as_plain(found), written(found))


def written(value: object) -> str:
    """A value as the file has it; a text without its quotation marks."""
    plain = keys.as_plain(value)
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)


def _looks(session: Session, key: str, name: str) -> None:
    """A theme or key map of this name is there and in order: else the screen would not start. NotFound, SettingsError."""
    if key == "ui.theme" and name:
        from tui.theme import load_theme

        load_theme(name, (session.home.config / "themes",))
    elif key == "ui.keymap":
        from tui.keymap import load_key_map

        load_key_map(name, (session.home.config / "keymaps",))


def _check_looks(session: Session, key: str, name: str) -> None:
    """As `_looks`, with the line of the settings that names what is not there. SettingsError."""
    from core.settings.lines import line_of
    from tui.keymap import key_map_names
    from tui.theme import theme_names

    try:
        _looks(session, key, name)
    except NotFound as error:
        if error.values.get("name") != name:
            raise  # what a key map of the user's own is based on
        file, folders = session.home.settings_file, session.home.config
        known = theme_names((folders / "themes",)) if key == "ui.theme" else key_map_names((folders / "keymaps",))
        line = line_of(file.read_text(encoding="utf-8"), tuple(key.split(".")))
        raise SettingsError(
            "settings-bad-choice", file=str(file), line=line, key=key, value=name, choices=", ".join(known)
        ) from error


def _set(session: Session, key: str, value: str) -> None:
    _looks(session, key, value)
    session.home.make()
    keys.put(session.home.settings_file, key, value)
    session.hurry("reload")


def _about(error: SettingsError, key: str, value: str | None) -> CorreioError:
    """What is wrong with the words given, where it is not the file that is wrong."""
    if error.values.get("line"):
        return error
    if error.id == "settings-unknown-key":
        return NotFound("no-setting", what="setting", name=key, near=error.values.get("near", ""))
    told = error.values
    if "reason" in told:
        return UsageError("setting-refused", key=key, value=value, why=wrong_sentence(told["reason"]))
    limits = f"{told['least']} … {told['most']}" if "least" in told else ""
    if possible := limits or told.get("choices") or told.get("expected"):
        why = _("Possible: {values}").format(values=possible)
        return UsageError("setting-refused", key=key, value=value, why=why)
    if why := _beside(error, key, value):
        return UsageError("setting-refused", key=key, value=value, why=why)
    return error


def _beside(error: SettingsError, key: str, value: str | None) -> str:
    """Why a value does not go with the others in the file; '' for what is wrong in another way."""
    told = error.values
    if error.id == "settings-missing":
        # The file's own name for it counts tables; what was typed names them.
        other = f"{key.rpartition('.')[0]}.{told['key'].rpartition('.')[2]}"
        return _("{key} is missing: set that first.").format(key=other)
    if error.id == "settings-dangling" and told["value"] != value:
        return _("{key} names {value}.").format(key=told["key"], value=told["value"])
    if error.id in ("settings-dangling", "settings-twice"):
        from tui.setting_words import fault_words

        return fault_words(Fault(key, error.id, told))
    return ""


def _manual(rows: list[dict[str, str]]) -> None:
    for row in rows:
        print(f"{row['key']} = {row['default']}\n    {row['help']}")


def run_completion(session: Session, arguments: argparse.Namespace) -> int:
    """`correio completion SHELL`: words made from the one list of commands."""
    from tui.commands.completion import script
    from tui.commands.words import parser

    print(script(parser(), arguments.shell))
    return 0
