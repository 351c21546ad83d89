"""What a terminal answers to a question, picked out of what is typed: nobody's keys are taken for it, or it for keys."""

from __future__ import annotations

import re
import threading

_ANSWER = re.compile(r"\x1b_G[^\x1b]{0,200}\x1b\\|\x1b\[6;\d{1,5};\d{1,5}t|\x1b\[\?[\d;]{0,80}c")
_BEGUN = re.compile(r"\x1b(?:_(?:G(?:[^\x1b]{0,200}\x1b?)?)?|\[(?:6(?:;[\d;]{0,12})?|\?[\d;]{0,80})?)?$")
"""An answer, or the beginning of one, at the end of what came."""


class TerminalAnswers:
    """Fed by the thread that reads the terminal; asked by others."""

    def __init__(self) -> None:
        self._held = ""
        self._found: list[str] = []
        self._last = threading.Event()

    def take(self, text: str) -> str:
        """What of it was typed; the beginning of an answer is held back until the rest comes."""
        text = self._held + text
        answers = _ANSWER.findall(text)
        rest = _ANSWER.sub("", text) if answers else text
        begun = _BEGUN.search(rest)
        self._held = begun[0] if begun else ""
        if answers:
            self._found += answers
            if any(one.endswith("c") for one in answers):
                self._last.set()
        return rest[: begun.start()] if begun else rest

    def release(self) -> str:
        """What was held back and was no answer: nothing more has come for a moment."""
        held, self._held = self._held, ""
        return held

    def wait(self, seconds: float) -> str:
        """All answers as far as they have come; what every terminal answers comes last. Blocks."""
        self._last.wait(seconds)
        return "".join(self._found)
