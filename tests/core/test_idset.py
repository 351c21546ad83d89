"""Sets of numbers in little memory."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.idset import Runs, to_sequence_set

NUMBERS = st.lists(st.integers(0, 2**32 - 1) | st.integers(0, 50))
SETS = st.sets(st.integers(0, 60) | st.integers(2**32 - 5, 2**32 - 1))


@given(NUMBERS)
def test_runs_are_the_numbers_that_were_given(numbers: list[int]) -> None:
    runs = Runs.of(numbers)
    assert list(runs) == sorted(set(numbers))
    assert len(runs) == len(set(numbers))
    assert [(b > a + 1) for (_, a), (b, _) in zip(list(runs.runs), list(runs.runs)[1:], strict=False)].count(False) == 0
    assert runs == Runs(runs.runs) == Runs.of(set(numbers))


@given(SETS, st.integers(0, 61))
def test_runs_know_what_is_among_them(numbers: set[int], other: int) -> None:
    runs = Runs.of(numbers)
    assert (other in runs) == (other in numbers)
    assert all(number in runs for number in numbers)
    assert "1" not in runs


@given(SETS, SETS)
def test_runs_are_taken_from_one_another(one: set[int], other: set[int]) -> None:
    assert set(Runs.of(one) - Runs.of(other)) == one - other
    assert set(Runs.of(one) & Runs.of(other)) == one & other


@given(SETS, st.integers(-70, 70), st.integers(-70, 70))
def test_places_are_those_of_a_list(numbers: set[int], start: int, stop: int) -> None:
    runs, known = Runs.of(numbers), sorted(numbers)
    assert list(runs[start:stop]) == known[start:stop]
    if -len(known) <= start < len(known):
        assert runs[start] == known[start]
    else:
        with pytest.raises(IndexError):
            runs[start]


@given(SETS, st.integers(1, 9))
def test_from_the_highest_down(numbers: set[int], size: int) -> None:
    parts = list(Runs.of(numbers).down(size))
    assert all(0 < len(part) <= size for part in parts)
    assert [number for part in parts for number in reversed(part)] == sorted(numbers, reverse=True)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 9)).map(lambda pair: (pair[0], sum(pair)))))
def test_ranges_may_touch_and_overlap(ranges: list[tuple[int, int]]) -> None:
    assert set(Runs(sorted(ranges))) == {number for low, high in ranges for number in range(low, high + 1)}


def test_a_million_numbers_with_few_gaps_take_little() -> None:
    runs = Runs([(1, 400_000), (400_002, 1_000_001)])
    assert len(runs) == 1_000_000
    assert to_sequence_set(runs) == "1:400000,400002:1000001"
    assert to_sequence_set(runs - Runs([(1, 999_990)])) == "999991:1000001"
