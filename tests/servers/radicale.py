"""Radicale (CalDAV) in this process, over TLS on loopback, with one user and one calendar."""

from __future__ import annotations

import socketserver
import threading
from pathlib import Path
from typing import Any, Self
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from accounts.deadline import Deadline
from accounts.https import request
from core.secret import Secret
from core.settings.schema import Calendar
from tests.servers.authority import Authority

USER, PASSWORD = "me", "s3cret tide"


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no mistake of the server's."""


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


class Radicale:
    """`calendar` is what the settings say of it; `requests` counts what was asked by method."""

    def __init__(self, authority: Authority, folder: Path) -> None:
        from radicale import config
        from radicale.app import Application

        folder.mkdir(exist_ok=True)
        users = folder / "users"
        users.write_text(f"{USER}:{PASSWORD}\n")
        configuration: Any = config.load()
        configuration.update(
            {
                "auth": {"type": "htpasswd", "htpasswd_filename": str(users), "htpasswd_encryption": "plain", "delay": "0"},
                "storage": {"filesystem_folder": str(folder / "store")},
                "logging": {"level": "critical"},
            },
            "test",
        )
        self.requests: dict[str, int] = {}
        self.certificate = authority.certificate("localhost")
        application = Application(configuration)

        def counted(environ: Any, start_response: Any) -> Any:
            method = environ["REQUEST_METHOD"]
            self.requests[method] = self.requests.get(method, 0) + 1
            return application(environ, start_response)

        self._server = _Server(("127.0.0.1", 0), _Quiet)
        self._server.set_app(counted)
        self._server.socket = self.certificate.context().wrap_socket(self._server.socket, server_side=True)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def calendar(self) -> Calendar:
        """The settings of the calendar."""
        url = f"https://localhost:{self.port}/{USER}/days"
        return Calendar(url=url, user=USER, credential="dav", trust=f"sha256:{self.certificate.fingerprint}")

    def __enter__(self) -> Self:
        self._thread.start()
        from accounts.caldav import CalendarServer

        server = CalendarServer(self.calendar, Secret(PASSWORD))
        made = server._ask("MKCALENDAR", server.url, b"", {})
        assert made.status == 201, made
        return self

    def __exit__(self, *ended: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def reaches(self) -> int:
        """The status of a request without a password."""
        return request("GET", self.calendar.url, Deadline(30), trust=self.calendar.trust).status
