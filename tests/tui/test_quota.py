"""The bar below the folders, what makes room, and the question before a mail that is too large."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.store import quota
from core.store.quota import Quota
from tests.tui.office import Clerk, Office, mail, work
from tui.actions import folder
from tui.screens.deleting import Choose


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """A mailbox that is nearly full."""
    made = Office(tmp_path)
    made.put(mail(1), mail(2))
    made.put(mail(3), folder="Trash")
    quota.put(made.db, made.row, Quota(950_000_000, 1_000_000_000), 1)
    return made


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
def test_the_bar_and_what_makes_room(office: Office, size: tuple[int, int]) -> None:
    async def script(clerk: Clerk) -> None:
        if size[0] < 100:
            clerk.main.show_pane("tree")
        await clerk.until(lambda: "███████ 95 %" in clerk.text)
        assert "1.0 GB" in clerk.text
        await clerk.app.do(folder.Quota)
        await clerk.until(lambda: isinstance(clerk.app.screen, Choose))
        await clerk.until(lambda: "950.0 MB of 1.0 GB are used: 95 %." in clerk.text)
        assert "Empty the trash (1 message)" in clerk.text
        await clerk.press("j", "enter")
        await clerk.until(lambda: "Delete 1 message for ever?" in clerk.text)
        await clerk.press("y")
        await clerk.until(lambda: office.folder("Trash").total == 0)
        await clerk.app.do(folder.Quota)
        await clerk.until(lambda: isinstance(clerk.app.screen, Choose) and "List the largest" in clerk.text)
        await clerk.press("j", "enter")
        await clerk.until(lambda: clerk.main.view.is_search)
        assert clerk.main.view.query == 'account:"me" larger:5m'

    work(office.app(), script, size=size)


def test_without_a_quota_there_is_no_bar(office: Office) -> None:
    quota.put(office.db, office.row, None, 2)

    async def script(clerk: Clerk) -> None:
        assert "█" not in clerk.text
        await clerk.app.do(folder.Quota)
        await clerk.until(lambda: "does not say how full the mailbox is" in " ".join(clerk.footer.split()))

    work(office.app(), script, size=(120, 30))
