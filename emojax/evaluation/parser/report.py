"""Scores of a face parser: upright, rotated, at half scale and at low resolution, and the faces with the
lowest."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from PIL import Image

from emojax.core.errors import UserError
from emojax.core.markdown import table
from emojax.data.faces import builder
from emojax.data.faces.labels import CLASSES, colorize
from emojax.evaluation.measures.segmentation import (
    Predict,
    Scores,
    batches,
    confusion,
    evaluate,
    held_out,
    scores,
)

_SIZE: Final = 512  # pixels of a side that photos are scored at

View = Callable[[Image.Image, Image.Resampling], Image.Image]
"""Transforms a photo, or its label map with another resampling."""


def _rotated(picture: Image.Image, resampling: Image.Resampling) -> Image.Image:
    return picture.rotate(45, resample=resampling)


def _half(picture: Image.Image, resampling: Image.Resampling) -> Image.Image:
    side = picture.width
    small = picture.resize((side // 2, side // 2), resampling)
    canvas = Image.new(picture.mode, picture.size)
    canvas.paste(small, (side // 4, side // 4))
    return canvas


def _coarse(picture: Image.Image, resampling: Image.Resampling) -> Image.Image:
    if resampling == Image.Resampling.NEAREST:
        return picture  # the label map keeps its resolution
    return picture.resize((200, 200), resampling).resize(picture.size, resampling)


VIEWS: Final[dict[str, View]] = {
    "upright": lambda picture, _: picture,
    "rotated by 45°": _rotated,
    "at half scale": _half,
    "at 200 px": _coarse,
}
"""Transforms of the report by name. Pixels that they leave empty are black, and labelled background."""


class Face(NamedTuple):
    """The score of one face.

    Attributes:
      name: of the photo.
      mean_f1: over the classes of its label map and its prediction but background.
      pictures: photo, label map and prediction in colours, ``uint8[3, S, S, 3]``.
    """

    name: str
    mean_f1: float
    pictures: np.ndarray


class Report(NamedTuple):
    """Scores by name of a view, and the upright faces with the lowest, in rising order."""

    views: dict[str, Scores]
    worst: list[Face]


def view(name: str, images: np.ndarray, masks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Applies a transform of `VIEWS` to photos ``uint8[N, S, S, 3]`` and label maps ``uint8[N, S, S]``."""

    def apply(arrays: np.ndarray, resampling: Image.Resampling) -> np.ndarray:
        return np.stack([np.asarray(VIEWS[name](Image.fromarray(a), resampling)) for a in arrays])

    return apply(images, Image.Resampling.BICUBIC), apply(masks, Image.Resampling.NEAREST)


def report(predict: Predict, faces: Path, *, validation: str, worst: int) -> Report:
    """Scores a parser on the faces of a folder, at 512 x 512 pixels.

    Args:
      predict: the parser.
      faces: folder of photos and label maps, as of `emojax.data.faces.builder.load`.
      validation: regular expression of the names to score.
      worst: number of faces to list.

    Raises:
      UserError: the folder holds no such faces, or the expression is none.
    """
    loaded = builder.load(faces, size=_SIZE)
    chosen = held_out(loaded.names, validation)
    if not chosen.any():
        raise UserError(f"--validation: no name of the {len(chosen)} photos matches {validation!r}")
    images, masks = loaded.images[chosen], loaded.masks[chosen]
    views = {name: evaluate(predict, *view(name, images, masks)) for name in VIEWS}
    names = [name for name, picked in zip(loaded.names, chosen, strict=True) if picked]
    return Report(views, _worst(predict, names, images, masks, worst))


def _worst(
    predict: Predict, names: Sequence[str], images: np.ndarray, masks: np.ndarray, count: int
) -> list[Face]:
    labels = np.concatenate([predict(photos) for photos, _ in batches(8, images, masks)])
    means = [
        scores(confusion(truth, found)).mean_f1
        for truth, found in zip(masks, labels[: len(masks)], strict=True)
    ]

    def face(i: int) -> Face:
        return Face(names[i], means[i], np.stack([images[i], colorize(masks[i]), colorize(labels[i])]))

    return [face(int(i)) for i in np.argsort(means)[:count]]


def markdown(views: dict[str, Scores]) -> str:
    """A Markdown table of F1 with a row for each class and a column for each view."""
    header = ["class", *(f"F1 {name}" for name in views), "IoU"]
    first = next(iter(views.values()))
    rows = [
        [CLASSES[i], *(f"{s.f1[i]:.3f}" for s in views.values()), f"{first.iou[i]:.3f}"]
        for i in range(1, len(CLASSES))
    ]
    rows.append(["**mean of 18**", *(f"{s.mean_f1:.3f}" for s in views.values()), f"{first.mean_iou:.3f}"])
    rows.append(["**mean of the avatar's 12**", *(f"{s.avatar_f1:.3f}" for s in views.values()), ""])
    return table(header, rows)


def as_json(found: Report) -> dict[str, Any]:
    """The report without its pictures; scores of classes without pixels are None."""

    def by_class(values: np.ndarray) -> dict[str, float | None]:
        return {
            name: float(value) if np.isfinite(value) else None
            for name, value in zip(CLASSES, values, strict=True)
        }

    return {
        "views": {
            name: {
                "mean_f1": seen.mean_f1,
                "avatar_f1": seen.avatar_f1,
                "mean_iou": seen.mean_iou,
                "f1": by_class(seen.f1),
                "iou": by_class(seen.iou),
            }
            for name, seen in found.views.items()
        },
        "worst": [{"name": face.name, "mean_f1": face.mean_f1} for face in found.worst],
    }
