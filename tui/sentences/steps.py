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

REASONS: dict[str, str] = {
    # why a way to find servers gave none
    "nothing-there": N_("nothing"),
    "nothing-usable": N_("nothing usable"),
    "unknown": N_("no"),
    "not-needed": N_("not needed"),
    "late": N_("no answer in time"),
    "connection-timeout": N_("no answer in time"),
    "unknown-host": N_("nothing"),
    "names-unanswered": N_("no answer in time"),
    "connection-refused": N_("nothing"),
    "network-unreachable": N_("cannot be reached"),
    # why a step of a test is no plain yes
    "not-encrypted": N_("no encryption: passwords and mail travel in the open"),
    "trust-ignored": N_("encrypted, but the certificate is not checked"),
    "anonymous": N_("without a user and password"),
    "refused": N_("the server does not accept {addresses}"),
    # filters that run on the server
    "filters": N_("offered on port {port}"),
    "filters-none": N_("not offered on port {port}"),
    "filters-unusable": N_("offered on port {port}, but not usable: {why}"),
}

SOURCES: dict[str, str] = {
    "presets": N_("{provider} is a provider Correio knows."),
    "srv": N_("The domain's DNS names these servers."),
    "autoconfig": N_("The domain itself publishes these servers."),
    "ispdb": N_("Mozilla's list of providers names these servers."),
    "mx": N_("The domain's mail goes to {provider}, so these are probably its servers."),
    "guesses": N_("These servers answer under their usual names, with good certificates."),
    "elsewhere": N_("{provider} uses these servers on this machine. Nothing there is changed."),
    "usual": N_("Nothing was found: these are the usual names. Correct them if need be."),
}

WRONG: dict[str, str] = {
    "empty": N_("This is missing."),
    "not-a-word": N_("This must be one word of letters, digits, dots and dashes."),
    "not-a-phone": N_("This is no phone number: write it like +32475123456"),
    "not-an-address": N_("This is no mail address: write it like maria@example.org"),
    "too-long": N_("This is too long."),
    "not-a-host": N_("This cannot be the name of a server: write it like imap.example.org"),
    "not-a-port": N_("A port is a number between 1 and 65535."),
    "not-a-web-address": N_("Write an address such as https://dav.example.org/me/calendar/."),
    "not-a-trust": N_("Write system, the path of a file, sha256: and a fingerprint, or ignore."),
    "not-a-fingerprint": N_("A fingerprint has 64 digits from 0 to 9 and a to f."),
    "control-character": N_("There is a character in it that cannot be there."),
    "slash-in-name": N_("An account's name has no / in it."),
    "name-taken": N_("Another account has this name."),
    "not-the-same": N_("The two are not the same: type both again."),
    "not-an-id": N_("An id has eight digits from 0 to 9 and a to f."),
    "not-a-keep": N_("Write headers, all, or days: and a number, as in days:31."),
    "not-a-language": N_("Write a language such as pt, pt_BR or de."),
    "not-a-date-pattern": N_("Write auto, or a pattern such as %Y-%m-%d %H:%M."),
    "unclosed-brace": N_("A brace is not closed."),
    "unknown-field": N_("Only {date}, {name} and {address} may stand in braces."),
    "unknown-role": N_("The special folders are sent, drafts, trash, junk and archive."),
    "unclosed-quote": N_("A quotation mark is not closed."),
    "not-a-header": N_("Write a header line such as Authorization: Bearer {secret}."),
    "not-json": N_("This begins like JSON and is none: words in curly brackets stand in quotation marks there."),
    "no-number": N_("The word number in curly brackets must stand in it."),
    "not-a-price": N_("It is a number such as 0.07."),
}
"""What is wrong with a value in a form, by the ids of `core.settings.checks`."""

HINTS: dict[str, str] = {
    "port-of-other-security": N_(
        "Port {port} is usually that of the security {security}, but {chosen} is chosen: choose {security}, or port {usual}."
    ),
    "port-of-other-service": N_("Port {port} is usually that of {service}: try port {usual}."),
    "port-unusual": N_("Port {port} is unusual here; {usual} is the usual one."),
    "port-25-blocked": N_("Most providers of lines block port 25 for programs: use port 587 with STARTTLS, or 465 with TLS."),
    "methods-offered": N_("The server offers these ways to log in: {methods}."),
    "whole-address": N_("Many servers want the whole mail address as user, not “{user}” alone."),
    "app-password": N_("This provider wants an app password instead of your usual one. {url}"),
    "own-password": N_("This provider wants a password of its own for mail programs. {url}"),
    "oauth-only": N_("This provider lets programs in by OAuth2 only, not with a password. {url}"),
    "enable-imap": N_("This provider lets mail programs in only after that is switched on, on its web page. {url}"),
    "paid-only": N_("This provider lets mail programs in for paying customers only. {url}"),
}
"""What a failed step of a test most likely means, by the ids of `accounts.diagnosis`."""

FOREIGN = N_("log-in not tried, for only DNS names that server")
"""Of a server for filters that belongs neither to the account nor to its domain."""

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
    "filters": N_("Sieve filters on {host}"),
}

NOTES: dict[str, str] = {
    "app-password": N_("This provider wants an app password, made on its web page: {url}"),
    "oauth-only": N_("This provider lets programs in by OAuth2 only, with a client id of your own: {url}"),
    "enable-imap": N_("IMAP must first be switched on, on the provider's web page: {url}"),
    "bridge": N_("This provider needs its bridge program on this machine: {url}"),
    "no-imap": N_("This provider has no IMAP: {url}"),
    "paid-only": N_("This provider has IMAP for paying customers only: {url}"),
    "own-password": N_("This provider wants a password of its own for mail programs: {url}"),
    "instructions": N_("The provider's page about it: {url}"),
    "other-domain": N_("The server {host} belongs to another domain than the address: make sure that it is right."),
    "certificate-name": N_("{host} answers, but its certificate is for another name."),
    "certificate-names": N_("{host} answers, but its certificate is for {names}: if that is your provider, take its name."),
    "offline": N_("Nobody could be asked: this machine seems to be offline. Nothing here has been looked up."),
    "not-found": N_("Nothing answered. These are the usual names: correct them as your provider says."),
    "password-elsewhere": N_("A password stands in {host}. It is not taken over: type it, or keep it behind a command."),
    "other-command": N_("There the server for sending has a password command of its own: {host}"),
    "certificate": N_("Connected; the certificate fits {host}."),
}

TROUBLES: dict[str, str] = {
    "password": N_("wants its password"),
    "offline": N_("not reached"),
    "error": N_("trouble"),
}
"""What keeps an account from its server, in a word or two."""
