"""The people of a message, but for oneself."""

from __future__ import annotations

from core.address import Address
from tui.desk import Desk


def people_of(desk: Desk, message: int) -> list[Address]:
    """Who wrote a message and who got it, each once, without one's own addresses unless there is nobody else."""
    from core.envelope import read_envelope
    from core.store import bodies

    header = bodies.header(desk.db, message)
    if header is None:
        return []
    envelope = read_envelope(header)
    everybody = (*envelope.from_, *envelope.sender, *envelope.reply_to, *envelope.to, *envelope.cc, *envelope.bcc)
    found: dict[str, Address] = {}
    for one in everybody:
        if one.addr:
            found.setdefault(one.key, one)
    own = {identity.address.casefold() for identity in desk.settings.identities}
    others = [one for key, one in found.items() if key not in own]
    return others or list(found.values())
