"""Face parser reports read back from the JSON files that were stored of them."""

from pathlib import Path

import numpy as np

from emojax.core.errors import UserError
from emojax.data.faces.labels import CLASSES
from emojax.evaluation import documents
from emojax.evaluation.measures.segmentation import Scores


def views(file: Path) -> dict[str, Scores]:
    """The scores by condition of ``parser.json``, as ``evaluate parser --out`` writes it.

    Raises:
      UserError: the file is missing, too large, damaged, or no such report.
    """
    document = documents.load(file)
    try:
        found = {
            name: Scores(*(_by_class(view[measure]) for measure in ("f1", "iou")))
            for name, view in document["views"].items()
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(f"{file}: is no parser report ({error}); write it again") from error
    if not found:
        raise UserError(f"{file}: has no conditions; write the report again")
    return found


def _by_class(values: dict[str, float | None]) -> np.ndarray:
    """``float64[19]``; NaN where neither side has a class."""
    return np.asarray([np.nan if values[name] is None else values[name] for name in CLASSES], np.float64)
