"""The steps of finding servers and of testing an account, in plain words."""

from __future__ import annotations

from tui.translation import N_

STATES: dict[str, str] = {
    "running": N_("…"),
    "ok": N_("yes"),
    "failed": N_("no"),
    "skipped": N_("not needed"),
    "warning": N_("with a warning"),
}

FINDING: dict[str, str] = {
    "presets": N_("A provider Correio knows"),
    "srv": N_("What the domain's DNS says"),
    "autoconfig": N_("What the domain's web server says"),
    "ispdb": N_("What Mozilla's list of providers says"),
    "mx": N_("Who receives the domain's mail"),
    "guesses": N_("The usual names, tried over TLS"),
}

CHECKS: dict[str, str] = {
    "name": N_("{kind}: looking up {server}"),
    "connect": N_("{kind}: connecting to {server}"),
    "tls": N_("{kind}: encryption and certificate"),
    "greeting": N_("{kind}: greeting"),
    "login": N_("{kind}: logging in"),
    "senders": N_("{kind}: sender addresses"),
    "abilities": N_("{kind}: what the server can do"),
}

NOTES: dict[str, str] = {
    "app-password": N_("This provider wants an app password, made on its web page: {url}"),
    "oauth-only": N_("This provider lets programs in by OAuth2 only, which Correio does not speak yet: {url}"),
    "enable-imap": N_("IMAP must first be switched on, on the provider's web page: {url}"),
    "bridge": N_("This provider needs its bridge program on this machine: {url}"),
    "no-imap": N_("This provider has no IMAP: {url}"),
    "paid-only": N_("This provider has IMAP for paying customers only: {url}"),
    "own-password": N_("This provider wants a password of its own for mail programs: {url}"),
    "instructions": N_("The provider's page about it: {url}"),
    "other-domain": N_("The server {host} belongs to another domain than the address: make sure that it is right."),
    "certificate-name": N_("{host} answers, but its certificate is for another name."),
    "not-found": N_("Nothing answered. These are the usual names: correct them as your provider says."),
    "certificate": N_("Connected; the certificate fits {host}."),
}
