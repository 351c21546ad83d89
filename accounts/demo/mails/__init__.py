"""The sample mail of the demo: about sixty mails written for it, and the mailbox they make."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.demo.imap_account import MailAccount, wire_name
from accounts.demo.mails.curiosities import CURIOSITIES
from accounts.demo.mails.family import FAMILY
from accounts.demo.mails.languages import LANGUAGES
from accounts.demo.mails.leftovers import LEFTOVERS
from accounts.demo.mails.pages import PAGES
from accounts.demo.mails.patches import PATCHES
from accounts.demo.mails.release import RELEASE
from accounts.demo.mails.sample import Sample
from accounts.demo.mails.work import WORK

SAMPLES: tuple[Sample, ...] = (
    *RELEASE,
    *PATCHES,
    *FAMILY,
    *LANGUAGES,
    *PAGES,
    *WORK,
    *CURIOSITIES,
    *LEFTOVERS,
)
FOLDERS = {
    "Drafts": "\\Drafts",
    "Sent": "\\Sent",
    "Archive": "\\Archive",
    "Junk": "\\Junk",
    "Trash": "\\Trash",
    "Lists/farol-devel": "",
    "Lists/coast-announce": "",
    "Receipts": "",
    "Travel": "",
    "Travel/Alexandria": "",
    "Travel/Açores": "",
}
"""Folder path → special use (RFC 6154)."""


def ancestors(sample: Sample, by_key: dict[str, Sample]) -> tuple[str, ...]:
    """Message-IDs of the mails a sample answers, oldest first. Raises KeyError for a key that is none."""
    found: list[str] = []
    while sample.answers:
        sample = by_key[sample.answers]
        found.insert(0, sample.message_id)
    return tuple(found)


def build_all(now: datetime) -> list[tuple[Sample, datetime, bytes]]:
    """Every sample with its time of arrival and its bytes, oldest first; the same for the same aware `now`."""
    by_key = {sample.key: sample for sample in SAMPLES}
    found = [
        (sample, sample.date(now) + timedelta(seconds=2), sample.build(now, ancestors(sample, by_key))) for sample in SAMPLES
    ]
    return sorted(found, key=lambda one: one[1])


def sample_account(now: datetime) -> MailAccount:
    """The demo's mailbox as it looks at `now` (aware)."""
    account = MailAccount(uidvalidity=int(now.timestamp()))
    for path, use in FOLDERS.items():
        box = account.create(wire_name(path), use)
        account.subscribed.add(box.name)
    for sample, arrived, raw in build_all(now):
        account.add(wire_name(sample.folder), raw, sample.flag_names, arrived)
    return account
