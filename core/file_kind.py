"""What a file from a mail is: how it can be shown here, and whether opening it may run something.

The declared type comes first, then the name's ending (many programs send everything as application/octet-stream), then
the first bytes.
"""

from __future__ import annotations

from typing import Literal

from core.tnef import SIGNATURE, TYPE

Kind = Literal["text", "html", "image", "pdf", "table", "card", "calendar", "mail", "container", "archive", ""]
"""'': it cannot be shown here."""

_TYPES: dict[str, Kind] = {
    "text/html": "html", "application/xhtml+xml": "html", "application/pdf": "pdf", "application/x-pdf": "pdf",
    "text/csv": "table", "text/tab-separated-values": "table", "text/vcard": "card", "text/x-vcard": "card",
    "text/directory": "card", "text/calendar": "calendar", "application/ics": "calendar", "message/rfc822": "mail",
    "message/global": "mail", TYPE: "container", "application/vnd.ms-tnef": "container", "application/json": "text",
    "application/xml": "text", "application/x-sh": "text", "application/javascript": "text", "application/pgp-keys": "text",
    "application/zip": "archive", "application/x-zip-compressed": "archive", "application/x-zip": "archive",
    "multipart/x-zip": "archive", "application/x-tar": "archive", "application/x-gtar": "archive",
    "application/x-compressed-tar": "archive", "application/x-bzip-compressed-tar": "archive",
    "application/x-xz-compressed-tar": "archive",
    "application/x-patch": "text", "application/x-yaml": "text", "application/toml": "text",
}  # fmt: skip
_ENDINGS: dict[str, Kind] = {
    "html": "html", "htm": "html", "xhtml": "html", "pdf": "pdf", "csv": "table", "tsv": "table", "vcf": "card", "vcard": "card",
    "ics": "calendar", "eml": "mail", "png": "image", "jpg": "image", "jpeg": "image", "gif": "image", "webp": "image",
    "bmp": "image", "txt": "text", "md": "text", "patch": "text", "diff": "text", "log": "text", "json": "text", "xml": "text",
    "asc": "text", "yaml": "text", "yml": "text", "toml": "text", "ini": "text", "conf": "text", "py": "text", "c": "text",
    "h": "text", "rs": "text", "go": "text", "js": "text", "sh": "text", "tex": "text", "zip": "archive",
    "tar": "archive", "tgz": "archive", "tbz2": "archive", "txz": "archive",
}  # fmt: skip
_SIGNS: tuple[tuple[bytes, Kind], ...] = (
    (b"%PDF-", "pdf"), (b"\x89PNG\r\n\x1a\n", "image"), (b"\xff\xd8\xff", "image"), (b"GIF8", "image"), (b"BEGIN:VCARD", "card"),
    (b"BEGIN:VCALENDAR", "calendar"), (SIGNATURE, "container"),
)  # fmt: skip
_PACKED_TARS = (".tar.gz", ".tar.bz2", ".tar.xz")
_ZIPPED = frozenset(("docx", "docm", "dotx", "xlsx", "xlsm", "pptx", "pptm", "odt", "ods", "odp", "epub", "jar", "apk", "xpi"))
"""Endings of what is a zip, and no archive to people."""
_PROGRAM_ENDINGS = frozenset((
    "app", "appimage", "apk", "application", "bash", "bat", "class", "cmd", "com", "command", "cpl", "csh", "deb",
    "desktop", "dll", "dmg", "elf", "exe", "fish", "gadget", "hta", "inf", "jar", "js", "jse", "lnk", "msc", "msh", "msi",
    "msp", "mst", "pif", "pl", "ps1", "psm1", "py", "pyc", "pyw", "rb", "reg", "rpm", "run", "scf", "scr", "sh", "so", "sys",
    "url", "vb", "vbe", "vbs", "wasm", "workflow", "ws", "wsc", "wsf", "wsh", "xpi", "xul", "zsh", "docm", "dotm", "xlsm",
    "xltm", "xlam", "pptm", "potm", "ppam", "one", "iso", "img", "vhd", "vhdx", "chm",
))  # fmt: skip
"""Endings of what runs, or of what brings along something that does (macros, disk images)."""
_PROGRAM_SIGNS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa", b"[Desktop Entry]")
_VAGUE = ("application/octet-stream", "application/x-unknown", "application/unknown", "application/binary", "")


def ending_of(name: str) -> str:
    """`pdf` of "a.PDF "; '' where there is none."""
    stem, dot, ending = name.strip(" .").rpartition(".")
    return ending.lower() if dot and stem and len(ending) <= 12 else ""


def kind_of(type: str, name: str, head: bytes = b"") -> Kind:
    """How a file can be shown; `head`: its first bytes, as far as they are here."""
    found = _TYPES.get(type)
    if found is not None:
        return found if found != "archive" or ending_of(name) not in _ZIPPED else ""
    if type.startswith("image/") and type != "image/svg+xml":
        return "image"
    if found := _ENDINGS.get(ending_of(name)):
        return found
    if type.startswith("text/") or type == "image/svg+xml" or type.endswith(("+xml", "+json")):
        return "text"
    if name.lower() in ("winmail.dat", "win.dat"):
        return "container"
    if name.lower().strip(" .").endswith(_PACKED_TARS):
        return "archive"
    by_sign = next((kind for sign, kind in _SIGNS if head.startswith(sign)), None)
    if by_sign is not None:
        return by_sign
    return "text" if type in _VAGUE and _is_text(head) else ""


def may_run(type: str, name: str, head: bytes = b"") -> bool:
    """Whether opening the file with another program may run what the sender wrote."""
    if ending_of(name) in _PROGRAM_ENDINGS or head.startswith(_PROGRAM_SIGNS):
        return True
    return "executable" in type or type in ("application/x-sh", "application/x-msdownload", "application/x-desktop")


def disguised(type: str, name: str, head: bytes) -> bool:
    """Whether a file that calls itself a document or a picture begins as a program does."""
    calls_itself = type.partition("/")[0] in ("image", "text", "audio", "video") or ending_of(name) not in _PROGRAM_ENDINGS
    return calls_itself and head.startswith(_PROGRAM_SIGNS) and not (head.startswith(b"#!") and type.startswith("text/"))


def _is_text(head: bytes) -> bool:
    if not head or b"\0" in head:
        return False
    try:
        head[:512].decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > min(len(head), 512) - 4  # a character cut in two
    return not any(byte < 9 or 13 < byte < 27 for byte in head[:512])
