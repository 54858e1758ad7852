"""Paths that users give: homes are expanded, URLs refused, and no output replaces an input or an output."""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from emojax.core.errors import UserError

_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_MAX_NESTED: Final = 4
"""More would only cost time; fewer would refuse archives with a folder in a folder, as Kaggle's CelebA."""

_MAX_NAME: Final = 255
"""Bytes of a file's name, on nearly all file systems."""

WRITTEN_BY_RUNS: Final = (
    *("config.json", "metrics.jsonl", "labels.json", "parts.json", "slots.json", "vocabulary.json"),
    "names.json",
    *("checkpoints", "best", "samples", "training.gif"),
)
"""What training writes in its work directory, besides TensorBoard's events."""

_READ: Final = (*WRITTEN_BY_RUNS, "style.json", "parts", "templates")
"""What programs read of a work directory, and of a style's folder; outputs may lie beside them."""


def local(text: str) -> Path:
    """The path that `text` names; ``~`` and ``~user`` at its beginning become home folders.

    Raises:
      UserError: it is empty, a URL, names the home of nobody, or has a name longer than file systems allow.
    """
    if not text:
        raise UserError("an empty path: give the name of a file or folder")
    if _URL.match(text):
        raise UserError(
            f"{text} is a URL, and only local files are read and written: copy it here, or mount it (gs:// "
            "with gcsfuse, s3:// with mount-s3) and give the path of the mount"
        )
    try:
        path = Path(text).expanduser()
    except RuntimeError as error:
        raise UserError(f"{text}: {error}; write the whole path") from error
    longest = max((os.fsencode(part) for part in path.parts), key=len, default=b"")
    if len(longest) > _MAX_NAME:
        raise UserError(
            f"{text[:40]}...: a name in this path has {len(longest)} bytes, and file systems allow "
            f"{_MAX_NAME}; choose a shorter one"
        )
    return path


def name_or_local(text: str) -> str:
    """`text` if it is a plain name, of something that ships; else the path of `local`, as text.

    Raises:
      UserError: as `local`.
    """
    return str(local(text)) if text.startswith("~") or re.search(r"[/\\]", text) else text


def unpacked(folder: Path, holds: Callable[[Path], bool]) -> Path:
    """Where an archive that was unpacked into `folder` has put its contents: there, or in a folder in it that
    is the only one, or the only one in that, up to `_MAX_NESTED` deep.

    Args:
      folder: exists.
      holds: whether a folder holds the contents.
    """
    for _ in range(_MAX_NESTED):
        inside = [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith((".", "_"))]
        if holds(folder) or len(inside) != 1:
            break
        folder = inside[0]
    return folder


def refuse_replacing(outputs: Mapping[str, Path], inputs: Iterable[Path | None]) -> None:
    """Checks that no output is an input, another output or a folder with an input, whatever links lead there.

    Args:
      outputs: by what the error calls them, such as ``--out avatar.svg``; a folder is one that is replaced.
      inputs: files and folders. Of a run's work directory and of a style only what is read is an input, of
        another folder every file. None is no input.

    Raises:
      UserError: one is.
    """
    given = [each for each in inputs if each is not None]
    taken = {_place(file): str(file) for each in given for file in _files(each)}
    for name, path in outputs.items():
        other = taken.get(_place(path))
        if other is None and path.is_dir():
            real = path.resolve()
            other = next((str(each) for each in given if real in each.resolve().parents), None)
        if other is not None:
            raise UserError(f"{name}: would replace {other}, which is read or written too; choose another")
        taken[_place(path)] = name


def _files(path: Path) -> Iterator[Path]:
    yield path
    known = any((path / name).is_file() for name in ("config.json", "style.json"))
    for each in [path / name for name in _READ] if known else [path]:
        if each.is_file():
            yield each
        elif each.is_dir():
            yield from (file for file in each.rglob("*") if not file.is_dir())


def _place(path: Path) -> tuple[int, int] | str:
    """Equal for two paths of one file; a file that does not exist is known by its folder and name."""
    try:
        info = path.stat()
    except (OSError, ValueError):
        return os.path.realpath(path)
    return info.st_dev, info.st_ino
