"""Who really wrote a mail: what its receiving server found out, and what speaks against the name it bears.

Pure: header fields in, findings out, as ids with values. Their words are in `tui.sentences`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct, field

from core.acquaintances import Acquaintances
from core.address import Address, parse_addresses
from core.authentication import Field, Relay, Result, Results, passed_on
from core.clean import clean_line, hidden_characters
from core.domains import is_disguise, organisation, scripts, spelled
from core.envelope import Envelope
from core.link_target import host_of, read_target, unwrapped
from core.rendered import Link
from core.words import uncleaned_words

NEW = 2
"""Mails from an address up to which it is new: the first one has been counted when it is opened."""
COUNTED = 5
"""Links of a page from which on the host that most of them lead to is the one that counts the clicks."""
_ADDRESS = re.compile(r"[\w.+-]{1,64}@((?:[\w-]{1,63}\.){1,8}[a-z]{2,24})\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_MACHINE = re.compile(r"^(?:owner-|bounces?[-+@])|-(?:owner|bounces?|request|errors)@", re.IGNORECASE)
"""Senders that stand for a list or a machine, not for a person."""
_MARKS = frozenset("\u200e\u200f\u061c")
"""Marks that honest Hebrew and Arabic names hold."""
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
# Large providers that seal what they forward after having checked it themselves.
_SEALERS = frozenset((
    "apple.com", "fastmail.com", "gmx.net", "google.com", "icloud.com", "mailbox.org", "messagingengine.com", "microsoft.com",
    "outlook.com", "pobox.com", "posteo.de", "proton.ch", "protonmail.ch", "yahoo.com", "zoho.com", "zohomail.com",
))  # fmt: skip
NAMES = ("from", "sender", "reply-to")


class Finding(Struct, frozen=True):
    """Something to know about a sender."""

    id: str
    values: dict[str, str] = field(default_factory=dict)
    warning: bool = True
    """Whether it stands out; else it is only told."""
    quiet: bool = False
    """Told only where everything is told."""


class Sender(Struct, frozen=True):
    """What is known of a mail's sender."""

    vouched: str = ""
    """The domain of From where one's own server found that it wrote the mail."""
    findings: tuple[Finding, ...] = ()


def examine(
    fields: Sequence[Field],
    envelope: Envelope,
    results: Sequence[Results] = (),
    known: Acquaintances | None = None,
    standing: tuple[int, int] = (0, 0),
    links: Sequence[Link] = (),
) -> Sender:
    """Look a mail's sender over. Never raises.

    `results`: what `core.authentication.believed` gave; `known`: whom one knows; `standing`: mails to and from the
    first address in From so far, this one included; `links`: those of the page that is shown.
    """
    authors = tuple(one for one in envelope.from_ if one.domain)
    if not authors:
        return Sender(findings=(*_hidden(fields), *_lies(links, "")))
    checks = Checks(authors[0].domain, [result for one in results for result in one.results])
    # What relays say counts where one's own server has found their chain whole.
    relay = passed_on(fields) if any(one.method == "arc" and one.result == "pass" for one in checks.results) else None
    same = all(organisation(one.domain) == organisation(authors[0].domain) for one in authors)
    vouched = authors[0].domain if same and checks.vouched else ""
    findings = [
        *(() if vouched else checks.failures(envelope.list_id, relay, known.own if known is not None else frozenset())),
        *_hidden(fields),
        *_strange_letters(authors),
        *(_imitations(authors[0], standing, known) if known is not None else ()),
        *_names(authors, envelope),
        *_others(fields, envelope, vouched, checked=bool(checks.results), own=known.own if known is not None else frozenset()),
        *_lies(links, vouched),
    ]
    return Sender(vouched, tuple({(one.id, *one.values.values()): one for one in findings}.values()))


