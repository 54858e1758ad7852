"""How well a face parser does: upright, turned, far away and blurred, and where it does worst."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import jax
import numpy as np
from PIL import Image

from emojax.core.errors import UserError
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

_SCORED_SIZE: Final = 512

View = Callable[[Image.Image, Image.Resampling], Image.Image]
"""What is done to a photo, and to its label map with another resampling."""


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
        return picture  # the labels stay as fine as they are
    return picture.resize((200, 200), resampling).resize(picture.size, resampling)


VIEWS: Final[dict[str, View]] = {
    "upright": lambda picture, _: picture,
    "rotated by 45°": _rotated,
    "at half scale": _half,
    "at 200 px": _coarse,
}
"""Conditions of the report. What a view leaves empty is black, and labelled background."""


class Face(NamedTuple):
    """One face's result.

    Attributes:
      name: of the photo.
      mean_f1: over the classes that it or its prediction shows.
      pictures: ``uint8[3, S, S, 3]``: photo, truth and prediction.
    """

    name: str
    mean_f1: float
    pictures: np.ndarray


class Report(NamedTuple):
    """What `report` finds: scores by view, and the upright faces with the lowest, worst first."""

    views: dict[str, Scores]
    worst: list[Face]


def view(name: str, images: np.ndarray, masks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Photos ``uint8[N, S, S, 3]`` and label maps ``uint8[N, S, S]`` seen as `VIEWS` says."""

    def apply(arrays: np.ndarray, resampling: Image.Resampling) -> np.ndarray:
        return np.stack([np.asarray(VIEWS[name](Image.fromarray(a), resampling)) for a in arrays])

    return apply(images, Image.Resampling.BICUBIC), apply(masks, Image.Resampling.NEAREST)


def report(predict: Predict, faces: Path, *, validation: str, worst: int) -> Report:
    """Scores a parser on the faces of a folder, at 512 x 512 pixels.

    Args:
      predict: the parser.
      faces: folder, see `builder.load`.
      validation: regular expression of the names that count.
      worst: how many faces to show.

    Raises:
      UserError: the folder holds no such faces, or the expression is none.
    """
    loaded = builder.load(faces, size=_SCORED_SIZE)
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
    count_pixels = jax.jit(confusion)
    means = [
        scores(np.asarray(count_pixels(truth, found))).mean_f1
        for truth, found in zip(masks, labels[: len(masks)], strict=True)
    ]

    def face(i: int) -> Face:
        return Face(names[i], means[i], np.stack([images[i], colorize(masks[i]), colorize(labels[i])]))

    return [face(int(i)) for i in np.argsort(means)[:count]]


def markdown(views: dict[str, Scores]) -> str:
    """A table of F1 scores: classes down, conditions across."""
    header = ["class", *(f"F1 {name}" for name in views), "IoU"]
    first = next(iter(views.values()))
    rows = [
        [CLASSES[i], *(f"{s.f1[i]:.3f}" for s in views.values()), f"{first.iou[i]:.3f}"]
        for i in range(1, len(CLASSES))
    ]
    rows.append(["**mean of 18**", *(f"{s.mean_f1:.3f}" for s in views.values()), f"{first.mean_iou:.3f}"])
    rows.append(["**mean of the avatar's 12**", *(f"{s.avatar_f1:.3f}" for s in views.values()), ""])
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def as_json(found: Report) -> dict[str, Any]:
    """The report without its pictures; NaN, where no pixel has a class, is None."""

    def clean(values: np.ndarray) -> dict[str, float | None]:
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
                "f1": clean(seen.f1),
                "iou": clean(seen.iou),
            }
            for name, seen in found.views.items()
        },
        "worst": [{"name": face.name, "mean_f1": face.mean_f1} for face in found.worst],
    }
