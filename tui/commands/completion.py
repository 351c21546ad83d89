"""Shell completion made from the command line's parser."""

from __future__ import annotations

import argparse
from collections.abc import Iterator


def words_of(top: argparse.ArgumentParser) -> dict[str, list[str]]:
    """Command → its options and fixed words; '' → the commands."""
    found: dict[str, list[str]] = {}
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            found[""] = sorted(action.choices)
            for name, command in action.choices.items():
                found[name] = _words(command)
    return found


def _words(command: argparse.ArgumentParser) -> list[str]:
    words: list[str] = []
    for action in command._actions:
        words += [option for option in action.option_strings if option.startswith("--")]
        if not action.option_strings and action.choices:
            words += [str(choice) for choice in action.choices]
    return sorted(set(words))


def script(top: argparse.ArgumentParser, shell: str) -> str:
    """The completion script of bash, zsh or fish."""
    if shell == "fish":
        return "\n".join(_fish(top))
    words = words_of(top)
    cases = "\n".join(f"    {name}) words='{' '.join(found)}' ;;" for name, found in words.items() if name)
    body = (
        "_correio() {\n"
        '  local current="${COMP_WORDS[COMP_CWORD]}" words\n'
        f"  if [ \"$COMP_CWORD\" -eq 1 ]; then words='{' '.join(words[''])}'; else\n"
        f'  case "${{COMP_WORDS[1]}}" in\n{cases}\n  esac; fi\n'
        '  COMPREPLY=($(compgen -W "$words" -- "$current"))\n'
        "}\ncomplete -o default -F _correio correio"
    )
    return body if shell == "bash" else f"{_ZSH}\n{body}"


_ZSH = "(( $+functions[compdef] )) || { autoload -U compinit && compinit; }\nautoload -U +X bashcompinit && bashcompinit"
"""zsh without a set-up of its own has no completion at all yet; bash's stands on that."""


def _fish(top: argparse.ArgumentParser) -> Iterator[str]:
    # Files only where a file can stand.
    yield "complete -c correio -f"
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            for told in action._choices_actions:
                yield f"complete -c correio -n __fish_use_subcommand -a {told.dest}{_described(told)}"
            for name, command in action.choices.items():
                yield from _fish_command(name, command)


def _fish_command(name: str, command: argparse.ArgumentParser) -> Iterator[str]:
    seen = f"__fish_seen_subcommand_from {name}"
    for action in command._actions:
        choices = " ".join(map(str, action.choices or ()))
        file = "FILE" in str(action.metavar) or action.dest == "path"
        if action.option_strings:
            flags = "".join(f" -{'l' if one.startswith('--') else 's'} {one.lstrip('-')}" for one in action.option_strings)
            value = "" if action.nargs == 0 else " -r -F" if file else f" -x -a '{choices}'" if choices else " -x"
            yield f"complete -c correio -n '{seen}'{flags}{value}{_described(action)}"
        elif choices:
            yield f"complete -c correio -n '{seen}; and not __fish_seen_subcommand_from {choices}' -a '{choices}'"
        elif file:
            yield f"complete -c correio -n '{seen}' -F"


def _described(action: argparse.Action) -> str:
    words = (action.help or "").replace("\\", "\\\\").replace("'", "\\'")
    return f" -d '{words}'" if words and action.help != argparse.SUPPRESS else ""