class Checks:
    """SPF, DKIM and DMARC results, and whether they are about the domain in From."""

    def __init__(self, domain: str, results: list[Result]) -> None:
        self.domain = domain
        self.organisation = organisation(domain)
        self.results = results

    @property
    def vouched(self) -> bool:
        """Whether DMARC passed; where the server says nothing of it, DKIM or SPF for the domain in From (RFC 7489 §3.1)."""
        dmarc = self._first("dmarc")
        if dmarc is not None and dmarc.result in ("pass", "fail"):
            about = dmarc.value("header.from", "from")
            return dmarc.result == "pass" and (not about or self._is_ours(about))
        return any(self._is_ours(_signer(one)) for one in self._all("dkim", "pass")) or any(
            self._is_ours(_sent_by(one)) for one in self._all("spf", "pass")
        )

    def failures(self, list_id: str, relay: Relay | None = None, own: frozenset[str] = frozenset()) -> Iterator[Finding]:
        """What failed. Mailing lists break signatures: where the list itself is vouched for, nothing is said; and who passes
        mail on does: where a `relay` is believed that found everything right, it is only told."""
        passed = {organisation(_signer(one)) for one in self._all("dkim", "pass")}
        through = passed | {organisation(_sent_by(one)) for one in self._all("spf", "pass")}
        if list_id and organisation(list_id) in through:
            return
        dmarc = self._first("dmarc")
        signed = [one for one in self._all("dkim", "fail") if not _signer(one) or self._is_ours(_signer(one))]
        if dmarc is not None and dmarc.result == "fail" and relay is not None and self._holds(relay, list_id, own):
            yield Finding("passed-on", {"sealer": relay.sealer, "domain": self.domain}, warning=False)
        elif dmarc is not None and dmarc.result == "fail":
            yield Finding("dmarc-failed", {"domain": self.domain})
        elif signed and not list_id:
            yield Finding("dkim-failed", {"domain": _signer(signed[0]) or self.domain})
        elif any(self._all("spf", "fail")) and not passed and not list_id:
            yield Finding("spf-failed", {"domain": _sent_by(next(self._all("spf", "fail"))) or self.domain})

    def _holds(self, relay: Relay, list_id: str, own: frozenset[str]) -> bool:
        """Whether a relay that is believed has found that the domain in From wrote the mail."""
        home = organisation(relay.sealer)
        homes = {organisation(address.rpartition("@")[2]) for address in own} | {organisation(list_id)}
        return home in homes | _SEALERS and Checks(self.domain, list(relay.results.results)).vouched

    def _first(self, method: str) -> Result | None:
        return next((one for one in self.results if one.method == method), None)

    def _all(self, method: str, result: str) -> Iterator[Result]:
        return (one for one in self.results if one.method == method and one.result == result)

    def _is_ours(self, domain: str) -> bool:
        return bool(domain) and organisation(domain) == self.organisation


def _signer(result: Result) -> str:
    return result.value("header.d", "header.i").rpartition("@")[2]


def _sent_by(result: Result) -> str:
    return result.value("smtp.mailfrom", "smtp.mail", "smtp.helo").rpartition("@")[2].strip("<> ")


def _hidden(fields: Sequence[Field]) -> Iterator[Finding]:
    """Characters nobody sees in names and addresses; our cleaner takes them out, other programs show them."""
    for name, value in fields:
        if name.lower() not in NAMES or (value.isascii() and "=?" not in value):
            continue
        text = uncleaned_words(value)
        found = set(hidden_characters(text))
        if _RIGHT_TO_LEFT.search(text):
            found -= _MARKS
        if any("\u200b" <= letter <= "\u200d" for one in parse_addresses(value) for letter in one.addr):
            found.add("\u200b")
        if found:
            signs = ", ".join(f"U+{ord(letter):04X}" for letter in sorted(found)[:4])
            yield Finding("hidden-characters", {"header": name.title(), "signs": signs})


def _strange_letters(authors: Sequence[Address]) -> Iterator[Finding]:
    """Letters of several alphabets in a word, and domains written in others than Latin letters."""
    for one in authors:
        own = spelled(one.domain)
        mixed = [word for word in (*own.split("."), *_WORD.findall(one.name[:300])) if len(scripts(word)) > 1]
        if mixed:
            kinds = ", ".join(kind.title() for kind in scripts(mixed[0]))
            yield Finding("mixed-letters", {"word": mixed[0], "scripts": kinds})
        elif looks := is_disguise(one.domain):
            yield Finding("disguised-domain", {"domain": one.domain, "looks": looks, "spelled": own})
        if own != one.domain:
            yield Finding("spelled-domain", {"domain": one.domain, "spelled": clean_line(own)}, warning=False)


