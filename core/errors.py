"""Every error a person can meet.

The tree::

    CorreioError
     ├─ UsageError            wrong words on the command line or in a query      exit 2
     │   └─ QueryError
     ├─ SettingsError         the configuration file cannot be used              exit 1
     ├─ NotFound              no such message, folder, account …                 exit 3
     ├─ AuthenticationError   the server refused the password or token           exit 4
     │   └─ PasswordNeeded    nobody has typed the password yet
     ├─ NetworkError          no name, no route, no answer, a dropped line       exit 5
     │   └─ TLSError          the certificate or the TLS handshake is not right
     ├─ ProtocolError         the server said something that makes no sense      exit 5
     ├─ ServerRefused         the server understood and said no                  exit 1
     ├─ StoreError            the database cannot be opened, read or written     exit 1
     └─ CryptoError           gpg or the credential file said no                 exit 1

An error carries an `id` and values; `tui.sentences` makes the text for people (title, what happened,
what to do), so the language of the engine does not matter and an error can cross the engine's socket.
"""

from __future__ import annotations

from typing import Any, ClassVar


class CorreioError(Exception):
    """The root. `id` names the sentence, `values` fill it in; both survive a trip over the socket."""

    exit_status: ClassVar[int] = 1

    def __init__(self, id: str, **values: Any) -> None:
        self.id = id
        self.values = values
        super().__init__(id, values)

    def __str__(self) -> str:
        shown = ", ".join(f"{name}={value}" for name, value in self.values.items())
        return f"{self.id} ({shown})" if shown else self.id

    def as_json(self) -> dict[str, Any]:
        """The error as plain data for the engine's socket; `from_json` is the way back."""
        return {"class": type(self).__name__, "id": self.id, "values": self.values}


class UsageError(CorreioError):
    """Wrong words on the command line."""

    exit_status = 2


class QueryError(UsageError):
    """A query that cannot be understood; values: `query`, `position` (characters from its start)."""


class SettingsError(CorreioError):
    """A configuration file that cannot be used; values: `file`, `line` (from 1), `key`."""


class NotFound(CorreioError):
    """No such message, folder, account, theme …; values: `what`, `name`."""

    exit_status = 3


class AuthenticationError(CorreioError):
    """The server refused the user, password or token; values: `server`, `user`, `answer`."""

    exit_status = 4


class PasswordNeeded(AuthenticationError):
    """The credential is kept nowhere and nobody has typed it yet; values: `credential`, `server`."""


class NetworkError(CorreioError):
    """No name, no route, no answer in time, or the line dropped; values: `server`, `answer`."""

    exit_status = 5


class TLSError(NetworkError):
    """Certificate or handshake not right; values: `server`, `answer`, `fingerprint` where known."""


class ProtocolError(CorreioError):
    """The server said something that makes no sense; values: `server`, `answer`."""

    exit_status = 5


class ServerRefused(CorreioError):
    """The server understood the command and said no; values: `server`, `answer`, `code`."""


class StoreError(CorreioError):
    """The database cannot be opened, read or written; values: `file`, `answer`."""


class CryptoError(CorreioError):
    """gpg or the credential file said no; values: `answer`."""


def from_json(data: dict[str, Any]) -> CorreioError:
    """The error that `CorreioError.as_json` described; an unknown class becomes the root."""
    kinds = {kind.__name__: kind for kind in _tree(CorreioError)}
    kind = kinds.get(str(data.get("class")), CorreioError)
    return kind(str(data.get("id", "unknown")), **dict(data.get("values") or {}))


def _tree(root: type[CorreioError]) -> list[type[CorreioError]]:
    return [root, *(kind for child in root.__subclasses__() for kind in _tree(child))]
