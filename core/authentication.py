"""What one's own server found out about a mail's sender: Authentication-Results (RFC 8601), and which of them to believe.

Everybody can write such a field into a mail. Believed is the topmost one, where it stands as far up as the fields of one's
own server usually do (`learn`): what a sender put into the mail stands below all that the receiving server wrote.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from core.clean import clean_line
from core.domains import organisation

LONGEST = 8192
"""Characters read of one field; a longer one is not believed at all."""
MOST_RESULTS = 50
MOST_PROPERTIES = 20
NOBODY = "none"
"""The setting `authserv` that believes no server."""
SAMPLE = 60
"""Mails that `learn` looks at."""
LEAST = 5
"""Mails in which a server must have written before it is known."""

_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([()])|([;=])|\\.|([^\s"();=\\]+)|\s+', re.DOTALL)
_IN_COMMENT = re.compile(r"()([()])|\\.|[^()\\]+", re.DOTALL)
_METHOD = re.compile(r"[a-z][a-z0-9-]{0,40}")
_RESULT = re.compile(r"[a-z]{1,20}")
_ID = re.compile(r"[^\s;=]{1,255}")
_INSTANCE = re.compile(r"(?:^|;)\s*i\s*=\s*(\d{1,2})(?=\s*;|\s*$)")
_DOMAIN = re.compile(r"(?:^|;)\s*d\s*=\s*([A-Za-z0-9.-]{1,253})(?=\s*;|\s*$)")
Field = tuple[str, str]


class Result(Struct, frozen=True):
    """One method's result, such as `dkim=pass header.d=example.org`."""

    method: str
    """Lower case: spf, dkim, dmarc, arc …"""
    result: str
    """Lower case: pass, fail, softfail, none, temperror …"""
    properties: tuple[tuple[str, str], ...] = ()
    """Names (`header.d`, lower case) with their values, each one clean line."""

    def value(self, *names: str) -> str:
        """The value of the first of these properties that there is, else ''."""
        known = dict(self.properties)
        return next((known[name] for name in names if known.get(name)), "")


class Results(Struct, frozen=True):
    """One Authentication-Results field."""

    server: str
    """Its authserv-id, lower case; '' where there is none (Microsoft leaves it out)."""
    results: tuple[Result, ...] = ()

    def of(self, method: str) -> Iterator[Result]:
        """The results of a method, in order."""
        return (one for one in self.results if one.method == method)


class Habit(Struct, frozen=True):
    """How an account's server writes its results."""

    server: str
    """The organisation its authserv-ids belong to (`core.domains.organisation`); '' for ids left out."""
    above: int
    """The most Received fields that stand above its own field, but for rare mails."""
    count: int = 1
    """How many fields it writes into each mail at the least, one below the other."""


def parse(value: str) -> Results | None:
    """Read the value of an Authentication-Results field (unfolded). None for what is none, or is too long. Never raises."""
    if len(value) > LONGEST:
        return None
    pieces = _pieces(value)
    if pieces is None:
        return None
    head = pieces[0]
    server = head[0].lower() if head and "=" not in head else ""
    if server and not (_ID.fullmatch(server) and all(word.isdigit() for word in head[1:])):
        return None
    found = [_result(words) for words in pieces[1 if server else 0 :][:MOST_RESULTS]]
    results = tuple(one for one in found if one is not None)
    return Results(server, results) if server or results else None


def _pieces(value: str) -> list[list[str]] | None:
    """Words between semicolons, without comments; `=` is a word of its own. None where quotes or brackets do not close."""
    pieces: list[list[str]] = [[]]
    depth = at = 0
    while at < len(value):
        found = (_IN_COMMENT if depth else _TOKEN).match(value, at)
        if found is None:
            return None
        at = found.end()
        if found[2]:
            depth += 1 if found[2] == "(" else -1
            if depth < 0:
                return None
            continue
        if depth:
            continue
        quoted, _, sign, word = found.groups()
        if sign == ";":
            pieces.append([])
        elif sign or word:
            pieces[-1].append(sign or word)
        elif quoted is not None:
            pieces[-1].append(re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL).replace("=", ""))
    return pieces if depth == 0 else None


