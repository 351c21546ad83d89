"""Where files go that are sent as links: a WebDAV folder (RFC 4918), or a command of one's own."""

from __future__ import annotations

import base64
import contextlib
import io
import os
import secrets
import shlex
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import quote, urljoin

from accounts.deadline import Deadline
from accounts.dial import Resolver
from accounts.https import Answer, Body, Ready, request
from core.clean import clean_line
from core.errors import CorreioError, NetworkError, PasswordNeeded, ProtocolError, ServerRefused
from core.secret import Secret
from core.settings.links import Links
from core.sharing import Told, unheard

if TYPE_CHECKING:
    from accounts.proxies import Way

PATIENCE = 60.0
SLOWEST = 20_000
"""Bytes a second that an upload makes at least."""
COMMAND_PATIENCE = 3600.0
LARGEST = 100 * 1024**3
STALLED = 180.0
"""Seconds in which a piece of an upload must have gone, or the server answered."""
PIECE = 256 * 1024
CLEANING = 10.0
"""Seconds for taking away what an upload that failed has left."""
HEARD_EVERY = 0.25
"""Seconds between two words about how far an upload is."""


def _as_it_is(sock: socket.socket) -> None:
    """For requests whose deadline is short."""


def _do_not_stall(sock: socket.socket) -> None:
    """However long a large file may take: a line on which nothing moves is broken."""
    sock.settimeout(STALLED)


