"""What a message to phones comes to, in words, before it is sent."""

from __future__ import annotations

from core.draft import Draft
from core.errors import CorreioError
from core.phone import phone_of
from core.settings import Settings
from tui.sentences import sentence
from tui.translation import _, ngettext


def phone_words(settings: Settings, draft: Draft) -> tuple[str, ...]:
    """Lines for the review screen; none for a message to mail addresses only."""
    if not any(phone_of(one) for one in draft.recipients):
        return ()
    from core.gateways import bill

    try:
        found = bill(settings, draft)
    except CorreioError as error:
        return (sentence(error),)
    if found is None:
        return ()
    lines = []
    if found.sms:
        words = ngettext("{n} SMS of {letters} letters in {parts}", "{n} SMS of {letters} letters in {parts} each", found.sms)
        parts = ngettext("{n} part", "{n} parts", found.parts).format(n=found.parts)
        lines.append(words.format(n=found.sms, letters=found.letters, parts=parts))
        if found.unicode:
            lines.append(_("It has letters that phones send as Unicode: 70 fit into a part, not 160."))
        if found.files_left_out:
            lines.append(_("SMS has no attachments: the files do not go to phones."))
    if found.faxes:
        lines.append(ngettext("{n} fax", "{n} faxes", found.faxes).format(n=found.faxes))
    if found.cost:
        lines.append(_("Cost: {cost}").format(cost=found.cost))
    return tuple(lines)
