"""Whom one knows, made ready for the question whether a sender only looks like one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from core.domains import nearly_same, organisation, skeleton, spelled
from core.folding import fold

SENT = 10
"""A mail to somebody says as much about whom one knows as so many from them."""
WELL_KNOWN = 5
"""From so much on somebody is known: one mail to them, or five from them."""
MUCH_BETTER = 3
"""How many times better the original must be known than what looks like it."""
MOST_DOMAINS = 5000
SHORTEST = 5
"""Letters of a name below which one letter more or less says nothing: aol.com is not a misspelt aon.com."""
# Providers that are one letter apart, and all real.
_PROVIDERS = frozenset((
    "gmail.com", "ymail.com", "hmail.com", "mail.com", "email.com", "fmail.com", "zmail.com", "gmx.com", "gmx.net", "mail.ru",
    "email.de", "live.com", "line.me", "icloud.com", "hotmail.com", "outlook.com", "yahoo.com", "fastmail.com", "fastmail.fm",
    "googlemail.com", "google.com",
))  # fmt: skip
# They put an address of their own in the place of a writer's, and answers reach the writer: nobody else can have it, and it
# is not where one knows somebody from.
_STAND_INS = ("@public.gmane.org", "@users.noreply.github.com", "@privaterelay.appleid.com")
MANY_NAMES = 3
"""Names from which on an address is that of a machine that writes for many people, such as a bug tracker."""


class Acquaintances(Struct):
    """The people and domains one exchanges mail with, and one's own."""

    people: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Folded names of well-known people, of two words or more: the address best known under it, and how well."""
    domains: dict[str, int] = field(default_factory=dict)
    """Organisations' domains, lower case, in their own letters, and how well each is known."""
    own: frozenset[str] = frozenset()
    """One's own addresses, folded."""
    own_names: frozenset[str] = frozenset()
    looks: dict[str, str] = field(default_factory=dict)
    """Skeletons (`core.domains.skeleton`) of the domains that are well known."""
    ends: dict[str, list[str]] = field(default_factory=dict)
    """Those domains by the ends of their names (`_ends`)."""
    own_words: frozenset[str] = frozenset()
    """The names of one's own domains without what follows them: correio of correio.example."""

    def person_like(self, name: str, address: str) -> str:
        """The well-known address of somebody else with this display name, '' if there is none."""
        found, weight = self.people.get(folded_name(name), ("", 0))
        if address.casefold().endswith(_STAND_INS):
            return ""
        return found if weight and found.casefold() != address.casefold() else ""

    def is_own_name(self, name: str) -> bool:
        """Whether it is one's own name."""
        return folded_name(name) in self.own_names

    def domain_like(self, domain: str) -> str:
        """The known domain that this one can be taken for, and is not; '' if there is none."""
        mine = organisation(spelled(domain))
        if mine in _PROVIDERS:
            return ""
        as_written = organisation(domain[:255], keep_case=True)
        alike = [self.looks.get(skeleton(mine)), self.looks.get(skeleton(as_written))]
        alike += [other for other in self._near(mine) if _confusable(mine, other)]
        alike.append(self._borrowed(mine))
        weight = self.domains.get(mine, 0)
        return next((one for one in alike if one and one != mine and self.domains[one] > weight * MUCH_BETTER), "")

    def _near(self, domain: str) -> Iterator[str]:
        """Known domains of which one end of the name is the same: one letter changes no more than the other end."""
        for end in _ends(domain):
            yield from self.ends.get(end, ())

    def _borrowed(self, domain: str) -> str:
        """One's own domain whose name is a word of this one, as in correio-support.example; '' for none."""
        words = domain.partition(".")[0].split("-")
        stolen = next((word for word in words if word in self.own_words), "") if len(words) > 1 else ""
        return next((own for own in self.domains if stolen and own.partition(".")[0] == stolen), "")


def _ends(domain: str) -> tuple[str, ...]:
    name = domain.partition(".")[0]
    return (f"{name[:2]}-", f"-{name[-2:]}") if len(name) >= SHORTEST - 1 else ()


def _confusable(one: str, other: str) -> bool:
    """Whether two domains with the same ending differ by one letter of a name that is long enough."""
    name, _, rest = one.partition(".")
    other_name, _, other_rest = other.partition(".")
    if min(len(name), len(other_name)) < SHORTEST or abs(len(name) - len(other_name)) > 1:
        return False
    if rest != other_rest:
        return name == other_name and nearly_same(rest, other_rest) and min(len(rest), len(other_rest)) > 2
    brothers = name[-1].isdigit() and other_name[-1].isdigit()  # news2 and news3 are no disguise
    return nearly_same(name, other_name) and not brothers


def folded_name(name: str) -> str:
    """A display name as it is compared: folded, its words in order; '' for less than two words, which many people share."""
    words = sorted(fold(name.replace(",", " ").replace(".", " ")).split())
    return " ".join(words) if len(words) > 1 and len(name) <= 200 else ""


def gather(people: Iterable[tuple[str, str, int, int]], own: Iterable[tuple[str, str]]) -> Acquaintances:
    """Whom one knows: `people` as (name, address, mails to them, mails from them); `own` names and addresses."""
    own = [(name, address) for name, address in own if "@" in address]
    found = Acquaintances(
        own=frozenset(address.casefold() for _, address in own),
        own_names=frozenset(filter(None, (folded_name(name) for name, _ in own))),
    )
    people = list(people)
    borne = {(address.casefold(), folded_name(name)) for name, address, _, _ in people}
    names = Counter(address for address, name in borne if name)
    for name, address, sent, got in people:
        weight = sent * SENT + got
        domain = organisation(spelled(address.rpartition("@")[2]))
        found.domains[domain] = found.domains.get(domain, 0) + weight
        theirs = names[address.casefold()] < MANY_NAMES and not address.casefold().endswith(_STAND_INS)
        key = folded_name(name) if weight >= WELL_KNOWN and theirs else ""
        if key and weight > found.people.get(key, ("", 0))[1]:
            found.people[key] = (address, weight)
    mine = {organisation(spelled(address.rpartition("@")[2])) for _, address in own}
    for domain in mine:
        found.domains[domain] = found.domains.get(domain, 0) + 1000 * SENT
    best = sorted((weight, domain) for domain, weight in found.domains.items() if weight >= WELL_KNOWN)[-MOST_DOMAINS:]
    for _, domain in best:
        found.looks[skeleton(domain)] = domain
        for end in _ends(domain):
            found.ends.setdefault(end, []).append(domain)
    found.own_words = frozenset(word for word in (one.partition(".")[0] for one in mine) if len(word) >= SHORTEST)
    return found
