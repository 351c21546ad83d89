"""The settings of servers and of the ways to them: servers, proxies, credentials."""

from __future__ import annotations

import os
from typing import Annotated

from msgspec import Struct, field
from msgspec.structs import force_setattr

from core.settings import checks
from core.settings.field import setting

_PORTS = {
    ("imap", "tls"): 993,
    ("imap", "starttls"): 143,
    ("imap", "none"): 143,
    ("pop3", "tls"): 995,
    ("pop3", "starttls"): 110,
    ("pop3", "none"): 110,
    ("mailgun", "tls"): 443,
    ("elasticemail", "tls"): 443,
    ("smtp", "tls"): 465,
    ("smtp", "starttls"): 587,
    ("smtp", "none"): 25,
}


_HOSTS = {"mailgun": "api.mailgun.net", "elasticemail": "api.elasticemail.com"}
OUTGOING = ("smtp", "mailgun", "elasticemail", "sendmail")
"""What servers that mail goes out through speak; `sendmail` is a command of this machine."""
PROVIDERS_CAP = -1
"""Instead of a cap: what is known of the provider."""


def new_id() -> str:
    """A random id of 8 hexadecimal digits, for an account, server or identity."""
    return os.urandom(4).hex()


def default_port(kind: str, security: str) -> int:
    """The usual port: 993 or 143 for IMAP, 995 or 110 for POP3, 465, 587 or 25 for SMTP; 0 where there is none."""
    return _PORTS.get((kind, security), 0)


class Server(Struct, frozen=True, kw_only=True):
    """A server that mail comes from or goes to."""

    id: Annotated[str, setting("The server's own id; it never changes.", fixed=True, check=checks.an_id)] = field(
        default_factory=new_id
    )
    name: Annotated[str, setting("What the server is called; empty: its host.", check=checks.one_line)] = ""
    account: Annotated[
        str, setting("For further outgoing servers: the id of the account that sends through it; empty: all do.",
                     check=checks.id_or_nothing),
    ] = ""  # fmt: skip
    active: Annotated[bool, setting("Whether the server is used.")] = True
    kind: Annotated[
        str,
        setting(
            "What the server speaks: imap, pop3; for sending smtp, the web interface of mailgun or elasticemail, or sendmail (a"
            " command of this machine).",
            choices=("imap", "pop3", *OUTGOING),
        ),
    ]
    host: Annotated[
        str,
        setting(
            "The server's name on the network, such as mail.example.org.",
            check=checks.host_or_nothing,
        ),
    ] = ""
    port: Annotated[int, setting("The port; left out, it follows from the security.", least=0, most=65535)] = 0
    security: Annotated[
        str,
        setting(
            "tls: encrypted from the first byte; starttls: encrypted before the password; none: open to all.",
            choices=("tls", "starttls", "none"),
        ),
    ] = "tls"
    trust: Annotated[
        str,
        setting(
            "Which certificate is believed: system, the path of a CA file, sha256:FINGERPRINT, or ignore.", check=checks.trust
        ),
    ] = "system"
    min_tls: Annotated[str, setting("The oldest version of TLS that is accepted.", choices=("1.2", "1.3"))] = "1.2"
    auth: Annotated[bool, setting("Whether the server wants a user and a password.")] = True
    method: Annotated[
        str,
        setting(
            "How the password is told to the server; oauth2: a token instead of it, for a credential that has one.",
            choices=("auto", "plain", "login", "cram-md5", "scram-sha-1", "scram-sha-256", "oauth2"),
        ),
    ] = "auto"
    user: Annotated[str, setting("The user's name for the server, often the whole address.", check=checks.one_line)] = ""
    credential: Annotated[str, setting("The name of the credential that logs in.", check=checks.one_line)] = ""
    proxy: Annotated[str, setting("The name of the proxy through which the server is reached; empty: none.",
                                  check=checks.one_line)] = ""  # fmt: skip
    domain: Annotated[
        str,
        setting(
            "For mailgun: the domain that sends, as it is registered there (in Europe the host is api.eu.mailgun.net).",
            check=checks.host_or_nothing,
        ),
    ] = ""
    command: Annotated[
        str, setting("For sendmail: the command; it gets -i -f SENDER -- RECIPIENTS and no shell.", check=checks.command)
    ] = "/usr/sbin/sendmail"
    senders: Annotated[
        str,
        setting(
            "The senders for which this server is tried first: addresses and @domains with commas between; empty: none in"
            " particular.",
            check=checks.one_line,
        ),
    ] = ""
    per_hour: Annotated[
        int, setting("The most recipients in an hour; 0: no cap; -1: what is known of the provider.", least=-1, most=1000000)
    ] = PROVIDERS_CAP
    per_day: Annotated[
        int, setting("The most recipients in 24 hours; 0: no cap; -1: what is known of the provider.", least=-1, most=10000000)
    ] = PROVIDERS_CAP
    per_week: Annotated[
        int, setting("The most recipients in seven days; 0: no cap; -1: what is known of the provider.", least=-1, most=10000000)
    ] = PROVIDERS_CAP
    per_message: Annotated[
        int,
        setting(
            "The most recipients of a mail, which goes out in parts where it has more; 0: no cap; -1: what is known of the"
            " provider.",
            least=-1,
            most=100000,
        ),
    ] = PROVIDERS_CAP
    through: object = None
    """The way there, with its password, put in by whoever connects (`accounts.proxies.Way`); never in the file."""

    def __post_init__(self) -> None:
        if not self.host:
            force_setattr(self, "host", _HOSTS.get(self.kind, ""))
        if not self.port:
            force_setattr(self, "port", default_port(self.kind, self.security))

    @property
    def shown(self) -> str:
        """What the server is called, for people."""
        return self.name or self.host or self.command

    def sends_for(self, address: str) -> int:
        """How well it suits a sender: 2 for the address itself, 1 for its domain, 0 where nothing is said of either."""
        folded = address.casefold()
        for word in self.senders.casefold().replace(",", " ").split():
            if word == folded or (word.startswith("@") and folded.endswith(word)):
                return 1 if word.startswith("@") else 2
        return 0


