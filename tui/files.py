"""The files of a message, or of a `winmail.dat`, as the list of attachments shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from core.charset import codec_of
from core.file_kind import Kind, disguised, kind_of, may_run
from core.part import Part
from core.reading import Body
from core.tnef import Container
from tui.translation import _, ngettext

KNOWN_ENCODINGS = frozenset(
    ("7bit", "8bit", "binary", "", "base64", "quoted-printable", "x-uuencode", "uuencode", "x-uue", "uue", "x-yenc", "yenc")
)
HEAD = 600
"""Bytes at the beginning of a file by which it is judged."""


class File(Struct, frozen=True):
    """One file."""

    name: str
    """Cleaned; '' if it has none."""
    type: str
    size: int
    """Bytes, decoded; of one that is still on the server about so many."""
    part: Part | None = None
    """None for a file out of another file."""
    data: bytes | None = None
    """Its bytes, where they need not be looked for."""
    problems: tuple[str, ...] = ()
    """What is wrong with it: ids for `problem_words`."""
    here: bool = True
    """Whether its bytes are on this machine."""

    @property
    def title(self) -> str:
        """The name, or what else it can be called."""
        return self.name or _("(no name: {type})").format(type=self.type or _("unknown"))

    @property
    def kind(self) -> Kind:
        """How it can be shown, as far as name and type tell."""
        return kind_of(self.type, self.name, (self.data or b"")[:HEAD])

    def as_part(self) -> Part:
        """A part whose bytes are those of the file, decoded."""
        if self.part is None:
            return Part("", self.type, name=self.name, encoding="8bit")
        return Part(
            self.part.section, self.type, self.part.params, self.part.charset, self.name, self.part.disposition,
            self.part.content_id, "8bit", self.size, self.part.defects,
        )  # fmt: skip


def files_of(body: Body) -> tuple[File, ...]:
    """The attachments of a message, those that are still on the server too."""
    return tuple(_file(body, part) for part in body.attachments)


def _file(body: Body, part: Part) -> File:
    here = body.has(part)
    name = part.name or (f"{subject}.eml" if here and (subject := body.subject_of(part)) else "")
    return File(name, part.type, part.decoded_size, part, None, _problems(part), here)


def known(file: File, data: bytes, *, damaged: bool = False) -> File:
    """The file now that its bytes are here: its true size, and what they show to be wrong."""
    found = [*file.problems, *(("damaged",) if damaged else ())]
    if disguised(file.type, file.name, data[:HEAD]):
        found.append("disguised")
    return File(file.name, file.type, len(data), file.part, data, tuple(dict.fromkeys(found)), True)


def loaded_files(images: Mapping[str, tuple[str, bytes]]) -> tuple[File, ...]:
    """The remote images of a message that were loaded, by address."""
    from core.html_images import file_name

    return tuple(known(File(file_name(address), type, len(data)), data) for address, (type, data) in images.items())


def files_in(container: Container) -> tuple[File, ...]:
    """The files in a `winmail.dat`."""
    return tuple(known(File(one.name, one.type, len(one.data)), one.data) for one in container.files)


def _problems(part: Part) -> tuple[str, ...]:
    found = list(part.defects)
    if part.encoding not in KNOWN_ENCODINGS:
        found.append("unknown-encoding")
    if part.type.startswith("text/") and part.charset and not codec_of(part.charset):
        found.append("unknown-charset")
    if may_run(part.type, part.name):
        found.append("program")
    return tuple(found)


def problem_words(ids: Iterable[str]) -> list[str]:
    """What is wrong with a file, as sentences."""
    words = {
        "no-boundary": _("It says that it has parts, but not where they begin."),
        "boundary-not-found": _("Its parts could not be found."),
        "not-closed": _("It ends in the middle."),
        "too-deep": _("It is nested too deeply."),
        "too-many-parts": _("It has too many parts: the last are not shown."),
        "bad-type": _("Its type is none."),
        "unknown-encoding": _("It is encoded in a way that nobody knows: its bytes are shown as they came."),
        "unknown-charset": _("Its character set is unknown."),
        "damaged": _("Its encoding is damaged: something of it is missing or wrong."),
        "disguised": _("It calls itself a document, but begins as a program does."),
        "program": _("It is a program, or may run one."),
        "locked": _("It is locked with a password: a program for archives can open it."),
        "link": _("It is no file, but a link to another one."),
        "leads-out": _("Its name leads out of its folder: it is saved under the last part only."),
    }
    return [words.get(id, id) for id in ids]


def summary(files: Iterable[File]) -> str:
    """How many files, for a title."""
    count = len(tuple(files))
    return ngettext("{n} file", "{n} files", count).format(n=count)
