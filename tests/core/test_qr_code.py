"""QR codes: compared with what another implementation draws, and shown so that a telephone can read them."""

from __future__ import annotations

import hashlib

import pytest

from core import qr_code as qr

URL = "https://login.example.org/?code=" + "aB3" * 2000


def drawn(length: int, version: int, mask: int) -> str:
    """The modules as text, hashed."""
    drawing = qr._Drawing(version)
    drawing.fill(qr._with_checks(qr._packed(URL[:length].encode(), version), version))
    rows = ["".join("1" if dark else "0" for dark in row) for row in drawing.masked(mask)]
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16]


@pytest.mark.parametrize(
    ("length", "version", "mask", "hash"),
    [
        (17, 1, 0, "caed0195da461dc8"),
        (134, 6, 1, "c953cca74d724744"),
        (154, 7, 2, "8df4a7792e3ad961"),
        (321, 11, 3, "e7949ebc6455e4e0"),
        (858, 20, 4, "178c94b72f6fd4cb"),
        (1465, 27, 5, "58ecb3077f223405"),
        (2953, 40, 6, "9602f398d74f6d47"),
        (106, 5, 7, "25fc6b6ff09c91a8"),
    ],
)
def test_the_same_modules_as_another_implementation_draws(length: int, version: int, mask: int, hash: str) -> None:
    assert drawn(length, version, mask) == hash


def test_sizes() -> None:
    for length, modules in ((1, 21), (17, 21), (18, 25), (271, 57), (272, 61), (2953, 177)):
        matrix = qr.qr_code("x" * length)
        assert matrix is not None and len(matrix) == len(matrix[0]) == modules
    assert qr.qr_code("x" * 2954) is None


def test_half_blocks() -> None:
    lines = qr.half_blocks([[True, False], [False, True]])
    assert lines == ["██████", "██▀▄██"[:2] + "▄▀" + "██", "██████"]
    matrix = qr.qr_code("https://example.org/")
    assert matrix is not None
    shown = qr.half_blocks(matrix)
    assert len(shown) == (len(matrix) + 2 * qr.QUIET + 1) // 2
    assert {len(line) for line in shown} == {len(matrix) + 2 * qr.QUIET}
