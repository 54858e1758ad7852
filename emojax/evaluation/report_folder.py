"""A report as a folder of files: all of them, or none."""

import contextlib
from collections.abc import Collection, Iterator
from pathlib import Path

from emojax.core.errors import UserError
from emojax.core.files import replacing_directory


@contextlib.contextmanager
def writing(out: Path, *, main: str, kind: str, suffixes: Collection[str]) -> Iterator[Path]:
    """Yields a folder that becomes `out` at the end; if the block raises, `out` is as it was.

    Args:
      out: what ``--out`` names; an earlier report there is replaced whole.
      main: the file that every such report has.
      kind: what a report is called, such as "avatar report".
      suffixes: of the files that a report may hold.

    Raises:
      UserError: `out` is a file, holds what no earlier report wrote, or cannot be written.
    """

    def check() -> None:
        """A folder that is replaced whole must not be anybody's photos."""
        files = list(out.iterdir()) if out.is_dir() else []
        strange = [file for file in files if not file.is_file() or file.suffix not in suffixes]
        if strange or (files and not (out / main).is_file()):
            raise UserError(f"--out {out}: holds what is no {kind}; name a new folder")

    if out.exists() and not out.is_dir():
        raise UserError(f"--out {out} is a file: give a folder")
    check()
    try:
        with replacing_directory(out.resolve()) as folder:
            yield folder
            check()  # again, minutes later
    except OSError as error:
        raise UserError(
            f"--out {out}: cannot be written ({error.strerror or error}); choose another place"
        ) from error
