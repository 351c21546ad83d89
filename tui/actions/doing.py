"""Who does an action: methods marked with `@does`, found from the focused widget outwards.

::

    class MessageList(Widget):
        key_context = "list"

        @does(move.Down)
        def go_down(self) -> None: ...

A doer is a method without arguments, or with one `argument: str = ""` where its action `takes` a word; it may
be a coroutine function. The first object with a doer for the action, on the way from the focused widget
through its parents to the screen and the application, does it. The same way is walked for `has_NEEDS`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from tui.actions.action import Action, Context

if TYPE_CHECKING:
    from textual.dom import DOMNode

Method = TypeVar("Method", bound=Callable[..., Any])


def does(*actions: type[Action]) -> Callable[[Method], Method]:
    """Mark a method as the doer of these actions."""

    def mark(method: Method) -> Method:
        marked: tuple[str, ...] = getattr(method, "_does", ())
        method._does = (*marked, *(action.id for action in actions))  # type: ignore[attr-defined]
        return method

    return mark


@cache
def _doers(kind: type[Any]) -> dict[str, str]:
    """Action ids that the class does, with the names of the methods. An override keeps the mark."""
    found: dict[str, str] = {}
    ours = [parent for parent in kind.__mro__ if not parent.__module__.startswith(("textual.", "builtins"))]
    for parent in reversed(ours):
        for name, value in vars(parent).items():
            for id in getattr(value, "_does", ()) if inspect.isroutine(value) else ():
                found[id] = name
    return found


def chain(focused: DOMNode | None, screen: DOMNode) -> Iterator[DOMNode]:
    """The objects that are asked, innermost first: the focused widget, its parents, the screen, the app.

    An object may name `deputies`, which are asked right after it: a picker's list, while its field has the focus.
    """
    for node in (focused or screen).ancestors_with_self:
        yield node
        yield from getattr(node, "deputies", ())


def contexts(nodes: Iterable[DOMNode]) -> list[Context]:
    """The contexts of the objects on the way, innermost first.

    A screen with `alone = True` (dialogs) keeps the keys of the contexts outside it from working.
    """
    found: list[Context] = []
    for node in nodes:
        context: Context | None = getattr(node, "key_context", None)
        if context and context not in found:
            found.append(context)
        if getattr(node, "alone", False):
            break
    return found


def find_doer(action: type[Action], nodes: Iterable[DOMNode]) -> Callable[..., Any] | None:
    """The method that does the action, or None when nobody here does it."""
    for node in nodes:
        name = _doers(type(node)).get(action.id)
        if name is not None:
            method: Callable[..., Any] = getattr(node, name)
            return method
    return None


def is_possible(action: type[Action], nodes: Iterable[DOMNode]) -> bool:
    """Whether somebody does the action and what it needs is there now."""
    path = tuple(nodes)
    if find_doer(action, path) is None:
        return False
    if not action.needs:
        return True
    attribute = f"has_{action.needs}"
    holders = (node for node in path if hasattr(node, attribute))
    holder = next(holders, None)
    return holder is not None and bool(getattr(holder, attribute))


def is_allowed(action: type[Action], nodes: Iterable[DOMNode]) -> bool:
    """Whether the owner of the folder in view lets us do it, as far as is known: `lets(right)` of the first who can tell."""
    if not action.right:
        return True
    lets: Callable[[str], bool] | None = next((found for node in nodes if (found := getattr(node, "lets", None))), None)
    return lets is None or lets(action.right)


async def run_action(action: type[Action], nodes: Iterable[DOMNode], argument: str = "") -> bool:
    """Do the action; False when nobody does it or what it needs is missing."""
    path = tuple(nodes)
    doer = find_doer(action, path)
    if doer is None or not is_possible(action, path):
        return False
    result = doer(argument) if action.takes and inspect.signature(doer).parameters else doer()
    if inspect.isawaitable(result):
        await result
    return True
