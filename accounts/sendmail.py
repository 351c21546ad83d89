"""Sending by a command of this machine, as sendmail, msmtp and Postfix have it: the mail on its standard input."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Sequence

from accounts.deadline import Deadline
from accounts.outgoing import Begin, Limits, SendResult, always
from accounts.smtp_handover import must_be_fit, words
from core.errors import AuthenticationError, CorreioError, NetworkError, ServerRefused
from core.settings.schema import Server

_LATER = (69, 71, 74, 75)
"""sysexits: EX_UNAVAILABLE, EX_OSERR, EX_IOERR, EX_TEMPFAIL."""
_PASSWORD = 77
"""EX_NOPERM: msmtp says so when its server refuses the password."""


class SendmailOutgoing:
    """An `accounts.outgoing.Outgoing` without a password: the command knows its own."""

    def __init__(self, server: Server) -> None:
        self._argv = shlex.split(server.command)
        self._name = self._argv[0] if self._argv else "sendmail"
        self._guard = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._limits: Limits | None = None

    def send(
        self, wire: bytes, sender: str, recipients: Sequence[str], deadline: float | Deadline, begin: Begin = always
    ) -> SendResult:
        """Hand one mail over; see `accounts.outgoing.Outgoing.send`."""
        must_be_fit(wire, sender, recipients)
        limit = deadline if isinstance(deadline, Deadline) else Deadline(deadline)
        left = limit.left(self._name)
        self._find()
        people = tuple(dict.fromkeys(recipients))
        if not begin():
            raise NetworkError("sending-cancelled", server=self._name, answer="")
        argv = [*self._argv, "-i", "-f", sender or "<>", "--", *people]
        try:
            process = subprocess.Popen(
                argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
            )
        except OSError as error:
            raise NetworkError("sendmail-missing", server=self._name, answer=error.strerror or str(error)) from error
        with self._guard:
            self._process = process
        try:
            # It wants the line ends of this machine.
            said, _ = process.communicate(wire.replace(b"\r\n", b"\n"), timeout=left)
        except subprocess.TimeoutExpired:
            self._end(process)
            return self._uncertain(NetworkError("connection-timeout", server=self._name, answer=""))
        finally:
            with self._guard:
                self._process = None
        return self._result(process.returncode, words(said[-2000:].decode("utf-8", "replace")), people)

    def test(self, deadline: float | Deadline) -> Limits:
        """See whether there is such a command."""
        (deadline if isinstance(deadline, Deadline) else Deadline(deadline)).left(self._name)
        self._find()
        self._limits = Limits(eight_bit=True)
        return self._limits

    def limits(self) -> Limits | None:
        """Nothing is known of them."""
        return self._limits

    def cancel(self) -> None:
        """End the command; from any thread."""
        with self._guard:
            if self._process is not None:
                self._end(self._process)

    def _find(self) -> None:
        import shutil

        if not self._argv or shutil.which(self._argv[0]) is None:
            raise NetworkError("sendmail-missing", server=self._name, answer="")

    def _result(self, status: int, said: str, people: tuple[str, ...]) -> SendResult:
        if status == 0:
            return SendResult("sent", self._name, people, answer=said or "OK", code=250)
        if status < 0:
            return self._uncertain(CorreioError("sendmail-killed", server=self._name, answer=f"signal {-status}"))
        if status == _PASSWORD:
            raise AuthenticationError("sendmail-no-permission", server=self._name, user="", answer=said)
        later = status in _LATER
        code = 451 if later else 554
        error = ServerRefused("mail-refused", server=self._name, answer=said or f"status {status}", code=code)
        refused = dict.fromkeys(people, (code, said))
        return SendResult("retry" if later else "failed", self._name, refused=refused, answer=said, code=code, error=error)

    def _uncertain(self, error: CorreioError) -> SendResult:
        return SendResult("uncertain", self._name, error=error)

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
