"""Servers from DNS SRV records (RFC 6186, RFC 8314 section 5.1)."""

from __future__ import annotations

from accounts.deadline import Deadline
from accounts.discovery.found import Found, Note
from accounts.discovery.names import Names, ordered
from core.settings import Server, checks

_INCOMING = (("_imaps._tcp", "tls"), ("_imap._tcp", "starttls"))
_POP3 = (("_pop3s._tcp", "tls"), ("_pop3._tcp", "starttls"))
_OUTGOING = (("_submissions._tcp", "tls"), ("_submission._tcp", "starttls"))


def ask_srv(address: str, domain: str, names: Names, deadline: Deadline) -> Found | None:
    """What the domain's SRV records say, TLS from the first byte preferred; None if they say nothing."""
    incoming = _server("imap", _INCOMING, address, domain, names, deadline)
    pop3 = _server("pop3", _POP3, address, domain, names, deadline)
    outgoing = _server("smtp", _OUTGOING, address, domain, names, deadline)
    if incoming is None and pop3 is None and outgoing is None:
        return None
    notes = tuple(
        # RFC 6186 section 6: without DNSSEC such an answer is to be confirmed by the user.
        Note("other-domain", host=one.host)
        for one in (incoming or pop3, outgoing)
        if one is not None and not is_below(one.host, domain)
    )
    return Found(address=address, source="srv", incoming=incoming, pop3=pop3, outgoing=outgoing, notes=notes)


def is_below(host: str, domain: str) -> bool:
    """Whether the host's name is the domain or ends in it."""
    return host == domain or host.endswith(f".{domain}")


def _server(
    kind: str,
    services: tuple[tuple[str, str], ...],
    address: str,
    domain: str,
    names: Names,
    deadline: Deadline,
) -> Server | None:
    for service, security in services:
        for one in ordered(names.services(f"{service}.{domain}", deadline)):
            # A target of "." says that there is no such service; so does nonsense.
            if one.host not in ("", ".") and checks.host(one.host) == "" and 0 < one.port < 65536:
                return Server(kind=kind, host=one.host, port=one.port, security=security, user=address)
    return None
