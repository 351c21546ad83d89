"""What was found out about a mail domain: a sentence on what it is, and what to change."""

from __future__ import annotations

from tui.translation import N_

AREAS: dict[str, str] = {
    "mx": N_("Receiving (MX)"),
    "spf": N_("Who may send (SPF)"),
    "dkim": N_("Signatures (DKIM)"),
    "dmarc": N_("Forged mail (DMARC)"),
    "autoconfig": N_("Mail programs"),
    "tls": N_("Encryption (TLS)"),
}

FINDINGS: dict[str, str] = {
    "unanswered": N_("This could not be looked up: {error}"),
    "mx": N_("Mail for the domain goes to {hosts}."),
    "mx-none": N_("No server receives mail for {domain}. Add an MX record that names your mail server."),
    "mx-null": N_("{domain} says that it takes no mail (a null MX). If that is meant, everything is as it should be."),
    "mx-nowhere": N_("The MX record names {host}, which has no address. Correct the record, or add an A or AAAA record."),
    "mx-alias": N_("The MX record names {host}, which is an alias (CNAME). Name the server itself: aliases are not allowed."),
    "mx-single": N_("Only {host} receives. Senders try again for days when it is down; a second server is not needed."),
    "spf": N_("Receivers are told who sends for the domain: {record}"),
    "spf-none": N_("Nobody is told who may send for {domain}. Add a TXT record such as: v=spf1 mx -all"),
    "spf-several": N_("There are {count} SPF records, so receivers use none. Join them into one TXT record."),
    "spf-lookups": N_("The SPF record needs {count} questions to DNS; {most} are allowed, and then it fails. Drop includes."),
    "spf-everybody": N_("The SPF record lets everybody send (+all). End it with -all or ~all."),
    "spf-open": N_("The SPF record does not say that all others may not send. End it with -all or ~all."),
    "spf-ptr": N_("The SPF record uses ptr, which many receivers ignore. Name addresses or servers instead."),
    "dkim": N_("The key {selector} is there."),
    "dkim-testing": N_("The key {selector} is there, and says that it is only being tested (t=y). Take that away when it works."),
    "dkim-unknown": N_(
        "None of the usual names has a key. DNS does not list them: find the selector (s=) in the DKIM-Signature of a mail you"
        " sent, and name it. Without signatures, mail is taken for spam more often."
    ),
    "dkim-missing": N_("There is no key {selector}. Add the TXT record {selector}._domainkey.{domain} of your mail server."),
    "dkim-revoked": N_("The key {selector} is withdrawn (an empty p=). Nothing should be signed with it any more."),
    "dkim-broken": N_("The key {selector} cannot be read: check that the TXT record was not cut or changed when it was pasted."),
    "dkim-short": N_("The key {selector} has about {bits} bits. Make one of 2048 bits."),
    "dmarc": N_("Receivers are told what to do with forged mail: {record}"),
    "dmarc-none": N_("Receivers are not told what to do with forged mail. Add the TXT record _dmarc.{domain}: v=DMARC1; p=none"),
    "dmarc-several": N_("There are {count} DMARC records, so receivers use none. Keep one."),
    "dmarc-broken": N_("The DMARC record cannot be read: {record}. It begins v=DMARC1; p=none, quarantine or reject"),
    "dmarc-watching": N_("Forged mail is only watched (p=none). When your own mail passes, make it p=quarantine, then p=reject."),
    "dmarc-unreported": N_("Nobody hears of forged mail. Add an address for reports: rua=mailto:postmaster@{domain}"),
    "autoconfig-srv": N_("Mail programs find the servers in DNS: {records}"),
    "autoconfig-page": N_("Mail programs find the servers at {page}"),
    "autoconfig-none": N_(
        "Mail programs cannot find the servers by themselves. Add the SRV records _imaps._tcp.{domain} and"
        " _submissions._tcp.{domain}."
    ),
    "tls": N_("{host} takes mail encrypted, with a good certificate."),
    "tls-wrong": N_("{host} does not encrypt as it should: {error}"),
    "starttls-missing": N_(
        "{host} does not offer STARTTLS on port 25, so mail comes to it unencrypted. Turn STARTTLS on there, with a"
        " certificate for {host}."
    ),
    "starttls-refused": N_(
        "{host} offers STARTTLS on port 25, but refused STARTTLS when it was asked ({answer}). Mail comes to it unencrypted: look"
        " at its certificate and its log."
    ),
    "tls-unreachable": N_("{host} could not be reached on port 25 from here; many lines block it. Ask from another machine."),
    "mta-sts-none": N_("Senders may fall back to unencrypted delivery to {domain}: MTA-STS (RFC 8461) would forbid that."),
}
