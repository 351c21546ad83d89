from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from tui.actions import Action, chain, contexts, does, find_doer, is_possible, message, move, program, run_action


class Node:
    """As much of a widget as actions look at."""

    def __init__(self, parent: Node | None = None, **values: Any) -> None:
        self.parent = parent
        vars(self).update(values)

    @property
    def ancestors_with_self(self) -> Iterator[Node]:
        node: Node | None = self
        while node is not None:
            yield node
            node = node.parent


class App(Node):
    key_context = "global"
    done: str = ""

    @does(program.Help, message.Archive)
    def help(self) -> None:
        self.done = "app"

    @does(message.Move)
    async def move(self, argument: str = "") -> None:
        self.done = f"moved to {argument}"


class List(Node):
    key_context = "list"
    done = ""
    has_message = True

    @does(message.Archive)
    def archive(self) -> None:
        self.done = "list"


class Override(List):
    def archive(self) -> None:
        self.done = "override"


def run(action: type[Action], nodes: list[Any], argument: str = "") -> bool:
    return asyncio.run(run_action(action, nodes, argument))


def path(node: Any) -> list[Any]:
    return list(chain(node, node))


def test_the_innermost_doer_does_it() -> None:
    app = App()
    inner = List(app)
    assert run(message.Archive, path(inner))
    assert (inner.done, app.done) == ("list", "")
    assert run(program.Help, path(inner))
    assert app.done == "app"


def test_an_override_keeps_the_mark() -> None:
    inner = Override(App())
    assert run(message.Archive, path(inner))
    assert inner.done == "override"


def test_an_argument_reaches_a_doer_that_takes_one() -> None:
    app = App(has_message=True)
    assert run(message.Move, path(app), "Archive/2024")
    assert app.done == "moved to Archive/2024"


def test_what_nobody_does_is_not_possible() -> None:
    inner = List(App())
    assert find_doer(move.Down, path(inner)) is None
    assert not is_possible(move.Down, path(inner))
    assert not run(move.Down, path(inner))


@pytest.mark.parametrize(("there", "possible"), [(True, True), (False, False)])
def test_an_action_waits_for_what_it_needs(there: bool, possible: bool) -> None:
    inner = List(App(), has_message=there)
    assert is_possible(message.Archive, path(inner)) is possible


def test_without_anybody_who_knows_what_it_needs_it_is_not_possible() -> None:
    assert not is_possible(message.Archive, path(App()))


def test_a_dialog_keeps_outer_keys_from_working() -> None:
    app = App()
    assert contexts(path(List(app))) == ["list", "global"]
    assert contexts(path(Node(Node(app, alone=True, key_context="dialog")))) == ["dialog"]


def test_deputies_are_asked_after_their_owner() -> None:
    deputy = List()
    owner = Node(App(), deputies=(deputy,), has_message=True)
    assert run(message.Archive, path(owner))
    assert deputy.done == "list"
