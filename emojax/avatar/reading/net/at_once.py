"""Labels a portrait and reads what it shows in one pass of the parser's net, for video."""

import functools
from typing import Any

import jax
import numpy as np

from emojax.avatar.faces.crop import CROP_SIZE
from emojax.avatar.faces.parser import FaceParser, label_squares
from emojax.avatar.reading import facial_hair
from emojax.avatar.reading.facial_hair import FacialHair
from emojax.avatar.reading.net import features, verdicts
from emojax.models import inference


def label(parser: FaceParser, pixels: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The label map of one portrait, and the features that its net and the map give.

    Labels are not averaged with those of the mirrored picture, and small people are not looked at twice.

    Args:
      parser: whose net.
      pixels: ``uint8[306, 306, 3]``.

    Returns:
      ``uint8[306, 306]``, and what `features.compute` returns but for the verdicts, which `join` adds.
    """
    labels, found = _compiled(parser.model, parser.size)(parser.folded, pixels[None])
    return np.asarray(labels)[0], {name: np.asarray(x)[0] for name, x in found.items()}


def join(
    found: dict[str, np.ndarray],
    pixels: np.ndarray,
    labels: np.ndarray,
    *,
    order: tuple[str, ...],
    beard: FacialHair | None = None,
) -> np.ndarray:
    """``float32[F]``: the features of a `Reader`, as `Reader.logits` takes them.

    Args:
      found: of `label`.
      pixels, labels: of the portrait.
      order: of the `Reader`.
      beard: as of `facial_hair.find`, if it is known from a frame before; it takes longer than the rest.
    """
    beard = facial_hair.find(pixels, labels) if beard is None else beard
    return features.join({**found, "verdicts": verdicts.measure(pixels, labels, beard=beard)}, order)


@functools.lru_cache(maxsize=4)
def _compiled(model: Any, size: int) -> Any:
    def seen(variables: Any, images: jax.Array) -> tuple[jax.Array, dict[str, jax.Array]]:
        stages, logits = features.run_net(model, variables, images, size)
        labels = label_squares(logits, side=CROP_SIZE, size=size, align_corners=model.align_corners)
        return labels, features.pool(stages, images, labels)

    return inference.compiled(seen)  # type: ignore[arg-type]
