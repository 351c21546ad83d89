"""What writing costs: opening the composer, keys in it, and an answer with 20,000 quoted lines."""

from __future__ import annotations

from tests.bench.figures import Figure, middle, percentile
from tests.bench.homes import offline_account
from tests.bench.start import COLUMNS, ROWS
from tests.bench.timing import press_and_watch, shown_after
from tests.terminal.program import ROOT, correio, environment, temporary_home
from tests.terminal.pty import Pty
from tests.tui.office import Office, mail

SUBJECT = "A very long text"
LINES = 20_000


def measure_composing(rounds: int, presses: int = 100) -> list[Figure]:
    """The composer on a home with two mails, one of them with `LINES` lines."""
    with temporary_home() as home:
        offline_account(home)
        office = Office(home.parent)
        office.put(mail(1, "Short"), mail(2, SUBJECT, body="\n".join(f"line {n} of what somebody wrote" for n in range(LINES))))
        with Pty(correio(), environment(home), columns=COLUMNS, rows=ROWS, cwd=str(ROOT)) as terminal:
            shown_after(terminal, lambda lines: any("Short" in line for line in lines))
            terminal.wait_quiet(1.0)
            opened = []
            for _ in range(rounds + 1):
                opened.append(1000 * press_and_watch(terminal, "m").last)
                terminal.press("escape", "escape").wait_quiet(1.0)
            figures = [
                Figure("composer opened for the first time", opened[0], "ms"),
                Figure("composer opened, median", middle(opened[1:]), "ms", 150),
            ]
            terminal.press("m").wait_quiet(0.5)
            terminal.press("tab", "tab", "tab", "tab").wait_quiet(0.5)
            figures += _typing(terminal, presses, "a key in the text")
            terminal.press("escape", "escape").wait_quiet(1.0)
            terminal.press("d").wait_quiet(0.5)
            terminal.press("y").wait_quiet(1.0)
            answered = 1000 * press_and_watch(terminal, "r", quiet=1.5).last
            figures.append(Figure(f"answer to {LINES:,} lines, opened", answered, "ms"))
            return figures + _typing(terminal, presses // 2, f"a key above {LINES:,} lines")


def _typing(terminal: Pty, presses: int, what: str) -> list[Figure]:
    """So many letters, a blank after every fifth."""
    answers = [press_and_watch(terminal, " " if number % 6 == 5 else "abcde"[number % 6]) for number in range(presses)]
    sizes, times = [answer.size for answer in answers], [1000 * answer.last for answer in answers]
    return [
        Figure(f"{what}, median", middle(times), "ms", 25),
        Figure(f"{what}, p95", percentile(times, 0.95), "ms"),
        Figure(f"{what}, bytes on average", sum(sizes) / len(sizes), "bytes", 600),
    ]