class Credential(Struct, frozen=True, kw_only=True):
    """Where a password is kept. Several servers can share one."""

    name: Annotated[str, setting("The credential's name, which servers refer to.", check=checks.one_line_something)]
    method: Annotated[
        str,
        setting(
            "Where it is kept: keyring, gpg (a file for your own key), file (a random key beside it), "
            "passphrase, command, or ask (typed each time).",
            choices=("keyring", "gpg", "file", "passphrase", "command", "ask"),
        ),
    ] = "ask"
    command: Annotated[
        str, setting("For command: it is run without a shell, its first line is the password.", check=checks.command)
    ] = ""
    minutes: Annotated[
        int, setting("For ask: minutes for which what was typed is remembered; 0: until the engine ends.", least=0, most=10080)
    ] = 0
    oauth: Annotated[
        str,
        setting(
            "Whether it is a password (empty) or OAuth2 with Google, Microsoft, Yahoo, or another provider (generic).",
            choices=("", "google", "microsoft", "yahoo", "generic"),
        ),
    ] = ""
    client_id: Annotated[str, setting("OAuth2: the client id of your own that the provider gave you.", check=checks.one_line)] = (
        ""
    )
    tenant: Annotated[
        str, setting("OAuth2 with Microsoft: common, consumers, organizations, or your own tenant.", check=checks.one_word)
    ] = "common"
    authorize_url: Annotated[
        str, setting("OAuth2, generic: the page where you allow it.", check=checks.web_address_or_nothing)
    ] = ""
    token_url: Annotated[str, setting("OAuth2, generic: where tokens come from.", check=checks.web_address_or_nothing)] = ""
    device_url: Annotated[
        str, setting("OAuth2, generic: where codes for other devices come from.", check=checks.web_address_or_nothing)
    ] = ""
    scope: Annotated[str, setting("OAuth2: what is asked for; empty: what mail needs.", check=checks.one_line)] = ""
    trust: Annotated[
        str, setting("OAuth2: which certificate of the provider is believed, as for mail servers.", check=checks.trust)
    ] = "system"
    proxy: Annotated[
        str, setting("OAuth2: the name of the proxy through which the provider is asked; empty: none.", check=checks.one_line)
    ] = ""


class Proxy(Struct, frozen=True, kw_only=True):
    """A way to servers that cannot be reached directly. Servers name it."""

    name: Annotated[str, setting("The proxy's name, which servers refer to.", check=checks.one_line_something)]
    kind: Annotated[
        str,
        setting(
            "socks5 (names are looked up there), http (CONNECT), or command (its standard input and output are the line).",
            choices=("socks5", "http", "command"),
        ),
    ] = "socks5"
    host: Annotated[str, setting("The proxy's name on the network.", check=checks.host_or_nothing)] = ""
    port: Annotated[int, setting("The proxy's port.", least=0, most=65535)] = 0
    user: Annotated[str, setting("The user's name for the proxy; empty: it wants none.", check=checks.one_line)] = ""
    credential: Annotated[str, setting("The name of the credential for the proxy.", check=checks.one_line)] = ""
    command: Annotated[
        str,
        setting("For command: as in ssh -W %h:%p gateway.example.org; no shell runs it, %h and %p are host and port.",
                check=checks.command),
    ] = ""  # fmt: skip

    def __post_init__(self) -> None:
        if not self.port:
            force_setattr(self, "port", {"socks5": 1080, "http": 8080}.get(self.kind, 0))
