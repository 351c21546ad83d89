"""Where `correio` begins. Loads as little as possible: a command must not wait for the screen's libraries."""

from __future__ import annotations

import sys
from pathlib import Path

# Before anything of ours is imported: a folder or PYTHONPATH with somebody else's `core` must not be picked up.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def main(argv: list[str] | None = None) -> int:
    """Run the command line; the exit status (see `core.errors`)."""
    from tui.commands.line import run

    return run(sys.argv[1:] if argv is None else argv)


if __name__ == "__main__":
    sys.exit(main())
