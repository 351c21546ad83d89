"""A session with an IMAP server: commands with deadlines, answers as values, every error one of ours.

After NetworkError or ProtocolError the session is `broken`: what is still in the line can no longer be told apart, so
the caller opens another one.
"""

from __future__ import annotations

import contextlib
import imaplib
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from msgspec import Struct

from accounts.deadline import Deadline, guarded
from accounts.dial import Resolver, dial, endpoint_of, network_error, upgrade
from accounts.imap import deflate, login
from accounts.imap.tokens import number, parse, responses
from accounts.imap.wire import CONTROL, Client, Wire, shown
from core.errors import NetworkError, ProtocolError, ServerRefused
from core.secret import Secret
from core.settings.schema import Server

SECONDS = 60.0
"""For an ordinary command."""
_OF_A_FOLDER = (
    "EXISTS", "RECENT", "EXPUNGE", "VANISHED", "UIDVALIDITY", "UIDNEXT", "UNSEEN", "HIGHESTMODSEQ", "NOMODSEQ",
    "READ-ONLY", "READ-WRITE", "PERMANENTFLAGS", "FLAGS", "CLOSED", "MAILBOXID",
)  # fmt: skip
_OBJECT_ID = re.compile(rb"\(([A-Za-z0-9_-]{1,255})\)")
_CODE = re.compile(r"\[([A-Z0-9-]+)(?: ([^\]]*))?\] ?", re.IGNORECASE)


class Selected(Struct, frozen=True):
    """What SELECT said of a folder."""

    exists: int
    uidvalidity: int
    uidnext: int | None
    modseq: int | None
    """HIGHESTMODSEQ; None where the server keeps none (RFC 7162)."""
    readonly: bool
    permanent: frozenset[str] | None
    """Flags that can be kept, lower case; None where the server did not say, then all of them."""
    id: str = ""
    """MAILBOXID (RFC 8474 §4.1), '' where the server has none."""

    def keeps(self, name: str) -> bool:
        """Whether a flag or keyword survives here."""
        return self.permanent is None or name.lower() in self.permanent or (not name.startswith("\\") and "\\*" in self.permanent)


