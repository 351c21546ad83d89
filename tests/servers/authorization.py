"""An OAuth2 provider on loopback: codes, pages, tokens that rotate, end, are revoked; slow and broken on demand."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs

from tests.servers.authority import Authority

CLIENT = "client-of-the-user"
SECRET = "client-canary"
ACCESS, REFRESH = "access-canary", "refresh-canary"


class AuthorizationServer:
    """Gives tokens `access-canary-N` and `refresh-canary-N`; the person agrees by `agreed`."""

    def __init__(self, authority: Authority) -> None:
        self.requests: list[dict[str, str]] = []
        self.agreed = threading.Event()
        self.denied = False
        self.rotates = True
        self.lasts = 3600
        self.answers: list[tuple[int, object]] = []
        """What the next requests are answered instead: status and JSON, or text."""
        self.held: threading.Event | None = None
        """Requests wait for it."""
        self.challenge = ""
        """Of the page that was opened."""
        self._count = 0
        self.refresh = ""
        self._guard = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                words = {name: values[0] for name, values in parse_qs(body).items()}
                if server.held is not None:
                    server.held.wait(60)
                with server._guard:
                    server.requests.append(words)
                    status, told = server.answers.pop(0) if server.answers else server.answer(self.path, words)
                data = told.encode() if isinstance(told, str) else json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                """A client that hangs up is no mistake of the server's."""

        self._server = Server(("127.0.0.1", 0), Handler)
        context = authority.certificate("localhost").context()
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"https://localhost:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, words: dict[str, str]) -> tuple[int, object]:
        """As RFC 6749 and 8628 have it."""
        if words.get("client_id") != CLIENT:
            return 401, {"error": "invalid_client", "error_description": "no such client"}
        if path == "/device":
            page = f"{self.url}/agree"
            codes = {"device_code": "device-canary", "user_code": "ABCD-1234", "verification_uri": page}
            return 200, {**codes, "verification_uri_complete": f"{page}?code=ABCD-1234", "expires_in": 600, "interval": 1}
        kind = words.get("grant_type", "")
        if kind.endswith("device_code"):
            if self.denied:
                return 400, {"error": "access_denied"}
            return self._tokens() if self.agreed.is_set() else (400, {"error": "authorization_pending"})
        if kind == "authorization_code":
            digest = hashlib.sha256(words.get("code_verifier", "").encode()).digest()
            right = base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == self.challenge
            return self._tokens() if right and words.get("code") == "page-code" else (400, {"error": "invalid_grant"})
        if kind == "refresh_token" and words.get("refresh_token") == self.refresh:
            return self._tokens()
        return 400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}

    def _tokens(self) -> tuple[int, object]:
        self._count += 1
        told: dict[str, object] = {"access_token": f"{ACCESS}-{self._count}", "expires_in": self.lasts, "token_type": "Bearer"}
        if self.rotates or not self.refresh:
            self.refresh = f"{REFRESH}-{self._count}"
            told["refresh_token"] = self.refresh
        return 200, told
