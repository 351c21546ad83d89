"""How the pause between two tries grows, and when it begins anew."""

from __future__ import annotations

from accounts.retries import HELD, Retries


def test_pauses_grow_until_a_connection_has_served_for_a_while() -> None:
    now = [0.0]
    retries = Retries(lambda: now[0])
    assert [retries.failed() for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    for short in (0.0, HELD - 1):
        retries.serving()
        now[0] += short
        retries.serving()  # said again, counted from the first time
        assert retries.failed() == 60
    now[0] += 1000
    assert retries.failed() == 60, "it did not serve meanwhile"
    retries.serving()
    now[0] += HELD
    assert [retries.failed(), retries.failed()] == [1, 2]
    retries.forget()
    assert retries.failed() == 1
