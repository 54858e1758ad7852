"""Many renderings of each emoji, each turned, scaled and shifted a little.

The drawing is moved, not its picture: edges stay as sharp as the rasteriser makes them, where a
picture that is resampled is blurred.
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

_MOST_BYTES: Final = 2**30
"""Of all renderings together: they are on the device at once, next to what a run needs."""

_SVG: Final = "{http://www.w3.org/2000/svg}"
_SIDE: Final = 72.0  # of OpenMoji's drawings, for one that does not say


@dataclasses.dataclass(frozen=True)
class Jitter:
    """The largest changes; amounts are drawn uniformly from both directions.

    Attributes:
      rotation: about the middle, in degrees.
      scale: about the middle, of the logarithm of the size.
      translation: as a share of the side.
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
    """Renders a subset, or reads what was rendered before under ``cache_dir()``.

    Args:
      subset, size, background, openmoji_dir: as in `openmoji_set.load`.
      count: renderings of each emoji; the first shows it as it is. Of so many emoji that all would need
        more than 1 GiB there are fewer, as many as fit: who has thousands of drawings needs few of each.
      jitter: how the others differ.
      seed: what is random is a function of this, of the emoji's place and of the rendering's.

    Returns:
      ``uint8[N, R, size, size, 3]`` in the order of the labels; R is `count` or less.

    Raises:
      UserError: as `openmoji_set.load`.
    """
    digest = (
        openmoji_source.locate(openmoji_dir).digest if openmoji_dir is not None else openmoji_source.DIGEST
    )
    amounts = f"{jitter.rotation:g}_{jitter.scale:g}_{jitter.translation:g}_{seed}"
    name = f"{set_name(subset, size, background)}-{RELEASE}-{count}x_{amounts}.npz"
    path = cache_dir() / "emoji" / digest[:16] / name
    kept = _read(path)
    if kept is not None:
        return kept
    source = openmoji_source.locate(openmoji_dir)
    emoji = select(read_metadata(source.metadata), subset)
    count = max(1, min(count, _MOST_BYTES // (len(emoji) * size * size * 3)))
    pictures = np.empty((len(emoji), count, size, size, 3), np.uint8)
    for i, entry in enumerate(tqdm(emoji, "renderings", disable=None, leave=False)):
        drawing = source.drawing(entry)
        svg = drawing.read_bytes()
        for j, row in enumerate(_amounts(seed, i, count)):
            moved = moved_drawing(svg, jitter, row, name=str(drawing)) if j else svg
            pictures[i, j] = rasterize(moved, size=size, background=background, name=str(drawing))
    with contextlib.suppress(OSError), replacing(path) as temporary:  # without a cache: slower next time
        np.savez_compressed(temporary, pictures=pictures)
    return pictures


def movements(emoji: int, *, count: int, seed: int) -> np.ndarray:
    """How `load` has moved each rendering, as numbers that are normally distributed over renderings.

    A generator that is given these as latents can draw the rendering that it will be compared with, and
    moves its drawings by latents that are drawn from N(0, 1).

    Args:
      emoji: how many there are.
      count, seed: as in `load`.

    Returns:
      ``float32[emoji, count, 4]``: of rotation, scale and translation to the right and down, each the
      quantile of N(0, 1) that its amount is of U(-1, 1); 0 for the first rendering, which is not moved.
    """
    amounts = np.stack([_amounts(seed, i, count) for i in range(emoji)])
    return ndtri((amounts + 1) / 2).astype(np.float32)


def _amounts(seed: int, emoji: int, count: int) -> np.ndarray:
    """``float64[count, 4]`` in (-1, 1), and 0 for the first: shares of the largest changes."""
    draws = np.random.default_rng([seed, emoji]).uniform(-1, 1, size=(count, 4))
    draws[0] = 0.0
    return draws


def moved_drawing(svg: bytes, jitter: Jitter, amounts: np.ndarray, *, name: str) -> bytes:
    """The drawing with all its contents in a group that is turned, scaled and shifted.

    Args:
      svg: the file's bytes.
      jitter: the largest changes.
      amounts: ``float[4]`` in [-1, 1]: of rotation, scale and translation to the right and down.
      name: what error messages call the file.

    Raises:
      UserError: it is not well-formed XML. Whether it is safe to draw is for `svg.rasterize` to say.
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
            pictures: np.ndarray = arrays["pictures"]
            return pictures
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        return None
