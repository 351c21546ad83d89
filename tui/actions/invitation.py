"""Invitations, calendar files and contacts in mail."""

from __future__ import annotations

from tui.actions.action import MAIL, Action
from tui.translation import N_


class OnInvitation(Action, where=MAIL, needs="message"):
    """Something for the invitation in the message."""


class Accept(OnInvitation, id="invitation.accept", title=N_("Accept"), keys=("i a",), takes="comment"):
    """Accept the invitation, with a word to who invites."""


class Decline(OnInvitation, id="invitation.decline", title=N_("Decline"), keys=("i d",), takes="comment"):
    """Decline the invitation, with a word to who invites."""


class Perhaps(OnInvitation, id="invitation.tentative", title=N_("Perhaps"), keys=("i p",), takes="comment"):
    """Say that you come perhaps (tentatively), with a word to who invites."""


class Propose(OnInvitation, id="invitation.propose", title=N_("Another time"), keys=("i t",), takes="time", word="propose"):
    """Propose another time to who invites, with a word."""


class Keep(OnInvitation, id="invitation.save", title=N_("Into the calendar"), keys=("i s",), word="calendar-save"):
    """Save what the message says into your calendar: an event, its change or cancellation, somebody's answer."""


class Show(OnInvitation, id="invitation.show", title=N_("Whole calendar file"), keys=("i i",), word="calendar"):
    """Show everything in the calendar file: all entries, all people, the description."""


class Contact(OnInvitation, id="invitation.contact", title=N_("Save contacts"), keys=("i c",), word="contact-save"):
    """Save the contacts in the message (vCards) into your address book."""


class IntoBook(OnInvitation, id="invitation.contact_add", title=N_("Into the address book"), keys=("i b",), word="contact-add"):
    """Save an address or a phone number that the message names: as a new contact, or with one of your address book."""
