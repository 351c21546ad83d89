"""The files in an archive (zip, tar), to be looked at, opened and saved one by one."""

from __future__ import annotations

from core.archive import Archive
from core.errors import CorreioError
from tui.archive_page import archive_notices, archive_summary
from tui.file_sources import HeldFiles, PackedFiles
from tui.file_words import type_words
from tui.files import File
from tui.screens.attachments import AttachmentsScreen
from tui.translation import _
from tui.widgets.sheet import human_size


class ArchiveScreen(AttachmentsScreen):
    """As the list of attachments, once the archive has been read; nothing of it is on the disk before somebody saves it."""

    def __init__(self, archive: File) -> None:
        super().__init__(HeldFiles(archive.title, ()))
        self._file = archive
        self._found: Archive | None = None

    def on_mount(self) -> None:
        """Read what is in it, beside everything else."""
        super().on_mount()
        data = self._file.data or b""

        def work(db: object) -> Archive:
            from core.archive import read_archive

            return read_archive(data)

        self.correio.desk.look_up(work, self._read)

    def _read(self, found: Archive | None, error: CorreioError | None) -> None:
        if self.gone:
            return
        if found is None:
            self.complain(error or CorreioError("packed-damaged", name=self._file.title))
            return
        self._found = found
        self.source = PackedFiles(self.correio.desk, self._file.title, self._file.data or b"", found)
        self._show(self._cursor)

    def _summary(self) -> str:
        return archive_summary(self._found) if self._found is not None else ""

    def _label(self, file: File) -> str:
        return self._path(file) or file.title

    def _path(self, file: File) -> str:
        return self.source.entries[id(file)].name if isinstance(self.source, PackedFiles) else ""

    def _columns(self, file: File) -> tuple[str, ...]:
        sign = self.correio.glyphs.urgent if file.problems else ""
        date = self.source.entries[id(file)].date if isinstance(self.source, PackedFiles) and self.size.width >= 60 else ""
        return date, type_words(file.type, file.name), human_size(file.size), sign

    @property
    def _all(self) -> list[File]:
        """What needs a password, and what is no file, cannot be had."""
        return [one for one in self.source.files if not {"locked", "link"} & set(one.problems)]

    def _about(self, file: File | None) -> list[str]:
        if self._found is None:
            return [_("Reading the archive…")]
        words = super()._about(file) if file is not None else []
        if file is not None:
            words[0] = self._label(file)
        return [*words, *archive_notices(self._found)]
