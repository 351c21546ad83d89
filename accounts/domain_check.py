"""A mail domain of one's own, looked at from outside: MX, SPF, DKIM, DMARC, what mail programs find, and TLS.

RFC 5321 (MX), 7208 (SPF), 6376 (DKIM), 7489 (DMARC), 6186 (SRV), 8461 (MTA-STS). DNS is asked; the mail servers are only
greeted and encrypted with. Nothing is sent.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from msgspec import Struct, field

from accounts.deadline import Deadline
from accounts.dial import Endpoint, ascii_host
from accounts.discovery.autoconfig import Fetch
from accounts.discovery.guesses import Reach
from core.errors import CorreioError, NetworkError, UsageError
from core.settings import checks

AREAS = ("mx", "spf", "dkim", "dmarc", "autoconfig", "tls")
"""What is looked at, in this order."""
SECONDS = 20.0
SELECTORS = (
    "default", "mail", "dkim", "google", "selector1", "selector2", "s1", "s2", "k1", "k2", "k3", "fm1", "fm2", "fm3",
    "protonmail", "protonmail2", "mx", "smtp", "key1", "sig1", "zoho", "mailjet", "mta", "dkim1", "202301", "ed25519", "rsa",
)  # fmt: skip
"""Usual names of DKIM keys: DNS does not list them."""
MOST_LOOKUPS = 10
"""RFC 7208 §4.6.4."""
MOST_EXCHANGERS = 4


class Finding(Struct, frozen=True):
    """One thing that was found; `tui` has the sentence for the id, and one on what to change."""

    area: str
    id: str
    level: str
    """ok, note, warning, wrong."""
    values: dict[str, Any] = field(default_factory=dict)


Report = Callable[[Finding], None]


class Records(Protocol):
    """DNS: the records of a name as text; none where there are none. NetworkError when nobody knows."""

    def ask(self, name: str, kind: str, deadline: Deadline) -> list[str]:
        """The records of one kind: `10 mx.example.org`, the joined strings of a TXT record …"""


class DnsRecords:
    """DNS through dnspython: the system's name servers, or one that is named."""

    def __init__(self, server: str = "", port: int = 53) -> None:
        self._server, self._port = server, port

    def ask(self, name: str, kind: str, deadline: Deadline) -> list[str]:
        """As in `Records`."""
        import dns.exception
        import dns.resolver

        try:
            resolver = dns.resolver.Resolver(configure=not self._server)
            if self._server:
                resolver.nameservers, resolver.port = [self._server], self._port
            rows: list[Any] = list(resolver.resolve(name, kind, lifetime=deadline.left("DNS"), search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.Timeout as error:
            raise NetworkError("names-unanswered", server="DNS", host=name, answer="") from error
        except (dns.exception.DNSException, OSError, UnicodeError) as error:
            raise NetworkError("unknown-host", server="DNS", host=name, answer=str(error)[:200]) from error
        if kind == "TXT":
            return [b"".join(row.strings).decode("utf-8", "replace") for row in rows]
        return [str(row).rstrip(".") for row in rows]


class World(Struct, frozen=True):
    """The world as the check sees it; tests hand in their own."""

    records: Records
    fetch: Fetch
    reach: Reach


def check_domain(domain: str, world: World, report: Report, *, selectors: Sequence[str] = (), seconds: float = SECONDS) -> None:
    """Look at a domain; `report` hears of every finding. UsageError `bad-domain`; what cannot be asked is a finding."""
    if checks.host(domain) or "." not in domain:
        raise UsageError("bad-domain", domain=domain)
    name, deadline = ascii_host(domain).lower(), Deadline(seconds)
    exchangers: list[str] = []
    looks: tuple[tuple[str, Callable[[], list[Finding]]], ...] = (
        ("mx", lambda: _mx(name, world, deadline, exchangers)),
        ("spf", lambda: _spf(name, world, deadline, bool(exchangers))),
        ("dkim", lambda: _dkim(name, world, deadline, selectors)),
        ("dmarc", lambda: _dmarc(name, world, deadline)),
        ("autoconfig", lambda: _autoconfig(name, world, deadline)),
        ("tls", lambda: _tls(name, world, deadline, exchangers)),
    )
    for area, look in looks:
        try:
            for finding in look():
                report(finding)
        except CorreioError as error:
            report(Finding(area, "unanswered", "note", {"error": error.as_json(), "domain": name}))


def _mx(name: str, world: World, deadline: Deadline, exchangers: list[str]) -> list[Finding]:
    rows = sorted((_numbered(row) for row in world.records.ask(name, "MX", deadline)), key=lambda row: row[0])
    hosts = [host for _, host in rows if host]
    if rows and not hosts:
        return [Finding("mx", "mx-null", "note", {"domain": name})]
    if not hosts:
        return [Finding("mx", "mx-none", "wrong", {"domain": name})]
    found = [Finding("mx", "mx", "ok", {"hosts": ", ".join(hosts)})]
    for host in hosts[:MOST_EXCHANGERS]:
        if not any(world.records.ask(host, kind, deadline) for kind in ("A", "AAAA")):
            found.append(Finding("mx", "mx-nowhere", "wrong", {"host": host}))
        else:
            exchangers.append(host)
        if world.records.ask(host, "CNAME", deadline):
            found.append(Finding("mx", "mx-alias", "warning", {"host": host}))
    if len(hosts) == 1:
        found.append(Finding("mx", "mx-single", "note", {"host": hosts[0]}))
    return found


def _spf(name: str, world: World, deadline: Deadline, receives: bool) -> list[Finding]:
    rows = [row for row in world.records.ask(name, "TXT", deadline) if re.match(r"v=spf1(\s|$)", row, re.IGNORECASE)]
    if not rows:
        return [Finding("spf", "spf-none", "wrong" if receives else "warning", {"domain": name})]
    if len(rows) > 1:
        return [Finding("spf", "spf-several", "wrong", {"count": len(rows)})]
    words = rows[0].split()[1:]
    found = [Finding("spf", "spf", "ok", {"record": rows[0]})]
    lookups = _lookups(name, words, world, deadline, set())
    if lookups > MOST_LOOKUPS:
        found.append(Finding("spf", "spf-lookups", "wrong", {"count": lookups, "most": MOST_LOOKUPS}))
    ending = next((word for word in words if word.lstrip("+-~?").lower() == "all"), "")
    redirected = any(word.lower().startswith("redirect=") for word in words)
    if ending in ("all", "+all", "+ALL"):
        found.append(Finding("spf", "spf-everybody", "wrong", {}))
    elif not redirected and ending[:1] not in ("-", "~"):
        found.append(Finding("spf", "spf-open", "warning", {}))
    if any(re.match(r"[+?~-]?ptr\b", word, re.IGNORECASE) for word in words):
        found.append(Finding("spf", "spf-ptr", "warning", {}))
    return found


def _lookups(name: str, words: Sequence[str], world: World, deadline: Deadline, seen: set[str]) -> int:
    """How many times a receiver has to ask DNS for it, those of what it includes too."""
    count = 0
    for word in words:
        bare = word.lstrip("+-~?").lower()
        kind = re.split("[:=/]", bare)[0]
        if kind not in ("include", "a", "mx", "ptr", "exists", "redirect"):
            continue
        count += 1
        other = re.split("[:=]", bare, maxsplit=1)[1] if kind in ("include", "redirect") and re.search("[:=]", bare) else ""
        if other and "%" not in other and other not in seen and count <= 2 * MOST_LOOKUPS and len(seen) < 2 * MOST_LOOKUPS:
            seen.add(other)
            rows = [row for row in world.records.ask(other, "TXT", deadline) if row.lower().startswith("v=spf1")]
            count += _lookups(other, rows[0].split()[1:], world, deadline, seen) if rows else 0
    return count


def _dkim(name: str, world: World, deadline: Deadline, selectors: Sequence[str]) -> list[Finding]:
    found = []
    for selector in dict.fromkeys((*selectors, *SELECTORS)):
        if checks.host(selector):
            continue
        for row in world.records.ask(f"{selector}._domainkey.{name}", "TXT", deadline):
            tags = _tags(row)
            if "p" in tags:
                found.append(_key(selector, tags))
    missing = [one for one in selectors if one not in {finding.values.get("selector") for finding in found}]
    found += [Finding("dkim", "dkim-missing", "wrong", {"selector": one, "domain": name}) for one in missing]
    return found or [Finding("dkim", "dkim-unknown", "warning", {"domain": name})]


def _key(selector: str, tags: dict[str, str]) -> Finding:
    if not tags["p"]:
        return Finding("dkim", "dkim-revoked", "note", {"selector": selector})
    try:
        length = len(base64.b64decode(tags["p"].replace(" ", ""), validate=True))
    except (binascii.Error, ValueError):
        return Finding("dkim", "dkim-broken", "wrong", {"selector": selector})
    # An RSA key's bytes are its modulus and some thirty more.
    bits = (length - 30) * 8 // 256 * 256 if tags.get("k", "rsa").lower() == "rsa" else 0
    if 0 < bits < 2048 or (tags.get("k", "rsa").lower() == "rsa" and bits <= 0):
        return Finding("dkim", "dkim-short", "warning" if bits >= 1024 else "wrong", {"selector": selector, "bits": max(bits, 0)})
    return Finding("dkim", "dkim-testing" if "y" in tags.get("t", "") else "dkim", "ok", {"selector": selector})


def _dmarc(name: str, world: World, deadline: Deadline) -> list[Finding]:
    rows = [row for row in world.records.ask(f"_dmarc.{name}", "TXT", deadline) if re.match(r"v\s*=\s*DMARC1\b", row)]
    if not rows:
        return [Finding("dmarc", "dmarc-none", "warning", {"domain": name})]
    if len(rows) > 1:
        return [Finding("dmarc", "dmarc-several", "wrong", {"count": len(rows)})]
    tags = _tags(rows[0])
    policy = tags.get("p", "").lower()
    if policy not in ("none", "quarantine", "reject"):
        return [Finding("dmarc", "dmarc-broken", "wrong", {"record": rows[0]})]
    found = [Finding("dmarc", "dmarc", "ok", {"record": rows[0]})]
    if policy == "none":
        found.append(Finding("dmarc", "dmarc-watching", "note", {}))
    if not tags.get("rua"):
        found.append(Finding("dmarc", "dmarc-unreported", "note", {"domain": name}))
    return found


def _autoconfig(name: str, world: World, deadline: Deadline) -> list[Finding]:
    services = {one: world.records.ask(f"{one}._tcp.{name}", "SRV", deadline) for one in ("_imaps", "_submissions")}
    told = [one for rows in services.values() for one in rows]
    if all(services.values()):
        return [Finding("autoconfig", "autoconfig-srv", "ok", {"records": "; ".join(told)})]
    for page in (
        f"https://autoconfig.{name}/mail/config-v1.1.xml",
        f"https://{name}/.well-known/autoconfig/mail/config-v1.1.xml",
    ):
        try:
            world.fetch(page, deadline.sooner(5.0))
        except CorreioError:
            continue
        return [Finding("autoconfig", "autoconfig-page", "ok", {"page": page})]
    return [Finding("autoconfig", "autoconfig-none", "note", {"domain": name})]


def _tls(name: str, world: World, deadline: Deadline, exchangers: Sequence[str]) -> list[Finding]:
    found = []
    for host in exchangers:
        try:
            world.reach("smtp", Endpoint(host, 25, "starttls"), deadline.sooner(6.0))
        except CorreioError as error:
            unreachable = error.id in ("connection-timeout", "connection-refused", "network-unreachable", "names-unanswered")
            # What is said to somebody who connects there does not help who runs it.
            unencrypted = error.id if error.id in ("starttls-missing", "starttls-refused") else "tls-wrong"
            id = "tls-unreachable" if unreachable else unencrypted
            level = "note" if unreachable else "warning"
            answer = error.values.get("answer", "")
            found.append(Finding("tls", id, level, {"host": host, "error": error.as_json(), "answer": answer}))
        else:
            found.append(Finding("tls", "tls", "ok", {"host": host}))
    if not any(row.startswith("v=STSv1") for row in world.records.ask(f"_mta-sts.{name}", "TXT", deadline)):
        found.append(Finding("tls", "mta-sts-none", "note", {"domain": name}))
    return found


def _numbered(row: str) -> tuple[int, str]:
    """A row of MX: its preference and host, '' for the host that says there is none."""
    number, _, host = row.partition(" ")
    return (int(number) if number.isdigit() else 0), host.rstrip(".").lower()


def _tags(row: str) -> dict[str, str]:
    """`v=DMARC1; p=none` by name, values without blanks around."""
    return {name.strip(): value.strip() for name, equals, value in (one.partition("=") for one in row.split(";")) if equals}
