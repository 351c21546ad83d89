"""A password, token or passphrase that hides itself."""

from __future__ import annotations

import hmac
import resource
from typing import NoReturn


def leave_no_dump() -> None:
    """A process that knows secrets writes its memory nowhere, even if it crashes."""
    _now, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))


leave_no_dump()  # who knows of secrets may soon have one


class Secret:
    """A text that never shows: not in repr, str, format, a traceback's locals, a pickle or a copy.

    Only `reveal` gives it out, so every place that does is found by searching for that word.
    """

    __slots__ = ("__weakref__", "_hidden")

    def __init__(self, hidden: str) -> None:
        self._hidden = hidden

    def reveal(self) -> str:
        """The text itself: pass it on at once, never keep it in a variable."""
        return self._hidden

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __format__(self, format_spec: str) -> str:
        return repr(self)

    def __bool__(self) -> bool:
        return bool(self._hidden)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(*(one._hidden.encode("utf-8", "surrogatepass") for one in (self, other)))

    __hash__ = None  # type: ignore[assignment]

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a Secret is never written down")
