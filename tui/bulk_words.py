"""What is to be known before a sending to many begins: the caps of the server, how long it takes, what it costs."""

from __future__ import annotations

from collections.abc import Sequence

from core.draft import Draft
from core.errors import CorreioError
from core.merge import Filled
from core.merging import Count, cost_of
from core.senders import identity_for
from core.settings import Settings
from tui.sentences import sentence
from tui.translation import _, ngettext


def bulk_words(settings: Settings, draft: Draft, filled: Sequence[Filled], total: Count) -> list[str]:
    """Sentences, none where there is nothing to be said."""
    from accounts.caps import advice, caps_of

    words = []
    identity = identity_for(settings, draft)
    account = settings.account(identity.account)
    servers = settings.ways_out(account, identity.address)
    if servers:
        caps = caps_of(servers[0])
        if caps.day and total.people > caps.day:
            days = -(-total.people // caps.day)
            words.append(
                _("{server} takes {cap:,} a day: the outbox waits in between, and it takes {n} days.").format(
                    server=servers[0].host, cap=caps.day, n=days
                )
            )
        elif caps.hour and total.people > caps.hour:
            hours = -(-total.people // caps.hour)
            words.append(
                _("{server} takes {cap:,} an hour: the outbox waits in between, and it takes {n} hours.").format(
                    server=servers[0].host, cap=caps.hour, n=hours
                )
            )
        advised = advice(servers[0], total.people)
        if advised is not None:
            words.append(sentence(advised))
    try:
        costs = cost_of(settings, filled)
    except CorreioError as error:
        return [*words, sentence(error)]
    if costs:
        words.append(_("Cost: {cost}").format(cost=", ".join(costs)))
    return words


def count_words(total: Count) -> str:
    """How many mails go out, and how many rows do not."""
    people = ngettext("{n} recipient", "{n} recipients", total.people).format(n=f"{total.people:,}")
    words = ngettext("{n} mail goes out, to {people} in all.", "{n} mails go out, to {people} in all.", total.mails)
    said = words.format(n=f"{total.mails:,}", people=people)
    if total.left_out:
        left = ngettext("{n} row is left out.", "{n} rows are left out.", total.left_out)
        said = f"{said} {left.format(n=f'{total.left_out:,}')}"
    return said
