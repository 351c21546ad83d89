"""Usual server names, believed only when something answers there with a certificate for that name."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

from accounts.deadline import Deadline
from accounts.dial import Endpoint
from accounts.discovery.found import Found, Note
from accounts.probe import open_talk
from core.errors import CorreioError
from core.settings import Server

Reach = Callable[[str, Endpoint, Deadline], None]
"""Connects to a server of a kind (imap, smtp), past its greeting and TLS, or raises CorreioError."""

_NAMES = {"imap": ("imap", "mail", ""), "smtp": ("smtp", "submission", "mail", "")}
_WAYS = {"imap": ((993, "tls"), (143, "starttls")), "smtp": ((465, "tls"), (587, "starttls"))}


@dataclass(frozen=True, slots=True)
class Guess:
    """A server that might exist."""

    kind: str
    host: str
    port: int
    security: str

    def server(self, user: str) -> Server:
        """As a server of the settings."""
        return Server(kind=self.kind, host=self.host, port=self.port, security=self.security, user=user)


def reach(kind: str, endpoint: Endpoint, deadline: Deadline) -> None:
    """Connect, greet, do TLS with the certificate checked, and leave."""
    open_talk(kind, endpoint, deadline).close()


def guesses(kind: str, domain: str) -> list[Guess]:
    """What to try for a domain, the best first: TLS from the first byte, then STARTTLS."""
    hosts = [f"{name}.{domain}" if name else domain for name in _NAMES[kind]]
    return [Guess(kind, host, port, security) for port, security in _WAYS[kind] for host in hosts]


def try_guesses(address: str, domain: str, reach: Reach, deadline: Deadline) -> Found | None:
    """The best of the guesses that answer, all tried at once; None if none does.

    A server with a certificate for another name is not proposed, but a note tells of it, even where there is nothing else.
    """
    tried = [*guesses("imap", domain), *guesses("smtp", domain)]
    answers: queue.SimpleQueue[tuple[Guess, CorreioError | None]] = queue.SimpleQueue()

    def attempt(guess: Guess) -> None:
        try:
            reach(guess.kind, Endpoint(guess.host, guess.port, guess.security), deadline)
        except CorreioError as error:
            answers.put((guess, error))
        else:
            answers.put((guess, None))

    for guess in tried:
        threading.Thread(target=attempt, args=(guess,), name="guess", daemon=True).start()
    good, notes = _collect(tried, answers, deadline)
    if not good and not notes:
        return None
    first = {kind: next((one for one in tried if one.kind == kind and one in good), None) for kind in _NAMES}
    incoming, outgoing = first["imap"], first["smtp"]
    return Found(
        address=address,
        source="guesses",
        incoming=incoming.server(address) if incoming else None,
        outgoing=outgoing.server(address) if outgoing else None,
        probed=True,
        notes=tuple(notes),
    )


def _collect(
    tried: list[Guess], answers: queue.SimpleQueue[tuple[Guess, CorreioError | None]], deadline: Deadline
) -> tuple[set[Guess], list[Note]]:
    """Wait until nothing better can come, or the time is up."""
    waiting = set(tried)
    good: set[Guess] = set()
    notes: dict[str, Note] = {}
    while waiting and not deadline.over and not _decided(tried, waiting, good):
        try:
            guess, error = answers.get(timeout=deadline.left())
        except (queue.Empty, CorreioError):
            break
        waiting.discard(guess)
        if error is None:
            good.add(guess)
        elif error.id == "certificate-name":
            names = str(error.values.get("names", ""))
            notes[names or guess.host] = Note("certificate-name", host=guess.host, names=names)
    return good, list(notes.values())


def _decided(tried: list[Guess], waiting: set[Guess], good: set[Guess]) -> bool:
    """Whether for both kinds the best guess that can still win has answered."""
    for kind in _NAMES:
        best = next((one for one in tried if one.kind == kind and (one in good or one in waiting)), None)
        if best is not None and best in waiting:
            return False
    return True


def usual(address: str, domain: str, notes: tuple[Note, ...] = ()) -> Found:
    """The usual names, of which nothing is known: something to correct."""
    return Found(
        address=address,
        source="usual",
        incoming=Guess("imap", f"imap.{domain}", 993, "tls").server(address),
        outgoing=Guess("smtp", f"smtp.{domain}", 465, "tls").server(address),
        notes=(*notes, Note("not-found")),
    )
