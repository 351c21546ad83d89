"""Which of the user's identities a mail is from."""

from __future__ import annotations

from core.draft import Draft
from core.errors import CorreioError, NotFound
from core.settings import Account, Identity, Settings


def identity_for(settings: Settings, draft: Draft) -> Identity:
    """The identity a draft is sent from: its own, the one with its From address, else the default account's first.

    Raises NotFound `no-identity` when there is none at all.
    """
    for one in settings.identities:
        if one.id == draft.identity:
            return one
    for one in settings.identities:
        if draft.from_.addr and one.address.casefold() == draft.from_.key:
            return one
    default = settings.default_account()
    mine = settings.identities_of(default.id) if default else ()
    found = mine or settings.identities
    if not found:
        raise NotFound("no-identity", what="identity", name=draft.from_.addr)
    return found[0]


def sender_in_folder(settings: Settings, account: str, path: str) -> Identity | None:
    """The sender as which one writes in a folder of the account with this id, the one that names it most exactly first."""
    found = [(len(name), one) for one in settings.identities if one.account == account for name in _names(one, path)]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _names(identity: Identity, path: str) -> list[str]:
    """What of a sender's `for_folders` means this path."""
    parts = [part.strip() for part in identity.for_folders.split(",")]
    return [part for part in parts if part and (part == path or (part[-1] == "*" and path.startswith(part[:-1])))]


def foreign_sender(settings: Settings, account: Account, sender: str) -> CorreioError | None:
    """What to point out of a mail whose sender does not belong to the server it goes out through: `from-not-of-server`.

    It belongs to it where the server names it (`senders`), or where its domain is that of the account's address, of the user
    who logs in, of the server itself, or the one that the server sends for.
    """
    ways = settings.ways_out(account, sender)
    # An anonymous relay, or a command, says of nobody whom it sends for.
    if not ways or not ways[0].auth or ways[0].kind == "sendmail" or ways[0].sends_for(sender):
        return None
    domain, host = _domain(sender), ways[0].host.casefold()
    homes = {_domain(account.email), _domain(ways[0].user), ways[0].domain.casefold()} - {""}
    told = host != "localhost" and any(letter.isalpha() for letter in host)  # a number says nothing of whose it is
    if not told or not homes or domain in homes or host == domain or host.endswith(f".{domain}"):
        return None
    return CorreioError("from-not-of-server", sender=sender, server=ways[0].shown)


def _domain(address: str) -> str:
    return address.rpartition("@")[2].casefold() if "@" in address else ""
