"""`config` and `completion`."""

from __future__ import annotations

import argparse
import json

from core.errors import UsageError
from core.settings import describe, keys
from tui.commands.session import Session
from tui.translation import _


def run_config(session: Session, arguments: argparse.Namespace) -> int:
    """`correio config`."""
    verb, key, value = arguments.verb, arguments.key, arguments.value
    if verb == "path":
        session.tell({"path": str(session.home.settings_file)}, str(session.home.settings_file))
    elif verb == "check":
        count = len(session.settings.accounts)
        session.tell({"accounts": count}, _("The settings are in order: {n} accounts.").format(n=count))
    elif verb == "list":
        rows = [{"key": s.key, "default": str(s.default), "help": s.help} for s in describe()]
        session.tell(rows, "") if session.json else _manual(rows)
    elif key is None or (verb == "set" and value is None):
        raise UsageError("config-words-missing", verb=verb)
    elif verb == "get":
        found = keys.as_plain(keys.get(session.settings, key))
        session.tell(found, found if isinstance(found, str) else json.dumps(found, ensure_ascii=False))
    else:
        session.home.make()
        keys.put(session.home.settings_file, key, str(value))
        client = session.engine()
        if client is not None:
            client.ask("reload", timeout=5)
            client.close()
    return 0


def _manual(rows: list[dict[str, str]]) -> None:
    for row in rows:
        print(f"{row['key']} = {row['default']}\n    {row['help']}")


def run_completion(session: Session, arguments: argparse.Namespace) -> int:
    """`correio completion SHELL`: words made from the one list of commands."""
    from tui.commands.completion import script
    from tui.commands.words import parser

    print(script(parser(), arguments.shell))
    return 0
