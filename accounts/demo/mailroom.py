"""Where mail that the demo's SMTP server accepted goes: own mailbox, list, people who answer, bounces."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from accounts.demo.bounce import Failure, bounce
from accounts.demo.correspondents import CORRESPONDENTS, Correspondent, answer, wants_no_answer
from accounts.demo.imap_account import MailAccount
from accounts.demo.imap_part import MimePart, read_part
from accounts.demo.mails.people import FAROL_LIST, OWN_ADDRESSES, PRIYA

LISTS = {FAROL_LIST.address: ("Lists/farol-devel", CORRESPONDENTS[PRIYA.address])}
"""List address → (the folder its mail is filed in, the member who answers)."""
_MOST_ANSWERS = 30


class MailRoom:
    """Delivers into a demo account. All calls belong on the server's event loop."""

    def __init__(
        self,
        account: MailAccount,
        *,
        own: Sequence[str] = OWN_ADDRESSES,
        people: Mapping[str, Correspondent] = CORRESPONDENTS,
        patience: float = 1.5,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`patience`: seconds until people answer; a bounce takes half of that."""
        self.account = account
        self.own = frozenset(address.lower() for address in own)
        self.people = people
        self.patience = patience
        self.clock = clock
        self.accepted: list[tuple[str, tuple[str, ...], bytes]] = []
        """(sender, recipients, bytes) of all mail taken, oldest first."""
        self._answered: set[tuple[str, bytes]] = set()
        self._answers: dict[str, list[datetime]] = {}
        self._later: set[asyncio.TimerHandle] = set()

    def is_own(self, address: str) -> bool:
        """Whether an address is one of the demo's own, `maria+tag@` included."""
        local, _, domain = address.lower().rpartition("@")
        return f"{local.partition('+')[0]}@{domain}" in self.own

    def refusal(self, address: str) -> str:
        """What RCPT is answered with if this recipient is known not to exist, or ''."""
        address = address.lower()
        here = address.rpartition("@")[2] in {own.rpartition("@")[2] for own in self.own}
        known = self.is_own(address) or address in self.people or _is_nobody(address)
        return "550 5.1.1 No such user here" if here and not known else ""

    def accept(self, sender: str, recipients: Sequence[str], raw: bytes, peer: str) -> str:
        """Take responsibility for a mail (CRLF lines); its queue id. Delivery to own addresses happens now."""
        queue_id = secrets.token_hex(5).upper()
        self.accepted.append((sender, tuple(recipients), raw))
        mail = read_part(raw)
        own = [address for address in recipients if self.is_own(address)]
        for address in own:
            self._deliver(self._traced(raw, sender, address, queue_id, peer))
        failures = [Failure(address) for address in recipients if _is_nobody(address)]
        if failures and sender:
            self._after(self.patience / 2, lambda: self._deliver(self._bounce(raw, sender, failures)))
        for address in dict.fromkeys(address.lower() for address in recipients):
            if address in LISTS:
                self._distribute(address, raw, mail, sender)
            elif address in self.people:
                self._maybe_answer(self.people[address], mail, sender)
        return queue_id

    def close(self) -> None:
        """Forget answers that have not been written yet."""
        for handle in self._later:
            handle.cancel()
        self._later.clear()

    def _deliver(self, raw: bytes, folder: str = "INBOX") -> None:
        if folder not in self.account.boxes:
            folder = "INBOX"
        self.account.add(folder, raw, (), self.clock())

    def _after(self, seconds: float, act: Callable[[], None]) -> None:
        def run() -> None:
            self._later.discard(handle)
            act()

        handle = asyncio.get_running_loop().call_later(seconds, run)
        self._later.add(handle)

    def _traced(self, raw: bytes, sender: str, recipient: str, queue_id: str, peer: str) -> bytes:
        """The mail with what a server adds at final delivery (RFC 5321 §4.4)."""
        trace = (
            f"Return-Path: <{sender}>\r\nDelivered-To: {recipient}\r\n"
            f"Received: from {peer} by mail.correio.example with ESMTPA id {queue_id}\r\n"
            f"\tfor <{recipient}>; {format_datetime(self.clock().replace(microsecond=0))}\r\n"
        )
        return trace.encode("utf-8", "replace") + raw

    def _bounce(self, raw: bytes, sender: str, failures: Sequence[Failure]) -> bytes:
        head = f"Return-Path: <>\r\nDelivered-To: {sender}\r\n".encode("utf-8", "replace")
        return head + bounce(raw, sender, failures, self.clock())

    def _maybe_answer(self, who: Correspondent, mail: MimePart, sender: str, *, copies: Sequence[str] = ()) -> None:
        """Let somebody answer after a while, once per mail and not too often: two robots must not talk forever."""
        message_id = mail.value("Message-ID") or b""
        now = self.clock()
        times = self._answers.setdefault(who.person.address, [])
        times[:] = [when for when in times if now - when < timedelta(hours=1)]
        key = (who.person.address, message_id)
        if wants_no_answer(mail, sender) or key in self._answered or len(times) >= _MOST_ANSWERS:
            return
        self._answered.add(key)
        times.append(now)
        self._after(self.patience, lambda: self._post_answer(who, mail, sender, copies))

    def _post_answer(self, who: Correspondent, mail: MimePart, sender: str, copies: Sequence[str]) -> None:
        raw = answer(who, mail, sender, self.clock(), copies=copies)
        if copies:
            self._deliver(self._with_list(copies[0], raw), LISTS[copies[0]][0])
        elif self.is_own(sender):
            peer = f"mail.{who.person.domain} (192.0.2.25)"
            self._deliver(self._traced(raw, who.person.address, sender, secrets.token_hex(5).upper(), peer))

    def _distribute(self, address: str, raw: bytes, mail: MimePart, sender: str) -> None:
        """Send a mail to the list's members, of whom the demo's user is one; another member answers."""
        folder, member = LISTS[address]
        if mail.value("List-Id") is not None:
            return
        self._deliver(self._with_list(address, raw), folder)
        self._maybe_answer(member, mail, sender, copies=(address,))

    def _with_list(self, address: str, raw: bytes) -> bytes:
        name, _, domain = address.partition("@")
        head = (
            f"Return-Path: <{name}-bounces@{domain}>\r\n"
            f"Received: from {domain} by mail.correio.example with ESMTPS;"
            f" {format_datetime(self.clock().replace(microsecond=0))}\r\n"
            f"List-Id: <{name}.{domain}>\r\nList-Post: <mailto:{address}>\r\n"
            f"List-Unsubscribe: <mailto:{name}-leave@{domain}>\r\nPrecedence: list\r\n"
        )
        return head.encode() + raw


def _is_nobody(address: str) -> bool:
    """Whether mail to this address is accepted and comes back: nobody@ anywhere, and the domains of RFC 2606 .invalid."""
    local, _, domain = address.lower().rpartition("@")
    return local == "nobody" or domain.endswith(".invalid")
