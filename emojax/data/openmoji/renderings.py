"""Several renderings of each emoji, with small random rotations, scales and translations.

The drawing is transformed before it is rasterised: transforming the image would blur its edges.
"""

import contextlib
import dataclasses
import math
import zipfile
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import numpy as np
from defusedxml import DefusedXmlException
from defusedxml import ElementTree as SafeElementTree
from scipy.special import ndtri
from tqdm import tqdm

from emojax.core.errors import UserError
from emojax.core.files import cache_dir, replacing
from emojax.data.openmoji import source as openmoji_source
from emojax.data.openmoji.metadata import read_metadata, select
from emojax.data.openmoji.subset import RELEASE, set_name
from emojax.media.svg import rasterize

_MAX_BYTES: Final = 2**30
"""Of all renderings together, which are in device memory at once. More leaves too little memory for
training; less allows fewer renderings of large subsets."""

_SVG: Final = "{http://www.w3.org/2000/svg}"
_SIDE: Final = 72.0  # of OpenMoji's drawings, for one without a viewBox


@dataclasses.dataclass(frozen=True)
class Jitter:
    """The largest changes; amounts are uniform from minus to plus these.

    Attributes:
      rotation: about the centre, in degrees.
      scale: about the centre, as the logarithm of the factor.
      translation: as a fraction of the side, in both directions.
    """

    rotation: float = 4.0
    scale: float = 0.04
    translation: float = 0.02


def load(
    subset: str,
    *,
    count: int,
    size: int,
    background: str,
    jitter: Jitter,
    seed: int,
    openmoji_dir: Path | None = None,
) -> np.ndarray:
    """Renders a subset, or reads its renderings from the cache.

    Args:
      subset, size, background, openmoji_dir: as in `emoji.load`.
      count: renderings of each emoji, the first without changes. Fewer are made where all would take more
        than 1 GiB: sets of thousands of drawings need few of each.
      jitter: the largest changes.
      seed: amounts are a function of the seed and of the indices of emoji and rendering.

    Returns:
      ``uint8[N, R, size, size, 3]`` in the order of the labels; R is `count` or less.

    Raises:
      UserError: as `emoji.load`.
    """
    digest = (
        openmoji_source.locate(openmoji_dir).digest if openmoji_dir is not None else openmoji_source.DIGEST
    )
    amounts = f"{jitter.rotation:g}_{jitter.scale:g}_{jitter.translation:g}_{seed}"
    name = f"{set_name(subset, size, background)}-{RELEASE}-{count}x_{amounts}.npz"
    path = cache_dir() / "emoji" / digest[:16] / name
    cached = _read(path)
    if cached is not None:
        return cached
    source = openmoji_source.locate(openmoji_dir)
    emoji = select(read_metadata(source.metadata), subset)
    count = max(1, min(count, _MAX_BYTES // (len(emoji) * size * size * 3)))
    images = np.empty((len(emoji), count, size, size, 3), np.uint8)
    for i, entry in enumerate(tqdm(emoji, "renderings", disable=None, leave=False)):
        drawing = source.drawing(entry)
        svg = drawing.read_bytes()
        for j, row in enumerate(_amounts(seed, i, count)):
            transformed = transform_drawing(svg, jitter, row, name=str(drawing)) if j else svg
            images[i, j] = rasterize(transformed, size=size, background=background, name=str(drawing))
    with contextlib.suppress(OSError), replacing(path) as temporary:  # without a cache: slower next time
        np.savez_compressed(temporary, pictures=images)
    return images


def jitter_latents(emoji: int, *, count: int, seed: int) -> np.ndarray:
    """The jitter of each rendering of `load`, as latents distributed like N(0, 1).

    Given them, a generator can draw the very rendering that it is compared with; given random latents it
    then draws randomly transformed emoji.

    Args:
      emoji: number of emoji.
      count, seed: as in `load`.

    Returns:
      ``float32[emoji, count, 4]``: rotation, scale, translation to the right and downwards. Each amount
      from U(-1, 1) is mapped to the same quantile of N(0, 1); all are 0 for the first rendering.
    """
    amounts = np.stack([_amounts(seed, i, count) for i in range(emoji)])
    return ndtri((amounts + 1) / 2).astype(np.float32)


def _amounts(seed: int, emoji: int, count: int) -> np.ndarray:
    """``float64[count, 4]`` in (-1, 1), and 0 for the first: fractions of the largest changes."""
    draws = np.random.default_rng([seed, emoji]).uniform(-1, 1, size=(count, 4))
    draws[0] = 0.0
    return draws


def transform_drawing(svg: bytes, jitter: Jitter, amounts: np.ndarray, *, name: str) -> bytes:
    """Puts all contents of a drawing into a group that is rotated, scaled and translated.

    Args:
      svg: the file's bytes.
      jitter: the largest changes.
      amounts: ``float[4]`` in [-1, 1]: rotation, scale, translation to the right and downwards.
      name: of the file, for error messages.

    Returns:
      The new file's bytes.

    Raises:
      UserError: it is not well-formed XML. That it is safe to draw is checked by `svg.rasterize` alone.
    """
    try:
        root = SafeElementTree.fromstring(svg, forbid_dtd=True)
    except (DefusedXmlException, ElementTree.ParseError, ValueError, LookupError) as error:
        raise UserError(f"{name}: is not well-formed XML without a DOCTYPE ({error})") from error
    left, top, width, height = _view(root)
    x, y = left + width / 2, top + height / 2
    angle, factor = jitter.rotation * amounts[0], math.exp(jitter.scale * amounts[1])
    dx, dy = jitter.translation * width * amounts[2], jitter.translation * height * amounts[3]
    group = ElementTree.Element(
        f"{_SVG}g" if root.tag.startswith("{") else "g",
        transform=(
            f"translate({x + dx:.5f} {y + dy:.5f}) rotate({angle:.5f}) scale({factor:.6f}) "
            f"translate({-x:.5f} {-y:.5f})"
        ),
    )
    group.extend(list(root))
    for child in list(root):
        root.remove(child)
    root.append(group)
    return ElementTree.tostring(root)


def _view(root: ElementTree.Element) -> tuple[float, float, float, float]:
    with contextlib.suppress(ValueError):
        left, top, width, height = map(float, root.get("viewBox", "").replace(",", " ").split())
        if all(map(math.isfinite, (left, top, width, height))) and min(width, height) > 0:
            return left, top, width, height
    return 0.0, 0.0, _SIDE, _SIDE


def _read(path: Path) -> np.ndarray | None:
    try:
        with np.load(path) as arrays:
            images: np.ndarray = arrays["pictures"]
            return images
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        return None
