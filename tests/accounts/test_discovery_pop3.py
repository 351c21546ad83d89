"""Servers from which mail is collected by POP3: found where they are known, never guessed."""

from __future__ import annotations

from accounts.discovery.names import Service
from tests.accounts.test_discovery import World, ask, place

POP3_PAGE = """<clientConfig><emailProvider id="example.org"><domain>example.org</domain>
<incomingServer type="imap"><hostname>imap.example.org</hostname><port>993</port><socketType>SSL</socketType></incomingServer>
<incomingServer type="pop3"><hostname>pop.example.org</hostname><port>110</port><socketType>STARTTLS</socketType>
<username>%EMAILLOCALPART%</username></incomingServer>
<outgoingServer type="smtp"><hostname>smtp.example.org</hostname><port>465</port><socketType>SSL</socketType></outgoingServer>
</emailProvider></clientConfig>"""


def test_servers_for_pop3_come_from_where_they_are_known() -> None:
    page = {"https://autoconfig.example.org/mail/config-v1.1.xml": POP3_PAGE}
    found, _ = ask(World(pages=page))
    assert place(found.pop3) == ("pop.example.org", 110, "starttls", "me")
    assert place(found.incoming)[0] == "imap.example.org"
    srv = {
        "_pop3s._tcp.example.org": [Service("p.example.org", 995)],
        "_pop3._tcp.example.org": [Service("old.example.org", 110)],
    }
    found, _ = ask(World(srv=srv, pages=page), kind="pop3")
    assert (found.source, found.outgoing_source) == ("srv", "autoconfig")
    assert place(found.receiving("pop3")) == ("p.example.org", 995, "tls", "me@example.org")
    found, _ = ask(World(), "ana@gmail.com", kind="pop3")
    assert place(found.receiving("pop3")) == ("pop.gmail.com", 995, "tls", "ana@gmail.com")


def test_a_better_answer_without_pop3_does_not_end_the_search_for_it() -> None:
    srv = {
        "_imaps._tcp.example.org": [Service("i.example.org", 993)],
        "_submissions._tcp.example.org": [Service("s.example.org", 465)],
    }
    page = {"https://autoconfig.example.org/mail/config-v1.1.xml": POP3_PAGE}
    found, _ = ask(World(srv=srv, pages=page), kind="pop3")
    assert (found.source, place(found.pop3)[0]) == ("autoconfig", "pop.example.org")
    found, _ = ask(World(srv=srv), kind="pop3")
    assert found.receiving("pop3") is None
