"""The file of `emojax.training.attributes.views`."""

import dataclasses
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np

from emojax.core.errors import UserError
from emojax.data.faces.attributes import WORDS

_GAINS: Final = {"verdicts": 2.0}
"""Factors of the groups' influence, where they are not 1: rules' verdicts are few, and most are right.
Smaller: they drown in the others. Larger: what they get wrong stays wrong."""

_FIELDS = ("features", "words", "held_out", "groups", "sizes")


@dataclasses.dataclass(frozen=True)
class Views:
    """Features of V views of N faces.

    Attributes:
      features: ``float16[V, N, F]``.
      words: ``int32[N, A]``, indices into each attribute's words.
      held_out: ``bool[N]``, faces that are not trained on.
      sizes: features of each group, in their order.
    """

    features: np.ndarray
    words: np.ndarray
    held_out: np.ndarray
    sizes: Mapping[str, int]


def read(path: Path | None) -> Views:
    """Reads the file.

    Args:
      path: the value of ``--data_dir``.

    Raises:
      UserError: none was given, or there is no such file.
    """
    if path is None:
        raise UserError("--data_dir is missing: give the file of python -m emojax.training.attributes.views")
    try:
        with np.load(path, allow_pickle=False) as file:
            found = {name: file[name] for name in _FIELDS}
        views = Views(
            found["features"],
            found["words"],
            found["held_out"],
            dict(zip(found["groups"].tolist(), found["sizes"].tolist(), strict=True)),
        )
        _, N, F = views.features.shape
        shapes = views.words.shape, views.held_out.shape, sum(views.sizes.values())
        if shapes != ((N, len(WORDS)), (N,), F):
            raise ValueError("its arrays do not fit")
        if views.held_out.all() or not views.held_out.any():
            raise ValueError("it needs faces to train on and faces held out")
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise UserError(
            f"--data_dir {path}: is no file of python -m emojax.training.attributes.views ({error}); give one"
        ) from error
    return views


def statistics(rows: np.ndarray, sizes: Mapping[str, int]) -> dict[str, np.ndarray]:
    """The statistics that `emojax.models.faces.attributes.AttributeHeads` takes.

    Args:
      rows: ``float16[N, F]`` of the training faces.
      sizes: features of each group.

    Returns:
      ``mean``, ``inverse`` and ``gain``, ``float32[F]``: a group's features have one over the root
      of their number as their gain, so that each group has as much influence.
    """
    x = rows.astype(np.float32)
    gain = np.concatenate(
        [np.full(size, _GAINS.get(name, 1.0) * size**-0.5, np.float32) for name, size in sizes.items()]
    )
    return {"mean": x.mean(0), "inverse": 1 / (x.std(0) + 1e-3), "gain": gain}
