"""Which of the user's identities a mail is from."""

from __future__ import annotations

from core.draft import Draft
from core.errors import NotFound
from core.settings import Identity, Settings


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
