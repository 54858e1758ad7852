"""Avatar reports read back from the JSON files that were stored of them."""

from pathlib import Path
from typing import Final, TypeVar

import msgspec

from emojax.core.errors import UserError
from emojax.evaluation import documents
from emojax.evaluation.avatar.approaches import Ablation
from emojax.evaluation.avatar.labels.attributes import Compared
from emojax.evaluation.avatar.people import Consistency
from emojax.evaluation.avatar.report import Figures

_T = TypeVar("_T")

EXTRACTOR: Final = "autoencoder"
"""Whose figures are meant where a report has those of several."""


def figures(file: Path) -> Figures:
    """The figures of ``avatar.json``, as ``evaluate avatar --out`` writes it: those of `EXTRACTOR`.

    Raises:
      UserError: the file is missing, too large, damaged, or no such report.
    """
    document = _convert(file, dict[str, Figures])
    if EXTRACTOR not in document:
        raise UserError(f"{file}: has no figures of {EXTRACTOR}; write the report again")
    return document[EXTRACTOR]


def attributes(file: Path) -> dict[str, Compared]:
    """How the avatars of such figures agree with labels.

    Raises:
      UserError: as of `figures`, or the report was made without labels.
    """
    found = figures(file).attributes
    if found is None:
        raise UserError(f"{file}: was made with no labels; write the report again with --labels")
    return found


def people(file: Path) -> Consistency:
    """The figures that ``evaluate people --out FILE.json`` writes.

    Raises:
      UserError: the file is missing, too large, damaged, or no such report.
    """
    return _convert(file, Consistency)


def ablation(file: Path) -> Ablation:
    """The figures that ``evaluate approaches --out FILE.json`` writes.

    Raises:
      UserError: the file is missing, too large, damaged, or no such report.
    """
    found = _convert(file, Ablation)
    if not found.rows:
        raise UserError(f"{file}: has no rows; write the report again")
    return found


def _convert(file: Path, form: type[_T]) -> _T:
    try:
        return msgspec.convert(documents.load(file), form)
    except msgspec.ValidationError as error:
        raise UserError(f"{file}: is no such report ({error}); write it again") from error
