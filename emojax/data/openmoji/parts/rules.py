"""Which parts go together."""

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy import ndimage

from emojax.data.openmoji.parts import shapes
from emojax.data.openmoji.parts.part_set import YELLOW, Face, Part
from emojax.media.svg import rasterize

_SIDE: Final = 144  # pixels: two a unit
_MARGIN: Final = 2
"""Pixels, that is one unit, by which two parts must be apart: moved by a standard deviation towards each
other they still are. At 4 a third of OpenMoji's own faces would not be allowed; at 0 brows touch eyes'
tears."""

_TOUCH: Final = 6
"""Pixels of overlap that are nothing: antialiased corners."""

_HELD_OUT_OF: Final = 10
"""One pair of eyes and mouth of so many is never trained on."""


def tables(parts: Sequence[Part], faces: Sequence[Face]) -> tuple[np.ndarray, np.ndarray]:
    """Which parts fit each other, and which pairs of eyes and mouth are held out of training.

    Two parts fit unless they overlap, want two outlines, or have skin of two colours; what OpenMoji has drawn
    together fits.

    Returns:
      Both ``bool[P, P]`` and symmetric, see `part_set.PartSet`.
    """
    count = len(parts)
    masks = [_mask(part) for part in parts]
    wide = [ndimage.binary_dilation(mask, iterations=_MARGIN) for mask in masks]
    fits, held_out = np.eye(count, dtype=bool), np.zeros((count, count), bool)
    for i, a in enumerate(parts):
        for j, b in enumerate(parts[:i]):
            apart = "base" in (a.kind, b.kind) or (wide[i] & masks[j]).sum() <= _TOUCH
            fits[i, j] = fits[j, i] = _may_meet(a, b) and apart
            if {a.kind, b.kind} == {"eyes", "mouth"}:
                held_out[i, j] = held_out[j, i] = _is_held_out(b, a)
    for face in faces:
        numbers = list(face.parts.values())
        fits[np.ix_(numbers, numbers)] = True
        held_out[np.ix_(numbers, numbers)] = False
    return fits, held_out & fits


def extras_fit(a: Part, b: Part) -> bool:
    """Whether two extras may be in one face, as a hat and tears may: they neither overlap nor both bring an
    outline."""
    if a.outlined and b.outlined:
        return False
    wide = ndimage.binary_dilation(_mask(a), iterations=_MARGIN)
    return bool((wide & _mask(b)).sum() <= _TOUCH)


def _is_held_out(eyes: Part, mouth: Part) -> bool:
    pair = f"{eyes.hexcodes[0]} {mouth.hexcodes[0]}"
    return int.from_bytes(hashlib.sha256(pair.encode()).digest()[:4], "big") % _HELD_OUT_OF == 0


def _may_meet(a: Part, b: Part) -> bool:
    if a.kind == b.kind or "whole" in (a.kind, b.kind) or (a.outlined and b.outlined):
        return False
    for base, other in ((a, b), (b, a)):
        if base.kind == "base":
            yellow = YELLOW in base.markup["color"].lower()
            if other.skinned and not yellow:
                return False
            if (
                other.outlined and len(base.markup["color"].split("<")) > 2
            ):  # of two colours, up to the outline
                return False
    return True


def _mask(part: Part) -> np.ndarray:
    """Where a part is, without an outline that it brings: ``bool[144, 144]``."""
    markup = f'<g transform="translate({part.shift[0]:.4f} {part.shift[1]:.4f})">{part.members}</g>'
    rgba = rasterize(shapes.document(markup).encode(), size=_SIDE, background=None, name=part.sources[0])
    return np.asarray(rgba[..., 3] > 100)
