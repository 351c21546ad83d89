"""Taking over accounts of other mail programs: as proposals that a person sees, corrects and tests."""

from __future__ import annotations

from pathlib import Path

from accounts.discovery.found import Found, Note
from core.elsewhere import Elsewhere
from core.settings import Settings
from tui.translation import _

TITLES = {
    "neomutt": "Mutt", "aerc": "aerc", "himalaya": "Himalaya", "mbsync": "mbsync", "msmtp": "msmtp", "offlineimap": "OfflineIMAP",
    "thunderbird": "Thunderbird",
}  # fmt: skip


def as_found(one: Elsewhere) -> Found:
    """The account as if its servers had been discovered."""
    notes = []
    if one.clear_password and not one.command:
        notes.append(Note("password-elsewhere", host=from_home(one.file)))
    if one.outgoing_command and one.outgoing_command != one.command:
        notes.append(Note("other-command", host=one.outgoing_command))
    return Found(
        address=one.address,
        source="elsewhere",
        incoming=one.incoming,
        outgoing=one.outgoing,
        provider=TITLES.get(one.program, one.program),
        notes=tuple(notes),
    )


def from_home(place: str) -> str:
    """A path as people write it, from ~ on."""
    home = f"{Path.home()}/"
    return f"~/{place.removeprefix(home)}" if place.startswith(home) else place


def new_ones(found: list[Elsewhere], settings: Settings) -> list[Elsewhere]:
    """Those that can be used and are not here already."""
    here = {(one.incoming.host, one.incoming.user.casefold()) for one in settings.accounts if one.incoming is not None}
    return [one for one in found if one.usable and one.incoming and (one.incoming.host, one.incoming.user.casefold()) not in here]


def described(one: Elsewhere) -> str:
    """An account on one line."""
    hosts = ", ".join(side.host for side in (one.incoming, one.outgoing) if side is not None)
    program = TITLES.get(one.program, one.program)
    return _("{address} of {program} ({hosts})").format(address=one.address or one.name, program=program, hosts=hosts)
