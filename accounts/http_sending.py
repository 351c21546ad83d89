"""What sending over a provider's web interface has in common: one request, and what became of the mail by its answer."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress

from accounts.deadline import Deadline
from accounts.dial import Resolver, endpoint_of
from accounts.https import Answer, request
from accounts.outgoing import Begin, Limits, SendResult, always
from accounts.smtp_handover import must_be_fit, words
from core.draft import ComposeError
from core.errors import AuthenticationError, CorreioError, NetworkError, ServerRefused, TLSError
from core.secret import Secret
from core.settings.schema import Server

SECONDS = 30.0


class HttpOutgoing:
    """The base of an `accounts.outgoing.Outgoing` over HTTPS. A provider says what its requests look like."""

    largest: int | None = None
    """Bytes of the largest mail."""
    method = "POST"
    test_path = "/"
    """What a log-in can be tried with."""

    def __init__(self, server: Server, secret: Secret, *, resolver: Resolver | None = None) -> None:
        self._server = server
        self._secret = secret
        self._resolver = resolver
        self._endpoint = endpoint_of(server)
        self._limits: Limits | None = None
        self._guard = threading.Lock()
        self._sock: socket.socket | None = None
        self._cancelled = False

    def headers(self) -> dict[str, str]:
        """What tells who asks."""
        return {}

    def mail_request(self, wire: bytes, sender: str, recipients: Sequence[str]) -> tuple[str, bytes, str]:
        """Path, body and content type of the request that sends a mail."""
        raise ComposeError("mail-malformed", what="provider")

    def answer_of(self, told: Mapping[str, object]) -> str:
        """The provider's words in what it answered."""
        return str(told.get("message") or told.get("Error") or told.get("error") or "")

    # ------------------------------------------------------------ Outgoing

    def send(
        self, wire: bytes, sender: str, recipients: Sequence[str], deadline: float | Deadline, begin: Begin = always
    ) -> SendResult:
        """Hand one mail over; see `accounts.outgoing.Outgoing.send`."""
        must_be_fit(wire, sender, recipients)
        people = tuple(dict.fromkeys(recipients))
        if self.largest is not None and len(wire) > self.largest:
            error = ServerRefused(
                "mail-too-large", server=self._endpoint.name, answer="", code=552, size=len(wire), limit=self.largest
            )
            return self._refused("failed", people, error)
        path, body, type = self.mail_request(wire, sender, people)
        begun = False

        def ready() -> None:
            nonlocal begun
            if not begin():
                raise NetworkError("sending-cancelled", server=self._endpoint.name, answer="")
            begun = True

        try:
            answer = self._ask(self.method, path, body, type, deadline, ready)
        except CorreioError as error:
            if not begun:
                raise
            gone = NetworkError("no-reply-after-data", server=self._endpoint.name, answer=error.values.get("answer", ""))
            return SendResult("uncertain", self._endpoint.name, error=gone)
        return self._result(answer, people)

    def test(self, deadline: float | Deadline) -> Limits:
        """Ask something that only who has the key may ask."""
        answer = self._ask("GET", self.test_path, b"", "", deadline, lambda: None)
        self._check_key(answer)
        self._limits = Limits(size=self.largest, eight_bit=True, international=True)
        return self._limits

    def limits(self) -> Limits | None:
        """What the provider takes, once it was asked."""
        return self._limits

    def cancel(self) -> None:
        """End what is under way; from any thread."""
        with self._guard:
            if self._sock is not None:
                self._cancelled = True
                with suppress(OSError):
                    self._sock.shutdown(socket.SHUT_RDWR)

    # ------------------------------------------------------------ inside

    def _ask(self, method: str, path: str, body: bytes, type: str, deadline: float | Deadline, ready: object) -> Answer:
        limit = deadline if isinstance(deadline, Deadline) else Deadline(deadline)

        def connected(sock: socket.socket) -> None:
            with self._guard:
                self._sock, self._cancelled = sock, False
            ready()  # type: ignore[operator]

        port = "" if self._endpoint.port == 443 else f":{self._endpoint.port}"
        headers = {**self.headers(), "Accept": "application/json", **({"Content-Type": type} if type else {})}
        try:
            return request(
                method, f"https://{self._endpoint.host}{port}{path}", limit, body=body, headers=headers,
                resolver=self._resolver, trust=self._endpoint.trust, through=self._endpoint.through, ready=connected,
            )  # fmt: skip
        except TLSError:
            raise
        except NetworkError as error:
            if self._cancelled:
                raise NetworkError("sending-cancelled", server=self._endpoint.name, answer="") from error
            raise
        finally:
            with self._guard:
                self._sock = None

    def _result(self, answer: Answer, people: tuple[str, ...]) -> SendResult:
        said = self._words(answer)
        if 200 <= answer.status < 300:
            return SendResult("sent", self._endpoint.name, people, answer=said or words(answer.reason), code=250)
        self._check_key(answer)
        if answer.status in (502, 504):
            # Said by a machine on the way: the one behind it may have taken the mail.
            gone = NetworkError("no-reply-after-data", server=self._endpoint.name, answer=said or words(answer.reason))
            return SendResult("uncertain", self._endpoint.name, error=gone)
        # 429: too fast; 408, 5xx: their trouble. What else is refused is refused for good.
        later = answer.status in (408, 425, 429) or answer.status >= 500
        code = 451 if later else 554
        error = ServerRefused("mail-refused", server=self._endpoint.name, answer=said, code=code)
        return self._refused("retry" if later else "failed", people, error)

    def _refused(self, state: str, people: tuple[str, ...], error: ServerRefused) -> SendResult:
        answer, code = str(error.values["answer"]), int(error.values["code"])
        refused = dict.fromkeys(people, (code, answer))
        kept = "retry" if state == "retry" else "failed"
        return SendResult(kept, self._endpoint.name, refused=refused, answer=answer, code=code, error=error)  # type: ignore[arg-type]

    def _check_key(self, answer: Answer) -> None:
        if answer.status in (401, 403):
            said = self._words(answer) or answer.reason
            raise AuthenticationError("login-refused", server=self._endpoint.name, user=self._server.user, answer=said)
        if answer.status >= 500:
            return

    def _words(self, answer: Answer) -> str:
        try:
            told = json.loads(answer.body)
        except ValueError:
            return words(answer.body[:500].decode("utf-8", "replace"))
        return words(self.answer_of(told)) if isinstance(told, dict) else ""
