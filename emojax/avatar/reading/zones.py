"""Where facial hair may grow on an aligned portrait: on upper lip, chin, jaw and cheeks."""

import dataclasses
from typing import Final

import numpy as np

from emojax.data.faces.labels import CLASSES

# Constants are in pixels, rows and columns of the frame of 306 pixels, set by eye. A quarter or four times
# any of the three areas changes at most one verdict on facial hair of 351 portraits of CelebAMask-HQ whose
# IDs do not match ^[01], and another `_CHIN_COLUMNS` up to four.

TOP: Final = 150
"""First row that is looked at: above it is nothing to find and nothing to compare with."""

ZONES: Final = ("moustache", "chin", "jaw", "cheeks")

_SKIN: Final = CLASSES.index("skin")
_NOSE: Final = CLASSES.index("nose")
_MOUTH: Final = tuple(CLASSES.index(name) for name in ("mouth", "upper lip", "lower lip"))

# Pixels of mouth, nose and skin below the mouth that locate it. Smaller: specks do. Larger: half-hidden
# features are put where they usually are.
_MIN_MOUTH: Final = 80
_MIN_NOSE: Final = 100
_MIN_CHIN: Final = 50

# Least half width of the mouth, for those that are pursed or half hidden. Smaller: the moustache's zone is
# too narrow to be judged. Larger: the jaw's zone begins outside the jaw (35: 72 beards missed, instead of
# 64).
_MIN_HALF_WIDTH: Final = 20.0
# Least distance of the chin from the lips, for faces cut off below them. Smaller: no chin is left to be
# judged. Larger: the neck counts as chin.
_MIN_CHIN_HEIGHT: Final = 12.0
# Columns on either side of the mouth's middle in which the chin is the last skin. Fewer: a speck decides.
# More: the jaw or an ear lobe does.
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


# Where features are on most portraits.
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
    # The margins keep off lips, nostrils and the neck, whose borders are dark. With narrower ones these count
    # as hair; wider ones leave too little of the zones.
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
    # Between nose and ears, from below the eyes to the nostrils: lower there may be a beard, further aside
    # shadow.
    rows, columns = PLACES
    offset = columns - layout.middle
    high = (rows > 165) & (rows < layout.nose + 4)
    left, right = (high & (side * offset > 26) & (side * offset < 62) for side in (-1, 1))
    return left, right