class Session:
    """One logged-in connection. Use it from one thread; only `cancel` may come from another."""

    def __init__(
        self, server: Server, *, resolver: Resolver | None = None, clock: Callable[[], float] = time.time,
        patience: float = SECONDS, compress: str = "auto",
    ) -> None:  # fmt: skip
        """`compress`: `auto` (where it helps), `always` or `never`, and only where the server can."""
        self.server = server
        self.endpoint = endpoint_of(server)
        self.name = self.endpoint.name
        self.opened = 0.0
        """When the session was logged in, unix seconds."""
        self.broken = False
        self.streaming = False
        """Whether answers are still to come that somebody has stopped reading: as good as broken."""
        self.stuck = 0
        """The UID whose answer was due when the latest FETCH came to a bad end; 0 where that is not known."""
        self.selected: Selected | None = None
        self.folder: bytes | None = None
        self.capabilities: frozenset[str] = frozenset()
        self.alerts: list[str] = []
        """What the server wants people to read ([ALERT]), the latest ones."""
        self.qresync = False
        self.notifying: bool | None = None
        """Whether the server tells of all folders (NOTIFY); None: it has not been asked yet."""
        self.prefix: str | None = None
        """What the names of one's own folders begin with (NAMESPACE); None while nobody has asked."""
        self.others: tuple[str, ...] = ()
        """What the names of other users' folders begin with."""
        self.public: tuple[str, ...] = ()
        """What the names of folders that belong to all begin with."""
        self.patience = patience
        """Seconds that an ordinary command may take."""
        self._compress = compress
        self._resolver = resolver
        self._clock = clock
        self._client: Client | None = None
        self._socket: socket.socket | None = None
        self._cancelled = threading.Event()
        self._received = 0
        self._unsaid: Callable[[str], str] = lambda text: text
        """Takes the password out of what the server says: it goes to screens and logs."""

    # life ---------------------------------------------------------------------------------------------

    def open(self, secret: Callable[[Server], Secret]) -> None:
        """Connect, TLS, log in. Raises NetworkError, TLSError, AuthenticationError, PasswordNeeded, ProtocolError."""
        deadline = Deadline(self.patience)
        sock = dial(self.endpoint, deadline, self._resolver)
        self._socket = sock
        if self._cancelled.is_set():
            self.cancel()  # there was no socket yet to be shut down
        with self.named_errors(), guarded(sock, deadline.left(self.name), self.name):
            self._client = client = Client(sock, self.name)
            if self.server.security == "starttls":
                login.ask_for_tls(client, self.name)
        if self.server.security == "starttls":
            self._socket = sock = upgrade(sock, self.endpoint, deadline)
            # What was received before TLS may come from anybody: `use` drops it.
            client.wire.use(sock)
        # Asking people takes as long as it takes.
        word = secret(self.server) if self.server.auth and client.wire.state != "AUTH" else None
        with self.named_errors(), guarded(sock, self.patience, self.name):
            if word is not None:
                self._unsaid = lambda text: login.unsaid(text, self.server.user, word)
                login.log_in(client, self.server, word, self.name)
            # Many servers tell other capabilities once they know who asks; some tell them along with the OK.
            told = "CAPABILITY" in client.wire.untagged_responses
            self.capabilities = client.wire.learn(again=not told)
            if client.wire.state != "AUTH":
                raise ProtocolError("login-missing", server=self.name, answer="")
            sock.settimeout(self.patience)
        _keep_alive(sock)
        self._enable()
        if self.can("COMPRESS=DEFLATE") and (self._compress == "always" or (self._compress == "auto" and deflate.worth_it(sock))):
            self._deflate()
        self.opened = self._clock()

    def close(self) -> None:
        """Log out where that is quick, and close; never raises."""
        client, self._client = self._client, None
        if client is not None and not self.broken and not self.streaming and not self._cancelled.is_set():
            silent = contextlib.suppress(OSError, imaplib.IMAP4.error, NetworkError, ProtocolError)
            with silent, guarded(client.wire.sock, 3.0, self.name):
                client.logout()
        self.broken = True
        self._hang_up()

    def _hang_up(self) -> None:
        for sock in (self._socket, self._client.wire.sock if self._client else None):
            if sock is not None:
                with contextlib.suppress(OSError):
                    sock.close()

    def cancel(self) -> None:
        """End what is running: it raises NetworkError `cancelled`. From any thread."""
        self._cancelled.set()
        sock = self._socket
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def can(self, *names: str) -> bool:
        """Whether the server has all these capabilities."""
        return all(name in self.capabilities for name in names)

    @property
    def received(self) -> int:
        """Bytes received over the line (before TLS)."""
        return self._client.wire.reader.received if self._client else 0

    @property
    def client(self) -> Client:
        """The imapclient underneath. Raises NetworkError `connection-closed` when the session is over."""
        if self._client is None or self.broken:
            raise NetworkError("connection-closed", server=self.name, answer="")
        return self._client

    def _enable(self) -> None:
        # QRESYNC (RFC 7162) includes CONDSTORE; with it expunges come as VANISHED.
        wanted = [name for name in ("QRESYNC", "CONDSTORE") if self.can(name)][:1]
        if wanted and self.can("ENABLE"):
            self.run("ENABLE", *wanted, quiet=True)
            told = b" ".join(one for one in self.take("ENABLED") if isinstance(one, bytes))
            self.qresync = b"QRESYNC" in told.upper().split()

    def _deflate(self) -> None:
        try:
            self.run("COMPRESS", "DEFLATE")
        except ServerRefused:
            return  # TLS may do it already (RFC 4978 §3)
        with self.named_errors():
            self.client.wire.deflate()

    # commands -----------------------------------------------------------------------------------------

    def run(
        self, name: str, *args: str | bytes, literal: bytes | Sequence[bytes] | None = None, quiet: bool = False,
        slowness: float = 1.0, limit: int = CONTROL,
    ) -> str:  # fmt: skip
        """One command; the words of its OK. `args` are sent as they are: quote them (`quoted`). `literal` comes last; of several
        each has behind it what follows in the command, with the size of the next, and `args` end with the size of the first.

        Raises ServerRefused `server-refused` for NO, ProtocolError `command-refused` for BAD; with `quiet` those are
        returned as ''. What else the server said is in `take`. `slowness`: how many times the usual it may take.
        """
        client = self.client
        with self.named_errors(), guarded(client.wire.sock, self.patience * slowness, self.name):
            if literal is None or isinstance(literal, bytes):
                client.wire.literal = literal
            else:
                client.wire.literal = _Literals(client.wire, literal, limit).next
            tag = self.send(name, args)
            client.wire.reader.budget = limit
            status, words = self.finish(tag)
        if status == "OK":
            return words
        if quiet:
            return ""
        raise self.refusal(name, status, words)

    def run_all(
        self, commands: Sequence[Sequence[str | bytes]], *, slowness: float = 1.0, limit: int = CONTROL
    ) -> list[ServerRefused | ProtocolError | None]:
        """Several commands in one round trip, each a name and its arguments; what the server had against each, or None."""
        client = self.client
        with self.named_errors(), guarded(client.wire.sock, self.patience * slowness, self.name):
            client.wire.literal = None
            tags = [self.send(str(name), args) for name, *args in commands]
            client.wire.reader.budget = limit
            ends = [self.finish(tag) for tag in tags]
        return [
            None if status == "OK" else self.refusal(str(command[0]), status, words)
            for command, (status, words) in zip(commands, ends, strict=True)
        ]

    def has_news(self) -> bool:
        """Whether the server has told of changes in the open folder since it was opened."""
        wire = self.client.wire
        return bool(wire.loose) or any(kind in wire.untagged_responses for kind in ("EXISTS", "EXPUNGE", "VANISHED"))

    def forget_news(self) -> None:
        """From here on only what comes now is news of the open folder."""
        for kind in _OF_A_FOLDER:
            self.take(kind)
        self.client.wire.loose = 0

    def take(self, kind: str) -> list[Any]:
        """Untagged responses or response codes of one kind since they were last taken."""
        return self.client.wire.untagged_responses.pop(kind, None) or []

    def take_tokens(self, kind: str) -> list[list[Any]]:
        """`take`, with each response read into tokens."""
        return [parse(one, self.name) for one in responses(self.take(kind))]

    def send(self, name: str, args: Iterable[str | bytes] = ()) -> bytes:
        """Send a command; its tag. Within `named_errors`."""
        encoded = [arg.encode("ascii") if isinstance(arg, str) else arg for arg in args]
        if any(b"\r" in arg or b"\n" in arg or b"\0" in arg for arg in encoded):
            # It would go out as a second command.
            raise ProtocolError("name-unsendable", server=self.name, answer=name)
        return self.client.wire._command(name, *encoded)

    def finish(self, tag: bytes) -> tuple[str, str]:
        """Read to the end of a command; OK, NO or BAD, and the words. Within `named_errors`."""
        wire = self.client.wire
        while wire.tagged_commands[tag] is None:
            wire._check_bye()
            wire._get_response()
        status, data = wire.tagged_commands.pop(tag)
        self._note_alerts()
        return status, shown(data[0])

    def refusal(self, name: str, status: str, words: str) -> ServerRefused | ProtocolError:
        """The error for a NO or BAD."""
        code = _CODE.match(words)
        known = code[1].upper() if code else ""
        text = self._unsaid(words[code.end() :] if code else words)
        if status == "BAD":
            return ProtocolError("command-refused", server=self.name, answer=text, command=name)
        return ServerRefused("server-refused", server=self.name, answer=text, code=known, command=name)

    def _note_alerts(self) -> None:
        wire = self.client.wire
        if "ALERT" in wire.untagged_responses:
            wire.untagged_responses.pop("ALERT")
            for status in ("OK", "NO"):
                alerts = [text for text in wire.untagged_responses.get(status, ()) if text.startswith(b"[ALERT]")]
                said = [self._unsaid(shown(text)) for text in alerts]
                self.alerts = [*self.alerts, *said][-20:]
        for status in ("OK", "NO", "BAD"):
            wire.untagged_responses.pop(status, None)

    @contextlib.contextmanager
    def named_errors(self) -> Iterator[None]:
        """What the libraries raise as errors of ours; all but a refusal break the session."""
        try:
            yield
        except ServerRefused:
            raise
        except (NetworkError, ProtocolError) as error:
            error.values["answer"] = self._unsaid(str(error.values.get("answer", "")))
            self._break(error)
            raise
        except imaplib.IMAP4.abort as error:
            self._break(error)
            raise NetworkError("server-goodbye", server=self.name, answer=self._unsaid(_words(error))) from error
        except (imaplib.IMAP4.error, ValueError, IndexError, KeyError, AssertionError) as error:
            self._break(error)
            raise ProtocolError("answer-senseless", server=self.name, answer=self._unsaid(_words(error))) from error
        except (OSError, EOFError) as error:
            self._break(error)
            raise network_error(self.name, error) from error
        except BaseException:
            self.broken = True
            raise

    def _break(self, error: Exception) -> None:
        self.broken = True
        self._hang_up()
        if self._cancelled.is_set():
            raise NetworkError("cancelled", server=self.name, answer="") from error

    # folders ------------------------------------------------------------------------------------------

    def select(self, wire: str) -> Selected:
        """Open a folder for reading and writing; nothing is asked again while it is open. ServerRefused if it is gone."""
        name = quoted(wire)
        self.folder = None
        self.selected = None
        self.forget_news()
        # Without the extension asked for, a server need not tell HIGHESTMODSEQ.
        condstore = ["(CONDSTORE)"] if self.can("CONDSTORE") and not self.qresync else []
        self.run("SELECT", name, *condstore)
        self.client.wire.state = "SELECTED"
        self.client.wire.loose = 0
        permanent = self.take("PERMANENTFLAGS")
        validity, modseq = _number(self.take("UIDVALIDITY")), _number(self.take("HIGHESTMODSEQ"))
        exists = _number(self.take("EXISTS"))
        if exists is None or (exists > 0 and not validity):
            raise ProtocolError("answer-senseless", server=self.name, answer="SELECT")
        self.selected = Selected(
            exists=exists,
            uidvalidity=validity or 0,
            uidnext=_number(self.take("UIDNEXT")),
            # Some say 0 where they count no changes (as STATUS does, RFC 7162 §3.1.2.1).
            modseq=modseq or None if not self.take("NOMODSEQ") else None,
            readonly=bool(self.take("READ-ONLY")),
            permanent=_flag_names(permanent[-1]) if permanent else None,
            id=_object_id(self.take("MAILBOXID")),
        )
        self.folder = name
        return self.selected

    def exists(self) -> int | None:
        """The number of mails in the open folder as last told, if it was told again since."""
        return _number(self.client.wire.untagged_responses.get("EXISTS", []))


