"""CORREIO_REQUIRE_SERVERS=1: a test of a real server that was skipped fails the run."""

from __future__ import annotations

import pytest

from tests import conftest


@pytest.mark.parametrize(
    ("reason", "counted"), [(conftest.NO_CORPORA, []), ("Dovecot is not installed: this test needs the real program", ["a::b"])]
)
def test_only_what_can_be_installed_is_required(monkeypatch: pytest.MonkeyPatch, reason: str, counted: list[str]) -> None:
    """A machine with every server and without foreign mail could never pass."""
    skipped: list[str] = []
    monkeypatch.setattr(conftest, "_skipped", skipped)
    conftest.pytest_runtest_logreport(
        pytest.TestReport("a::b", ("a", 1, "b"), {"server": 1}, "skipped", ("a", 1, f"Skipped: {reason}"), "setup")
    )
    assert skipped == counted