def _result(words: list[str]) -> Result | None:
    """`method[/version] = result`, then `name = value` pairs; None for what does not begin so (`none`, other words)."""
    if len(words) < 3 or words[1] != "=":
        return None
    method, result = words[0].lower().partition("/")[0], words[2].lower()
    if not _METHOD.fullmatch(method) or not _RESULT.fullmatch(result):
        return None
    properties: list[tuple[str, str]] = []
    at = 3
    while at + 2 < len(words) and len(properties) < MOST_PROPERTIES:
        if words[at + 1] == "=" and words[at] != "=" and words[at + 2] != "=":
            properties.append((words[at].lower()[:60], clean_line(words[at + 2])[:300]))
            at += 3
        else:
            at += 1
    return Result(method, result, tuple(properties))


class Relay(Struct, frozen=True):
    """What a chain of relays says of a mail (ARC, RFC 8617). Anybody can write one: it holds as far as one's own server has
    found the chain whole, and as far as the last sealer is believed."""

    sealer: str
    """The domain of the last seal, lower case."""
    results: Results
    """What the first of them found out about the sender."""


def passed_on(fields: Iterable[Field]) -> Relay | None:
    """The chain of a mail, None where there is none or its pieces do not fit. Never raises."""
    seals: dict[int, str] = {}
    first = None
    for name, value in fields:
        name = name.lower()
        if name not in ("arc-seal", "arc-authentication-results") or len(value) > LONGEST:
            continue
        number = _INSTANCE.search(value)
        if number is None:
            continue
        if name == "arc-authentication-results" and number[1] == "1":
            first = parse(value[number.end() :].lstrip().removeprefix(";"))
        elif name == "arc-seal" and (domain := _DOMAIN.search(value)) is not None:
            seals[int(number[1])] = domain[1].lower()
    if first is None or not seals or sorted(seals) != list(range(1, len(seals) + 1)):
        return None
    return Relay(seals[len(seals)], first)


class _Top(Struct, frozen=True):
    """The topmost fields of a mail, one below the other, of one organisation."""

    server: str
    above: int
    fields: tuple[Results, ...]


def _top(fields: Iterable[Field]) -> _Top | None:
    """The topmost results and how many Received fields stand above them; what follows directly, of the same server, too."""
    above = 0
    found: list[Results] = []
    for name, value in fields:
        name = name.lower()
        if name == "authentication-results":
            one = parse(value)
            if one is None or (found and organisation(one.server) != organisation(found[0].server)):
                break
            found.append(one)
        elif found:
            break
        elif name == "received":
            above += 1
    return _Top(organisation(found[0].server), above, tuple(found)) if found else None


def learn(mails: Sequence[Sequence[Field]]) -> Habit | None:
    """How the server that received these mails (their fields, from the top) writes its results; None where it does not.

    It is the one whose results stand on top in more than half of the mails that came over the network, and in `LEAST` at least:
    a sender who forges the field would have to write most of somebody's mail.
    """
    came = [fields for fields in mails if any(name.lower() == "received" for name, _ in fields)]
    tops = [top for fields in came if (top := _top(fields)) is not None]
    ((server, count),) = Counter(top.server for top in tops).most_common(1) or (("", 0),)
    if count < LEAST or count * 2 <= len(came):
        return None
    own = [top for top in tops if top.server == server]
    depths = sorted(top.above for top in own)
    # What a sender claims stands further down than what the server writes: rare depths are not learned.
    above = depths[len(depths) * 3 // 4] if depths[len(depths) // 2] else 0
    counts = Counter(len(top.fields) for top in own)
    return Habit(server, above, min(n for n, times in counts.items() if times * 10 >= len(own)))


def believed(fields: Iterable[Field], habit: Habit | None, chosen: str = "") -> tuple[Results, ...]:
    """The results in a mail that are its receiving server's own, topmost first; empty where there are none to believe.

    `chosen` is the account's setting `authserv`: the id, or the domain of the ids, that is believed wherever it stands topmost.
    """
    chosen = chosen.strip().lower()
    if chosen == NOBODY or (habit is None and not chosen):
        return ()
    top = _top(fields)
    if top is None:
        return ()
    if chosen:
        own = [one for one in top.fields[: habit.count if habit else 1] if _is_of(one.server, chosen)]
        return tuple(own) if _is_of(top.fields[0].server, chosen) else ()
    if habit is None or top.server != habit.server or top.above > habit.above:
        return ()
    return top.fields if top.above == 0 else top.fields[: habit.count]


def _is_of(server: str, chosen: str) -> bool:
    return server == chosen or server.endswith(f".{chosen}")
