"""What may be chosen about the tests' Dovecot, whatever its version."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Self

ROLES = {"Drafts": "\\Drafts", "Sent": "\\Sent", "Trash": "\\Trash", "Junk": "\\Junk", "Archive": "\\Archive"}


@dataclass(frozen=True, slots=True)
class Ports:
    """Loopback ports: `imap` and `pop3` offer STARTTLS, `imaps` and `pop3s` begin with TLS."""

    imap: int
    imaps: int
    pop3: int
    pop3s: int
    sieve: int

    @classmethod
    def free(cls) -> Self:
        """Five ports that are free at this moment."""
        with ExitStack() as held:
            sockets = [held.enter_context(socket.socket()) for _ in range(5)]
            for one in sockets:
                one.bind(("127.0.0.1", 0))
            return cls(*(int(one.getsockname()[1]) for one in sockets))


@dataclass(frozen=True, slots=True)
class Options:
    """What may differ from an ordinary server.

    capability: the whole IMAP capability line, e.g. "IMAP4rev1" for a server that can nothing else.
    guarded: LOGINDISABLED until STARTTLS. Dovecot takes a client on its own address for safe and never says
        it there, so such a server listens on 127.0.0.2, which Linux has and macOS has not.
    special_use: the role folders exist and say so.
    quota: storage limit such as "100k"; None for none.
    separator: between the levels of folder names, "/" or ".".
    packed: mails lie in a few files (mdbox) instead of Maildirs, so that there can be a million; `Dovecot.load` brings them.
    extra: lines of Dovecot configuration put at the end.
    """

    capability: str = ""
    guarded: bool = False
    special_use: bool = True
    quota: str | None = None
    separator: str = "/"
    packed: bool = False
    extra: str = ""

    @property
    def address(self) -> str:
        """Where the server listens."""
        return "127.0.0.2" if self.guarded else "127.0.0.1"


def listeners(ports: Ports, *settings: str) -> str:
    """The log-in services with their ports; `settings` are lines for each of them, in the words of the version."""
    return "".join(
        (
            _listener("imap", settings, imap=ports.imap, imaps=ports.imaps),
            _listener("pop3", settings, pop3=ports.pop3, pop3s=ports.pop3s),
            _listener("managesieve", settings, sieve=ports.sieve),
        )
    )


def _listener(service: str, settings: tuple[str, ...], **ports: int) -> str:
    inner = "".join(
        f"  inet_listener {name} {{\n    port = {port}\n{_SSL if name.endswith('s') else ''}  }}\n"
        for name, port in ports.items()
    )
    more = "".join(f"  {line}\n" for line in settings)
    return f"service {service}-login {{\n{inner}{more}}}\n"


_SSL = "    ssl = yes\n"
