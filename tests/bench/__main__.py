"""`python -m tests.bench WHAT`: measure, print the table, judge by the goals. `all` does everything."""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Callable, Iterable

from tests.bench.figures import Figure, show, show_across

LADDER = (1_000, 10_000, 100_000)


def main() -> int:
    """Run the measurements that were asked for; 1 when a goal was missed."""
    options = _options()
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}")
    figures: list[Figure] = []
    for name in MEASURES if options.what == "all" else (options.what,):
        for title, measured in MEASURES[name](options):
            show(title, measured)
            figures += measured
    missed = [figure.name for figure in figures if figure.met is False]
    judged = [figure for figure in figures if figure.met is not None]
    print(f"\n{len(judged) - len(missed)} of {len(judged)} goals met" + "".join(f"\n  missed: {name}" for name in missed))
    return 1 if missed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("what", nargs="?", default="all", choices=[*MEASURES, "all"])
    parser.add_argument("--mails", type=int, default=20_000, help="size of the mailbox, but for scale")
    parser.add_argument("--sizes", type=int, nargs="+", default=LADDER, help="the mailboxes of scale")
    parser.add_argument("--rounds", type=int, default=5, help="how often each measurement is repeated")
    parser.add_argument("--kills", type=int, default=200, help="how often kill -9 strikes")
    parser.add_argument(
        "--trials", nargs="+", default=["sync", "send", "write"], choices=["sync", "send", "write"], help="while what it strikes"
    )
    parser.add_argument("--seed", type=int, default=1, help="for the moments of the kills; the first of `together`")
    parser.add_argument("--seeds", type=int, default=300, help="how many mailboxes `together` tries")
    parser.add_argument("--minutes", type=float, default=20, help="how long `idle` looks on")
    parser.add_argument("--command", nargs=argparse.REMAINDER, help="the program to start instead of this checkout's")
    return parser.parse_args()


Tables = Iterable[tuple[str, list[Figure]]]


def _start(options: argparse.Namespace) -> Tables:
    from tests.bench.start import measure_start

    return [("Start", measure_start(options.mails, options.rounds, options.command))]


def _keys(options: argparse.Namespace) -> Tables:
    from tests.bench.keys import measure_keys
    from tests.bench.syncing import measure_screen

    return [
        ("Keys", measure_keys(options.mails, command=options.command)),
        ("A new account, and keys while it is collected", measure_screen(options.mails)),
    ]


def _open(options: argparse.Namespace) -> Tables:
    from tests.bench.opening import corpora_folder, measure_corpora, measure_opening

    yield "Opening a mail", measure_opening(options.rounds)
    if folder := corpora_folder():
        yield f"Every mail of {folder.name}", measure_corpora(folder)


def _import(options: argparse.Namespace) -> Tables:
    from tests.bench.importing import measure_import

    return [("Import", measure_import(options.mails, options.rounds))]


def _sync(options: argparse.Namespace) -> Tables:
    from tests.bench.syncing import measure_sync

    return [("Sync", measure_sync(options.mails, options.rounds))]


def _slow(options: argparse.Namespace) -> Tables:
    from tests.bench.slow_line import measure_slow_line

    return [("A slow line", measure_slow_line())]


def _scale(options: argparse.Namespace) -> Tables:
    from tests.bench.homes import filled_home
    from tests.bench.keys import measure_fold, measure_keys
    from tests.bench.queries import measure_queries
    from tests.bench.resyncing import measure_resync
    from tests.bench.start import measure_start

    measured: dict[int, list[Figure]] = {}
    for count in options.sizes:
        with filled_home(count):
            figures = measure_start(count, options.rounds, options.command) + measure_keys(count, command=options.command)
            figures += measure_fold(count, command=options.command) + measure_queries(count)
        figures += measure_resync(count, options.rounds)
        measured[count] = figures
        yield f"Scale: {count:,} mails", figures
    show_across(measured)


def _query(options: argparse.Namespace) -> Tables:
    from tests.bench.queries import measure_queries

    return [(f"Queries, {options.mails:,} mails", measure_queries(options.mails))]


def _compose(options: argparse.Namespace) -> Tables:
    from tests.bench.composing import measure_composing

    return [("Writing", measure_composing(options.rounds))]


def _kill(options: argparse.Namespace) -> Tables:
    from tests.bench import kills, writing

    trials, number, seed = options.trials, options.kills, options.seed
    sync = kills.kill_while_syncing(number, seed) if "sync" in trials else None
    send = kills.kill_while_sending(number, seed) if "send" in trials else None
    written = writing.kill_while_writing(number, seed) if "write" in trials else []
    complaints = [line for damage in (sync, send) if damage is not None for line in damage.complaints]
    for complaint in (*complaints, *(one.complaint for one in written if one.complaint)):
        print("  " + complaint)
    figures = kills.figures_syncing(sync) if sync is not None else []
    if send is not None:
        print("  struck at " + ", ".join(f"{step} {times}" for step, times in send.struck.most_common()))
        print("  in the end " + ", ".join(f"{state} {times}" for state, times in send.states.most_common()))
        figures += kills.figures_sending(send)
    return [("Kills", figures + (writing.figures(written) if written else []))]


def _together(options: argparse.Namespace) -> Tables:
    from tests.bench.together import measure_together

    return [("Two programs and a user", measure_together(options.seeds, options.seed))]


def _hostile(options: argparse.Namespace) -> Tables:
    from tests.bench.hostility import measure_hostility

    return [("Servers with bad habits", measure_hostility())]


def _idle(options: argparse.Namespace) -> Tables:
    from tests.bench.idling import measure_idling

    return [(f"An engine with nothing to do, {options.minutes:g} minutes", measure_idling(options.minutes))]


def _memory(options: argparse.Namespace) -> Tables:
    from tests.bench.memory import measure_memory

    return [("Memory", measure_memory(options.mails))]


def _merge(options: argparse.Namespace) -> Tables:
    from tests.bench.merges import measure_merges

    return [("A mail merge", measure_merges())]


MEASURES: dict[str, Callable[[argparse.Namespace], Tables]] = {
    "start": _start,
    "key": _keys,
    "compose": _compose,
    "query": _query,
    "open": _open,
    "import": _import,
    "sync": _sync,
    "slow": _slow,
    "scale": _scale,
    "kill": _kill,
    "together": _together,
    "hostile": _hostile,
    "idle": _idle,
    "merge": _merge,
    "memory": _memory,
}

if __name__ == "__main__":
    sys.exit(main())
