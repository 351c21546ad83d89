"""What is looked at when mail has come: what it says of mail that was sent. Mostly nothing, and then nothing more is loaded."""

from __future__ import annotations

from core.store import report_marks
from core.store.database import Database


def end_pass(db: Database) -> None:
    """Find out about mails of unknown end, and read the reports that came; a write for each."""
    if db.value("SELECT 1 FROM outbox WHERE state = 'uncertain' AND copied = 0 LIMIT 1"):
        from core.sending import resolve_uncertain

        resolve_uncertain(db)
    if report_marks.unread(db):
        from core.aftermath import read_reports

        read_reports(db)