class WebDav:
    """A folder on a WebDAV server; a `core.sharing.Sharer`. Every file gets a name that nobody can guess.

    `refused` hears that the password was not taken.
    """

    watches = False

    def __init__(
        self, settings: Links, password: Secret, refused: Callable[[], object] = lambda: None, *,
        resolver: Resolver | None = None, through: Way | None = None,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._password = password
        self._refused = refused
        self._resolver = resolver
        self._through = through
        self._folder = settings.url.rstrip("/") + "/"
        self._public = (settings.public or settings.url).rstrip("/") + "/"

    def place_for(self, name: str) -> str:
        """A random name with the file's own at its end."""
        return f"{secrets.token_urlsafe(18)}-{quote(_safe(name))}"

    def upload(self, name: str, source: Path | bytes, days: int, place: str = "", told: Told = unheard) -> tuple[str, str]:
        """PUT it, read piece by piece from the disk; never over another file."""
        place = place or self.place_for(name)
        with _opened(source, name) as (file, size):
            if size > LARGEST:
                raise CorreioError("links-too-large", name=name)
            found = self._there(place)
            if found == size:  # a try before this one got through, and nobody heard of it
                return urljoin(self._public, place), place
            if found is not None:
                self.withdraw("", place)
            try:
                self._put(place, _Piecemeal(file, size, name, told), size)
            except BaseException:
                # Nobody knows how much of it has arrived; where the line is gone, the next try looks.
                with contextlib.suppress(CorreioError):
                    self._delete(place, CLEANING)
                raise
        return urljoin(self._public, place), place

    def withdraw(self, url: str, place: str) -> None:
        """DELETE it."""
        answer = self._delete(place, PATIENCE)
        if not 200 <= answer.status < 300 and answer.status not in (404, 410):
            raise ServerRefused("http-status", server=answer.server, answer=answer.reason, code=answer.status)

    def fetched(self, url: str, place: str) -> int:
        """WebDAV does not tell."""
        return 0

    def _put(self, place: str, body: _Piecemeal, size: int) -> None:
        headers = {"Content-Type": "application/octet-stream", "If-None-Match": "*", "Content-Length": str(size)}
        answer = self._ask("PUT", place, body, headers, PATIENCE + size / SLOWEST, _do_not_stall)
        if answer.status == 412:  # of a try before this one, on a server that tells nothing of it: it goes, and we come again
            raise NetworkError("server-unavailable", server=answer.server, answer=answer.reason, code=412)
        if answer.status not in (200, 201, 204):
            raise ServerRefused("http-status", server=answer.server, answer=answer.reason, code=answer.status)

    def _there(self, place: str) -> int | None:
        """How many bytes stand there; None: nothing, or it does not say, which the PUT then finds out."""
        answer = self._ask("HEAD", place, b"", {}, PATIENCE)
        told = answer.headers.get("content-length", "")
        return int(told) if answer.status == 200 and told.isascii() and told.isdigit() and len(told) < 15 else None

    def _delete(self, place: str, patience: float) -> Answer:
        return self._ask("DELETE", place, b"", {}, patience)

    def _ask(
        self, method: str, place: str, body: Body, headers: dict[str, str], patience: float, ready: Ready = _as_it_is
    ) -> Answer:
        if self._settings.user:
            login = f"{self._settings.user}:{self._password.reveal()}".encode("utf-8", "surrogateescape")
            headers["Authorization"] = f"Basic {base64.b64encode(login).decode('ascii')}"
        answer = request(
            method, urljoin(self._folder, place), Deadline(patience), body=body, headers=headers, resolver=self._resolver,
            trust=self._settings.trust, through=self._through, ready=ready,
        )  # fmt: skip
        if answer.status == 401 and self._settings.credential:
            self._refused()
            raise PasswordNeeded(
                "password-refused", credential=self._settings.credential, server=answer.server, answer=answer.reason
            )
        if answer.status in (401, 403):
            raise ServerRefused("http-status", server=answer.server, answer=answer.reason, code=answer.status)
        return answer


class _Piecemeal:
    """A file as the body of a request: exactly as many bytes as were promised, and somebody hears how far it is."""

    def __init__(self, file: BinaryIO, size: int, name: str, told: Told) -> None:
        self._file = file
        self._size = size
        self._name = name
        self._told = told
        self._done = 0
        self._next = 0.0

    def read(self, size: int = -1, /) -> bytes:
        """The next piece. Raises NetworkError `sending-cancelled`, CorreioError `attachment-unreadable`."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + HEARD_EVERY
            if not self._told(self._done, self._size):
                raise NetworkError("sending-cancelled", server=self._name, answer="")
        left = self._size - self._done
        try:
            data = self._file.read(min(PIECE, left))
        except OSError as error:
            raise _unreadable(self._name, error.strerror or str(error)) from error
        if left and not data:
            raise _unreadable(self._name, "")
        self._done += len(data)
        return data


class OwnCommand:
    """Commands of the user's own; a `core.sharing.Sharer`. No shell runs them."""

    def __init__(self, settings: Links) -> None:
        self._settings = settings
        self.watches = bool(settings.fetched)

    def place_for(self, name: str) -> str:
        """Only the command knows."""
        return ""

    def upload(self, name: str, source: Path | bytes, days: int, place: str = "", told: Told = unheard) -> tuple[str, str]:
        """Run the command on the file; the last line that it says which begins with http is the link."""
        with tempfile.TemporaryDirectory(prefix="correio-") as folder:
            file = source if isinstance(source, Path) else Path(folder) / _safe(name)
            if isinstance(source, bytes):
                file.write_bytes(source)
            elif not source.is_file():
                raise CorreioError("attachment-unreadable", name=name, path=str(source), answer="")
            said = _run(self._settings.command, {"file": str(file.absolute()), "name": _safe(name), "days": str(days)})
        links = [line.strip() for line in said.splitlines() if line.strip().lower().startswith(("https://", "http://"))]
        if not links or len(links[-1]) > 2000 or not links[-1].isprintable() or " " in links[-1]:
            raise ProtocolError("bad-answer", server=_name(self._settings.command), answer=clean_line(said)[:200])
        return links[-1], links[-1]

    def withdraw(self, url: str, place: str) -> None:
        """Run the command that takes it away, if there is one."""
        if self._settings.withdraw:
            _run(self._settings.withdraw, {"url": url})

    def fetched(self, url: str, place: str) -> int:
        """The number that the command says."""
        if not self._settings.fetched:
            return 0
        said = _run(self._settings.fetched, {"url": url}).strip()
        if not (said.isascii() and said.isdigit() and len(said) < 10):
            raise ProtocolError("bad-answer", server=_name(self._settings.fetched), answer=clean_line(said)[:200])
        return int(said)


def _run(command: str, values: dict[str, str]) -> str:
    words = shlex.split(command)
    for name, value in values.items():
        words = [word.replace(f"{{{name}}}", value) for word in words]
    try:
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=COMMAND_PATIENCE, check=False, cwd="/",
            start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise CorreioError("links-command", name=_name(command), answer=error.strerror or str(error)) from error
    except subprocess.TimeoutExpired as error:
        raise NetworkError("connection-timeout", server=_name(command), answer="") from error
    if done.returncode == 75:
        raise NetworkError("server-unavailable", server=_name(command), answer=_words(done.stderr), code=done.returncode)
    if done.returncode:
        raise CorreioError("links-command", name=_name(command), answer=_words(done.stderr))
    return done.stdout[:100_000].decode("utf-8", "replace")


def _words(data: bytes) -> str:
    return clean_line(data[:2000].decode("utf-8", "replace").strip().rpartition("\n")[2])[:300]


def _name(command: str) -> str:
    return Path((shlex.split(command) or [""])[0]).name


def _safe(name: str) -> str:
    kept = "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in name)[-100:].lstrip(".-")
    return kept or "file"


@contextlib.contextmanager
def _opened(source: Path | bytes, name: str) -> Iterator[tuple[BinaryIO, int]]:
    """What is to go, and how much it is."""
    if isinstance(source, bytes):
        yield io.BytesIO(source), len(source)
        return
    try:
        file = source.open("rb")
    except OSError as error:
        raise _unreadable(name, error.strerror or str(error)) from error
    with file:
        yield file, os.fstat(file.fileno()).st_size


def _unreadable(name: str, answer: str) -> CorreioError:
    return CorreioError("attachment-unreadable", name=name, path="", answer=answer)
