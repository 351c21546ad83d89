"""The program itself: leaving, help, commands, collecting mail."""

from __future__ import annotations

from tui.actions.action import PANES, Action
from tui.translation import N_


class Help(
    Action,
    id="program.help",
    title=N_("Help"),
    keys=("?", "f1"),
    where=("global", "review", "help", "settings", "form"),
    footer=N_("keys"),
    rank=90,
):
    """Show the keys that work here."""


class Command(Action, id="program.command", title=N_("Command line"), keys=(":",), where=("global",)):
    """Type the name of an action."""


class Palette(Action, id="program.palette", title=N_("Palette"), keys=("ctrl+p",), where=("global",)):
    """Find any action by a few letters."""


class Back(
    Action,
    id="program.back",
    title=N_("Back"),
    keys=("q",),
    where=(*PANES, "review", "outbox", "help", "attachments", "settings"),
    footer=N_("back"),
    rank=80,
):
    """Go back: out of the message, the search, the list; at the top, leave Correio."""


class Cancel(
    Action,
    id="program.cancel",
    title=N_("Cancel"),
    keys=("escape",),
    where=(*PANES, "review", "outbox", "picker", "prompt", "dialog", "help", "attachments", "settings", "form"),
):
    """Give up what was begun: a selection, a filter, a question."""


class Quit(
    Action,
    id="program.quit",
    title=N_("Leave"),
    keys=("ctrl+q", "ctrl+c"),
    where=("global", "review", "picker", "dialog", "help", "form"),
):
    """Leave Correio; asks only when something is unsaved. What is queued is still sent."""


class Suspend(
    Action,
    id="program.suspend",
    title=N_("To the shell"),
    keys=("ctrl+z",),
    where=("global", "review", "picker", "dialog", "help", "form"),
    needs="no_text",
):
    """Go back to the shell; `fg` there brings Correio back. Mail is collected and sent meanwhile."""


class Notices(Action, id="program.notices", title=N_("Past notices"), keys=("z !",), word="messages"):
    """Read again what was said at the bottom of the screen, with the times."""


class Sync(Action, id="program.sync", title=N_("Collect mail"), keys=("$",), where=PANES, takes="account"):
    """Collect mail and send what waits, now."""


class Halt(Action, id="program.halt", title=N_("Stop collecting"), where=PANES, takes="account"):
    """End the collecting of mail that is going on, of all accounts or the one named; what has come stays."""


class Offline(Action, id="program.offline", title=N_("Offline"), where=PANES, takes="account"):
    """Work offline by choice, all accounts or the one named: what you do waits until `:online`."""


class Online(Action, id="program.online", title=N_("Online"), where=PANES, takes="account"):
    """Go back on the line after `:offline`, all accounts or the one named; what waits is sent and collected."""


class Theme(Action, id="program.theme", title=N_("Theme"), takes="theme"):
    """Choose the colours."""


class KeyMap(Action, id="program.keymap", title=N_("Key map"), takes="keymap"):
    """Choose the keys."""


class Redraw(Action, id="program.redraw", title=N_("Draw again"), keys=("ctrl+l",)):
    """Draw the whole screen again, after another program has written over it."""
