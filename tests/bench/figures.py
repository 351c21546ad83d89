"""What was measured, beside what it is measured against."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    value and goal are in `unit`; `peer` is another program's value in the same run, for the ratio. With `least`
    the goal is a lower limit (mails a second), otherwise an upper one. No goal: shown, never judged.
    """

    name: str
    value: float
    unit: str
    goal: float | None = None
    peer: float | None = None
    peer_name: str = ""
    least: bool = False
    more: str = ""
    """Said behind it."""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without one."""
        if self.goal is None:
            return None
        return self.value >= self.goal if self.least else self.value <= self.goal

    @property
    def ratio(self) -> float | None:
        """Value through the peer's value."""
        return self.value / self.peer if self.peer else None


def show(title: str, figures: Sequence[Figure]) -> None:
    """Print the table; goals that are missed carry a mark."""
    print(f"\n{title}")
    width = max([len(figure.name) for figure in figures], default=10)
    print(f"  {'':<{width}}  {'measured':>14}  {'goal':>14}  {'peer':>14}  ratio")
    for figure in figures:
        goal = "" if figure.goal is None else f"{'>=' if figure.least else '<='} {_number(figure.goal)} {figure.unit}"
        peer = "" if figure.peer is None else f"{_number(figure.peer)} {figure.unit}"
        ratio = "" if figure.ratio is None else f"{figure.ratio:.2f} x {figure.peer_name}"
        mark = {True: "", False: "  MISSED", None: ""}[figure.met]
        value = f"{_number(figure.value)} {figure.unit}"
        print(f"  {figure.name:<{width}}  {value:>14}  {goal:>14}  {peer:>14}  {ratio}{mark}  {figure.more}".rstrip())
    sys.stdout.flush()


def show_across(measured: Mapping[int, Sequence[Figure]]) -> None:
    """Print how each figure grows with the number of mails, which is the key."""
    rows: dict[str, dict[int, Figure]] = {}
    for count, figures in measured.items():
        for figure in figures:
            rows.setdefault(figure.name.replace(f", {count:,} mails", ""), {})[count] = figure
    width = max(map(len, rows), default=10)
    print("\n" + " ".join([" " * (width + 2), *(f"{count:>12,}" for count in measured)]))
    for name, known in rows.items():
        values = (f"{_number(known[count].value):>12}" if count in known else " " * 12 for count in measured)
        unit = next(iter(known.values())).unit
        print(" ".join([f"  {name:<{width}}", *values, unit]).rstrip())
    sys.stdout.flush()


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def middle(values: Sequence[float]) -> float:
    """The median."""
    return float(median(values))


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
