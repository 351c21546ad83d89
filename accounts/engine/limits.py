"""What the accounts' policies let go: which bodies housekeeping may prune."""

from __future__ import annotations

from core.keeping import pruned_before
from core.settings import Account, Settings
from core.store import accounts, folders
from core.store.database import Database
from core.store.tidying import Limit


def limits_of(db: Database, settings: Settings, now: float) -> dict[int, Limit]:
    """Account row id → what may go, for the active accounts with a server that do not keep everything."""
    found: dict[int, Limit] = {}
    for account in settings.accounts:
        if account.is_kept_here or not account.active or account.incoming is None:
            continue
        row = accounts.row_of(db, account.id)
        limit = _limit(db, account, row, now)
        if limit.before or any(limit.folders.values()):
            found[row] = limit
    return found


def _limit(db: Database, account: Account, row: int, now: float) -> Limit:
    chosen: dict[int, int] = {}
    for path, keep in account.keep_folders.items():
        folder = folders.by_path(db, row, path)
        if folder is not None:
            chosen[folder.id] = pruned_before(keep, now)
    return Limit(pruned_before(account.keep, now), chosen)
