"""What settings are called on the screen, how their values are shown, and what is wrong with one, in a few words.

A setting that is not named here is called by its key: new ones need no word to appear.
"""

from __future__ import annotations

from typing import Any

from core.settings import Setting, Settings
from core.settings.entries import Fault, find, refers_to, title_of
from core.settings.keys import typed
from tui.sentences import wrong_sentence
from tui.translation import N_, _

LABELS = {
    "auth": N_("Log in"),
    "authserv": N_("Trusted checker"),
    "auto_collect": N_("Collect by itself"),
    "credential": N_("Password kept as"),
    "email": N_("Mail address"),
    "folders": N_("Special folders"),
    "for_folders": N_("In the folders"),
    "empty_trash_days": N_("Empty trash after"),
    "host": N_("Server"),
    "keep": N_("Keep here"),
    "keep_folders": N_("Keep of folders"),
    "kind": N_("Kind"),
    "min_tls": N_("Oldest TLS"),
    "name": N_("Name"),
    "opener": N_("Opens files"),
    "reply_to": N_("Answers go to"),
    "return_path": N_("Return path"),
    "sent_copy": N_("Copy of sent mail"),
    "signs": N_("Signs"),
    "trust": N_("Certificate"),
    "undo_send_seconds": N_("Undo send (seconds)"),
    "client_id": N_("Client id"),
    "authorize_url": N_("Page that allows it"),
    "token_url": N_("Tokens come from"),
    "device_url": N_("Codes come from"),
    "oauth": N_("OAuth2 with"),
    "per_hour": N_("Most in an hour"),
    "per_day": N_("Most in a day"),
    "per_week": N_("Most in a week"),
    "per_message": N_("Most in a mail"),
    "senders": N_("First for"),
    "leave": N_("Leave on server"),
    "leave_days": N_("Days on the server"),
    "only_new": N_("Only new mail"),
    "url": N_("Address on the web"),
}
"""By the last word of the key; what is well said by the key itself needs none."""

SECTION_TITLES = {
    "account": N_("Accounts"),
    "outgoing": N_("Outgoing servers"),
    "identity": N_("Senders"),
    "credential": N_("Passwords"),
    "proxy": N_("Proxies"),
    "search": N_("Saved searches"),
    "template": N_("Templates"),
    "gateway": N_("Gateways"),
    "links": N_("Files as links"),
    "ui": N_("Screen"),
    "compose": N_("Writing"),
    "sync": N_("Collecting"),
    "calendar": N_("Calendar"),
    "contacts": N_("Contacts"),
    "print": N_("Printing"),
}
ONE = {
    "account": N_("account"),
    "identity": N_("sender"),
    "credential": N_("password"),
    "proxy": N_("proxy"),
    "search": N_("saved search"),
    "outgoing": N_("outgoing server"),
}
"""One entry of a list."""
PART_TITLES = {"incoming": N_("Receiving"), "outgoing": N_("Sending")}
CHOICES = {
    "tls": N_("TLS"),
    "starttls": N_("STARTTLS"),
    "none": N_("none"),
    "imap": N_("IMAP"),
    "pop3": N_("POP3"),
    "mailgun": N_("Mailgun"),
    "elasticemail": N_("Elastic Email"),
    "scram-sha-1": N_("SCRAM-SHA-1"),
    "scram-sha-256": N_("SCRAM-SHA-256"),
    "oauth2": N_("OAuth2"),
    "socks5": N_("SOCKS5"),
    "http": N_("HTTP"),
    "google": N_("Google"),
    "microsoft": N_("Microsoft"),
    "yahoo": N_("Yahoo"),
    "smtp": N_("SMTP"),
    "auto": N_("automatic"),
    "plain": N_("PLAIN"),
    "login": N_("LOGIN"),
    "cram-md5": N_("CRAM-MD5"),
    "local": N_("local"),
}


def label(key: str) -> str:
    """What a setting is called."""
    last = key.rpartition(".")[2]
    return _(LABELS[last]) if last in LABELS else last.replace("_", " ").capitalize()


def section_title(name: str) -> str:
    """What a section or list is called."""
    return _(SECTION_TITLES[name]) if name in SECTION_TITLES else name.replace("_", " ").capitalize()


def one_of(kind: str) -> str:
    """What one entry of a list is called."""
    return _(ONE[kind]) if kind in ONE else kind.replace("_", " ")


def part_title(part: str) -> str:
    """What a nested table is called."""
    return _(PART_TITLES[part]) if part in PART_TITLES else part.replace("_", " ").capitalize()


def choice_words(value: str) -> str:
    """One of the choices of a setting."""
    return _(CHOICES[value]) if value in CHOICES else value


def shown_value(settings: Settings, one: Setting, value: Any) -> str:
    """A value for people, on one line."""
    if one.type == "yes-no":
        return _("yes") if value else _("no")
    if kind := refers_to(one):
        known = any(getattr(row, "id", "") == value for row in getattr(settings, "accounts", ())) if kind == "account" else False
        return title_of(find(settings, kind, value)) if known else str(value)
    words = typed(one, value)
    first, newline, _rest = words.partition("\n")
    return f"{first} …" if newline else choice_words(words) if one.type == "choice" else words


def fault_words(fault: Fault) -> str:
    """What is wrong with a value, beside its field."""
    told = fault.values
    if "reason" in told:
        return wrong_sentence(str(told["reason"]))
    if "least" in told:
        return _("{least} to {most}").format(least=told["least"], most=told["most"])
    if fault.id == "settings-missing":
        return _("This is missing.")
    if fault.id == "settings-twice":
        return _("This is taken already.")
    if fault.id == "settings-dangling":
        return _("There is no {name}.").format(name=told.get("value", ""))
    if fault.id == "settings-wrong-type":
        wanted = {"number": _("Type a number."), "map": _("Write it as: name = value, name = value")}
        return wanted.get(str(told.get("expected")), wrong_sentence(""))
    if "choices" in told:
        return _("Possible: {values}").format(values=told["choices"])
    return wrong_sentence("")
