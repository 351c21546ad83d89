"""`core.packing_worker` as mails see it that end or stall who reads them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable

from core import packing_worker
from core.parcel import Packer, Parcel, pack_mails

ENDS = b"X-Ends: yes"
STALLS = b"X-Stalls: yes"


def hazardous(mails: Iterable[tuple[bytes, int | None]], packer: Packer) -> list[Parcel]:
    """As `pack_mails`."""
    wanted = list(mails)
    for raw, _ in wanted:
        if ENDS in raw:
            os.kill(os.getpid(), signal.SIGKILL)
        while STALLS in raw:
            signal.pause()
    return pack_mails(wanted, packer)


def main() -> None:
    """As `core.packing_worker.main`."""
    packing_worker.pack_mails = hazardous  # type: ignore[assignment]
    packing_worker.main()
