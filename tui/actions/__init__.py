"""Everything a user can do: declared once (`action`), done by marked methods (`doing`)."""

from __future__ import annotations

from tui.actions import (
    attachment,
    compose,
    folder,
    invitation,
    letter,
    message,
    move,
    outbox,
    program,
    search,
    select,
    settings,
    view,
)
from tui.actions.action import (
    CONTEXT_TITLES,
    CONTEXTS,
    GROUP_TITLES,
    Action,
    ActionError,
    Context,
    all_actions,
    find_action,
    find_word,
)
from tui.actions.doing import chain, contexts, does, find_doer, is_possible, run_action

__all__ = [
    "CONTEXTS",
    "CONTEXT_TITLES",
    "GROUP_TITLES",
    "Action",
    "ActionError",
    "Context",
    "all_actions",
    "attachment",
    "chain",
    "compose",
    "contexts",
    "does",
    "find_action",
    "find_doer",
    "find_word",
    "folder",
    "invitation",
    "letter",
    "is_possible",
    "message",
    "move",
    "outbox",
    "program",
    "run_action",
    "search",
    "select",
    "settings",
    "view",
]
