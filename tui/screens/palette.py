"""The palette: every action that is possible now, found by a few letters."""

from __future__ import annotations

from collections.abc import Sequence

from tui.actions import Action, Context, all_actions, program
from tui.guide import Possible, all_keys
from tui.keymap import KeyMap
from tui.screens.picker import Picker
from tui.translation import _
from tui.widgets.choice_list import Choice

_NOT_OFFERED = frozenset({program.Palette.id, program.Cancel.id})


def palette(
    key_map: KeyMap, around: Sequence[Context], possible: Possible, allowed: Possible = lambda action: True
) -> Picker[type[Action]]:
    """A picker over the actions that are possible; of those that are not `allowed` it says so."""
    refused = _("— the owner of this folder does not let you")
    choices = [
        Choice(
            action,
            action.shown_title(),
            action.help() if allowed(action) else refused,
            all_keys(key_map, action, around),
            action.word,
            dim=not allowed(action),
        )
        for action in all_actions()
        if action.id not in _NOT_OFFERED and possible(action)
    ]
    return Picker(_("Do"), choices)
