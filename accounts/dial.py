"""The one place where Correio opens connections: names, addresses, TLS, trust, deadlines.

`dial` hands a blocking socket to IMAP, SMTP and HTTPS alike. The host name is always given and checked
(RFC 6125, RFC 8314), except where the user pinned one certificate or chose to ignore errors.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import selectors
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from accounts.deadline import Deadline
from accounts.trust import context_for, fingerprint_of, shown_by, tls_error
from core.errors import NetworkError, TLSError
from core.settings import Server

if TYPE_CHECKING:
    from accounts.proxies import Way

Addresses = Sequence[tuple[int, Any]]
"""Address family and socket address (port included), best first."""
Resolver = Callable[[str, int], Addresses]
"""Gives the addresses of a host and port, or raises OSError."""

NOT_SHOWN = {"fingerprint": "", "names": ""}
"""Of a certificate that was refused and not shown again."""
HEAD_START = 0.25
"""Seconds an address has before the next one is tried beside it (RFC 8305)."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to connect, and whom to believe there."""

    host: str
    port: int
    security: str = "tls"
    """tls (from the first byte), starttls (`upgrade` later), or none."""
    trust: str = "system"
    """system, the path of a CA file, sha256:HEX of the one certificate that is right, or ignore."""
    min_tls: str = "1.2"
    through: Way | None = None
    """The proxy on the way; None: directly."""

    @property
    def name(self) -> str:
        """host:port, for people."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def endpoint_of(server: Server) -> Endpoint:
    """The endpoint of a server in the settings. NetworkError `proxy-unknown` where nobody has looked up its proxy: it is never
    reached directly then."""
    endpoint = Endpoint(server.host, server.port, server.security, server.trust, server.min_tls)
    if not server.proxy:
        return endpoint
    from accounts.proxies import Way

    if not isinstance(server.through, Way):
        raise NetworkError("proxy-unknown", server=endpoint.name, proxy=server.proxy, answer="")
    return replace(endpoint, through=server.through)


def dial(endpoint: Endpoint, deadline: float | Deadline, resolver: Resolver | None = None) -> socket.socket:
    """A connected blocking socket, with TLS done where `security` is `tls`.

    `deadline`: seconds for everything together, or a Deadline already running. The socket's own time-out is
    set to what is left. Raises NetworkError (`unknown-host`, `names-unanswered`, `connection-refused`, `connection-timeout`,
    `connection-closed`, `network-unreachable`) or TLSError (see `secure`), both with the value `server`.
    """
    limit = deadline if isinstance(deadline, Deadline) else Deadline(deadline)
    sock = reach(endpoint, limit, resolver)
    if endpoint.security != "tls":
        return sock
    try:
        return secure(sock, endpoint, limit)
    except NetworkError as error:
        if error.id.startswith("certificate-") and "fingerprint" not in error.values:
            error.values.update(_presented(endpoint, limit, resolver))
        if (on_the_way := _on_the_way(error, sock, endpoint, limit)) is None:
            raise
        raise on_the_way from error


def _on_the_way(error: NetworkError, sock: socket.socket, endpoint: Endpoint, deadline: Deadline) -> NetworkError | None:
    """What went wrong before the server, if that is where it went wrong."""
    if endpoint.through is None:
        return None
    from accounts import proxies

    return proxies.why_broken(error, sock, endpoint, deadline)


def reach(endpoint: Endpoint, deadline: Deadline, resolver: Resolver | None = None) -> socket.socket:
    """A connected socket without TLS, through the proxy if there is one. Raises as `dial`, or as `accounts.proxies.reach`."""
    if endpoint.through is None:
        return connect(endpoint, resolve(endpoint, deadline, resolver), deadline)
    from accounts import proxies

    return proxies.reach(endpoint.through, endpoint, deadline, resolver)


def upgrade(sock: socket.socket, endpoint: Endpoint, deadline: float | Deadline = 30.0) -> ssl.SSLSocket:
    """TLS on a socket whose server has just agreed to STARTTLS. Raises as `secure` does.

    The caller drops whatever it read or learned before (RFC 3501 6.2.1, RFC 3207 4.2).
    """
    return secure(sock, endpoint, deadline if isinstance(deadline, Deadline) else Deadline(deadline))


def resolve(endpoint: Endpoint, deadline: Deadline, resolver: Resolver | None = None) -> Addresses:
    """The endpoint's addresses, families taking turns. NetworkError `unknown-host` where there are none."""
    asked = _asked(resolver or system_addresses, ascii_host(endpoint.host), endpoint.port)
    if not asked.answered.wait(deadline.left(endpoint.name)):
        raise NetworkError("names-unanswered", server=endpoint.name, host=endpoint.host, answer="")
    if not asked.found:
        answer = _words(asked.wrong) if asked.wrong is not None else ""
        raise NetworkError("unknown-host", server=endpoint.name, host=endpoint.host, answer=answer)
    return _take_turns(asked.found)


