"""What can be done with a mail that waits to be sent, or was not sent."""

from __future__ import annotations

from tui.actions.action import PANES, Action
from tui.translation import N_


class Show(Action, id="go.outbox", title=N_("Outbox"), keys=("g o",), where=PANES, word="outbox"):
    """Show what waits to be sent, and what was not sent."""


class InOutbox(Action, where=("outbox",), needs="mail"):
    """Something for the mail under the cursor."""


class Edit(InOutbox, id="outbox.edit", title=N_("Edit"), keys=("e", "enter"), footer=N_("edit"), rank=1, word="outbox-edit"):
    """Open the mail in the composer: taken back, or anew for those who did not get it."""


class Retry(InOutbox, id="outbox.retry", title=N_("Send again"), keys=("y",), footer=N_("send now"), rank=2, word="outbox-retry"):
    """Send the mail now, or once more."""


class Arrived(
    InOutbox,
    id="outbox.arrived",
    title=N_("It arrived"),
    keys=("a",),
    footer=N_("it arrived"),
    rank=3,
    needs="uncertain_mail",
):
    """Say that a mail has arrived whose sending was cut off."""


class Cancel(
    InOutbox,
    id="outbox.cancel",
    title=N_("Do not send"),
    keys=("d",),
    footer=N_("take out"),
    rank=4,
    needs="entry",
    word="do-not-send",
):
    """Take the mail out of the outbox and keep it as a draft; stop a sending to many; take off what you have seen."""


class Pause(
    InOutbox,
    id="outbox.pause",
    title=N_("Pause"),
    keys=("p",),
    footer=N_("pause, go on"),
    rank=2,
    needs="batch",
    word="outbox-pause",
):
    """Pause a sending to many, or go on with it."""


class Earlier(InOutbox, id="outbox.earlier", title=N_("Earlier"), keys=("K",), needs="waiting_mail", word="outbox-earlier"):
    """Let the mail go before the one above it."""


class Later(InOutbox, id="outbox.later", title=N_("Later"), keys=("J",), needs="waiting_mail", word="outbox-later"):
    """Let the mail go after the one below it."""
