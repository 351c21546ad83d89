"""Sets of numbers in little memory."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.idset import Among, column

NUMBERS = st.lists(st.integers(0, 2**34) | st.integers(0, 50))


@given(NUMBERS, NUMBERS)
def test_among_many_numbers_are_those_and_no_others(numbers: list[int], others: list[int]) -> None:
    many = Among(numbers)
    assert [number for number in numbers + others if number in many] == [
        number for number in numbers + others if number in set(numbers)
    ]


@given(NUMBERS)
def test_a_column_keeps_numbers_in_their_order(numbers: list[int]) -> None:
    assert list(column(numbers)) == numbers
