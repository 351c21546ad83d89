"""What a file is, in words: "PDF", "image (PNG)", "Excel table" instead of `application/vnd.…`."""

from __future__ import annotations

from core.clean import clean_line
from core.file_kind import ending_of, kind_of, may_run
from tui.translation import N_, _

_OFFICE = {
    "doc": N_("Word document"), "docx": N_("Word document"), "dotx": N_("Word document"), "docm": N_("Word document with macros"),
    "xls": N_("Excel table"), "xlsx": N_("Excel table"), "xlsm": N_("Excel table with macros"),
    "ppt": N_("PowerPoint slides"), "pptx": N_("PowerPoint slides"), "pptm": N_("PowerPoint slides with macros"),
    "odt": N_("OpenDocument text"), "ods": N_("OpenDocument table"), "odp": N_("OpenDocument slides"),
    "rtf": N_("RTF document"), "epub": N_("book (EPUB)"),
}  # fmt: skip
_TYPES = {
    "application/msword": "doc", "application/vnd.ms-excel": "xls", "application/vnd.ms-powerpoint": "ppt",
    "application/rtf": "rtf", "text/rtf": "rtf", "application/epub+zip": "epub",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.oasis.opendocument.text": "odt", "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.presentation": "odp",
}  # fmt: skip
_ARCHIVES = frozenset(("zip", "gz", "tgz", "bz2", "xz", "7z", "rar", "tar", "zst", "lz4"))
_KINDS = {
    "text": N_("text"), "html": N_("web page"), "pdf": N_("PDF"), "table": N_("table"), "card": N_("contact"),
    "calendar": N_("calendar"), "mail": N_("mail"), "container": N_("Outlook's container"), "archive": N_("archive"),
}  # fmt: skip
_REPORTS = {
    "message/delivery-status": N_("delivery report"), "message/global-delivery-status": N_("delivery report"),
    "message/disposition-notification": N_("read receipt"), "message/global-disposition-notification": N_("read receipt"),
    "text/rfc822-headers": N_("headers of a mail"),
}  # fmt: skip
LONGEST = 28


def type_words(type: str, name: str) -> str:
    """What a file of this type and name is, for a list; the type itself where there are no words for it."""
    ending = ending_of(name)
    if type in _REPORTS:
        return _(_REPORTS[type])
    if may_run(type, name) and ending not in _OFFICE:
        return _with_ending(_("program"), ending)
    office = _OFFICE.get(ending) or _OFFICE.get(_TYPES.get(type, ""))
    if office:
        return _(office)
    if ending in _ARCHIVES or type in ("application/zip", "application/gzip", "application/x-tar"):
        return _with_ending(_("archive"), ending or type.rpartition("/")[2].removeprefix("x-"))
    kind = kind_of(type, name)
    if kind == "image":
        inner = type.rpartition("/")[2] if type.startswith("image/") else ending
        return _with_ending(_("image"), inner.removeprefix("x-").partition("+")[0])
    if kind == "table":
        return _with_ending(_("table"), "tsv" if type == "text/tab-separated-values" or ending == "tsv" else "csv")
    if kind:
        return _(_KINDS[kind])
    main = {"audio": _("sound"), "video": _("film"), "font": _("font")}.get(type.partition("/")[0])
    if main:
        return _with_ending(main, ending or type.rpartition("/")[2])
    if type in ("", "application/octet-stream", "application/x-unknown", "application/unknown", "application/binary"):
        return _with_ending(_("file"), ending)
    return clean_line(type)[:LONGEST]


def _with_ending(words: str, ending: str) -> str:
    shown = clean_line(ending).upper()
    return _("{what} ({format})").format(what=words, format=shown) if shown and len(shown) <= 8 else words
