"""A command of the user's own that sends SMS or fax: the number in its words, the text on its standard input, no shell."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from accounts.deadline import Deadline
from accounts.outgoing import Begin, Limits, SendResult, always
from accounts.phone_message import phone_message
from accounts.smtp_handover import must_be_fit
from core.clean import clean_line
from core.errors import CorreioError, NetworkError, ServerRefused
from core.settings.gateway import Gateway

LATER = (75, 69)
"""Exit states (sysexits.h): EX_TEMPFAIL, EX_UNAVAILABLE."""
PATIENCE = 300.0
ANSWER = 2000
MakePage = Callable[[str, str], bytes]
"""(title, text) → the PDF of the first page of a fax."""


class CommandGateway:
    """One gateway of the settings; an `accounts.outgoing.Outgoing`.

    Of its words `{number}` becomes the number in digits, `{plus_number}` the same with a plus sign, `{files}` (a word by
    itself) the files, `{page}` a PDF of the text. State 0: sent; 75 or 69: to be tried again; any other: refused.
    """

    def __init__(self, gateway: Gateway, make_page: MakePage | None = None) -> None:
        self._gateway = gateway
        self._make_page = make_page
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._cancelled = False

    def send(
        self, wire: bytes, sender: str, recipients: Sequence[str], deadline: float | Deadline, begin: Begin = always
    ) -> SendResult:
        """Run the command for one phone."""
        name = self._gateway.name or self._gateway.kind
        must_be_fit(wire, sender, recipients)
        left = (deadline if isinstance(deadline, Deadline) else Deadline(deadline)).left(name)
        message = phone_message(wire, recipients, name)
        words = shlex.split(self._gateway.command)
        if not words:
            raise CorreioError("gateway-unfit", name=name)
        with tempfile.TemporaryDirectory(prefix="correio-") as folder:
            files = []
            for n, (file, _type, data) in enumerate(message.files):
                files.append(Path(folder) / f"{n + 1}-{file}")
                files[-1].write_bytes(data)
            if any("{page}" in word for word in words) and self._make_page is not None:
                page = Path(folder) / "page.pdf"
                page.write_bytes(self._make_page(message.subject, message.text))
                words = [word.replace("{page}", str(page)) for word in words]
            argv = _argv(words, message.phone.number, files)
            if not begin():
                raise NetworkError("sending-cancelled", server=name, answer="")
            return self._run(argv, message.text, recipients[0], name, min(left, PATIENCE))

    def _run(self, argv: list[str], text: str, recipient: str, name: str, seconds: float) -> SendResult:
        try:
            with self._lock:
                if self._cancelled:
                    return _failed(name, recipient, 451, "", again=True)
                self._process = subprocess.Popen(
                    argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
                    cwd="/",
                )  # fmt: skip
            process = self._process
        except OSError as error:  # nothing has run
            return _failed(name, recipient, 550, f"{argv[0]}: {error.strerror or error}")
        try:
            output, _ = process.communicate(text.encode(), timeout=seconds)
        except subprocess.TimeoutExpired:
            self._kill(process)
            return SendResult("uncertain", name, error=NetworkError("no-reply-after-data", server=name, answer=""))
        answer = clean_line(output[:ANSWER].decode("utf-8", "replace").strip().partition("\n")[0])[:500]
        if process.returncode == 0:
            return SendResult("sent", name, (recipient,), answer=answer or "ok", code=250)
        if process.returncode < 0:
            return SendResult("uncertain", name, error=NetworkError("no-reply-after-data", server=name, answer=answer))
        return _failed(name, recipient, 451 if process.returncode in LATER else 550, answer, again=process.returncode in LATER)

    def _kill(self, process: subprocess.Popen[bytes]) -> None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.communicate()

    def test(self, deadline: float | Deadline) -> Limits:
        """Nothing is run for a test."""
        return Limits(eight_bit=True, international=True)

    def limits(self) -> Limits | None:
        """What mail servers have."""
        return None

    def cancel(self) -> None:
        """End the command that is under way, from any thread."""
        with self._lock:
            self._cancelled = True
            process = self._process
        if process is not None and process.poll() is None:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


def _argv(words: Sequence[str], number: str, files: Sequence[Path]) -> list[str]:
    argv: list[str] = []
    for word in words:
        if word == "{files}":
            argv += map(str, files)
        else:
            argv.append(word.replace("{number}", number).replace("{plus_number}", f"+{number}"))
    return argv


def _failed(name: str, recipient: str, code: int, answer: str, *, again: bool = False) -> SendResult:
    error = ServerRefused("gateway-refused", server=name, answer=answer, code=code)
    return SendResult(
        "retry" if again else "failed", name, refused={recipient: (code, answer)}, answer=answer, code=code, error=error
    )
