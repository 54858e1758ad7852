"""Where facial hair may grow on an aligned portrait: on upper lip, chin, jaw and cheeks."""

import dataclasses
from typing import Final

import numpy as np

from emojax.data.faces.labels import CLASSES

TOP: Final = 150

ZONES: Final = ("moustache", "chin", "jaw", "cheeks")

_SKIN: Final = CLASSES.index("skin")
_NOSE: Final = CLASSES.index("nose")
_MOUTH: Final = tuple(CLASSES.index(name) for name in ("mouth", "upper lip", "lower lip"))

_MIN_MOUTH: Final = 80
_MIN_NOSE: Final = 100
_MIN_CHIN: Final = 50

_MIN_HALF_WIDTH: Final = 20.0
_MIN_CHIN_HEIGHT: Final = 12.0
_CHIN_COLUMNS: Final = 12

PLACES: Final = np.mgrid[TOP:306, :306]
"""``int[2, 156, 306]``: row and column of each pixel of the rows from `TOP` on."""


@dataclasses.dataclass(frozen=True)
class Layout:
    """Where a face's features are, in pixels of the frame.

    Attributes:
      middle: column of the middle of the mouth.
      lips: first and last row of the mouth.
      half_width: half of the mouth's width.
      nose: last row of the nose.
      chin: last row of the chin.
    """

    middle: float
    lips: tuple[float, float]
    half_width: float
    nose: float
    chin: float


_USUAL: Final = Layout(middle=153.0, lips=(218.0, 243.0), half_width=32.0, nose=203.0, chin=282.0)


def find_features(labels: np.ndarray) -> Layout:
    """The layout of the face on a label map ``uint8[306, 306]``; hidden features are where usual."""
    rows, columns = np.nonzero(np.isin(labels, _MOUTH))
    middle, lips, half_width = _USUAL.middle, _USUAL.lips, _USUAL.half_width
    if len(rows) >= _MIN_MOUTH:
        middle = float(np.median(columns))
        left, right = np.percentile(columns, (2, 98))
        top, bottom = np.percentile(rows, (2, 98))
        lips, half_width = (float(top), float(bottom)), max(_MIN_HALF_WIDTH, float(right - left) / 2)
    nose = np.nonzero(labels == _NOSE)[0]
    first = max(0, int(middle) - _CHIN_COLUMNS)
    below = np.nonzero(labels[:, first : int(middle) + _CHIN_COLUMNS + 1] == _SKIN)[0]
    chin = float(np.percentile(below, 99.5)) if len(below) > _MIN_CHIN else _USUAL.chin
    return Layout(
        middle=middle,
        lips=lips,
        half_width=half_width,
        nose=float(np.percentile(nose, 99)) if len(nose) > _MIN_NOSE else _USUAL.nose,
        chin=max(lips[1] + _MIN_CHIN_HEIGHT, chin),
    )


def draw_zones(layout: Layout) -> dict[str, np.ndarray]:
    """``bool[156, 306]`` of the rows from `TOP` on, by `ZONES`."""
    rows, columns = PLACES
    aside = abs(columns - layout.middle)
    top, bottom = layout.lips
    return {
        "moustache": (rows > layout.nose + 1) & (rows < top - 1) & (aside < 0.8 * layout.half_width),
        "chin": (rows > bottom + 5) & (rows < layout.chin - 5) & (aside < 24),
        "jaw": (rows > (top + bottom) / 2)
        & (rows < layout.chin - 8)
        & (aside > layout.half_width + 4)
        & (aside < layout.half_width + 28),
        "cheeks": (rows > layout.nose - 12) & (rows < top) & (aside > 48),
    }


def draw_bare_cheeks(layout: Layout) -> tuple[np.ndarray, np.ndarray]:
    """``bool[156, 306]`` of the rows from `TOP` on: the cheeks above a beard, left and right."""
    rows, columns = PLACES
    offset = columns - layout.middle
    high = (rows > 165) & (rows < layout.nose + 4)
    left, right = (high & (side * offset > 26) & (side * offset < 62) for side in (-1, 1))
    return left, right
