"""A folder that somebody else shares: what its owner does not allow is grey and says so; one writes there as another sender."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from core.senders import sender_in_folder
from core.settings import Identity
from core.store import rights
from tests.tui.office import Clerk, Office, mail, work
from tui.screens.compose import ComposeScreen
from tui.screens.picker import Picker

TEAM = "~team/Questions"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """A home with a folder of a team, in which one may read and put mail, and no more."""
    made = Office(tmp_path)
    made.put(mail(1, "Mine"))
    made.put(mail(2, "To all", to="me@example.org, team@example.org"), folder=TEAM)
    with made.db.write():
        rights.put(made.db, made.folder(TEAM).id, "lrsi")
    sender = Identity(account=made.account.id, address="team@example.org", signature="The team", for_folders="~team/*, Other")
    made.settings(lambda old: replace(old, identities=(*old.identities, sender)))
    return made


def dim(clerk: Clerk) -> set[str]:
    """The words of the footer that are grey."""
    return {hint.word for hint in clerk.app.footer_hints() if hint.dim}


def test_what_the_owner_forbids_is_grey_and_refused_in_words(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        assert not dim(clerk)
        clerk.main.go_to_folder(TEAM)
        await clerk.until(lambda: clerk.subject == "To all")
        assert dim(clerk) == {"archive", "trash", "move"}
        await clerk.press("d")
        await clerk.until(lambda: "has not allowed you" in clerk.footer)
        assert clerk.subject == "To all"
        await clerk.press("escape", "ctrl+p")
        await clerk.until(lambda: isinstance(clerk.app.screen, Picker))
        await clerk.type("archi")
        await clerk.until(lambda: "the owner of this folder does not let" in clerk.text)
        await clerk.press("escape")
        await clerk.until(lambda: clerk.app.screen is clerk.main)

    work(office.app(), script, (110, 30))


@pytest.mark.parametrize(
    ("where", "writes", "key"),
    [(TEAM, "team@example.org", "m"), (TEAM, "team@example.org", "r"), ("Inbox", "me@example.org", "r")],
)
def test_one_writes_there_as_the_sender_of_the_folder(office: Office, where: str, writes: str, key: str) -> None:
    async def script(clerk: Clerk) -> None:
        clerk.main.go_to_folder(where)
        await clerk.until(lambda: clerk.subject == ("To all" if where == TEAM else "Mine"))
        await clerk.press(key)
        await clerk.until(lambda: isinstance(clerk.app.screen, ComposeScreen))
        draft = clerk.app.screen.draft
        assert ("The team" in draft.body) == (where == TEAM)
        identity = clerk.app.desk.settings.identities[0 if writes.startswith("me") else 1]
        assert draft.identity == identity.id

    work(office.app(), script)


def test_the_sender_that_names_a_folder_most_exactly(office: Office) -> None:
    settings = office.app().wiring.settings()
    exact = Identity(account=office.account.id, address="boss@example.org", for_folders="~team/Questions")
    settings = replace(settings, identities=(*settings.identities, exact))
    paths = (TEAM, "~team/Else", "Other", "Inbox", "Others")
    found = {path: sender_in_folder(settings, office.account.id, path) for path in paths}
    told = {path: one.address if one else "" for path, one in found.items()}
    team = "team@example.org"
    assert told == {TEAM: "boss@example.org", "~team/Else": team, "Other": team, "Inbox": "", "Others": ""}
    assert sender_in_folder(settings, "00000000", TEAM) is None
