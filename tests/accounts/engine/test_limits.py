"""The accounts' policies as housekeeping reads them."""

from __future__ import annotations

from accounts.engine.limits import limits_of
from core.arrival import arrive_mail
from core.keeping import DAY, NEVER
from core.settings import Account, Settings
from core.store import accounts, bodies, folders
from core.store.tidying import tidy
from tests.accounts.engine.players import Stage, account
from tests.core.store.mails import mail

NOW = 1_700_000_000


def test_each_policy_has_its_limit(stage: Stage) -> None:
    ids = {"00000001": "headers", "00000002": "days:10", "00000003": "all", "00000004": "all", "00000005": "headers"}
    chosen = [account(uid, keep=keep) for uid, keep in ids.items()]
    chosen[3] = account("00000004", keep="all", keep_folders={"Lists": "headers", "Gone": "headers"})
    chosen[4] = account("00000005", keep="headers", active=False)
    chosen.append(Account(id="00000006", name="here", kind="local", keep="headers"))
    with stage.store() as db:
        rows = {uid: accounts.row_of(db, uid) for uid in ids}
        lists = folders.ensure(db, rows["00000004"], "Lists").id
        found = limits_of(db, Settings(accounts=tuple(chosen)), NOW)
    assert {row: limit.before for row, limit in found.items()} == {
        rows["00000001"]: NEVER, rows["00000002"]: NOW - 10 * DAY, rows["00000004"]: 0,
    }  # fmt: skip
    assert found[rows["00000004"]].folders == {lists: NEVER}


def test_housekeeping_lets_old_bodies_go(stage: Stage) -> None:
    settings = Settings(accounts=(account(keep="days:10"),))
    with stage.store() as db:
        row = accounts.row_of(db, settings.accounts[0].id)
        inbox = folders.ensure(db, row, "INBOX", role="inbox").id
        with db.write():
            old = arrive_mail(db, inbox, row, mail(id="1@x"), uid=1, internal=NOW - 11 * DAY)
            new = arrive_mail(db, inbox, row, mail(id="2@x"), uid=2, internal=NOW - 9 * DAY)
            db.run("UPDATE message SET stored = 0")
        tidy(db, 0, limits_of(db, settings, NOW))
        assert [bodies.raw(db, id) is not None for id in (old, new)] == [False, True]
