"""Where files go that are sent as links: a WebDAV folder (RFC 4918), or a command of one's own."""

from __future__ import annotations

import base64
import secrets
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin

from accounts.deadline import Deadline
from accounts.dial import Resolver
from accounts.https import Answer, request
from core.clean import clean_line
from core.errors import AuthenticationError, CorreioError, NetworkError, ProtocolError, ServerRefused
from core.secret import Secret
from core.settings.links import Links

if TYPE_CHECKING:
    from accounts.proxies import Way

PATIENCE = 60.0
SLOWEST = 20_000
"""Bytes a second that an upload makes at least."""
COMMAND_PATIENCE = 3600.0
LARGEST = 4 * 1024**3


class WebDav:
    """A folder on a WebDAV server; a `core.sharing.Sharer`. Every file gets a name that nobody can guess."""

    watches = False

    def __init__(
        self, settings: Links, password: Secret, *, resolver: Resolver | None = None, through: Way | None = None
    ) -> None:
        self._settings = settings
        self._password = password
        self._resolver = resolver
        self._through = through
        self._folder = settings.url.rstrip("/") + "/"
        self._public = (settings.public or settings.url).rstrip("/") + "/"

    def upload(self, name: str, source: Path | bytes, days: int) -> tuple[str, str]:
        """PUT it; never over another file."""
        data = _bytes(source, name)
        place = f"{secrets.token_urlsafe(18)}-{quote(_safe(name))}"
        answer = self._ask("PUT", place, data, {"Content-Type": "application/octet-stream", "If-None-Match": "*"})
        if answer.status not in (200, 201, 204):
            raise ServerRefused("http-status", server=answer.server, answer=answer.reason, code=answer.status)
        return urljoin(self._public, place), place

    def withdraw(self, url: str, place: str) -> None:
        """DELETE it."""
        answer = self._ask("DELETE", place, b"", {})
        if not 200 <= answer.status < 300 and answer.status not in (404, 410):
            raise ServerRefused("http-status", server=answer.server, answer=answer.reason, code=answer.status)

    def fetched(self, url: str, place: str) -> int:
        """WebDAV does not tell."""
        return 0

    def _ask(self, method: str, place: str, body: bytes, headers: dict[str, str]) -> Answer:
        if self._settings.user:
            login = f"{self._settings.user}:{self._password.reveal()}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(login).decode('ascii')}"
        patience = Deadline(PATIENCE + len(body) / SLOWEST)
        url = urljoin(self._folder, place)
        answer = request(
            method, url, patience, body=body, headers=headers, resolver=self._resolver, trust=self._settings.trust,
            through=self._through,
        )  # fmt: skip
        if answer.status in (401, 403):
            raise AuthenticationError("login-refused", server=answer.server, user=self._settings.user, answer=answer.reason)
        return answer


class OwnCommand:
    """Commands of the user's own; a `core.sharing.Sharer`. No shell runs them."""

    def __init__(self, settings: Links) -> None:
        self._settings = settings
        self.watches = bool(settings.fetched)

    def upload(self, name: str, source: Path | bytes, days: int) -> tuple[str, str]:
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


def _bytes(source: Path | bytes, name: str) -> bytes:
    if isinstance(source, bytes):
        return source
    try:
        if source.stat().st_size > LARGEST:
            raise CorreioError("links-too-large", name=name)
        return source.read_bytes()
    except OSError as error:
        raise CorreioError("attachment-unreadable", name=name, path=str(source), answer=error.strerror or str(error)) from error


