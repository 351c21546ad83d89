"""How large something is, as people write it: in thousands, as file managers count."""

from __future__ import annotations

UNITS = ("B", "KB", "MB", "GB")


def measured(size: int) -> tuple[str, str]:
    """Bytes as a number and one of UNITS: `812 B`, `12 KB`, `3.4 MB`, `1.0 GB`."""
    if size < 1000:
        return str(size), "B"
    if size < 999_500:
        return str(max(round(size / 1000), 1)), "KB"
    return (f"{size / 1e6:.1f}", "MB") if size < 999_950_000 else (f"{size / 1e9:.1f}", "GB")
