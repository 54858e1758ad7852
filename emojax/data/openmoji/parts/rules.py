"""Which parts go together, and how often each is drawn."""

import dataclasses
import functools
import hashlib
from typing import Final

import numpy as np
from scipy import ndimage

from emojax.data.openmoji.parts import shapes
from emojax.data.openmoji.parts.catalogue import KINDS, SKIN, Catalogue, Part
from emojax.media.svg import rasterize

_SIDE: Final = 144  # pixels: two a unit
_MARGIN: Final = 2
"""Pixels, that is one unit, by which two parts must be apart: moved by a standard deviation towards each other
they still are. At 4 a third of OpenMoji's own faces would not be allowed; at 0 brows touch eyes' tears."""

_TOUCH: Final = 6
"""Pixels of overlap that are nothing: antialiased corners."""

_HELD_OUT_OF: Final = 10
"""One pair of eyes and mouth of so many is never trained on."""

_BASES: Final = {"grinning": 0.62}
"""Share of the yellow face; the other bases share the rest."""

_NO_EXTRA: Final = 0.55
_NO_MOUTH: Final = 0.02


@dataclasses.dataclass(frozen=True, eq=False)
class Rules:
    """What `emojax.data.openmoji.parts.draws` draws by. Rows and columns are parts by number.

    Attributes:
      fits: ``bool[P, P]``, whether two parts may be in one face.
      held_out: ``bool[P, P]``, true for the pairs of eyes and mouth that are kept for evaluation.
      weights: for each kind ``float32[P]``, which sums to at most 1; what is missing is the probability that
        a face has no part of the kind. They are before `fits` rules parts out.
    """

    fits: np.ndarray
    held_out: np.ndarray
    weights: dict[str, np.ndarray]


@functools.lru_cache(maxsize=2)
def rules(catalogue: Catalogue) -> Rules:
    """The rules for a catalogue: two parts fit unless they overlap, want two outlines, or skin of two colours."""
    parts, count = catalogue.parts, len(catalogue.parts)
    masks = [_mask(part) for part in parts]
    wide = [ndimage.binary_dilation(mask, iterations=_MARGIN) for mask in masks]
    fits = np.zeros((count, count), bool)
    for i, a in enumerate(parts):
        for j in range(i):
            b = parts[j]
            fits[i, j] = fits[j, i] = _may_meet(a, b) and (
                "base" in (a.kind, b.kind) or (wide[i] & masks[j]).sum() <= _TOUCH
            )
    held_out = np.zeros((count, count), bool)
    for i in catalogue.numbers("eyes"):
        for j in catalogue.numbers("mouth"):
            pair = f"{parts[i].hexcodes[0]} {parts[j].hexcodes[0]}"
            held_out[i, j] = held_out[j, i] = (
                int.from_bytes(hashlib.sha256(pair.encode()).digest()[:4], "big") % _HELD_OUT_OF == 0
            )
    for face in catalogue.faces:  # what OpenMoji has drawn goes together
        numbers = list(face.parts.values())
        fits[np.ix_(numbers, numbers)] = True
        held_out[np.ix_(numbers, numbers)] = False
    np.fill_diagonal(fits, True)
    return Rules(fits, held_out & fits, _weights(catalogue))


def _may_meet(a: Part, b: Part) -> bool:
    if a.kind == b.kind or "whole" in (a.kind, b.kind) or (a.outlined and b.outlined):
        return False
    for base, other in ((a, b), (b, a)):
        if base.kind == "base":
            yellow = SKIN in base.markup["color"].lower()
            if other.skinned and not yellow:
                return False
            if other.outlined and len(base.markup["color"].split("<")) > 2:  # of two colours, up to the outline
                return False
    return True


def _weights(catalogue: Catalogue) -> dict[str, np.ndarray]:
    found = {}
    for kind in KINDS:
        weights = np.zeros(len(catalogue.parts), np.float32)
        numbers = catalogue.numbers(kind)
        weights[numbers] = 1 / max(len(numbers), 1)
        found[kind] = weights
    for i in catalogue.numbers("base"):
        share = _BASES.get(catalogue.parts[i].sources[0])
        rest = (1 - sum(_BASES.values())) / max(len(catalogue.numbers("base")) - len(_BASES), 1)
        found["base"][i] = rest if share is None else share
    found["mouth"] *= 1 - _NO_MOUTH
    found["extra"] *= 1 - _NO_EXTRA
    return found


def _mask(part: Part) -> np.ndarray:
    """Where a part is, without an outline that it brings: ``bool[144, 144]``."""
    markup = f'<g transform="translate({part.shift[0]:.4f} {part.shift[1]:.4f})">{part.members}</g>'
    rgba = rasterize(shapes.document(markup).encode(), size=_SIDE, background=None, name=part.sources[0])
    return np.asarray(rgba[..., 3] > 100)
