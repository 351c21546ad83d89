"""Mailgun, Elastic Email and a gateway to phones: an HTTPS server that checks what it is sent and misbehaves on demand."""

from __future__ import annotations

import base64
import email.message
import email.parser
import email.policy
import json
import socket
import threading
from dataclasses import dataclass, field
from email.utils import getaddresses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl

from tests.servers.authority import Authority
from tests.servers.smtp import Delivery

KEY = "key-canary-of-the-provider"
DOMAIN = "example.org"


@dataclass
class Orders:
    """What to do to the next requests."""

    refusals: list[tuple[int, str]] = field(default_factory=list)
    """Status and words, one for each mail."""
    cuts: list[str] = field(default_factory=list)
    """before (the handshake), within (the request is read, nothing is answered), after (it was accepted)."""


class ProviderSink:
    """Listens on loopback; `deliveries` has what was accepted."""

    host = "localhost"

    def __init__(self, authority: Authority) -> None:
        self.orders = Orders()
        self.deliveries: list[Delivery] = []
        self.contents: list[dict[str, Any]] = []
        """What Elastic Email was told."""
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sink.post(self, self.rfile.read(int(self.headers["Content-Length"])))

            def do_GET(self) -> None:
                sink.answer(self, 200 if sink.knows(self) else 401, {"message": "here", "Error": "Unauthorized"})

            def log_message(self, format: str, *args: object) -> None:
                """Nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def get_request(self) -> tuple[socket.socket, Any]:
                line, address = super().get_request()
                if sink.orders.cuts[:1] == ["before"]:
                    sink.orders.cuts.pop(0)
                    line.close()
                    raise OSError("cut")
                return sink.context.wrap_socket(line, server_side=True, do_handshake_on_connect=False), address

            def handle_error(self, request: object, client_address: object) -> None:
                """A client that hangs up is no mistake of the server's."""

        self.context = authority.certificate("localhost").context()
        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def knows(self, line: BaseHTTPRequestHandler) -> bool:
        """Whether the key is right."""
        basic = "Basic " + base64.b64encode(f"api:{KEY}".encode()).decode()
        return basic == line.headers.get("Authorization") or line.headers.get("X-ElasticEmail-ApiKey") == KEY

    def post(self, line: BaseHTTPRequestHandler, body: bytes) -> None:
        """A mail to send."""
        if not self.knows(line):
            # Mailgun says so in plain text.
            self.answer(line, 401, {"message": "Forbidden", "Error": "Access Denied."})
            return
        cut = self.orders.cuts.pop(0) if self.orders.cuts else ""
        if cut == "within":
            line.connection.close()
            return
        if self.orders.refusals:
            status, words = self.orders.refusals.pop(0)
            self.answer(line, status, {"message": words, "Error": words})
            return
        if line.path == f"/v3/{DOMAIN}/messages.mime":
            self._mailgun(line, body)
        elif line.path == "/v4/emails/transactional":
            self._elastic(body)
        elif line.path.startswith("/phones/"):
            told = dict(parse_qsl(body.decode()))
            self.deliveries.append(Delivery("", (told["to"],), told["text"].encode(), "api", True))
        else:
            self.answer(line, 404, {"message": "not found"})
            return
        if cut == "after":
            line.connection.close()
            return
        self.answer(line, 200, {"id": "<1@example.org>", "message": "Queued. Thank you.", "TransactionID": "t", "MessageID": "m"})

    def answer(self, line: BaseHTTPRequestHandler, status: int, told: dict[str, str]) -> None:
        """JSON."""
        body = json.dumps(told).encode()
        line.send_response(status)
        line.send_header("Content-Type", "application/json")
        line.send_header("Content-Length", str(len(body)))
        line.end_headers()
        line.wfile.write(body)

    def _mailgun(self, line: BaseHTTPRequestHandler, body: bytes) -> None:
        mark = b"--" + line.headers["Content-Type"].partition("boundary=")[2].encode()
        people, raw = [], b""
        for part in body.split(mark)[1:-1]:
            head, _, content = part[2:].partition(b"\r\n\r\n")
            content = content.removesuffix(b"\r\n")
            if b'name="to"' in head:
                people.append(content.decode())
            elif b'name="message"' in head:
                raw = content
        sender = email.parser.BytesHeaderParser().parsebytes(raw)["From"]
        self.deliveries.append(Delivery(getaddresses([sender])[0][1], tuple(people), raw, "api", True))

    def _elastic(self, body: bytes) -> None:
        told = json.loads(body)
        content = told["Content"]
        self.contents.append(told)
        made = email.message.EmailMessage(email.policy.SMTP)
        for name in ("From", "Subject"):
            made[name] = content[name]
        people = [one for group in ("To", "CC", "BCC") for one in told["Recipients"].get(group, ())]
        addresses = tuple(address for _, address in getaddresses(people))
        self.deliveries.append(Delivery(content.get("EnvelopeFrom", ""), addresses, made.as_bytes(), "key", True))
