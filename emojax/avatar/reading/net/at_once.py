"""Labels a portrait and reads what it shows in one pass of the parser's net, for video."""

import functools
from typing import Any

import jax
import numpy as np

from emojax.avatar.faces.crop import CROP_SIZE
from emojax.avatar.faces.parser import FaceParser, label_square
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
    run, pool = _compiled(parser.model, parser.size)
    stages, logits = run(parser.folded, pixels[None])
    labels = label_square(np.asarray(logits)[0], CROP_SIZE, align_corners=parser.model.align_corners)
    found = pool(stages, pixels[None], labels[None])
    return labels, {name: np.asarray(x)[0] for name, x in found.items()}


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
def _compiled(model: Any, size: int) -> tuple[Any, Any]:
    def run(variables: Any, images: jax.Array) -> tuple[dict[str, jax.Array], jax.Array]:
        return features.run_net(model, variables, images, size)

    return inference.compiled(run), inference.compiled(features.pool)  # type: ignore[arg-type]
