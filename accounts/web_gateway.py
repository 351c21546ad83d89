"""A gateway to phones over the web: an HTTPS request of the user's own making for each message, whatever the provider."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Sequence
from urllib.parse import parse_qsl, quote, urlsplit

from accounts.deadline import Deadline
from accounts.dial import Resolver
from accounts.http_sending import HttpOutgoing
from accounts.https import Answer
from accounts.outgoing import Limits, SendResult
from accounts.phone_message import PhoneMessage, phone_message
from accounts.smtp_handover import words
from core.draft import ComposeError
from core.errors import PasswordNeeded, ServerRefused
from core.secret import Secret
from core.settings.gateway import Gateway
from core.settings.schema import Server

MakePage = Callable[[str, str], bytes]
"""(title, text) → the PDF of the first page of a fax."""
LONGEST = 200
"""Characters of an answer that are shown."""
_TOLD = ("message", "error_message", "error-text", "error", "detail", "description", "reason", "title")
"""Where providers put their words."""


def place_of(gateway: Gateway) -> Server:
    """Where a gateway is, as a server."""
    parts = urlsplit(gateway.url)
    return Server(
        kind="smtp", name=gateway.name, host=parts.hostname or "", port=parts.port or 443, security="tls",
        trust=gateway.trust, proxy=gateway.proxy,
    )  # fmt: skip


class WebGateway(HttpOutgoing):
    """One gateway of the settings; an `accounts.outgoing.Outgoing`.

    In its address, form or JSON, and header line `{number}` becomes the number in digits, `{plus_number}` the same with a plus
    sign, `{text}` the text, `{subject}`, `{user}`, `{secret}`, `{id}` what is the same at each try of one message, and `{page}`
    a PDF of the text in base64; each so that it cannot be more than a value. `refused` hears that the secret was not taken.
    """

    largest = None

    def __init__(
        self, gateway: Gateway, server: Server, secret: Secret, make_page: MakePage | None = None, *,
        refused: Callable[[], object] = lambda: None, resolver: Resolver | None = None,
    ) -> None:  # fmt: skip
        super().__init__(server, secret, resolver=resolver)
        self._gateway = gateway
        self._make_page = make_page
        self._tell_refused = refused
        self._message: PhoneMessage | None = None
        self.method = "POST" if gateway.body or gateway.files else "GET"

    def mail_request(self, wire: bytes, sender: str, recipients: Sequence[str]) -> tuple[str, bytes, str]:
        """Path, body and content type, filled in. CorreioError `gateway-unfit`, `pdf-failed`, `pdf-slow`."""
        own = self._gateway
        message = self._message = phone_message(wire, recipients, own.name)
        parts = urlsplit(own.url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        target = self._filled(quote(path, safe="/?&=+{}%:;,@~!$'()*"), message, _percent)
        if own.files:
            return target, *self._form_with_files(message)
        if own.body.lstrip().startswith(("{", "[")):
            return target, self._filled(own.body, message, _in_json).encode(), "application/json"
        body = self._filled(own.body.strip(), message, _percent).encode()
        return target, body, "application/x-www-form-urlencoded" if body else ""

    def headers(self) -> dict[str, str]:
        """The header line of the settings; else, where there is a user, HTTP Basic."""
        own = self._gateway
        if own.header:
            name, _, value = own.header.partition(":")
            return {name.strip(): self._filled(value.strip(), self._message, self._in_header)}
        if own.user and not any("{secret}" in text for text in (own.url, own.body)):
            told = f"{own.user}:{self._secret.reveal()}".encode("utf-8", "surrogateescape")
            return {"Authorization": "Basic " + base64.b64encode(told).decode()}
        return {}

    def test(self, deadline: float | Deadline) -> Limits:
        """Nothing is asked: whatever is asked of a gateway may cost something."""
        (deadline if isinstance(deadline, Deadline) else Deadline(deadline)).left(self._gateway.name)
        self._limits = Limits(eight_bit=True, international=True)
        return self._limits

    # ------------------------------------------------------------ inside

    def _filled(self, template: str, message: PhoneMessage | None, encode: Callable[[str], str]) -> str:
        """The words in braces replaced, in one pass: what is put in is not looked at again."""
        values: dict[str, Callable[[], str]] = {
            "user": lambda: self._gateway.user,
            "secret": lambda: self._secret.reveal(),
        }
        if message is not None:
            values |= {
                "number": lambda: message.phone.number, "plus_number": lambda: f"+{message.phone.number}",
                "text": lambda: message.text, "subject": lambda: message.subject, "id": lambda: message.id,
                "page": lambda: base64.b64encode(self._page(message)).decode(),
            }  # fmt: skip
        pieces = template.split("{")
        found = [pieces[0]]
        for piece in pieces[1:]:
            name, brace, rest = piece.partition("}")
            known = brace and name in values
            found.append(encode(values[name]()) + rest if known else "{" + piece)
        return "".join(found)

    def _page(self, message: PhoneMessage) -> bytes:
        return self._make_page(message.subject, message.text) if self._make_page is not None else b""

    def _form_with_files(self, message: PhoneMessage) -> tuple[bytes, str]:
        """multipart/form-data (RFC 7578): the form's fields, then the text's page and the files, each under `files`."""
        mark = "correio-" + os.urandom(18).hex()
        parts = []
        for name, value in parse_qsl(self._gateway.body.strip(), keep_blank_values=True):
            told = self._filled(value, message, str)
            parts.append(_part(mark, f'name="{_quoted(name)}"', "", told.encode("utf-8", "replace")))
        files = list(message.files)
        if message.text.strip() or not files:
            files.insert(0, ("page.pdf", "application/pdf", self._page(message)))
        for name, type, data in files:
            parts.append(_part(mark, f'name="{_quoted(self._gateway.files)}"; filename="{_quoted(name)}"', type, data))
        return b"".join(parts) + f"--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"

    def _in_header(self, value: str) -> str:
        if not value.isascii() or not value.isprintable():
            raise ComposeError("gateway-unfit", name=self._gateway.name)
        return value

    def _result(self, answer: Answer, people: tuple[str, ...]) -> SendResult:
        wanted = self._gateway.answer
        if wanted and 200 <= answer.status < 300 and wanted not in answer.body.decode("utf-8", "replace"):
            said = self._words(answer) or words(answer.reason)
            error = ServerRefused("gateway-refused", server=self._gateway.name, answer=said, code=550)
            return self._refused("failed", people, error)
        return super()._result(answer, people)

    def _check_key(self, answer: Answer) -> None:
        # 403 is what providers say of a number, or of money: its words are for the user.
        if answer.status == 401 and self._gateway.credential:
            self._tell_refused()
            raise PasswordNeeded(
                "password-refused", credential=self._gateway.credential, server=self._endpoint.name, answer=self._words(answer)
            )

    def _words(self, answer: Answer) -> str:
        """What the provider says, without the rest of what it answers; the status where it says nothing."""
        text = answer.body[:20_000].decode("utf-8", "replace")
        try:
            said = _told(json.loads(text)) or text
        except (ValueError, RecursionError):
            said = text if "<html" not in text[:500].lower() else ""
        return words(said.strip()[:LONGEST]) or words(f"{answer.status} {answer.reason}")


def _told(found: object, depth: int = 0) -> str:
    """The first words for people in what a provider answered as JSON."""
    if depth > 4:
        return ""
    if isinstance(found, dict):
        for name in _TOLD:
            value = found.get(name)
            if isinstance(value, str) and value.strip():
                return value
    inner = list(found.values()) if isinstance(found, dict) else found if isinstance(found, list) else []
    return next((said for one in inner[:50] if isinstance(one, dict | list) and (said := _told(one, depth + 1))), "")


def _percent(value: str) -> str:
    return quote(value, safe="", errors="replace")


def _in_json(value: str) -> str:
    return json.dumps(value)[1:-1]


def _part(mark: str, disposition: str, type: str, data: bytes) -> bytes:
    kind = f"Content-Type: {type}\r\n" if type else ""
    return f"--{mark}\r\nContent-Disposition: form-data; {disposition}\r\n{kind}\r\n".encode() + data + b"\r\n"


def _quoted(name: str) -> str:
    """As browsers put names into multipart/form-data."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
