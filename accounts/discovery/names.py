"""DNS, as far as discovery asks it: SRV and MX records."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, Protocol

from accounts.deadline import Deadline
from core.errors import NetworkError


@dataclass(frozen=True, slots=True)
class Service:
    """An SRV record (RFC 2782)."""

    host: str
    port: int
    priority: int = 0
    weight: int = 0


class Names(Protocol):
    """What discovery asks of DNS. An empty answer means that there is no such record; NetworkError that
    nobody knows."""

    def services(self, name: str, deadline: Deadline) -> list[Service]:
        """The SRV records of a name such as _imaps._tcp.example.org."""

    def exchangers(self, domain: str, deadline: Deadline) -> list[str]:
        """The hosts of the domain's MX records, the preferred first."""


class DomainNames:
    """DNS through dnspython and the system's name servers."""

    def services(self, name: str, deadline: Deadline) -> list[Service]:
        """As in `Names`."""
        rows = self._records(name, "SRV", deadline)
        return [Service(_host(row.target), row.port, row.priority, row.weight) for row in rows]

    def exchangers(self, domain: str, deadline: Deadline) -> list[str]:
        """As in `Names`."""
        rows = sorted(self._records(domain, "MX", deadline), key=lambda row: int(row.preference))
        return [_host(row.exchange) for row in rows]

    def _records(self, name: str, kind: str, deadline: Deadline) -> list[Any]:
        import dns.exception
        import dns.resolver

        try:
            resolver = dns.resolver.Resolver()
            return list(resolver.resolve(name, kind, lifetime=deadline.left("DNS"), search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.Timeout as error:
            raise NetworkError("connection-timeout", server="DNS", answer="") from error
        except (dns.exception.DNSException, OSError, UnicodeError) as error:
            raise NetworkError("unknown-host", server="DNS", host=name, answer=str(error)[:200]) from error


def ordered(services: list[Service]) -> list[Service]:
    """By priority, then by chance in proportion to the weight (RFC 2782)."""
    return sorted(services, key=lambda one: (one.priority, -(random.random() ** (1 / max(one.weight, 0.01)))))


def _host(name: Any) -> str:
    return str(name.to_text(omit_final_dot=True)).lower()