def _imitations(author: Address, standing: tuple[int, int], known: Acquaintances) -> Iterator[Finding]:
    """Names and domains of people one knows, borne by somebody else."""
    sent, got = standing
    if author.key in known.own or sent:
        return
    if like := known.domain_like(author.domain):
        mine = any(organisation(one.rpartition("@")[2]) == like for one in known.own)
        id = "look-alike-of-yours" if mine else "look-alike-domain"
        yield Finding(id, {"domain": clean_line(spelled(author.domain)), "known": like})
    if got > NEW:
        return
    if known.is_own_name(author.name):
        yield Finding("own-name", {"name": author.name, "address": author.addr})
    elif other := known.person_like(author.name, author.addr):
        yield Finding("name-known-elsewhere", {"name": author.name, "address": author.addr, "known": other})


def _names(authors: Sequence[Address], envelope: Envelope) -> Iterator[Finding]:
    """An address shown in place of a name that is not the address."""
    for one in authors:
        shown = _ADDRESS.search(one.name[:300])
        if shown is None or envelope.list_id:
            continue
        if organisation(shown[1]) != organisation(one.domain):
            yield Finding("name-shows-address", {"shown": shown[0], "address": one.addr})


def _lies(links: Sequence[Link], vouched: str) -> Iterator[Finding]:
    """The first link that shows another host than it leads to."""
    lying = lying_links(links, vouched)
    if lying:
        yield Finding("links-lie", {"shown": lying[0].shows, "host": host_of(unwrapped(lying[0].target))})


def lying_links(links: Sequence[Link], vouched: str) -> tuple[Link, ...]:
    """The links of a page whose text shows another host than they lead to, as far as that speaks against the sender.

    Newsletters have their clicks counted, and what they show is not where a click goes first. So nothing is said of a
    link that shows the domain of a sender who is `vouched` for, nor of those that lead where most links of a page lead.
    """
    lying = [link for link in links if link.shows]
    if not lying:
        return ()
    homes = [organisation(target.host) for target in (read_target(link.target) for link in links) if target.is_web]
    counter = max(set(homes), key=homes.count, default="")
    counts = homes.count(counter) >= COUNTED and homes.count(counter) * 2 > len(homes)
    return tuple(
        link
        for link in lying
        if not (vouched and organisation(link.shows) == organisation(vouched))
        and not (counts and organisation(read_target(link.target).host) == counter)
    )


def _others(
    fields: Sequence[Field], envelope: Envelope, vouched: str, *, checked: bool, own: frozenset[str]
) -> Iterator[Finding]:
    """Sender, Reply-To and Return-Path where they name somebody else than From."""
    authors = {one.key for one in envelope.from_}
    homes = {organisation(one.domain) for one in envelope.from_ if one.domain}
    author = envelope.from_[0]
    through_list = bool(envelope.list_id)
    sender = envelope.sender[0] if envelope.sender else None
    if sender is not None and sender.domain and sender.key not in authors and not through_list:
        ours = organisation(sender.domain) in homes
        machine = _MACHINE.search(sender.addr) or (ours and sender.key.partition("@")[0] == author.key.partition("@")[0])
        yield Finding("on-behalf", {"sender": sender.addr, "author": author.addr}, warning=False, quiet=bool(machine))
    # Lists answer to themselves, or to the author behind an address of their own.
    open_ones = {one.key for one in (*envelope.to, *envelope.cc)} | own
    place = {organisation(envelope.list_id), organisation(envelope.list_post.rpartition("@")[2])} if through_list else set()
    elsewhere = [
        one
        for one in envelope.reply_to
        if one.domain and one.key not in open_ones and organisation(one.domain) not in homes | place
    ]
    if elsewhere and not homes & place:
        yield Finding("reply-elsewhere", {"reply": elsewhere[0].addr, "author": author.addr})
    path = next((value for name, value in fields if name.lower() == "return-path"), "").strip("<> ")
    home = organisation(path.rpartition("@")[2]) if "@" in path else ""
    if home and home not in homes and not vouched and not through_list:
        values = {"path": clean_line(path), "author": author.addr}
        yield Finding("returns-elsewhere", values, warning=checked, quiet=not checked)
