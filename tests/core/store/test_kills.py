"""kill -9 in the middle of writing: the store is sound, and what was said to be kept is there."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

from core.store import bodies, doctor, drafts, outbox
from core.store.database import Database
from tests.depth import depth

ROUNDS = depth(6, 20)


def test_killed_again_and_again(tmp_path: Path) -> None:
    path = tmp_path / "state" / "correio.db"
    chance = random.Random(11)
    last_draft: tuple[int, str] | None = None
    last_operation = 0
    queued: dict[int, str] = {}
    for number in range(ROUNDS):
        lines = _until_killed(path, number, after=chance.randrange(2, 12))
        for kind, id, *words in lines:
            if kind == "draft":
                last_draft = (int(id), words[0])
            elif kind == "operation":
                last_operation = int(id)
            else:
                queued[int(id)] = words[0]
        db = Database(path)
        assert [finding for finding in doctor.examine(db, deep=True) if finding.count] == [], f"after kill {number}"
        assert last_draft is not None
        saved = int(drafts.get(db, last_draft[0]).data.split("-")[1])
        assert saved >= int(last_draft[1].split("-")[1])
        assert db.value("SELECT count(*) FROM operation WHERE id <= ?", (last_operation,)) == last_operation
        assert {id: outbox.wire(db, id).hex() for id in queued} == queued
        for (message,) in db.read("SELECT id FROM message WHERE body = 2 ORDER BY id DESC LIMIT 50"):
            assert bodies.raw(db, message)
        db.close()


def _until_killed(path: Path, seed: int, after: int) -> list[list[str]]:
    """Start the writer, let it say so many lines, kill it while it goes on, and give all it has said."""
    writer = subprocess.Popen(
        [sys.executable, "-m", "tests.core.store.writer", str(path), str(seed)],
        stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3],
    )  # fmt: skip
    assert writer.stdout is not None
    lines = [writer.stdout.readline() for _ in range(after)]
    writer.kill()
    lines += writer.stdout.readlines()
    writer.wait()
    writer.stdout.close()
    return [line.split() for line in lines if line.endswith("\n")]