class _Question:
    """A name that somebody looks up, in a thread that can be left behind: the system's resolver takes no time-out."""

    def __init__(self, ask: Resolver, host: str, port: int) -> None:
        self.found: Addresses = ()
        self.wrong: OSError | None = None
        self.answered = threading.Event()
        self._key = (ask, host, port)
        threading.Thread(target=self._look, name="resolver", daemon=True).start()

    def _look(self) -> None:
        ask, host, port = self._key
        try:
            self.found = ask(host, port)
        except (OSError, UnicodeError) as error:
            self.wrong = error if isinstance(error, OSError) else OSError(str(error))
        finally:
            with _guard:
                _questions.pop(self._key, None)
            self.answered.set()


_questions: dict[tuple[Resolver, str, int], _Question] = {}
_guard = threading.Lock()


def _asked(ask: Resolver, host: str, port: int) -> _Question:
    """The question, asked once at a time: a resolver that hangs is not to gather threads."""
    with _guard:
        found = _questions.get((ask, host, port))
        if found is None:
            found = _questions[ask, host, port] = _Question(ask, host, port)
        return found


def system_addresses(host: str, port: int) -> Addresses:
    """What the operating system knows about the host."""
    return [(info[0], info[4]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def connect(endpoint: Endpoint, addresses: Addresses, deadline: Deadline) -> socket.socket:
    """The first TCP connection to come up; a new address joins the race every quarter of a second."""
    waiting = list(addresses)
    worst: OSError | None = None
    with selectors.DefaultSelector() as racing:
        try:
            while waiting or racing.get_map():
                if waiting:
                    worst = _start(racing, *waiting.pop(0)) or worst
                pause = min(HEAD_START, deadline.left(endpoint.name)) if waiting else deadline.left(endpoint.name)
                for key, _ in racing.select(pause):
                    sock = key.data
                    racing.unregister(sock)
                    failed = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                    if not failed:
                        deadline.arm(sock, endpoint.name)
                        return _tuned(sock)
                    sock.close()
                    worst = OSError(failed, os.strerror(failed))
        finally:
            for key in list(racing.get_map().values()):
                key.data.close()
    raise _network_error(endpoint, worst or OSError(errno.ENETUNREACH, "no address"))


def secure(sock: socket.socket, endpoint: Endpoint, deadline: Deadline) -> ssl.SSLSocket:
    """TLS over a connected socket, the certificate checked as `endpoint.trust` says.

    Raises TLSError `certificate-name`, `certificate-expired`, `certificate-untrusted`,
    `certificate-pin-differs` (with `fingerprint`), `trust-file-unreadable`, `tls-handshake` (with `reason`),
    or NetworkError `connection-timeout`, `connection-closed`. The socket is closed then.
    """
    try:
        context = context_for(endpoint.trust, endpoint.min_tls, endpoint.name)
        deadline.arm(sock, endpoint.name)
        safe = context.wrap_socket(sock, server_hostname=ascii_host(endpoint.host))
    except ssl.SSLError as error:
        sock.close()
        raise tls_error(endpoint.name, endpoint.host, error) from error
    except OSError as error:
        sock.close()
        raise _network_error(endpoint, error) from error
    except NetworkError:
        sock.close()
        raise
    if endpoint.trust.startswith("sha256:"):
        seen = fingerprint_of(safe)
        if seen != endpoint.trust.removeprefix("sha256:").replace(":", "").lower():
            safe.close()
            raise TLSError(
                "certificate-pin-differs",
                server=endpoint.name,
                host=endpoint.host,
                answer="",
                fingerprint=seen,
            )
    deadline.arm(safe, endpoint.name)
    return safe


def ascii_host(host: str) -> str:
    """The host as DNS and TLS want it: IDNA for other scripts (UTS 46), no brackets, no last dot."""
    bare = host.strip("[]").rstrip(".")
    if bare.isascii():
        return bare
    import idna

    try:
        return idna.encode(bare, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise NetworkError("unknown-host", server=host, host=host, answer=str(error)) from error


def is_address(host: str) -> bool:
    """Whether `host` is an IP address and not a name."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _presented(endpoint: Endpoint, deadline: Deadline, resolver: Resolver | None) -> dict[str, str]:
    """What `shown_by` tells of the certificate that was refused, '' if the server does not show it again.

    Python's ssl keeps nothing of a handshake that failed, so it is looked at on a second connection,
    over which nothing is sent.
    """
    with suppress(NetworkError), dial(replace(endpoint, trust="ignore"), deadline, resolver) as sock:
        if isinstance(sock, ssl.SSLSocket):
            return shown_by(sock)
    return NOT_SHOWN


def _start(racing: selectors.BaseSelector, family: int, address: Any) -> OSError | None:
    """Begin a connection without waiting for it."""
    try:
        sock = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        return error
    sock.setblocking(False)
    failed = sock.connect_ex(address)
    if failed in (0, errno.EINPROGRESS, errno.EWOULDBLOCK):
        racing.register(sock, selectors.EVENT_WRITE, sock)
        return None
    sock.close()
    return OSError(failed, os.strerror(failed))


def _tuned(sock: socket.socket) -> socket.socket:
    # Keep-alive finds the dead end of an idle line; Nagle would hold back short commands.
    with suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def _take_turns(addresses: Addresses) -> Addresses:
    """The families in turn, in the order of the first of each (RFC 8305 section 4)."""
    families = list(dict.fromkeys(family for family, _ in addresses))
    rows = [[one for one in addresses if one[0] == family] for family in families]
    longest = max((len(row) for row in rows), default=0)
    return [row[number] for number in range(longest) for row in rows if number < len(row)]


_ERRNO = {
    errno.ECONNREFUSED: "connection-refused",
    errno.ETIMEDOUT: "connection-timeout",
    errno.ECONNRESET: "connection-closed",
    errno.ECONNABORTED: "connection-closed",
    errno.EPIPE: "connection-closed",
}


def _network_error(endpoint: Endpoint, error: OSError) -> NetworkError:
    if isinstance(error, TimeoutError):
        return NetworkError("connection-timeout", server=endpoint.name, answer="")
    id = _ERRNO.get(error.errno or 0, "network-unreachable")
    return NetworkError(id, server=endpoint.name, answer=_words(error))


def network_error(server: str, error: OSError | EOFError) -> NetworkError:
    """The NetworkError for an error met later, while talking over a dialled socket to `server`."""
    if isinstance(error, TimeoutError):
        return NetworkError("connection-timeout", server=server, answer="")
    if isinstance(error, OSError) and error.errno in _ERRNO:
        return NetworkError(_ERRNO[error.errno], server=server, answer=_words(error))
    return NetworkError("connection-closed", server=server, answer=_words(error))


def _words(error: BaseException) -> str:
    return (getattr(error, "strerror", None) or str(error)).strip()
