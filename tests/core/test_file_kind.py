"""What files are taken for, and which of them are dangerous to open."""

from __future__ import annotations

import pytest

from core.file_kind import disguised, ending_of, kind_of, may_run


@pytest.mark.parametrize(
    ("type", "name", "head", "kind"),
    [
        ("text/plain", "a.csv", b"", "table"),
        ("text/plain", "notes", b"", "text"),
        ("application/octet-stream", "report.PDF", b"", "pdf"),
        ("application/octet-stream", "unknown", b"%PDF-1.4", "pdf"),
        ("application/octet-stream", "x", b"\x89PNG\r\n\x1a\n", "image"),
        ("application/octet-stream", "x", "Grüße\n".encode(), "text"),
        ("application/octet-stream", "x", b"\x00\x01", ""),
        ("image/svg+xml", "a.svg", b"", "text"),
        ("image/x-odd", "a", b"", "image"),
        ("application/ms-tnef", "winmail.dat", b"", "container"),
        ("application/octet-stream", "WINMAIL.DAT", b"", "container"),
        ("message/rfc822", "", b"", "mail"),
        ("text/x-vcard", "", b"", "card"),
        ("application/zip", "a.zip", b"PK\x03\x04", "archive"),
        ("application/octet-stream", "a.tar.GZ", b"\x1f\x8b", "archive"),
        ("application/gzip", "log.gz", b"\x1f\x8b", ""),
        ("application/zip", "table.XLSX", b"PK\x03\x04", ""),
        ("application/octet-stream", "a.docx", b"PK\x03\x04", ""),
        ("application/x-sh", "run.sh", b"#!", "text"),
    ],
)
def test_kinds(type: str, name: str, head: bytes, kind: str) -> None:
    assert kind_of(type, name, head) == kind


@pytest.mark.parametrize(
    ("type", "name", "head", "dangerous"),
    [
        ("application/pdf", "invoice.pdf", b"%PDF", False),
        ("application/pdf", "invoice.pdf.exe", b"", True),
        ("image/jpeg", "photo.scr", b"", True),
        ("application/octet-stream", "a", b"\x7fELF", True),
        ("text/plain", "a.desktop", b"", True),
        ("text/plain", "setup.exe ", b"", True),
        ("application/x-msdownload", "a", b"", True),
        ("text/plain", "a.txt", b"hello", False),
        ("application/vnd.ms-word.document.macroenabled.12", "a.docm", b"PK", True),
    ],
)
def test_what_may_run(type: str, name: str, head: bytes, dangerous: bool) -> None:
    assert may_run(type, name, head) is dangerous


def test_disguises() -> None:
    assert disguised("application/pdf", "a.pdf", b"MZ\x90") and disguised("image/png", "a.exe", b"MZ")
    assert not disguised("application/octet-stream", "a.exe", b"MZ") and not disguised("application/pdf", "a.pdf", b"%PDF")
    assert ending_of(".bashrc") == "" and ending_of("a.tar.GZ ") == "gz" and ending_of("x." + "y" * 20) == ""
