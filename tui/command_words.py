"""The words of the `:` command line: the name of an action, and what it takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.errors import UsageError
from tui.actions import Action, all_actions, find_word
from tui.fuzzy import best

Possible = Callable[[type[Action]], bool]
Arguments = Callable[[str, str], Sequence[str]]
"""Given the kind of word that an action takes and its beginning: the words that there are."""


def parse_command(text: str) -> tuple[type[Action], str]:
    """The action and its argument of "move Archive/2024".

    A beginning is enough where only one action has it. Raises UsageError `unknown-command` (`word`, `near`:
    the likely word or ''), `ambiguous-command` (`word`, `words`), `no-argument` (`word`).
    """
    word, _blank, argument = text.strip().removeprefix(":").lstrip().partition(" ")
    action = find_word(word)
    if action is None:
        near = [one for one in all_actions() if one.word.startswith(word)] if word else []
        if len(near) > 1:
            raise UsageError("ambiguous-command", word=word, words=", ".join(one.word for one in near))
        if not near:
            guesses = best(word, all_actions(), lambda one: one.word) if word else []
            raise UsageError("unknown-command", word=word, near=guesses[0].word if guesses else "")
        action = near[0]
    argument = argument.strip()
    if argument and not action.takes:
        raise UsageError("no-argument", word=action.word)
    return action, argument


def complete_command(text: str, possible: Possible, arguments: Arguments) -> list[str]:
    """Whole command lines that `text` may become, likely ones first."""
    word, blank, argument = text.lstrip().partition(" ")
    if not blank:
        starting = [one.word for one in all_actions() if one.word.startswith(word) and possible(one)]
        return sorted(starting, key=lambda one: (len(one), one))
    action = find_word(word)
    if action is None or not action.takes:
        return []
    return [f"{word} {one}" for one in arguments(action.takes, argument.lstrip())]
