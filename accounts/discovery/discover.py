"""From an address to its servers: every way at once, the most trusted answer wins, never longer than agreed."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from msgspec.structs import replace

from accounts import https
from accounts.deadline import Deadline
from accounts.dial import ascii_host
from accounts.discovery import presets
from accounts.discovery.autoconfig import Fetch, ask_domain, ask_ispdb
from accounts.discovery.found import STEPS, Found, Note, Report, Step
from accounts.discovery.guesses import Reach, reach, try_guesses, usual
from accounts.discovery.names import DomainNames, Names
from accounts.discovery.srv import ask_srv
from core.errors import CorreioError, UsageError
from core.settings import checks

SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class Outside:
    """The world as discovery sees it; tests hand in their own."""

    names: Names = field(default_factory=DomainNames)
    fetch: Fetch = https.get
    reach: Reach = reach


_Way = Callable[[], Found | None]
_Answer = tuple[str, Found | CorreioError | None]


def discover(
    address: str, report: Report, *, kind: str = "imap", seconds: float = SECONDS, outside: Outside | None = None
) -> Found:
    """The servers for an address. It always proposes something; `source` and `probed` say how good it is.

    `kind`: what the mail is to be received by, imap or pop3. For pop3 no name is guessed: it may stay unknown.
    `report` hears of every step, in the calling thread. UsageError `not-an-address`. Nothing else is raised:
    what goes wrong on one way is told by its step, and the next best way counts.
    """
    address = address.strip()
    if checks.address(address):
        raise UsageError("not-an-address", value=address)
    domain = ascii_host(address.rpartition("@")[2]).lower()
    provider = presets.by_domain(domain)
    if provider is not None:
        report(Step("presets", "ok", {"provider": provider.name}))
        for step in STEPS[1:]:
            report(Step(step, "skipped", {"reason": "not-needed"}))
        return provider.found(address, "presets")
    report(Step("presets", "skipped", {"reason": "unknown"}))
    deadline = Deadline(seconds)
    # The ways end a little sooner, so that what they have by then still arrives.
    ways = _ways(address, domain, outside or Outside(), deadline.sooner(seconds * 0.9))
    found, unanswered = _ask_all(ways, report, deadline, kind)
    best = _best(found, kind)
    if best is not None:
        return best
    offline = (Note("offline"),) if not found and {"srv", "mx"} <= unanswered else ()
    return usual(address, domain, (*offline, *(note for one in found.values() for note in one.notes)))


def _ways(address: str, domain: str, outside: Outside, deadline: Deadline) -> dict[str, _Way]:
    return {
        "srv": lambda: ask_srv(address, domain, outside.names, deadline),
        "autoconfig": lambda: ask_domain(address, domain, outside.fetch, deadline),
        "ispdb": lambda: ask_ispdb(address, [domain], outside.fetch, deadline, "ispdb"),
        "mx": lambda: _ask_mx(address, domain, outside, deadline),
        "guesses": lambda: try_guesses(address, domain, outside.reach, deadline),
    }


def _ask_mx(address: str, domain: str, outside: Outside, deadline: Deadline) -> Found | None:
    """The provider that receives the domain's mail: a known one, or one in the public data base."""
    exchangers = outside.names.exchangers(domain, deadline)
    for host in exchangers:
        if provider := presets.by_exchanger(host):
            return provider.found(address, "mx")
    for host in exchangers[:1]:
        # mx1.mail.example.net: mail.example.net, then example.net.
        labels = host.split(".")
        parents = [".".join(labels[number:]) for number in range(1, len(labels) - 1)]
        others = [one for one in parents[-2:] if one != domain]
        return ask_ispdb(address, others, outside.fetch, deadline, "mx")
    return None


def _ask_all(ways: dict[str, _Way], report: Report, deadline: Deadline, kind: str) -> tuple[dict[str, Found], set[str]]:
    """What each way found, as far as it matters: no waiting for a way that can only be second best; and which ways got no
    answer at all. DNS always has one, if only that there is no such record, unless nobody can be reached.
    """
    answers: queue.SimpleQueue[_Answer] = queue.SimpleQueue()
    for name, way in ways.items():
        report(Step(name, "running"))
        threading.Thread(target=_ask, args=(name, way, answers), name=f"discover-{name}", daemon=True).start()
    found: dict[str, Found] = {}
    unanswered: set[str] = set()
    waiting = list(ways)
    while waiting and not _settled(found, waiting, kind):
        try:
            name, answer = answers.get(timeout=deadline.left())
        except (queue.Empty, CorreioError):
            break
        waiting.remove(name)
        if isinstance(answer, Found):
            found[name] = answer
        elif isinstance(answer, CorreioError):
            unanswered.add(name)
        report(_step(name, answer))
    for name in waiting:
        report(Step(name, "skipped", {"reason": "late" if deadline.over else "not-needed"}))
    return found, unanswered | set(waiting)


def _ask(name: str, way: _Way, answers: queue.SimpleQueue[_Answer]) -> None:
    try:
        answers.put((name, way()))
    except CorreioError as error:
        answers.put((name, error))


def _step(name: str, answer: Found | CorreioError | None) -> Step:
    if isinstance(answer, Found) and answer.is_empty:
        return Step(name, "failed", {"error": "nothing-usable"})
    if isinstance(answer, Found):
        hosts = tuple(one.host for one in (answer.incoming or answer.pop3, answer.outgoing) if one is not None)
        return Step(name, "ok", {"provider": answer.provider, "hosts": hosts})
    if answer is None:
        return Step(name, "failed", {"error": "nothing-there"})
    return Step(name, "failed", {"error": answer.id, **answer.values})


def _settled(found: dict[str, Found], waiting: list[str], kind: str) -> bool:
    """Whether a complete answer is there and every more trusted way has answered."""
    for name in STEPS:
        if name in waiting:
            return False
        if name in found and found[name].complete(kind):
            return True
    return False


def _best(found: dict[str, Found], kind: str) -> Found | None:
    """The most trusted answer with an incoming server, its gap filled from the next ones."""
    ranked = [found[name] for name in STEPS if name in found]
    first = next((one for one in ranked if one.receiving(kind) is not None), None)
    if first is None and kind != "imap":
        first = next((one for one in ranked if one.incoming is not None), None)
    if first is None:
        return None
    if first.pop3 is None:
        first = replace(first, pop3=next((one.pop3 for one in ranked if one.pop3 is not None), None))
    if first.outgoing is not None:
        return first
    second = next((one for one in ranked if one.outgoing is not None), None)
    if second is None:
        return first
    return replace(
        first,
        outgoing=second.outgoing,
        outgoing_source=second.source,
        probed=first.probed and second.probed,
        notes=(*first.notes, *second.notes),
    )
