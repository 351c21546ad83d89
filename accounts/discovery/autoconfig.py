"""Servers from Mozilla's autoconfig files: the domain's own and the public data base (ISPDB).

https://www.bucksch.org/1/projects/thunderbird/autoconfiguration/config-file-format.html
Only over https, at most 256 KiB, no document types or entities, no server without encryption.
"""

from __future__ import annotations

import xml.parsers.expat
from collections.abc import Callable
from typing import Any
from urllib.parse import quote
from xml.etree.ElementTree import Element, TreeBuilder

from accounts.deadline import Deadline
from accounts.discovery.found import Found, Note
from core.errors import CorreioError, NetworkError, ProtocolError, ServerRefused
from core.settings import Server, checks

Fetch = Callable[[str, Deadline], bytes]
"""The bytes behind an https address, or NetworkError, ServerRefused, ProtocolError."""

ISPDB = "https://autoconfig.thunderbird.net/v1.1/"
_SECURITY = {"SSL": "tls", "STARTTLS": "starttls"}


def ask_domain(address: str, domain: str, fetch: Fetch, deadline: Deadline) -> Found | None:
    """What the domain itself publishes, None if nothing. NetworkError if neither place could be reached."""
    where = quote(address, safe="@")
    return _first(
        (
            f"https://autoconfig.{domain}/mail/config-v1.1.xml?emailaddress={where}",
            f"https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml?emailaddress={where}",
        ),
        address,
        "autoconfig",
        fetch,
        deadline,
    )


def ask_ispdb(address: str, domains: list[str], fetch: Fetch, deadline: Deadline, source: str) -> Found | None:
    """What the public data base says of the first of these domains that it knows. It learns the domain only."""
    return _first([ISPDB + quote(domain) for domain in domains], address, source, fetch, deadline)


def _first(pages: tuple[str, ...] | list[str], address: str, source: str, fetch: Fetch, deadline: Deadline) -> Found | None:
    wrong: CorreioError | None = None
    for number, page in enumerate(pages):
        try:
            # A place that does not answer leaves time for the next one.
            share = deadline.sooner(deadline.left(source) / (len(pages) - number))
            return read_autoconfig(fetch(page, share), address, source)
        except ServerRefused:
            continue
        except (NetworkError, ProtocolError) as error:
            wrong = wrong or error
    if wrong is not None:
        raise wrong
    return None


def read_autoconfig(data: bytes, address: str, source: str) -> Found:
    """The servers that an autoconfig file proposes. ProtocolError `autoconfig-unreadable` or `-useless`."""
    provider = _tree(data).find("emailProvider")
    if provider is None:
        raise ProtocolError("autoconfig-unreadable", server=source, answer="emailProvider")
    incoming, form = _server(provider, "incomingServer", "imap", address)
    pop3, pop3_form = _server(provider, "incomingServer", "pop3", address)
    outgoing, other_form = _server(provider, "outgoingServer", "smtp", address)
    if incoming is None and pop3 is None and outgoing is None:
        raise ProtocolError("autoconfig-useless", server=source, answer="")
    return Found(
        address=address,
        source=source,
        incoming=incoming,
        pop3=pop3,
        outgoing=outgoing,
        provider=_one_line(provider.findtext("displayName") or ""),
        user_form=form if incoming else pop3_form if pop3 else other_form,
        notes=_notes(provider),
    )


def _tree(data: bytes) -> Element:
    """The document's tree, with everything refused that XML has for attackers."""
    builder = TreeBuilder()
    parser = xml.parsers.expat.ParserCreate()

    def refuse(*_: Any) -> None:
        raise ProtocolError("autoconfig-unreadable", server="", answer="DOCTYPE")

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(data, True)
    except (xml.parsers.expat.ExpatError, ValueError, LookupError) as error:
        raise ProtocolError("autoconfig-unreadable", server="", answer=str(error)) from error
    return builder.close()


def _server(provider: Element, tag: str, kind: str, address: str) -> tuple[Server | None, str]:
    """The file's first usable server of this kind, and its form of the user name."""
    for element in provider.findall(tag):
        host = _filled(element.findtext("hostname") or "", address).lower()
        port = (element.findtext("port") or "").strip()
        security = _SECURITY.get((element.findtext("socketType") or "").strip())
        fine = port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536 and checks.host(host) == ""
        if element.get("type") != kind or security is None or not fine:
            continue
        template = (element.findtext("username") or "%EMAILADDRESS%").strip()
        form = "local" if template == "%EMAILLOCALPART%" else "address"
        user = _one_line(_filled(template, address))
        return Server(kind=kind, host=host, port=int(port), security=security, user=user), form
    return None, "address"


def _filled(template: str, address: str) -> str:
    local, _, domain = address.rpartition("@")
    text = template.strip().replace("%EMAILADDRESS%", address)
    return text.replace("%EMAILLOCALPART%", local).replace("%EMAILDOMAIN%", domain)


def _notes(provider: Element) -> tuple[Note, ...]:
    notes = []
    for server in (*provider.findall("incomingServer"), *provider.findall("outgoingServer")):
        ways = {(way.text or "").strip() for way in server.findall("authentication")}
        if server.get("type") in ("imap", "smtp") and ways == {"OAuth2"}:
            notes.append(Note("oauth-only"))
            break
    for page in (*provider.findall("enable"), *provider.findall("documentation")):
        url = (page.get("visiturl") or page.get("url") or "").strip()
        if url.startswith("https://") and checks.one_line(url) == "":
            notes.append(Note("enable-imap" if page.tag == "enable" else "instructions", url))
            break
    return tuple(notes)


def _one_line(text: str) -> str:
    return "".join(letter for letter in text.strip() if letter.isprintable())[:200]
