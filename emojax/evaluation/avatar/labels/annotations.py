"""Reads face attributes that people labelled by eye, from CSV files that may come from anywhere."""

import csv
import dataclasses
import io
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from emojax.core.errors import UserError
from emojax.evaluation.measures.segmentation import held_out

BUILT_IN: Final = "celebamask"
"""Name of the labels that come with emojax; see README.md beside them."""

HELD_OUT: Final = "^[01]"
"""Regular expression of the faces of `BUILT_IN` that figures are reported on. Constants and nets are fitted
on the others."""

_FOLDER: Final = Path(__file__).parent
_FILES: Final = (_FOLDER / "face_attributes.csv", _FOLDER / "face_attributes_second.csv")

_ID: Final = "id"
_MAX_BYTES: Final = 2**24
"""Of a CSV file: about 100,000 faces. A larger one is refused before it is read."""

Table = Mapping[str, Mapping[str, str]]
"""By face, and by column, the word that was chosen."""


@dataclasses.dataclass(frozen=True)
class Annotations:
    """Labels of faces.

    Attributes:
      source: what reports call them: `BUILT_IN`, or the file's name.
      first: the labels that count as true.
      second: of some of these faces the labels given independently a second time; None if that was not
        done.
    """

    source: str
    first: Table
    second: Table | None


def load(source: str, second: Path | None, columns: Mapping[str, Collection[str]]) -> Annotations:
    """Reads labels.

    Args:
      source: `BUILT_IN`, or a CSV file with the column ``id``, a photo's name without suffix, and
        `columns`. Other columns are ignored.
      second: the same of a second, independent labelling; that of `BUILT_IN` is built in.
      columns: which are needed, and the words that may stand in each.

    Raises:
      UserError: a file is missing, too large, no CSV, lacks a column, has a word that is none of a column's,
        or names a face twice.
    """
    if source == BUILT_IN:
        if second is not None:
            raise UserError(f"--second_labels: --labels {BUILT_IN} has its own; leave --second_labels out")
        return Annotations(source, *(read(path, columns) for path in _FILES))
    first = read(Path(source), columns)
    return Annotations(Path(source).name, first, None if second is None else read(second, columns))


def read(path: Path, columns: Mapping[str, Collection[str]]) -> dict[str, dict[str, str]]:
    """One file of labels; arguments and errors as of `load`."""
    lines = csv.DictReader(io.StringIO(_text(path), newline=""), strict=True)
    try:
        header = lines.fieldnames or []
        for name in (_ID, *columns):
            if header.count(name) != 1:
                what = "has no column" if name not in header else "has more than one column"
                raise UserError(
                    f"{path}: {what} {name!r} in its first line; it needs {_ID}, {', '.join(columns)}"
                )
        found: dict[str, dict[str, str]] = {}
        for row in lines:
            face, number = row[_ID], lines.line_num
            if None in row or None in row.values():
                raise UserError(f"{path}: line {number} has not as many cells as the first; mend it")
            if not face or face in found:
                what = f"names the face {_short(face)} again" if face else "names no face"
                raise UserError(f"{path}: line {number} {what}; give one row for each face")
            found[face] = {name: row[name] for name in columns}
            for name, word in found[face].items():
                if word not in columns[name]:
                    words = ", ".join(columns[name])
                    raise UserError(f"{path}: line {number}, {name}: {_short(word)} is none of {words}")
    except csv.Error as error:
        raise UserError(f"{path}: is no CSV file ({error}); save it as comma-separated text") from error
    if not found:
        raise UserError(f"{path}: has no rows below its first line; give one for each face")
    return found


def check_photos(annotations: Annotations, photos: Collection[str], pattern: str) -> None:
    """Refuses labels of faces whose photos are missing: nearly always a wrong folder or a misspelt name.

    Args:
      annotations: the labels.
      photos: names of all photos there are, without suffix.
      pattern: regular expression; faces that it does not match are not looked at.

    Raises:
      UserError: a labelled face has no photo, or `pattern` is no regular expression.
    """
    names = list(annotations.first)
    chosen = [name for name, picked in zip(names, held_out(names, pattern), strict=True) if picked]
    missing = sorted(set(chosen) - set(photos))
    if missing:
        raise UserError(
            f"--labels {annotations.source}: {len(missing)} of {len(chosen)} faces have no photo, such as "
            f"{_short(missing[0])}; name the folder of their photos with --photos"
        )


def _text(path: Path) -> str:
    if not path.is_file():  # a pipe could keep us waiting for ever
        raise UserError(f"{path}: no such file; give a CSV file of labels, or {BUILT_IN}")
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error}); copy it elsewhere") from error
    if len(data) > _MAX_BYTES:
        raise UserError(f"{path}: is larger than {_MAX_BYTES // 2**20} MB; give a file of labels")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: is no UTF-8 text ({error.reason}); save it as CSV in UTF-8") from error


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}…")