class _Literals:
    """Several literals of one command, as imaplib asks for them."""

    def __init__(self, wire: Wire, pieces: Iterable[bytes], limit: int) -> None:
        self._wire = wire
        self._pieces = list(pieces)
        self._limit = limit

    def next(self, continuation: object) -> bytes:
        """What to send now that the server says go on; after the last one comes the answer."""
        self._wire.reader.budget = self._limit
        return self._pieces.pop(0)


def _keep_alive(sock: socket.socket) -> None:
    """Let the system notice within minutes that the other side is gone, also while nobody writes."""
    wanted = {"TCP_KEEPIDLE": 120, "TCP_KEEPALIVE": 120, "TCP_KEEPINTVL": 30, "TCP_KEEPCNT": 4}
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in wanted.items():
            if hasattr(socket, name):
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def quoted(wire: str) -> bytes:
    """A folder's name (each character a byte) as a quoted string."""
    return quoted_bytes(wire.encode("latin-1"))


def quoted_bytes(value: bytes) -> bytes:
    """Bytes as a quoted string (RFC 3501 §4.3)."""
    return b'"' + value.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def _object_id(told: list[Any]) -> str:
    match = _OBJECT_ID.fullmatch(told[-1]) if told else None
    return match[1].decode("ascii") if match else ""


def _number(data: list[Any]) -> int | None:
    return number(data[-1]) if data else None


def _flag_names(data: bytes) -> frozenset[str]:
    return frozenset(data.decode("utf-8", "replace").strip("()").lower().split())


def _words(error: BaseException) -> str:
    said = error.args[0] if error.args else ""
    return str(said.decode("utf-8", "replace") if isinstance(said, bytes) else said)[:300]
