"""Shell completion made from the command line's parser."""

from __future__ import annotations

import argparse


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
    words = words_of(top)
    if shell == "fish":
        return _fish(words)
    cases = "\n".join(f"    {name}) words='{' '.join(found)}' ;;" for name, found in words.items() if name)
    body = (
        "_correio() {\n"
        '  local current="${COMP_WORDS[COMP_CWORD]}" words\n'
        f"  if [ \"$COMP_CWORD\" -eq 1 ]; then words='{' '.join(words[''])}'; else\n"
        f'  case "${{COMP_WORDS[1]}}" in\n{cases}\n  esac; fi\n'
        '  COMPREPLY=($(compgen -W "$words" -- "$current"))\n'
        "}\ncomplete -o default -F _correio correio"
    )
    return body if shell == "bash" else f"autoload -U +X bashcompinit && bashcompinit\n{body}"


def _fish(words: dict[str, list[str]]) -> str:
    lines = [f"complete -c correio -n __fish_use_subcommand -a '{' '.join(words[''])}'"]
    for name, found in words.items():
        seen = f"__fish_seen_subcommand_from {name}"
        options = " ".join(word[2:] for word in found if word.startswith("--"))
        plain = " ".join(word for word in found if not word.startswith("--"))
        if name and plain:
            lines.append(f"complete -c correio -n '{seen}' -a '{plain}'")
        lines += [f"complete -c correio -n '{seen}' -l {option}" for option in options.split() if name]
    return "\n".join(lines)
