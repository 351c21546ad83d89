"""What discovery finds and how it tells of its progress."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct, field

from core.settings import Server

STEPS = ("presets", "srv", "autoconfig", "ispdb", "mx", "guesses")
"""The ways to find servers, the most trusted first."""


class Step(Struct, frozen=True):
    """One way to find servers, and how far it is."""

    name: str
    """One of STEPS."""
    state: str
    """running, ok, failed (`values` has the `error`'s id) or skipped (`values` has `reason`: not-needed, late)."""
    values: dict[str, Any] = field(default_factory=dict)


Report = Callable[[Step], None]


class Note(Struct, frozen=True):
    """Something to know about the provider; `tui` has the sentence for the id.

    app-password, oauth-only, enable-imap, bridge, no-imap, paid-only, own-password: see presets.toml;
    instructions: the provider's page on it; other-domain: the server `host` is not below the address's domain,
    and nothing but DNS said so; certificate-name: `host` answers, but its certificate is for others, `names`;
    offline: nobody could be asked, not even DNS;
    not-found: nothing answered, the values are the usual ones; certificate: connected, the name fits.
    """

    id: str
    url: str = ""
    host: str = ""
    names: str = ""


class Found(Struct, frozen=True, kw_only=True):
    """Servers for an address. Every value is a proposal that a person sees and can correct."""

    address: str
    source: str
    """One of STEPS, or `usual`: nothing was found, these are the usual names."""
    incoming: Server | None = None
    pop3: Server | None = None
    """Where mail is collected by POP3, as far as that is known; `incoming` is the server for IMAP."""
    outgoing: Server | None = None
    outgoing_source: str = ""
    """Where the outgoing server comes from, if it is another source."""
    provider: str = ""
    user_form: str = "address"
    """address or local: what the servers take as user name."""
    probed: bool = False
    """Whether both servers were connected to, with a good certificate for their names."""
    notes: tuple[Note, ...] = ()
    sent_copy: str = "server"
    per_day: int = 0
    """Mails a day that the provider lets through; 0: not known."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing but notes."""
        return self.incoming is None and self.pop3 is None and self.outgoing is None

    def receiving(self, kind: str) -> Server | None:
        """The server from which an account of this kind (imap, pop3) has its mail. One that was given in `incoming` counts."""
        known = self.incoming if self.incoming is not None and self.incoming.kind == kind else None
        return known or (self.pop3 if kind == "pop3" else None)

    def complete(self, kind: str) -> bool:
        """Whether there is a server for both directions."""
        return self.receiving(kind) is not None and self.outgoing is not None


def user_of(address: str, form: str) -> str:
    """The user name: the address, or (`local`) the part before the @."""
    return address.rpartition("@")[0] if form == "local" else address
