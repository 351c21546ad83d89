"""`python -P -m accounts.demo`: the demo's servers in the foreground."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from accounts.demo.server_process import main

    sys.exit(main())
