"""Face parsing: F1 and IoU of label maps by class, and the label maps of a net."""

import dataclasses
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np

from emojax.core.errors import UserError
from emojax.data.faces.labels import CLASSES, UNKNOWN, mirror_scores
from emojax.models import bisenet
from emojax.models.interpolation import resize_bilinear

AVATAR_CLASSES: Final = (1, 2, 3, 4, 5, 6, 10, 11, 12, 13, 17, 18)
"""The classes that avatars are made of: skin, brows, eyes, eyeglasses, nose, mouth, lips, hair, hat."""

Predict = Callable[[np.ndarray], np.ndarray]
"""Photos ``uint8[B, H, W, 3]`` to label maps ``uint8[B, H, W]``."""


@dataclasses.dataclass(frozen=True)
class Scores:
    """Scores by class over the pixels of all photos together; NaN where no pixel has or is given a class.

    Attributes:
      f1: ``float64[19]``, ``2 TP / (2 TP + FP + FN)``.
      iou: ``float64[19]``, ``TP / (TP + FP + FN)``.
    """

    f1: np.ndarray
    iou: np.ndarray

    @property
    def mean_f1(self) -> float:
        """Over the 18 classes that are not background."""
        return float(np.nanmean(self.f1[1:]))

    @property
    def avatar_f1(self) -> float:
        """Over `AVATAR_CLASSES`."""
        return float(np.nanmean(self.f1[list(AVATAR_CLASSES)]))

    @property
    def mean_iou(self) -> float:
        """Over the 18 classes that are not background."""
        return float(np.nanmean(self.iou[1:]))


def confusion(truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Counts pixels by true and predicted class.

    Args:
      truth: integers of any shape; pixels outside 0 to 18 are not counted.
      predicted: of the same shape, 0 to 18.

    Returns:
      ``int64[19, 19]``: rows are the truth.
    """
    K = len(CLASSES)
    known = (truth >= 0) & (truth < K)
    cells = K * truth[known].astype(np.int64) + predicted[known]
    return np.bincount(cells, minlength=K * K).reshape(K, K)


def scores(counts: np.ndarray) -> Scores:
    """`Scores` of an integer confusion matrix ``[19, 19]``."""
    counts = np.asarray(counts, np.float64)
    hits, both = np.diag(counts), counts.sum(0) + counts.sum(1)
    with np.errstate(invalid="ignore"):
        return Scores(f1=2 * hits / both, iou=hits / (both - hits))


def held_out(names: Sequence[str], pattern: str) -> np.ndarray:
    """Selects names by a regular expression: ``bool[N]``, whether `pattern` is found in each.

    Raises:
      UserError: it is no regular expression.
    """
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise UserError(f"{pattern!r} is no regular expression ({error}); give one such as ^[01]") from error
    return np.asarray([compiled.search(name) is not None for name in names])


def class_scores(
    model: bisenet.BiSeNet, variables: Any, images: jax.Array, size: int, mirror: bool
) -> jax.Array:
    """Class scores of every pixel, at the photos' own size.

    Args:
      model: the net.
      variables: its parameters and batch statistics.
      images: ``float[B, H, W, 3]`` in [-1, 1], H and W at least `size`.
      size: side of the net's input, to which photos are shrunk.
      mirror: average with the scores of the mirrored photo.

    Returns:
      ``float32[B, H, W, 19]``.
    """
    B, H, W, _ = images.shape
    small = jax.image.resize(images, (B, size, size, 3), "linear")
    if mirror:
        small = jnp.concatenate([small, small[:, :, ::-1]])
    parsing: Any = model.apply(variables, small, train=False, auxiliary=False, upsample=False)
    logits = parsing.logits
    if mirror:
        logits = 0.5 * (logits[:B] + mirror_scores(logits[B:]))
    return resize_bilinear(logits, H, W, align_corners=model.align_corners)


def labeller(
    model: bisenet.BiSeNet, *, size: int, mirror: bool = False
) -> Callable[[Any, np.ndarray], np.ndarray]:
    """Compiled ``(variables, uint8[B, H, W, 3]) -> uint8[B, H, W]``; arguments as of `class_scores`."""

    @jax.jit
    def run(variables: Any, images: jax.Array) -> jax.Array:
        floats = images.astype(jnp.float32) / 127.5 - 1.0
        return jnp.argmax(class_scores(model, variables, floats, size, mirror), -1).astype(jnp.uint8)

    return lambda variables, images: np.asarray(run(variables, images))


def evaluate(predict: Predict, images: np.ndarray, masks: np.ndarray, *, batch_size: int = 8) -> Scores:
    """Scores `predict` on photos ``uint8[N, S, S, 3]`` and their label maps ``uint8[N, S, S]``.

    It is called with `batch_size` photos each time, of which the last ones may be black.
    """
    counts = np.zeros((len(CLASSES), len(CLASSES)), np.int64)
    for photos, truth in batches(batch_size, images, masks):
        counts += confusion(truth, predict(photos))
    return scores(counts)


def batches(size: int, images: np.ndarray, masks: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Splits photos and label maps into batches of one size, the last padded with unlabelled black photos."""
    for start in range(0, len(images), size):
        photos, truth = images[start : start + size], masks[start : start + size]
        padding = [(0, size - len(photos))] + [(0, 0)] * 3
        yield np.pad(photos, padding), np.pad(truth, padding[:3], constant_values=UNKNOWN)
