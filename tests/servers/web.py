"""An HTTPS server on loopback that keeps what it was sent and answers as it is told."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Self

from accounts.dial import Addresses
from tests.servers.authority import Authority

HOST = "lists.example.org"


class WebSink:
    """`answer` writes to the line what it likes, after a request has come whole; `requests` has the heads and bodies.

    `reads`: bodies are read before; else that is the affair of `answer`.
    """

    def __init__(
        self, authority: Authority, answer: Callable[[WebSink, BaseHTTPRequestHandler], None], name: str = HOST, *,
        reads: bool = True,
    ) -> None:  # fmt: skip
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.ended = threading.Event()
        """Set when the server closes: what hangs ends with it."""
        sink = self

        class Answer(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])) if reads else b""
                sink.requests.append((self.requestline, dict(self.headers), body))
                answer(sink, self)

            def do_PUT(self) -> None:
                self.do_POST()

            def do_REPORT(self) -> None:
                self.do_POST()

            def do_DELETE(self) -> None:
                self.do_GET()

            def do_HEAD(self) -> None:
                self.do_GET()

            def do_GET(self) -> None:
                sink.requests.append((self.requestline, dict(self.headers), b""))
                answer(sink, self)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: the requests are kept."""

        class Server(HTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                """A client that hangs up is no mistake of the server's."""

        self._server = Server(("127.0.0.1", 0), Answer)
        self._server.socket = authority.certificate(name).context().wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *ended: object) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def resolver(self, host: str, port: int) -> Addresses:
        """Every name is this server."""
        return [(socket.AF_INET, ("127.0.0.1", self._server.server_address[1]))]


def says(status: int, body: bytes = b"", **headers: str) -> Callable[[WebSink, BaseHTTPRequestHandler], None]:
    """An answer with that status."""

    def answer(sink: WebSink, line: BaseHTTPRequestHandler) -> None:
        line.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            line.send_header(name.replace("_", "-"), value)
        line.end_headers()
        line.wfile.write(body)

    return answer
