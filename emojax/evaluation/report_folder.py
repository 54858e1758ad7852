"""Writes a report's folder: all of its files, or none."""

import contextlib
from collections.abc import Collection, Iterator
from pathlib import Path

from emojax.core.errors import UserError
from emojax.core.files import replacing_directory


@contextlib.contextmanager
def writing(out: Path, *, main: str, kind: str, suffixes: Collection[str]) -> Iterator[Path]:
    """Yields a temporary folder that replaces `out` at the end; if the block raises, `out` is unchanged.

    Args:
      out: of ``--out``; an earlier report there is replaced as a whole.
      main: name of the file that every such report has.
      kind: of report, for messages, such as "avatar report".
      suffixes: of the files that a report may have.

    Raises:
      UserError: `out` is a file, holds other files than an earlier report's, or cannot be written.
    """

    def check() -> None:
        """Replacing a folder must not delete anything but a report."""
        files = list(out.iterdir()) if out.is_dir() else []
        others = [file for file in files if not file.is_file() or file.suffix not in suffixes]
        if others or (files and not (out / main).is_file()):
            raise UserError(f"--out {out}: holds what is no {kind}; name a new folder")

    if out.exists() and not out.is_dir():
        raise UserError(f"--out {out} is a file: give a folder")
    check()
    try:
        with replacing_directory(out.resolve()) as folder:
            yield folder
            check()  # again: minutes may have passed
    except OSError as error:
        raise UserError(
            f"--out {out}: cannot be written ({error.strerror or error}); choose another place"
        ) from error
